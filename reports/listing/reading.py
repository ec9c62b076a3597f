"""Reads lists of reports and all that is shown of a single one, as far as it lies in a scope."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from wangge.access.person import Scope
from wangge.access.scope import condition
from wangge.duty.routing import Place
from wangge.reports.listing import queries
from wangge.reports.listing.queries import ReportFilter, matching
from wangge.store.engine import AsyncConnection, first_value, named_rows

__all__ = ["assignments_of", "desk_at", "events_of", "find_report", "list_reports", "parties_of", "queue", "tasks_of"]


async def list_reports(
    connection: AsyncConnection,
    where: ReportFilter,
    scope: Scope,
    limit: int,
    after: tuple[datetime, int] | None = None,
) -> list[Any]:
    """At most `limit` reports, the newest first, after the (received_at, id) that ended the page before."""
    wanted, values = matching(where, scope)
    if after:
        wanted = f"{wanted} AND {queries.AFTER}"
        values |= zip(("last_at", "last_id"), after, strict=True)
    return await named_rows(connection, queries.NEWEST_FIRST.format(where=wanted), values | {"limit": limit})


async def find_report(connection: AsyncConnection, scope: Scope, month: datetime, report_id: int) -> Any | None:
    """The report with an id that was received in a month (given by its first moment, UTC), or None.

    One that lies outside the scope is not there.
    """
    seen, values = condition(scope)
    key = {"month": month, "id": report_id}
    rows = await named_rows(connection, queries.ONE_REPORT.format(scope=seen), values | key)
    return rows[0] if rows else None


async def queue(
    connection: AsyncConnection,
    scope: Scope,
    desk: int,
    states: Collection[str],
    limit: int,
    after: tuple[datetime | None, int] | None = None,
) -> list[Any]:
    """At most `limit` open cases of a desk, the longest overdue first, then by when they are due, then the undated.

    Parameters
    ----------
    states : of the cases that are wanted, all of them open ones.
    after : deadline and id of the case that ended the page before.
    """
    seen, values = condition(scope)
    values |= {"desk": desk, "states": list(states)}
    last_due, last_id = after or (None, None)
    values |= {"last_due": last_due, "last_id": last_id}
    found: list[Any] = []
    if after is None or last_due is not None:
        place = "true" if after is None else queries.AFTER_DATED
        found = await named_rows(connection, queries.DATED.format(scope=seen, after=place), values | {"limit": limit})
    if len(found) < limit:
        place = "true" if after is None or last_due is not None else queries.AFTER_UNDATED
        found += await named_rows(
            connection, queries.UNDATED.format(scope=seen, after=place), values | {"limit": limit - len(found)}
        )
    return found


async def desk_at(connection: AsyncConnection, territory: str, place: Place | None) -> int | None:
    """Id of the desk of a cell, or of the centre for None."""
    level, code = place or (None, None)
    query = queries.DESK_AT if place else queries.DESK_OF_CENTRE
    desk: int | None = await first_value(connection, query, {"territory": territory, "level": level, "code": code})
    return desk


async def events_of(connection: AsyncConnection, report_id: int, received_at: datetime) -> list[Any]:
    """What happened to a report, in order."""
    return await named_rows(connection, queries.EVENTS, {"id": report_id, "received_at": received_at})


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
