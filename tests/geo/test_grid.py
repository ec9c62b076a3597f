"""A located point names its base grid, the cells above, the edition, and how far it is outside."""

import pytest
import shapely

from wangge.geo.grid import Cell, Grid, Level, Location, Outside

LEVELS = [Level("street", {"en": "Street"}), Level("grid", {"en": "Grid"})]


def make_grid() -> Grid:
    cells = [
        Cell(1, "street", "1", "North", ("1",)),
        Cell(2, "street", "2", "South", ("2",)),
        Cell(12, "grid", "12", "b", ("1", "12"), shapely.box(1, 1, 2, 2)),
        Cell(11, "grid", "11", "a", ("1", "11"), shapely.box(0, 1, 1, 2)),
        Cell(21, "grid", "21", "c", ("2", "21"), shapely.box(0, 0, 2, 1)),
    ]
    return Grid("town", "2026", LEVELS, cells)


def test_a_point_is_located_with_its_ancestors_and_edition() -> None:
    found = make_grid().locate(1.5, 1.5)
    assert isinstance(found, Location)
    assert (found.cell.code, [cell.name for cell in found.ancestors], found.edition, found.on_edge) == (
        "12",
        ["North"],
        "2026",
        False,
    )


def test_the_lowest_code_wins_whatever_the_order_of_the_cells() -> None:
    found = make_grid().locate(1.0, 1.0)  # a corner of all three
    assert isinstance(found, Location)
    assert (found.cell.code, found.on_edge) == ("11", True)


def test_outside_names_the_nearest_and_its_distance() -> None:
    found = make_grid().locate(2.001, 0.5)
    assert isinstance(found, Outside)
    assert found.nearest is not None
    assert found.nearest.code == "21"
    assert found.distance_m == pytest.approx(111.3, abs=0.1)  # a thousandth of a degree at the equator


def test_cells_are_found_by_code() -> None:
    grid = make_grid()
    assert [cell.name for cell in grid.cells_with_code("2")] == ["South"]
    assert grid.cell("grid", "2") is None
    assert grid.bbox == (0, 0, 2, 2)
    assert grid.leaf_ids.tolist() == [11, 12, 21]


def test_candidates_carry_cells() -> None:
    shares = make_grid().candidates(1.0, 0.9995, 100)
    assert [share.cell.code for share in shares] == ["21", "11", "12"]
    assert sum(share.share for share in shares) == pytest.approx(1, abs=1e-6)
