"""Defects of a territory's boundaries, and the survey that measures and places them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.boundaries import Boundaries, LevelCells
from geo.measure import Plane, Shapes, area_m2, polygons_of

__all__ = ["GRAIN_M", "NOISE_M", "Defect", "LevelShapes", "Survey"]

GRAIN_M: Final = 1e-4
"""Coordinates are snapped to this grid before they are compared: what lies below is floating point."""
NOISE_M: Final = 1e-3
"""A piece whose mean width is below this is rounding, and no overlap or gap."""


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong: its kind, the cells, the size in m² and a place on the map, lon, lat WGS-84.

    `geometry` is what to draw, None where there is nothing to draw. `detail` says more, by kind.
    """

    kind: str
    level: str
    cells: tuple[str, ...]
    area_m2: float
    lon: float
    lat: float
    geometry: BaseGeometry | None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LevelShapes:
    """A level as it is compared: valid shapes in the survey's plane, snapped; empty where a cell has none."""

    cells: LevelCells
    shapes: Shapes
    tree: shapely.STRtree

    @property
    def key(self) -> str:
        return self.cells.spec.key

    def codes(self, positions: Iterable[int]) -> tuple[str, ...]:
        """The codes at some positions, in order, each once."""
        return tuple(sorted({self.cells.codes[position] for position in positions}))


@dataclass(frozen=True)
class Survey:
    """The plane in which a territory is measured, and the width up to which a fault is a sliver."""

    plane: Plane
    tolerance_m: float

    @classmethod
    def of(cls, boundaries: Boundaries, tolerance_m: float) -> "Survey":
        """The survey around the cells whose coordinates can be degrees at all."""
        every = np.concatenate([level.geometries for level in boundaries.levels])
        bounds = shapely.bounds(every)
        degrees = (np.abs(bounds[:, [0, 2]]) <= 180).all(axis=1) & (np.abs(bounds[:, [1, 3]]) <= 90).all(axis=1)
        return cls(Plane.around(every[degrees]), tolerance_m)

    def shapes(self, geometries: Shapes) -> Shapes:
        """Geometries in lon, lat as valid polygons in the plane, snapped to `GRAIN_M`."""
        flat = self.plane.to_metres(geometries)
        broken = ~shapely.is_valid(flat)
        flat[broken] = [
            shapely.multipolygons(polygons_of(shape))
            for shape in shapely.make_valid(flat[broken], method="structure", keep_collapsed=False)
        ]
        return np.asarray(shapely.set_precision(flat, GRAIN_M), dtype=object)

    def level(self, cells: LevelCells, drawn: NDArray[np.bool_]) -> LevelShapes:
        """A level ready to compare; cells that are not in `drawn` (bool, n) take no part."""
        geometries = cells.geometries.copy()
        geometries[~drawn] = shapely.Polygon()
        shapes = self.shapes(geometries)
        return LevelShapes(cells, shapes, shapely.STRtree(shapes))

    def pieces(self, shape: Any) -> Shapes:
        """The polygons of an overlap or gap, without those that are only rounding."""
        parts = polygons_of(shape)
        return parts[2 * shapely.area(parts) >= NOISE_M * shapely.length(parts)]

    def narrow(self, pieces: Shapes) -> bool:
        """Whether each piece is nowhere wider than the tolerance."""
        return bool(shapely.is_empty(shapely.buffer(pieces, -self.tolerance_m / 2)).all())

    def defect(self, kind: str, level: str, cells: Iterable[str], shape: Any, **detail: Any) -> Defect:
        """A defect drawn as a shape of the plane; polygons have their size measured on the ellipsoid."""
        drawn = self.plane.to_lonlat(shape)
        polygons = polygons_of(drawn)
        place = shapely.point_on_surface(max(polygons, key=shapely.area) if len(polygons) else drawn)
        if place.is_empty:
            place = shapely.Point(self.plane.lon, self.plane.lat)
        return Defect(
            kind=kind,
            level=level,
            cells=tuple(cells),
            area_m2=float(area_m2(polygons).sum()),
            lon=float(shapely.get_x(place)),
            lat=float(shapely.get_y(place)),
            geometry=drawn,
            detail=detail,
        )

    def piece_defect(self, kind: str, level: str, cells: Iterable[str], pieces: Shapes, **detail: Any) -> Defect:
        """An overlap, gap or piece outside, or the `sliver` that it is when it is narrow."""
        shape = shapely.multipolygons(pieces)
        if self.narrow(pieces):
            return self.defect("sliver", level, cells, shape, of=kind, **detail)
        return self.defect(kind, level, cells, shape, **detail)
