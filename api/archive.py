"""Keeps the archive of reports by month while the server runs; one process of a machine does."""

import asyncio
import time
from pathlib import Path

import psycopg
import structlog

from wangge.geo.alone import alone
from wangge.geo.errors import WanggeError
from wangge.store.engine import AsyncConnection, connect_async

__all__ = ["keep_archive"]

log = structlog.get_logger(__name__)

START_S = 5.0
RETRY_S = 60.0
COUNT_EVERY_S = 24 * 3600.0


async def keep_archive(url: str, home: Path, address: str, every_s: float) -> None:
    """Bring the archive to the end of the feed every so often; what fails is tried again.

    Parameters
    ----------
    address : a folder, or such as `s3://bucket/folder`.
    every_s : seconds between two looks at the feed.
    """
    await asyncio.sleep(min(START_S, every_s))
    while True:
        try:
            with alone(home, "archive") as mine:
                if mine:
                    async with await connect_async(url) as connection:
                        connection.prepare_threshold = None  # which a transaction-pooling PgBouncer asks for
                        await _keep(connection, url, address, every_s)
        except (psycopg.Error, OSError) as error:
            log.warning("archive not kept, trying again", error=str(error).strip())
        except WanggeError as error:
            log.warning("archive not kept, trying again", kind=error.kind, **error.facts)
        except Exception:  # the database answers meanwhile; nothing else may end with it
            log.exception("archive not kept, trying again")
        await asyncio.sleep(RETRY_S)


async def _keep(connection: AsyncConnection, url: str, address: str, every_s: float) -> None:
    from wangge.reports.bulk.archive.keeping import Archive  # loads Parquet, which nobody else here needs

    archive = Archive(address, url)
    count_at = 0.0
    while True:
        counted = time.monotonic() >= count_at
        done = await archive.step(connection, counted=counted)
        if counted:
            count_at = time.monotonic() + COUNT_EVERY_S
        if done.written or done.removed:
            log.info("archive kept", months=done.written, removed=done.removed, mark=str(done.mark))
        await asyncio.sleep(every_s)
