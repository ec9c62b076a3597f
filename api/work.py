"""What an operator watches: the work that lies on each level, what is late, and whether clock and pool keep up."""

import asyncio
import time

import psycopg
import structlog
from prometheus_client import Counter, Gauge
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from wangge.reports.clock.queries import SWEEP_LAG
from wangge.reports.listing.loads import work_by_level
from wangge.store.engine import AsyncConnection, first_value

__all__ = ["note_pool", "watch_work"]

log = structlog.get_logger(__name__)

WATCH_S = 15.0

WHERE = ["territory", "level"]
OPEN = Gauge("wangge_cases_open", "Open cases, by the level of the desk that has them.", WHERE)
NEARLY_DUE = Gauge("wangge_cases_nearly_due", "Open cases whose deadline is near.", WHERE)
OVERDUE = Gauge("wangge_cases_overdue", "Open cases whose deadline has passed.", WHERE)
OLDEST = Gauge("wangge_cases_oldest_seconds", "How long the oldest open case has been there.", WHERE)
LAG = Gauge("wangge_sweep_lag_seconds", "How long the oldest alarm waits that should have been settled.")
MEASURED = Gauge("wangge_work_timestamp_seconds", "When this process last measured the work.")
CONNECTIONS = Gauge("wangge_pool_connections", "Connections to the database that requests share.", ["state"])
WAITING = Gauge("wangge_pool_waiting", "Requests that wait for a connection.")
REFUSED = Counter("wangge_pool_refused", "Requests that waited for a connection in vain.")


async def watch_work(pool: AsyncConnectionPool[AsyncConnection]) -> None:
    """Measure every few seconds what lies where; what fails is tried again the next time."""
    while True:
        try:
            async with pool.connection() as connection:
                found = await work_by_level(connection)
                lag = await first_value(connection, SWEEP_LAG, {})
        except (psycopg.Error, PoolTimeout, OSError) as error:
            log.warning("work not measured, trying again", error=str(error).strip())
        else:
            for gauge in (OPEN, NEARLY_DUE, OVERDUE, OLDEST):
                gauge.clear()
            for work in found:
                place = (work.territory, work.level)
                OPEN.labels(*place).set(work.open)
                NEARLY_DUE.labels(*place).set(work.nearly_due)
                OVERDUE.labels(*place).set(work.overdue)
                OLDEST.labels(*place).set(work.oldest_s)
            LAG.set(lag)
            MEASURED.set(time.time())
        await asyncio.sleep(WATCH_S)


def note_pool(pool: AsyncConnectionPool[AsyncConnection]) -> None:
    """Set the metrics of the pool as it stands at this moment."""
    told = pool.pop_stats()  # which begins its counts anew
    size, free = told.get("pool_size", 0), told.get("pool_available", 0)
    CONNECTIONS.labels("free").set(free)
    CONNECTIONS.labels("taken").set(size - free)
    WAITING.set(told.get("requests_waiting", 0))
    REFUSED.inc(told.get("requests_errors", 0))
