"""What came to one's own grids this week, beside what is usual: to see a load, not to rank who finds most."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from wangge.duty.routing import Place
from wangge.reports.listing import queries
from wangge.store.engine import AsyncConnection

__all__ = ["LEAST", "Tasks", "Week", "monday", "week_of"]

LEAST = 5
"""Of fewer desks no median is told: it would be nearly somebody's own number."""


class Tasks(NamedTuple):
    """Tasks of desks: given to them this week, done this week, and open now."""

    given: float
    done: float
    open: float


class Week(NamedTuple):
    """Tasks of one's own desks of a level together, and the median of a desk there; None where too few are compared."""

    level: str
    desks: int
    own: Tasks
    median: Tasks | None


def monday(now: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the week began, by the territory's clock."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today - timedelta(days=today.weekday())).astimezone(UTC)


async def week_of(
    connection: AsyncConnection, territory: str, places: Collection[Place], since: datetime
) -> list[Week]:
    """The week of whoever answers for some cells, by level. What was found and seen to at once does not count.

    Parameters
    ----------
    places : (level key, code) of the cells.
    """
    found = []
    for level in dict.fromkeys(level for level, _ in places):
        asked = {"territory": territory, "level": level, "since": since}
        rows = await (await connection.execute(queries.WEEK_OF_DESKS, asked)).fetchall()
        own = [Tasks(*counts) for code, *counts in rows if (level, code) in places]
        all_ = [Tasks(*counts) for _, *counts in rows]
        usual = Tasks(*map(median, zip(*all_, strict=True))) if len(all_) >= LEAST else None
        if own:
            found.append(Week(level, len(own), Tasks(*map(sum, zip(*own, strict=True))), usual))
    return found
