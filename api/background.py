"""The sweep while the server runs: at regular intervals, in every server process, whichever comes first."""

import asyncio

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from wangge.reports.clock.sweep import apply_policies, sweep
from wangge.store.engine import AsyncConnection

__all__ = ["sweep_regularly"]

log = structlog.get_logger(__name__)

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
