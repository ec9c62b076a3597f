"""Sends what waits to each webhook by itself: a few cases at once, the events of each case in order."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from prometheus_client import Counter
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from wangge.access.links import Links
from wangge.outgoing.delivery import queries as deliveries
from wangge.outgoing.delivery.deliveries import Unreachable, back_off
from wangge.outgoing.delivery.posting import post
from wangge.outgoing.webhooks import queries
from wangge.outgoing.webhooks.addresses import Networks, pool_to
from wangge.outgoing.webhooks.signing import headers_of, secrets_of
from wangge.store.engine import AsyncConnection, first_value, named_rows

if TYPE_CHECKING:
    from httpcore2 import AsyncConnectionPool as Connections

__all__ = ["Sender"]

log = structlog.get_logger(__name__)

SENT = Counter("wangge_webhooks_sent_total", "Events that receivers have taken.")
FAILED = Counter("wangge_webhooks_failed_total", "Tries that receivers did not take.")

LEASE = timedelta(minutes=1)
AT_ONCE = 4
"""Events of different cases that are on their way to one receiver."""

PATIENCE = 3
"""Failures in a row after which a receiver is left alone for a while."""

SETTLE_S = 1.0

Pool = AsyncConnectionPool[AsyncConnection]


class Sender:
    """One of a process.

    Parameters
    ----------
    networks : private ones that webhooks may lead into.
    """

    def __init__(self, pool: Pool, links: Links, networks: Networks) -> None:
        self._pool = pool
        self._links = links
        self._networks = networks
        self._running: dict[int, asyncio.Task[None]] = {}

    async def look(self) -> None:
        """Begin to send to every webhook for which something is due and to which nothing is being sent."""
        async with self._pool.connection() as connection:
            due = await named_rows(connection, queries.DUE)
        for hook in due:
            if hook.id not in self._running:
                task = asyncio.create_task(self._drain(hook))
                self._running[hook.id] = task
                task.add_done_callback(partial(self._done, hook.id))

    def _done(self, webhook: int, _: asyncio.Task[None]) -> None:
        self._running.pop(webhook, None)

    async def finish(self) -> None:
        """Return when nothing is being sent."""
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            await asyncio.sleep(0)

    def stop(self) -> None:
        """Leave off; what was on its way is tried again by whoever comes next."""
        for task in self._running.values():
            task.cancel()

    async def _drain(self, hook: Any) -> None:
        try:
            async with pool_to(hook.url, self._networks, AT_ONCE) as connections:
                await asyncio.gather(*(self._work(hook, connections) for _ in range(AT_ONCE)))
        except (psycopg.Error, PoolTimeout, OSError) as error:
            log.warning("webhook not served, trying again", webhook=hook.id, error=str(error).strip())
        except Exception:  # which nobody else would hear of
            log.exception("webhook not served, trying again", webhook=hook.id)

    async def _work(self, hook: Any, connections: "Connections") -> None:
        """Send one event after the other until none is due, or the receiver is to be left alone."""
        keys = secrets_of(self._links, hook.id, hook.generation, former=hook.former)
        while True:
            async with self._pool.connection() as connection:
                claimed = await named_rows(connection, queries.CLAIM, {"webhook": hook.id, "lease": LEASE})
            if not claimed:
                return
            error = await _post(connections, hook.url, keys, claimed[0].mark, claimed[0].body.encode())
            if error is None:
                SENT.inc()
                await _settled(self._pool, _succeeded, hook.id, claimed[0])
            else:
                FAILED.inc()
                await _settled(self._pool, _failed, hook.id, claimed[0], error)


async def _post(connections: "Connections", url: str, keys: list[bytes], mark: str, body: bytes) -> str | None:
    """Why a receiver has not taken a message; None when it has. Of its answer nothing is read but the status."""
    headers = headers_of(keys, mark, int(time.time()), body) | {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "user-agent": "wangge-webhooks/1",
    }
    try:
        status = await post(connections, url, headers, body)
    except Unreachable as error:
        return str(error)
    return None if 200 <= status < 300 else str(status)


async def _succeeded(connection: AsyncConnection, webhook: int, claimed: Any) -> None:
    async with connection.transaction():
        await connection.execute(deliveries.SENT, {"id": claimed.id})
        await connection.execute(queries.SUCCEEDED, {"webhook": webhook})


async def _failed(connection: AsyncConnection, webhook: int, claimed: Any, error: str) -> None:
    facts = {"id": claimed.id, "attempts": claimed.attempts, "error": error}
    async with connection.transaction():
        due = datetime.now(UTC) + back_off(claimed.attempts)
        await connection.execute(deliveries.PUT_OFF, facts | {"due": due})
        failures = await first_value(connection, queries.FAILED, {"webhook": webhook, "error": error})
        if failures is not None and failures >= PATIENCE:
            await connection.execute(queries.REST, {"webhook": webhook, "rest": back_off(failures - PATIENCE + 1)})


async def _settled(pool: Pool, how: Callable[..., Awaitable[None]], *facts: Any) -> None:
    """Keep what became of it; the database is waited for."""
    while True:
        try:
            async with pool.connection() as connection:
                await how(connection, *facts)
        except (psycopg.OperationalError, PoolTimeout, OSError) as error:
            log.warning("event not settled, trying again", error=str(error).strip())
            await asyncio.sleep(SETTLE_S)
        else:
            return
