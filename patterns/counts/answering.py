"""Answers a question for counts: by the columns where they may, else by the database, which says why."""

from wangge.geo.grid import Grid
from wangge.patterns.columns.shelf import Shelf
from wangge.patterns.counts.asked import Asked, Counted, Why
from wangge.patterns.counts.by_columns import count_in_columns, why_not
from wangge.patterns.counts.by_database import count_in_database
from wangge.store.engine import AsyncConnection

__all__ = ["answer"]


async def answer(connection: AsyncConnection, shelf: Shelf, grid: Grid, asked: Asked) -> Counted:
    """The counts of the reports that a question is about, of those in its scope."""
    columns = shelf.columns(grid.territory)
    if columns is None:
        return await count_in_database(connection, grid, asked, Why.MISSING)
    why = await why_not(connection, columns, grid)
    if why is None:
        counted = await count_in_columns(connection, columns, asked)
        if counted is not None:
            return counted
    return await count_in_database(connection, grid, asked, why or Why.BEHIND)
