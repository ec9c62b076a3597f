"""Whatever anybody does, and whenever: no state outside the table, no event lost or doubled, clocks right.

Random people make random moves at random times on a real database, and the sweep passes in between.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.conftest import clone
from tests.reports.town import PEOPLE, POINTS, START, Town, build_town
from wangge.access.person import NotAllowed
from wangge.reports.case import actions
from wangge.reports.case.case import Case, PartyAsked
from wangge.reports.case.checking import contradictions
from wangge.reports.case.docket import Docket
from wangge.reports.case.lifecycle import OPEN, RUNNING, Kind, State
from wangge.reports.case.moves.carrying import Offer, offers
from wangge.reports.case.queries import CASE_COLUMNS
from wangge.reports.case.storing import read
from wangge.reports.case.table import MOVES
from wangge.reports.clock.settling import settle
from wangge.reports.clock.sweep import sweep
from wangge.reports.errors import BadArgument, MoveRefused, UnknownReport
from wangge.reports.number import parse_number
from wangge.reports.policy.policy import Urgency
from wangge.store.engine import Connection, connect
from wangge.store.postgres.cluster import Cluster

REFUSALS = (NotAllowed, MoveRefused, BadArgument, UnknownReport)
FORWARD = ("register", "dispatch", "accept", "return", "start", "report-back", "verify", "reject", "close", "reopen")
PARTIES = ("power", "water", "roads", "A1", "centre")


PHOTO = """
INSERT INTO photo (id, territory_code, owner, stored_at, width, height, likeness, digest)
VALUES (%s, 'town', '', now(), 1, 1, 0, '')
"""

SAMPLED: dict[Kind, list[Any]] = {
    Kind.CATEGORY: ["lamp", "wiring"],
    Kind.URGENCY: list(Urgency),
    Kind.FLAG: [False, True],
    Kind.ASSET: [None],  # the town has nothing that is numbered
}


class Life(RuleBasedStateMachine):
    """A town in which things happen."""

    town: Town
    watch: Connection  # sees what is committed
    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.link = self.runner.run(self._connect())
        self.town.now = START
        self.numbers: list[str] = []
        self.made: Counter[str] = Counter()  # events that must be there, by case number

    async def _connect(self) -> Any:
        return await self.town.connection()

    @initialize(cell=st.sampled_from(sorted(POINTS)), urgency=st.sampled_from(Urgency))
    def begin(self, cell: str, urgency: Urgency) -> None:
        self.setting = self.runner.run(actions.load_setting(self.link, self.town.grid))
        for _ in range(2):
            self.add(self.runner.run(self.town.file(self.link, cell, urgency=urgency)).number)

    @rule(minutes=st.sampled_from([1, 7, 60, 60 * 24, 60 * 24 * 4]))
    def wait(self, minutes: int) -> None:
        self.town.now += timedelta(minutes=minutes)

    @rule()
    def pass_by(self) -> None:
        foreseen = self.runner.run(self._settled_in_memory())
        swept = self.runner.run(sweep(self.link, self.town.now))
        assert self.runner.run(self._stored()) == foreseen
        again = self.runner.run(sweep(self.link, self.town.now))
        assert (again.warned, again.expired, again.risen) == (0, 0, 0)
        self.made["sweep"] += swept.warned + swept.expired + swept.risen

    async def _settled_in_memory(self) -> list[Any]:
        """What would be stored if the clock ran over the cases in memory instead; it is not."""
        async with self.link.transaction(force_rollback=True):
            keys = await (await self.link.execute("SELECT id, received_at FROM report")).fetchall()
            docket = await Docket.open(self.link, self.setting, keys)
            for case in docket.cases.values():
                if case.alarm_at is not None and case.alarm_at <= self.town.now:
                    settle(case, self.setting, self.town.now)
            await docket.save()
            return await self._stored()

    async def _stored(self) -> list[Any]:
        stored = await self.link.execute(
            f"""SELECT {", ".join(CASE_COLUMNS)}, (
                    SELECT jsonb_agg(jsonb_build_array(move, state, at, actor, facts, version) ORDER BY version)
                    FROM report_event WHERE report_id = report.id)
                FROM report ORDER BY id"""
        )
        return list(await stored.fetchall())

    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        """A move that is open to somebody, mostly one that carries a case on."""
        number = data.draw(st.sampled_from(self.numbers))
        case = self.case(number)
        found = [(who, name) for who in sorted(PEOPLE) for name in self.offers(who, case)]
        forward = [(who, name) for who, name in found if name in FORWARD]
        if found:
            kind = data.draw(st.sampled_from([forward, forward, forward, found]))
            who, name = data.draw(st.sampled_from(kind or found))
            self.move(data, who, number, name)

    go_on_again, and_again, and_on = (rule(data=st.data())(lambda self, data: self.go_on(data)) for _ in range(3))

    @rule(data=st.data(), who=st.sampled_from(sorted(PEOPLE)), name=st.sampled_from(sorted(MOVES)))
    def try_anything(self, data: st.DataObject, who: str, name: str) -> None:
        self.move(data, who, data.draw(st.sampled_from(self.numbers)), name)

    def case(self, number: str) -> Case:
        """A case as it stands."""
        key = parse_number(number)
        assert key is not None
        month, report_id = key
        (case,) = self.runner.run(read(self.link, "town", [(report_id, month)], lock=False))
        return case

    def offers(self, who: str, case: Case) -> dict[str, Offer]:
        """What is open to somebody."""
        return {offer.move.name: offer for offer in offers(case, self.town.people[who], self.setting, self.town.now)}

    def move(self, data: st.DataObject, who: str, number: str, name: str) -> None:
        available = self.offers(who, self.case(number))
        given = {
            need.name: self.draw(data, need.kind, number)
            for need in MOVES[name].needs
            if need.required or data.draw(st.booleans(), label=need.name)
        }
        if "task" in given:
            tasks = [task.id for task in available[name].tasks] if name in available else []
            given["task"] = data.draw(st.sampled_from(tasks or [1]))
        before = self.events(number)
        try:
            moved = self.runner.run(self.town.move(self.link, who, number, name, **given))
        except REFUSALS as error:
            refused = error
        else:
            assert name in available
            self.made[number] += 1
            if name == "merge":
                self.made[given["into"]] += 1
            if name == "split":
                self.add(self.events(moved.case.number)[-1]["facts"]["child"])
            return
        assert self.events(number) == before
        if isinstance(refused, MoveRefused):
            assert refused.facts["open"] == [offer for offer in MOVES if offer in available]

    def add(self, number: str) -> None:
        self.numbers.append(number)
        self.made[number] = 2

    def draw(self, data: st.DataObject, kind: Kind, number: str) -> Any:
        now = self.town.now
        party = st.tuples(st.sampled_from(PARTIES), st.sampled_from([True, True, False]))
        parties = st.lists(party, min_size=1, max_size=3, unique_by=lambda pair: pair[0])
        known = {**self.town.desks, **self.town.organisations}
        if kind in SAMPLED:
            return data.draw(st.sampled_from(SAMPLED[kind]))
        match kind:
            case Kind.PARTIES:
                return tuple(
                    PartyAsked(organisation=known[p], needed=n)
                    if p in self.town.organisations
                    else PartyAsked(desk=known[p], needed=n)
                    for p, n in data.draw(parties)
                )
            case Kind.TIME:
                return now + timedelta(hours=data.draw(st.sampled_from([-1, 5, 24 * 20])))
            case Kind.DESK:
                return data.draw(st.sampled_from(sorted(self.town.desks.values())))
            case Kind.CASE:
                return data.draw(st.sampled_from(self.numbers))
            case Kind.POINT:
                return data.draw(st.sampled_from(sorted(POINTS.values())))
            case Kind.SCORE:
                return data.draw(st.integers(1, 5))
            case Kind.TEXTS:
                return ("photo",)
            case Kind.PHOTOS:
                return (self.photo(),)
            case _:
                return "because"

    def photo(self) -> UUID:
        """A photo that was sent, and waits."""
        photo = uuid4()
        with self.town.reading() as connection:
            connection.execute(PHOTO, (photo,))
        return photo

    def events(self, number: str) -> list[dict[str, Any]]:
        query = """SELECT move, state, at, facts, version, actor FROM report_event WHERE report_id = %s ORDER BY id"""
        columns = ("move", "state", "at", "facts", "version", "actor")
        rows = self.watch.execute(query, (int(number.split("-")[1]),)).fetchall()
        return [dict(zip(columns, row, strict=True)) for row in rows]

    @invariant()
    def rows_are_what_events_say(self) -> None:
        assert list(contradictions(self.watch, 8)) == []

    def teardown(self) -> None:
        stored = 0
        for number in self.numbers:
            events = self.events(number)
            stored += len(events)
            assert (
                len([event for event in events if event["actor"] != "wangge"])
                + sum(event["actor"] == "wangge" and event["move"] in ("receive", "assign") for event in events)
                == self.made[number]
            )
            for before, after in pairwise(events):
                lawful(before, after)
            self.seen.update(event["move"] for event in events)
        assert stored == self.made.total()
        rows = self.watch.execute("SELECT state, step, alarm_at, due_at FROM report").fetchall()
        for state, step, alarm_at, due_at in rows:
            assert (step is None) <= (due_at is None)
            assert (alarm_at is not None) <= (State(state) in RUNNING)
            assert (step is not None) == (State(state) in OPEN)
        with self.town.reading() as connection:
            connection.execute("DELETE FROM photo")
            connection.execute("DELETE FROM report_task")
            connection.execute("ALTER TABLE report_event DISABLE TRIGGER append_only")
            connection.execute("ALTER TABLE report_assignment DISABLE TRIGGER append_only")
            for table in ("report_event", "report_assignment", "report_facts", "report_facts_past", "report"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("ALTER TABLE report_event ENABLE TRIGGER append_only")
            connection.execute("ALTER TABLE report_assignment ENABLE TRIGGER append_only")
        self.runner.run(self.link.close())
        self.runner.close()


def lawful(before: dict[str, Any], after: dict[str, Any]) -> None:
    """One event may follow another: by the table, in the order of versions, and its word on time is true."""
    move = MOVES[after["move"]]
    assert State(before["state"]) in move.sources
    assert State(after["state"]) in move.leads(State(before["state"]))
    assert after["version"] == before["version"] + (after["move"] != "assign")
    assert after["at"] >= before["at"]
    if (kept := after["facts"].get("in_time")) is not None:
        due = before["facts"]["due_at"]
        assert kept == (after["at"] <= datetime.fromisoformat(due)), "what has no limit is not judged"
        assert move.ends == before["facts"]["step"]


@pytest.fixture(scope="module")
def town(cluster: Cluster, migrated: str) -> Iterator[Town]:
    for url in clone(cluster, migrated):
        yield build_town(url)


def test_any_life_of_cases_is_lawful(town: Town) -> None:
    Life.town, Life.seen = town, Counter()
    with connect(town.url, autocommit=True) as Life.watch:
        run_state_machine_as_test(
            Life,
            settings=settings(
                max_examples=30,
                stateful_step_count=50,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert {"register", "dispatch", "report-back"} <= Life.seen.keys(), Life.seen
    assert len(Life.seen) > 12, Life.seen
