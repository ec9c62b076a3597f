"""How fast reports come in: a CSV through `reports import`, beside raw COPY of the very same rows.

    python -m bench.import_rate [--rows 200000] [--rounds 3]

Ours starts with the CSV file and ends with committed rows: reading, checking, datum, point-in-polygon, keys, COPY.
The peer starts with buffers that were encoded before and ends with the same rows committed in the same tables (report,
report_event, report_key) with all their indexes and constraints, by psycopg's COPY, in the same batches. Rounds
alternate; each starts with an empty clone of one database. The goal is a ratio of at least 0.5.
"""

import argparse
import asyncio
import csv
import gzip
import statistics
import tempfile
import time
from pathlib import Path

import psycopg

from bench.cluster import own_cluster
from wangge.duty.desks import publish
from wangge.geo.boundaries import read_boundaries
from wangge.geo.files.reading import open_records
from wangge.geo.grid import Grid
from wangge.reports.bulk.importing import Import
from wangge.reports.categories.categories import categories_for, put_categories
from wangge.store.engine import connect
from wangge.store.grids.editions import import_edition
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade
from wangge.store.postgres.cluster import Cluster

ROOT = Path(__file__).parent.parent
REQUESTS = ROOT / "data" / "reports" / "washington_2015_2016.csv.gz"
FOLDER = ROOT / "data" / "boundaries" / "washington"
MAPPING = {
    "lon": "LONGITUDE",
    "lat": "LATITUDE",
    "category": "SERVICECODE",
    "description": "SERVICECODEDESCRIPTION",
    "occurred_at": "ADDDATE",
    "external_id": "SERVICEREQUESTID",
}
TABLES = {"report": "id", "report_event": "report_id", "report_key": "report_id"}
BATCH = 20_000


def write_rows(file: Path, rows: int) -> None:
    """The real requests, over and over with new ids, until there are enough."""
    with gzip.open(REQUESTS, "rt", newline="") as source:
        header, *requests = csv.reader(source)
    identity = header.index("SERVICEREQUESTID")
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        for n in range(rows):
            row = requests[n % len(requests)].copy()
            row[identity] += f"-{n // len(requests)}"
            writer.writerow(row)


def furnish(cluster: Cluster) -> None:
    url = cluster.create_database("furnished")
    upgrade(url)
    with connect(url) as connection:
        edition = import_edition(connection, read_boundaries(FOLDER))
        put_categories(connection, "washington", categories_for(FOLDER))
        publish(connection, "washington", edition.label)


def ours(url: str, grid: Grid, file: Path) -> float:
    """Seconds from the CSV to committed rows."""
    started = time.perf_counter()
    reader = open_records(file, batch_size=BATCH)
    totals = asyncio.run(Import(file, reader, grid, mapping=MAPPING, reject=lambda *_: None).run(url))
    took = time.perf_counter() - started
    assert totals.refused == 0, totals
    reader.close()
    return took


def encoded(url: str) -> list[dict[str, tuple[str, bytes]]]:
    """What is stored, as buffers of binary COPY with the columns of each table, in the batches that ours commits."""
    batches = []
    with connect(url) as connection:
        low, high = connection.execute("SELECT min(id), max(id) FROM report").fetchone() or (0, 0)
        for first in range(low, high + 1, BATCH):
            buffers = {}
            for table, key in TABLES.items():
                names = connection.execute(f"SELECT * FROM {table} LIMIT 0").description
                columns = ", ".join(column.name for column in names or [] if column.name != "xid")  # the writer's own
                rows = f"SELECT {columns} FROM {table} WHERE {key} BETWEEN {first} AND {first + BATCH - 1}"
                with connection.cursor().copy(f"COPY ({rows}) TO STDOUT (FORMAT BINARY)") as copy:
                    buffers[table] = (columns, b"".join(map(bytes, copy)))
            batches.append(buffers)
    return batches


def months(url: str) -> list[object]:
    with connect(url) as connection:
        query = "SELECT DISTINCT date_trunc('month', received_at)::date FROM report"
        return [month for (month,) in connection.execute(query)]


def peer(url: str, batches: list[dict[str, tuple[str, bytes]]], of_months: list[object]) -> float:
    """Seconds to commit the same rows in the same batches from buffers; the partitions are there before."""
    with connect(url) as connection:
        connection.execute("SELECT ensure_report_month(m) FROM unnest(%s::date[]) AS m", (of_months,))
    started = time.perf_counter()
    with psycopg.connect(url) as connection:
        for buffers in batches:
            with connection.transaction(), connection.cursor() as cursor:
                for table, (columns, buffer) in buffers.items():
                    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
                        copy.write(buffer)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with own_cluster() as cluster, tempfile.TemporaryDirectory(prefix="wangge-bench-") as folder:
        run(cluster, Path(folder), options.rows, options.rounds)


def run(cluster: Cluster, home: Path, rows: int, rounds: int) -> None:
    file = home / "requests.csv"
    write_rows(file, rows)
    furnish(cluster)
    with connect(cluster.url_of("furnished")) as connection:
        grid = load_grid(connection, "washington")
    batches: list[dict[str, tuple[str, bytes]]] = []
    of_months: list[object] = []
    took: dict[str, list[float]] = {"wangge reports import": [], "raw COPY": []}
    for n in range(rounds):
        url = cluster.create_database(f"ours{n}", template="furnished")
        took["wangge reports import"].append(ours(url, grid, file))
        if not batches:
            batches, of_months = encoded(url), months(url)
        cluster.drop_database(f"ours{n}")
        url = cluster.create_database(f"peer{n}", template="furnished")
        took["raw COPY"].append(peer(url, batches, of_months))
        cluster.drop_database(f"peer{n}")
    print(f"{rows:,} reports, {rounds} rounds, median seconds")
    for name, seconds in took.items():
        median = statistics.median(seconds)
        print(f"{name:<24}{median:8.2f} s {rows / median:10,.0f} rows/s   {', '.join(f'{s:.2f}' for s in seconds)}")
    ours_s, peer_s = (statistics.median(seconds) for seconds in took.values())
    print(f"ratio {peer_s / ours_s:.2f} (goal 0.5)")


if __name__ == "__main__":
    main()
