"""One look: reads the year up to a day, judges it, keeps what was found; once a day, whoever comes first."""

import asyncio
import zlib
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import numpy as np
import orjson

from wangge.geo.grid import Grid
from wangge.patterns.findings import queries
from wangge.patterns.findings.emergence import Emergence
from wangge.patterns.findings.evidence import ground_of
from wangge.patterns.findings.gathering import gather
from wangge.patterns.findings.judging import Judgement, judge
from wangge.patterns.findings.storing import store
from wangge.store.engine import AsyncConnection

__all__ = ["as_kept", "due", "last_whole_day", "look"]


def last_whole_day(grid: Grid, now: datetime) -> date:
    """Yesterday in the territory."""
    return now.astimezone(grid.timezone).date() - timedelta(days=1)


async def due(connection: AsyncConnection, grid: Grid, now: datetime | None = None) -> date | None:
    """The day that is over and was not looked at yet; None when it was."""
    day = last_whole_day(grid, now or datetime.now(UTC))
    row = await connection.execute(queries.RUN_OF, {"territory": grid.territory, "day": day})
    return None if await row.fetchone() else day


async def look(connection: AsyncConnection, grid: Grid, day: date, *, again: bool = False) -> Judgement | None:
    """Judge the year up to a day and keep the findings; None when another process was quicker.

    Parameters
    ----------
    connection : in autocommit; what was found is kept in one transaction, which is not open while it is thought about.
    again : also when the day was looked at before.
    """
    ground = await asyncio.to_thread(ground_of, grid)
    given = await gather(connection, grid, ground, day)
    # The same day of the same city is judged the same, whenever it is asked again.
    seed = zlib.crc32(f"{grid.territory} {day}".encode())
    judged = await asyncio.to_thread(judge, given, ground, seed)
    run = {
        "territory": grid.territory,
        "day": day,
        "seed": seed,
        "reports": len(given),
        "sessions": judged.sessions,
        "tests": judged.tests,
        "emerging": orjson.dumps(as_kept(grid, judged.emergence), default=_plain).decode(),
        "unseen": orjson.dumps([asdict(one) for one in judged.unseen], default=_plain).decode(),
    }
    async with connection.transaction():
        await connection.execute(queries.LOCK, run)
        seen = await connection.execute(queries.RUN_OF, run)
        if not again and await seen.fetchone():
            return None
        await store(connection, grid, given, judged)
        await connection.execute(queries.PUT_RUN, run)
    return judged


def as_kept(grid: Grid, found: Emergence) -> dict[str, object]:
    """What stands out over the months, as it is kept: cells by their ids, of the edition that it was found in."""
    places = [asdict(place) | {"cell": grid.leaves[place.cell].id} for place in found.places]
    return asdict(found) | {"edition": grid.edition_id, "places": places}


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(type(value))
