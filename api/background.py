"""What every server process does by itself: the sweep, and the feed. Whichever process comes first does it for all."""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta

import psycopg
import structlog
from prometheus_client import Counter, Gauge
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from wangge.reports.clock.sweep import apply_policies, sweep
from wangge.reports.feed.keeping import drop_old
from wangge.reports.feed.positions import followers
from wangge.reports.feed.sequencing import tick
from wangge.reports.release.making import make_due
from wangge.store.engine import AsyncConnection, connect_async

__all__ = ["look_after_feed", "number_events", "release_regularly", "sweep_regularly"]

log = structlog.get_logger(__name__)

NUMBERED = Counter("wangge_feed_numbered_total", "Events that this process gave their place in the feed.")
TICKED = Gauge("wangge_feed_tick_timestamp_seconds", "When this process last saw to the numbering of the feed.")
BEHIND = Gauge("wangge_feed_behind_events", "Events that a follower has not done.", ["follower"])
BEHIND_S = Gauge(
    "wangge_feed_behind_seconds", "How long the first event that a follower has not done waits.", ["follower"]
)

TICK_S = 0.05
IDLE_S = 1.0  # between ticks while nothing happens here; what other programs commit waits so long at the most
WATCH_S = 15.0
DROP_EVERY_S = 3600.0

BATCH = 500  # small, so that requests do not wait while a batch is thought about


async def sweep_regularly(pool: AsyncConnectionPool[AsyncConnection], every_s: float) -> None:
    """Look every few seconds at what is nearly due, overdue or rising; what fails is tried again the next time."""
    while True:
        await asyncio.sleep(every_s)
        try:
            async with pool.connection() as connection:
                await apply_policies(connection, batch=BATCH)
                swept = await sweep(connection, batch=BATCH)
        except (psycopg.Error, PoolTimeout, OSError) as error:
            log.warning("sweep not finished, trying again", error=str(error).strip())
            continue
        if swept.looked:
            log.info("swept", looked=swept.looked, warned=swept.warned, expired=swept.expired, risen=swept.risen)


async def release_regularly(pool: AsyncConnectionPool[AsyncConnection], step: int, every_s: float) -> None:
    """Publish the counts of periods that are over; what fails is tried again the next time."""
    while True:
        try:
            async with pool.connection() as connection:
                made = await make_due(connection, step)
        except (psycopg.Error, PoolTimeout, OSError) as error:
            log.warning("counts not published, trying again", error=str(error).strip())
        else:
            if made:
                log.info("counts published", periods=len(made))
        await asyncio.sleep(every_s)


async def number_events(url: str, written: asyncio.Event) -> None:
    """Give committed events their place in the feed: often while there are any, and once this process has written.

    It has a connection of its own, so that it neither waits behind requests nor they behind it, and one plan is kept.

    Parameters
    ----------
    written : set after every request that may have changed something.
    """
    while True:
        try:
            async with await connect_async(url) as connection:
                connection.prepare_threshold = None  # which a transaction-pooling PgBouncer asks for
                await _number(connection, written)
        except (psycopg.Error, OSError) as error:
            log.warning("feed not numbered, trying again", error=str(error).strip())
            await asyncio.sleep(IDLE_S)


async def _number(connection: AsyncConnection, written: asyncio.Event) -> None:
    idle = False
    while True:
        if idle:
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_S):  # wait_for of Python 3.11 loses a cancelling that comes with it
                    await written.wait()
        written.clear()
        numbered = await tick(connection)
        TICKED.set(time.time())
        NUMBERED.inc(numbered or 0)
        idle = numbered == 0  # while another process numbers, what was just written here may be left for the next tick
        await asyncio.sleep(TICK_S)


async def look_after_feed(pool: AsyncConnectionPool[AsyncConnection], keep: timedelta) -> None:
    """Measure how far followers are behind, and drop in time what they have had."""
    drop_at = 0.0
    while True:
        try:
            async with pool.connection() as connection:
                found = await followers(connection)
                if time.monotonic() >= drop_at:
                    await drop_old(connection, keep)
                    drop_at = time.monotonic() + DROP_EVERY_S
        except (psycopg.Error, PoolTimeout, OSError) as error:
            log.warning("feed not looked after, trying again", error=str(error).strip())
        else:
            for gauge in (BEHIND, BEHIND_S):
                gauge.clear()
            for follower in found:
                BEHIND.labels(follower.name).set(follower.behind)
                BEHIND_S.labels(follower.name).set(follower.behind_s)
        await asyncio.sleep(WATCH_S)
