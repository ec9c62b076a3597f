"""`wangge regrid` of stored reports, beside one SQL statement that does only the assignment.

    python -m bench.regrid_rate [--rows 1000000] [--territory taipei] [--rounds 1]

Reports all over a territory, spread over a year, stand under one edition; another with the same shapes is published, so
that every report must move. Ours keeps the superseded assignment of each, says what is on an edge or ambiguous, never
holds more than a chunk in one transaction, and counts what went where. The peer is `UPDATE report SET cell_id FROM cell
WHERE ST_Covers`, in one transaction, without any of that. Each round starts with a clone of one database; afterwards
both must have put every report into the same cell. Says where ours spends its time, over both connections together.
"""

import argparse
import asyncio
import statistics
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.cluster import own_cluster
from bench.draws import DRAWS
from wangge.geo.boundaries import read_boundaries
from wangge.geo.grid import Grid
from wangge.reports.bulk.regrid.moves import Moves
from wangge.reports.bulk.regrid.regridding import Regrid
from wangge.store.engine import connect
from wangge.store.grids.editions import import_edition, publish
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade
from wangge.store.postgres.cluster import Cluster
from wangge.store.records import copy_stream

BOUNDARIES = Path(__file__).parent.parent / "data" / "boundaries"
NEXT = "next"

INSERT = """
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                    ambiguous, raw_lon, raw_lat, datum, geom)
SELECT '2025-01-01'::timestamptz + n * (interval '365 days' / %(rows)s), %(territory)s, %(edition)s, cell_id,
       'assigned', 'lamp', '2025-01-01', 'bench', on_edge, false, lon, lat, 'wgs84',
       ST_SetSRID(ST_MakePoint(lon, lat), 4326)
FROM place ORDER BY n
"""
PEER = """
UPDATE report SET edition_id = cell.edition_id, cell_id = cell.id FROM cell
WHERE report.territory_code = %(territory)s AND report.edition_id <> %(edition)s
  AND cell.edition_id = %(edition)s AND cell.level = %(level)s AND ST_Covers(cell.geom, report.geom)
"""
RESULT = "SELECT cell_id FROM report WHERE edition_id = %s ORDER BY received_at, id"


def furnish(cluster: Cluster, territory: str, rows: int) -> Grid:
    """A database with the reports under the territory's edition, and the next one published; gives that one's grid."""
    url = cluster.create_database("furnished")
    upgrade(url)
    boundaries = read_boundaries(BOUNDARIES / territory)
    with connect(url) as connection:
        first = import_edition(connection, boundaries)
        publish(connection, territory, first.label)
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
        connection.execute("INSERT INTO category VALUES (%s, 'lamp', '{}')", (territory,))
        connection.execute(
            "SELECT ensure_report_month(m::date) FROM generate_series('2024-12-01', '2026-02-01', interval '1 month') m"
        )
        connection.execute("CREATE TEMPORARY TABLE place (n int, cell_id bigint, on_edge bool, lon float, lat float)")
        with connection.cursor() as cursor, cursor.copy("COPY place FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(copy_stream(columns))
        connection.execute(INSERT, {"rows": rows, "territory": territory, "edition": grid.edition_id})
        import_edition(connection, replace(boundaries, manifest=replace(boundaries.manifest, edition=NEXT)))
        publish(connection, territory, NEXT)
        grid = load_grid(connection, territory)
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return grid


def ours(url: str, grid: Grid) -> tuple[float, Moves]:
    started = time.perf_counter()
    moves = asyncio.run(Regrid(grid).run(url))
    return time.perf_counter() - started, moves


def peer(url: str, grid: Grid) -> float:
    values = {"territory": grid.territory, "edition": grid.edition_id, "level": len(grid.levels) - 1}
    with connect(url) as connection:
        started = time.perf_counter()
        connection.execute(PEER, values)
        return time.perf_counter() - started


def cells(url: str, grid: Grid) -> list[int]:
    with connect(url) as connection:
        return [cell for (cell,) in connection.execute(RESULT, (grid.edition_id,))]


def run(cluster: Cluster, territory: str, rows: int, rounds: int) -> None:
    grid = furnish(cluster, territory, rows)
    took: dict[str, list[float]] = {"wangge": [], "SQL": []}
    for number in range(rounds):
        urls = {name: cluster.create_database(f"{name.lower()}_{number}", template="furnished") for name in took}
        seconds, moves = ours(urls["wangge"], grid)
        took["wangge"].append(seconds)
        took["SQL"].append(peer(urls["SQL"], grid))
        assigned = {name: cells(url, grid) for name, url in urls.items()}
        differ = sum(a != b for a, b in zip(*assigned.values(), strict=True))
        print(f"{moves.moved:,} moved, {len(assigned['SQL']):,} by SQL, {differ:,} in another cell")
        print("  where ours went: " + ", ".join(f"{step} {s:.1f} s" for step, s in moves.seconds.items()))
        for name in took:
            cluster.drop_database(f"{name.lower()}_{number}")
    print(f"{rows:,} reports, {len(grid.leaves)} base grids of {territory}")
    for name, times in took.items():
        median = statistics.median(times)
        print(f"  {name:<8}{median:8.1f} s{rows / median:12,.0f} reports/s")
    print(f"  ratio {statistics.median(took['SQL']) / statistics.median(took['wangge']):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--territory", default="taipei")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    with own_cluster() as cluster:
        run(cluster, options.territory, options.rows, options.rounds)


if __name__ == "__main__":
    main()
