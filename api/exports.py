"""Makes the exports that were asked for while the server runs; one process of a machine does, one after the other."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import orjson
import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool

from wangge.geo.alone import alone
from wangge.reports.bulk.export.jobs import TRIES, Ended, Export, ExportReason, Exports
from wangge.store.engine import AsyncConnection, database_of

__all__ = ["HomeExports", "make_exports"]

log = structlog.get_logger(__name__)

RETRY_S = 2.0
LOOK_S = 0.5
SWEEP_EVERY_S = 60.0
MOST_S = 3600.0
NO_DATABASE_S = 5.0
REASONS = {0: None, Ended.TOO_MANY_ROWS.value: ExportReason.TOO_MANY_ROWS}


class HomeExports:
    """The exports of a home that are from the server's database; for the arguments see Exports."""

    def __init__(self, home: Path, keep: timedelta, most_bytes: int) -> None:
        self._bounds = home, keep, most_bytes
        self._here: Exports | None = None

    async def here(self, pool: AsyncConnectionPool[AsyncConnection]) -> Exports:
        """Those, once it is known which database it is."""
        if self._here is None:
            home, keep, most_bytes = self._bounds
            async with pool.connection() as connection:
                self._here = Exports(home, await database_of(connection), keep, most_bytes)
        return self._here


async def make_exports(url: str, pool: AsyncConnectionPool[AsyncConnection], kept: HomeExports) -> None:
    """Make what waits, take up anew what another process left, and sweep; what fails is told with the export."""
    while True:
        try:
            exports = await kept.here(pool)
            with alone(exports.folder.parent, exports.folder.name) as mine:
                if mine:
                    sweeping = asyncio.create_task(_sweep(exports))
                    try:
                        await _make_all(url, exports)
                    finally:
                        sweeping.cancel()
        except (OSError, psycopg.Error) as error:
            log.warning("exports not made, trying again", error=str(error).strip())
        except Exception:  # nothing else may end with it
            log.exception("exports not made, trying again")
        await asyncio.sleep(RETRY_S)


async def _sweep(exports: Exports) -> None:
    """Sweep now and again, also while one is made that takes long."""
    while True:
        try:
            if removed := await asyncio.to_thread(exports.sweep):
                log.info("exports removed", count=removed)
        except Exception:  # what is made goes on
            log.exception("exports not swept, trying again")
        await asyncio.sleep(SWEEP_EVERY_S)


async def _make_all(url: str, exports: Exports) -> None:
    while True:
        export = await asyncio.to_thread(exports.next)
        if export is None:
            await asyncio.sleep(LOOK_S)
            continue
        try:
            await _make(url, exports, export)
        except Exception:
            if await asyncio.to_thread(exports.get, export.id) is None:  # it was cancelled in the middle of something
                exports.remove(export.id)
                continue
            log.exception("export not made", export=export.id)
            with suppress(FileNotFoundError):
                exports.finished(export, ExportReason.BROKEN)


async def _make(url: str, exports: Exports, export: Export) -> None:
    if export.tries >= TRIES:
        exports.finished(export, ExportReason.INTERRUPTED)
        return
    export = exports.begun(export)
    command = (sys.executable, "-m", "wangge.reports.bulk.export.making")
    scratch = exports.folder / export.id / "scratch"  # it is counted, and goes with the export
    scratch.mkdir()
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=PIPE,
        stdout=DEVNULL,
        start_new_session=True,
        env=os.environ | {"TMPDIR": str(scratch.resolve())},
    )
    try:
        assert process.stdin is not None  # noqa: S101 - it was started with a pipe, which ends it with this process
        home = str(exports.home.resolve())
        told = {"url": url, "home": home, "database": exports.database, "export": export.id}
        process.stdin.write(orjson.dumps(told) + b"\n")
        reason = await _watched(process, exports, export)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if await asyncio.to_thread(exports.get, export.id) is None:  # cancelled
        exports.remove(export.id)
        return
    if process.returncode == Ended.NO_DATABASE:  # which says nothing of the export
        await asyncio.to_thread(exports.untried, export)
        await asyncio.sleep(NO_DATABASE_S)
        return
    if process.returncode == Ended.DATABASE_LOST:  # it is left as by a server that ended, and tried again
        return
    over = await asyncio.to_thread(exports.finished, export, reason)
    log.info("export made", territory=over.territory, form=over.form, rows=over.rows, state=over.state, reason=reason)


async def _watched(process: Process, exports: Exports, export: Export) -> ExportReason | None:
    """Why it did not become a file; None where it did, or where nobody wants it any more."""
    until = time.monotonic() + MOST_S
    while True:
        try:
            async with asyncio.timeout(LOOK_S):
                await process.wait()
        except TimeoutError:
            if await asyncio.to_thread(exports.get, export.id) is None:
                return None
            if await asyncio.to_thread(exports.size_of, export) > exports.most_bytes:
                return ExportReason.TOO_LARGE
            if time.monotonic() > until:
                return ExportReason.TOO_LONG
        else:
            return REASONS.get(process.returncode or 0, ExportReason.BROKEN)
