"""Drops what every follower has had, and nobody without a name is to be given any more."""

from datetime import timedelta

from wangge.reports.feed import queries
from wangge.store.engine import AsyncConnection

__all__ = ["drop_old"]

BATCH = 10_000


async def drop_old(connection: AsyncConnection, keep: timedelta, *, batch: int = BATCH) -> int:
    """Drop positions that are older than `keep` and behind every named follower; how many. The events stay.

    Parameters
    ----------
    connection : in autocommit; every batch is a transaction of its own.
    """
    row = await (await connection.execute(queries.OLD, {"keep": keep})).fetchone()
    last, first = row or (0, None)
    if first is None or first > last:
        return 0
    for begin in range(first, last + 1, batch):
        await connection.execute(queries.DROP_FEED, {"first": begin, "last": min(begin + batch - 1, last)})
    await connection.execute(queries.DROP_TICKS, {"last": last})
    return int(last - first + 1)
