"""Overlays: read from files, looked up, and laid over the base grids as geopandas lays them."""

import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from wangge.geo.boundaries import read_boundaries
from wangge.geo.coverage.measure import area_m2, polygons_of
from wangge.geo.files.features import BadFeature, BadRecords, NoFeatures
from wangge.geo.overlays.areas import Area, AreaEdition, Overlay, Overlays, Where
from wangge.geo.overlays.households import Homes, lived_in, read_homes
from wangge.geo.overlays.lived import Lived
from wangge.geo.overlays.reading import read_areas
from wangge.geo.overlays.shares import borders_inside, shares_of

WASHINGTON = ROOT / "data" / "overlays" / "washington"
NEAR = (-77.2, 38.7, -76.8, 39.1)


def test_shares_are_those_of_geopandas() -> None:
    """Of the base grids of Washington, under its fire battalions; bench.overlays takes all five overlays."""
    level = read_boundaries(ROOT / "data" / "boundaries" / "washington").levels[-1]
    cells = dict(zip(level.codes, level.geometries, strict=True))
    read = read_areas(WASHINGTON / "fire_battalions.geojson", NEAR, code_field="battalion")
    assert [area.code for area in sorted(read.areas, key=lambda area: area.code)] == ["1", "2", "3", "4", "5", "6"]
    left = gpd.GeoDataFrame({"cell": [*cells]}, geometry=[*cells.values()], crs="OGC:CRS84")
    areas = [area.geometry for area in read.areas]
    right = gpd.GeoDataFrame({"area": [area.code for area in read.areas]}, geometry=areas, crs="OGC:CRS84")
    laid = gpd.overlay(left, right, how="intersection", keep_geom_type=True)
    whole = dict(zip(cells, area_m2(left.geometry.to_numpy()), strict=True))
    pieces = [area_m2(polygons_of(shape)).sum() for shape in laid.geometry]
    expected = {(row.cell, row.area): m2 / whole[row.cell] for row, m2 in zip(laid.itertuples(), pieces, strict=True)}
    found = {(one.cell, part.area): part.share for one in shares_of(cells, read.areas) for part in one.parts}
    big = {key for key in expected.keys() | found.keys() if max(expected.get(key, 0), found.get(key, 0)) > 1e-9}
    assert len(big) > 300
    assert max(abs(expected.get(key, 0) - found.get(key, 0)) for key in big) < 1e-9


@pytest.mark.parametrize("kind", ["blocks", "points"])
def test_households_of_parts_are_those_of_geopandas(tmp_path: Path, kind: str) -> None:
    """Of the wards' base grids near the centre under the fire battalions; the layer is read from a file."""
    level = read_boundaries(ROOT / "data" / "boundaries" / "washington").levels[-1]
    cells = dict(list(zip(level.codes, level.geometries, strict=True))[:80])
    areas = read_areas(WASHINGTON / "fire_battalions.geojson", NEAR, code_field="battalion").areas
    rng = np.random.default_rng(7)
    if kind == "blocks":
        homes = gpd.read_file(WASHINGTON / "police_service_areas.geojson")[["geometry"]]
    else:
        west, south, east, north = shapely.total_bounds(list(cells.values()))
        homes = gpd.GeoDataFrame(
            geometry=gpd.points_from_xy(rng.uniform(west, east, 3000), rng.uniform(south, north, 3000))
        )
    homes = homes.set_crs("OGC:CRS84", allow_override=True).assign(n=rng.integers(0, 900, len(homes)))
    homes.to_file(tmp_path / "homes.gpkg")
    found = lived_in(cells, areas, read_homes(tmp_path / "homes.gpkg", NEAR, field="n"))

    left = gpd.GeoDataFrame({"cell": [*cells]}, geometry=[*cells.values()], crs="OGC:CRS84")
    right = gpd.GeoDataFrame(
        {"area": [one.code for one in areas]}, geometry=[one.geometry for one in areas], crs="OGC:CRS84"
    )
    parts = gpd.overlay(left, right, how="intersection", keep_geom_type=True)
    expected = dict.fromkeys(((row.cell, row.area) for row in parts.itertuples()), 0.0)
    if kind == "blocks":
        homes = homes.assign(per_m2=homes.n / [area_m2(polygons_of(shape)).sum() for shape in homes.geometry])
        for row in gpd.overlay(parts, homes, how="intersection", keep_geom_type=True).itertuples():
            expected[row.cell, row.area] += row.per_m2 * area_m2(polygons_of(row.geometry)).sum()
    else:
        for row in gpd.sjoin(homes, parts, predicate="within").itertuples():
            expected[row.cell, row.area] += row.n
    for (cell, area), count in expected.items():
        assert found[cell].parts.get(area, 0.0) == pytest.approx(count, rel=1e-9, abs=1e-6)
    assert sum(expected.values()) > 1000
    for one in found.values():
        assert one.none + sum(one.parts.values()) == pytest.approx(one.whole, rel=1e-4)  # battalions overlap by hairs


def test_a_home_on_an_edge_is_of_one_cell(tmp_path: Path) -> None:
    cells = {"b": shapely.box(116, 38, 116.5, 38.5), "a": shapely.box(116.5, 38, 117, 38.5)}
    homes = Homes(np.array([shapely.Point(116.5, 38.2), shapely.Point(115, 38)]), np.array([3.0, 5.0]))
    found = lived_in(cells, [Area("x", "", cells["b"])], homes)
    assert (found["a"], found["b"]) == (Lived(3.0, {"x": 3.0}, 0.0), Lived(0.0, {}, 0.0))


def test_households_of_many_points_are_at_each_of_them_and_none_is_left_out_in_silence(tmp_path: Path) -> None:
    file = tmp_path / "homes.geojson"
    spots = [
        ({"type": "Point", "coordinates": [-77.0, 38.9]}, 12),
        ({"type": "MultiPoint", "coordinates": [[-77.0, 38.9], [-76.99, 38.9], [-60, 38], [-60, 39]]}, 100),
        ({"type": "Point", "coordinates": [-60, 38]}, 1000),
        ({"type": "Point", "coordinates": [-77.0, 38.9]}, None),
        (None, 7),
    ]
    features = [{"type": "Feature", "properties": {"n": n}, "geometry": shape} for shape, n in spots]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    homes = read_homes(file, NEAR, field="n")
    found = lived_in(
        {"a": shapely.box(-77.1, 38.8, -76.9, 39)}, [Area("x", "", shapely.box(-77.01, 38.8, -76.995, 39))], homes
    )
    assert found["a"] == Lived(62.0, {"x": 37.0}, 25.0)
    assert homes.total == 1119.0


@pytest.mark.parametrize("n", ["many", "-1", "nan", "inf", "1e300"])
def test_what_counts_no_households_is_refused(tmp_path: Path, n: str) -> None:
    file = tmp_path / "homes.geojson"
    home = {"type": "Feature", "properties": {"n": n}, "geometry": {"type": "Point", "coordinates": [-77, 38.9]}}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [home]}), encoding="utf-8")
    with pytest.raises(BadRecords) as refused:
        read_homes(file, NEAR, field="n")
    assert [(one["record"], one["got"]) for one in refused.value.facts["errors"]] == [(1, n)]


@given(cuts=st.lists(st.floats(0.001, 0.999), min_size=1, max_size=4, unique=True))
@settings(max_examples=20)
def test_the_parts_of_a_cell_are_all_of_it(cuts: list[float]) -> None:
    edges = [0.0, *sorted(cuts), 1.0]
    areas = [
        Area(str(place), "", shapely.box(116 + west / 100, 37.9, 116 + east / 100, 38.2))
        for place, (west, east) in enumerate(pairwise(edges))
    ]
    cell = shapely.box(116.0, 38.0, 116.01, 38.01)
    (one,) = shares_of({"a": cell}, areas)
    assert sum(part.share for part in one.parts) == pytest.approx(1, abs=1e-9)
    assert one.none == pytest.approx(0, abs=1e-9)
    (part,) = shares_of({"a": cell}, areas[:1])
    assert part.none + sum(one.share for one in part.parts) == pytest.approx(1, abs=1e-9)


def test_a_border_is_as_long_as_it_runs_inside() -> None:
    cell = shapely.box(116.0, 38.0, 116.01, 38.01)
    west, east = shapely.box(115.9, 37.9, 116.005, 38.1), shapely.box(116.005, 37.9, 116.1, 38.1)
    metres = borders_inside(cell, [Area("w", "", west), Area("e", "", east)])
    assert metres == pytest.approx(1110.0 - 2, abs=1)  # a hundredth of a degree, less a metre at each end
    assert borders_inside(cell, [Area("a", "", shapely.box(116.0, 37.9, 116.1, 38.1))]) == 0


def test_a_day_has_its_edition_and_an_edge_the_lowest_code() -> None:
    def halves(west: str, east: str) -> list[Area]:
        return [Area(west, west, shapely.box(0, 0, 1, 1)), Area(east, east, shapely.box(1, 0, 2, 1))]

    old, new = AreaEdition(halves("b", "a"), date(2020, 1, 1)), AreaEdition(halves("c", "d"), date(2022, 1, 1))
    overlays = Overlays([Overlay("police", {}, (new, old))])
    assert overlays.at(1, 0.5, date(2021, 12, 31)) == [Where("police", "a", "a")]
    assert overlays.at(1, 0.5, date(2022, 1, 1)) == [Where("police", "c", "c")]
    assert overlays.at(1, 0.5, date(2019, 12, 31)) == []
    days = [date(2019, 1, 1), date(2021, 1, 1), date(2023, 1, 1), date(2023, 1, 1)]
    x = np.array([0.5, 0.5, 0.5, 5.0])
    assert overlays.codes("police", x, np.full(4, 0.5), days) == [None, "b", "c", None]


def test_records_of_one_code_are_one_area(tmp_path: Path) -> None:
    path = tmp_path / "areas.geojson"
    bow = shapely.Polygon([(-77, 38.9), (-76.9, 39), (-76.9, 38.9), (-77, 39)])
    shapes = [shapely.box(-77.1, 38.9, -77.05, 39), shapely.box(-77.05, 38.9, -77, 39), bow, None]
    frame = gpd.GeoDataFrame({"no": [7.0, 7.0, 8.0, 9.0], "name": ["one", "one", None, "x"]}, geometry=shapes, crs=4326)
    frame.to_file(path)
    read = read_areas(path, NEAR, code_field="no", name_fields=["name"])
    assert [(area.code, area.name) for area in read.areas] == [("7", "one"), ("8", "8")]
    assert (read.left_out, read.repaired) == (1, 1)
    assert read.areas[0].geometry.equals(shapely.box(-77.1, 38.9, -77, 39))
    assert read.areas[1].geometry.is_valid


@pytest.mark.parametrize(
    ("shape", "code", "refusal"),
    [
        (shapely.Point(-77, 38.9), "1", BadFeature),
        (shapely.box(-77, 38.9, -76.9, 39), None, BadFeature),
        (shapely.box(116, 38, 117, 39), "1", NoFeatures),
    ],
)
def test_what_is_no_area_there_is_refused(tmp_path: Path, shape: object, code: object, refusal: type) -> None:
    path = tmp_path / "areas.gpkg"
    gpd.GeoDataFrame({"no": [code]}, geometry=[shape], crs=4326).to_file(path)
    with pytest.raises(refusal):
        read_areas(path, NEAR, code_field="no")
