"""Nearest base grids in bulk: the same as one by one, near; within some thousandths of the distance, far."""

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from tests.conftest import BOUNDARIES
from wangge.geo.boundaries import read_boundaries
from wangge.geo.folders import grid_of
from wangge.geo.grid import OUTSIDE, Cell, Grid, Level
from wangge.geo.proximity import Proximity


def grid_from(*shapes: BaseGeometry) -> Grid:
    cells = [Cell(0, "grid", f"{n:03}", "", (f"{n:03}",), shape) for n, shape in enumerate(shapes)]
    return Grid("t", "e", [Level("grid", {})], cells)


def points_around(grid: Grid, degrees: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = grid.bbox
    rng = np.random.default_rng(7)
    lon = rng.uniform(west - degrees, east + degrees, count)
    lat = rng.uniform(south - degrees, north + degrees, count)
    outside = grid.locate_many(lon, lat).position == OUTSIDE
    return lon[outside], lat[outside]


@pytest.mark.parametrize("territory", ["xinhua", "washington"])
def test_near_a_territory_the_answers_are_those_for_one_point(territory: str) -> None:
    grid = grid_of(read_boundaries(BOUNDARIES / territory))
    lon, lat = points_around(grid, 0.05, 400)
    position, metres = Proximity(grid).of(lon, lat)
    near = np.flatnonzero(metres < 7500)
    assert len(near) > 100
    for row in near.tolist():
        expected = grid.nearest(lon[row], lat[row])
        assert grid.leaves[position[row]] is expected.nearest
        assert metres[row] == pytest.approx(expected.distance_m, rel=1e-12)


def test_far_away_the_distance_is_right() -> None:
    grid = grid_of(read_boundaries(BOUNDARIES / "xinhua"))
    lon, lat = points_around(grid, 8, 100)
    _, metres = Proximity(grid).of(lon, lat)
    expected = [grid.nearest(x, y).distance_m for x, y in zip(lon, lat, strict=True)]
    assert metres == pytest.approx(expected, rel=2e-3)
    assert max(expected) > 500_000


def test_what_is_equally_near_goes_to_the_lowest_code() -> None:
    grid = grid_from(shapely.box(1, 0, 2, 1), shapely.box(1, 1, 2, 2))
    position, _ = Proximity(grid).of(np.array([0.9, 0.9]), np.array([1.0, 1.5]))
    assert position.tolist() == [0, 1]


def test_holes_parts_and_repeated_points() -> None:
    ring = shapely.box(0, 0, 1, 1).difference(shapely.box(0.2, 0.2, 0.8, 0.8))
    grid = grid_from(ring, shapely.MultiPolygon([shapely.box(2, 0, 3, 1), shapely.box(5, 0, 6, 1)]))
    lon, lat = np.array([0.5, 4.9, 0.5, 3.1]), np.array([0.21 + 0.2, 0.5, 0.21 + 0.2, 0.5])
    position, metres = Proximity(grid).of(lon, lat)
    assert position.tolist() == [0, 1, 0, 1]
    assert metres.tolist() == [pytest.approx(grid.nearest(x, y).distance_m) for x, y in zip(lon, lat, strict=True)]


def test_a_long_ring_is_searched_to_its_last_segment() -> None:
    for vertices in range(3, 70):
        angles = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
        grid = grid_from(shapely.Polygon(np.column_stack([np.cos(angles), np.sin(angles)])))
        around = np.linspace(0, 2 * np.pi, 40)
        lon, lat = 1.05 * np.cos(around), 1.05 * np.sin(around)
        lon, lat = (
            lon[grid.locate_many(lon, lat).position == OUTSIDE],
            lat[grid.locate_many(lon, lat).position == OUTSIDE],
        )
        expected = [grid.nearest(x, y).distance_m for x, y in zip(lon, lat, strict=True)]
        assert Proximity(grid).of(lon, lat)[1] == pytest.approx(expected, rel=1e-9)


def test_without_cells_nothing_is_near() -> None:
    position, metres = Proximity(grid_from()).of(np.array([1.0]), np.array([1.0]))
    assert position.tolist() == [OUTSIDE]
    assert np.isnan(metres).all()
