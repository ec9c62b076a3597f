"""Makes the exports that were asked for while the server runs; one process of a machine does, one after the other."""

import asyncio
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process

import orjson
import structlog

from wangge.patterns.columns.keeping import alone
from wangge.reports.bulk.export.jobs import FOLDER, TRIES, Export, ExportReason, Exports, ExportState

__all__ = ["make_exports"]

log = structlog.get_logger(__name__)

RETRY_S = 2.0
LOOK_S = 0.5
SWEEP_EVERY_S = 60.0
MOST_S = 3600.0


async def make_exports(url: str, exports: Exports) -> None:
    """Make what waits, take up anew what another process left, and sweep; what fails is told with the export."""
    while True:
        try:
            with alone(exports.folder.parent, FOLDER) as mine:
                if mine:
                    await _make_all(url, exports)
        except OSError as error:
            log.warning("exports not made, trying again", error=str(error).strip())
        except Exception:  # nothing else may end with it
            log.exception("exports not made, trying again")
        await asyncio.sleep(RETRY_S)


async def _make_all(url: str, exports: Exports) -> None:
    sweep_at = 0.0
    while True:
        if time.monotonic() >= sweep_at:
            if removed := await asyncio.to_thread(exports.sweep):
                log.info("exports removed", count=removed)
            sweep_at = time.monotonic() + SWEEP_EVERY_S
        export = await asyncio.to_thread(exports.next)
        if export is None:
            await asyncio.sleep(LOOK_S)
            continue
        try:
            await _make(url, exports, export)
        except FileNotFoundError:  # it was cancelled in the middle of something
            exports.remove(export.id)


async def _make(url: str, exports: Exports, export: Export) -> None:
    if export.tries >= TRIES:
        exports.finished(export, ExportReason.INTERRUPTED)
        return
    export = export.model_copy(update={"state": ExportState.RUNNING, "tries": export.tries + 1})
    exports.keep_state(export)
    command = (sys.executable, "-m", "wangge.reports.bulk.export.making")
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=DEVNULL, start_new_session=True)
    try:
        assert process.stdin is not None  # noqa: S101 - it was started with a pipe, which ends it with this process
        told = {"url": url, "home": str(exports.folder.parent.resolve()), "export": export.id}
        process.stdin.write(orjson.dumps(told) + b"\n")
        reason = await _watched(process, exports, export)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if await asyncio.to_thread(exports.get, export.id) is None:  # cancelled
        exports.remove(export.id)
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
            return ExportReason.BROKEN if process.returncode else None
