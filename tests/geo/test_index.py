"""GridIndex against plain shapely, on neat, gappy, overlapping, holed and empty input."""

import gc
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Geod

from tests.strategies import awkward_points
from wangge.geo.cover import Cover
from wangge.geo.index import OUTSIDE, GridIndex

SQUARES = np.array([shapely.box(i, j, i + 1, j + 1) for i in range(4) for j in range(4)], dtype=object)
HOLED = np.array(
    [
        shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (3, 1), (3, 3), (1, 3)]]),
        shapely.MultiPolygon([shapely.box(1.5, 1.5, 2, 2), shapely.box(5, 5, 6, 6)]),
        shapely.box(3.5, 3.5, 5.5, 5.5),
        shapely.Polygon(),
    ],
    dtype=object,
)


def oracle(polygons: NDArray[np.object_], points: NDArray[np.float64]) -> tuple[list[int], list[bool]]:
    places = np.asarray(shapely.points(points))
    covered = np.asarray(shapely.covers(polygons[:, None], places[None, :]))
    proper = np.asarray(shapely.contains_properly(polygons[:, None], places[None, :]))
    first = [int(column.argmax()) if column.any() else OUTSIDE for column in covered.T]
    return first, [bool(column.any()) for column in (covered & ~proper).T]


@pytest.mark.parametrize("polygons", [SQUARES, HOLED], ids=["squares", "holes, parts, overlaps"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_every_point_goes_where_covers_says(polygons: NDArray[np.object_], data: st.DataObject) -> None:
    points = data.draw(awkward_points(polygons))
    index = GridIndex(polygons)
    hits = index.locate_many(points[:, 0], points[:, 1])
    position, on_edge = oracle(polygons, points)
    assert hits.position.tolist() == position
    assert hits.on_edge.tolist() == on_edge
    assert [index.locate(x, y) for x, y in points] == list(zip(position, on_edge, strict=True))


def test_a_corner_of_four_cells_belongs_to_the_first() -> None:
    index = GridIndex(SQUARES)
    assert index.locate(2.0, 2.0) == (5, True)
    assert GridIndex(SQUARES[::-1]).locate(2.0, 2.0) == (5, True)


@pytest.mark.parametrize(("lon", "lat"), [(np.nan, 1), (1, np.nan), (np.inf, 1), (1, -np.inf)])
def test_what_is_not_finite_is_outside(lon: float, lat: float) -> None:
    index = GridIndex(SQUARES)
    assert index.locate(lon, lat) == (OUTSIDE, False)
    assert index.locate_many([lon, 0.5], [lat, 0.5]).position.tolist() == [OUTSIDE, 0]
    assert index.nearest(lon, lat) is None
    assert index.candidates(lon, lat, 10) == []


def test_an_empty_index_answers() -> None:
    index = GridIndex([])
    assert index.locate(0, 0) == (OUTSIDE, False)
    assert index.locate_many([0.0], [0.0]).position.tolist() == [OUTSIDE]
    assert index.locate_many([], []).position.tolist() == []
    assert index.nearest(0, 0) is None
    assert index.candidates(0, 0, 5) == []
    assert index.meeting(shapely.box(0, 0, 1, 1)).tolist() == []


@pytest.mark.parametrize("scale", [(1e-266, 1e-266), (1e-9, 1e-9), (1, 1e-200), (1e-200, 1), (1e90, 1e90)])
def test_cells_of_any_size_are_found(scale: tuple[float, float]) -> None:
    index = GridIndex(shapely.transform(SQUARES, lambda xy: xy * scale))
    west, south = np.divmod(np.arange(16), 4)
    hits = index.locate_many((west + 0.5) * scale[0], (south + 0.5) * scale[1])
    assert hits.position.tolist() == list(range(16))
    assert not hits.on_edge.any()


def test_points_of_unlike_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        GridIndex(SQUARES).locate_many([1.0, 2.0], [1.0])


@settings(max_examples=150, deadline=None)
@given(lon=st.floats(-8, 12), lat=st.floats(-8, 12))
def test_the_nearest_cell_is_the_nearest_of_all(lon: float, lat: float) -> None:
    found = GridIndex(SQUARES).nearest(lon, lat)
    assert found is not None
    nearest_lon, nearest_lat = np.clip(lon, 0, 4), np.clip(lat, 0, 4)  # the squares fill a rectangle
    expected = Geod(ellps="WGS84").inv(lon, lat, nearest_lon, nearest_lat)[2]
    # The local plane bends over hundreds of kilometres; a city's 20 km is a thousandth of this.
    assert found.distance_m == pytest.approx(expected, rel=0.02, abs=1e-6)
    assert shapely.distance(SQUARES[found.position], shapely.Point(nearest_lon, nearest_lat)) < 1


def test_shares_of_an_error_circle() -> None:
    index = GridIndex(SQUARES)
    inside = index.candidates(0.5, 0.5, 100)
    assert [(c.position, round(c.share, 6)) for c in inside] == [(0, 1.0)]
    corner = index.candidates(1.0, 1.0, 100)
    assert [c.position for c in corner] == [0, 1, 4, 5]
    assert [c.share for c in corner] == pytest.approx([0.25] * 4, abs=1e-4)
    for least in (5e-324, 1e-160, 1e-9):  # the area of such a circle is no number that is left
        assert sorted(c.position for c in index.candidates(1.0, 1.0, least)) == [0, 1, 4, 5]
    rim = index.candidates(0.0, 0.5, 100)
    assert [(c.position, round(c.share, 3)) for c in rim] == [(0, 0.5)]
    mostly = index.candidates(1.0 - 50 / 111_320, 0.5, 100)
    assert [c.position for c in mostly] == [0, 4]
    assert mostly[0].share == pytest.approx(0.8045, abs=2e-3)  # a circle cut at half its radius


def test_a_redrawn_polygon_meets_its_neighbours() -> None:
    index = GridIndex(SQUARES)
    assert index.meeting(shapely.box(0.5, 0.5, 1.5, 0.6)).tolist() == [0, 4]
    assert index.meeting(shapely.Point(1, 1)).tolist() == [0, 1, 4, 5]


def test_what_was_answered_before_is_answered_again_and_edges_apart() -> None:
    index = GridIndex(SQUARES)
    points = [(0.5, 0.5), (1.0, 0.5), (0.5, 0.5), (1.5, 0.5), (1.0, 0.5), (9.0, 9.0), (4.0, 4.0), (9.0, 9.0)]
    expected = [
        (0, False),
        (0, True),
        (0, False),
        (4, False),
        (0, True),
        (OUTSIDE, False),
        (15, True),
        (OUTSIDE, False),
    ]
    for _ in range(3):
        assert [index.locate(*point) for point in points] == expected
    other = GridIndex(SQUARES[::-1])
    assert [other.locate(0.5, 0.5), index.locate(0.5, 0.5)] == [(15, False), (0, False)]


def test_an_invalid_polygon_is_read_as_the_area_that_it_goes_round_and_left_as_it_was() -> None:
    twice = shapely.Polygon([(0, 0), (4, 0), (4, 4), (1, 4), (1, -2), (2, -2), (2, 3), (0, 3)])
    flat = shapely.Polygon([(7, 0), (9, 0), (7, 0)])
    polygons = np.array([twice, None, flat, shapely.box(5, 0, 6, 1)], dtype=object)
    given = polygons.copy()
    index = GridIndex(polygons)
    assert index.locate(1.5, 1.5) == (0, False)  # it overlaps itself there
    assert index.locate(8, 0) == (OUTSIDE, False)  # a line covers nothing
    assert index.locate(5.5, 0.5) == (3, False)
    assert index.polygons[0].area == 17
    assert index.nearest(5.1, 0.5) is not None
    assert all(ours is theirs for ours, theirs in zip(polygons, given, strict=True))


def test_polygons_may_be_given_when_they_are_needed_and_the_cover_kept(tmp_path: Path) -> None:
    index = GridIndex(lambda: SQUARES)
    index.save(tmp_path / "cover")
    asked: list[bool] = []

    def squares() -> NDArray[np.object_]:
        asked.append(True)
        return SQUARES

    kept = GridIndex(squares, Cover.load(tmp_path / "cover"))
    assert len(kept) == len(SQUARES)
    assert kept.locate(2.5, 0.5) == index.locate(2.5, 0.5) == (8, False)
    assert kept.locate_many(shapely.points([[0.5, 1.5], [2.5, 0.5]])).position.tolist() == [1, 8]
    assert asked == []
    assert kept.meeting(shapely.box(0.2, 0.2, 0.8, 0.8)).tolist() == [0]
    assert asked == [True]


def test_answers_are_let_go_of_with_the_index() -> None:
    answers = [GridIndex(SQUARES).locate(0.5, 0.5) for _ in range(3)]
    gc.collect()
    assert answers == [(0, False)] * 3
    assert all(sys.getrefcount(answer) <= 4 for answer in answers)  # the list, the loop, the argument, the generator


def test_threads_get_the_same_answers() -> None:
    index = GridIndex(SQUARES)
    points = np.random.default_rng(1).uniform(-1, 5, (2000, 2))
    expected = index.locate_many(points[:, 0], points[:, 1]).position.tolist()
    wrong: list[int] = []

    def ask() -> None:
        got = [index.locate(x, y)[0] for x, y in points]
        wrong.extend(i for i, (a, b) in enumerate(zip(got, expected, strict=True)) if a != b)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
