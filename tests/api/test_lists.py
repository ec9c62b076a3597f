"""Lists of work: every case is found, in the order of its deadline, by what is asked for and by whoever may see it."""

import json
from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import httpx2
import pytest
import shapely
from fastapi.testclient import TestClient

from tests.api.test_moves import move
from tests.conftest import LOCAL, clone
from tests.people import signed_in
from wangge.access import scope as scopes
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.api.plumbing.pages import encode_cursor
from wangge.geo.grid import Grid
from wangge.reports.listing import filters
from wangge.reports.number import format_number
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
PAST = "UPDATE report SET due_at = now() - interval '1 hour' * %s, overdue = true WHERE id = %s"
COMPANY = """
INSERT INTO organisation (territory_code, code, name, type)
VALUES ('xinhua', 'power', '{"en": "Power", "zh": "电力"}', 'company') RETURNING id
"""


class World:
    """A dozen cases in two base grids of different streets, in all the ways in which cases stand."""

    def __init__(self, running: TestClient, url: str, grid: Grid) -> None:
        self.url, self._running = url, running
        self.here = grid.leaves[0]
        self.there = next(leaf for leaf in grid.leaves if leaf.path[0] != self.here.path[0])
        with connect(url) as connection:
            connection.execute(
                "INSERT INTO organisation_type (territory_code, code, name) VALUES ('xinhua', 'company', '{}')"
            )
            self.power = (connection.execute(COMPANY).fetchone() or (0,))[0]
        self.centre = self.client(Role.CENTRE)
        self.numbers: dict[str, str] = {}
        for name in (
            "late",
            "later",
            "soon",
            "parked",
            "undated",
            "refused",
            "closed",
            "back",
            "again",
            "anew",
            "sent",
        ):
            self._file(name, self.here)
        self._file("far", self.there, urgency="urgent", category="lamp")
        self._move("parked", "park", reason="ice")
        self._move("refused", "refuse", reason="not ours")
        for name in ("closed", "back", "again", "anew", "sent"):
            self._move(name, "register")
            self._move(name, "dispatch", parties=[{"organisation": self.power}])
        self.party = self.client(Role.ORGANISATION, organisation=self.power)
        for name in ("back", "anew"):
            self._move(name, "return", self.party, reason="not ours")
        self._move("anew", "dispatch", parties=[{"organisation": self.power}])
        for name in ("closed", "again"):
            self._move(name, "accept", self.party)
            self._move(name, "report-back", self.party, note="done")
        self._move("again", "reject", reason="it is still there")
        self._move("closed", "verify")
        self._move("closed", "close")
        with connect(url) as connection:
            connection.execute(PAST, (2, self.id("late")))
            connection.execute(PAST, (1, self.id("later")))
            connection.execute("UPDATE report SET nearly_due = true WHERE id = %s", (self.id("soon"),))
            connection.execute("UPDATE report SET due_at = NULL WHERE id = %s", (self.id("undated"),))
            connection.execute("ANALYZE report")

    def _file(self, name: str, leaf: Any, **changed: Any) -> None:
        point = leaf.geometry.representative_point()
        body = {"lon": point.x, "lat": point.y, "category": "wiring", "description": name} | changed
        answer = self.centre.post(f"{HERE}/reports", json=body)
        assert answer.status_code == 201, answer.text
        self.numbers[name] = answer.json()["number"]

    def _move(self, name: str, what: str, who: TestClient | None = None, **given: Any) -> None:
        answer = move(who or self.centre, self.numbers[name], what, **given)
        assert answer.status_code == 200, answer.text

    def id(self, name: str) -> int:
        return int(self.numbers[name].split("-")[1])

    def client(
        self, role: Role, level: str | None = None, code: str | None = None, organisation: int | None = None
    ) -> TestClient:
        client = copy(self._running)
        client.headers = dict(self._running.headers)
        return signed_in(client, self.url, [Grant(role, "xinhua", level, code, organisation)])

    def officer(self, leaf: Any) -> TestClient:
        return self.client(Role.OFFICER, "grid", leaf.code)

    def listed(self, query: str, who: TestClient | None = None, step: int = 100) -> list[str]:
        """Names of the cases of all pages of a list, in its order."""
        names = {number: name for name, number in self.numbers.items()}
        found, url = list[str](), f"{HERE}/reports?limit={step}&{query}"
        while url:
            page = (who or self.centre).get(url)
            assert page.status_code == 200, page.text
            found += [names[row["number"]] for row in page.json()["reports"]]
            url = next((link["href"] for link in page.json()["links"] if link["rel"] == "next"), "")
        return found


@pytest.fixture(scope="module")
def world(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    for url in clone(cluster, furnished):
        settings = Settings(database_url=url, home=tmp_path_factory.mktemp("home"), columns_s=0, sweep_s=0, release_s=0)
        settings = settings.model_copy(update={"contact_rate": "20/minute"})
        with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
            with connect(url) as connection:
                grid = load_grid(connection, "xinhua")
            yield World(client, url, grid)


def test_the_most_pressing_come_first_however_the_pages_are_cut(world: World) -> None:
    whole = world.listed("sort=due")
    assert whole[:2] == ["late", "later"]
    assert whole[-4:-2] == ["parked", "undated"], "the clock of a parked case stands"
    assert whole[-2:] == ["closed", "refused"], "what has ended comes last, the newest first"
    assert sorted(whole) == sorted(world.numbers)
    for step in (1, 2, 3, 5):
        assert world.listed("sort=due", step=step) == whole
    assert world.listed("sort=newest", step=2) == list(world.numbers)[::-1]
    assert world.listed("sort=due&open=true", step=3) == whole[:-2]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("overdue=true", {"late", "later"}),
        ("nearly_due=true", {"soon"}),
        ("parked=true", {"parked"}),
        ("returned=true", {"back", "again"}),
        ("state=closed&state=refused", {"closed", "refused"}),
        ("state=parked&category=lamp", set()),
        ("category=lamp&category=wiring&urgency=urgent", {"far"}),
        ("urgency=urgent&urgency=normal&overdue=true", {"late", "later"}),
        ("group=safety&overdue=true", {"late", "later"}),
        ("closed_since=2020-01-01", {"closed"}),
        ("closed_since=2999-01-01", set()),
        ("updated_since=2999-01-01", set()),
        ("mine=true", set()),
        ("overdue=true&nearly_due=true", set()),
    ],
)
@pytest.mark.parametrize("sort", ["newest", "due"])
def test_filters_leave_what_they_say(world: World, query: str, names: set[str], sort: str) -> None:
    assert set(world.listed(f"{query}&sort={sort}", step=1)) == names


@pytest.mark.parametrize("query", ["", "open=true", "state=parked", "category=lamp", "mine=true&open=true"])
def test_the_counts_are_those_of_the_lists(world: World, query: str) -> None:
    for who in (world.centre, world.party, world.officer(world.there)):
        counted = who.get(f"{HERE}/reports/summary?{query}", headers={"Accept-Language": "zh"}).json()
        assert counted["total"] == len(world.listed(query, who))
        for flag in ("open", "overdue", "nearly_due", "parked", "returned"):
            narrowed = query if f"{flag}=" in query else f"{query}&{flag}=true"
            assert counted[flag] == len(world.listed(narrowed, who)), flag
        if "state=" not in query:
            for entry in counted["by_state"]:
                listed = world.listed(f"{query}&state={entry['state']}", who)
                assert (entry["count"], entry["title"].isascii()) == (len(listed), False)
        assert sum(entry["count"] for entry in counted["by_state"]) == counted["total"]
        assert sum(entry["count"] for entry in counted["by_category"]) == counted["total"]


def test_a_summary_is_refused_what_a_list_is(world: World) -> None:
    for query, status in (("category=kites", 422), ("sort=due", 400), ("state=filed", 422), ("limit=5", 400)):
        assert world.centre.get(f"{HERE}/reports/summary?{query}").status_code == status


def test_a_cell_holds_its_own(world: World) -> None:
    street = world.there.path[0]
    assert world.listed(f"cell={street}&level=street") == ["far"]
    assert world.listed(f"cell={world.there.code}&sort=due") == ["far"]


def test_mine_is_what_lies_on_my_desk_or_is_my_task(world: World) -> None:
    assert world.listed("mine=true&open=true", world.party, 1) == ["sent", "anew", "again"]
    assert world.listed("mine=true", world.officer(world.there)) == ["far"]
    here = world.listed("mine=true&sort=due&open=true", world.officer(world.here))
    assert here == world.listed("sort=due&open=true", world.officer(world.here))
    street = world.client(Role.STREET_DESK, "street", world.here.path[0])
    assert len(world.listed("", street)) > 0
    assert world.listed("mine=true", street) == [], "what lies on the desks below is not the street's own"
    assert world.listed("mine=true", world.client(Role.AUDITOR)) == []


def test_everybody_is_shown_their_own_cells_alone(world: World) -> None:
    there, here = world.officer(world.there), world.officer(world.here)
    for query in ("", "sort=due", "urgency=urgent", "open=true&sort=due", "category=lamp&category=wiring"):
        assert "far" not in world.listed(query, here)
        assert set(world.listed(query, there)) == {"far"}
    assert world.listed("overdue=true&sort=due", there) == []


def test_a_row_says_who_has_the_case_and_how_it_stands(world: World) -> None:
    row = world.centre.get(f"{HERE}/reports?urgency=urgent", headers={"Accept-Language": "zh"}).json()["reports"][0]
    assert (row["state_title"], row["returned"], row["parked_at"]) == ("已分派", False, None)
    holder = row["holder"]
    assert (holder["level"], holder["code"], holder["name"]["zh"]) == ("grid", world.there.code, world.there.name)
    back = world.centre.get(f"{HERE}/reports?returned=true", headers={"Accept-Language": "en"}).json()["reports"]
    assert [(one["returned"], one["state_title"]) for one in back] == [(True, "In hand"), (True, "Registered")]


@pytest.mark.parametrize(
    ("query", "kind", "field"),
    [
        ("sort=oldest", "bad-field", "sort"),
        ("state=filed", "bad-field", "state"),
        ("urgency=now", "bad-field", "urgency"),
        ("overdue=perhaps", "bad-field", "overdue"),
        ("closed_since=yesterday", "bad-field", "closed_since"),
        ("cell=nowhere", "bad-field", "cell"),
        ("cell=130902&level=planet", "bad-field", "level"),
        ("level=street", "bad-field", "cell"),
        ("category=kites", "unknown-category", None),
        ("group=kites", "unknown-group", None),
        ("overdue=true&overdue=false", "bad-query", "overdue"),
        ("over_due=true", "bad-query", "over_due"),
        ("weekday=8", "bad-field", "weekday"),
        ("hour=24", "bad-field", "hour"),
        ("area=116,38;117,39", "bad-field", "area"),
        ("area=116,38;117,39;117,38;116,39", "bad-field", "area"),  # its sides cross
        ("area=116,38;nan,39;117,38", "bad-field", "area"),
        ("area=116,38,1;117,39,1;117,38,1", "bad-field", "area"),
        ("area=everywhere", "bad-field", "area"),
        ("&".join(["category=lamp"] * 41), "bad-field", "category"),
        ("sort=due&cursor=MTcwMDAwMDAwMDAwMDAwMC41", "bad-field", "cursor"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_cannot_be_asked_is_refused(world: World, query: str, kind: str, field: str | None, language: str) -> None:
    answer = world.centre.get(f"{HERE}/reports?{query}", headers={"Accept-Language": language})
    assert answer.status_code in (400, 422)
    problem = answer.json()
    assert problem["type"] == f"/problems/{kind}"
    if field is not None:
        assert [error["field"] for error in problem["errors"]] == [field]
    chinese = any("一" <= letter <= "鿿" for letter in problem["title"])
    assert chinese is (language == "zh")


def test_a_cursor_is_of_one_order(world: World) -> None:
    page = world.centre.get(f"{HERE}/reports?sort=due&limit=1").json()
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    refused = world.centre.get(following.replace("sort=due", "sort=newest"))
    assert (refused.status_code, refused.json()["errors"][0]["kind"]) == (422, "cursor")


WORDS = {
    "late": "楼道内飞线充电，电瓶车较多",
    "later": "路灯不亮 ＬＥＤ 灯 12号楼",
    "soon": "Street Lamp out near 100% building_7",
    "far": "路灯不亮，路口很黑",
    "closed": "井盖破损，已经三天了",
}


@pytest.fixture(scope="module")
def wordy(world: World) -> World:
    """The same with words in some descriptions, put there as intake does, and with contacts."""
    with connect(world.url) as connection:
        for name, words in WORDS.items():
            connection.execute("UPDATE report SET description = %s WHERE id = %s", (words, world.id(name)))
            connection.execute(
                """UPDATE report_words SET grams = words_grams(%s) || digits_grams(case_digits(received_at, report_id))
                   WHERE report_id = %s""",
                (words, world.id(name)),
            )
        for name, phone in (("late", "+86 138 0000 0000"), ("far", "13800000000"), ("soon", "0317-5550199")):
            connection.execute(
                "INSERT INTO report_contact (report_id, report_received_at, phone)"
                " SELECT id, received_at, %s FROM report WHERE id = %s",
                (phone, world.id(name)),
            )
    return world


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("飞线", {"late"}),
        ("路灯", {"later", "far"}),
        ("路灯 很黑", {"far"}),
        ("灯 路灯", {"later", "far"}),
        ("路灯\u3000不亮", {"later", "far"}),
        ("led", {"later"}),
        ("１２号楼", {"later"}),
        ("street lamp", {"soon"}),
        ("LAMP", {"soon"}),
        ("100%", {"soon"}),
        ("0% b", {"soon"}),
        ("g_7", {"soon"}),
        ("%%", set()),
        ("__", set()),
        ("\\\\", set()),
        ("黑很", set()),
        ("路灯 井盖", set()),
        ("三天", {"closed"}),
    ],
)
@pytest.mark.parametrize("sort", ["newest", "due"])
def test_words_are_found_in_any_writing(wordy: World, words: str, names: set[str], sort: str) -> None:
    assert set(wordy.listed(str(httpx2.QueryParams({"q": words, "sort": sort})), step=1)) == names


def test_a_case_is_found_by_its_number_or_a_part_of_it(wordy: World) -> None:
    number = wordy.numbers["refused"]
    month, running, check = number.split("-")
    for part in (number, number.replace("-", ""), f"{running}-{check}", running, f"{month}-{running}", f" {number} "):
        assert wordy.listed(f"q={part}") == ["refused"], part
    assert wordy.listed(f"q={wordy.id('refused'):02d}") == ["refused"]
    assert set(wordy.listed(f"q={month}")) == set(wordy.numbers), "the month alone is a part of every number"
    wrong = str((int(check) + 1) % 10)
    assert wordy.listed(f"q={month}-{running}-{wrong}") == []
    assert wordy.listed(f"q={number}", wordy.officer(wordy.there)) == []


def test_the_names_of_a_place_are_words_too(
    wordy: World,
) -> None:
    with connect(wordy.url) as connection:
        grid = load_grid(connection, "xinhua")
    street = grid.ancestors(wordy.there)[0]
    assert wordy.listed(f"q={street.name}") == ["far"]
    assert wordy.listed(f"q={street.name} 路灯&sort=due") == ["far"]
    assert wordy.listed(f"q={wordy.there.name} 井盖") == []
    assert wordy.listed(f"q={street.name}", wordy.officer(wordy.here)) == []


def test_a_search_goes_with_filters_counts_and_pages(wordy: World) -> None:
    assert wordy.listed("q=路灯&category=lamp") == ["far"]
    assert wordy.listed("q=路灯&overdue=true&sort=due") == ["later"]
    assert wordy.listed("q=路灯&open=true&mine=true", wordy.officer(wordy.there)) == ["far"]
    counted = wordy.centre.get(f"{HERE}/reports/summary?q=路灯").json()
    assert (counted["total"], counted["overdue"]) == (2, 1)
    assert wordy.centre.get(f"{HERE}/reports/summary?q=井盖").json()["by_state"][0]["state"] == "closed"


@pytest.mark.parametrize("sort", ["newest", "due"])
def test_whatever_leads_to_them_the_same_cases_are_listed(
    wordy: World, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An organisation with many tasks, and words that many cases have, are gone about in other ways than few."""
    people = (wordy.party, wordy.client(Role.STREET_DESK, "street", wordy.there.path[0]))
    queries = (
        *("", "open=true", "state=closed&state=refused", "q=路灯", "q=井盖 三天", "q=三天&open=true"),
        f"q={wordy.numbers['sent']}&to=2999-01-01",
    )

    def found() -> list[Any]:
        lists = [wordy.listed(f"{query}&sort={sort}", who, 3) for query in queries for who in people]
        return [*lists, *(who.get(f"{HERE}/reports/summary?{query}").json() for query in queries for who in people)]

    usual = found()
    assert usual[0], "the party has cases"
    monkeypatch.setattr(scopes, "MANY_CASES", 0)
    assert found() == usual, "many tasks"
    monkeypatch.setattr(filters, "MOST_KEYS", -1)
    assert found() == usual, "many tasks, and words that many cases have"


@pytest.mark.parametrize("moment", ["0001-01-02", "9999-12-29"])
def test_the_ends_of_time_are_no_trouble_to_a_search(wordy: World, moment: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    cursor = encode_cursor(at, 2**62)
    for query in (f"q=路灯&to={moment}", f"q=路灯&from={moment}", f"q=路灯&cursor={cursor}", f"cursor={cursor}"):
        assert wordy.centre.get(f"{HERE}/reports?{query}").status_code == 200, query


def test_a_search_tells_nothing_of_what_lies_elsewhere(wordy: World) -> None:
    officer, desk = wordy.officer(wordy.here), wordy.client(Role.STREET_DESK, "street", wordy.here.path[0])
    for who in (officer, desk):
        assert wordy.listed("q=路灯", who) == ["later"]
        assert who.get(f"{HERE}/reports/summary?q=很黑").json()["total"] == 0
        assert wordy.listed(f"q={wordy.numbers['far']}", who) == []


def test_a_telephone_number_is_looked_for_by_those_who_may_and_is_on_record(wordy: World) -> None:
    def readings() -> list[tuple[int, str, str]]:
        with connect(wordy.url) as connection:
            return connection.execute("SELECT report_id, reader, reason FROM contact_read ORDER BY id").fetchall()

    before = readings()
    for role in (Role.PLANNER, Role.AUDITOR, Role.ADMINISTRATOR):
        assert wordy.listed("q=13800000000", wordy.client(role)) == []
    assert wordy.listed("q=13800000000", wordy.party) == []
    assert readings() == before, "whoever may not read contacts has read none"
    for q in ("13800000000", "%2B86 138-0000-0000", "008613800000000"):
        assert set(wordy.listed(f"q={q}")) == {"late", "far"}, q
    assert wordy.listed("q=(0317) 5550199") == ["soon"]
    told = readings()[len(before) :]
    assert [report for report, *_ in told] == [wordy.id("far"), wordy.id("late")] * 3 + [wordy.id("soon")]
    assert {reason for _, _, reason in told} == {"looked for by telephone number"}
    officer = wordy.officer(wordy.there)
    assert wordy.listed("q=13800000000", officer) == ["far"]
    assert officer.get(f"{HERE}/reports/summary?q=13800000000").json()["total"] == 1
    assert [report for report, *_ in readings()[len(before) + len(told) :]] == [wordy.id("far")] * 2
    for part in ("1380000", "3800000000", "0000000", "138000000000", "5550199"):
        assert wordy.listed(f"q={part}") == [], "no part of a number is enough"


def test_how_often_numbers_are_tried_is_limited(wordy: World) -> None:
    officer = wordy.officer(wordy.there)
    answers = [officer.get(f"{HERE}/reports/summary?q=1391234{n:04d}").status_code for n in range(21)]
    assert answers == [200] * 20 + [429]
    assert officer.get(f"{HERE}/reports?q=路灯").status_code == 200


@pytest.mark.parametrize("q", ["灯", "a b c", "一 二 三 四 五 六 七", "路" * 201, "路%00灯"])
def test_what_cannot_be_looked_for_is_refused(wordy: World, q: str) -> None:
    for path in ("reports", "reports/summary"):
        answer = wordy.centre.get(f"{HERE}/{path}?q={q}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "q")


def test_numbers_are_written_alike_by_the_program_and_the_database(wordy: World) -> None:
    moments = [datetime(2025, 12, 31, 23, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)]
    with connect(wordy.url) as connection:
        for moment in moments:
            for report_id in (1, 123, 999_999, 1_000_000, 123_456_789_012):
                row = connection.execute("SELECT case_digits(%s, %s)", (moment, report_id)).fetchone()
                assert row == (format_number(moment, report_id).replace("-", ""),)


def test_what_was_there_before_lists_were_is_in_them(wordy: World) -> None:
    """What the migrations make of cases from before is what the program has made of these."""
    lists, words = (import_module(f"wangge.migrations.versions.{name}") for name in ("0019_lists", "0020_words"))
    returned = "SELECT id FROM report WHERE returned ORDER BY id"
    kept = "SELECT report_id, received_at, grams FROM report_words ORDER BY report_id"
    with connect(wordy.url) as connection:
        before = [connection.execute(query).fetchall() for query in (returned, kept)]
        connection.execute("UPDATE report SET returned = false; DELETE FROM report_words; DROP TRIGGER words ON report")
        connection.execute(lists.RETURNED)
        connection.execute(words.STORED)
        assert [connection.execute(query).fetchall() for query in (returned, kept)] == before
        connection.rollback()


def test_reports_are_found_however_they_came_in(wordy: World) -> None:
    ((lon, lat),) = shapely.get_coordinates(shapely.point_on_surface(wordy.here.geometry)).tolist()
    lines = [{"lon": lon, "lat": lat, "category": "lamp", "description": f"整批 {n}"} for n in range(3)]
    content = "\n".join(json.dumps(line) for line in lines)
    headers = {"Content-Type": "application/x-ndjson"}
    assert wordy.centre.post(f"{HERE}/reports:batch", content=content, headers=headers).json()["stored"] == 3
    first = wordy.numbers["later"]
    assert move(wordy.centre, first, "split", description="分出的一件").status_code == 200
    for words, count in (("整批", 3), ("分出", 1)):
        assert wordy.centre.get(f"{HERE}/reports/summary?q={words}").json()["total"] == count
