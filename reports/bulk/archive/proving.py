"""Proves the archive against the database: every file of it, row by row and column by column."""

import asyncio
import tempfile
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from wangge.access.scope import whole
from wangge.geo.grid import Grid
from wangge.reports.bulk.archive import queries
from wangge.reports.bulk.archive.index import Index, path_of
from wangge.reports.bulk.archive.keeping import NAME, Archive, filter_of
from wangge.reports.bulk.archive.shelf import Shelf
from wangge.reports.bulk.export.reports import BY_PLACE, report_layer
from wangge.reports.feed.events import standing
from wangge.reports.feed.positions import enrol, months_between, touched
from wangge.reports.feed.sequencing import number_all
from wangge.store.engine import AsyncConnection, connect, connect_async
from wangge.store.grids.loading import load_grid, published

__all__ = ["Proof", "verify"]


class Proof(NamedTuple):
    """What was found: months and reports that were compared, and the paths of those that differ or are missing.

    `pending` months changed after the archive's place in the feed, and were not compared.
    """

    months: int
    reports: int
    pending: int
    wrong: list[str]


async def verify(archive: Archive, connection: AsyncConnection, url: str) -> Proof:
    """Compare all months with the database, while nobody writes the archive. Raises ArchiveUnavailable."""
    await enrol(connection, NAME)
    async with connection.transaction(force_rollback=True), touched(connection, NAME) as told:
        await connection.execute(queries.MAY_BE_IDLE)
        index = await asyncio.to_thread(archive.shelf.index) or Index(told.after)
        compared, wrong = await asyncio.to_thread(_compare, archive.shelf, index, url)
        moved = told.months | await _moved_since(url, told.reached.position)
    pending = {path_of(*month) for month in moved}
    return Proof(len(compared), sum(compared.values()), len(pending), sorted(wrong - pending))


async def _moved_since(url: str, position: int) -> frozenset[tuple[str, str]]:
    """Months of what was committed while the files were compared."""
    async with await connect_async(url) as connection:
        await number_all(connection)
        return await months_between(connection, position, (await standing(connection)).newest.position)


def _compare(shelf: Shelf, index: Index, url: str) -> tuple[dict[str, int], set[str]]:
    """Reports of each path that was compared, and the paths that differ."""
    compared, wrong = dict[str, int](), set[str]()
    with connect(url, autocommit=True) as connection:
        for code in published(connection):
            grid = load_grid(connection, code)
            rows = connection.execute(queries.MONTHS, {"territory": code}).fetchall()
            for month in sorted({row[0] for row in rows} | set(index.of(code))):
                path = path_of(code, month)
                there = _stored(url, grid, month)
                compared[path] = len(there)
                kept = index.months.get((code, month))
                if kept is None or kept.rows != len(there) or not _kept(shelf, path, there.schema).equals(there):
                    wrong.add(path)
    wrong |= set(shelf.paths()) - compared.keys()  # what nobody has any more
    return compared, wrong


def _stored(url: str, grid: Grid, month: str) -> pa.Table:
    with report_layer(url, grid, filter_of(grid.territory, month), whole(grid.territory), BY_PLACE) as layer:
        return pa.Table.from_batches(list(layer), layer.schema)


def _kept(shelf: Shelf, path: str, schema: pa.Schema) -> pa.Table:
    """What a file holds; nothing where there is none, or no such file."""
    with tempfile.TemporaryDirectory(prefix="wangge-") as folder:
        file = Path(folder) / "reports.parquet"
        try:
            if shelf.fetch(path, file):
                return pq.read_table(file, columns=schema.names, partitioning=None).cast(schema)
        except (pa.ArrowException, KeyError):
            pass
        return schema.empty_table()
