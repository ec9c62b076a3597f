"""Datums: published values, exact inverses everywhere, and nothing outside China."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from wangge.geo.datum import CHINA, Datum, from_wgs84, to_wgs84

MM = 1e-8  # degrees; 1.1 mm
SHIFTED = (Datum.GCJ02, Datum.BD09)
LON = st.floats(-180, 180)
LAT = st.floats(-90, 90)
IN_CHINA = st.tuples(st.floats(72, 137), st.floats(17, 55))

# WGS-84 and GCJ-02 lon, lat of Shanghai, Shenzhen and Beijing, from the tests of googollee/eviltransform.
PUBLISHED = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]


@pytest.mark.parametrize(("wgs84", "gcj02"), PUBLISHED)
def test_gcj02_is_as_published(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert from_wgs84(*wgs84, Datum.GCJ02) == pytest.approx(gcj02, abs=1e-12)
    assert to_wgs84(*gcj02, Datum.GCJ02) == pytest.approx(wgs84, abs=MM / 10)


def test_bd09_is_as_published() -> None:
    # GCJ-02 and BD-09 of one place, from the README of wandergis/coordtransform.
    gcj02, bd09 = (116.404, 39.915), (116.41036949371029, 39.92133699351021)
    assert from_wgs84(*to_wgs84(*gcj02, Datum.GCJ02), Datum.BD09) == pytest.approx(bd09, abs=1e-10)
    assert from_wgs84(*to_wgs84(*bd09, Datum.BD09), Datum.GCJ02) == pytest.approx(gcj02, abs=1e-10)


def test_the_shift_in_xinhua_is_half_a_kilometre_east() -> None:
    lon, lat = from_wgs84(116.9, 38.3, Datum.GCJ02)
    assert (lon - 116.9) * 111_320 * np.cos(np.radians(38.3)) == pytest.approx(505, abs=30)
    assert (lat - 38.3) * 110_990 == pytest.approx(57, abs=30)


@pytest.mark.parametrize("datum", SHIFTED)
@given(place=st.one_of(IN_CHINA, st.tuples(LON, LAT)))
@example(place=(105.0, 35.0))  # where the formula's square root has no derivative
def test_to_wgs84_undoes_from_wgs84(datum: Datum, place: tuple[float, float]) -> None:
    assert to_wgs84(*from_wgs84(*place, datum), datum) == pytest.approx(place, abs=MM / 10)


@pytest.mark.parametrize("datum", SHIFTED)
@given(along=st.floats(0, 1), off=st.floats(-0.2, 0.2), aside=st.floats(-0.2, 0.2))
def test_at_the_edge_of_china_each_place_has_one_original(datum: Datum, along: float, off: float, aside: float) -> None:
    edge = CHINA.exterior.interpolate(along, normalized=True)
    place = edge.x + off, edge.y + aside
    assert to_wgs84(*from_wgs84(*place, datum), datum) == pytest.approx(place, abs=MM / 10)
    assert from_wgs84(*to_wgs84(*place, datum), datum) == pytest.approx(place, abs=MM / 10)


@pytest.mark.parametrize("datum", SHIFTED)
@pytest.mark.parametrize(
    ("lon", "lat"),
    [(-77.0365, 38.8977), (121.5654, 25.0330), (139.69, 35.69), (126.98, 37.57), (85.32, 27.72), (105.85, 21.03)],
    ids=["Washington", "Taipei", "Tokyo", "Seoul", "Kathmandu", "Hanoi"],
)
def test_outside_china_nothing_is_shifted(datum: Datum, lon: float, lat: float) -> None:
    assert from_wgs84(lon, lat, datum) == (lon, lat)
    assert to_wgs84(lon, lat, datum) == (lon, lat)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        (114.16, 22.32),
        (113.55, 22.19),
        (124.38, 40.12),
        (97.85, 24.01),
        (109.51, 18.25),
        (122.45, 30.73),
        (75.99, 39.47),
    ],
    ids=["Hong Kong", "Macau", "Dandong", "Ruili", "Sanya", "Shengsi", "Kashgar"],
)
def test_at_the_rims_of_china_the_whole_shift_applies(lon: float, lat: float) -> None:
    east, north = from_wgs84(lon, lat, Datum.GCJ02)
    metres = np.hypot((east - lon) * 111_320 * np.cos(np.radians(lat)), (north - lat) * 110_990)
    assert 250 < metres < 900


@given(place=st.tuples(LON, LAT))
def test_cgcs2000_is_wgs84(place: tuple[float, float]) -> None:
    for datum in (Datum.WGS84, Datum.CGCS2000):
        assert from_wgs84(*place, datum) == to_wgs84(*place, datum) == place


@pytest.mark.parametrize("datum", Datum)
def test_what_is_no_place_passes_through(datum: Datum) -> None:
    lon, lat = np.array([np.nan, 116.9, np.inf, 1e308]), np.array([38.3, np.nan, 38.3, -1e308])
    for convert in (to_wgs84, from_wgs84):
        out = convert(lon, lat, datum)
        np.testing.assert_array_equal(out, (lon, lat))


@pytest.mark.parametrize("datum", Datum)
@pytest.mark.parametrize("convert", [from_wgs84, to_wgs84])
def test_arrays_keep_their_shape_and_are_not_changed(
    convert: Callable[[ArrayLike, ArrayLike, Datum], tuple[Any, Any]], datum: Datum
) -> None:
    lon, lat = np.full((2, 3), 116.9), np.full((2, 3), 38.3)
    east, north = convert(lon, lat, datum)
    assert east.shape == north.shape == (2, 3)
    assert (east[1, 2], north[1, 2]) == convert(116.9, 38.3, datum)
    east += 1  # what comes back is the asker's own
    north += 1
    assert (lon == 116.9).all()
    assert (lat == 38.3).all()
    assert convert([], [], datum)[0].shape == (0,)


@pytest.mark.parametrize("datum", Datum)
def test_whole_degrees_may_be_integers(datum: Datum) -> None:
    for convert in (from_wgs84, to_wgs84):
        assert convert(np.array([117]), np.array([38]), datum) == convert(117.0, 38.0, datum)
        assert convert(117, 38, datum)[0].dtype == np.float64


@pytest.mark.parametrize(
    ("spelt", "datum"),
    [
        ("WGS 1984", Datum.WGS84),
        ("EPSG:4326", Datum.WGS84),
        ("epsg4490", Datum.CGCS2000),
        ("GCJ-02", Datum.GCJ02),
        ("ＧＣＪ０２", Datum.GCJ02),
        ("bd09ll", Datum.BD09),
        ("BD-09", Datum.BD09),
    ],
)
def test_a_datum_is_known_however_it_is_spelt(spelt: str, datum: Datum) -> None:
    assert Datum(spelt) is datum


@pytest.mark.parametrize("spelt", ["", "wgs", "epsg:3857", "02", 84, None])
def test_what_is_no_datum_is_refused(spelt: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid Datum"):
        Datum(spelt)
