"""The demo at work: after the year it goes on, report by report and move by move, as the people of the territory would.

Every report goes in as any other, and every move is made by somebody who may, by the rules that hold for everybody.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from wangge.access.person import Person
from wangge.demo.courses import Filed
from wangge.demo.staff import Staff
from wangge.demo.today import words_of
from wangge.duty.officers import load_roster
from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.reports.case.actions import load_setting
from wangge.reports.case.case import Arguments, Case
from wangge.reports.case.docket import Docket
from wangge.reports.case.lifecycle import OPEN, State, TaskState
from wangge.reports.intake.submitting import Submission, submit
from wangge.store.engine import AsyncConnection

__all__ = ["Happened", "Player"]

SOURCE = "demo"
RESIDENT = "resident"
STEADY = 100
"""About so many cases stay open: when there are more, less comes in."""

RENEW = timedelta(minutes=1)
"""How long it is gone by the same desks, officers and rules, which somebody may change meanwhile."""

OPEN_CASES = """
SELECT id, received_at FROM report
WHERE territory_code = %(territory)s AND state = ANY (%(states)s) ORDER BY id
"""


class Happened(NamedTuple):
    """What was done: a move of a case, of which the filing is one, by somebody; `refused` says why it was not."""

    number: str
    move: str
    actor: str
    state: str
    refused: str | None = None


class _Act(NamedTuple):
    who: Person
    move: str
    arguments: Arguments


class Player:
    """Goes on with the cases of a territory.

    Parameters
    ----------
    year : from whose reports and words new ones are drawn.
    seed : the same seed over the same cases does the same.
    """

    def __init__(self, connection: AsyncConnection, grid: Grid, year: Sequence[Filed], seed: int) -> None:
        self._connection, self._grid, self._year = connection, grid, year
        self._words = words_of(year)
        self._notes = _notes(year)
        self._dice = Random(seed)  # noqa: S311 - a play
        self._renewed = datetime.min.replace(tzinfo=UTC)

    async def go_on(self, a_minute: float, ended: asyncio.Event, tell: Callable[[Happened], None]) -> None:
        """Do one thing after the other, about so many a minute, until `ended` is set."""
        while not ended.is_set():
            happened = await self.step()
            if happened is not None:
                tell(happened)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._dice.uniform(0.4, 1.6) * 60 / a_minute):
                        await ended.wait()

    async def step(self) -> Happened | None:
        """File one report, or make one move of one open case; None where nothing was to be done."""
        await self._renew()
        asked = {"territory": self._grid.territory, "states": sorted(OPEN - {State.RECEIVED})}
        keys = await (await self._connection.execute(OPEN_CASES, asked)).fetchall()
        if not keys or self._dice.random() < (0.12 if len(keys) < STEADY else 0.06):
            return await self._file()
        return await self._move(self._dice.choice(keys))

    async def _renew(self) -> None:
        now = datetime.now(UTC)
        if now - self._renewed > RENEW:
            self._setting = await load_setting(self._connection, self._grid)
            roster = await load_roster(self._connection, self._grid.territory)
            self._staff, self._renewed = Staff(roster.values(), self._setting), now

    async def _file(self) -> Happened:
        record = self._dice.choice(self._year).record
        lon, lat = (float(record[axis]) + self._dice.uniform(-2e-5, 2e-5) for axis in ("lon", "lat"))
        report = Submission(lon, lat, record["category"], description=record.get("description", ""))
        try:
            receipt, _ = await submit(self._connection, self._grid, report, source=SOURCE)
        except WanggeError as error:
            return Happened("", "receive", "", "", error.kind)
        return Happened(receipt.number, "receive", RESIDENT, State.ASSIGNED)

    async def _move(self, key: tuple[int, datetime]) -> Happened | None:
        now = datetime.now(UTC)
        async with self._connection.transaction():
            docket = await Docket.open(self._connection, self._setting, [key])
            case = docket.cases.get(key[0])
            act = self._next(case, now) if case is not None else None
            if case is None or act is None:
                return None
            try:
                docket.move(case, act.who, act.move, act.arguments, now)
                if act.move == "close":
                    docket.move(case, act.who, "answer", Arguments(note=self._note_of(case)), now)
            except WanggeError as error:
                return Happened(case.number, act.move, act.who.name, case.state, error.kind)
            await docket.save()
            return Happened(case.number, act.move, act.who.name, case.state)

    def _next(self, case: Case, now: datetime) -> _Act | None:
        """What somebody does next with a case; None when it is left to lie a little longer."""
        staff, luck = self._staff, self._dice.random()
        match case.state:
            case State.ASSIGNED if luck < 0.04:
                return self._act(staff.superior(case, now), "refuse", reason=self._say("refused"))
            case State.ASSIGNED:
                return self._act(staff.holder(case, now), "register")
            case State.REGISTERED if luck < 0.06 and case.level is not None:
                return self._act(staff.holder(case, now), "escalate", reason=self._say("called"))
            case State.REGISTERED:
                return self._act(staff.holder(case, now), "dispatch")
            case State.REPORTED if luck < 0.08:
                return self._act(staff.verifier(case, now), "reject", reason=self._say("rejected"))
            case State.REPORTED:
                return self._act(staff.verifier(case, now), "verify")
            case State.VERIFIED:
                return self._act(staff.superior(case, now), "close")
            case State.PARKED:
                return self._act(staff.superior(case, now), "resume") if luck < 0.1 else None
        return self._of_party(case, now, luck)

    def _of_party(self, case: Case, now: datetime, luck: float) -> _Act | None:
        """What a party of a case does next."""
        live = case.live()
        if not live:
            return None
        task = self._dice.choice(live)
        who = self._staff.handler(task, case, now)
        if luck < 0.03:
            return self._act(who, "return", task=task.id, reason=self._say("returned"))
        if luck < 0.05:
            return self._act(self._staff.superior(case, now), "park", reason=self._say("parked"))
        if task.state is TaskState.DISPATCHED:
            return self._act(who, "accept", task=task.id)
        if task.state is TaskState.ACCEPTED and luck < 0.6:
            return self._act(who, "start", task=task.id)
        note, photo = self._note_of(case), (f"照片-{case.number}-1",)
        return self._act(who, "report-back", task=task.id, note=note, evidence=photo)

    def _act(self, who: Person, move: str, **given: Any) -> _Act:
        return _Act(who, move, Arguments(**given))

    def _note_of(self, case: Case) -> str:
        return self._dice.choice(self._notes.get(case.category) or self._notes["other"])

    def _say(self, what: str) -> str:
        return self._dice.choice(self._words[what])


def _notes(year: Sequence[Filed]) -> Mapping[str, Sequence[str]]:
    """What is reported back, by category."""
    notes: dict[str, dict[str, None]] = {}
    for filed in year:
        notes.setdefault(filed.record["category"], {})[filed.course.note] = None
    return {category: tuple(said) for category, said in notes.items()}
