"""What every server process does for webhooks: makes ready what they are to be told, and sends it."""

import asyncio
import time
from datetime import timedelta

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from wangge.api.notices import Pool, Sign
from wangge.outgoing.delivery.deliveries import expire
from wangge.outgoing.webhooks.addresses import networks_of
from wangge.outgoing.webhooks.making import behind, make_all
from wangge.outgoing.webhooks.queries import FORGET_SENT
from wangge.outgoing.webhooks.sending import Sender
from wangge.reports.feed.events import Mark, standing
from wangge.store.engine import connect_async
from wangge.store.settings import Settings

__all__ = ["make_ready", "send_webhooks"]

log = structlog.get_logger(__name__)

LOOK_S = 1.0
RETRY_S = 5.0
ANEW_S = 60.0  # a receiver that took nothing for long may have room again, though nothing has happened
EXPIRE_S = 10.0
FORGET_S = 3600.0


async def make_ready(url: str, settings: Settings) -> None:
    """Follow the feed for every webhook."""
    source, keep = (settings.public_url or "").rstrip("/"), timedelta(days=settings.webhook_days)
    while True:
        try:
            async with await connect_async(url) as connection:
                connection.prepare_threshold = None  # which a transaction-pooling PgBouncer asks for
                reached, looked = Mark(0, -1), 0.0
                while True:
                    newest, now = (await standing(connection)).newest, time.monotonic()
                    if newest != reached or now - looked > ANEW_S or await behind(connection):
                        if await make_all(connection, source, keep):
                            continue
                        reached, looked = newest, now
                    await asyncio.sleep(LOOK_S)
        except (psycopg.Error, OSError) as error:
            log.warning("webhooks not made ready, trying again", error=str(error).strip())
        except Exception:  # the database answers meanwhile; nothing else may end with it
            log.exception("webhooks not made ready, trying again")
        await asyncio.sleep(RETRY_S)


async def send_webhooks(pool: Pool, settings: Settings, sign: Sign) -> None:
    """Send to every webhook what is due, and forget in time what was sent."""
    networks, keep = networks_of(settings.webhook_networks), timedelta(days=settings.feed_days)
    sender: Sender | None = None
    forget_at = expire_at = 0.0
    try:
        while True:
            try:
                sender = sender or Sender(pool, await sign(pool), networks)
                await sender.look()
                if time.monotonic() >= expire_at:
                    async with pool.connection() as connection:
                        await expire(connection, "webhook")
                    expire_at = time.monotonic() + EXPIRE_S
                if time.monotonic() >= forget_at:
                    async with pool.connection() as connection:
                        await connection.execute(FORGET_SENT, {"keep": keep})
                    forget_at = time.monotonic() + FORGET_S
            except (psycopg.Error, PoolTimeout, OSError) as error:
                log.warning("webhooks not served, trying again", error=str(error).strip())
            await asyncio.sleep(LOOK_S)
    finally:
        if sender:
            sender.stop()
