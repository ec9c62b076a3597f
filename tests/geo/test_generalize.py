"""Shapes for the zooms of a map: fewer vertices, the same neighbours, every line within half a pixel or so."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from wangge.data import HOME
from wangge.geo.boundaries import read_boundaries
from wangge.geo.coverage.generalize import TOLERANCE_PX, ZOOMS, generalized

BOUNDARIES = Path(HOME) / "data" / "boundaries"
Levels = tuple[list[NDArray[np.object_]], list[list[int]]]


def levels_of(city: str) -> Levels:
    levels = read_boundaries(BOUNDARIES / city).levels
    parents = [[-1] * len(levels[0].codes)]
    for above, level in pairwise(levels):
        at = {code: n for n, code in enumerate(above.codes)}
        parents.append([at[parent or ""] for parent in level.parents])
    return [level.geometries for level in levels], parents


@pytest.fixture(scope="module", params=["xinhua", "washington", "taipei"])
def levels(request: pytest.FixtureRequest) -> Levels:
    return levels_of(request.param)


def pixel(zoom: int) -> float:
    return 40075016.686 / 512 / float(1 << zoom)


def test_neighbours_touch_and_levels_lie_on_each_other(levels: Levels) -> None:
    shapes, parents = levels
    zooms: dict[int, dict[int, NDArray[np.object_]]] = {zoom: {} for zoom in ZOOMS}
    for zoom, depth, found in generalized(shapes, parents):
        zooms[zoom][depth] = found
    for drawn in zooms.values():
        assert 0 in drawn
        for found in drawn.values():
            assert all(shape is not None for shape in found)
            assert shapely.coverage_is_valid(found)
        for depth in range(1, len(drawn)):
            for n, above in enumerate(drawn[depth - 1]):
                below = [shape for shape, parent in zip(drawn[depth], parents[depth], strict=True) if parent == n]
                assert shapely.equals(shapely.coverage_union_all(below), above)


def test_lines_stay_where_they_are_and_vertices_become_fewer(levels: Levels) -> None:
    shapes, parents = levels
    counts: dict[int, list[int]] = {}
    exact = dict(generalized_exact(shapes))
    for zoom, depth, found in generalized(shapes, parents):
        away = shapely.hausdorff_distance(shapely.boundary(exact[depth]), shapely.boundary(found))
        assert np.median(away) <= 2 * TOLERANCE_PX * pixel(zoom)
        assert away.max() <= 6 * TOLERANCE_PX * pixel(zoom)
        counts.setdefault(depth, []).append(int(shapely.get_num_coordinates(found).sum()))
    for counted in counts.values():
        assert counted == sorted(counted)


def generalized_exact(shapes: list[NDArray[np.object_]]) -> list[tuple[int, NDArray[np.object_]]]:
    """Every level in metres of EPSG:3857, by PROJ."""
    from pyproj import Transformer

    forward = Transformer.from_crs(4326, 3857, always_xy=True).transform
    return [
        (depth, shapely.transform(level, lambda xy: np.column_stack(forward(xy[:, 0], xy[:, 1]))))
        for depth, level in enumerate(shapes)
    ]


def test_a_level_that_is_not_what_lies_below_it_is_drawn_by_itself() -> None:
    half, other, whole = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(0, 0, 3, 1)
    levels = [np.array([whole], dtype=object), np.array([half, other], dtype=object)]
    for _, depth, (first, *_) in generalized(levels, [[-1], [0, 0]]):
        assert shapely.bounds(first)[2] == pytest.approx((3 if depth == 0 else 1) * 111319.49, rel=1e-6)


def test_what_cannot_be_drawn_so_is_drawn_as_it_is() -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    levels = [np.array([bow, shapely.box(2, 0, 3, 1), shapely.Polygon()], dtype=object)]
    for _, _, shapes in generalized(levels, [[-1, -1, -1]]):
        assert [shape is None for shape in shapes] == [True, False, True]
