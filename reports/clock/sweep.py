"""The sweep: cases whose time has come are marked nearly due or overdue, and rise along the grid, each exactly once.

Any number of workers may sweep at the same time: whoever locks a case first settles it, and the others pass it by. A
batch is one transaction, so a worker that dies in the middle leaves nothing half done and loses nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from wangge.duty.routing import Place
from wangge.reports.clock import queries
from wangge.reports.clock.alarms import Desk, Outcome, Watched, above, next_alarm, ring
from wangge.reports.clock.settling import ACTOR
from wangge.reports.policy.policies import FRESH_S, forget, load_policy
from wangge.store.engine import AsyncConnection

__all__ = ["Swept", "apply_policies", "sweep"]

BATCH = 2000

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many cases were looked at, and what became of them."""

    looked: int = 0
    warned: int = 0
    expired: int = 0
    risen: int = 0


async def sweep(connection: AsyncConnection, now: datetime | None = None, *, batch: int = BATCH) -> Swept:
    """Settle every case whose alarm has come.

    Parameters
    ----------
    connection : in autocommit; every batch is a transaction of its own.
    now : the moment that the sweep is of; the present one when left out.
    batch : most cases in one transaction.
    """
    now = now or datetime.now(UTC)
    places, counts = _Places(), Counter[str]()
    since = _LONG_AGO
    while True:
        async with connection.transaction():
            found = await _due(connection, since, now, batch)
            outcomes = await _outcomes(connection, found, now, places)
            await _store(connection, outcomes, now)
        counts.update(move for outcome in outcomes for move, _ in outcome.events())
        counts["looked"] += len(found)
        if len(found) < batch:
            return Swept(counts["looked"], counts["warn"], counts["expire"], counts["escalate"])
        since = found[-1].alarm_at or since  # what lies before is settled; its traces need not be passed again


async def apply_policies(connection: AsyncConnection, *, settled: timedelta | None = None, batch: int = BATCH) -> int:
    """Set the alarms of running cases by policies that were changed; how many cases have another alarm now.

    Deadlines stay as they were promised: what changes is when a case is nearly due, and when it rises.

    Parameters
    ----------
    settled : how long ago the change must lie; by default, until no server has the former policy in memory.
    """
    settled = timedelta(seconds=2 * FRESH_S) if settled is None else settled
    changed = await (await connection.execute(queries.CHANGED_POLICIES, {"settled": settled})).fetchall()
    moved = 0
    for territory, revision in changed:
        forget(connection, territory)
        moved += await _apply(connection, territory, batch)
        await connection.execute(queries.POLICY_APPLIED, {"territory": territory, "revision": revision})
    return moved


async def _apply(connection: AsyncConnection, territory: str, batch: int) -> int:
    moved, after = 0, {"territory": territory, "received_at": _NEVER, "id": 0, "limit": batch}
    while True:
        async with connection.transaction():
            rows = await (await connection.execute(queries.RUNNING_CASES, after)).fetchall()
            cases = [Watched(*row) for row in rows]
            policy = await load_policy(connection, territory)
            found = [(case, next_alarm(case, policy)) for case in cases]
            changed = [(case, alarm) for case, alarm in found if alarm != case.alarm_at]
            if changed:
                columns = zip(*((case.id, case.received_at, alarm) for case, alarm in changed), strict=True)
                parameters = dict(zip(("id", "received_at", "alarm_at"), map(list, columns), strict=True))
                await connection.execute(queries.SET_ALARMS, parameters)
        moved += len(changed)
        if len(cases) < batch:
            return moved
        after |= {"received_at": cases[-1].received_at, "id": cases[-1].id}


async def _due(connection: AsyncConnection, since: datetime, now: datetime, limit: int) -> list[Watched]:
    parameters = {"since": since, "now": now, "limit": limit}
    return [Watched(*row) for row in await (await connection.execute(queries.DUE_CASES, parameters)).fetchall()]


async def _outcomes(
    connection: AsyncConnection, cases: Sequence[Watched], now: datetime, places: "_Places"
) -> list[Outcome]:
    await places.learn(connection, cases)
    policies = {territory: await load_policy(connection, territory) for territory in {c.territory for c in cases}}
    return [ring(case, policies[case.territory], now, places.above(case)) for case in cases]


async def _store(connection: AsyncConnection, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Change the rows of a batch and append its events."""
    months: defaultdict[datetime, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        received = outcome.case.received_at.astimezone(UTC)
        months[datetime(received.year, received.month, 1, tzinfo=UTC)].append(outcome)
    for month, some in months.items():
        following = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
        await connection.execute(queries.MARK_CASES, _changes(some) | {"month": month, "next": following, "now": now})
    events = _events(outcomes)
    if events["id"]:
        await connection.execute(queries.APPEND_EVENTS, events | {"now": now, "actor": ACTOR})
        await connection.execute(queries.BUMP_REVISIONS, {"territories": sorted(set(events["territory"]))})


def _changes(outcomes: Iterable[Outcome]) -> dict[str, list[Any]]:
    columns: defaultdict[str, list[Any]] = defaultdict(list)
    for outcome in outcomes:
        risen = outcome.risen
        columns["id"].append(outcome.case.id)
        columns["received_at"].append(outcome.case.received_at)
        columns["warned"].append(outcome.warned)
        columns["expired"].append(outcome.expired)
        columns["risen"].append(risen is not None)
        columns["desk"].append(risen.id if risen else None)
        columns["level"].append(risen.level if risen else None)
        columns["alarm_at"].append(outcome.alarm_at)
        columns["events"].append(outcome.warned + outcome.expired + (risen is not None))
    return dict(columns)


def _events(outcomes: Iterable[Outcome]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        name: [] for name in ("id", "received_at", "territory", "state", "move", "facts", "version")
    }
    for outcome in outcomes:
        case = outcome.case
        for version, (move, facts) in enumerate(outcome.events(), case.version + 1):
            values = (
                case.id,
                case.received_at,
                case.territory,
                case.state,
                move,
                orjson.dumps(facts).decode(),
                version,
            )
            for column, value in zip(columns.values(), values, strict=True):
                column.append(value)
    return columns


class _Places:
    """Which cells a base grid lies in, and which desks there are: learnt as they are needed, for one sweep."""

    def __init__(self) -> None:
        self._cells: dict[int, tuple[Place, ...]] = {}
        self._asked: defaultdict[str, set[Place]] = defaultdict(set)
        self._desks: defaultdict[str, dict[Place | None, int]] = defaultdict(dict)

    async def learn(self, connection: AsyncConnection, cases: Iterable[Watched]) -> None:
        rising = [case for case in cases if case.level is not None]
        missing = {case.cell_id for case in rising} - self._cells.keys()
        if missing:
            rows = await connection.execute(queries.PLACES_OF_CELLS, {"cells": list(missing)})
            async for cell, codes, keys in rows:
                self._cells[cell] = tuple(zip(keys, codes, strict=False))
        places: defaultdict[str, set[Place]] = defaultdict(set)
        for case in rising:
            places[case.territory].update(self._cells[case.cell_id])
        for territory, wanted in places.items():
            new = list(wanted - self._asked[territory])
            if new:
                self._asked[territory].update(new)
                levels, codes = map(list, zip(*new, strict=True))
                asked = {"territory": territory, "levels": levels, "codes": codes}
                async for level, code, desk in await connection.execute(queries.ACTIVE_DESKS, asked):
                    self._desks[territory][(level, code) if level is not None else None] = desk

    def above(self, case: Watched) -> Desk | None:
        """The desk above the one that has a case."""
        if case.level is None:
            return None
        return above(self._cells[case.cell_id], case.level, self._desks[case.territory])
