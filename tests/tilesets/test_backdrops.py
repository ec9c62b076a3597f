"""A backdrop: what is read, kept, drawn and found of streets, stations and the like."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import pytest
import shapely
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from tests.conftest import ROOT, clone
from wangge.api.app import create_app
from wangge.api.cli.main import build
from wangge.geo.backdrop.kinds import BackdropKind
from wangge.geo.backdrop.reading import read_features
from wangge.geo.datum import Datum, from_wgs84
from wangge.geo.errors import WanggeError
from wangge.geo.files.features import BadFeature, NoFeatures
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

WASHINGTON = ROOT / "data" / "backdrops" / "washington"
NEAR = (-77.2, 38.7, -76.8, 39.1)
STATIONS = "/api/v1/territories/washington/places"


@pytest.fixture(scope="module")
def drawn(cluster: Cluster, furnished: str) -> Iterator[str]:
    """URL of a database in which Washington has streets and stations."""
    for url in clone(cluster, furnished):
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("WANGGE_DATABASE_URL", url)
            for file, *how in (
                ("main_roads", "street", "--name-field", "street", "--name-field", "quadrant", "--source", "DC"),
                ("metro_stations", "station", "--name-field", "name"),
            ):
                done = wangge("import", "washington", str(WASHINGTON / f"{file}.geojson"), "--as", *how)
                assert done.exit_code == 0, done.output
        yield url


def wangge(*words: str) -> Any:
    return CliRunner().invoke(build("backdrop"), ["backdrop", *words])


@pytest.fixture(scope="module")
def asking(drawn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(database_url=drawn, home=tmp_path_factory.mktemp("home"), columns_s=0, sweep_s=0, release_s=0)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def write(path: Path, *shapes: shapely.Geometry | None, crs: str | None = "EPSG:4326", **fields: list[Any]) -> Path:
    gpd.GeoDataFrame(fields, geometry=list(shapes), crs=crs).to_file(path)
    return path


def test_everything_of_a_file_is_kept_and_drawn_once(drawn: str, asking: TestClient) -> None:
    document = asking.get("/tiles/washington/backdrop.json").json()
    assert [layer["id"] for layer in document["vector_layers"]] == ["station", "street"]
    assert document["attribution"] == "DC"
    template = document["tiles"][0].removeprefix("http://testserver")
    # Every station comes in exactly one tile as itself; at its rim it may come in the next one too.
    stations = gpd.read_file(WASHINGTON / "metro_stations.geojson")
    seen = set()
    x0, y0 = 1168, 1564  # zoom 12, from the north-west of the city
    for x in range(x0, x0 + 8):
        for y in range(y0, y0 + 8):
            answer = asking.get(template.format(z=12, x=x, y=y))
            assert answer.status_code in (200, 204)
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            if answer.status_code == 200:
                tile = mapbox_vector_tile.decode(answer.content)
                seen |= {feature["properties"]["name"] for feature in tile.get("station", {"features": []})["features"]}
                assert tile.keys() <= {"station", "street"}
    assert seen == set(stations["name"])


def test_below_its_zoom_nothing_is_drawn_and_without_the_version_nothing_is_kept_for_ever(asking: TestClient) -> None:
    document = asking.get("/tiles/washington/backdrop.json").json()
    template = document["tiles"][0].removeprefix("http://testserver")
    assert asking.get(template.format(z=9, x=146, y=195)).status_code == 204
    bare = asking.get(template.partition("?")[0].format(z=12, x=1171, y=1566))
    assert (bare.status_code, bare.headers["cache-control"]) == (200, "no-cache")
    held = asking.get(template.format(z=12, x=1171, y=1566), headers={"If-None-Match": bare.headers["etag"]})
    assert held.status_code == 304
    assert asking.get("/tiles/washington/backdrop/3/9/0.mvt").json()["type"] == "/problems/unknown-tile"
    assert asking.get("/tiles/xinhua/backdrop/12/1171/1566.mvt").status_code == 204


def test_a_style_draws_what_there_is_under_the_cells(asking: TestClient) -> None:
    layers = [layer["id"] for layer in asking.get("/tiles/washington/style.json").json()["layers"]]
    assert layers.index("backdrop-street") < layers.index("cells-anc-fill") < layers.index("backdrop-street-name")
    without = asking.get("/tiles/xinhua/style.json").json()
    assert "backdrop" not in without["sources"]
    assert not [layer for layer in without["layers"] if layer["id"].startswith("backdrop")]


def test_a_street_in_pieces_is_one_place(asking: TestClient) -> None:
    found = asking.get(STATIONS, params={"q": "constitution ave nw"}).json()["places"]
    assert [(place["kind"], place["name"]) for place in found] == [("street", "Constitution Ave NW")]
    west, south, east, north = found[0]["bbox"]
    assert west < found[0]["lon"] < east
    assert south <= found[0]["lat"] <= north
    assert found[0]["cell"]["level"] == "smd"
    roads = gpd.read_file(WASHINGTON / "main_roads.geojson")
    pieces = roads[(roads["street"] == "Constitution Ave") & (roads["quadrant"] == "NW")].union_all()
    assert pieces.distance(shapely.Point(found[0]["lon"], found[0]["lat"])) < 1e-6
    assert found[0]["bbox"] == pytest.approx(pieces.bounds, abs=1e-6)


def test_names_are_found_however_they_are_typed(asking: TestClient) -> None:
    def names(words: str, **more: int) -> list[str]:
        answer = asking.get(STATIONS, params={"q": words, **more})
        return [place["name"] for place in answer.json()["places"]]

    assert names("ＵＮＩＯＮ station")[0] == "Union Station"
    assert names("metro center") == ["Metro Center"]
    assert names("no such place") == []
    assert names("%") == names("_") == []  # letters like any others
    assert len(names("st", limit=3)) == 3
    assert asking.get(STATIONS, params={"q": ""}).status_code == 422
    assert asking.get(STATIONS, params={"q": "a\0"}).status_code in (400, 422)
    assert asking.get(STATIONS.replace("washington", "nowhere"), params={"q": "a"}).status_code == 404


def test_addresses_of_a_list_are_found_by_letters_pinyin_and_initials(
    asking: TestClient, drawn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", drawn)
    file = tmp_path / "addresses.csv"
    rows = [
        "重庆路,3号,116.87,38.32",
        "重庆路,3号,116.88,38.32",
        "吕家胡同,,116.86,38.31",
        "远方,1号,100,30",
        ",,116,38",
        f"{'长' * 300},,116.87,38.32",
    ]
    file.write_text("\n".join(["街道,号,x,y", *rows, "新华路,12号,116.87,乱"]), encoding="gb18030")
    how = ["--name-field", "街道", "--name-field", "号", "--lon", "x", "--lat", "y", "--encoding", "gb18030"]

    def places(*words: str) -> Any:
        return CliRunner().invoke(build("places"), ["places", *words])

    def found(words: str) -> list[str]:
        answer = asking.get("/api/v1/territories/xinhua/places", params={"q": words})
        return [place["name"] for place in answer.json()["places"]]

    assert asking.get("/api/v1/territories/xinhua/places").json() == {"places": [], "any": False}
    done = places("import", "xinhua", str(file), *how, "--source", "城管局")
    assert done.exit_code == 0, done.output
    assert json.loads(places("show", "xinhua").output)["places"] == 3
    for words in ("重庆", "庆路3", "重庆路3号", "chongqinglu", "Chong Qing", "qinglu", "cql3h", "cql", "ql3"):
        assert found(words) == ["重庆路3号"], words
    assert found("lü jia") == found("ljht") == found("胡同") == ["吕家胡同"]
    assert found("l")[:2] == ["吕家胡同", "重庆路3号"]
    assert found("hongqing") == [], "a syllable is begun with its first letter"
    (place,) = asking.get("/api/v1/territories/xinhua/places", params={"q": "胡同"}).json()["places"]
    assert (place["kind"], place["lon"], place["lat"], place["cell"]["level"]) == ("address", 116.86, 38.31, "grid")
    assert asking.get(STATIONS).json() == {"places": [], "any": True}

    point = {"type": "Point", "coordinates": [116.87, 38.32]}
    feature = {"type": "Feature", "geometry": point, "properties": {"name": "市医院"}}
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    assert places("import", "xinhua", str(tmp_path / "a.geojson")).exit_code == 0
    assert (found("syy"), found("重庆")) == (["市医院"], []), "a second list takes the place of the first"
    refused = places("import", "xinhua", str(file), "--encoding", "gb18030")
    assert refused.exception is not None
    assert found("syy") == ["市医院"], "and one that is refused does not"
    assert places("remove", "xinhua").exit_code == 0
    assert found("syy") == []
    assert len(asking.get(STATIONS, params={"q": "union"}).json()["places"]) == 1, "what is drawn is found as before"


def test_an_import_replaces_its_kind_and_a_refused_one_changes_nothing(
    drawn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asking: TestClient
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", drawn)
    pond = shapely.box(-77.05, 38.88, -77.04, 38.89)
    file = write(tmp_path / "ponds.gpkg", pond, shapely.box(10, 10, 11, 11), None, what=["pond", "far", "none"])
    before = asking.get("/tiles/washington/backdrop.json").json()["tiles"]
    done = wangge("import", "washington", str(file), "--as", "water", "--name-field", "what")
    assert "1 as water" in done.output
    assert "2 left out" in done.output
    assert asking.get("/tiles/washington/backdrop.json").json()["tiles"] != before
    tile = mapbox_vector_tile.decode(asking.get("/tiles/washington/backdrop/14/4685/6268.mvt").content)
    assert [feature["properties"]["name"] for feature in tile["water"]["features"]] == ["pond"]
    refused = wangge("import", "washington", str(WASHINGTON / "metro_stations.geojson"), "--as", "water")
    assert isinstance(refused.exception, BadFeature)
    kept = json.loads(wangge("list", "washington", "--json").stdout)
    assert {one["kind"]: one["features"] for one in kept} == {"station": 40, "street": 2204, "water": 1}
    assert wangge("remove", "washington", "--as", "water").exit_code == 0
    gone = wangge("remove", "washington", "--as", "water")
    assert isinstance(gone.exception, WanggeError)
    assert asking.get("/tiles/washington/backdrop.json").json()["tiles"] == before, "it is what it was"


def test_shapes_come_out_of_their_crs_and_datum(tmp_path: Path) -> None:
    place = shapely.Point(116.8712, 38.3164)
    near = (116.8, 38.2, 117.0, 38.4)
    projected = gpd.GeoSeries([place], crs="EPSG:4326").to_crs("EPSG:4547").iloc[0]
    (there,) = read_features(write(tmp_path / "a.gpkg", projected, crs="EPSG:4547"), BackdropKind.PLACE, near).shapes
    shifted = shapely.Point(from_wgs84(place.x, place.y, Datum.GCJ02))
    file = write(tmp_path / "b.geojson", shifted)
    (back,) = read_features(file, BackdropKind.PLACE, near, datum=Datum.GCJ02).shapes
    expected = gpd.GeoSeries([place], crs="EPSG:4326").to_crs("EPSG:3857").iloc[0]
    assert there.distance(expected) < 0.01
    assert back.distance(expected) < 0.01


@pytest.mark.parametrize(
    ("shape", "kind", "record"),
    [
        (shapely.Point(-77.0, 38.9), BackdropKind.STREET, 2),
        (shapely.LineString([(-77.0, 38.9), (-77.0, 99.0)]), BackdropKind.STREET, 2),
        (shapely.LineString([(324000, 4306000), (325000, 4306000)]), BackdropKind.STREET, 2),
        (shapely.box(-77.1, 38.8, -77.0, 38.9), BackdropKind.STATION, None),
    ],
)
def test_what_cannot_be_drawn_names_its_record(
    tmp_path: Path, shape: shapely.Geometry, kind: BackdropKind, record: int | None
) -> None:
    good: shapely.Geometry = shapely.LineString([(-77.0, 38.9), (-77.0, 38.91)])
    if kind == BackdropKind.STATION:
        good = shapely.Point(-77.0, 38.9)
    file = write(tmp_path / "a.geojson", good, shape)
    if record is None:
        assert len(read_features(file, kind, NEAR).shapes) == 2
        return
    with pytest.raises(BadFeature) as refused:
        read_features(file, kind, NEAR)
    assert refused.value.facts["record"] == record


def test_a_file_from_elsewhere_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(NoFeatures) as refused:
        read_features(write(tmp_path / "a.geojson", shapely.Point(116.8, 38.3)), BackdropKind.PLACE, NEAR)
    assert refused.value.facts["read"] == 1


def test_large_areas_are_drawn_from_afar_and_small_ones_close_in(tmp_path: Path) -> None:
    lake, pond = shapely.box(-77.1, 38.8, -77.0, 38.9), shapely.box(-77.1, 38.8, -77.0999, 38.8001)
    zooms = read_features(write(tmp_path / "a.geojson", lake, pond), BackdropKind.WATER, NEAR).zooms
    assert zooms[0] < 7
    assert zooms[1] > 13


def test_one_address_looks_for_so_many_names(asking: TestClient) -> None:
    asked = [asking.get(STATIONS, params={"q": "x"}).status_code for _ in range(121)]
    assert (asked[-1], asked.count(429) > 0) == (429, True)
