"""Columns of reports in PostGIS: built, proven, followed; and counts from them beside the same counts in SQL.

    python -m bench.columns_rate [--rows 1000000] [--territory xinhua]

Reports all over a territory, spread over three years. Says how long the columns take to be built and proven, how long
one more report takes to be in them, and what the same questions take by columns and by the database. Both answers are
compared.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.cluster import own_cluster
from bench.draws import DRAWS
from wangge.access.scope import whole
from wangge.geo.boundaries import read_boundaries
from wangge.geo.grid import Grid
from wangge.patterns.columns.keeping import Builder, folder_of
from wangge.patterns.columns.places import column_of, line_of
from wangge.patterns.columns.proving import verify
from wangge.patterns.columns.shelf import Shelf
from wangge.patterns.counts.asked import Asked, By, Filter
from wangge.patterns.counts.by_columns import count_in_columns
from wangge.patterns.counts.by_database import count_in_database
from wangge.reports.feed.sequencing import tick
from wangge.store.engine import connect, connect_async
from wangge.store.grids.editions import import_edition, publish
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade
from wangge.store.records import copy_stream
from wangge.tilesets import HeatFilter, draw_heat
from wangge.tilesets.counted import counted_heat

BOUNDARIES = Path(__file__).parent.parent / "data" / "boundaries"
CATEGORIES = 20
INSERT = """
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                    ambiguous, raw_lon, raw_lat, datum, geom)
SELECT '2023-01-01'::timestamptz + n * (interval '1095 days' / %(rows)s), %(territory)s, %(edition)s, cell_id,
       CASE WHEN n %% 3 = 0 THEN 'assigned' ELSE 'received' END, 'c' || n::bigint * 7919 %% 20, '2025-01-01', 'bench',
       on_edge, false, lon, lat, 'wgs84', ST_SetSRID(ST_MakePoint(lon, lat), 4326)
FROM place ORDER BY n
"""
ONE_MORE = """
WITH one AS (
    INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                        ambiguous, raw_lon, raw_lat, datum, geom)
    SELECT now(), territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge, ambiguous,
           raw_lon, raw_lat, datum, geom FROM report LIMIT 1
    RETURNING id, received_at, territory_code
)
INSERT INTO report_event (report_id, report_received_at, territory_code, state, actor, move)
SELECT id, received_at, territory_code, 'received', 'bench', 'receive' FROM one
"""


def furnish(url: str, territory: str, rows: int) -> Grid:
    """A database with the reports; gives the grid."""
    upgrade(url)
    with connect(url) as connection:
        edition = import_edition(connection, read_boundaries(BOUNDARIES / territory))
        publish(connection, territory, edition.label)
        grid = load_grid(connection, territory)
        lon, lat = DRAWS["U"](grid.index.polygons, 3 * rows, np.random.default_rng(0)).T
        hits = grid.locate_many(lon, lat)
        inside = np.flatnonzero(hits.position >= 0)[:rows]
        columns = {
            "n": np.arange(len(inside), dtype=np.int32),
            "cell_id": grid.leaf_ids[hits.position[inside]].astype(np.int64),
            "on_edge": hits.on_edge[inside],
            "lon": lon[inside],
            "lat": lat[inside],
        }
        for k in range(CATEGORIES):
            connection.execute("INSERT INTO category VALUES (%s, %s, '{}')", (territory, f"c{k}"))
        connection.execute(
            "SELECT ensure_report_month(m::date) FROM generate_series('2022-12-01', now() + '1 month', '1 month') m"
        )
        connection.execute("CREATE TEMPORARY TABLE place (n int, cell_id bigint, on_edge bool, lon float, lat float)")
        with connection.cursor() as cursor, cursor.copy("COPY place FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(copy_stream(columns))
        connection.execute(INSERT, {"rows": rows, "territory": territory, "edition": grid.edition_id})
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE report")
    return grid


async def run(url: str, grid: Grid, home: Path) -> None:
    builder = Builder(folder_of(home, grid.territory), grid.territory)
    async with await connect_async(url) as link:
        await tick(link)
        took, _ = await timed(lambda: builder.step(link), 1)
        assert builder.kept is not None
        kept = builder.kept.generation.manifest
        print(f"built from PostGIS: {kept.rows:,} reports in {took / 1000:.1f} s")
        took, proof = await timed(lambda: verify(link, builder.folder, grid.territory), 1)
        assert not proof.wrong
        print(f"every one of {proof.compared:,} compared with the database in {took / 1000:.1f} s")
        await link.execute(ONE_MORE)
        await tick(link)
        took, _ = await timed(lambda: builder.step(link), 1)
        print(f"one more report in the columns: {took:.1f} ms after its place in the feed")
        await compare(link, grid, Shelf(home))


async def compare(link: Any, grid: Grid, shelf: Shelf) -> None:
    scope, months = whole(grid.territory), Filter(date(2024, 3, 1), date(2024, 3, 31))
    five = Filter(categories=frozenset({"c1", "c3", "c5", "c7", "c11"}))
    asked = {
        "by cell": Asked(scope, Filter(), frozenset({By.CELL})),
        "by cell, 5 categories": Asked(scope, five, frozenset({By.CELL})),
        "one month, bins": Asked(scope, months, frozenset({By.BIN}), 20),
        "everything by everything": Asked(scope, Filter(), frozenset(By), 20),
    }
    columns = shelf.columns(grid.territory)
    assert columns is not None
    print(f"{'':28}{'columns':>9} {'database':>9}   ms")
    for name, question in asked.items():
        ours, found = await timed(partial(count_in_columns, link, columns, question), 7)
        theirs, right = await timed(partial(count_in_database, link, grid, question), 1)
        assert (found.total, found.cells, found.days) == (right.total, right.cells, right.days)
        print(f"{name:28}{ours:9.2f} {theirs:9.0f}")
    heat = await counted_heat(link, shelf, grid, scope, HeatFilter())
    assert heat is not None
    lon, lat = (grid.bbox[0] + grid.bbox[2]) / 2, (grid.bbox[1] + grid.bbox[3]) / 2
    for z in (12, 14):
        place = (z, column_of(lon, z), line_of(lat, z))
        ours, tile = await timed(partial(heat.draw, link, *place), 7)
        theirs, right = await timed(partial(draw_heat, link, scope, HeatFilter(), *place), 1)
        assert bool(tile) == bool(right)
        print(f"{f'heat tile at zoom {z}':28}{ours:9.2f} {theirs:9.0f}")


async def timed(ask: Callable[[], Awaitable[Any]], times: int) -> tuple[float, Any]:
    """Milliseconds, the middle of so many."""
    took, answer = [], None
    for _ in range(times):
        began = time.perf_counter()
        answer = await ask()
        took.append((time.perf_counter() - began) * 1000)
    return median(took), answer


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--territory", default="xinhua")
    wanted = parser.parse_args()
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as home:
        url = cluster.create_database("counted")
        grid = furnish(url, wanted.territory, wanted.rows)
        asyncio.run(run(url, grid, Path(home)))
        print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
