"""Reads lists of reports and all that is shown of a single one, as far as it lies in a scope."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from wangge.access.person import Scope
from wangge.access.scope import condition
from wangge.duty.routing import Place
from wangge.geo.grid import Grid
from wangge.reports.case.lifecycle import OPEN, State
from wangge.reports.listing import queries
from wangge.reports.listing.filters import Matched, ReportFilter, looked_up_matching
from wangge.store.engine import AsyncConnection, first_value, named_rows

__all__ = [
    "PARTS",
    "Part",
    "Sort",
    "Spot",
    "assignments_of",
    "desk_at",
    "events_of",
    "find_report",
    "holders_of",
    "is_cell",
    "last_events_of",
    "list_reports",
    "parties_of",
    "spot_of",
    "tasks_of",
]


class Sort(StrEnum):
    """In which order reports are listed."""

    NEWEST = "newest"
    DUE = "due"  # overdue first, then by deadline, then open ones without or parked, then what has ended


class Part(StrEnum):
    """The parts of an order, one after the other, each with a time of its own to go by."""

    RECEIVED = ""
    DATED = "d"
    UNDATED = "u"
    LAST = "l"


PARTS = {Sort.NEWEST: (Part.RECEIVED,), Sort.DUE: (Part.DATED, Part.UNDATED, Part.LAST)}
_ORDERED = {
    Part.RECEIVED: (queries.NEWEST_FIRST, queries.AFTER),
    Part.DATED: (queries.DATED, queries.AFTER_DATED),
    Part.UNDATED: (queries.UNDATED, queries.AFTER_UNDATED),
    Part.LAST: (queries.LAST, queries.AFTER),
}


NEWEST_FIRST = frozenset({Part.RECEIVED, Part.LAST})
"""Parts that are read in the order of receipt."""
SPANS = (timedelta(days=31), timedelta(days=124))
"""How far back a search looks at first, and then, before it looks at everything."""


_LAST_MOMENT = datetime(9999, 12, 30, tzinfo=UTC)


class Spot(NamedTuple):
    """Where a page ended: in a part of the order, with a case's time there and its id."""

    part: Part
    at: datetime
    id: int


async def list_reports(
    connection: AsyncConnection,
    where: ReportFilter,
    scope: Scope,
    limit: int,
    sort: Sort = Sort.NEWEST,
    after: Spot | None = None,
) -> list[Any]:
    """At most `limit` reports in an order, after the place where the page before has ended."""
    parts = PARTS[sort]
    found: list[Any] = []
    by_deadline: Matched | None = None  # what has a deadline and what has none are looked up once
    for part in parts[parts.index(after.part) if after else 0 :]:
        start = after if after and after.part is part else None
        for span in _spans(where, part, start):
            if len(found) == limit or (part is Part.LAST and where.only_open):
                continue
            if part in NEWEST_FIRST:
                matched = await looked_up_matching(connection, span, scope, newest_first=True)
            else:
                matched = by_deadline = by_deadline or await looked_up_matching(connection, span, scope)
            found += await _part(connection, matched, limit - len(found), part, start)
    return found


def _spans(where: ReportFilter, part: Part, after: Spot | None) -> list[ReportFilter]:
    """A filter in spans of time, the newest first: a word that many reports have fills a page with the latest ones."""
    if part not in NEWEST_FIRST:
        return [where]
    if after is not None:  # nothing newer need be looked up
        past = min(after.at, _LAST_MOMENT) + timedelta(microseconds=1)
        where = replace(where, until=min(past, where.until or past))
    newest = min(where.until or _LAST_MOMENT, datetime.now(UTC))
    if where.search is None or newest.year == 1:  # there is no time before that
        return [where]
    edges = [newest - past for past in SPANS if where.since is None or newest - past > where.since]
    sinces, untils = [*edges, where.since], [where.until, *edges]
    return [replace(where, since=since, until=until) for since, until in zip(sinces, untils, strict=True)]


async def _part(connection: AsyncConnection, matched: Matched, limit: int, part: Part, after: Spot | None) -> list[Any]:
    wanted, values = matched.where, matched.values | {"limit": limit}
    query, later = _ORDERED[part]
    if after is not None:
        wanted = f"{wanted} AND {later}"
        values |= {"last_at": after.at, "last_id": after.id}
    query = query.format(where=wanted, source=matched.source, order=matched.order)
    return await named_rows(connection, query, values, prepare=False)


def spot_of(row: Any, sort: Sort) -> Spot:
    """Where a page ends whose last report is this one."""
    part = Part.RECEIVED
    if sort is Sort.DUE and row.state not in OPEN:
        part = Part.LAST
    elif sort is Sort.DUE:
        part = Part.UNDATED if row.due_at is None or row.state == State.PARKED else Part.DATED
    return Spot(part, row.due_at if part is Part.DATED else row.received_at, row.id)


async def holders_of(connection: AsyncConnection, desks: Iterable[int | None]) -> dict[int, Any]:
    """Desks by their ids, with level, code and name."""
    wanted = {desk for desk in desks if desk is not None}
    rows = await named_rows(connection, queries.HOLDERS, {"desks": list(wanted)}) if wanted else []
    return {row.id: row for row in rows}


async def find_report(connection: AsyncConnection, scope: Scope, month: datetime, report_id: int) -> Any | None:
    """The report with an id that was received in a month (given by its first moment, UTC), or None.

    One that lies outside the scope is not there.
    """
    seen, values = condition(scope)
    key = {"month": month, "id": report_id}
    rows = await named_rows(connection, queries.ONE_REPORT.format(scope=seen), values | key)
    return rows[0] if rows else None


async def is_cell(connection: AsyncConnection, grid: Grid, code: str, level: str | None) -> bool:
    """Whether the territory has such a cell, or had one in another edition than that of the grid in memory."""
    if grid.cell(level, code) if level else grid.cells_with_code(code):
        return True
    asked = {"territory": grid.territory, "level": level, "code": code}
    return bool(await first_value(connection, queries.IS_CELL, asked))


async def desk_at(connection: AsyncConnection, territory: str, place: Place | None) -> int | None:
    """Id of the desk of a cell, or of the centre for None."""
    level, code = place or (None, None)
    query = queries.DESK_AT if place else queries.DESK_OF_CENTRE
    desk: int | None = await first_value(connection, query, {"territory": territory, "level": level, "code": code})
    return desk


async def events_of(connection: AsyncConnection, report_id: int, received_at: datetime) -> list[Any]:
    """What happened to a report, in order, and who did it: login, name, role and place."""
    return await named_rows(connection, queries.EVENTS, {"id": report_id, "received_at": received_at})


async def last_events_of(connection: AsyncConnection, rows: Sequence[Any]) -> dict[int, datetime]:
    """When something last happened to each of some reports, by their ids."""
    if not rows:
        return {}
    received = [row.received_at for row in rows]
    asked = {"ids": [row.id for row in rows], "first": min(received), "last": max(received)}
    return dict(await (await connection.execute(queries.LAST_EVENTS, asked)).fetchall())


async def assignments_of(connection: AsyncConnection, report_id: int, received_at: datetime) -> list[Any]:
    """The cells that a report was in before, in order, each with its edition and until when."""
    return await named_rows(connection, queries.ASSIGNMENTS, {"id": report_id, "received_at": received_at})


async def tasks_of(connection: AsyncConnection, report_id: int) -> list[Any]:
    """The tasks of a case, in the order in which they were given, with the names of their parties."""
    return await named_rows(connection, queries.TASKS, {"id": report_id})


async def parties_of(connection: AsyncConnection, territory: str, places: Sequence[Place]) -> list[Any]:
    """Who may be given a task in a case: desks of its cells and the centre's, organisations attached to its cells."""
    levels, codes = [level for level, _ in places], [code for _, code in places]
    where = {"territory": territory, "levels": levels, "codes": codes}
    return await named_rows(connection, queries.PARTIES, where)
