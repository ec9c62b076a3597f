"""Audits of closed cases from the draw to the record: kept, judged, and never changed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import randbelow
from typing import Any

from psycopg.types.json import Jsonb

from wangge.access.person import Person, Scope
from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.reports.audit import queries
from wangge.reports.audit.drawing import STRATA, Drawn, Stratum, Target, draw
from wangge.reports.audit.judging import Judgement
from wangge.reports.case.facts import BITS, Fact
from wangge.reports.errors import UnknownReport
from wangge.reports.figures.counting import By, Question, selected
from wangge.reports.number import format_number, month_of, parse_number
from wangge.store.engine import AsyncConnection, named_rows

__all__ = [
    "MOST",
    "SEEDS",
    "SIZE",
    "AlreadyJudged",
    "Audit",
    "NothingClosed",
    "Plan",
    "UnknownAudit",
    "audits_of",
    "closed_cases",
    "drawn_cases",
    "find_audit",
    "judge",
    "judgements_of",
    "make_audit",
]

SIZE = 300
"""Cases of a draw, unless another number is asked for: where nine of ten are solved, ± 3 in a hundred."""

MOST = 5000

SEEDS = 2**53
"""Seeds are less than this: what every reader of JSON takes for the same number."""


class UnknownAudit(WanggeError):
    """The territory has no such audit. Facts: `audit`."""

    kind = "unknown-audit"


class NothingClosed(WanggeError):
    """No case of what was asked for stands closed."""

    kind = "nothing-closed"


class AlreadyJudged(WanggeError):
    """Somebody else has judged the case. Facts: `number`."""

    kind = "already-judged"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is drawn: cases received from `since` until `until` that stand closed at `as_of`.

    Attributes
    ----------
    by : what they are put into strata by, of STRATA, in its order.
    level : key of the level of the cells.
    seed : None for one that nobody chooses.
    """

    as_of: datetime
    level: str
    since: datetime | None = None
    until: datetime | None = None
    by: tuple[By, ...] = STRATA
    size: int = SIZE
    seed: int | None = None

    def question(self, territory: str, now: datetime) -> Question:
        """The cases, as figures ask for them."""
        whole = Scope(territory, None)
        return Question(whole, now, as_of=self.as_of, since=self.since, until=self.until, level=self.level)


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit as it was drawn, and how far it has come: `unclear` are those of which nobody could tell."""

    id: int
    territory: str
    plan: Plan
    actor: str
    strata: Sequence[Stratum]
    drawn: int
    judged: int
    unclear: int

    @property
    def cases(self) -> int:
        """Closed cases that were drawn of."""
        return sum(one.cases for one in self.strata)


async def closed_cases(connection: AsyncConnection, territory: str, plan: Plan, now: datetime) -> list[Target]:
    """The cases that a plan draws of."""
    cases, parameters = selected(plan.question(territory, now))
    parameters |= {"level": plan.level, "closed": BITS[Fact.CLOSED]}
    rows = await connection.execute(queries.CLOSED_CASES.format(cases=cases), parameters)
    return [Target(id_, at, cell, category, tuple(ids)) for id_, at, cell, category, ids in await rows.fetchall()]


async def make_audit(connection: AsyncConnection, grid: Grid, plan: Plan, actor: str, now: datetime) -> int:
    """Draw an audit and keep it, as a part of the connection's transaction; its id.

    Raises
    ------
    NothingClosed
    """
    targets = await closed_cases(connection, grid.territory, plan, now)
    if not targets:
        raise NothingClosed
    seed = randbelow(SEEDS) if plan.seed is None else plan.seed
    strata, drawn = await asyncio.to_thread(draw, targets, plan.by, plan.size, seed)
    row = {
        "territory": grid.territory,
        "as_of": plan.as_of,
        "actor": actor,
        "since": plan.since,
        "until": plan.until,
        "by": list(plan.by),
        "level": plan.level,
        "size": plan.size,
        "seed": seed,
        "strata": Jsonb([[list(one.key), one.cases, one.drawn] for one in strata]),
    }
    made = await (await connection.execute(queries.PUT_AUDIT, row)).fetchone()
    assert made is not None  # noqa: S101 - an INSERT answers its row
    async with connection.cursor() as cursor:
        await cursor.executemany(queries.PUT_CASES, [_row(made[0], place, one) for place, one in enumerate(drawn)])
    return int(made[0])


def _row(audit: int, place: int, drawn: Drawn) -> tuple[Any, ...]:
    one = drawn.target
    return audit, one.id, one.received_at, place, drawn.stratum, one.cell, one.category, list(one.organisations)


async def audits_of(connection: AsyncConnection, territory: str, limit: int, audit: int | None = None) -> list[Audit]:
    """The audits of a territory, the last first; or the one with an id, if there is one."""
    asked = {"territory": territory, "audit": audit, "limit": limit}
    return [_audit(row) for row in await named_rows(connection, queries.AUDITS, asked)]


async def find_audit(connection: AsyncConnection, territory: str, audit: int) -> Audit:
    """The audit with an id. Raises UnknownAudit."""
    for found in await audits_of(connection, territory, 1, audit):
        return found
    raise UnknownAudit(audit=audit)


def _audit(row: Any) -> Audit:
    by = tuple(By(one) for one in row.strata_by)
    plan = Plan(row.as_of, row.level, row.since, row.until, by, row.size, row.seed)
    strata = [Stratum(tuple(key), cases, drawn) for key, cases, drawn in row.strata]
    return Audit(row.id, row.territory_code, plan, row.actor, strata, row.drawn, row.judged, row.unclear)


async def drawn_cases(connection: AsyncConnection, audit: int, judge: str) -> list[Any]:
    """The cases of an audit in the order of judging, with what a judge said; of the others only that they did.

    Parameters
    ----------
    judge : see `Person.sender`.
    """
    return await named_rows(connection, queries.DRAWN_CASES, {"audit": audit, "judge": judge})


async def judge(
    connection: AsyncConnection, territory: str, audit: int, number: str, person: Person, judgement: Judgement
) -> None:
    """Keep what somebody found of a drawn case, as a part of the connection's transaction.

    Raises
    ------
    UnknownReport : it was not drawn.
    AlreadyJudged : by somebody else; whoever judged it may think again.
    """
    parsed = parse_number(number)
    if parsed is None:
        raise UnknownReport(number=number)
    first, past = month_of(parsed[0])
    row = {
        "audit": audit,
        "report": parsed[1],
        "first": first,
        "past": past,
        "judge": person.sender(territory),
        "actor": person.name,
        "verdict": judgement.verdict,
        "means": judgement.means,
        "note": judgement.note,
    }
    if await (await connection.execute(queries.HOLD_CASE, row)).fetchone() is None:
        raise UnknownReport(number=number)
    if await (await connection.execute(queries.JUDGE, row)).fetchone() is None:
        raise AlreadyJudged(number=number)


async def judgements_of(connection: AsyncConnection, audit: int) -> list[dict[str, Any]]:
    """Every judgement of an audit as it was made, for the operator's record: when, of which case, by whom."""
    rows = await named_rows(connection, queries.JUDGEMENTS, {"audit": audit})
    return [
        {
            "at": row.at,
            "number": format_number(row.report_received_at, row.report_id),
            "judge": row.actor,
            "verdict": row.verdict,
            "means": row.means,
            "note": row.note,
        }
        for row in rows
    ]
