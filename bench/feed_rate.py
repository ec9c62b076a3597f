"""What the feed costs: the statement of intake with it and without, a tick, and a server that has nothing to do.

    python -m bench.feed_rate [--rounds 12] [--reports 1500] [--idle-s 60]

Processor time instead of time: the database's own process for the statement and the tick, and for the idle server its
process and all of its connections. The statement runs in turn in a database of the revision before the feed and in one
of today's, without waiting for the disk. Ticks run over an event table of 5 and of 36 months.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.cluster import own_cluster
from tests.conftest import await_ready, free_port
from wangge.store.engine import Connection, connect
from wangge.store.migrate import upgrade
from wangge.store.postgres.cluster import Cluster

BEFORE = "0009"
REPORT = """
WITH stored AS (
    INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                        ambiguous, raw_lon, raw_lat, datum, geom)
    VALUES ('2026-03-02', 'town', 1, 1, 'assigned', 'lamp', '2026-03-02', 'api', false, false, 116, 38, 'wgs84',
            ST_SetSRID(ST_MakePoint(116, 38), 4326))
    RETURNING id, received_at
)
INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor, move, version)
SELECT id, received_at, 'town', state, received_at, 'wangge', move, 1
FROM stored, (VALUES ('received', 'receive'), ('assigned', 'assign')) AS opening (state, move)
"""
EVENTS = """
INSERT INTO report_event (report_id, report_received_at, territory_code, state, actor, move)
SELECT 1, '2026-01-05', 'town', 'assigned', 'bench', 'note' FROM generate_series(1, %s)
"""
# The keys of other tables are not what is measured, and nothing is in those.
LOOSEN = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
WHERE contype = 'f' AND conparentid = 0 AND conrelid = ANY (ARRAY['report', 'report_event']::regclass[])
"""
MONTHS = (
    "SELECT ensure_report_month((date '2026-01-01' + make_interval(months => n))::date) FROM generate_series(0, %s) n"
)


def seconds(*processes: int) -> float:
    """Processor time that some processes have used so far."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def database(cluster: Cluster, name: str, months: int, to: str = "head") -> Connection:
    url = cluster.create_database(name)
    upgrade(url, to)
    connection = connect(url, autocommit=True)
    connection.execute(MONTHS, (months - 1,))
    for (statement,) in connection.execute(LOOSEN).fetchall():
        connection.execute(statement)
    connection.execute("SET synchronous_commit = off")
    return connection


def intake(cluster: Cluster, rounds: int, reports: int) -> None:
    links = {"before the feed": database(cluster, "before", 5, BEFORE), "with it": database(cluster, "after", 5)}
    spent: dict[str, list[float]] = {name: [] for name in links}
    for turn in range(rounds + 1):
        for name, link in links.items():
            begun = seconds(link.info.backend_pid)
            for _ in range(reports):
                link.execute(REPORT)
            if turn:  # the first round warms up
                spent[name].append((seconds(link.info.backend_pid) - begun) / reports * 1e6)
    for name, figures in spent.items():
        print(f"a report with two events, {name}: {statistics.median(figures):.0f} µs")
    before, after = spent.values()
    print(f"with / before = {statistics.median(b / a for a, b in zip(before, after, strict=True)):.2f}")


def ticks(cluster: Cluster) -> None:
    for months in (5, 36):
        link, ticker = database(cluster, f"ticks{months}", months), connect(cluster.url_of(f"ticks{months}"))
        ticker.autocommit = True
        for events in (0, 2, 50, 200):
            count = 200
            begun = seconds(ticker.info.backend_pid)
            for _ in range(count):
                link.execute(EVENTS, (events,))
                ticker.execute("SELECT feed_tick()")
            spent = (seconds(ticker.info.backend_pid) - begun) / count * 1000
            print(f"a tick over {months} months that numbers {events}: {spent:.2f} ms")
        ticker.close()


def idle(cluster: Cluster, idle_s: float) -> None:
    link = database(cluster, "idle", 36)
    environment = {"WANGGE_DATABASE_URL": cluster.url_of("idle"), "WANGGE_PORT": str(port := free_port())}
    command = [sys.executable, "-c", "from wangge.api.cli import main; main()", "serve"]
    server = subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.DEVNULL)
    await_ready(f"http://127.0.0.1:{port}", server)
    time.sleep(15)
    theirs = "SELECT pid FROM pg_stat_activity WHERE datname = 'idle' AND pid <> pg_backend_pid()"
    processes = [process for (process,) in link.execute(theirs).fetchall()]
    begun, since = (seconds(server.pid), seconds(*processes)), time.monotonic()
    time.sleep(idle_s)
    took = time.monotonic() - since
    ours, its = (
        100 * (now - then) / took for now, then in zip((seconds(server.pid), seconds(*processes)), begun, strict=True)
    )
    print(f"an idle server: {ours:.2f} % of a core, its {len(processes)} connections {its:.2f} %")
    server.terminate()
    server.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--reports", type=int, default=1500)
    parser.add_argument("--idle-s", type=float, default=60)
    options = parser.parse_args()
    with own_cluster() as cluster:
        intake(cluster, options.rounds, options.reports)
        ticks(cluster)
        idle(cluster, options.idle_s)


if __name__ == "__main__":
    main()
