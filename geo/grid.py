"""Grid: one published edition in memory. It puts a point into its base grid and names the cells above."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from wangge.geo.brink import Brink
from wangge.geo.divisions import code_among
from wangge.geo.index import OUTSIDE, GridIndex, Hits
from wangge.geo.overlays.areas import Overlays, Where
from wangge.geo.points import axis, coordinates
from wangge.geo.purposes import Purpose

__all__ = ["OUTSIDE", "Cell", "CellShare", "Grid", "Level", "Location", "Outside"]


MARGIN = 1e-3  # degrees around the territory, in which a point can be on its brink


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the hierarchy, for instance street; `name` maps a language (en, zh) to its name."""

    key: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One polygon of one level. `path` holds the codes from the top level down to the cell itself.

    A base grid with a `purpose` is a special one: drawn for a park or a market, and answered for by its own officers.
    """

    id: int
    level: str
    code: str
    name: str
    path: tuple[str, ...]
    geometry: BaseGeometry | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    purpose: Purpose | None = None


class CellShare(NamedTuple):
    """A base grid and the share (0–1] of an accuracy circle that lies in it."""

    cell: Cell
    share: float


@dataclass(frozen=True, slots=True)
class Location:
    """Where a point is: its base grid, the cells above it from the top, and whether it is on an edge."""

    cell: Cell
    ancestors: tuple[Cell, ...]
    edition: str
    on_edge: bool


@dataclass(frozen=True, slots=True)
class Outside:
    """A point that no base grid covers; the nearest base grid and its distance in metres, if there is a grid."""

    nearest: Cell | None
    distance_m: float


class Grid:
    """One immutable edition of a territory's grid.

    Parameters
    ----------
    territory
        The territory's code.
    edition
        The edition's label.
    levels
        From the top; the last one holds the base grids.
    cells
        Of all levels, in any order. Only base grids need a geometry.
    edition_id
        The edition's key in the store, 0 when it is not stored.
    timezone
        IANA name of the territory's time zone.
    synthetic
        Whether the lines are invented.
    hash
        The edition's hash, empty when it is not known.
    index
        Over the base grids in the order of their codes, when it was built before.
    overlays
        Areas of other departments, which are no part of the edition.
    """

    def __init__(
        self,
        territory: str,
        edition: str,
        levels: Sequence[Level],
        cells: Sequence[Cell],
        edition_id: int = 0,
        timezone: str = "UTC",
        synthetic: bool = False,
        hash: str = "",  # noqa: A002 - what an edition's fingerprint is called everywhere else
        index: GridIndex | None = None,
        overlays: Overlays | None = None,
    ) -> None:
        self.territory = territory
        self.edition = edition
        self.edition_id = edition_id
        self.timezone = ZoneInfo(timezone)
        self.synthetic = synthetic
        self.hash = hash
        self.overlays = overlays or Overlays()
        self.levels = tuple(levels)
        self._by_code = {(cell.level, cell.code): cell for cell in cells}
        base = self.levels[-1].key
        self.leaves: tuple[Cell, ...] = tuple(sorted((c for c in cells if c.level == base), key=lambda c: c.code))
        self.index = index or GridIndex(np.array([cell.geometry for cell in self.leaves], dtype=object))

    @property
    def cells(self) -> Iterable[Cell]:
        """The cells of all levels."""
        return self._by_code.values()

    def cell(self, level: str, code: str) -> Cell | None:
        """The cell of a level with a code, or None."""
        return self._by_code.get((level, code))

    def cells_with_code(self, code: str) -> list[Cell]:
        """Cells of any level with a code, from the top."""
        return [cell for level in self.levels if (cell := self.cell(level.key, code))]

    def code_of(self, code: str, level: str | None = None) -> str:
        """The code by which a cell is known here that may be named by another form of it, see `divisions`.

        Parameters
        ----------
        level : whose cell is meant; of any level, when left out.
        """
        known = self.cells_with_code if level is None else lambda one: [cell] if (cell := self.cell(level, one)) else []
        return code_among(code, lambda one: bool(known(one)))

    def leaf(self, cell_id: int) -> Cell | None:
        """The base grid with an id in the store, or None."""
        return self._leaf_by_id.get(cell_id)

    def ancestors(self, cell: Cell) -> tuple[Cell, ...]:
        """The cells above a cell, from the top."""
        above = zip(self.levels, cell.path[:-1], strict=False)
        return tuple(self._by_code[level.key, code] for level, code in above)

    def locate(self, lon: float, lat: float) -> Location | Outside:
        """The base grid that covers a WGS-84 point, with its ancestors; on a shared edge the lowest code.

        A point that none covers, though one is within `REACH_M` of it, is on the edge of the nearest. Farther outside,
        the answer is the nearest base grid and its distance in metres.
        """
        position, on_edge = self.index.locate(lon, lat)
        if position == OUTSIDE:
            missed = Hits(np.array([position], np.int32), np.array([on_edge]))
            hits = self._brought_in(np.array([lon], np.float64), np.array([lat], np.float64), missed)
            position, on_edge = int(hits.position[0]), bool(hits.on_edge[0])
        if position == OUTSIDE:
            return self.nearest(lon, lat)
        cell = self.leaves[position]
        return Location(cell, self.ancestors(cell), self.edition, on_edge)

    def locate_many(self, lon: Any, lat: Any = None, threads: int = 1) -> Hits:
        """Positions in `leaves` (int32, OUTSIDE where none) and on-edge flags (bool) of n WGS-84 points.

        Parameters
        ----------
        lon, lat, threads
            As `GridIndex.locate_many` takes them: two arrays of numbers, numpy or Arrow, or points
            alone, such as a GeoDataFrame or an Arrow array of WKB. `codes` turns positions into codes.
        """
        x, y = coordinates(lon) if lat is None else (axis(lon), axis(lat))
        return self._brought_in(x, y, self.index.locate_many(x, y, threads))

    def _brought_in(self, lon: NDArray[np.float64], lat: NDArray[np.float64], hits: Hits) -> Hits:
        """The hits, with points outside that lie on the brink of a base grid given to it."""
        outside = np.flatnonzero(hits.position == OUTSIDE)
        if not len(outside) or not len(self.leaves):
            return hits
        x, y = lon[outside], lat[outside]
        west, south, east, north = self.bbox
        near = (x > west - MARGIN) & (x < east + MARGIN) & (y > south - MARGIN) & (y < north + MARGIN)
        found = self._brink.of(x[near], y[near])
        taken = outside[near][found != OUTSIDE]
        if not len(taken):
            return hits
        position, on_edge = hits.position.copy(), hits.on_edge.copy()
        position[taken], on_edge[taken] = found[found != OUTSIDE], True
        return Hits(position, on_edge)

    @cached_property
    def _brink(self) -> Brink:
        return Brink(self.index.polygons)

    def codes(self, position: NDArray[np.int32], level: str | None = None) -> pa.DictionaryArray:
        """Codes of the cells of one level at n positions in `leaves`, null where OUTSIDE.

        Parameters
        ----------
        position
            int32 (n,), as `locate_many` answers.
        level
            Key of a level; the base level if left out.
        """
        codes, of_leaf = self._codes_of_leaves[level or self.levels[-1].key]
        outside = position == OUTSIDE
        return pa.DictionaryArray.from_arrays(pa.array(of_leaf[position], mask=outside), codes)

    def nearest(self, lon: float, lat: float) -> Outside:
        """The base grid nearest to a point and its distance in metres (0 when the point is inside it)."""
        found = self.index.nearest(lon, lat)
        return Outside(self.leaves[found.position], found.distance_m) if found else Outside(None, float("inf"))

    def areas_at(self, lon: float, lat: float, at: datetime) -> list[Where]:
        """The area of each overlay that a WGS-84 point lies in on the territory's day of an aware time."""
        return self.overlays.at(lon, lat, at.astimezone(self.timezone).date()) if self.overlays else []

    def candidates(self, lon: float, lat: float, accuracy_m: float) -> list[CellShare]:
        """Base grids that the accuracy circle touches, the largest share first."""
        return [CellShare(self.leaves[i], share) for i, share in self.index.candidates(lon, lat, accuracy_m)]

    @cached_property
    def _codes_of_leaves(self) -> dict[str, tuple[pa.Array, NDArray[np.int32]]]:
        """For each level the codes in use, and which of them each leaf has; one more for OUTSIDE to point at."""
        found = {}
        for depth, level in enumerate(self.levels):
            codes, of_leaf = np.unique([leaf.path[depth] for leaf in self.leaves], return_inverse=True)
            found[level.key] = pa.array(codes.tolist(), pa.string()), np.append(of_leaf, 0).astype(np.int32)
        return found

    @cached_property
    def _leaf_by_id(self) -> dict[int, Cell]:
        return {cell.id: cell for cell in self.leaves}

    @cached_property
    def leaf_ids(self) -> NDArray[np.int64]:
        """Ids of the base grids, int64 (n,), in the order of `leaves`."""
        return np.array([cell.id for cell in self.leaves], dtype=np.int64)

    @cached_property
    def bbox(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the base grids, degrees."""
        west, south, east, north = shapely.total_bounds(self.index.polygons).tolist()
        return west, south, east, north
