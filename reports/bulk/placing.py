"""Puts many spots into their base grids at once: datum to WGS-84, position, edge and ambiguity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from wangge.geo.ambiguity import Ambiguity
from wangge.geo.geojson import DECIMALS
from wangge.geo.grid import OUTSIDE, CellShare, Grid
from wangge.reports.bulk.columns.sieve import Sieve
from wangge.reports.bulk.columns.spots import Floats, Spots, in_wgs84, refuse_metres
from wangge.reports.bulk.columns.standing import Standing
from wangge.reports.bulk.columns.values import true
from wangge.reports.errors import NothingInside, OutsideGrid
from wangge.reports.placement import nearest

__all__ = ["NothingInside", "Placer", "Places"]

MANY = 1000
MOST_NEAREST = 2000  # in one batch; beyond that, which cell is nearest helps nobody


@dataclass(frozen=True, slots=True)
class Places:
    """Where n spots belong: WGS-84 coordinates, position among the grid's leaves, and what is uncertain.

    `candidates` has the base grids that the error circle touches of each spot where these are several.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    position: NDArray[np.int32]
    on_edge: NDArray[np.bool_]
    ambiguous: NDArray[np.bool_]
    candidates: Mapping[int, Sequence[CellShare]]


class Placer:
    """Places spots in one grid by the rules of `intake.place`.

    Parameters
    ----------
    suspicious : stop with NothingInside when the first 1,000 or more points that make sense are all outside.
    """

    def __init__(self, grid: Grid, *, suspicious: bool = False) -> None:
        self.grid = grid
        self._suspicious = suspicious
        self._ambiguity = Ambiguity(grid)
        self._placed = 0

    def place(self, spots: Spots, sieve: Sieve, standing: Standing | None = None) -> Places:
        """The places of n spots; those outside fall from the sieve, with the nearest base grid.

        Parameters
        ----------
        standing : where the cases were found to lie, which may have been corrected since they were sent.
        """
        if self._suspicious and not self._placed:
            refuse_metres(sieve)
        if standing is None:
            lon, lat = in_wgs84(spots, sieve.standing)
        else:
            lon, lat = (np.where(sieve.standing, told, np.nan) for told in (standing.lon, standing.lat))
        position, on_edge = self.grid.locate_many(lon, lat)
        told = self._told(lon, lat, position, standing) if standing else np.full_like(position, OUTSIDE)
        position = np.where(told == OUTSIDE, position, told)
        outside = (position == OUTSIDE) & sieve.standing
        if self._suspicious:
            self._look_out(spots, sieve.standing, outside)
        accuracy = np.where(position == OUTSIDE, np.nan, spots.accuracy)
        candidates = self._ambiguity.candidates(lon, lat, accuracy)
        ambiguous = np.zeros(len(lon), dtype=np.bool_)
        ambiguous[list(candidates)] = True
        self._refuse(spots, lon, lat, outside, sieve)
        if standing is not None:
            on_edge = np.where(told == OUTSIDE, on_edge, standing.on_edge)
            ambiguous = np.where(told == OUTSIDE, ambiguous, standing.ambiguous)
        return Places(lon, lat, position, on_edge, ambiguous, candidates)

    def _told(self, lon: Floats, lat: Floats, position: NDArray[np.int32], standing: Standing) -> NDArray[np.int32]:
        """The base grids that cases were in, where that can be: in this edition, and as near as texts are fine."""
        codes = {leaf.code: place for place, leaf in enumerate(self.grid.leaves)}
        told = np.array([codes.get(code, OUTSIDE) for code in standing.cell.to_pylist()], dtype=np.int32)
        told[~true(pc.equal(standing.edition, self.grid.edition))] = OUTSIDE
        rows = np.flatnonzero((told != OUTSIDE) & (told != position) & np.isfinite(lon))
        shapes = np.array([self.grid.leaves[place].geometry for place in told[rows].tolist()], dtype=object)
        near = shapely.dwithin(shapes, shapely.points(lon[rows], lat[rows]), 10.0**-DECIMALS)
        told[rows[~near]] = OUTSIDE
        told[~np.isfinite(lon)] = OUTSIDE
        return told

    def _look_out(self, spots: Spots, standing: NDArray[np.bool_], outside: NDArray[np.bool_]) -> None:
        """Stop before anything is stored when a whole file is evidently out of place."""
        self._placed += int((standing & ~outside).sum())
        if self._placed or int(outside.sum()) < MANY:
            return
        swapped = self.grid.locate_many(spots.lat[outside], spots.lon[outside]).position != OUTSIDE
        west, south, east, north = self.grid.bbox
        raise NothingInside(
            territory=self.grid.territory,
            records=int(outside.sum()),
            swapped=int(swapped.sum()),
            lon=float(spots.lon[outside][0]),
            lat=float(spots.lat[outside][0]),
            bbox=[round(edge, 4) for edge in (west, south, east, north)],
        )

    def _refuse(
        self,
        spots: Spots,
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        outside: NDArray[np.bool_],
        sieve: Sieve,
    ) -> None:
        rows = sieve.falling(outside)
        swapped = self.grid.locate_many(spots.lat[rows], spots.lon[rows]).position != OUTSIDE
        for count, row in enumerate(rows):
            near = nearest(self.grid.nearest(lon[row], lat[row])) if count < MOST_NEAREST else None
            said = f"{spots.lon[row]}, {spots.lat[row]}"
            zero = bool(spots.lon[row] == 0 == spots.lat[row])
            sieve.refuse(row, "lon, lat", said, OutsideGrid(nearest=near, swapped=bool(swapped[count]), zero=zero))
