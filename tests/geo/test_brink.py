"""Points that no base grid covers, though one is nearer than two drawings of one line may differ."""

import numpy as np
import pytest
import shapely

from tests.geo.builders import PLANE
from wangge.geo.brink import REACH_M
from wangge.geo.grid import OUTSIDE, Cell, Grid, Level, Location, Outside


def grid_of(**cells: shapely.Polygon) -> Grid:
    """A grid of one level; shapes in metres around the builders' place."""
    shapes = {code: PLANE.to_lonlat(shape) for code, shape in cells.items()}
    levels = [Level("grid", {"en": "Grid"})]
    return Grid(
        "t",
        "1",
        levels,
        [Cell(n, "grid", code, code, (code,), shape) for n, (code, shape) in enumerate(shapes.items())],
    )


@pytest.fixture(scope="module")
def unnoded() -> Grid:
    """West and east of a slanting line that only the east has vertices on, rounded as a file rounds them."""
    line = shapely.LineString([(0, 0), (70, 1000)])
    along = [line.interpolate(d, normalized=True).coords[0] for d in np.linspace(0, 1, 40)]
    west = shapely.Polygon([(-900, 0), (0, 0), (70, 1000), (-900, 1000)])
    east = shapely.set_precision(PLANE.to_lonlat(shapely.Polygon([*along, (900, 1000), (900, 0)])), 1e-8)
    return grid_of(east=PLANE.to_metres(east), west=west)


def on_the_line(count: int = 2000) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    share = np.linspace(0.001, 0.999, count)
    return shapely.get_coordinates(PLANE.to_lonlat(shapely.points(70 * share, 1000 * share)))


def test_a_point_in_a_gap_that_nobody_sees_belongs_to_a_cell(unnoded: Grid) -> None:
    lon, lat = on_the_line().T
    covered = unnoded.index.locate_many(lon, lat).position
    assert (covered == OUTSIDE).sum() > 100, "there is no gap to speak of"
    position, on_edge = unnoded.locate_many(lon, lat)
    assert (position != OUTSIDE).all()
    assert on_edge[covered == OUTSIDE].all()


def test_one_by_one_and_in_bulk_agree(unnoded: Grid) -> None:
    lon, lat = on_the_line(200).T
    hits = unnoded.locate_many(lon, lat)
    for x, y, position, on_edge in zip(lon.tolist(), lat.tolist(), *hits, strict=True):
        found = unnoded.locate(x, y)
        assert isinstance(found, Location)
        assert (found.cell, found.on_edge) == (unnoded.leaves[position], on_edge)


def test_the_nearest_takes_it_and_of_equally_near_ones_the_lowest_code() -> None:
    grid = grid_of(b=shapely.box(-100, 0, 0, 100), a=shapely.box(0.4, 0, 100, 100))
    lon, lat = shapely.get_coordinates(PLANE.to_lonlat(shapely.points([0.1, 0.2, 0.3], [50, 50, 50]))).T
    assert [grid.leaves[n].code for n in grid.locate_many(lon, lat).position.tolist()] == ["b", "a", "a"]


@pytest.mark.parametrize(("beside", "inside"), [(0.9 * REACH_M, True), (1.1 * REACH_M, False)])
def test_farther_than_that_is_outside(beside: float, inside: bool) -> None:
    grid = grid_of(a=shapely.box(0, 0, 100, 100))
    for x, y in ((-beside, 50), (50, 100 + beside)):
        lon, lat = shapely.get_coordinates(PLANE.to_lonlat(shapely.Point(x, y)))[0].tolist()
        assert isinstance(grid.locate(lon, lat), Location if inside else Outside)
        assert (grid.locate_many([lon], [lat]).position[0] != OUTSIDE) == inside


def test_nothing_is_near_what_is_no_place() -> None:
    grid = grid_of(a=shapely.box(0, 0, 100, 100))
    strange = [np.nan, np.inf, -np.inf, 1e300, 0.0]
    assert (grid.locate_many(strange, strange).position == OUTSIDE).all()
    none = Grid("t", "1", [Level("grid", {"en": "Grid"})], [])
    assert (none.locate_many([0.0], [0.0]).position == OUTSIDE).all()
