"""Assets from the file to the report: imported and judged, asked for around a place, named by reports."""

import csv
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from pyproj import Geod
from typer.testing import CliRunner, Result

from tests.conftest import LOCAL, clone
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.api.cli.main import build
from wangge.geo.datum import Datum, from_wgs84
from wangge.reports.bulk.assets import NoAssets
from wangge.reports.case.checking import contradictions
from wangge.store.engine import connect
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
LON, LAT = 116.8712, 38.3164
STEP = 0.0002  # some 17 m
KINDS = """
[[kinds]]
code = "lamp"
name = { zh = "路灯", en = "Street lamp" }
categories = ["lamp"]

[[kinds]]
code = "manhole"
name = { zh = "井盖" }
categories = ["manhole"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("assets")


@pytest.fixture(scope="module")
def url(cluster: Cluster, furnished: str, folder: Path) -> Iterator[str]:
    """URL of a database in which a street has lamps LD-1 … LD-9 from west to east, and one manhole."""
    for database in clone(cluster, furnished):
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("WANGGE_DATABASE_URL", database)
            declared = folder / "kinds.toml"
            declared.write_text(KINDS, encoding="utf-8")
            assert wangge("declare", "xinhua", str(declared)).exit_code == 0
            assert put(folder, lamps(range(1, 10))).exit_code == 0
            assert put(folder, [("J-1", LON, LAT, "")], "--kind", "manhole").exit_code == 0
            yield database


@pytest.fixture(scope="module")
def anybody(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("home")
    free: dict[str, Any] = {"follow_rate": "", "locate_rate": "", "support_rate": "", "intake_rate": ""}
    settings = Settings(database_url=url, home=home, columns_s=0, sweep_s=0, release_s=0, **free)
    with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
        yield client


@pytest.fixture(scope="module")
def staff(url: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_for(url, [Grant(Role.CENTRE)])}"}


def lamps(which: Any) -> list[tuple[str, float, float, str]]:
    return [(f"LD-{n}", LON + (n - 1) * STEP, LAT, f"{n} 号杆") for n in which]


def wangge(*words: str) -> Result:
    return CliRunner().invoke(build("assets"), ["assets", *words], catch_exceptions=False)


def put(folder: Path, rows: list[tuple[Any, ...]], *options: str) -> Result:
    """Import rows of number, lon, lat, name as lamps, unless the options say another kind."""
    path = folder / "assets.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("number", "lon", "lat", "name", "lumen"), *((*row, "4000") for row in rows)])
    kind = () if "--kind" in options else ("--kind", "lamp")
    return wangge("import", "xinhua", str(path), *kind, "--attribute", "lumen", *options)


def told(result: Result) -> str:
    return " ".join(result.output.split())


def test_a_second_run_says_what_is_new_changed_and_gone_and_a_dry_one_changes_nothing(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    later = [*lamps(range(1, 9)), ("LD-10", LON + 9 * STEP, LAT, "")]
    later[0] = ("LD-1", LON, LAT, "换了名")
    dry = put(folder, later, "--dry-run")
    assert "9 read; 1 new, 1 changed, 7 as before, 1 gone, 0 refused" in told(dry)
    assert "10 read" not in told(dry)
    assert "9 as before, 0 gone" in told(put(folder, lamps(range(1, 10)))), "the dry run has changed nothing"
    assert "1 new, 1 changed, 7 as before, 1 gone" in told(put(folder, later))
    part = put(folder, lamps([3]), "--part")
    assert "1 as before, 0 gone" in told(part)
    assert "2 new, 1 changed" in told(put(folder, lamps([*range(1, 10), 11])))
    assert "1 gone" in told(put(folder, lamps(range(1, 10))))


def test_faults_are_told_by_row_and_column_in_chinese_and_take_nothing_away(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    monkeypatch.setenv("WANGGE_LANGUAGE", "zh")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    faulty = [
        *lamps([1, 2]),
        ("LD-3", "x", LAT, ""),
        ("LD-4", 0, 0, ""),
        ("ld-1", LON, LAT, "again, in small letters"),
        ("J-1", LON, LAT, "a manhole's"),
        ("L" * 65, LON, LAT, ""),
    ]
    done = put(folder, faulty)
    assert done.exit_code == 3
    assert "读取 7 条；新增 0，变更 0，未变 2，消失 5，拒绝 5" in told(done)
    with (folder / "assets.csv.rejects.csv").open(encoding="utf-8-sig") as file:
        rejects = {row["rejected_record"]: row for row in csv.DictReader(file)}
    assert {number: row["rejected_field"] for number, row in rejects.items()} == {
        "3": "lon", "4": "lon, lat", "5": "number", "6": "number", "7": "number"
    }  # fmt: skip
    assert "1" in rejects["5"]["rejected_expected"], "where it stands already"
    assert any("\u4e00" <= sign <= "\u9fff" for sign in rejects["6"]["rejected_reason"])
    nameless = put(folder, [*lamps([1]), ("", LON, LAT, "")])
    assert "消失 0" in told(nameless), "of a record without a number nobody knows which it is"
    assert put(folder, lamps(range(1, 10))).exit_code == 0


def test_a_number_that_a_spreadsheet_rounded_takes_no_asset_away(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    long = [*lamps(range(1, 10)), ("123456789012", LON, LAT, "")]
    assert "1 new" in told(put(folder, long))
    assert "0 gone, 1 refused" in told(put(folder, [*lamps(range(1, 10)), ("1.23457E+11", LON, LAT, "")]))
    rounded = folder / "rounded.parquet"
    numbers = pa.array([1e16, 123456789012.0])
    pq.write_table(pa.table({"number": numbers, "lon": [LON, LON], "lat": [LAT, LAT]}), rounded)
    assert "0 gone, 1 refused" in told(wangge("import", "xinhua", str(rounded), "--kind", "lamp"))
    assert "1 gone" in told(put(folder, lamps(range(1, 10))))


def test_a_file_in_which_nothing_is_sound_ends_no_asset(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    with pytest.raises(NoAssets):
        put(folder, [])
    assert "0 read" in told(put(folder, [], "--part"))
    assert "0 gone, 1 refused" in told(put(folder, [("LD-3", LON, "x", "")]))
    (folder / "empty.ndjson").write_text("{}\n", encoding="utf-8")
    assert "0 gone, 1 refused" in told(wangge("import", "xinhua", str(folder / "empty.ndjson"), "--kind", "lamp"))
    assert "9 as before" in told(put(folder, lamps(range(1, 10))))


def test_an_export_of_all_kinds_comes_back_whole_kind_by_kind(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    for name in ("all.csv", "all.geojson", "all.parquet"):
        path = folder / name
        assert "10 assets" in told(wangge("export", "xinhua", "-o", str(path)))
        wangge("remove", "xinhua", "--kind", "lamp")
        wangge("declare", "xinhua", str(folder / "kinds.toml"))
        back = wangge("import", "xinhua", str(path), "--kind", "lamp")
        assert "10 read; 9 new, 0 changed, 0 as before, 0 gone, 1 refused" in told(back)
        with connect(url) as connection:
            kept = connection.execute("SELECT DISTINCT attributes FROM asset WHERE kind = 'lamp'").fetchall()
        assert kept == [({"lumen": "4000"},)]
    odd = folder / "odd.csv"
    odd.write_text(
        f'number,lon,lat,attributes\nLD-1,{LON},{LAT},"{{""lumen"": 4000}}"\nLD-2,{LON},{LAT},lumen\n', "utf-8"
    )
    assert "0 gone, 2 refused" in told(wangge("import", "xinhua", str(odd), "--kind", "lamp"))


def test_two_that_change_assets_at_once_wait_for_each_other(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    path = folder / "same.csv"
    path.write_text(f"number,lon,lat\nX-1,{LON},{LAT}\n", "utf-8")
    import_it = [str(Path(sys.executable).with_name("wangge")), "assets", "import", "xinhua", str(path), "--part"]
    both = [
        subprocess.Popen([*import_it, "--kind", kind, "--rejects", f"{path}.{kind}"]) for kind in ("lamp", "manhole")
    ]
    assert sorted(one.wait() for one in both) == [0, 3]
    with connect(url) as connection:
        connection.execute("DELETE FROM asset WHERE number = 'X-1'")


def test_what_is_exported_is_imported_unchanged_in_any_form_and_datum(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    for name in ("lamps.csv", "lamps.geojson", "lamps.gpkg"):
        path = folder / name
        assert wangge("export", "xinhua", "--kind", "lamp", "-o", str(path)).exit_code == 0
        back = wangge("import", "xinhua", str(path), "--kind", "lamp")
        assert "9 as before, 0 gone, 0 refused" in told(back) or "9 changed" in told(back), told(back)
    shifted = [
        (number, *map(float, from_wgs84(lon, lat, Datum.GCJ02)), name) for number, lon, lat, name in lamps(range(1, 10))
    ]
    assert put(folder, shifted, "--datum", "gcj02").exit_code == 0
    with connect(url) as connection:
        rows = connection.execute("SELECT ST_X(geom) FROM asset WHERE kind = 'lamp' ORDER BY number").fetchall()
    assert [row[0] for row in rows] == pytest.approx([lon for _, lon, _, _ in lamps(range(1, 10))], abs=1e-7)
    assert put(folder, lamps(range(1, 10))).exit_code == 0
    kinds = json.loads(wangge("list", "xinhua", "--json").output)
    assert [(kind["code"], kind["categories"], kind["assets"]) for kind in kinds] == [
        ("lamp", ["lamp"], 9),
        ("manhole", ["manhole"], 1),
    ]


def test_the_nearest_are_those_of_the_category_by_their_distance(anybody: TestClient, staff: dict[str, str]) -> None:
    asked: dict[str, Any] = {"lon": LON + 2.2 * STEP, "lat": LAT + 0.0001, "category": "lamp", "accuracy": 30}
    found = anybody.get(f"{HERE}/assets/nearest", params=asked).json()["assets"]
    geod = Geod(ellps="WGS84")
    every = sorted(
        (geod.inv(asked["lon"], asked["lat"], lon, lat)[2], number) for number, lon, lat, _ in lamps(range(1, 10))
    )
    near = [(number, round(metres, 1)) for metres, number in every if metres <= 50][:5]
    assert [(one["number"], one["distance_m"]) for one in found] == near
    place = {"lon": found[0]["lon"], "lat": found[0]["lat"]}
    assert found[0]["cell"]["code"] == anybody.get(f"{HERE}/locate", params=place).json()["cell"]["code"]
    assert found[0]["attributes"] is None
    assert anybody.get(f"{HERE}/assets/nearest", params=asked, headers=staff).json()["assets"][0]["attributes"] == {
        "lumen": "4000"
    }
    for category in ("wiring", "nothing", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")):
        other = anybody.get(f"{HERE}/assets/nearest", params=asked | {"category": category})
        assert (other.status_code, other.json()["assets"]) == (200, [])
    for edge in ({"lat": 90}, {"lat": -90, "lon": 180}, {"accuracy": 10_000}):
        assert anybody.get(f"{HERE}/assets/nearest", params=asked | edge).status_code == 200
    assert anybody.get("/api/v1/territories/washington/assets/nearest", params=asked).json()["assets"] == []


def test_lists_and_single_assets(anybody: TestClient, staff: dict[str, str]) -> None:
    assert anybody.get(f"{HERE}/assets").status_code == 401
    page = anybody.get(f"{HERE}/assets", params={"kind": "lamp", "limit": 4}, headers=staff).json()
    numbers = [one["number"] for one in page["assets"]]
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        page = anybody.get(following[0], headers=staff).json()
        numbers += [one["number"] for one in page["assets"]]
    assert numbers == [f"LD-{n}" for n in range(1, 10)]
    box = f"{LON - 0.0001},{LAT - 0.0001},{LON + 1.1 * STEP},{LAT + 0.0001}"
    boxed = anybody.get(f"{HERE}/assets", params={"bbox": box}, headers=staff).json()["assets"]
    assert [one["number"] for one in boxed] == ["J-1", "LD-1", "LD-2"]
    assert anybody.get(f"{HERE}/assets", params={"kind": "tree"}, headers=staff).status_code == 404
    assert anybody.get(f"{HERE}/assets", params={"cursor": "%%%"}, headers=staff).status_code == 422
    one = anybody.get(f"{HERE}/assets/ld-3").json()
    assert (one["number"], one["kind"]["name"]["zh"], one["name"]) == ("LD-3", "路灯", "3 号杆")
    missing = anybody.get(f"{HERE}/assets/LD/3", headers={"Accept-Language": "zh"})
    assert (missing.status_code, missing.json()["title"]) == (404, "没有这个部件")
    kinds = {one["code"]: one["asset_kinds"] for one in anybody.get(f"{HERE}/categories").json()["categories"]}
    assert [kind["code"] for kind in kinds["lamp"]] == ["lamp"]
    assert kinds["wiring"] == []


def test_kinds_are_declared_filled_and_removed_over_http_and_it_stays_on_record(
    anybody: TestClient, url: str, staff: dict[str, str]
) -> None:
    rules = {"Authorization": f"Bearer {token_for(url, [Grant(Role.ADMINISTRATOR)])}"}
    street = {"Authorization": f"Bearer {token_for(url, [Grant(Role.STREET_DESK, 'xinhua')])}"}
    kind, upload = f"{HERE}/asset-kinds/hydrant", f"{HERE}/asset-kinds/hydrant/assets:import"
    body = {"name": {"zh": "消火栓"}, "categories": ["lamp"]}
    for wrong in (
        {**body, "categories": ["nothing"]},
        {**body, "categories": ["a\0"]},
        {**body, "name": {}},
        {**body, "name": {"xx": "?"}},
        {**body, "position": 1},
    ):
        assert anybody.put(kind, json=wrong, headers=rules).status_code == 422, wrong
    assert anybody.put(f"{HERE}/asset-kinds/%ED%A0%80", json=body, headers=rules).status_code == 422
    assert anybody.put(kind, json=body, headers=street).status_code == 403
    made = anybody.put(kind, json=body, headers=rules).json()
    expected = {"code": "hydrant", "name": {"zh": "消火栓", "en": "消火栓"}, "categories": ["lamp"], "assets": 0}
    assert made == expected | {"version": 1}
    changed = anybody.put(kind, json=body, headers=rules | {"If-Match": '"1"'})
    assert (changed.headers["ETag"], changed.json()["version"]) == ('"2"', 2)
    for tag in ('"0"', '"1"', "x"):  # made by somebody else, or changed since
        assert anybody.put(kind, json=body, headers=rules | {"If-Match": tag}).status_code == 412
        assert anybody.delete(kind, headers=rules | {"If-Match": tag}).status_code == 412

    def take(content: str | bytes, **asked: Any) -> Any:
        return anybody.post(upload, content=content, params=asked, headers=rules | {"Accept-Language": "zh"})

    rows = [f"{number},{LON},{LAT},红" for number in ("XH-1", "XH-2", "J-1", "", "XH-1")] + ["XH-3,0,0,"]
    sheet = "编号,lon,lat,颜色\n" + "\n".join(rows)
    asked: dict[str, Any] = {"map": "number=编号", "attribute": "颜色"}
    tried = take(sheet, dry_run=True, **asked).json()
    assert (tried["stored"], tried["new"], tried["refused"]) == (False, 2, 4)
    assert anybody.get(f"{HERE}/assets/XH-1").status_code == 404, "a trial has changed nothing"
    taken = take(sheet.encode("gb18030"), **asked).json()
    assert [(one["record"], one["field"], one["got"]) for one in taken["errors"]] == [
        (3, "number", "J-1"),
        (4, "number", ""),
        (5, "number", "XH-1"),
        (6, "lon, lat", "0.0, 0.0"),
    ]
    assert "manhole" in taken["errors"][0]["message"]
    assert all(re.search("[一-鿿]", one["message"]) for one in taken["errors"])
    assert anybody.get(f"{HERE}/assets/xh-2", headers=staff).json()["attributes"] == {"颜色": "红"}
    again = take(sheet, **asked).json()
    assert (again["same"], again["new"], again["gone"]) == (2, 0, 0)
    point = {
        "type": "Feature",
        "properties": {"number": "XH-9"},
        "geometry": {"type": "Point", "coordinates": [LON, LAT]},
    }
    assert take(json.dumps({"type": "FeatureCollection", "features": [point]}), part=True).json()["new"] == 1
    odd: list[Any] = [True, [1], [], "[A-1]", "LD[2]"]
    features = [{**point, "properties": {"number": one}} for one in odd]
    taken = take(json.dumps({"type": "FeatureCollection", "features": features}), dry_run=True).json()
    assert [(one["record"], one["field"], one["kind"], one["got"]) for one in taken["errors"]] == [
        (1, "number", "string_type", "true"),
        (2, "number", "string_type", "[1]"),
        (3, "number", "string_type", "[]"),
    ]
    assert (taken["new"], taken["gone"]) == (2, 0)
    for content, status in (
        (b"", 422),
        (b"number,lon,lat\n", 422),  # every one would be gone
        (b"\x1f\x8b" + bytes(9), 415),
        (b"PK\x03\x04", 415),
        (b"PAR1" + bytes(9), 422),
        (b"SQLite format 3\x00" + bytes(99), 422),
        (b"\xff\xfe\x00\xd8", 422),
        (b"{" * 5000, 200),  # a record that cannot be read: none is gone
        (b"number,lon,lat\nXH-1,0,0", 200),
    ):
        refused = take(content)
        assert refused.status_code == status, (content[:20], refused.text)
        assert "/tmp" not in refused.text
        assert status != 200 or (refused.json()["refused"], refused.json()["gone"]) == (1, 0)
    for query in (
        {"map": "number"},
        {"map": "stranger=x"},
        {"attribute": "gone"},
        {"map": "number=gone"},
        {"datum": "x"},
    ):
        assert take(sheet, **query).status_code == 422, query
    kinds = {one["code"]: one["assets"] for one in anybody.get(f"{HERE}/asset-kinds", headers=staff).json()["kinds"]}
    assert kinds == {"lamp": 9, "manhole": 1, "hydrant": 3}
    assert anybody.delete(kind, headers=street).status_code == 403
    assert [anybody.delete(kind, headers=rules).status_code for _ in range(2)] == [204, 404]
    assert anybody.get(f"{HERE}/assets/XH-1").status_code == 404
    asked = {"kind": "asset-kind", "item": "hydrant"}
    changes = anybody.get(f"{HERE}/audit/changes", params=asked, headers=rules).json()["changes"]
    assert [(one["before"] or {}).get("assets") for one in changes] == [3, None, None, None]
    assert [one["after"] for one in changes[1:3]] == [
        {"assets_new": new, "assets_changed": 0, "assets_gone": 0} for new in (1, 2)
    ]


def test_packed_files_of_maps_are_read_apart_and_bounded(
    anybody: TestClient, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GeoPackage and GeoParquet as the command takes them; what would never end, or fills the machine, is refused."""
    rules = {"Authorization": f"Bearer {token_for(url, [Grant(Role.ADMINISTRATOR)])}"}
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    kind = f"{HERE}/asset-kinds/valve"
    assert anybody.put(kind, json={"name": {"zh": "阀门"}}, headers=rules).status_code == 200

    def take(content: bytes, **asked: Any) -> Any:
        return anybody.post(f"{kind}/assets:import", content=content, params=asked, headers=rules)

    rows = [{"number": f"V-{n}", "lon": LON, "lat": LAT} for n in (1, 2)]
    assert take(b"number,lon,lat\n" + "\n".join(f"V-{n},{LON},{LAT}" for n in (1, 2)).encode()).json()["new"] == 2
    for form in ("gpkg", "parquet"):
        path = folder / f"valves.{form}"
        assert wangge("export", "xinhua", "--kind", "valve", "-o", str(path)).exit_code == 0
        taken = take(path.read_bytes())
        assert (taken.status_code, taken.json().get("same")) == (200, len(rows)), taken.text
        torn = take(path.read_bytes()[:-30])
        assert (torn.status_code, "/tmp" in torn.text) == (422, False), torn.text
    assert take((folder / "valves.gpkg").read_bytes(), layer="other").json()["type"].endswith("missing-layer")
    with sqlite3.connect(folder / "valves.gpkg") as database:  # rows that never end
        (table,) = database.execute("SELECT table_name FROM gpkg_contents").fetchone()
        database.execute(f'ALTER TABLE "{table}" RENAME TO kept')
        database.execute(
            f'''CREATE VIEW "{table}" AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n)
                SELECT n AS fid, geom, 'V-' || n AS number FROM kept, n'''
        )
    endless = take((folder / "valves.gpkg").read_bytes())
    assert (endless.status_code, "view" in endless.text) == (422, True), endless.text
    other = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, 2], np.int32)), pa.py_buffer(b"\xff!")]
    )
    pq.write_table(pa.table({"number": other, "lon": [LON], "lat": [LAT]}), folder / "other.parquet")
    assert "number is not UTF-8" in take((folder / "other.parquet").read_bytes()).json()["detail"]
    same = pa.array(["x" * 1000]).take(pa.array(np.zeros(600_000, np.int64)))
    pq.write_table(pa.table({"number": same}), folder / "bomb.parquet")
    assert (folder / "bomb.parquet").stat().st_size < 100_000
    assert take((folder / "bomb.parquet").read_bytes()).json()["type"].endswith("too-much-inside")
    assert anybody.get(f"{HERE}/assets", params={"kind": "valve"}, headers=rules).json()["assets"][1]["number"] == "V-2"
    assert anybody.delete(kind, headers=rules).status_code == 204


def file(anybody: TestClient, asset: Any, **changed: Any) -> Any:
    said = {} if asset is None else {"asset": asset}
    body = {"lon": LON + STEP, "lat": LAT, "category": "lamp"} | said | changed
    return anybody.post(f"{HERE}/reports", json=body)


def test_a_report_names_its_asset_and_none_that_it_cannot_be_about(
    anybody: TestClient, staff: dict[str, str], folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = file(anybody, " ld-2 ").json()
    assert filed["asset"] == "LD-2"
    assert file(anybody, None).json()["asset"] is None
    case = anybody.get(f"{HERE}/reports/{filed['number']}", headers=staff).json()
    assert case["asset"] == "LD-2"
    listed = anybody.get(f"{HERE}/reports", params={"asset": "LD-2"}, headers=staff).json()["reports"]
    assert [one["number"] for one in listed] == [filed["number"]]
    for wrong in ("LD-99", "J-1", "\u202e", "x" * 64):
        refused = anybody.post(
            f"{HERE}/reports",
            json={"lon": LON, "lat": LAT, "category": "lamp", "asset": wrong},
            headers={"Accept-Language": "zh"},
        )
        assert (refused.status_code, refused.json()["title"]) == (422, "没有这个编号"), wrong
    for shape in ("x" * 65, "", "a\0b", 4711):
        assert file(anybody, shape).status_code == 422
    far = file(anybody, "LD-2", lon=LON + 0.02).json()
    assert far["type"].endswith("far-asset")
    assert far["distance_m"] > 1000
    assert file(anybody, "LD-2", category="nothing").json()["type"].endswith("unknown-category")
    there = {"lon": LON, "lat": LAT, "category": "lamp"}
    batch = [there | {"asset": "LD-1"}, there | {"asset": "LD-77"}, there]
    lines = "\n".join(map(json.dumps, batch))
    headers = staff | {"Content-Type": "application/x-ndjson"}
    results = anybody.post(f"{HERE}/reports:batch", content=lines, headers=headers).json()["results"]
    assert [one["status"] for one in results] == [201, 422, 201]
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    exported = folder / "reports.csv"
    cli = CliRunner().invoke(build("reports"), ["reports", "export", "xinhua", "-o", str(exported)])
    assert cli.exit_code == 0, cli.output
    with exported.open(encoding="utf-8") as written:
        assert sorted(row["asset"] for row in csv.DictReader(written)) == ["", "", "LD-1", "LD-2"]


def test_a_desk_puts_right_which_asset_a_case_names(anybody: TestClient, staff: dict[str, str], url: str) -> None:
    """The history has who, what and what before; a split and the doubles follow; what it cannot be about is refused."""
    number = file(anybody, "LD-7", lon=LON + 6 * STEP).json()["number"]
    here = f"{HERE}/reports/{number}"

    def make(version: int, **said: Any) -> Any:
        body = {"move": "name-asset"} | said
        return anybody.post(f"{here}/moves", json=body, headers=staff | {"If-Match": f'"{version}"'})

    offered = anybody.get(here, headers=staff).json()["moves"]
    needs = [one["needs"] for one in offered if one["move"] == "name-asset"]
    assert [(one["name"], one["kind"], one["required"]) for one in needs[0]][:1] == [("asset", "asset", False)]
    for wrong in ("LD-99", "J-1", "\u202e"):
        assert make(1, asset=wrong).json()["type"].endswith("wrong-asset"), wrong
    same = make(1, asset="ld-7").json()
    assert (same["status"], same["errors"][0]["field"]) == (422, "asset")
    for shape in ("", "a\0b", "x" * 65, 4711, "\ud800"):
        told = json.dumps({"move": "name-asset", "asset": shape})
        headers = staff | {"If-Match": "*", "Content-Type": "application/json"}
        assert anybody.post(f"{here}/moves", content=told, headers=headers).status_code in (400, 422), shape
    assert make(1, asset="ld-8", note="the plate says so").status_code == 200
    assert make(1, asset="LD-9").status_code == 412
    case = anybody.get(here, headers=staff).json()
    (event,) = [one for one in case["events"] if one["move"] == "name-asset"]
    assert (case["asset"], event["note"]) == ("LD-8", "the plate says so")
    assert (event["facts"]["from_asset"], event["facts"]["asset"]) == ("LD-7", "LD-8")
    assert event["actor"]
    twin = file(anybody, "LD-8", lon=LON + 6 * STEP).json()["number"]
    doubles = anybody.get(f"{here}/doubles", headers=staff).json()["cases"]
    assert [one["number"] for one in doubles if one["same_asset"]] == [twin]

    split = {"move": "split", "description": "and its cable"}
    born = anybody.post(f"{here}/moves", json=split, headers=staff | {"If-Match": '"2"'})
    assert born.status_code == 200, born.text
    listed = anybody.get(f"{HERE}/reports", params={"asset": "LD-8"}, headers=staff).json()["reports"]
    assert len(listed) == 3, "the case, its double and what was split off"
    assert make(3).status_code == 200
    assert anybody.get(here, headers=staff).json()["asset"] is None
    assert make(4).json()["errors"][0]["field"] == "asset", "it names none already"
    assert make(4, asset="LD-1").status_code == 200
    east = {"move": "relocate", "point": {"lon": LON + 0.02, "lat": LAT}, "reason": "there"}
    assert anybody.post(f"{here}/moves", json=east, headers=staff | {"If-Match": '"5"'}).status_code == 200
    assert make(6, asset="LD-2").json()["type"].endswith("far-asset")
    with connect(url) as connection:
        wrong_rows = list(contradictions(connection))
    assert wrong_rows == []

    found = anybody.get(f"{HERE}/assets", params={"number": "ld-", "limit": 2}, headers=staff).json()
    assert [one["number"] for one in found["assets"]] == ["LD-1", "LD-2"]
    assert "number=ld-" in found["links"][1]["href"]
    assert anybody.get(f"{HERE}/assets", params={"number": "%"}, headers=staff).json()["assets"] == []


def test_three_reports_of_one_lamp_are_one_case_with_three_supporters(
    anybody: TestClient, staff: dict[str, str]
) -> None:
    """The first files; two are offered the case and support it. Two who file all the same are merged in one go."""
    spot: dict[str, Any] = {"lon": LON + 4 * STEP, "lat": LAT, "category": "lamp"}
    first = file(anybody, "LD-5", **spot).json()
    beside = file(anybody, "LD-6", **spot).json()
    similar = anybody.get(f"{HERE}/similar", params=spot | {"asset": "ld-5"}).json()["cases"]
    assert [(one["number"], one["same_asset"]) for one in similar[:2]] == [
        (first["number"], True),
        (beside["number"], False),
    ]
    elsewhere = spot | {"lon": LON + 14 * STEP, "asset": "LD-5"}
    (told, *_) = anybody.get(f"{HERE}/similar", params=elsewhere).json()["cases"]
    assert (told["number"], told["same_asset"]) == (first["number"], True), "farther than what is merely near"
    unknown = anybody.get(f"{HERE}/similar", params=spot | {"asset": "LD-99"}).json()["cases"]
    assert not any(one["same_asset"] for one in unknown)
    for device in ("resident-two-0001", "resident-three-01"):
        supported = anybody.post(f"{HERE}/reports/{first['number']}/supports", json={"device": device})
        assert supported.status_code == 201

    others = [file(anybody, "LD-5", **spot, description=text).json() for text in ("灯不亮", "太暗了")]
    anybody.post(f"{HERE}/reports/{others[0]['number']}/supports", json={"device": "resident-six-0001"})
    doubles = anybody.get(f"{HERE}/reports/{first['number']}/doubles", headers=staff).json()["cases"]
    assert {one["number"]: one["same_asset"] for one in doubles[:2]} == dict.fromkeys(
        (one["number"] for one in others), True
    )
    of_other = anybody.get(f"{HERE}/reports/{beside['number']}/doubles", headers=staff).json()["cases"]
    lamps_beside = [one["likely"] for one in of_other if one["same_asset"] is False]
    assert not any(lamps_beside), "another lamp, however near"
    moves = [{"number": one["number"], "version": 1, "move": "merge", "into": first["number"]} for one in others]
    merged = anybody.post(f"{HERE}/reports/moves", json={"moves": moves}, headers=staff).json()["results"]
    assert [one["status"] for one in merged] == [200, 200]
    case = anybody.get(f"{HERE}/reports/{first['number']}", headers=staff).json()
    assert case["supports"] == 2 + 2 + 1, "two who supported, two who were merged, and one who supported one of those"
    followed = anybody.get(
        f"{HERE}/reports/{others[1]['number']}/followed", headers={"Case-Secret": others[1]["secret"]}
    )
    assert followed.json()["merged"] is True
    assert anybody.get(f"{HERE}/similar", params=spot | {"asset": "LD-5"}).json()["cases"][0]["supports"] == 5
