"""Where a point belongs, without a database: the cells that its error circle touches, and what is said outside."""

import pytest

from tests.builders import create_boundaries
from wangge.geo.datum import Datum, from_wgs84
from wangge.geo.folders import grid_of
from wangge.geo.grid import Grid
from wangge.reports.errors import OutsideGrid
from wangge.reports.placement import place

INSIDE = {"A1": (116.905, 38.305), "A2": (116.905, 38.315), "B1": (116.915, 38.305), "B2": (116.915, 38.315)}


@pytest.fixture(scope="module")
def town() -> Grid:
    return grid_of(create_boundaries())


@pytest.mark.parametrize("code", INSIDE)
def test_exchanged_coordinates_are_known_in_every_cell(town: Grid, code: str) -> None:
    lon, lat = INSIDE[code]
    with pytest.raises(OutsideGrid) as caught:
        place(town, lat, lon, Datum.WGS84)
    assert caught.value.facts["swapped"] is True


def test_outside_the_nearest_cell_is_named_with_its_distance(town: Grid) -> None:
    with pytest.raises(OutsideGrid) as caught:
        place(town, 116.895, 38.315, Datum.WGS84)
    nearest = caught.value.facts["nearest"]
    assert (nearest["code"], nearest["name"]) == ("A2", "a2")
    assert nearest["distance_m"] == pytest.approx(437.4, abs=0.5)
    assert nearest["distance_m"] == round(nearest["distance_m"], 1)  # to the decimetre
    assert {fact: caught.value.facts[fact] for fact in ("swapped", "zero")} == {"swapped": False, "zero": False}


@pytest.mark.parametrize(
    ("lon", "lat", "zero"), [(0.0, 0.0, True), (0.0, 38.315, False), (116.905, 0.0, False), (1.0, 1.0, False)]
)
def test_a_place_that_was_left_out_is_told_from_one_on_a_meridian(
    town: Grid, lon: float, lat: float, zero: bool
) -> None:
    with pytest.raises(OutsideGrid) as caught:
        place(town, lon, lat, Datum.WGS84)
    assert caught.value.facts["zero"] is zero


def test_a_place_is_unclear_as_soon_as_its_circle_reaches_a_second_cell(town: Grid) -> None:
    lon, lat = INSIDE["A1"]
    clear = place(town, *from_wgs84(lon, lat, Datum.GCJ02), Datum.GCJ02, 10)
    assert (clear.lon, clear.lat) == pytest.approx((lon, lat), abs=1e-8)
    assert not clear.ambiguous
    assert clear.location.cell.code == "A1"
    assert [share.cell.code for share in clear.candidates] == ["A1"]
    unclear = place(town, 116.90995, lat, Datum.WGS84, 10)
    assert unclear.ambiguous
    assert {share.cell.code for share in unclear.candidates} == {"A1", "B1"}
    assert place(town, 116.90995, lat, Datum.WGS84).candidates == []
