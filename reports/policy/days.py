"""Single days: which are worked, which the territory has set by itself, and why."""

from datetime import date, timedelta
from typing import Any

from wangge.reports.policy import queries
from wangge.reports.policy.calendars import holiday_names
from wangge.reports.policy.document import Day
from wangge.reports.policy.policies import forget, stored_policy
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, Connection

__all__ = ["put_day", "single_days", "take_day", "working_days"]


async def working_days(
    connection: AsyncConnection, territory: str, since: date, until: date, language: str
) -> tuple[list[str], list[dict[str, Any]]]:
    """The hours of a working day; and for each day from `since` to `until` whether it is worked, and why."""
    stored = await stored_policy(connection, territory)
    calendar, kept = stored.calendar, stored.document.working.holidays
    names = holiday_names(kept, language) if kept else {}
    where = {"territory": territory, "since": since, "until": until}
    rows = await (await connection.execute(queries.DAYS_OF, where)).fetchall()
    own = {day: name for day, _, name in rows}
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    found = [
        {
            "day": day,
            "work": calendar.is_working_day(day),
            "set": day in own,
            "name": own[day] if day in own else names.get(day),
        }
        for day in days
    ]
    return stored.document.working.hours, found


async def put_day(
    connection: AsyncConnection, territory: str, day: date, work: bool, name: str | None, by: str
) -> None:
    """Say that a day is worked, or is not, whatever the rules say."""
    before = await _said(connection, territory, day)
    await connection.execute(queries.PUT_DAY, {"territory": territory, "day": day, "work": work, "name": name})
    await _record(connection, territory, day, before, {"work": work, "name": name}, by)
    await connection.execute(queries.TOUCH_POLICY, {"territory": territory, "by": by})
    forget(connection, territory)


async def take_day(connection: AsyncConnection, territory: str, day: date, by: str) -> None:
    """Leave a day to the rules again; nothing where nothing was said about it."""
    before = await _said(connection, territory, day)
    row = await (await connection.execute(queries.TAKE_DAY, {"territory": territory, "day": day})).fetchone()
    if row is not None:
        await _record(connection, territory, day, before, None, by)
        await connection.execute(queries.TOUCH_POLICY, {"territory": territory, "by": by})
        forget(connection, territory)


def single_days(connection: Connection, territory: str) -> list[Day]:
    """The days that a territory has set by itself, in order."""
    where = {"territory": territory, "since": date.min, "until": date.max}
    rows = connection.execute(queries.DAYS_OF, where).fetchall()
    return [Day(day=day, work=work, name=name) for day, work, name in rows]


async def _said(connection: AsyncConnection, territory: str, day: date) -> dict[str, Any] | None:
    """What a territory says of a day by itself; None where it leaves it to the rules."""
    where = {"territory": territory, "since": day, "until": day}
    row = await (await connection.execute(queries.DAYS_OF, where)).fetchone()
    return None if row is None else {"work": row[1], "name": row[2]}


async def _record(
    connection: AsyncConnection,
    territory: str,
    day: date,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    by: str,
) -> None:
    if before != after:
        change = Change(Subject.CALENDAR_DAY, day.isoformat(), before, after, territory)
        await connection.execute(*recorded(by, [change]))
