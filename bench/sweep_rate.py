"""One sweep over a million open cases of Xinhua, while few, many and all of them are due.

The cases are spread over three months and all base grids, with deadlines over a hundred hours: half are to be warned
of, a quarter becomes overdue, a quarter rises. Sweeps follow each other at the moments at which a share of the alarms
has come. Prints the seconds of each, and what PostgreSQL alone takes to change rows and append their events.

    .venv/bin/python -m bench.sweep_rate [--cases 1000000] [--shares 0 0.001 0.01 0.1 1]
"""

import argparse
import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from bench.cluster import own_cluster
from wangge.duty.desks import publish
from wangge.geo.boundaries import read_boundaries
from wangge.reports.categories.categories import categories_for, put_categories
from wangge.reports.clock.sweep import sweep
from wangge.reports.policy.policies import give_policy, load_policy
from wangge.reports.policy.policy import Policy, Step, Urgency
from wangge.store.engine import Connection, connect
from wangge.store.grids.editions import import_edition
from wangge.store.migrate import upgrade

BOUNDARIES = Path(__file__).parent.parent / "data" / "boundaries" / "xinhua"
START = datetime(2026, 11, 23, tzinfo=UTC)
MINUTES = 6000

MOMENTS = """
CREATE TEMPORARY TABLE moment
    (n integer PRIMARY KEY, due timestamptz, warn timestamptz, since timestamptz, rises timestamptz)
"""

CASES = """
WITH base AS (
    SELECT c.id, c.edition_id, d.id AS desk, row_number() OVER (ORDER BY c.code) - 1 AS n, c.label
    FROM cell c JOIN desk d ON d.territory_code = 'xinhua' AND d.level = 'grid' AND d.code = c.code
), made AS (
    INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                        ambiguous, raw_lon, raw_lat, datum, geom, desk_id, level, level_since, step, nearly_due,
                        overdue, due_at, alarm_at)
    SELECT m.due - make_interval(mins => 7 + (i * 37) %% 86400), 'xinhua', b.edition_id, b.id, 'handling', 'lamp',
           m.due, 'api', false, false, 0, 0, 'wgs84', b.label, b.desk, 'grid',
           CASE i %% 4 WHEN 3 THEN m.since ELSE m.due - interval '1 hour' END, 'handle', i %% 4 >= 2, i %% 4 = 3,
           CASE i %% 4 WHEN 3 THEN m.since ELSE m.due END,
           CASE i %% 4 WHEN 3 THEN m.rises WHEN 2 THEN m.due ELSE m.warn END
    FROM generate_series(%(first)s::integer, %(last)s::integer) AS i
    JOIN base b ON b.n = i %% 422 JOIN moment m ON m.n = (i::bigint * 7919) %% {minutes}
    RETURNING id, received_at, cell_id
), kept AS (
    INSERT INTO report_facts (id, received_at, territory_code, cell_id, category, since, facts)
    SELECT id, received_at, 'xinhua', cell_id, 'lamp', received_at, 1 FROM made
)
INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor, move, version)
SELECT id, received_at, 'xinhua', 'assigned', received_at, 'wangge', 'assign', 1 FROM made
""".replace("{minutes}", str(MINUTES))

# What the sweep writes, with everything known beforehand and in one statement.
BARE = """
WITH due AS MATERIALIZED (
    SELECT id, received_at FROM report WHERE alarm_at IS NOT NULL ORDER BY alarm_at LIMIT %(rows)s
), changed AS (
    UPDATE report r SET nearly_due = true, alarm_at = alarm_at + interval '1 day', version = version + 1
    FROM due WHERE r.id = due.id AND r.received_at = due.received_at RETURNING r.id, r.received_at, r.version
)
INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor, move, version)
SELECT id, received_at, 'xinhua', 'handling', now(), 'bare', 'warn', version FROM changed
"""


def moments(policy: Policy) -> list[tuple[int, datetime, datetime | None, datetime, datetime | None]]:
    """For each minute: a deadline with its warning, and a beginning at a level with the rise that ends it."""
    found = []
    for n in range(MINUTES):
        due = START + timedelta(minutes=n)
        since = due - timedelta(days=3)
        warn = policy.warn_at(Step.HANDLE, "lamp", Urgency.NORMAL, due)
        found.append((n, due, warn, since, policy.rises_at("grid", since)))
    return found


async def policy_of(url: str) -> Policy:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return await load_policy(connection, "xinhua")


def fill(connection: Connection, policy: Policy, cases: int) -> None:
    """Store the cases."""
    for month in ("2026-09-01", "2026-10-01", "2026-11-01"):
        connection.execute("SELECT ensure_report_month(%s)", (month,))
    connection.execute(MOMENTS)
    with connection.cursor() as cursor, cursor.copy("COPY moment FROM STDIN") as copy:
        for row in moments(policy):
            copy.write_row(row)
    step = 50_000
    for first in range(0, cases, step):
        connection.execute(CASES, {"first": first, "last": min(first + step, cases) - 1})
    connection.commit()


async def timed(url: str, now: datetime) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, options="-c timezone=UTC") as connection:
        begun = time.perf_counter()
        done = await sweep(connection, now)
        seconds = time.perf_counter() - begun
    each = seconds / done.looked * 1e6 if done.looked else 0
    print(f"{done.looked:9,} due  {seconds:8.2f} s  {each:6.0f} µs each   {done}", flush=True)


def bare(url: str, rows: int) -> None:
    with connect(url) as connection:
        begun = time.perf_counter()
        connection.execute(BARE, {"rows": rows})
        connection.commit()
    print(f"{rows:9,} bare {time.perf_counter() - begun:8.2f} s", flush=True)


def run(url: str, cases: int, shares: list[float]) -> None:
    upgrade(url)
    with connect(url) as connection:
        edition = import_edition(connection, read_boundaries(BOUNDARIES))
        put_categories(connection, "xinhua", categories_for(BOUNDARIES))
        give_policy(connection, "xinhua", BOUNDARIES)
        publish(connection, "xinhua", edition.label)
    policy = asyncio.run(policy_of(url))
    begun = time.perf_counter()
    with connect(url) as connection:
        fill(connection, policy, cases)
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        (alarms,) = connection.execute(
            "SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY alarm_at) FROM report", (shares,)
        ).fetchone() or ((),)
    print(f"{cases:,} open cases stored in {time.perf_counter() - begun:.0f} s", flush=True)
    for share, alarm in zip(shares, alarms, strict=True):
        asyncio.run(timed(url, alarm if share else START - timedelta(days=30)))
    bare(url, cases // 100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.0, 0.001, 0.01, 0.1, 1.0])
    options = parser.parse_args()
    with own_cluster() as cluster:
        run(cluster.url, options.cases, options.shares)


if __name__ == "__main__":
    main()
