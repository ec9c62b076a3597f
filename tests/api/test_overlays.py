"""Overlays from the file to the case: the same areas on the command line, in answers, in exports and in rules."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.geometry import mapping
from typer.testing import CliRunner

from tests.conftest import clone
from tests.people import signed_in, token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.api.cli.main import build
from wangge.geo.grid import Cell, Grid
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

XINHUA = "/api/v1/territories/xinhua"
OF_ANOTHER_GRID = "UPDATE overlay_edition SET households = jsonb_set(households, '{edition}', '0')"


@pytest.fixture(scope="module")
def url(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a database in which the police part Xinhua from west to east, along a line through a base grid."""
    for database in clone(cluster, furnished):
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("WANGGE_DATABASE_URL", database)
            with connect(database) as connection:
                grid = load_grid(connection, "xinhua")
            path = tmp_path_factory.mktemp("areas") / "police.geojson"
            path.write_text(json.dumps(parted(grid)), encoding="utf-8")
            called = ("--name", "en=Police", "--name", "zh=警务区", "--name-field", "name")
            wangge("overlay", "import", "xinhua", str(path), *POLICE, "--valid-from", "2020-01-01", *called)
            wangge("overlay", "import", "xinhua", str(path), "--as", "later", *POLICE[2:], "--valid-from", "2200-01-01")
            yield database


ANY = {"If-Match": "*"}
POLICE = ("--as", "police", "--code-field", "code")


def parted(grid: Grid) -> dict[str, Any]:
    """Two halves, by the middle of the first base grid."""
    west, south, east, north = grid.bbox
    middle = middle_of(grid.leaves[0])
    halves = {"1": (west - 1, middle), "2": (middle, east + 1)}
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": mapping(shapely.box(left, south - 1, right, north + 1)),
                "properties": {"code": code, "name": f"第{code}警务区"},
            }
            for code, (left, right) in halves.items()
        ],
    }


def middle_of(cell: Cell) -> float:
    assert cell.geometry is not None
    west, _, east, _ = cell.geometry.bounds
    return (west + east) / 2


@pytest.fixture(scope="module")
def asking(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(database_url=url, home=tmp_path_factory.mktemp("home"), columns_s=0, sweep_s=0, release_s=0)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield signed_in(client, url, [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE)])


@pytest.fixture(scope="module")
def grid(url: str) -> Grid:
    with connect(url) as connection:
        return load_grid(connection, "xinhua")


def wangge(*words: str) -> str:
    done = CliRunner().invoke(build(words[0]), list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def file(asking: TestClient, grid: Grid, east: bool) -> dict[str, Any]:
    """A report in the half of the first base grid, and its case."""
    cell = grid.leaves[0].geometry
    assert cell is not None
    west, south, right, north = cell.bounds
    half = (
        shapely.box(middle_of(grid.leaves[0]), south, right, north)
        if east
        else shapely.box(west, south, middle_of(grid.leaves[0]), north)
    )
    point = shapely.intersection(cell, half).representative_point()
    answer = asking.post(f"{XINHUA}/reports", json={"lon": point.x, "lat": point.y, "category": "lamp"})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_point_and_a_case_name_the_area_of_each_overlay(asking: TestClient, grid: Grid) -> None:
    for east, code in ((False, "1"), (True, "2")):
        filed = file(asking, grid, east)
        area = {"overlay": "police", "code": code, "name": f"第{code}警务区"}  # what holds from 2200 on does not yet
        assert filed["areas"] == [area]
        assert asking.get(f"{XINHUA}/reports/{filed['number']}").json()["areas"] == [area]
        located = asking.get(f"{XINHUA}/locate", params={"lon": filed["lon"], "lat": filed["lat"]}).json()
        assert located["areas"] == [area]


def test_an_export_has_a_column_for_each_overlay_and_is_read_back(
    asking: TestClient, grid: Grid, tmp_path: Path
) -> None:
    filed = file(asking, grid, east=True)
    path = tmp_path / "cases.csv"
    wangge("reports", "export", "xinhua", "-o", str(path))
    with path.open(encoding="utf-8-sig", newline="") as lines:
        (row,) = [row for row in csv.DictReader(lines) if row["number"] == filed["number"]]
    assert (row["police_area"], row["later_area"]) == ("2", "")
    wangge("reports", "import", str(path), "--territory", "xinhua")
    feature = asking.get(f"/ogc/xinhua/collections/reports/items/{filed['number']}").json()
    assert feature["properties"]["police_area"] == "2"


def test_a_rule_sends_by_area(asking: TestClient, grid: Grid) -> None:
    rule = {"areas": ["police:2"], "to": [{"desk": "centre"}]}
    wrong = asking.put(f"{XINHUA}/rules", json={"rules": [rule | {"areas": ["police:9"]}]}, headers=ANY)
    assert wrong.status_code == 422
    assert "police:2" in wrong.text
    assert asking.put(f"{XINHUA}/rules", json={"rules": [rule]}, headers=ANY).status_code == 200
    assert asking.get(f"{XINHUA}/rules").json()["rules"] == [rule]
    where = {}
    for east in (False, True):
        number = file(asking, grid, east)["number"]
        for move in ("register", "dispatch"):
            done = asking.post(f"{XINHUA}/reports/{number}/moves", json={"move": move}, headers=ANY)
            assert done.status_code == 200, done.text
        history = asking.get(f"{XINHUA}/reports/{number}").json()
        where[east] = [event["facts"].get("why") for event in history["events"] if event["move"] == "dispatch"]
    assert where[True][0]["rule"] == 1
    assert where[True][0]["areas"] == ["police:2"]
    assert where[False][0]["rule"] is None
    tried = asking.post(f"{XINHUA}/rules:try", json={"rules": []}).json()
    assert tried["elsewhere"] > 0


def test_figures_and_counts_are_had_by_area(asking: TestClient, grid: Grid) -> None:
    file(asking, grid, east=True)
    cases = asking.get(f"{XINHUA}/reports").json()["reports"]
    for code in ("1", "2"):
        inside = [one["number"] for one in cases if one["areas"][0]["code"] == code]
        asked = {"area": f"police:{code}", "indicator": "received"}
        figures = asking.get(f"{XINHUA}/indicators", params=asked).json()
        assert figures["total"]["figures"]["received"]["value"] == len(inside)
        behind = asking.get(
            figures["total"]["cases"].replace("{indicator}", "received").replace("{part}", "denominator")
        )
        assert {one["number"] for one in behind.json()["cases"]} == set(inside)
        counted = asking.post(f"{XINHUA}/counts", json={"overlay": f"police:{code}"})
        assert counted.json()["total"] == len(inside)
    each = {"by": "area", "overlay": "police", "indicator": "received"}
    rows = asking.get(f"{XINHUA}/indicators", params=each).json()["rows"]
    assert [row["area"]["code"] for row in rows] == ["1", "2"]
    for row in rows:
        there = {one["number"] for one in cases if one["areas"][0]["code"] == row["area"]["code"]}
        assert row["figures"]["received"]["value"] == len(there)
        behind = asking.get(row["cases"].replace("{indicator}", "received").replace("{part}", "denominator"))
        assert {one["number"] for one in behind.json()["cases"]} == there
    monthly = asking.get(f"{XINHUA}/indicators", params=each | {"by": ["area", "month"]}).json()["rows"]
    assert sum(row["figures"]["received"]["value"] for row in monthly) == len(cases)
    sheet = asking.get(f"{XINHUA}/indicators", params=each | {"f": "csv", "lang": "zh"}).text
    assert "区域" in sheet.splitlines()[0]
    for wrong, status in (({"overlay": None}, 422), ({"area": "police:1"}, 422), ({"overlay": "fire"}, 404)):
        asked = {key: value for key, value in (each | wrong).items() if value is not None}
        assert asking.get(f"{XINHUA}/indicators", params=asked).status_code == status
    nothing = asking.get(f"{XINHUA}/indicators", params={"area": "police:9"})
    assert (nothing.status_code, nothing.json()["type"]) == (404, "/problems/unknown-overlay")
    assert asking.post(f"{XINHUA}/counts", json={"overlay": "fire:1"}).status_code == 404


def test_what_a_border_cuts_is_told_with_what_would_end_it(asking: TestClient, grid: Grid) -> None:
    answer = asking.get(f"{XINHUA}/overlays/police/cuts")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told == json.loads(wangge("overlay", "report", "xinhua", "--as", "police", "--json")) | {
        key: told[key] for key in ("overlay", "valid_from", "edition", "least")
    }
    middle = middle_of(grid.leaves[0])
    line = shapely.LineString([(middle, -90), (middle, 90)])
    crossed = {cell.code for cell in grid.leaves if shapely.intersects(line, cell.geometry)}
    cut = {one["code"] for one in told["cuts"]}
    assert grid.leaves[0].code in cut
    assert cut <= crossed
    assert [one["border_m"] for one in told["cuts"]] == sorted((one["border_m"] for one in told["cuts"]), reverse=True)
    shares = {one["code"]: one for one in told["cells"]}
    assert len(shares) == len(grid.leaves)
    for move in told["moves"]:
        cell = shares[move["code"]]
        assert move["to"] == cell["proposed"] == cell["parts"][0]["area"] != move["from"]
        (part,) = [part for part in cell["parts"] if part["area"] == move["from"]]
        assert part["share"] <= 0.5
        assert move["m2"] == pytest.approx(part["m2"])
        homes = next(one for one in told["cuts"] if one["code"] == move["code"])["people"]["households"]
        assert move["people"]["households"] == pytest.approx(homes * part["share"])
        assert part["household_share"] == pytest.approx(part["share"])  # for want of anything better


def test_households_are_counted_where_they_are_and_kept(
    url: str, asking: TestClient, grid: Grid, tmp_path: Path
) -> None:
    leaf = grid.leaves[0]
    middle = middle_of(leaf)
    assert leaf.geometry is not None
    west, south, east, north = leaf.geometry.bounds
    inside = [
        shapely.Point(west + (east - west) * x / 40, south + (north - south) * y / 40)
        for x in range(40)
        for y in range(40)
    ]
    homes = [point for point in inside if leaf.geometry.contains(point) and point.x != middle]
    features = [{"type": "Feature", "properties": {}, "geometry": mapping(point)} for point in homes]
    file = tmp_path / "homes.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    told = json.loads(wangge("overlay", "report", "xinhua", "--as", "police", "--json", "--households", str(file)))
    cell = next(one for one in told["cells"] if one["code"] == leaf.code)
    assert cell["households"] == len(homes) > 100
    lived = {part["area"]: part["households"] for part in cell["parts"]}
    assert lived == {"1": sum(p.x < middle for p in homes), "2": sum(p.x > middle for p in homes)}
    (moved,) = [one for one in told["moves"] if one["code"] == leaf.code]
    assert moved["people"]["households"] == lived[moved["from"]]

    spread = asking.get(f"{XINHUA}/overlays/police/cuts").json()
    assert not spread["counted"]
    wangge("overlay", "households", "xinhua", str(file), "--as", "police")
    kept = asking.get(f"{XINHUA}/overlays/police/cuts").json()
    assert kept["counted"]
    assert (kept["cells"], kept["moves"]) == (told["cells"], told["moves"])
    assert json.loads(wangge("overlay", "report", "xinhua", "--as", "police", "--json")) == told
    with connect(url) as connection:
        connection.execute(OF_ANOTHER_GRID)
    assert asking.get(f"{XINHUA}/overlays/police/cuts").json() == spread


def test_households_are_counted_from_a_file_that_is_sent(
    url: str, asking: TestClient, grid: Grid, tmp_path: Path
) -> None:
    """As by the command, from a GeoPackage too; what counts no households is told by its record, all of it."""
    leaf = grid.leaves[0]
    assert leaf.geometry is not None
    spot = leaf.geometry.representative_point()
    west, south, *_ = grid.bbox

    def layer(*numbers: Any) -> bytes:
        places = [(spot.x, spot.y)] * (len(numbers) - 1) + [(west - 9, south)]
        features = [
            {"type": "Feature", "properties": {"n": n}, "geometry": {"type": "Point", "coordinates": place}}
            for n, place in zip(numbers, places, strict=True)
        ]
        return json.dumps({"type": "FeatureCollection", "features": features}).encode()

    keys = [Grant(Role.ADMINISTRATOR), Grant(Role.STREET_DESK, "xinhua")]
    rules, street = ({"Authorization": f"Bearer {token_for(url, [grant])}"} for grant in keys)

    def send(content: bytes, headers: Any = rules, **asked: Any) -> Any:
        path = f"{XINHUA}/overlays/police/households:import"
        return asking.post(path, content=content, params=asked, headers={"Accept-Language": "zh"} | headers)

    tried = send(layer(3, 4, 5), field="n", dry_run=True).json()
    assert (tried["stored"], tried["total"], tried["inside"]) == (False, 12, 7)
    assert not asking.get(f"{XINHUA}/overlays/police/cuts").json()["counted"], "a trial has changed nothing"
    wrong = send(layer("3户", -1, 5), field="n")
    assert (wrong.status_code, wrong.json()["count"]) == (422, 2)
    errors = wrong.json()["errors"]
    assert [(one["record"], one["field"], one["got"]) for one in errors] == [(1, "n", "3户"), (2, "n", "-1")]
    assert "户数" in errors[0]["message"]
    assert send(layer(1, 1), headers=street).status_code == 403
    far = json.dumps({"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [3, 50]}})
    for content, asked, kind in (
        (b"", {}, "unsupported-media-type"),
        (b"number,lon,lat\n", {}, "unsupported-media-type"),
        (b"PK\x03\x04", {}, "unsupported-media-type"),
        (b"{" * 5000, {}, "unreadable-file"),
        (far.encode(), {}, "no-features"),
        (layer(1, 1), {"field": "gone"}, "missing-field"),
        (layer(1, 1), {"on": "2000-01-01"}, "unknown-overlay"),
    ):
        refused = send(content, **asked)
        assert refused.json()["type"].endswith(kind), refused.text
        assert "/tmp" not in refused.text
    (tmp_path / "homes.geojson").write_bytes(layer(3, 4, 5))
    packed = tmp_path / "homes.gpkg"
    pyogrio.write_dataframe(pyogrio.read_dataframe(tmp_path / "homes.geojson"), packed)
    assert send(packed.read_bytes(), field="n").json() == tried | {"stored": True}
    cell = next(one for one in asking.get(f"{XINHUA}/overlays/police/cuts").json()["cells"] if one["code"] == leaf.code)
    assert cell["households"] == 7
    (change, *_) = asking.get(f"{XINHUA}/audit/changes", params={"kind": "overlay"}, headers=rules).json()["changes"]
    assert (change["item"], change["after"]["households"], change["after"]["households_inside"]) == ("police", 12, 7)
    with connect(url) as connection:
        connection.execute(OF_ANOTHER_GRID)


def test_cuts_do_not_queue_without_end(asking: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asking.get(f"{XINHUA}/overlays/police/cuts", params={"least": 0.0050001}).json()["least"] == 0.005
    monkeypatch.setattr("wangge.api.routes.grids.overlays.TURNS._waiting", 8)
    full = asking.get(f"{XINHUA}/overlays/police/cuts")
    assert (full.status_code, full.json()["type"]) == (503, "/problems/overlays-full")


def test_overlays_are_listed_drawn_and_removed(asking: TestClient, url: str) -> None:
    listed = asking.get(f"{XINHUA}/overlays").json()["overlays"]
    assert [(one["key"], one["valid_from"], one["areas"]) for one in listed] == [
        ("later", "2200-01-01", 2),
        ("police", "2020-01-01", 2),
    ]
    assert listed[1]["name"] == {"en": "Police", "zh": "警务区"}
    assert "警务区" in wangge("overlay", "list", "xinhua") or "Police" in wangge("overlay", "list", "xinhua")
    areas = asking.get(f"{XINHUA}/overlays/police").json()
    assert [feature["id"] for feature in areas["features"]] == ["1", "2"]
    assert asking.get(f"{XINHUA}/overlays/later").json()["type"] == "/problems/unknown-overlay"
    assert asking.get(f"{XINHUA}/overlays/later", params={"on": "2200-01-01"}).status_code == 200
    wangge("overlay", "remove", "xinhua", "--as", "later")
    assert len(asking.get(f"{XINHUA}/overlays").json()["overlays"]) == 1
