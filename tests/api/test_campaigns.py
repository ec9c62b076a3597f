"""A campaign that is played for two weeks: its board has everything of it, and no figure outside changes by a digit."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from tests.conftest import LOCAL, clone
from tests.patterns.planting import LAST, MIDNIGHT, looked, plant
from tests.people import signed_in, token_for
from wangge.access.person import Grant, Person
from wangge.access.roles import Role
from wangge.access.scope import whole
from wangge.api.app import create_app
from wangge.api.cli.main import build
from wangge.duty.findings import BadEntries
from wangge.geo.grid import Grid
from wangge.patterns.columns.keeping import Builder, folder_of
from wangge.reports.bulk.archive.keeping import Archive
from wangge.reports.bulk.archive.proving import verify
from wangge.reports.bulk.export.events import event_layer
from wangge.reports.bulk.export.reports import report_count
from wangge.reports.campaigns.board import answer_place, board_of, erase_texts
from wangge.reports.campaigns.campaigns import Campaign, find_campaign
from wangge.reports.case.actions import move
from wangge.reports.case.case import Arguments
from wangge.reports.feed.sequencing import tick
from wangge.reports.figures.rebuilding import rebuild
from wangge.reports.intake.submitting import Submission, submit
from wangge.reports.listing.filters import ReportFilter
from wangge.reports.release.making import make_due
from wangge.store.engine import AsyncConnection, connect, connect_async
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
FIRST = LAST - timedelta(days=13)
LON, LAT = 116.8712, 38.3164
PERIOD = "since=2026-04-01&until=2026-06-30"

SPAN = "from=2026-04-01&to=2026-06-30"
THEN = f"{SPAN}&as_of=2026-07-01"

# Every address that gives figures, as the program's own description has it, with what is asked there.
FIGURES: dict[str, tuple[str, ...]] = {
    "/api/v1/territories": ("",),
    "/api/v1/territories/{territory}": ("",),
    "/api/v1/territories/{territory}/cells": ("?level=community",),
    "/api/v1/territories/{territory}/cells/{level}/{code}": ("", "?category=lamp"),
    "/api/v1/territories/{territory}/releases": ("",),
    "/api/v1/territories/{territory}/outcomes": ("",),
    "/api/v1/territories/{territory}/categories": ("",),
    "/api/v1/territories/{territory}/public-cases": ("",),
    "/tiles/{territory}/cells.json": ("",),
    "/tiles/{territory}/heat.json": ("",),
    "/tiles/{territory}/style.json": ("", f"?{SPAN}"),
    "/tiles/{territory}/heat/{z}/{x}/{y}.mvt": ("", f"?{SPAN}"),
    "/api/v1/territories/{territory}/indicators": tuple(
        f"?{THEN}{by}" for by in ("", "&by=cell&level=street", "&by=category", "&by=organisation", "&by=officer")
    ),
    "/api/v1/territories/{territory}/indicators/definitions": ("",),
    "/api/v1/territories/{territory}/indicators/{key}/cases": (f"?{THEN}",),
    "/api/v1/territories/{territory}/attributes": ("",),
    "/api/v1/territories/{territory}/integrity": (f"?{THEN}",),
    "/api/v1/territories/{territory}/integrity/closings": (f"?{THEN}",),
    "/api/v1/territories/{territory}/integrity/{check}/cases": (f"?{THEN}",),
    "/api/v1/territories/{territory}/audits": ("",),
    "/api/v1/territories/{territory}/findings": ("", "?all=true&f=geojson"),
    "/api/v1/territories/{territory}/findings/{finding}": ("",),
    "/api/v1/territories/{territory}/findings/{finding}/cases": ("",),
    "/api/v1/territories/{territory}/cell-statistics": (f"?{SPAN}",),
    "/api/v1/territories/{territory}/emerging": ("",),
    "/api/v1/territories/{territory}/files/cells.{form}": ("?level=street",),
    "/api/v1/territories/{territory}/files/figures.{form}": (f"?{THEN}",),
    "/api/v1/territories/{territory}/files/reports.{form}": ("",),
}
# No part of the description of the API.
OTHERS = (
    "/open311/v2/services.json?jurisdiction_id=xinhua",
    "/open311/v2/requests.json?jurisdiction_id=xinhua&start_date=2026-06-01T00:00:00Z&end_date=2026-08-01T00:00:00Z",
    "/ogc/xinhua/collections/reports/items?limit=1000",
)
FILLED = {"level": "street", "key": "registration", "check": "closed-without-evidence", "form": "csv"}
POSTED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("counts", {"by": ["cell", "day", "category", "state", "hour", "bin"]}),
    ("counts", {"by": ["hour"], "categories": ["lamp"]}),
    ("comparison", {"before": {"from": "2026-05-01", "to": "2026-05-31"},
                    "after": {"from": "2026-06-01", "to": "2026-06-30"}}),
)  # fmt: skip
NONE_OF_CASES = (
    *("overlays", "drafts", "bundle", "places", "backdrop", "cells/{edition}", "attributes/", "audits/"),
    "tiles/{territory}/cases",  # the map of work, which shows cases of campaigns to their staff
    "classes",  # what categories are called elsewhere
    "exports",  # what one has asked for oneself; its file is written as those of files/reports are
    "bulletin",  # a PDF with the time of its printing: made of what stands above, and compared below
)
TAGS = {"indicators", "files", "tiles", "territories"}


def figures(client: TestClient, filled: dict[str, str]) -> dict[str, bytes]:
    """Every figure there is, by what was asked."""
    asked = [f"{path.format_map(filled)}{more}" for path, ways in FIGURES.items() for more in ways]
    found = {address: client.get(address) for address in [*asked, *OTHERS]}
    found |= {f"{name} {told}": client.post(f"{HERE}/{name}", json=told) for name, told in POSTED}
    assert {key: answer.text for key, answer in found.items() if answer.status_code != 200} == {}
    return {key: said(answer) for key, answer in found.items()}


def said(answer: Any) -> bytes:
    """What an answer says, whoever counted: the columns or the database, who put bins in no order."""
    content = bytes(re.sub(rb'"mark":"[^"]*"', b"", answer.content))
    if answer.request.method != "POST":
        return content
    told = {key: value for key, value in answer.json().items() if key not in ("mark", "source", "why")}
    if "bin" in told:
        told["bin"] = sorted(zip(*(told["bin"][key] for key in ("x", "y", "reports")), strict=True))
    return json.dumps(told, sort_keys=True).encode()


def test_no_address_of_figures_is_forgotten(reader: TestClient) -> None:
    described = reader.get("/openapi.json").json()["paths"]
    there = {path for path, ways in described.items() if TAGS & set(ways.get("get", {}).get("tags", []))}
    forgotten = {path for path in there - set(FIGURES) if not any(part in path for part in NONE_OF_CASES)}
    assert forgotten == set(), "does it count reports? Then compare it here"
    assert set(FIGURES) <= set(described)


class Town(NamedTuple):
    """Xinhua with a life of its own, its figures before a flood of two weeks, and after."""

    url: str
    grid: Grid
    before: dict[str, bytes]
    after: dict[str, bytes]
    client: TestClient


FLOOD: dict[str, Any] = {
    "name": {"zh": "防汛", "en": "Flood"},
    "since": str(FIRST),
    "until": str(LAST),
    "cells": [],
    "categories": [
        {"code": "levee", "name": {"zh": "堤防险情", "en": "Levee"}, "urgency": "urgent"},
        {"code": "water", "name": {"zh": "积水", "en": "Standing water"}},
    ],
    "checklists": [
        {
            "code": "pumps",
            "name": {"zh": "泵站", "en": "Pumps"},
            "points": [{"code": "p1", "name": "1 号泵站", "lon": LON, "lat": LAT}],
            "questions": [
                {"code": "runs", "name": {"zh": "是否运转", "en": "Does it run"}},
                {"code": "note", "name": {"zh": "说明", "en": "Note"}, "kind": "text"},
            ],
        },
        {
            "code": "grids",
            "name": {"zh": "低洼处", "en": "Low places"},
            "level": "grid",
            "questions": [{"code": "dry", "name": {"zh": "无积水", "en": "Dry"}}],
        },
    ],
}


@pytest.fixture(scope="module")
def town(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    for url in clone(cluster, furnished):
        with connect(url) as connection:
            grid = load_grid(connection, "xinhua")
        plant(url, grid)
        home = tmp_path_factory.mktemp("home")
        settings = Settings(database_url=url, home=home, columns_s=0, sweep_s=0, release_s=0)
        with connect(url, autocommit=True) as connection:
            rebuild(connection, mend=True)
        with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
            signed_in(client, url, [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE)])
            asyncio.run(_ordinary(url, grid))
            _nightly(url, grid, home)
            filled = FILLED | _places(client, grid)
            before = figures(client, filled)
            answer = client.put(f"{HERE}/campaigns/flood", json=FLOOD)
            assert (answer.status_code, answer.json()["stage"]) == (200, "over"), answer.text  # since its last day
            asyncio.run(_flood(url, grid))
            _nightly(url, grid, home)
            yield Town(url, grid, before, figures(client, filled), client)


def _places(client: TestClient, grid: Grid) -> dict[str, str]:
    street = next(cell.code for cell in grid.cells if cell.level == "street")
    finding = client.get(f"{HERE}/findings").json()["findings"][0]["id"]
    return {"territory": "xinhua", "code": street, "finding": str(finding), "z": "9", "x": "422", "y": "197"}


def _nightly(url: str, grid: Grid, home: Path) -> None:
    """What the service does by itself: findings, the release, the columns."""
    looked(url, grid, LAST)

    async def night() -> None:
        async with await connect_async(url) as connection:
            await make_due(connection, 10, "xinhua", now=MIDNIGHT + timedelta(days=9), again=None)
        async with await connect_async(url) as connection:
            await Builder(folder_of(home, "xinhua"), "xinhua").build(connection)

    asyncio.run(night())


async def _moved(
    link: AsyncConnection, grid: Grid, number: str, at: datetime, *moves: tuple[str, dict[str, Any]]
) -> None:
    person = Person(None, "centre", (Grant(Role.CENTRE, "xinhua"),))
    for name, arguments in moves:
        async with link.transaction():
            await move(link, person, grid, number, name, Arguments(**arguments), now=at)


async def _ordinary(url: str, grid: Grid) -> None:
    """Cases that lie open and refused beside the flood."""
    async with await connect_async(url) as link:
        for day in range(10):
            at = MIDNIGHT - timedelta(days=10 - day)
            receipt, _ = await submit(link, grid, Submission(LON, LAT, "lamp"), source="api", now=at)
            if day % 2:
                await _moved(link, grid, receipt.number, at, ("refuse", {"reason": "not ours"}))


async def _flood(url: str, grid: Grid) -> None:
    async with await connect_async(url) as link:
        campaign = await find_campaign(link, "xinhua", "flood")
        leaves = grid.leaves[::9]
        for day in range(14):
            at = MIDNIGHT - timedelta(days=14 - day) + timedelta(hours=9)
            for leaf in leaves[day : day + 3]:
                point = leaf.geometry.representative_point()  # type: ignore[union-attr]
                kind = ("flood.levee", "flood.water")[day % 2]
                receipt, _ = await submit(link, grid, Submission(point.x, point.y, kind), source="api", now=at)
            await _moved(link, grid, receipt.number, at, ("refuse", {"reason": "not there"}))
            told = {"dry": bool(day % 3)}
            where = (link, grid, campaign, whole("xinhua"))
            await answer_place(*where, sent=uuid4(), checklist="grids", place=leaf.code, answers=told, now=at)


def test_no_figure_outside_changes_by_a_digit(town: Town) -> None:
    assert {key for key in town.before if town.before[key] != town.after[key]} == set()
    assert b"flood" not in b"".join(town.after.values())
    assert len(town.before[f"{HERE}/files/reports.csv"].splitlines()) > 600
    with connect(town.url, autocommit=True) as connection:
        assert rebuild(connection, mend=False).different == 0


async def test_the_archive_has_none_of_it(town: Town, tmp_path: Path) -> None:
    archive = Archive(str(tmp_path), town.url)
    async with await connect_async(town.url) as connection:
        while await tick(connection) is None:
            await asyncio.sleep(0.05)
        await archive.step(connection, anew=True)
        proof = await verify(archive, connection, town.url)
    with connect(town.url) as connection:
        (cases,) = connection.execute("SELECT count(*) FROM report WHERE campaign IS NULL").fetchone() or ()
    tables = [pq.read_table(file, columns=["category"]) for file in tmp_path.rglob("*.parquet")]
    assert (proof.reports, proof.wrong, sum(table.num_rows for table in tables)) == (cases, [], cases)
    assert not any("flood" in str(category) for table in tables for category in table["category"].unique())


def test_the_board_has_all_of_it_and_by_place_alone(town: Town) -> None:
    board = town.client.get(f"{HERE}/campaigns/flood/board").json()
    assert (board["cases"], board["open"]) == (42, 28)
    assert {one["state"]: one["count"] for one in board["by_state"]} == {"assigned": 28, "refused": 14}
    assert sum(row["cases"] for row in board["cells"]) == 42
    assert [day["received"] for day in board["days"]] == [3] * 14
    pumps, grids = board["checklists"]
    assert (pumps["places"], pumps["looked_at"]) == (1, 0)
    assert (grids["places"], grids["looked_at"]) == (422, 14)
    assert [(one["yes"], one["no"]) for one in grids["questions"]] == [(9, 5)]
    assert sum(row["looked_at"] for row in board["cells"]) == 14
    assert "centre" not in str(board)  # who looked


def test_staff_see_its_cases_in_lists_and_take_them_out_alone(town: Town) -> None:
    listed = town.client.get(f"{HERE}/reports", params={"campaign": "flood", "limit": 100}).json()["reports"]
    assert len(listed) == 42
    assert {one["campaign"] for one in listed} == {"flood"}
    levees = [one for one in listed if one["category"] == "flood.levee"]
    assert {one["urgency"] for one in levees} == {"urgent"}  # as the category says; nobody sent it so
    assert {one["urgency"] for one in listed if one not in levees} == {"normal"}
    lines = town.client.get(f"{HERE}/files/reports.csv", params={"campaign": "flood"}).text.splitlines()
    assert len(lines) == 43
    for asked, rows in (
        ({"category": "flood.levee"}, len(levees)),
        ({"category": "flood.levee", "counted": "true"}, 0),
    ):
        lines = town.client.get(f"{HERE}/files/reports.csv", params=asked).text.splitlines()
        assert len(lines) == 1 + rows, "whoever names a category of a campaign gets its cases"
    where = ReportFilter("xinhua", categories=("flood.levee",))
    with connect(town.url) as connection:
        assert report_count(connection, where, whole("xinhua")) == len(levees)
        grid = load_grid(connection, "xinhua")
    with event_layer(town.url, grid, where, whole("xinhua")) as layer:
        assert sum(batch.num_rows for batch in layer) >= len(levees)


def test_what_was_changed_and_by_whom_is_on_record(town: Town) -> None:
    asked = {"kind": "campaign", "item": "flood"}
    (declared,) = town.client.get(f"{HERE}/audit/changes", params=asked).json()["changes"]
    assert (declared["before"], declared["after"]["ended_at"]) == (None, None)


def test_one_that_is_over_takes_nothing(town: Town) -> None:
    report = {"lon": LON, "lat": LAT, "category": "flood.levee"}
    answer = town.client.post(f"{HERE}/reports", json=report)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-category")
    told = {"id": str(uuid4()), "checklist": "pumps", "place": "p1", "answers": {}}
    for answer in (
        town.client.post(f"{HERE}/campaigns/flood/answers", json=told),
        town.client.post(f"{HERE}/campaigns/flood/end"),
        town.client.put(f"{HERE}/campaigns/flood", json=FLOOD),
    ):
        assert answer.json()["type"] == "/problems/campaign-over"
    del town.client.headers["Authorization"]
    try:
        assert town.client.get(f"{HERE}/campaigns").json() == {"campaigns": []}
    finally:
        signed_in(town.client, town.url, [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE)])


# ---- one that runs today


@pytest.fixture(scope="module")
def running(shared: TestClient) -> TestClient:
    """A fair of today in one street."""
    street = shared.get(f"{HERE}/locate", params={"lon": LON, "lat": LAT}).json()["ancestors"][0]
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    fair = FLOOD | {"since": str(today - timedelta(days=2)), "until": str(today + timedelta(days=2))}
    fair["cells"] = [{"level": street["level"], "code": street["code"]}]
    answer = shared.put(f"{HERE}/campaigns/fair", json=fair, headers={"If-Match": '"0"'})
    assert answer.status_code == 200, answer.text
    return shared


def url_of(client: TestClient) -> str:
    return str(client.app_state["settings"].database_url)


def receipt_of(answer: Any) -> str:
    return str(answer.json()["received_at"])


def kind_of(answer: Any) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]


def test_a_category_is_taken_in_the_area_and_a_case_stays_in_its_campaign(running: TestClient) -> None:
    def file(lon: float, lat: float, category: str) -> Any:
        return running.post(f"{HERE}/reports", json={"lon": lon, "lat": lat, "category": category})

    filed, other = file(LON, LAT, "fair.water").json(), file(LON, LAT, "lamp").json()
    assert (filed["campaign"], other["campaign"]) == ("fair", None)
    with connect(url_of(running)) as connection:
        grid = load_grid(connection, "xinhua")
    street = running.get(f"{HERE}/campaigns").json()["campaigns"][0]["cells"][0]["code"]
    far = next(leaf for leaf in grid.leaves if street not in leaf.path and leaf.geometry is not None)
    point = far.geometry.representative_point()  # type: ignore[union-attr]
    assert kind_of(file(point.x, point.y, "fair.water")) == "outside-campaign"
    assert kind_of(file(LON, LAT, "fair.nothing")) == "unknown-category"
    moves = f"{HERE}/reports/{{}}/moves"
    for number, category in ((filed["number"], "lamp"), (other["number"], "fair.water")):
        told = {"move": "register", "category": category}
        answer = running.post(moves.format(number), json=told, headers={"If-Match": "*"})
        assert kind_of(answer) == "unknown-category"
    told = {"move": "merge", "into": filed["number"]}
    answer = running.post(moves.format(other["number"]), json=told, headers={"If-Match": "*"})
    assert answer.json()["errors"][0]["kind"] == "unknown_case"
    told = {"move": "register", "category": "fair.levee", "urgency": "normal"}
    registered = running.post(moves.format(filed["number"]), json=told, headers={"If-Match": "*"})
    assert registered.status_code == 200
    assert running.get(f"{HERE}/reports/{filed['number']}").json()["urgency"] == "urgent", "as pressing as its category"
    line, head = {"lon": LON, "lat": LAT, "category": "fair.water"}, {"Content-Type": "application/x-ndjson"}
    many = running.post(f"{HERE}/reports:batch", content=json.dumps(line), headers=head)
    assert many.json()["stored"] == 0
    split = {"move": "split", "description": "another", "category": "fair.water"}
    assert running.post(moves.format(filed["number"]), json=split, headers={"If-Match": "*"}).status_code == 200
    listed = running.get(f"{HERE}/reports", params={"campaign": "fair"}).json()["reports"]
    assert sorted(one["category"] for one in listed) == ["fair.levee", "fair.water"]  # the child too
    assert running.get(HERE).json()["reports"] == 1
    used = running.put(f"{HERE}/campaigns/fair", json=FLOOD | {"categories": []})
    assert kind_of(used) == "category-in-use"


def test_anybody_sees_what_runs_and_its_checklists_are_for_staff(running: TestClient) -> None:
    (seen,) = running.get(f"{HERE}/campaigns").json()["campaigns"]
    assert [one["code"] for one in seen["checklists"]] == ["pumps", "grids"]
    with_account = running.headers.pop("Authorization")
    try:
        (told,) = running.get(f"{HERE}/campaigns").json()["campaigns"]
    finally:
        running.headers["Authorization"] = with_account
    assert told["checklists"] is None
    assert [one["code"] for one in told["categories"]] == ["fair.levee", "fair.water"]
    assert "fair" not in running.get(f"{HERE}/categories").text


def test_each_sees_the_points_of_their_own_cells_in_every_answer(running: TestClient) -> None:
    """In the list, the places and the board alike: those of another street are nobody's business there."""
    here = running.get(f"{HERE}/locate", params={"lon": LON, "lat": LAT}).json()["ancestors"][0]["code"]
    with connect(url_of(running)) as connection:
        grid = load_grid(connection, "xinhua")
    elsewhere = next(cell.code for cell in grid.cells if cell.level == "street" and cell.code != here)
    desks = [(Grant(Role.STREET_DESK, "xinhua", "street", code), code == here) for code in (here, elsewhere)]
    for grant, mine in [*desks, (Grant(Role.CENTRE, "xinhua"), True), (Grant(Role.ADMINISTRATOR), True)]:
        key = {"Authorization": f"Bearer {token_for(url_of(running), [grant])}"}
        listed = running.get(f"{HERE}/campaigns", headers=key).json()["campaigns"]
        fair = next(one for one in listed if one["code"] == "fair")
        board = running.get(f"{HERE}/campaigns/fair/board", headers=key).json()["campaign"]
        places = running.get(f"{HERE}/campaigns/fair/places", headers=key).json()["places"]
        for told in (fair, board):
            assert [point["code"] for point in told["checklists"][0]["points"]] == ["p1"] * mine, grant
        assert [one["code"] for one in places if one["checklist"] == "pumps"] == ["p1"] * mine, grant


def test_a_place_is_answered_once_and_in_ones_own_cells(running: TestClient) -> None:
    places = running.get(f"{HERE}/campaigns/fair/places").json()["places"]
    pump = next(one for one in places if one["checklist"] == "pumps")
    assert pump["cell"]["code"] == running.get(f"{HERE}/locate", params={"lon": LON, "lat": LAT}).json()["cell"]["code"]
    answers = f"{HERE}/campaigns/fair/answers"
    told: dict[str, Any] = {"id": str(uuid4()), "checklist": "pumps", "place": "p1"}
    for wrong in ({"runs": "yes"}, {"note": True}, {"other": True}):
        assert running.post(answers, json=told | {"answers": wrong}).status_code == 422
    for _ in range(2):  # as an outbox does that lost the answer
        sent = running.post(answers, json=told | {"answers": {"runs": False, "note": "停电"}})
        assert sent.status_code == 204, sent.text
    assert running.post(answers, json=told | {"place": "p2", "answers": {}}).status_code == 404
    places = running.get(f"{HERE}/campaigns/fair/places").json()["places"]
    assert next(one for one in places if one["checklist"] == "pumps")["answers"] == {"runs": False, "note": "停电"}
    with connect(url_of(running)) as connection:
        assert connection.execute("SELECT count(*) FROM campaign_answer").fetchone() == (1,)


def test_what_is_told_later_has_the_time_at_which_it_was_seen(running: TestClient) -> None:
    now = datetime.now(UTC)
    wet = FLOOD | {"since": str((now - timedelta(days=5)).date()), "until": str((now + timedelta(days=1)).date())}
    assert running.put(f"{HERE}/campaigns/wet", json=wet, headers={"If-Match": '"0"'}).status_code == 200

    def told(seen_at: datetime | str | int, place: str = "p1", **answers: Any) -> Any:
        body = {"id": str(uuid4()), "checklist": "pumps", "place": place, "answers": answers}
        return running.post(f"{HERE}/campaigns/wet/answers", json=body | {"seen_at": str(seen_at).replace(" ", "T")})

    def seen() -> dict[str, Any]:
        places = running.get(f"{HERE}/campaigns/wet/places").json()["places"]
        return next(dict(one) for one in places if one["checklist"] == "pumps")

    assert told(now - timedelta(days=1), note="yesterday").status_code == 204
    assert told(now - timedelta(days=2), note="the day before").status_code == 204
    assert seen()["answers"] == {"note": "yesterday"}, "what was seen last, in whichever order it is told"
    assert datetime.fromisoformat(seen()["looked_at"]) == now - timedelta(days=1)
    assert told(now + timedelta(hours=1)).json()["errors"][0]["field"] == "seen_at"
    for never in ("2026-01-01T00:00:00", "9999-12-31T23:59:59-12:00", 5):
        assert told(never).status_code == 422  # neither without a zone nor beyond the years
    for before in (now - timedelta(days=9), "0001-01-02T00:00:00Z"):
        assert kind_of(told(before)) == "campaign-over"
    days = running.get(f"{HERE}/campaigns/wet/board").json()["days"]
    assert [day["looked_at"] for day in days] == [1, 1]
    assert running.post(f"{HERE}/campaigns/wet/end").status_code == 200
    assert told(now - timedelta(minutes=1), runs=True, note="on the way home").status_code == 204
    assert kind_of(told(datetime.now(UTC))) == "campaign-over"
    assert seen()["answers"] == {"runs": True, "note": "on the way home"}

    async def erased(ended_before: datetime) -> int:
        async with await connect_async(url_of(running)) as connection:
            return await erase_texts(connection, ended_before)

    assert asyncio.run(erased(now - timedelta(days=1))) == 0
    assert asyncio.run(erased(datetime.now(UTC))) == 3
    assert seen()["answers"] == {"runs": True}


def test_figures_of_the_centre_and_trials_of_rules_count_none(running: TestClient) -> None:
    def total(**asked: str) -> int:
        return int(running.get(f"{HERE}/reports/summary", params=asked).json()["total"])

    assert total() - total(counted="true") == total(campaign="fair") > 0
    assert total(campaign="fair", counted="true") == 0
    listed = running.get(f"{HERE}/reports", params={"counted": "true"}).json()["reports"]
    assert {one["campaign"] for one in listed} == {None}
    assert running.post(f"{HERE}/rules:try", json={"rules": []}).json()["cases"] == len(listed)


def test_the_board_has_cases_that_are_still_of_an_earlier_edition(running: TestClient) -> None:
    with connect(url_of(running)) as connection:
        grid = load_grid(connection, "xinhua")
    cells = [replace(cell, id=cell.id + 1_000_000) for cell in grid.cells]
    newer = Grid("xinhua", "newer", grid.levels, cells, grid.edition_id + 1, grid.timezone.key)

    async def counted(on: Grid) -> dict[str, int]:
        async with await connect_async(url_of(running)) as connection:
            fair = await find_campaign(connection, "xinhua", "fair")
            board = await board_of(connection, on, fair, whole("xinhua"), "grid")
            return {row.cell.code: row.cases for row in board.rows if row.cases}

    now = asyncio.run(counted(grid))
    assert sum(now.values()) > 0
    assert asyncio.run(counted(newer)) == now


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"until": "0001-01-01"}, "until"),
        ({"since": "9999-12-31"}, "until"),
        ({"until": "9999-12-31"}, "until"),
        ({"cells": [{"level": "street", "code": "nowhere"}]}, "cells"),
        ({"categories": [{"code": "a", "name": {"en": "A"}}, {"code": "odd.a", "name": {"en": "A"}}]}, "categories"),
        ({"checklists": [FLOOD["checklists"][1] | {"level": "moon"}]}, "checklists.level"),
        ({"checklists": [FLOOD["checklists"][1] | {"level": None}]}, "checklists.points"),
        ({"checklists": [FLOOD["checklists"][0] | {"points": [
            {"code": "p", "name": "p", "lon": 0, "lat": 0}]}]}, "checklists.points"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(running: TestClient, changed: dict[str, Any], field: str) -> None:
    answer = running.put(f"{HERE}/campaigns/odd", json=FLOOD | changed)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "odd" not in running.get(f"{HERE}/campaigns").text


def test_what_was_sent_while_it_ran_is_told_again_once_it_is_over(running: TestClient) -> None:
    today = str(datetime.now(ZoneInfo("Asia/Shanghai")).date())
    brief = FLOOD | {"since": today, "until": today, "cells": []}
    declared = running.put(f"{HERE}/campaigns/brief", json=brief, headers={"If-Match": '"0"'})
    assert declared.status_code == 200, declared.text
    body, key = {"lon": LON, "lat": LAT, "category": "brief.levee"}, {"Idempotency-Key": f"sent-{uuid4()}"}
    first = running.post(f"{HERE}/reports", json=body, headers=key)
    assert first.status_code == 201, first.text
    form = {"service_code": "brief.levee", "lat": LAT, "long": LON, "description": "x"}
    refused = running.post("/open311/xinhua/v2/requests.json", data=form)
    assert refused.status_code == 400, "what is told by no service is filed by none"
    assert running.post(f"{HERE}/campaigns/brief/end").status_code == 200
    ended, declared = running.get(f"{HERE}/audit/changes", params={"kind": "campaign", "item": "brief"}).json()[
        "changes"
    ]
    assert (declared["before"], ended["before"]["ended_at"]) == (None, None)
    again = running.post(f"{HERE}/reports", json=body, headers=key)
    assert again.json()["number"] == first.json()["number"]
    assert kind_of(running.post(f"{HERE}/reports", json=body)) == "unknown-category"
    seen = body | {"occurred_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
    late = running.post(
        f"{HERE}/reports", json=seen | {"occurred_at": receipt_of(first), "external_id": "found offline"}
    )
    assert (late.status_code, late.json()["campaign"]) == (201, "brief"), "seen while it ran, by staff"
    with_account = running.headers.pop("Authorization")
    assert kind_of(running.post(f"{HERE}/reports", json=seen)) == "unknown-category"
    running.headers["Authorization"] = with_account
    other = running.post(f"{HERE}/reports", json=body | {"description": "y"}, headers=key)
    assert kind_of(other) == "idempotency-conflict"


def test_one_that_has_run_its_time_is_not_taken_up_again(running: TestClient) -> None:
    now = datetime.now(UTC)
    past = FLOOD | {"since": str((now - timedelta(days=9)).date()), "until": str((now - timedelta(days=3)).date())}
    assert running.put(f"{HERE}/campaigns/past", json=past, headers={"If-Match": '"0"'}).json()["stage"] == "over"
    longer = past | {"until": str((now + timedelta(days=9)).date())}
    assert kind_of(running.put(f"{HERE}/campaigns/past", json=longer)) == "campaign-over"
    assert kind_of(running.post(f"{HERE}/campaigns/past/end")) == "campaign-over"


def test_reasons_are_the_true_ones(running: TestClient) -> None:
    about = {"lon": LON, "lat": LAT, "category": "fair.levee", "asset": "LD-1"}
    assert kind_of(running.post(f"{HERE}/reports", json=about)) == "wrong-asset"
    changed = running.put(f"{HERE}/categories/fair.levee", json={"name": {"en": "Levee"}})
    assert changed.json()["errors"][0]["kind"] == "category_of_campaign"
    assert kind_of(running.get(f"{HERE}/reports", params={"campaign": "nope"})) == "unknown-campaign"


def test_from_the_shell(running: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", url_of(running))
    file = tmp_path / "snow.toml"
    file.write_text(
        'name = { zh = "除雪", en = "Snow" }\nsince = 2098-01-01\nuntil = 2098-01-31\n'
        '[[categories]]\ncode = "ice"\nname = { zh = "结冰", en = "Ice" }\n'
        '[[checklists]]\ncode = "bridges"\nname = { zh = "桥梁", en = "Bridges" }\nlevel = "street"\n'
        '[[checklists.questions]]\ncode = "clear"\nname = { zh = "已清理", en = "Clear" }\n',
        encoding="utf-8",
    )

    def wangge(*words: str) -> Any:
        return CliRunner().invoke(build("campaign"), ["campaign", *words])

    assert wangge("start", "Snow 2026", str(file), "--territory", "xinhua").exit_code == 1
    good = file.read_text("utf-8")
    for text, field in ((good.replace("2098-01-31", "9" * 23), "until"), (f"odd = 1\n{good}", "odd"), ("[", "TOML")):
        file.write_text(text, "utf-8")
        refused = wangge("start", "snow", str(file), "--territory", "xinhua")
        assert isinstance(refused.exception, BadEntries)
        assert field in {one["field"] for one in refused.exception.facts["errors"]}
    file.write_text(good, "utf-8")
    started = wangge("start", "snow", str(file), "--territory", "xinhua")
    assert started.exit_code == 0, started.output
    assert "snow" in wangge("list", "--territory", "xinhua").output
    board = wangge("board", "snow", "--territory", "xinhua", "--json")
    assert [one["places"] for one in json.loads(board.output)["checklists"]] == [6]  # one of each street
    reports = tmp_path / "reports.csv"
    reports.write_text(
        f"lon,lat,category,occurred_at\n{LON},{LAT},snow.ice,2026-01-02T10:00:00+08:00\n", encoding="utf-8"
    )
    taken = CliRunner().invoke(
        build("reports"), ["reports", "import", str(reports), "--territory", "xinhua", "--add-categories"]
    )
    assert "snow.ice" in taken.output
    with connect(url_of(running)) as connection:
        assert connection.execute("SELECT FROM report WHERE category = 'snow.ice'").fetchone() is None
    assert wangge("end", "snow", "--territory", "xinhua").exit_code == 0
    assert wangge("end", "snow", "--territory", "xinhua").exit_code == 1


def test_a_time_that_has_no_date_in_the_zone_is_none_of_a_campaign() -> None:
    wet = Campaign("wet", {}, date(2026, 7, 1), date(2026, 7, 31))
    zone = ZoneInfo("America/New_York")
    assert not wet.ran(datetime(1, 1, 1, tzinfo=UTC), zone)
    days = [datetime(2026, 7, day, hour, tzinfo=UTC) for day, hour in ((1, 3), (1, 5), (31, 23))]
    assert [wet.ran(at, zone) for at in [*days, datetime(2026, 8, 1, 4, tzinfo=UTC)]] == [False, True, True, False]
