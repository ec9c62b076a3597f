"""`wangge locate` over a file of many points, beside DuckDB spatial and geopandas, each doing the whole job once.

    python -m bench.locate_file [--rows 10000000] [--territory xinhua] [--only wangge]

The job: read a Parquet file of points (id, lon, lat and two attributes), add to every row the codes of the cells of
all levels that it lies in, and write Parquet. Each runs as a process of its own, from its start to the whole file; peak
memory is the kernel's account of that process. A point on a shared edge belongs to the lowest code. Half of the points
are uniform over the territory, half are clustered in 200 places, and one in twenty lies outside. Ours also writes the
edition, flags and a geometry, and in a second run what is nearest to the points outside.

The peers come from the dependency group `bench`; DuckDB's extension is a wheel, so nothing is downloaded.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wangge.geo.boundaries import read_boundaries
from wangge.geo.bundle import write_bundle
from wangge.geo.folders import grid_of
from wangge.geo.grid import Grid

ROOT = Path(__file__).parent.parent
PEERS = ("duckdb", "geopandas")
KINDS = ("电线", "道路", "垃圾", "照明", "绿化", "排水", "噪音", "停车")
OUTSIDE_SHARE = 0.05
STEP = 1_000_000


def write_points(path: Path, grid: Grid, rows: int) -> None:
    """The points to be located."""
    rng = np.random.default_rng(20260131)
    centres = np.column_stack(_inside(grid, 200, rng))
    with pq.ParquetWriter(path, _points(grid, 0, 0, centres, rng).schema, compression="zstd") as writer:
        for start in range(0, rows, STEP):
            writer.write_table(_points(grid, start, min(start + STEP, rows), centres, rng))


def _points(grid: Grid, start: int, stop: int, centres: np.ndarray, rng: np.random.Generator) -> pa.Table:
    count = stop - start
    lon, lat = _inside(grid, count, rng)
    clustered = rng.random(count) < 0.5
    west, south, east, north = grid.bbox
    near = centres[rng.integers(len(centres), size=count)] + rng.normal(size=(count, 2)) * 0.003
    hit = grid.locate_many(near[:, 0], near[:, 1]).position >= 0
    lon, lat = np.where(clustered & hit, near[:, 0], lon), np.where(clustered & hit, near[:, 1], lat)
    away = rng.random(count) < OUTSIDE_SHARE
    lon[away] += (east - west) * 1.1
    lat[away] += (north - south) * rng.random(int(away.sum()))
    columns = {
        "id": np.arange(start, stop),
        "lon": lon,
        "lat": lat,
        "kind": pa.array(np.array(KINDS)[rng.integers(len(KINDS), size=count)], pa.string()),
        "weight": rng.integers(0, 100_000, size=count),
    }
    return pa.table(columns)


def _inside(grid: Grid, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Uniform points that a base grid covers."""
    west, south, east, north = grid.bbox
    found: list[np.ndarray] = [np.empty((0, 2))]
    missing = count
    while missing > 0:
        drawn = rng.uniform((west, south), (east, north), (max(2 * missing, 1000), 2))
        found.append(drawn[grid.locate_many(drawn[:, 0], drawn[:, 1]).position >= 0][:missing])
        missing -= len(found[-1])
    points = np.concatenate(found)
    return points[:, 0].copy(), points[:, 1].copy()


def write_cells(path: Path, grid: Grid) -> None:
    """The base grids for the peers: a GeoParquet with the codes from the top down, in the order of the codes."""
    import geopandas

    codes = {f"{level.key}_code": [leaf.path[depth] for leaf in grid.leaves] for depth, level in enumerate(grid.levels)}
    frame = geopandas.GeoDataFrame(codes, geometry=[leaf.geometry for leaf in grid.leaves], crs="OGC:CRS84")
    frame.to_parquet(path)


def duckdb_job(points: Path, cells: Path, out: Path) -> None:
    """The job in DuckDB: a spatial join, and the lowest code where several cells cover a point."""
    import duckdb
    import duckdb_extension_spatial

    (extension,) = Path(duckdb_extension_spatial.__path__[0]).rglob("spatial.duckdb_extension")
    base = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    base.load_extension(str(extension))
    codes = [name for name in pq.read_schema(cells).names if name != "geometry"]
    base.execute(f"CREATE TABLE cell AS SELECT * FROM '{cells}'")
    base.execute(f"CREATE VIEW point AS SELECT * FROM '{points}'")
    lowest = ", ".join(f"arg_min({code}, {codes[-1]}) AS {code}" for code in codes)
    base.execute(f"""
        COPY (
            SELECT point.*, {", ".join(codes)} FROM point LEFT JOIN (
                SELECT id, {lowest} FROM point JOIN cell ON ST_Intersects(cell.geometry, ST_Point(lon, lat)) GROUP BY id
            ) AS found USING (id)
        ) TO '{out}' (FORMAT parquet, COMPRESSION zstd)
    """)


def geopandas_job(points: Path, cells: Path, out: Path) -> None:
    """The job in geopandas: a spatial join, and the lowest code where several cells cover a point."""
    import geopandas
    import pandas

    table = pandas.read_parquet(points)
    places = geopandas.GeoDataFrame(table, geometry=geopandas.points_from_xy(table.lon, table.lat), crs="OGC:CRS84")
    joined = places.sjoin(geopandas.read_parquet(cells), how="left", predicate="intersects")
    leaf = joined.columns[-1]
    if joined.index.has_duplicates:
        joined = joined.sort_values(leaf).loc[lambda rows: ~rows.index.duplicated()].sort_index()
    joined.drop(columns="index_right").to_parquet(out, compression="zstd")


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds and peak memory (MB) of a command that must succeed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    said = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{' '.join(command)}: exit code {os.waitstatus_to_exitcode(status)}\n{said.decode()}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def disagreements(ours: Path, theirs: Path, codes: list[str]) -> int:
    """Rows for which a code differs."""
    one, other = (pq.read_table(path, columns=["id", *codes]) for path in (ours, theirs))
    rows = one.num_rows
    if other.num_rows != rows:
        return abs(int(rows) - int(other.num_rows))
    differ = np.zeros(rows, dtype=np.bool_)
    place = np.empty(rows, dtype=np.int64)
    place[other["id"].to_numpy()] = np.arange(rows)
    order = pa.array(place[one["id"].to_numpy()])
    for code in codes:
        mine, other_s = (side[code].cast(pa.string()).fill_null("") for side in (one, other))
        differ |= mine.to_numpy() != other_s.take(order).to_numpy()
    return int(differ.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--territory", default="xinhua")
    parser.add_argument("--only", choices=("wangge", *PEERS), help="leave the others out")
    parser.add_argument("--job", nargs=4, metavar=("PEER", "POINTS", "CELLS", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        peer, *paths = options.job
        {"duckdb": duckdb_job, "geopandas": geopandas_job}[peer](*map(Path, paths))
        return
    home = Path(tempfile.mkdtemp(prefix="wangge-bench-"))
    try:
        run(home, options.territory, options.rows, options.only)
    finally:
        shutil.rmtree(home)


def run(home: Path, territory: str, rows: int, only: str | None) -> None:
    folder = ROOT / "data" / "boundaries" / territory
    grid = grid_of(read_boundaries(folder))
    points, cells = home / "points.parquet", home / "cells.parquet"
    write_points(points, grid, rows)
    write_cells(cells, grid)
    codes = [f"{level.key}_code" for level in grid.levels]
    print(f"{rows:,} points ({points.stat().st_size / 1e6:,.0f} MB), {len(grid.leaves)} cells of {territory}")
    print(f"{'':<24}{'seconds':>9}{'rows/s':>13}{'peak MB':>9}{'ratio':>8}{'MB out':>8}{'differ':>8}")
    program = str(Path(sys.executable).parent / "wangge")
    job = [sys.executable, "-m", "bench.locate_file", "--job"]
    bundle = home / f"{territory}.bundle"
    write_bundle(grid, bundle)
    locate = [program, "locate", str(points), "--bundle", str(bundle), "--threads", "2"]
    commands = {
        "wangge": [*locate, "--no-nearest", "-o", str(home / "wangge.parquet")],
        "wangge, with nearest": [*locate, "-o", str(home / "wangge, with nearest.parquet")],
        **{name: [*job, name, str(points), str(cells), str(home / f"{name}.parquet")] for name in PEERS},
    }
    ours = 0.0
    for name, command in commands.items():
        if only and not name.startswith(only):
            continue
        seconds, peak = measured(command)
        out = home / f"{name}.parquet"
        ours = ours or seconds
        differ = disagreements(home / "wangge.parquet", out, codes) if name in PEERS and not only else 0
        print(
            f"{name:<24}{seconds:9.2f}{rows / seconds:13,.0f}{peak:9,.0f}{seconds / ours:8.1f}"
            f"{out.stat().st_size / 1e6:8,.0f}{differ:8,}",
            flush=True,
        )


if __name__ == "__main__":
    main()
