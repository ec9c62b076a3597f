"""Close vertices and edges that fit, of a level at once: against each pair of points, and against GEOS on all cells."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wangge.geo.boundaries import LevelCells
from wangge.geo.coverage.clashes import suspicious_edges
from wangge.geo.coverage.measure import Plane
from wangge.geo.coverage.survey import NOISE_M, LevelShapes, Survey, comparable
from wangge.geo.coverage.vertices import any_closer, unmatched
from wangge.geo.manifest import LevelSpec

SIZE = 100.0
FAULTS = st.sampled_from(["none", "moved", "grown", "twice", "simpler", "gone", "holed", "reversed"])


def cells_of(seed: int) -> NDArray[np.object_]:
    random = np.random.default_rng(seed)
    drawn = shapely.voronoi_polygons(shapely.multipoints(random.uniform(0, SIZE, (30, 2))))
    inside = [part.intersection(shapely.box(0, 0, SIZE, SIZE)) for part in shapely.get_parts(drawn)]
    return np.array([part for part in inside if part.geom_type == "Polygon"], dtype=object)


def damaged(cells: NDArray[np.object_], fault: str, row: int) -> NDArray[np.object_]:
    cells, cell = cells.copy(), cells[row]
    match fault:
        case "moved":
            cells[row] = shapely.affinity.translate(cell, 0.2, 0.1)
        case "grown":
            cells[row] = cell.buffer(0.3, join_style="mitre")
        case "twice":
            cells = np.append(cells, cell)
        case "simpler":
            cells[row] = shapely.Polygon(cell.exterior.coords[:-2]) if len(cell.exterior.coords) > 4 else cell
        case "gone":
            cells[row] = shapely.Polygon()
        case "holed":
            hole = cell.centroid.buffer(0.5)
            cells[row] = cell.difference(hole)
            cells = np.append(cells, hole)
        case "reversed":
            cells[row] = cell.reverse()
    return cells


def level_of(cells: NDArray[np.object_]) -> LevelShapes:
    codes = [f"{number:03d}" for number in range(len(cells))]
    shapes = comparable(cells.copy())
    told = LevelCells(
        LevelSpec("grid", {}, "", None, "code", None, None, ()),
        codes,
        codes,
        [None] * len(cells),
        cells,
        [{}] * len(cells),
    )
    return LevelShapes(told, shapes, shapely.STRtree(shapes))


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), faults=st.lists(st.tuples(FAULTS, st.integers(0, 20)), max_size=3))
def test_the_edges_that_fit_nowhere_are_those_that_geos_finds_among_all_cells(
    seed: int, faults: list[tuple[str, int]]
) -> None:
    cells = cells_of(seed)
    for fault, row in faults:
        cells = damaged(cells, fault, row) if not shapely.is_empty(cells[row]) else cells
    level, survey = level_of(cells), Survey(Plane(116.8, 38.3), 0.5)
    found = suspicious_edges(level, survey)
    right = shapely.coverage_invalid_edges(level.shapes, gap_width=survey.tolerance_m)
    assert shapely.is_empty(found).tolist() == shapely.is_empty(right).tolist()
    assert shapely.equals(found, right).all()


def test_only_cells_on_the_rim_of_a_clean_grid_are_looked_at() -> None:
    lattice = np.array([shapely.box(x, y, x + 1, y + 1) for x in range(9) for y in range(9)], dtype=object)
    assert unmatched(lattice).sum() == 32
    assert not unmatched(np.array([], dtype=object)).any()


@given(
    st.lists(st.tuples(*[st.integers(0, 40)] * 2), max_size=40),
    st.sampled_from([0.4, 1.1, 1.7, 3.1]),
    st.sampled_from([1.0, 0.001, 0.37]),
)
def test_whether_two_places_are_close_is_what_each_pair_says(
    places: list[tuple[int, int]], reach: float, scale: float
) -> None:
    xy = np.array(places, float).reshape(-1, 2) * scale
    apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) / scale
    assert any_closer(xy, reach * scale) == bool(((apart > 0) & (apart <= reach)).any())


def test_places_on_one_line_across_the_axis_are_in_doubt() -> None:
    """Those in a row along which the sort says nothing are not compared with each other without end."""
    across = np.arange(1000.0)[:, None] * [-0.5735764363510461, 0.8191520442889918]
    assert any_closer(across, 2 * NOISE_M)
