"""What every server process does so that people hear what happened: takes events from the feed, sends messages."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from wangge.access.links import Links
from wangge.outgoing.areas.sending import send_areas
from wangge.outgoing.delivery.deliveries import Down
from wangge.outgoing.notices.following import begin, end, take
from wangge.outgoing.notices.sending import send_mail, send_push, send_text, send_wechat
from wangge.outgoing.notices.ways import Ways
from wangge.reports.feed.events import BATCH, FeedGone
from wangge.store.engine import AsyncConnection, connect_async

__all__ = ["notice_chores"]

log = structlog.get_logger(__name__)

LOOK_S = 2.0
LONGEST_S = 300.0

Pool = AsyncConnectionPool[AsyncConnection]
Sign = Callable[[Pool], Awaitable[Links]]
Send = Callable[[Pool, Ways, Links], Awaitable[int]]


def notice_chores(url: str, pool: Pool, ways: Ways, sign: Sign) -> Iterator[Any]:
    """What there is to do by some ways.

    Parameters
    ----------
    sign : gives what signs links.
    """
    if not ways.open:
        yield _end(url)
        return
    yield _follow(url, pool, ways, sign)
    if ways.mail:
        yield _send(send_mail, pool, ways, sign)
        yield _send(send_areas, pool, ways, sign)
    if ways.gateway:
        yield _send(send_text, pool, ways, sign)
    if ways.wechat:
        yield _send(send_wechat, pool, ways, sign)
    if ways.push:
        yield _send(send_push, pool, ways, sign)


async def _end(url: str) -> None:
    """Where no way is open nothing is taken from the feed, and nothing kept in it for notices."""
    try:
        async with await connect_async(url) as connection:
            await end(connection)
    except (psycopg.Error, OSError) as error:
        log.warning("the feed may be kept for notices that nobody sends", error=str(error).strip())


async def _follow(url: str, pool: Pool, ways: Ways, sign: Sign) -> None:
    while True:
        try:
            try:
                await _take_all(url, ways, await sign(pool))
            except FeedGone as error:
                log.error("notices of some events were not made: the feed goes on elsewhere", **error.facts)
                async with await connect_async(url) as connection:
                    await end(connection)
        except (psycopg.Error, PoolTimeout, OSError) as error:
            log.warning("notices not made, trying again", error=str(error).strip())
        except Exception:  # the database answers meanwhile; nothing else may end with it
            log.exception("notices not made, trying again")
        await asyncio.sleep(LOOK_S)


async def _take_all(url: str, ways: Ways, links: Links) -> None:
    async with await connect_async(url) as connection:
        connection.prepare_threshold = None  # which a transaction-pooling PgBouncer asks for
        await begin(connection)
        while True:
            if await take(connection, ways, links) < BATCH:
                await asyncio.sleep(LOOK_S)


async def _send(send: Send, pool: Pool, ways: Ways, sign: Sign) -> None:
    """Send what is due, now and then; whoever cannot be had is asked less often, in the end every five minutes."""
    wait_s = LOOK_S
    while True:
        try:
            await send(pool, ways, await sign(pool))
            wait_s = LOOK_S
        except Down as error:
            wait_s = min(2 * wait_s, LONGEST_S)
            log.warning("messages not taken, trying again", error=error.kind, seconds=wait_s)
        except (psycopg.Error, PoolTimeout, OSError) as error:
            log.warning("messages not sent, trying again", error=str(error).strip())
        except Exception:
            log.exception("messages not sent, trying again")
        await asyncio.sleep(wait_s)
