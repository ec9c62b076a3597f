"""Moves of cases on a real database: what they make of the row, the tasks and the history."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import clone
from tests.reports.town import POINTS, Town, build_town
from wangge.access.person import NotAllowed
from wangge.reports.bulk.batch import submit_batch
from wangge.reports.case.checking import contradictions
from wangge.reports.case.lifecycle import State
from wangge.reports.errors import BadArgument, MoveRefused, OutsideGrid, UnknownCategory, UnknownReport
from wangge.reports.policy.policy import Urgency
from wangge.store.engine import AsyncConnection
from wangge.store.postgres.cluster import Cluster
from wangge.store.versions import Stale

DONE = {"note": "repaired", "evidence": ("photo 1",)}


@pytest.fixture(scope="module")
def town(cluster: Cluster, migrated: str) -> Iterator[Town]:
    for url in clone(cluster, migrated):
        yield build_town(url)


@pytest.fixture
async def link(town: Town) -> AsyncIterator[AsyncConnection]:
    async with await town.connection() as connection:
        yield connection
    with town.reading() as connection:
        assert list(contradictions(connection)) == []


def row(town: Town, number: str, *columns: str) -> tuple[Any, ...]:
    report_id = int(number.split("-")[1])
    with town.reading() as connection:
        (found,) = connection.execute(f"SELECT {', '.join(columns)} FROM report WHERE id = %s", (report_id,))
    return found


def history(town: Town, number: str) -> list[tuple[Any, ...]]:
    report_id = int(number.split("-")[1])
    query = """SELECT move, state, actor, account_id, note, facts, version, at FROM report_event
               WHERE report_id = %s ORDER BY id"""
    with town.reading() as connection:
        return connection.execute(query, (report_id,)).fetchall()


def tasks(town: Town, number: str) -> list[tuple[Any, ...]]:
    report_id = int(number.split("-")[1])
    query = "SELECT organisation_id, desk_id, state, needed FROM report_task WHERE report_id = %s ORDER BY id"
    with town.reading() as connection:
        return connection.execute(query, (report_id,)).fetchall()


async def test_a_case_from_report_to_confirmation(town: Town, link: AsyncConnection) -> None:
    number = (await town.file(link)).number
    moved = await town.walk(
        link,
        number,
        ("officer A1", "register"),
        ("officer A1", "dispatch", {"parties": town.parties("power")}),
        ("power", "accept"),
        ("power", "start"),
        ("power", "report-back", DONE),
        ("street A", "verify"),
        ("street A", "close", {"note": "done"}),
        ("centre", "confirm"),
    )
    assert moved.case.state is State.CONFIRMED
    told = history(town, number)
    assert [(move, state) for move, state, *_ in told] == [
        ("receive", "received"),
        ("assign", "assigned"),
        ("register", "registered"),
        ("dispatch", "dispatched"),
        ("accept", "accepted"),
        ("start", "handling"),
        ("report-back", "reported"),
        ("verify", "verified"),
        ("close", "closed"),
        ("confirm", "confirmed"),
    ]
    assert [event[6] for event in told] == [1, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert [event[5].get("in_time") for event in told] == [None, None, True, True, None, None, True, True, True, None]
    assert [event[5].get("step") for event in told] == [
        None, "register", "dispatch", "handle", "handle", "handle", "verify", "close", None, None,
    ]  # fmt: skip
    assert told[6][2:5] == ("power", town.people["power"].account, "repaired")
    assert told[6][5]["evidence"] == ["photo 1"]
    version, step, due_at, alarm_at = row(town, number, "version", "step", "due_at", "alarm_at")
    assert (version, step, due_at, alarm_at) == (9, None, None, None)
    assert tasks(town, number) == [(town.organisations["power"], None, "reported", True)]


async def test_dispatch_without_parties_says_why_here(town: Town, link: AsyncConnection) -> None:
    number = (await town.file(link)).number
    await town.walk(link, number, ("centre", "register"), ("centre", "dispatch"))
    facts = history(town, number)[-1][5]
    assert facts["parties"][0]["desk"] == town.desks["A1"]
    assert facts["why"]["rule"] is None
    assert facts["why"]["cell"] == "A1"


class TestSeveralParties:
    async def test_the_case_is_handled_when_all_needed_ones_are(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link)).number
        parties = (*town.parties("power", "water"), *town.parties("A1", needed=False))
        await town.walk(link, number, ("centre", "register"), ("centre", "dispatch", {"parties": parties}))
        await town.walk(link, number, ("power", "accept"), ("power", "report-back", DONE))
        assert row(town, number, "state") == ("handling",)
        await town.walk(link, number, ("water", "accept"), ("water", "report-back", DONE))
        assert row(town, number, "state", "step") == ("reported", "verify")
        assert [task[2] for task in tasks(town, number)] == ["reported", "reported", "dispatched"]

    async def test_what_one_returns_is_the_desk_s_again_once_the_others_are_done(
        self, town: Town, link: AsyncConnection
    ) -> None:
        number = (await town.file(link)).number
        await town.walk(
            link,
            number,
            ("centre", "register"),
            ("centre", "dispatch", {"parties": town.parties("power", "water")}),
            ("power", "return", {"reason": "not ours"}),
        )
        assert row(town, number, "state", "step") == ("dispatched", "handle")
        await town.walk(link, number, ("water", "accept"), ("water", "report-back", DONE))
        assert row(town, number, "state", "step") == ("registered", "dispatch")
        await town.walk(
            link,
            number,
            ("centre", "dispatch", {"parties": town.parties("roads")}),
            ("roads", "accept"),
            ("roads", "report-back", DONE),
        )
        assert row(town, number, "state") == ("reported",)
        assert [task[2] for task in tasks(town, number)] == ["cancelled", "reported", "reported"]

    async def test_each_has_its_own_deadline_and_the_case_the_last_of_them(
        self, town: Town, link: AsyncConnection
    ) -> None:
        number = (await town.file(link)).number
        await town.walk(
            link,
            number,
            ("centre", "register"),
            ("centre", "dispatch", {"parties": town.parties("power", "water")}),
        )
        (before,) = row(town, number, "due_at")
        later = before + timedelta(days=3)
        await town.walk(link, number, ("water", "ask-extension", {"reason": "pipes", "until": later}))
        assert row(town, number, "due_at") == (before,)
        await town.walk(link, number, ("centre", "grant-extension"))
        assert row(town, number, "due_at") == (later,)
        assert history(town, number)[-1][5]["extended_to"] == later.isoformat()
        with town.reading() as connection:
            dues = connection.execute("SELECT due_at FROM report_task ORDER BY id DESC LIMIT 2").fetchall()
        assert dues == [(later,), (before,)]


class TestWhoMay:
    async def test_a_case_outside_one_s_cells_is_not_there(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link, "A1")).number
        for who in ("street B", "officer B1", "power"):
            with pytest.raises(UnknownReport):
                await town.move(link, who, number, "note", note="x")
        with pytest.raises(UnknownReport):
            await town.move(link, "centre", "202603-999999-9", "note", note="x")

    async def test_a_role_that_makes_no_such_move_is_told_what_it_may(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link)).number
        with pytest.raises(NotAllowed) as refused:
            await town.move(link, "assistant A1", number, "register")
        assert refused.value.facts["open"] == ["note"]
        with pytest.raises(NotAllowed):
            await town.move(link, "planner", number, "note", note="x")

    async def test_a_refused_move_says_what_is_open(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link)).number
        with pytest.raises(MoveRefused) as refused:
            await town.move(link, "street A", number, "close")
        assert refused.value.facts == {
            "move": "close",
            "state": "assigned",
            "why": "state",
            "open": [
                "register",
                "refuse",
                "merge",
                "transfer",
                "escalate",
                "park",
                "urge",
                "split",
                "relocate",
                "note",
                "answer",
            ],
        }

    async def test_nobody_verifies_what_they_handled(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link)).number
        await town.walk(
            link,
            number,
            ("officer A1", "register"),
            ("officer A1", "dispatch", {"parties": town.parties("A1")}),
            ("officer A1", "accept"),
            ("officer A1", "report-back", DONE),
        )
        with pytest.raises(MoveRefused) as refused:
            await town.move(link, "officer A1", number, "verify")
        assert refused.value.facts["why"] == "handler"
        await town.walk(link, number, ("street A", "verify"))

    async def test_a_case_that_rose_is_out_of_the_hands_of_those_below(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link)).number
        await town.walk(link, number, ("officer A1", "escalate", {"reason": "beyond my grid"}))
        assert row(town, number, "desk_id", "level") == (town.desks["A"], "street")
        with pytest.raises(NotAllowed):
            await town.move(link, "officer A1", number, "register")
        await town.walk(link, number, ("street A", "escalate", {"reason": "beyond us"}))
        assert row(town, number, "desk_id", "level") == (town.desks["centre"], None)
        with pytest.raises(MoveRefused) as refused:
            await town.move(link, "centre", number, "escalate", reason="higher")
        assert refused.value.facts["why"] == "at-the-top"
        assert history(town, number)[-1][5]["by"] == "hand"

    async def test_a_party_moves_its_own_task_only(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link)).number
        await town.walk(
            link,
            number,
            ("centre", "register"),
            ("centre", "dispatch", {"parties": town.parties("power", "water")}),
        )
        with town.reading() as connection:
            ((of_water,),) = connection.execute("SELECT max(id) FROM report_task")
        with pytest.raises(BadArgument):
            await town.move(link, "power", number, "accept", task=of_water)
        with pytest.raises(BadArgument) as unclear:  # a desk acts for either, and must say for which
            await town.move(link, "centre", number, "accept")
        assert unclear.value.facts == {"field": "task", "reason": "missing"}
        await town.move(link, "centre", number, "accept", task=of_water)
        assert [task[2] for task in tasks(town, number)] == ["dispatched", "accepted"]


async def test_a_stale_version_is_told(town: Town, link: AsyncConnection) -> None:
    number = (await town.file(link)).number
    await town.move(link, "centre", number, "register", if_match=1)
    with pytest.raises(Stale):
        await town.move(link, "centre", number, "dispatch", if_match=1)
    assert len(history(town, number)) == 3


class TestTime:
    async def test_parking_stops_the_clock(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link, urgency=Urgency.URGENT)).number
        await town.walk(
            link, number, ("centre", "register"), ("centre", "dispatch", {"parties": town.parties("power")})
        )
        due, since = row(town, number, "due_at", "level_since")
        await town.walk(link, number, ("centre", "park", {"reason": "no parts"}))
        assert row(town, number, "state", "alarm_at", "due_at") == ("parked", None, due)
        assert history(town, number)[-1][5]["due_at"] is None
        parked = town.now - timedelta(minutes=1)
        town.now += timedelta(days=9)
        resumed = town.now
        await town.walk(link, number, ("centre", "resume"))
        assert row(town, number, "state", "due_at", "level_since", "parked_at") == (
            "dispatched",
            due + (resumed - parked),
            since + (resumed - parked),
            None,
        )
        with town.reading() as connection:
            assert connection.execute("SELECT due_at FROM report_task ORDER BY id DESC LIMIT 1").fetchone() == (
                due + (resumed - parked),
            )

    async def test_what_is_late_is_said_to_be(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link, urgency=Urgency.URGENT)).number
        town.now += timedelta(minutes=11)
        await town.walk(
            link,
            number,
            ("centre", "register"),
            ("centre", "dispatch", {"parties": town.parties("power")}),
            ("power", "accept"),
        )
        town.now += timedelta(days=2)
        await town.walk(link, number, ("power", "report-back", DONE))
        assert [event[5].get("in_time") for event in history(town, number)[2:]] == [False, True, None, False]

    async def test_a_case_is_reopened_within_days_and_not_later(self, town: Town, link: AsyncConnection) -> None:
        done = [
            ("centre", "register"),
            ("centre", "dispatch", {"parties": town.parties("power")}),
            ("power", "accept"),
            ("power", "report-back", DONE),
            ("street A", "verify"),
            ("centre", "close"),
        ]
        number, other = (await town.file(link)).number, (await town.file(link)).number
        # the desk is the officer's: the centre stands above it
        await town.walk(link, number, *done)
        await town.walk(link, other, *done)
        town.now += timedelta(days=6)
        again = {"reason": "dark again", "same_parties": True}
        await town.walk(link, number, ("centre", "reopen", again))
        assert row(town, number, "state", "closed_at", "step") == ("dispatched", None, "handle")
        assert [task[2] for task in tasks(town, number)] == ["cancelled", "dispatched"]
        town.now += timedelta(days=2)
        with pytest.raises(MoveRefused) as refused:
            await town.move(link, "centre", other, "reopen", reason="dark again")
        assert refused.value.facts["why"] == "too-late"

    async def test_work_that_fails_verification_is_done_again(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link)).number
        await town.walk(
            link,
            number,
            ("centre", "register"),
            ("centre", "dispatch", {"parties": town.parties("power", "water")}),
            ("power", "accept"),
            ("power", "report-back", DONE),
            ("water", "accept"),
            ("water", "report-back", DONE),
            ("street A", "reject", {"reason": "still dark"}),
        )
        assert row(town, number, "state", "step") == ("handling", "handle")
        assert [task[2] for task in tasks(town, number)] == ["handling", "handling"]


class TestPlaceAndKin:
    async def test_relocating_finds_the_cell_anew_and_keeps_both(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link, "A1")).number
        moved = await town.move(link, "officer A1", number, "relocate", point=POINTS["B2"], reason="across the street")
        assert moved.case.cell == "B2"
        assert row(town, number, "desk_id", "level") == (town.desks["B2"], "grid")
        facts = history(town, number)[-1][5]
        assert (facts["from_cell"], facts["cell"], facts["from_desk"]) == ("A1", "B2", town.desks["A1"])
        with town.reading() as connection:
            kept = connection.execute(
                "SELECT c.code FROM report_assignment a JOIN cell c ON c.id = a.cell_id WHERE a.report_id = %s",
                (moved.case.id,),
            ).fetchall()
            lies = connection.execute(
                """SELECT c.code, ST_Covers(c.geom, r.geom) FROM report r JOIN cell c ON c.id = r.cell_id
                   WHERE r.id = %s""",
                (moved.case.id,),
            ).fetchone()
        assert (kept, lies) == ([("A1",)], ("B2", True))
        with pytest.raises(UnknownReport):
            await town.move(link, "officer A1", number, "note", note="still mine?")
        with pytest.raises(OutsideGrid):
            await town.move(link, "centre", number, "relocate", point=(116.0, 38.0), reason="far away")

    async def test_a_duplicate_goes_into_its_original_and_both_stay(self, town: Town, link: AsyncConnection) -> None:
        original, double = (await town.file(link)).number, (await town.file(link)).number
        await town.move(link, "street A", double, "merge", into=original)
        assert row(town, double, "state", "merged_into") == ("merged", int(original.split("-")[1]))
        assert history(town, double)[-1][5]["into"] == original
        move, state, *_, facts, version, _ = history(town, original)[-1]
        assert (move, state, facts["duplicate"], version) == ("note", "assigned", double, 2)
        for wrong in (double, "202603-000000-1", "x"):
            with pytest.raises(BadArgument):
                await town.move(link, "street A", original, "merge", into=wrong)

    async def test_a_child_case_begins_as_a_report_does(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link)).number
        await town.move(link, "street A", number, "split", description="and the wiring", category="wiring")
        child = history(town, number)[-1][5]["child"]
        assert [event[0] for event in history(town, child)] == ["receive", "assign"]
        assert history(town, child)[-1][5]["parent"] == number
        assert row(town, child, "category", "description", "state", "step", "desk_id", "parent_id") == (
            "wiring", "and the wiring", "assigned", "register", town.desks["A1"], int(number.split("-")[1]),
        )  # fmt: skip
        with pytest.raises(UnknownCategory):
            await town.move(link, "street A", number, "split", description="x", category="nothing")

    async def test_transfer_to_another_desk_and_to_another_party(self, town: Town, link: AsyncConnection) -> None:
        number = (await town.file(link)).number
        await town.walk(
            link,
            number,
            ("officer A1", "transfer", {"reason": "on leave", "desk": town.desks["A"]}),
            ("street A", "register"),
            ("street A", "dispatch", {"parties": town.parties("power")}),
            ("power", "accept"),
            ("street A", "transfer", {"reason": "water after all", "parties": town.parties("water")}),
        )
        assert row(town, number, "desk_id", "state") == (town.desks["A"], "dispatched")
        assert [task[2] for task in tasks(town, number)] == ["cancelled", "dispatched"]
        for wrong in (town.desks["B"], 10**9):
            with pytest.raises(BadArgument):
                await town.move(link, "street A", number, "transfer", reason="x", desk=wrong)


async def test_who_is_left_when_all_that_are_needed_gave_it_back_hands_nothing_on(
    town: Town, link: AsyncConnection
) -> None:
    number = (await town.file(link)).number
    helped = (*town.parties("power"), *town.parties("A", needed=False))
    await town.walk(
        link,
        number,
        ("centre", "register"),
        ("centre", "dispatch", {"parties": helped}),
        ("power", "return", {"reason": "not ours"}),
    )
    assert row(town, number, "state") == ("registered",)
    with pytest.raises(BadArgument) as refused:
        await town.move(link, "centre", number, "transfer", reason="x", parties=town.parties("water"))
    assert refused.value.facts["field"] == "task"
    await town.walk(link, number, ("centre", "dispatch", {"parties": town.parties("water")}))
    assert row(town, number, "state") == ("dispatched",)


async def test_a_party_that_is_not_there_gets_no_task(town: Town, link: AsyncConnection) -> None:
    number = (await town.file(link)).number
    await town.walk(link, number, ("centre", "register"))
    for parties in (
        town.parties("gone"),
        town.parties("B1"),
        town.parties("power", "power"),
        town.parties("power", needed=False),
    ):
        with pytest.raises(BadArgument):
            await town.move(link, "centre", number, "dispatch", parties=parties)
    assert tasks(town, number) == []


async def test_what_ends_a_case_cancels_its_tasks(town: Town, link: AsyncConnection) -> None:
    for who, name, given in (
        ("centre", "void", {"reason": "a trial"}),
        ("centre", "withdraw", {}),
    ):
        number = (await town.file(link)).number
        await town.walk(
            link,
            number,
            ("centre", "register"),
            ("centre", "dispatch", {"parties": town.parties("power")}),
            (who, name, given),
        )
        assert tasks(town, number)[0][2] == "cancelled"
        assert row(town, number, "step", "alarm_at") == (None, None)


async def test_what_a_move_needs_is_asked_for(town: Town, link: AsyncConnection) -> None:
    number = (await town.file(link)).number
    for name in ("refuse", "escalate", "park", "relocate", "split", "merge"):
        with pytest.raises(BadArgument) as missing:
            await town.move(link, "centre" if name != "escalate" else "officer A1", number, name)
        assert missing.value.facts["reason"] == "missing"
    assert len(history(town, number)) == 2


async def test_cases_of_a_batch_begin_as_single_ones_do(town: Town, link: AsyncConnection) -> None:
    lon, lat = POINTS["B1"]
    single = (await town.file(link, "B1")).number
    record = {"lon": lon, "lat": lat, "category": "lamp"}
    async with link.transaction():
        (answer,) = await submit_batch(link, town.grid, [record], now=town.now)
    assert answer.receipt is not None
    columns = ("state", "step", "due_at", "alarm_at", "desk_id", "level", "level_since", "urgency", "version")
    assert row(town, answer.receipt.number, *columns) == row(town, single, *columns)
    assert history(town, answer.receipt.number)[1][5] == history(town, single)[1][5]
    await town.walk(link, answer.receipt.number, ("officer B1", "register"))
