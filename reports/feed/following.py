"""Follows the feed from a mark: every committed event exactly once, in the order of positions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from wangge.reports.feed.events import FeedEvent, Mark, next_stretch
from wangge.reports.feed.sequencing import CHANNEL
from wangge.store.engine import AsyncConnection, connect_async

__all__ = ["Bell", "follow", "ringing"]

log = structlog.get_logger(__name__)

POLL_S = 1.0
"""How long a follower waits that no bell wakes: a notice may be lost with its connection, or not pass a pooler."""

HEARTBEAT_S = 5.0
RETRY_S = 1.0


class Bell:
    """Rings when the feed has grown: one direct connection of a process, however many followers wait by it."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """What is set at the next ring. To be taken before reading, so that no ring falls between."""
        return self._next

    def ring(self) -> None:
        """Wake everybody who waits."""
        rung, self._next = self._next, asyncio.Event()
        rung.set()

    async def wait(self, rung: asyncio.Event) -> None:
        """Return at the ring that was taken from `next`, or after a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):  # wait_for of Python 3.11 loses a cancelling that comes with it
                await rung.wait()

    async def listen(self, url: str) -> None:
        """Ring at every notice until cancelled; while the database is away, followers read at intervals."""
        while True:
            try:
                async with await connect_async(url) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    while True:
                        async for _ in connection.notifies(timeout=HEARTBEAT_S, stop_after=1):
                            self.ring()
                        await connection.execute("SELECT")  # a dead server is noticed here
            except (psycopg.Error, OSError) as error:
                log.warning("the feed is not listened to, trying again", error=str(error).strip())
                await asyncio.sleep(RETRY_S)


@asynccontextmanager
async def ringing(url: str, *, pgbouncer: bool) -> AsyncIterator[Bell]:
    """A bell that listens meanwhile; behind a transaction-pooling PgBouncer it is silent, and followers poll."""
    bell = Bell()
    if pgbouncer:
        yield bell
        return
    task = asyncio.create_task(bell.listen(url))
    try:
        yield bell
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def follow(
    pool: AsyncConnectionPool[AsyncConnection],
    bell: Bell,
    after: Mark,
    *,
    territory: str | None = None,
    until: int | None = None,
) -> AsyncIterator[FeedEvent]:
    """Every event after a mark, as it is committed; a lost database is waited for.

    Parameters
    ----------
    territory : whose events; of every one if left out.
    until : the last position that is asked for; without an end if left out.

    Raises
    ------
    FeedGone : also later, when the database was restored meanwhile and the feed goes on elsewhere.
    """
    while True:
        rung = bell.next
        try:
            async with pool.connection() as connection:
                stretch = await next_stretch(connection, after, territory=territory)
        except (psycopg.OperationalError, PoolTimeout) as error:
            log.warning("the feed is not read, trying again", error=str(error).strip())
            await asyncio.sleep(RETRY_S)
            continue
        for event in stretch.events:
            if until is None or event.mark.position <= until:
                yield event
        if until is not None and stretch.reached.position >= until:
            return
        if stretch.reached.position == after.position:
            await bell.wait(rung)
        after = stretch.reached
