"""Points a second through Spark and `geo.spark.locate` on this machine's cores, and the memory of the Python workers.

    python -m bench.spark_rate [--rows 20000000] [--rounds 3] [--cells 422] [--master "local-cluster[2,1,2048]"]

Every job reads Parquet (id, lon, lat, and for one job WKB) and, unless it says otherwise, writes Parquet. `spark alone`
does nothing between; `transport` hands the rows to Python and back unchanged. Jobs take turns; medians are printed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyspark.sql import DataFrame, SparkSession

from bench.cities import city
from bench.draws import DRAWS
from wangge.geo.bundle import open_bundle, write_bundle
from wangge.geo.grid import Cell, Grid, Level
from wangge.geo.spark import locate

VERTICES = 205
CELLS_OF_A_STREET = 20
FILES = 16
Job = Callable[[], object]


def main() -> None:
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="wangge-bench-") as name:
        folder = Path(name)
        grid = _grid(asked.cells)
        bundle = folder / "city.bundle"
        write_bundle(grid, bundle)
        _write_points(folder / "points", grid, asked.rows)
        print(
            f"bundle of {asked.cells} cells: {bundle.stat().st_size / 1e6:.1f} MB, opened in {_opening(bundle):.3f} s"
        )
        _without_spark(grid)
        settings = {
            "spark.master": asked.master,
            "spark.pyspark.python": sys.executable,
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",
            "spark.sql.execution.arrow.maxRecordsPerBatch": asked.batch,
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
        }
        spark = SparkSession.builder.config(map=settings).getOrCreate()
        try:
            _run(_jobs(spark, folder, bundle), asked.rounds, asked.rows)
            _say_memory()
        finally:
            spark.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cells", type=int, default=422)
    parser.add_argument(
        "--batch", type=int, default=10_000, help="rows of an Arrow batch; Spark's own default is 10,000"
    )
    parser.add_argument("--master", default="local-cluster[2,1,2048]")
    return parser.parse_args()


def _grid(count: int) -> Grid:
    cells = []
    for i, polygon in enumerate(city(count, VERTICES)):
        street, code = f"{i // CELLS_OF_A_STREET:09d}", f"{i:012d}"
        if i % CELLS_OF_A_STREET == 0:
            cells.append(Cell(0, "street", street, street, (street,)))
        cells.append(Cell(0, "grid", code, code, (street, code), polygon))
    return Grid("city", "1", [Level("street", {"en": "Street"}), Level("grid", {"en": "Grid"})], cells)


def _write_points(folder: Path, grid: Grid, rows: int) -> None:
    folder.mkdir()
    rng = np.random.default_rng(7)
    each = rows // FILES
    for i in range(FILES):
        lonlat = DRAWS["B"](grid.index.polygons, each, rng)
        wkb = pa.array(shapely.to_wkb(shapely.points(lonlat)), pa.binary())
        table = pa.table({"id": np.arange(each) + i * each, "lon": lonlat[:, 0], "lat": lonlat[:, 1], "wkb": wkb})
        pq.write_table(table, folder / f"{i:02d}.parquet", compression="zstd")


def _opening(bundle: Path) -> float:
    start = time.perf_counter()
    open_bundle(bundle)
    return time.perf_counter() - start


def _without_spark(grid: Grid) -> None:
    """What the Python worker itself can do, batch by batch, with nothing before and after it."""
    lonlat = DRAWS["B"](grid.index.polygons, 2_000_000, np.random.default_rng(8))
    lon, lat = np.ascontiguousarray(lonlat.T)
    looking = naming = 0.0
    for start in range(0, len(lon), 10_000):
        began = time.perf_counter()
        position = grid.locate_many(lon[start : start + 10_000], lat[start : start + 10_000]).position
        looked = time.perf_counter()
        for level in ("street", "grid"):
            grid.codes(position, level).dictionary_decode()
        looking, naming = looking + looked - began, naming + time.perf_counter() - looked
    print(f"without Spark, million points/s of one core: look-up {2 / looking:.0f}, codes as strings {2 / naming:.1f}")


def _jobs(spark: SparkSession, folder: Path, bundle: Path) -> dict[str, Job]:
    rows = spark.read.parquet(str(folder / "points"))
    lonlat, wkb = rows.select("id", "lon", "lat"), rows.select("id", "wkb")

    def written(df: DataFrame) -> Job:
        return lambda: df.write.mode("overwrite").parquet(str(folder / "out"))

    located = locate(lonlat, bundle)
    return {
        "spark alone": written(lonlat),
        "transport": written(lonlat.mapInArrow(lambda batches: batches, lonlat.schema)),
        "locate, two levels": written(located),
        "locate, base level": written(locate(lonlat, bundle, levels=["grid"])),
        "locate, base level, ids only": written(locate(lonlat, bundle, levels=["grid"]).select("id", "grid_code")),
        "locate, two levels, from WKB": written(locate(wkb, bundle, wkb="wkb")),
        "locate and count by base grid": lambda: (
            locate(lonlat, bundle, levels=["grid"]).groupBy("grid_code").count().collect()
        ),
        "locate, two levels, nothing written": lambda: located.write.format("noop").mode("overwrite").save(),
    }


def _run(jobs: dict[str, Job], rounds: int, rows: int) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(rounds + 1):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            if turn:  # the first round warms Java up
                seconds[name].append(time.perf_counter() - start)
    for name, taken in seconds.items():
        print(f"{name:38}{median(taken):7.2f} s{rows / median(taken) / 1e6:7.2f} M points/s")


def _say_memory() -> None:
    """Resident memory of every Python worker, and how much of it is the bundle, mapped from its file."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"pyspark.daemon" not in (process / "cmdline").read_bytes():
                continue
            mappings = (process / "smaps").read_text().split("VmFlags:")
        except OSError:  # it ended meanwhile
            continue
        mapped = [mapping for mapping in mappings if ".bundle" in mapping]
        if mapped:
            rss, own = _megabytes(mappings, "Rss"), _megabytes(mappings, "Private_Dirty")
            told = f"{_megabytes(mapped, 'Rss'):.1f} MB of it the bundle (its share {_megabytes(mapped, 'Pss'):.1f} MB)"
            print(f"worker {process.name}: resident {rss:.0f} MB, private {own:.0f} MB, {told}")


def _megabytes(mappings: list[str], field: str) -> float:
    lines = (line for mapping in mappings for line in mapping.splitlines() if line.startswith(f"{field}:"))
    return sum(int(line.split()[1]) for line in lines) / 1024


if __name__ == "__main__":
    main()
