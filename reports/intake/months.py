"""Sees to it that reports have a place to be stored in: a partition for each month, made before it begins."""

from datetime import UTC, datetime

from wangge.reports.intake import queries
from wangge.store.engine import AsyncConnection

__all__ = ["ensure_months_ahead"]

PATIENCE = "SET LOCAL lock_timeout = '3s'"
"""Making one waits for whoever writes cells, a long import of a grid say, and others wait behind it: not for long."""


async def ensure_months_ahead(connection: AsyncConnection, *, needed: bool = False) -> None:
    """Make what is missing of the months around now, by either clock, each in a transaction of its own.

    Parameters
    ----------
    connection : in autocommit.
    needed : only those without which nothing could be stored at present.

    Raises
    ------
    psycopg.errors.LockNotAvailable : somebody writes cells; try again.
    """
    rows = await (await connection.execute(queries.MISSING_MONTHS, {"now": datetime.now(UTC)})).fetchall()
    for month, at_once in rows:
        if at_once or not needed:
            async with connection.transaction():
                await connection.execute(PATIENCE)
                await connection.execute(queries.ENSURE_MONTH, {"month": month})
