"""How long the morning's news of areas takes to make: python -m bench.area_news [--subscriptions 10000]"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from bench.cluster import own_cluster
from tests.conftest import furnish
from wangge.outgoing.areas.sending import make_digests
from wangge.outgoing.notices.ways import Ways
from wangge.reports.feed.sequencing import number_all
from wangge.store.engine import connect, connect_async, create_pool
from wangge.store.migrate import upgrade
from wangge.store.settings import Settings

MONTHS = "SELECT ensure_report_month((now() - make_interval(months => n))::date) FROM generate_series(0, 12) n"
# Open lamps all over Xinhua, one in so many of them reported today.
REPORTS = """
WITH leaf AS (
    SELECT array_agg(c.id) AS ids, array_agg(ST_PointOnSurface(c.geom)) AS points, max(e.id) AS edition
    FROM cell c JOIN edition e ON e.id = c.edition_id
    WHERE e.territory_code = 'xinhua' AND c.level = jsonb_array_length(e.levels) - 1
), made AS (
    SELECT 1 + n %% array_length(ids, 1) AS at, CASE WHEN n %% %(every)s = 0 THEN now() - interval '1 hour'
               ELSE now() - make_interval(days => 3 + n %% 300) END AS received_at, edition, ids, points
    FROM generate_series(1, %(reports)s) n, leaf
), stored AS (
    INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                        ambiguous, raw_lon, raw_lat, datum, geom)
    SELECT received_at, 'xinhua', edition, ids[at], 'assigned', 'lamp', received_at, 'api', false, false,
           ST_X(points[at]), ST_Y(points[at]), 'wgs84', points[at] FROM made
    RETURNING id, received_at
)
INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor, move, version)
SELECT id, received_at, 'xinhua', 'assigned', received_at, 'wangge', 'receive', 1 FROM stored
"""
# Half of them a circle of 500 m, most others a street, a few all of it.
SUBSCRIPTIONS = """
WITH place AS (
    SELECT array_agg(ST_PointOnSurface(c.geom)) AS points, array_agg(c.path[1]) AS streets
    FROM cell c JOIN edition e ON e.id = c.edition_id
    WHERE e.territory_code = 'xinhua' AND c.level = jsonb_array_length(e.levels) - 1
), made AS (
    SELECT n, points[1 + n %% array_length(points, 1)] AS point, streets[1 + n %% array_length(points, 1)] AS street
    FROM generate_series(1, %(subscriptions)s) n, place
)
INSERT INTO area_subscription (territory_code, email, language, cell, lon, lat, metres, confirmed_at, position, due_at)
SELECT 'xinhua', n || '@example.org', 'zh', CASE WHEN n %% 20 BETWEEN 10 AND 18 THEN street END,
       CASE WHEN n %% 20 < 10 THEN ST_X(point) END, CASE WHEN n %% 20 < 10 THEN ST_Y(point) END,
       CASE WHEN n %% 20 < 10 THEN 500 END, now(), 0, now()
FROM made
"""


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--subscriptions", type=int, default=10_000)
    options.add_argument("--reports", type=int, default=20_000)
    options.add_argument("--every", type=int, default=20)
    given = options.parse_args()
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as home:
        upgrade(cluster.url)
        furnish(cluster.url)
        with connect(cluster.url, autocommit=True) as connection:
            connection.execute(MONTHS)
            connection.execute(REPORTS, vars(given))
            connection.execute(SUBSCRIPTIONS, vars(given))
            connection.execute("ANALYZE")
        mail = {"smtp_host": "127.0.0.1", "smtp_from": "a@example.org", "public_url": "https://grid.example.org"}
        asyncio.run(made(Settings(database_url=cluster.url, home=Path(home), **mail), given.subscriptions))  # type: ignore[arg-type]


async def made(settings: Settings, subscriptions: int) -> None:
    url = str(settings.database_url)
    async with await connect_async(url) as connection:
        await number_all(connection)
    async with create_pool(url, settings) as pool:
        begun = time.perf_counter()
        count = await make_digests(pool, Ways.of(settings))
        spent = time.perf_counter() - begun
    each = spent / subscriptions * 1000
    print(f"{count} messages for {subscriptions} subscriptions in {spent:.1f} s, {each:.2f} ms each")


if __name__ == "__main__":
    main()
