"""The feed under kills: writers that commit out of order, tickers and followers by name that are killed at random.

    python -m bench.feed_soak [--minutes 3] [--seed 1]

Eight writers over forty cases in three months (single statements, savepoints, COPY, rollbacks, transactions held open),
two tickers and three followers, one of which is killed every half second; a bystander holds a transaction for five
seconds now and then. Says how many events there were, how many of them late against the order of their ids, and that
none was missed, none was done twice and none stands out of order in its case; how long an event took from its commit
until followers could read it.
"""

import argparse
import asyncio
import statistics
import threading
import time
from datetime import timedelta

from bench.cluster import own_cluster
from tests.reports.feeding import Turmoil, check, drain
from tests.reports.town import START, build_town
from wangge.store.engine import connect, connect_async
from wangge.store.migrate import upgrade

CASES = 40
APPEND = """
INSERT INTO report_event (report_id, report_received_at, territory_code, state, actor, move)
SELECT id, received_at, territory_code, state, 'watch', 'note' FROM report ORDER BY id LIMIT 1 FOR UPDATE RETURNING id
"""
HELD_S = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with own_cluster() as cluster:
        asyncio.run(soak(cluster.url, options.minutes * 60, options.seed))


async def soak(url: str, seconds: float, seed: int) -> None:
    upgrade(url)
    town = build_town(url)
    async with await town.connection() as connection:
        for n in range(CASES):
            town.now = START + timedelta(days=30 * (n % 3))
            await town.file(connection)
    with connect(url) as link:
        cases = link.execute("SELECT id, received_at FROM report ORDER BY id").fetchall()
    turmoil = Turmoil(url, cases, seed=seed)
    over = threading.Event()
    bystander = threading.Thread(target=hold, args=(url, over))
    took: list[float] = []
    watching = asyncio.create_task(watch(url, took))
    bystander.start()
    await asyncio.to_thread(turmoil.run, seconds, 0.5)
    over.set()
    bystander.join()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await drain(url, *turmoil.followers)
    events, late = check(url, turmoil.followers)
    cuts = statistics.quantiles(took[1:], n=100)  # the first one waited until the tickers ran
    print(
        f"{events:,} events, {late:,} of them late, {turmoil.kills} kills: none missed, none doubled, none out of order"
    )
    print(f"from commit to its place in the feed: p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms")


def hold(url: str, over: threading.Event) -> None:
    """A transaction that has an id and does nothing, again and again."""
    with connect(url) as connection:
        while not over.is_set():
            connection.execute("SELECT pg_current_xact_id()")
            over.wait(HELD_S)
            connection.commit()


async def watch(url: str, took: list[float]) -> None:
    """Append an event now and then, and time how long it is until followers may read it."""
    async with await connect_async(url) as connection:
        while True:
            (event,) = await (await connection.execute(APPEND)).fetchall()
            begun = time.perf_counter()
            while not await (await connection.execute("SELECT FROM feed WHERE event_id = %s", event)).fetchall():
                await asyncio.sleep(0.005)
            took.append(time.perf_counter() - begun)
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    main()
