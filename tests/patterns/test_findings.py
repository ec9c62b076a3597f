"""Findings from the database: a planted cluster is found, told, kept, and shown to those who may see it."""

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient
from pyarrow import csv, feather
from typer.testing import CliRunner

from tests.conftest import clone
from tests.patterns.planting import LAST, MIDNIGHT, looked, plant
from tests.people import signed_in
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.api.cli.main import build
from wangge.geo.files.writing import SUFFIXES, WRITABLE
from wangge.geo.grid import Grid
from wangge.patterns.findings.nightly import due
from wangge.patterns.findings.telling import sentence
from wangge.reports.feed.events import FeedEvent, Mark, as_record, next_stretch
from wangge.reports.feed.sequencing import tick
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings


@pytest.fixture(scope="module")
def town(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Xinhua with a year's rhythm of three categories, and lamps that went out around one base grid last week."""
    for url in clone(cluster, furnished):
        with connect(url) as connection:
            grid = load_grid(connection, "xinhua")
        near = plant(url, grid)
        judged, rows = looked(url, grid, LAST)
        yield {"url": url, "grid": grid, "near": near, "judged": judged, "rows": rows,
               "home": tmp_path_factory.mktemp("home")}  # fmt: skip


def test_what_clusters_is_found_where_and_when_it_is(town: dict[str, Any]) -> None:
    lately = [row for row in town["rows"] if row.kind == "lately"]
    assert [row.category for row in lately] == ["lamp"]  # not the walk, and nothing by chance
    found, grid = lately[0], town["grid"]
    assert {grid.leaves[i].id for i in town["near"]} & set(found.cells)
    assert found.last_day == LAST
    assert 4 <= (found.last_day - found.first_day).days + 1 <= 9
    assert found.observed >= 12
    assert found.observed > 4 * found.expected
    assert found.p * found.tests * 365 <= 1
    assert (found.reporters, found.unknown) == (0, found.reports)


def test_a_year_is_told_from_the_first_report_on(town: dict[str, Any]) -> None:
    where = [row for row in town["rows"] if row.kind == "where"]
    assert where
    assert {row.first_day for row in where} <= {LAST - timedelta(days=90), LAST - timedelta(days=89)}


def test_each_category_says_what_would_have_been_seen(town: dict[str, Any]) -> None:
    unseen = {(one.category, one.patrols): one for one in town["judged"].unseen}
    assert unseen["noise", False].least is None
    assert unseen["noise", False].sessions <= 30
    assert unseen["parking", False].least >= 4 * unseen["parking", False].expected
    assert unseen["parking", True].least is None  # sixty finds of one walk are one
    assert unseen["parking", True].sessions == 1
    assert town["judged"].tests == 2


def test_the_sentences_are_plain(town: dict[str, Any]) -> None:
    found = next(row for row in town["rows"] if row.kind == "lately")
    en, zh = sentence(found, "en"), sentence(found, "zh")
    assert en.startswith(f"Street lamp out: {found.observed} reports of residents ")
    assert "to 30 June 2026, where " in en
    assert "years of looking every night" in en
    assert f"{found.reports} from nobody known" in en
    assert zh.startswith("路灯故障：2026年6月")
    assert "件" in zh
    for text in (en, zh):
        assert "—" not in text, "a fact is missing"
        assert "{" not in text


def test_the_next_night_goes_on_with_the_same_finding_and_a_day_is_looked_at_once(
    town: dict[str, Any],
) -> None:
    url, grid = town["url"], town["grid"]
    first = next(row for row in town["rows"] if row.kind == "lately")
    assert looked(url, grid, LAST)[0] is None
    _, again = looked(url, grid, LAST, again=True)
    assert [(row.id, row.observed, row.p) for row in again] == [(row.id, row.observed, row.p) for row in town["rows"]]
    told = len(new_in_feed(url))
    _, tomorrow = looked(url, grid, LAST + timedelta(days=1))
    same = next(row for row in tomorrow if row.kind == "lately")
    assert (same.id, same.found_on, same.seen_on) == (first.id, LAST, LAST + timedelta(days=1))
    since = [event.facts["finding"]["id"] for event in new_in_feed(url)[told:]]
    assert sorted(since) == sorted(row.id for row in tomorrow if row.found_on > LAST)
    with connect(url) as connection:
        counted: dict[int, int] = dict(
            connection.execute("SELECT finding_id, count(*) FROM finding_case GROUP BY 1").fetchall()
        )
        # As the other tests know it: tomorrow has not come yet.
        connection.execute("DELETE FROM finding_run WHERE day > %s", (LAST,))
        connection.execute("DELETE FROM finding WHERE found_on > %s", (LAST,))
        connection.execute("UPDATE finding SET seen_on = %s", (LAST,))
    assert counted[same.id] == same.reports
    looked(url, grid, LAST, again=True)


def new_in_feed(url: str) -> list[FeedEvent]:
    """What the feed tells of Xinhua that is of no report."""

    async def read() -> list[FeedEvent]:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await tick(connection)
            stretch = await next_stretch(connection, Mark(0, 0), territory="xinhua", limit=100_000)
            return [event for event in stretch.events if event.report_id is None]

    return asyncio.run(read())


def test_a_new_finding_is_an_event_of_the_feed(town: dict[str, Any], as_role: Callable[[Grant], TestClient]) -> None:
    client = as_role(Grant(Role.CENTRE, "xinhua"))
    told = {event.facts["finding"]["id"]: event for event in new_in_feed(town["url"])}
    for row in town["rows"]:
        record = as_record(told[row.id])
        assert (record["move"], record["report"], record["state"], record["actor"]) == ("find", None, None, "wangge")
        finding = client.get(f"/api/v1/territories/xinhua/findings/{row.id}").json()
        del finding["links"]
        assert record["facts"] == {"finding": finding}


def test_a_day_is_due_when_it_is_over_in_the_territory(town: dict[str, Any]) -> None:
    async def ask(now: datetime) -> date | None:
        async with await psycopg.AsyncConnection.connect(town["url"], autocommit=True) as connection:
            return await due(connection, town["grid"], now)

    assert asyncio.run(ask(MIDNIGHT + timedelta(minutes=1))) is None  # looked at
    assert asyncio.run(ask(MIDNIGHT + timedelta(days=1, minutes=-1))) is None
    assert asyncio.run(ask(MIDNIGHT + timedelta(days=1, minutes=1))) == LAST + timedelta(days=1)


def test_what_is_too_much_for_one_answer_is_said(
    town: dict[str, Any], as_role: Callable[[Grant], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path = as_role(Grant(Role.CENTRE, "xinhua")), "/api/v1/territories/xinhua/findings"
    assert client.get(path).json()["more"] is False
    monkeypatch.setattr("wangge.api.routes.figures.findings.MOST", 1)
    answer = client.get(path).json()
    assert ([one["kind"] for one in answer["findings"]], answer["more"]) == (["lately"], True)
    geojson = client.get(path, params={"f": "geojson"}).json()
    assert (len(geojson["features"]), geojson["more"]) == (1, True)


def cases_of(finding: dict[str, Any]) -> str:
    return next(str(link["href"]) for link in finding["links"] if link["rel"] == "cases")


@pytest.fixture(scope="module")
def as_role(town: dict[str, Any]) -> Iterator[Callable[[Grant], TestClient]]:
    settings = Settings(database_url=town["url"], home=town["home"], sweep_s=0)
    with TestClient(create_app(settings)) as client:
        yield lambda grant: signed_in(client, town["url"], [grant])


def test_staff_read_findings_of_their_cells_and_cases_that_they_see(
    town: dict[str, Any], as_role: Callable[[Grant], TestClient]
) -> None:
    grid, path = town["grid"], "/api/v1/territories/xinhua/findings"
    client = as_role(Grant(Role.CENTRE, "xinhua"))
    answer = client.get(path).json()
    found = next(one for one in answer["findings"] if one["kind"] == "lately")
    assert answer["run"]["day"] == "2026-06-30"
    assert found["source"] == "residents"
    assert set(found["sentence"]) == {"zh", "en"}
    cases = client.get(cases_of(found), headers={"Accept-Language": "zh"}).json()["cases"]
    assert len(cases) == found["reports"]
    assert {case["state_title"] for case in cases} == {"已接收"}
    assert {one["category"]: one["sentence"]["en"] for one in answer["run"]["unseen"] if not one["patrols"]}[
        "noise"
    ].startswith("Noise, reports of residents: too few data, ")
    assert client.get(f"{path}/{found['id']}").json() == found
    centre = grid.cell(grid.levels[-1].key, found["centre"]["code"])
    assert centre is not None
    inside = as_role(Grant(Role.STREET_DESK, "xinhua", "street", centre.path[0]))
    assert found["id"] in [one["id"] for one in inside.get(path).json()["findings"]]
    seen = inside.get(cases_of(found)).json()["cases"]
    assert 0 < len(seen) <= found["reports"]
    elsewhere = next(leaf for leaf in grid.leaves if leaf.path[0] != centre.path[0] and leaf.code not in found["cells"])
    outside = as_role(Grant(Role.OFFICER, "xinhua", "grid", elsewhere.code))
    assert found["id"] not in [one["id"] for one in outside.get(path).json()["findings"]]
    assert outside.get(cases_of(found)).status_code == 404
    assert outside.get(f"{path}/{found['id']}").status_code == 404
    assert outside.get(f"{path}/999999/cases").json()["type"].endswith("unknown-finding")


def test_geojson_has_the_shape_of_the_cells(town: dict[str, Any], as_role: Callable[[Grant], TestClient]) -> None:
    client, path = as_role(Grant(Role.PLANNER, "xinhua")), "/api/v1/territories/xinhua/findings"
    answer = client.get(path, params={"f": "geojson"})
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json() == client.get(path, headers={"Accept": "application/geo+json"}).json()
    features = answer.json()["features"]
    assert len(features) == len(town["rows"])
    one = next(feature for feature in features if feature["properties"]["kind"] == "lately")
    assert one["geometry"]["type"] == "MultiPolygon"
    assert one["properties"]["sentence_en"].startswith("Street lamp out")
    assert all(not isinstance(value, dict | list) for value in one["properties"].values())
    assert one == client.get(f"{path}/{one['id']}", params={"f": "geojson"}).json()


def test_planners_open_the_geojson_in_gdal(
    town: dict[str, Any], as_role: Callable[[Grant], TestClient], tmp_path: Path
) -> None:
    file = tmp_path / "findings.geojson"
    answer = as_role(Grant(Role.PLANNER, "xinhua")).get("/api/v1/territories/xinhua/findings", params={"f": "geojson"})
    file.write_bytes(answer.content)
    table = pyogrio.read_arrow(file, layer=0)[1].to_pylist()
    lately = next(row for row in table if row["kind"] == "lately")
    found = next(row for row in town["rows"] if row.kind == "lately")
    assert (lately["observed"], lately["category"], lately["cells"]) == (found.observed, "lamp", ",".join(found.codes))
    area = shapely.from_wkb(lately["wkb_geometry"])
    inside = [leaf.geometry for leaf in town["grid"].leaves if leaf.code in found.codes]
    assert area.symmetric_difference(shapely.union_all(inside)).area < 1e-9
    told = subprocess.run(["ogrinfo", "-al", "-so", file], check=True, capture_output=True, text=True)
    assert "Geometry: Multi Polygon" in told.stdout
    assert "first_day: Date" in told.stdout
    assert told.stderr == ""


def test_the_command_shows_the_sentences(town: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", town["url"])
    monkeypatch.setenv("WANGGE_LANG", "en")
    shown = CliRunner().invoke(build("findings"), ["findings", "show", "xinhua"])
    assert shown.exit_code == 0, shown.output
    assert "Street lamp out: " in shown.output
    assert "Noise, reports of residents: too few data" in shown.output
    told = CliRunner().invoke(build("findings"), ["findings", "show", "xinhua", "--json"])
    assert {
        one["category"] for one in json.loads(told.stdout.splitlines()[-1])["findings"] if one["kind"] == "lately"
    } == {"lamp"}
    ran = CliRunner().invoke(build("findings"), ["findings", "run", "xinhua", "--day", "2026-06-30"])
    assert ran.exit_code == 0, ran.output
    assert "Street lamp out: " in ran.output


@pytest.mark.parametrize("form", WRITABLE)
def test_findings_are_written_in_every_form(
    town: dict[str, Any], form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", town["url"])
    file = tmp_path / f"findings.{next(suffix for suffix, of in SUFFIXES.items() if of == form)}"
    ran = CliRunner().invoke(build("findings"), ["findings", "export", "xinhua", "-o", str(file)])
    assert ran.exit_code == 0, ran.output
    if form in ("arrow", "csv"):
        table = feather.read_table(file) if form == "arrow" else csv.read_csv(file)
    else:
        table = pyarrow.parquet.read_table(file) if form == "parquet" else pyogrio.read_arrow(file, layer=0)[1]
    rows = {int(row.get("id") or row["fid"]): row for row in table.to_pylist()}
    assert rows.keys() == {row.id for row in town["rows"]}
    found = next(row for row in town["rows"] if row.kind == "lately")
    assert rows[found.id]["sentence_en"] == sentence(found, "en")
    # FlatGeobuf knows no day but its midnight.
    assert (rows[found.id]["observed"], str(rows[found.id]["last_day"])[:10]) == (found.observed, str(LAST))


def test_what_officers_file_is_told_apart_from_what_residents_do(
    town: dict[str, Any], as_role: Callable[[Grant], TestClient]
) -> None:
    leaf = town["grid"].leaves[5]
    point = leaf.geometry.representative_point()
    body = {"lon": point.x, "lat": point.y, "category": "road", "description": "a"}
    at = {"level": "grid", "code": leaf.code}
    officer, assistant = Grant(Role.OFFICER, "xinhua", **at), Grant(Role.ASSISTANT, "xinhua", **at)
    for grant, source in (
        (officer, "patrol"),
        (assistant, "patrol"),
        (Grant(Role.CENTRE, "xinhua"), "api"),
        (None, "api"),
    ):
        client = as_role(grant or officer)
        if grant is None:
            del client.headers["authorization"]
        answer = client.post("/api/v1/territories/xinhua/reports", json=body)
        assert answer.status_code == 201, answer.text
        with connect(town["url"]) as connection:
            row = connection.execute("SELECT source FROM report ORDER BY id DESC LIMIT 1").fetchone()
        assert row == (source,), grant


def test_a_territory_without_reports_has_nothing_to_tell(empty_town: tuple[str, Grid]) -> None:
    url, grid = empty_town
    judged, rows = looked(url, grid, LAST)
    assert (judged.findings, judged.unseen, judged.tests, rows) == ([], [], 0, [])


@pytest.fixture
def empty_town(database: str, xinhua: Grid) -> tuple[str, Grid]:
    return database, xinhua
