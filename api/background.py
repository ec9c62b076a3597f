"""What every server process does by itself: sweep, feed, streams, columns, the nightly look, erasing in time."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import random

import psycopg
import structlog
from prometheus_client import Counter, Gauge
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from wangge.access.tokens import forget_expired
from wangge.geo.alone import alone
from wangge.geo.errors import WanggeError
from wangge.outgoing.areas.subscribing import erase_unconfirmed
from wangge.outgoing.streams import Streams
from wangge.patterns.columns.keeping import Builder, folder_of
from wangge.reports.campaigns.board import erase_texts
from wangge.reports.clock.sweep import apply_policies, sweep
from wangge.reports.evidence.photos import erase_photos
from wangge.reports.evidence.pictures import Pictures, PicturesUnavailable
from wangge.reports.feed.events import Mark, standing
from wangge.reports.feed.following import ringing
from wangge.reports.feed.keeping import drop_old
from wangge.reports.feed.positions import followers
from wangge.reports.feed.sequencing import tick
from wangge.reports.intake.contacts import erase_contacts
from wangge.reports.intake.months import ensure_months_ahead
from wangge.reports.release.making import make_due
from wangge.store.engine import AsyncConnection, connect_async
from wangge.store.grids.live import LiveGrids
from wangge.store.settings import Settings

__all__ = [
    "forget_in_time",
    "keep_columns",
    "keep_months_ahead",
    "look_after_feed",
    "look_nightly",
    "number_events",
    "release_regularly",
    "sweep_regularly",
    "tell_streams",
]

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
LOOK_EVERY_S = 600.0  # about so long after midnight in the territory at the latest
DROP_EVERY_S = 3600.0
MONTHS_EVERY_S = 6 * 3600.0
ERASE_EVERY_S = 3600.0

COLUMNS_START_S = 2.0  # what is asked first is answered first
COLUMNS_RETRY_S = 5.0
COLUMNS_IDLE_S = 5.0  # between looks at what no event tells, such as another edition

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


async def tell_streams(url: str, settings: Settings, streams: Streams) -> None:
    """Read the feed once for every stream of this process."""
    async with ringing(url, pgbouncer=settings.pgbouncer) as bell:
        await streams.follow(url, bell)


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


async def keep_columns(url: str, home: Path, territories: Callable[[], list[str]], every_s: float) -> None:
    """Keep the columns of every territory, if no other process of this machine does.

    Parameters
    ----------
    home : the folder of what the program keeps.
    territories : tells their codes.
    every_s : seconds between two looks at the feed.
    """
    await asyncio.sleep(COLUMNS_START_S)
    while True:
        try:
            with alone(home) as mine:
                if mine:
                    async with await connect_async(url) as connection:
                        connection.prepare_threshold = None  # which a transaction-pooling PgBouncer asks for
                        await _keep(connection, home, territories, every_s)
        except (psycopg.Error, OSError) as error:
            log.warning("columns not kept, trying again", error=str(error).strip())
        except Exception:  # the database answers meanwhile; nothing else may end with it
            log.exception("columns not kept, trying again")
        await asyncio.sleep(COLUMNS_RETRY_S)


async def _keep(connection: AsyncConnection, home: Path, territories: Callable[[], list[str]], every_s: float) -> None:
    builders: dict[str, Builder] = {}
    reached: Mark | None = None
    looked = 0.0
    while True:
        newest = (await standing(connection)).newest
        if newest != reached or time.monotonic() - looked > COLUMNS_IDLE_S:
            for territory in territories():
                builder = builders.setdefault(territory, Builder(folder_of(home, territory), territory))
                try:
                    await builder.step(connection)
                except WanggeError as error:
                    log.warning("no columns", territory=territory, kind=error.kind, **error.facts)
            reached, looked = newest, time.monotonic()
        await asyncio.sleep(every_s)


async def look_nightly(url: str, home: Path, grids: LiveGrids) -> None:
    """Look where problems cluster, once a day and territory after its midnight; one process of a machine does.

    It has a connection of its own: a look takes minutes, and the pool's are for requests.
    """
    while True:
        await asyncio.sleep(LOOK_EVERY_S * (0.5 + random()))  # noqa: S311 - so that machines do not all look at once
        try:
            with alone(home, "findings") as mine:
                if mine:
                    async with await connect_async(url) as connection:
                        await _look(connection, grids)
        except (psycopg.Error, OSError) as error:
            log.warning("findings not looked for, trying again", error=str(error).strip())


async def _look(connection: AsyncConnection, grids: LiveGrids) -> None:
    from wangge.patterns.findings.nightly import due, look  # loads SciPy, which nobody else here needs

    for territory in grids.territories():
        try:
            day = await due(connection, grids[territory])
            found = await look(connection, grids[territory], day) if day else None
        except WanggeError as error:
            log.warning("findings not looked for", territory=territory, kind=error.kind, **error.facts)
            continue
        if found:
            log.info("looked for findings", territory=territory, findings=len(found.findings), tests=found.tests)


async def keep_months_ahead(pool: AsyncConnectionPool[AsyncConnection], done: asyncio.Event) -> None:
    """See to it that the partitions of the months to come exist; `done` is set once reports can be stored."""
    while True:
        try:
            async with pool.connection() as connection:
                await ensure_months_ahead(connection, needed=True)
                done.set()
                await ensure_months_ahead(connection)
            await asyncio.sleep(MONTHS_EVERY_S)
        except (psycopg.Error, PoolTimeout, OSError) as error:
            log.warning("months ahead not ensured, trying again", error=str(error).strip())
            await asyncio.sleep(5)


async def forget_in_time(pool: AsyncConnectionPool[AsyncConnection], settings: Settings, pictures: Pictures) -> None:
    """Erase contacts, photos and texts of checklists whose time is over, what nobody confirmed, and sessions and tokens
    nobody can use.
    """
    closed, received = timedelta(days=settings.contact_days), timedelta(days=settings.contact_days_open)
    shown = timedelta(days=settings.photo_days), timedelta(days=settings.photo_days_open)
    while True:
        try:
            async with pool.connection() as connection:
                count = await erase_contacts(connection, datetime.now(UTC), closed, received, "wangge")
                await erase_texts(connection, datetime.now(UTC) - closed)
                await forget_expired(connection)
                await erase_unconfirmed(connection)
            photos_erased = await erase_photos(pool, pictures, datetime.now(UTC), *shown)
            if count or photos_erased:
                log.info("erased in time", contacts=count, photos=photos_erased)
            await asyncio.sleep(ERASE_EVERY_S)
        except (psycopg.Error, PoolTimeout, OSError, PicturesUnavailable) as error:
            log.warning("contacts or photos not erased, trying again", error=str(error).strip())
            await asyncio.sleep(60)
