"""The survey: the plane in which a territory's cells are compared, and where defects get their size and place."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from wangge.geo.boundaries import Boundaries, LevelCells
from wangge.geo.coverage.defects import Defect
from wangge.geo.coverage.measure import Plane, Shapes, area_m2, polygons_of
from wangge.geo.coverage.soundness import drawn
from wangge.geo.coverage.vertices import any_closer

__all__ = ["GRAIN_M", "NOISE_M", "LevelShapes", "Survey", "comparable"]

GRAIN_M: Final = 1e-4
"""Coordinates are snapped to this grid before they are compared: what lies below is floating point."""
NOISE_M: Final = 1e-3
"""A piece whose mean width is below this is rounding, and no overlap or gap."""


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
        """The survey around the cells whose coordinates can be believed."""
        timezone = boundaries.manifest.timezone
        believed = [level.geometries[drawn(level, timezone)] for level in boundaries.levels]
        return cls(Plane.around(np.concatenate(believed)), tolerance_m)

    def shapes(self, geometries: Shapes) -> Shapes:
        """Geometries in lon, lat as `comparable` shapes of the plane."""
        return comparable(self.plane.to_metres(geometries))

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


def comparable(flat: Shapes) -> Shapes:
    """Shapes of the plane made valid, snapped to `GRAIN_M`, vertices within half of `NOISE_M` made one."""
    flat = _with_common_vertices(flat)
    broken = ~shapely.is_valid(flat)
    flat[broken] = [
        shapely.multipolygons(polygons_of(shape))
        for shape in shapely.make_valid(flat[broken], method="structure", keep_collapsed=False)
    ]
    return _snapped(flat)


def _snapped(shapes: Shapes) -> Shapes:
    """Shapes with their coordinates rounded to `GRAIN_M`; only those that this breaks are noded, which takes long."""
    snapped = shapely.remove_repeated_points(shapely.set_precision(shapes, GRAIN_M, mode="pointwise"))
    broken = ~shapely.is_valid(snapped) | shapely.is_empty(snapped)
    snapped[broken] = shapely.set_precision(shapes[broken], GRAIN_M)
    return np.asarray(snapped, dtype=object)


def _with_common_vertices(shapes: Shapes) -> Shapes:
    """The shapes with vertices closer than half `NOISE_M` at one place, which rounding to a grid alone cannot do.

    Two vertices that close lie in one square of at least one of four grids of that size, shifted by half a square.
    """
    xy = shapely.get_coordinates(shapes)
    shifts = ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5)) if any_closer(xy, 2 * NOISE_M) else ()
    for shift in shifts:
        square = np.floor(xy / NOISE_M + shift)
        _, first, which = np.unique(square[:, 0] + 1j * square[:, 1], return_index=True, return_inverse=True)
        xy = xy[first[which]]
    return np.asarray(shapely.set_coordinates(shapes.copy(), xy), dtype=object)
