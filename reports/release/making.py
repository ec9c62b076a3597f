"""Makes releases: of every period that is over and was not published yet, each once, whoever does it first."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
from psycopg.types.json import Jsonb

from wangge.reports.release import queries
from wangge.reports.release.outcomes import DAYS
from wangge.reports.release.periods import About, Period, PeriodKind, depth_of, parse_period, periods_over
from wangge.store.engine import AsyncConnection, first_value

__all__ = ["Made", "make_due"]

SETTLED = timedelta(minutes=10)
"""So long after a period's end its last reports are committed, whatever the clocks of two machines say."""

MOST_LEVELS = 12

Made = tuple[str, str]
"""Territory and period of a release that was made."""


async def make_due(
    connection: AsyncConnection,
    step: int,
    territory: str | None = None,
    *,
    now: datetime | None = None,
    again: Iterable[str] | None = (),
) -> list[Made]:
    """Publish what is over and was not published: of one territory, or of all. Says what was made.

    A territory into which reports of the past are being brought is left for later. Any number may do this at once.

    Parameters
    ----------
    connection : in autocommit; a release is a transaction.
    step : counts are rounded to multiples of it.
    again : periods that are made anew, because reports came into them late; None for all. Between the former release
        and the new one, that some came is to be seen.
    """
    moment = (now or datetime.now(UTC)) - SETTLED
    remade = None if again is None else frozenset(again)
    made: list[Made] = []
    rows = await (await connection.execute(queries.TERRITORIES, {"territory": territory})).fetchall()
    for code, timezone in rows:
        zone = ZoneInfo(timezone)
        here = {"territory": code}
        first = await first_value(connection, queries.FIRST_DAY, here | {"zone": timezone})
        if first is None:
            continue
        stands = {name for (name,) in await (await connection.execute(queries.MADE, here)).fetchall()}
        for period in periods_over(first, moment.astimezone(zone).date()):
            anew = period.name in stands and (remade is None or period.name in remade)
            if period.name in stands and not anew:
                continue
            if not await _make(connection, code, period, zone, step):
                break
            made.append((code, period.name))
        await _tell_outcomes(connection, code, zone, moment)
    return made


async def _make(connection: AsyncConnection, territory: str, period: Period, zone: ZoneInfo, step: int) -> bool:
    """Publish one period, in the place of what was published of it; False while history is brought in."""
    begins, ends = period.instants(zone)
    about = {"territory": territory, "period": period.name, "kind": period.kind, "step": step}
    spans = {"since": period.since, "until": period.until, "begins": begins, "ends": ends}
    async with connection.transaction():
        if not await first_value(connection, queries.CLAIM, about):
            return False
        await connection.execute("SET LOCAL statement_timeout = 0")
        await connection.execute(queries.DROP_RELEASE, about)
        release = await first_value(connection, queries.NEW_RELEASE, about | spans | {"finest": _ladder(period.kind)})
        if release is not None:
            await connection.execute(queries.FILL, about | spans | {"release": release})
    return True


async def _tell_outcomes(connection: AsyncConnection, territory: str, zone: ZoneInfo, moment: datetime) -> None:
    """Tell of each month, once, what became of its cases, when the last of them had the longest of the spans."""
    until = moment.astimezone(zone).date() - timedelta(days=max(DAYS))
    rows = await (await connection.execute(queries.OUTCOMES_DUE, {"territory": territory, "until": until})).fetchall()
    for release, name in rows:
        begins, ends = parse_period(name).instants(zone)
        about = {"territory": territory, "release": release, "begins": begins, "ends": ends, "bands": [0, *DAYS]}
        async with connection.transaction():
            if not await first_value(connection, queries.CLAIM, about):
                return
            await connection.execute("SET LOCAL statement_timeout = 0")
            if await first_value(connection, queries.OUTCOMES_TOLD, about) is not None:
                await connection.execute(queries.FILL_OUTCOMES, about)


def _ladder(kind: PeriodKind) -> Jsonb:
    """By the number of a grid's levels: the depth of the finest cells that a period tells of, by what is counted."""

    def finest(levels: int) -> dict[str, int]:
        depths = {about.value: depth_of(kind, about, levels) for about in About}
        return {about: depth for about, depth in depths.items() if depth is not None}

    return Jsonb({str(levels): finest(levels) for levels in range(1, MOST_LEVELS)}, orjson.dumps)
