"""What must hold of the compiled cover for any polygons and points, against shapely and against itself."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.geo.test_index import oracle
from wangge.geo.cover.cover import FEWEST_PER_THREAD
from wangge.geo.index import OUTSIDE, GridIndex

UNIT = 2.0**-10
"""Coordinates are small multiples of it, so that moving and scaling them is exact."""

ordinate = st.integers(-40, 40)
vertex = st.tuples(ordinate, ordinate)


def star(centre: tuple[int, int], arms: list[int]) -> Any:
    """A polygon around a centre, with a vertex in each of eight directions."""
    ways = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)]
    return shapely.Polygon([(centre[0] + x * arm, centre[1] + y * arm) for (x, y), arm in zip(ways, arms, strict=True)])


stars: st.SearchStrategy[Any] = st.builds(star, vertex, st.lists(st.integers(1, 12), min_size=8, max_size=8))
boxes: st.SearchStrategy[Any] = st.builds(
    lambda at, width, height: shapely.box(at[0], at[1], at[0] + width, at[1] + height),
    vertex,
    st.integers(1, 20),
    st.integers(1, 20),
)
crossed: st.SearchStrategy[Any] = st.lists(vertex, min_size=3, max_size=7, unique=True).map(
    shapely.Polygon
)  # invalid too
single = st.one_of(stars, boxes, crossed)
holed: st.SearchStrategy[Any] = st.builds(lambda a, b: a.buffer(0).difference(b.buffer(0)), single, single)
severed: st.SearchStrategy[Any] = st.builds(lambda a, b: shapely.union_all([a.buffer(0), b.buffer(0)]), single, single)
nothing: st.SearchStrategy[Any] = st.sampled_from([None, shapely.Polygon(), shapely.MultiPolygon()])
polygons = st.lists(st.one_of(single, single, holed, severed, nothing), max_size=9)


def of(shapes: list[Any]) -> np.ndarray:
    """An array of shapes, of which only polygons and nothing are kept."""
    kinds = (None, "Polygon", "MultiPolygon")
    array = np.empty(len(shapes), dtype=object)
    array[:] = [shape if getattr(shape, "geom_type", None) in kinds else None for shape in shapes]
    return shapely.transform(array, lambda xy: xy * UNIT)


def points_for(shapes: np.ndarray, free: list[tuple[int, int]]) -> np.ndarray:
    """Vertices, middles of edges, places just beside them, and free ones of the lattice (and of half of it)."""
    corners = shapely.get_coordinates(shapes)
    middles = (corners[1:] + corners[:-1]) / 2 if len(corners) else corners
    beside = np.nextafter(np.concatenate([corners, middles]), np.inf)
    beside = beside[(np.abs(beside) > 1e-300).all(axis=1)]  # beside 0 the products of the oracle underflow
    lattice = np.array(free, dtype=float).reshape(-1, 2) * (UNIT / 2)
    return np.concatenate([corners, middles, beside, lattice, [[np.nan, 0.0]]])


def is_exact(shape: Any) -> bool:
    """Whether a shape's vertices lie on the lattice; where shapes were cut they need not."""
    corners = shapely.get_coordinates(shape)
    return bool((corners == np.round(corners)).all())


free_places = st.lists(st.tuples(st.integers(-130, 130), st.integers(-130, 130)), max_size=40)


@settings(max_examples=250, deadline=None)
@given(shapes=polygons, free=free_places)
def test_any_polygons_answer_as_covers_says(shapes: list[Any], free: list[tuple[int, int]]) -> None:
    index = GridIndex(of(shapes))
    points = points_for(index.polygons, free)
    finite = np.isfinite(points).all(axis=1)
    hits = index.locate_many(points)
    assert hits.position[~finite].tolist() == [OUTSIDE] * int((~finite).sum())
    if not len(shapes):
        assert (hits.position == OUTSIDE).all()
        return
    position, on_edge = oracle(index.polygons, points[finite])
    assert hits.position[finite].tolist() == position
    assert hits.on_edge[finite].tolist() == on_edge


@settings(max_examples=100, deadline=None)
@given(shapes=polygons, free=free_places, data=st.data())
def test_the_order_decides_and_nothing_else(
    shapes: list[Any], free: list[tuple[int, int]], data: st.DataObject
) -> None:
    """In another order, the first in that order is found among the same that cover the point."""
    order = np.array(data.draw(st.permutations(range(len(shapes)))), dtype=int)
    index = GridIndex(of(shapes))
    turned = GridIndex(index.polygons[order])
    points = points_for(index.polygons, free)[:-1]
    assume(len(points) and len(shapes))
    covered = shapely.covers(index.polygons[:, None], np.asarray(shapely.points(points))[None, :])
    expected = np.where(covered.any(axis=0), covered[order].argmax(axis=0), OUTSIDE)
    hits = turned.locate_many(points)
    assert hits.position.tolist() == expected.tolist()
    assert hits.on_edge.tolist() == index.locate_many(points).on_edge.tolist()
    # Of what is put in twice, the second is never found.
    twice = GridIndex(np.concatenate([index.polygons, index.polygons])).locate_many(points)
    assert twice.position.tolist() == index.locate_many(points).position.tolist()


@settings(max_examples=150, deadline=None)
@given(
    shapes=polygons,
    free=free_places,
    by=st.tuples(st.integers(-(2**14), 2**14), st.integers(-(2**14), 2**14)),
    power=st.integers(-60, 60),
    mirrored=st.booleans(),
)
def test_moved_scaled_and_turned_the_answers_are_the_same(
    shapes: list[Any], free: list[tuple[int, int]], by: tuple[int, int], power: int, mirrored: bool
) -> None:
    """By amounts that leave every coordinate exact, so that not a single answer may change."""
    valid = [shape if shape is not None and shape.is_valid else None for shape in shapes]
    index = GridIndex(of([shape if is_exact(shape) else None for shape in valid]))
    points = points_for(index.polygons, free)
    points = np.round(points / (UNIT / 4)) * (UNIT / 4)  # those just beside would not stay beside when moved
    expected = index.locate_many(points)

    def changed(xy: np.ndarray) -> np.ndarray:
        moved = (xy[:, ::-1] if mirrored else xy) + np.array(by) / 16
        scaled: np.ndarray = moved * 2.0**power
        return scaled

    elsewhere = GridIndex(shapely.transform(index.polygons, changed))
    hits = elsewhere.locate_many(changed(points))
    assert hits.position.tolist() == expected.position.tolist()
    assert hits.on_edge.tolist() == expected.on_edge.tolist()


@settings(max_examples=100, deadline=None)
@given(shapes=polygons, free=free_places)
def test_one_by_one_and_all_at_once(shapes: list[Any], free: list[tuple[int, int]]) -> None:
    index = GridIndex(of(shapes))
    points = points_for(index.polygons, free)
    hits = index.locate_many(points)
    one_by_one = [index.locate(x, y) for x, y in points.tolist()]
    assert list(zip(hits.position.tolist(), hits.on_edge.tolist(), strict=True)) == one_by_one
    # Wherever it stands among the others, and however they lie in memory.
    turned = index.locate_many(points[::-1])
    assert turned.position[::-1].tolist() == hits.position.tolist()
    columns = np.asfortranarray(points)
    assert index.locate_many(columns[:, 0], columns[:, 1]).position.tolist() == hits.position.tolist()
    every_other = index.locate_many(points[::2, 0], points[::2, 1])
    assert every_other.on_edge.tolist() == hits.on_edge[::2].tolist()


@settings(max_examples=100, deadline=None)
@given(shapes=polygons, free=free_places)
@example(shapes=[], free=[(0, 0)])
def test_built_again_it_is_the_same_block(shapes: list[Any], free: list[tuple[int, int]]) -> None:
    first, second = GridIndex(of(shapes)), GridIndex(of(shapes))
    assert bytes(first.cover.block) == bytes(second.cover.block)
    assert len(first) == len(shapes)


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513, 2 * FEWEST_PER_THREAD, 3 * FEWEST_PER_THREAD + 7])
@pytest.mark.parametrize("threads", [1, 2, 3, 7, 64])
def test_threads_change_nothing(count: int, threads: int) -> None:
    rng = np.random.default_rng(6)
    index = GridIndex(np.array([shapely.box(i, j, i + 1, j + 1) for i in range(9) for j in range(9)], dtype=object))
    points = rng.uniform(-1, 10, (count, 2))
    points[::5] = np.round(points[::5])
    alone, shared = (index.locate_many(points[:, 0], points[:, 1], threads=n) for n in (1, threads))
    np.testing.assert_array_equal(alone.position, shared.position)
    np.testing.assert_array_equal(alone.on_edge, shared.on_edge)


def test_what_is_no_polygon_is_refused() -> None:
    with pytest.raises(ValueError, match="polygons"):
        GridIndex([shapely.Point(0, 0)])
    with pytest.raises(ValueError, match="polygons"):
        GridIndex([shapely.LineString([(0, 0), (1, 1)])])


@pytest.mark.parametrize("count", [9, 40, 300])
def test_an_edge_that_many_share_is_built_in_no_time(count: int) -> None:
    """Splitting a cell cannot part what lies on one line; it must not be tried for ever."""
    fan = [shapely.Polygon([(0, 0), (1, 0.03), (1.2 + i / 100, 1 + i / 50), (0.1, 1.1 + i / 70)]) for i in range(count)]
    index = GridIndex(fan)
    assert len(index.cover.block) < 100_000 * count
    points = np.random.default_rng(1).uniform(-0.1, 2, (400, 2))
    points = np.concatenate([points, shapely.get_coordinates(index.polygons)[:80], [[0.5, 0.015], [0.5, 0.0150001]]])
    position, on_edge = oracle(index.polygons, points)
    hits = index.locate_many(points)
    assert hits.position.tolist() == position
    assert hits.on_edge.tolist() == on_edge
