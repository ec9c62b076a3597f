"""The cells of a grid as a map of a zoom needs them: in Web Mercator, with fewer vertices, neighbours touching."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["ZOOMS", "generalized"]

ZOOMS = (6, 8, 10, 12, 14)
"""Each serves the zoom before it as well; the first all that are smaller. Closer in, cells are drawn as they are."""

RADIUS = 6378137.0  # of Web Mercator's sphere, m (EPSG:3857)
TILE_PX = 512
TOLERANCE_PX = 0.5
LEAST_PX = 10
"""Levels whose mean cell is narrower are not drawn at that zoom (`wangge_cell_levels` says 12)."""

Shapes = NDArray[np.object_]


def generalized(levels: Sequence[Shapes], parents: Sequence[Sequence[int]]) -> Iterator[tuple[int, int, Shapes]]:
    """The shapes of each level at each zoom at which it may be drawn.

    The deepest level of a zoom is simplified as a coverage: an edge that two cells share stays one edge, so that
    neither slivers nor overlaps appear. The levels above are put together from it, so that their lines lie on its
    lines. Where a level is not what lies below it, it is simplified by itself.

    Parameters
    ----------
    levels : of each level, from the top, n polygons or multipolygons in lon, lat degrees (WGS-84).
    parents : of each level, the position of each cell's parent on the level above, -1 on the top level.

    Yields
    ------
    zoom, depth of the level, and n shapes in metres of EPSG:3857; None where the cell is to be drawn as it is, because
    it is invalid or does not survive the simplification.
    """
    metres = [shapely.transform(shapes, _mercator) for shapes in levels]
    for zoom in ZOOMS:
        pixel = 2 * np.pi * RADIUS / TILE_PX / 2**zoom
        drawn = [depth for depth, shapes in enumerate(metres) if depth == 0 or _mean_side(shapes) >= LEAST_PX * pixel]
        tolerance = TOLERANCE_PX * pixel
        below = _simplified(metres[drawn[-1]], tolerance)
        yield zoom, drawn[-1], _sound(below)
        for depth in reversed(drawn[:-1]):
            below = _joined(below, parents[depth + 1], metres[depth], tolerance)
            yield zoom, depth, _sound(below)


def _mercator(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    lon, lat = np.radians(degrees[:, 0]), np.radians(np.clip(degrees[:, 1], -85.06, 85.06))
    return np.column_stack([RADIUS * lon, RADIUS * np.log(np.tan(np.pi / 4 + lat / 2))])


def _mean_side(shapes: Shapes) -> float:
    return float(np.sqrt(shapely.area(shapes).mean())) if len(shapes) else 0.0


def _simplified(shapes: Shapes, tolerance: float) -> Shapes:
    """The shapes as a coverage with fewer vertices; those that are not valid stay out of it."""
    simplified = np.full(len(shapes), None, dtype=object)
    sound = shapely.is_valid(shapes) & ~shapely.is_empty(shapes)
    if sound.any():
        simplified[sound] = shapely.coverage_simplify(shapes[sound], tolerance)
    return simplified


def _joined(below: Shapes, parents: Sequence[int], own: Shapes, tolerance: float) -> Shapes:
    """Each cell as what lies in it; by itself where these two are not the same area."""
    children: list[list[Any]] = [[] for _ in own]
    for shape, parent in zip(below, parents, strict=True):
        children[parent].append(shape)
    joined = np.full(len(own), None, dtype=object)
    for n, shapes in enumerate(children):
        if shapes and all(shape is not None for shape in shapes):
            joined[n] = _union(shapes)
    spare = shapely.area(own) * 1e-3 + shapely.length(own) * tolerance
    differs = ~(np.abs(shapely.area(joined) - shapely.area(own)) <= spare)
    if differs.any():
        joined[differs] = _simplified(own, tolerance)[differs]
    return joined


def _union(shapes: list[Any]) -> Any:
    try:
        return shapely.coverage_union_all(shapes)
    except shapely.GEOSException:  # they overlap
        return shapely.unary_union(shapes)


def _sound(shapes: Shapes) -> Shapes:
    """The shapes that can be drawn, None in the place of the others."""
    areas = np.isin(shapely.get_type_id(shapes), (3, 6))  # polygons and multipolygons
    sound = shapes.copy()
    sound[~(areas & shapely.is_valid(shapes)) | shapely.is_empty(shapes)] = None
    return sound
