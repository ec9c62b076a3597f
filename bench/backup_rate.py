"""How long a backup and a restore take, and what intake feels of a backup.

    python -m bench.backup_rate [--reports 20000]

Reports at random places of Xinhua are stored by a batch after the other, as a hotline sends them. Then one client files
reports for as long as a backup takes, and as many without one; the backup is restored into an empty database, compared
and replayed.
"""

import argparse
import asyncio
import os
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import shapely

from bench.cluster import own_cluster
from tests.conftest import BOUNDARIES, load_territory
from wangge.geo.grid import Grid
from wangge.reports.bulk.batch import submit_batch
from wangge.reports.case.checking import contradictions
from wangge.reports.figures.rebuilding import rebuild
from wangge.reports.intake.submitting import Submission, submit
from wangge.store.backup import restoring, taking
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade
from wangge.store.postgres.cluster import Cluster

BATCH = 5000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=20_000)
    options = parser.parse_args()
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        measure(cluster, Path(folder), options.reports)


def measure(cluster: Cluster, folder: Path, reports: int) -> None:
    upgrade(cluster.url)
    with connect(cluster.url) as connection:
        load_territory(connection, BOUNDARIES / "xinhua")
        grid = load_grid(connection, "xinhua")
    asyncio.run(fill(cluster.url, grid, reports))
    took: dict[str, list[float]] = {"during a backup": [], "without one": []}
    over = threading.Event()
    filing = threading.Thread(target=lambda: asyncio.run(file(cluster.url, grid, over, took["during a backup"])))
    filing.start()
    begun = time.perf_counter()
    contents = taking.take(cluster.url, folder / "home", folder / "kept", lambda *_: None)
    taken = time.perf_counter() - begun
    over.set()
    filing.join()
    ends = threading.Event()
    threading.Timer(taken, ends.set).start()
    asyncio.run(file(cluster.url, grid, ends, took["without one"]))
    size = sum(kept.bytes for kept in contents.files.values())
    rows = sum(table.rows for table in contents.tables.values())
    print(f"{reports:,} reports, {rows:,} rows, {size / 1e6:.1f} MB; load average {os.getloadavg()[0]:.1f}")
    print(f"backup   {taken:6.1f} s")
    for when, seconds in took.items():
        p50, p99 = np.percentile(seconds, [50, 99]) * 1000
        print(f"a report {when}: p50 {p50:.1f} ms, p99 {p99:.1f} ms ({len(seconds)} reports)")
    there = cluster.create_database("there")
    begun = time.perf_counter()
    restoring.restore(folder / "kept", there, folder / "other", lambda *_: None)
    print(f"restore  {time.perf_counter() - begun:6.1f} s, compared and migrated")
    begun = time.perf_counter()
    with connect(there, autocommit=True) as connection:
        wrong = rebuild(connection, mend=False).different + sum(1 for _ in contradictions(connection))
    print(f"replay   {time.perf_counter() - begun:6.1f} s, {wrong} rows differ")


async def fill(url: str, grid: Grid, reports: int) -> None:
    points = places(grid, reports, 1)
    async with await connect_async(url) as connection:
        for first in range(0, reports, BATCH):
            records = [{"lon": lon, "lat": lat, "category": "lamp"} for lon, lat in points[first : first + BATCH]]
            await submit_batch(connection, grid, records)


async def file(url: str, grid: Grid, ends: threading.Event, took: list[float]) -> None:
    """Reports one after the other, each in its transaction, and the seconds that each took."""
    points = places(grid, 1000, 2)
    async with await connect_async(url) as connection:
        while not ends.is_set():
            lon, lat = points[len(took) % len(points)]
            begun = time.perf_counter()
            await submit(connection, grid, Submission(lon, lat, category="lamp"), source="bench")
            took.append(time.perf_counter() - begun)


def places(grid: Grid, many: int, seed: int) -> list[tuple[float, float]]:
    """Points inside base grids that are drawn at random."""
    shapes = [leaf.geometry for leaf in grid.leaves]
    inside = shapely.get_coordinates(shapely.point_on_surface(shapes))
    drawn = inside[np.random.default_rng(seed).integers(0, len(inside), many)]
    return [(lon, lat) for lon, lat in drawn.tolist()]


if __name__ == "__main__":
    main()
