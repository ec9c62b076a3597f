"""Assigns stored reports to another edition: read in the order of the disk, located in memory, written back by COPY.

At the end open cases are handed on to the desks that answer for their new base grids.

A chunk is one transaction. What is left to do is always what stands under another edition, so a run that was
interrupted is gone on with by another, and a report that arrives or changes meanwhile is found or left alone.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from wangge.geo.ambiguity import Ambiguity
from wangge.geo.errors import WanggeError
from wangge.geo.grid import OUTSIDE, Grid
from wangge.reports.bulk import queries
from wangge.reports.bulk.regrid.handing_on import hand_on
from wangge.reports.bulk.regrid.moves import Moves, Stray
from wangge.reports.case.actions import load_setting
from wangge.store.engine import AsyncConnection
from wangge.store.records import array_of, copy_stream

__all__ = ["Moves", "Regrid", "RegridUnderWay", "Stray"]

BLOCKS = 1024  # of 8 KiB, which hold some 30,000 reports
JOBS = 2
PASSES = 5  # what changes or arrives meanwhile is followed, but not for ever
TRIES = 5  # of a chunk that got into a deadlock
CONNECT_TIMEOUT_S = 5

Column = NDArray[Any]


class RegridUnderWay(WanggeError):
    """Another process assigns this territory's reports anew at the moment."""

    kind = "regrid-under-way"


class _Chunk(NamedTuple):
    """A stretch of one month's table: blocks from `first` up to `past`."""

    part: str
    first: int
    past: int


class _Reports(NamedTuple):
    """Columns of n stored reports, with the place on the disk and the version in which each was read."""

    place: Column
    version: Column
    id: Column
    received_at: Column
    edition_id: Column
    cell_id: Column
    on_edge: Column
    lon: Column
    lat: Column
    accuracy_m: Column


_KINDS = ("V6", "u4", "i8", "i8", "i4", "i8", "?", "f8", "f8", "f8")
_EPOCH = np.datetime64("2000-01-01T00:00:00", "us")  # of PostgreSQL's binary times


class Regrid:
    """One run over a territory's reports.

    Parameters
    ----------
    grid : the edition that the reports are to stand under.
    advance : called after each chunk.
    jobs : how many connections share the work; the answers do not depend on it.
    blocks : of a table's blocks, how many make a chunk, which is one transaction.
    """

    def __init__(
        self, grid: Grid, *, advance: Callable[[Moves], None] = lambda _: None, jobs: int = JOBS, blocks: int = BLOCKS
    ) -> None:
        self.moves = Moves()
        self._grid = grid
        self._advance = advance
        self._jobs = jobs
        self._blocks = blocks
        self._ambiguity = Ambiguity(grid)
        self._locating = asyncio.Lock()
        self._codes: Mapping[int, str] = {}
        self._rehearsal = False
        self._stopping = False

    async def run(self, url: str, *, rehearsal: bool = False) -> Moves:
        """Assign every report that stands under another edition; in a rehearsal only find out what would come of it.

        Cancelled, it ends with the chunks under way. What is done before an interruption or an error stays.

        Raises
        ------
        RegridUnderWay
        """
        self._rehearsal = rehearsal
        async with AsyncExitStack() as stack:
            if not rehearsal:
                await stack.enter_async_context(_alone(url, self._grid.territory))
            connections = [await stack.enter_async_context(await _connected(url)) for _ in range(self._jobs)]
            found = await connections[0].execute(queries.LEAF_CODES, (self._grid.territory,))
            self._codes = dict(await found.fetchall())
            for _ in range(1 if rehearsal else PASSES):
                work = await self._work_left(connections[0])
                if not self._left(work):
                    break
                await self._pass(connections, work)
            if not rehearsal:
                self.moves.left = self._left(await self._work_left(connections[0]))
                with self._timed("hand on"):
                    setting = await load_setting(connections[0], self._grid, routing=False)
                    self.moves.handed_on += await hand_on(connections[0], setting)
        return self.moves

    async def _pass(self, connections: list[AsyncConnection], work: list[tuple[str, int, int]]) -> None:
        """Go through the work once."""
        self.moves.strays.clear()
        self.moves.seen = self.moves.moved
        self.moves.reports = self.moves.moved + sum(reports for _, reports, _ in work)
        self._stopping = False
        chunks = self._chunks(work)
        workers = [asyncio.create_task(self._carry_through(connection, chunks)) for connection in connections]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            self._stopping = True
            await asyncio.gather(*workers, return_exceptions=True)
        for worker in workers:
            worker.result()

    async def _work_left(self, connection: AsyncConnection) -> list[tuple[str, int, int]]:
        """Tables with work left in them, each with the number of its reports and of its blocks."""
        with self._timed("survey"):
            where = {"territory": self._grid.territory, "edition": self._grid.edition_id}
            return await (await connection.execute(queries.REPORTS_ELSEWHERE, where)).fetchall()

    def _left(self, work: list[tuple[str, int, int]]) -> int:
        """How many reports are to be looked at, or again, because they came up meanwhile."""
        return max(0, sum(reports for _, reports, _ in work) - self.moves.outside)

    def _chunks(self, work: list[tuple[str, int, int]]) -> Iterator[_Chunk]:
        for part, _, blocks in work:
            for first in range(0, blocks, self._blocks):
                yield _Chunk(part, first, min(first + self._blocks, blocks))

    async def _carry_through(self, connection: AsyncConnection, chunks: Iterator[_Chunk]) -> None:
        for chunk in chunks:
            for attempt in range(TRIES):
                try:
                    await self._assign(connection, chunk)
                    break
                except psycopg.errors.DeadlockDetected:  # somebody changes the same reports in another order
                    if attempt == TRIES - 1:
                        raise
            self._advance(self.moves)
            if self._stopping:
                return

    async def _assign(self, connection: AsyncConnection, chunk: _Chunk) -> None:
        """One chunk, whole or not at all."""
        with self._timed("commit"):  # what the others leave
            async with connection.transaction(), connection.cursor(binary=True) as cursor:
                with self._timed("read", of="commit"):
                    reports = await self._read(cursor, chunk)
                with self._timed("locate", of="commit"):
                    async with self._locating:
                        columns, position = await asyncio.to_thread(self._located, reports)
                moved = columns["n"]
                if not self._rehearsal and len(moved):
                    with self._timed("stage", of="commit"):
                        await self._stage(cursor, columns)
                    with self._timed("assign", of="commit"):
                        moved = await self._write(cursor, chunk.part)
        self._count(reports, position, moved)

    async def _read(self, cursor: psycopg.AsyncCursor[Any], chunk: _Chunk) -> _Reports:
        statement = sql.SQL(queries.REPORTS_OF_BLOCKS).format(
            part=sql.Identifier(chunk.part),
            first=sql.SQL("{}::tid").format(f"({chunk.first},0)"),
            past=sql.SQL("{}::tid").format(f"({chunk.past},0)"),
            territory=self._grid.territory,
            edition=self._grid.edition_id,
        )
        await cursor.execute(statement)
        answer = cursor.pgresult
        assert answer is not None  # noqa: S101 - an aggregate always answers
        return _Reports(*(array_of(answer.get_value(0, at), kind) for at, kind in enumerate(_KINDS)))

    def _located(self, reports: _Reports) -> tuple[dict[str, Column], Column]:
        """What to write of the reports inside, `n` of the chunk's, and the position of every report."""
        position, on_edge = self._grid.locate_many(reports.lon, reports.lat)
        inside = position != OUTSIDE
        ambiguous = self._ambiguity.of(reports.lon, reports.lat, np.where(inside, reports.accuracy_m, np.nan))
        columns = {
            "n": np.arange(len(position), dtype=np.int32),
            "place": reports.place,
            "version": reports.version,
            "old_edition_id": reports.edition_id,
            "old_cell_id": reports.cell_id,
            "old_on_edge": reports.on_edge,
            "cell_id": self._grid.leaf_ids[position] if len(self._grid.leaves) else reports.cell_id,
            "on_edge": on_edge,
            "ambiguous": ambiguous,
        }
        return {name: column[inside] for name, column in columns.items()}, position

    async def _stage(self, cursor: psycopg.AsyncCursor[Any], columns: dict[str, Column]) -> None:
        await cursor.execute(queries.CREATE_STAGED)
        async with cursor.copy(queries.COPY_STAGED) as copy:
            await copy.write(copy_stream(columns))

    async def _write(self, cursor: psycopg.AsyncCursor[Any], part: str) -> Column:
        """Put the staged assignments in place of the old ones, and those into the history; says which (their `n`)."""
        await cursor.execute(queries.PLAN_BY_PLACE)
        statement = sql.SQL(queries.ASSIGN_STAGED).format(
            part=sql.Identifier(part),
            facts=sql.Identifier(part.replace("report_", "report_facts_", 1)),
            edition=sql.Literal(self._grid.edition_id),
        )
        await cursor.execute(statement)
        answer = cursor.pgresult
        assert answer is not None  # noqa: S101 - an aggregate always answers
        moved = array_of(answer.get_value(0, 0), "i4")
        if len(moved):
            await cursor.execute(queries.BUMP_REGRIDS, (self._grid.territory,))
        return moved

    def _count(self, reports: _Reports, position: Column, moved: Column) -> None:
        """Enter a chunk's reports into the account; those neither moved nor outside are found again later."""
        moves, outside = self.moves, position == OUTSIDE
        moves.seen += len(position)
        moves.moved += len(moved)
        pairs = np.column_stack([reports.cell_id[moved], position[moved]])
        flows, counts = np.unique(pairs, axis=0, return_counts=True)
        for (cell, leaf), count in zip(flows.tolist(), counts.tolist(), strict=True):
            moves.flows[self._codes[cell], self._grid.leaves[leaf].code] += count
        if outside.any():
            kept = [self._codes[cell] for cell in reports.cell_id[outside].tolist()]
            at = _EPOCH + reports.received_at[outside].astype("timedelta64[us]")
            moves.strays.append(Stray(reports.id[outside], at, reports.lon[outside], reports.lat[outside], kept))

    @contextmanager
    def _timed(self, step: str, of: str | None = None) -> Iterator[None]:
        """Add the time of a step to the account, and take it from that of the step it is part of."""
        started = time.perf_counter()
        try:
            yield
        finally:
            took = time.perf_counter() - started
            self.moves.seconds[step] += took
            if of:
                self.moves.seconds[of] -= took


async def _connected(url: str) -> AsyncConnection:
    return await psycopg.AsyncConnection.connect(
        url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, options="-c timezone=UTC"
    )


@asynccontextmanager
async def _alone(url: str, territory: str) -> AsyncIterator[None]:
    """No other regrid of the territory runs meanwhile; should the process die, the server lets go of the lock."""
    async with await _connected(url) as connection, connection.transaction():
        await connection.execute(queries.MAY_BE_IDLE)
        row = await (await connection.execute(queries.LOCK_REGRID, (territory,))).fetchone()
        if row != (True,):
            raise RegridUnderWay(territory=territory)
        yield
