"""On a cluster of two executors every row gets what the grid itself says, and each worker opens the bundle once."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from bench.draws import DRAWS
from tests.conftest import ROOT
from tests.geo.builders import two_streets
from wangge.geo.bundle import BadBundle, write_bundle
from wangge.geo.datum import Datum, from_wgs84
from wangge.geo.folders import grid_of
from wangge.geo.grid import Grid

pytest.importorskip("pyspark", reason="needs PySpark: uv sync --extra spark")

import pyspark
from pyspark.sql import DataFrame, SparkSession

from wangge.geo.spark import locate, opened

OLDEST_JAVA = 17
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # half the time, for a program this short
PARTS = 8


def java() -> int:
    """Major version of the Java that Spark would start, 0 if there is none."""
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else shutil.which("java")
    if program is None or not Path(program).exists():
        return 0
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    return int(version[1]) if version else 0


pytestmark = [
    pytest.mark.skipif(
        java() < OLDEST_JAVA, reason=f"Spark needs Java {OLDEST_JAVA}: apt-get install default-jre-headless"
    ),
    # It is about pandas alone; here everything is Arrow.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """A cluster with a master, two workers and an executor of one core on each, all of them processes here."""
    settings: dict[str, bool | float | int | str | None] = {
        "spark.master": "local-cluster[2,1,1024]",
        "spark.executor.memory": "512m",
        "spark.driver.host": "127.0.0.1",
        "spark.executorEnv.PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),  # of this very environment
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",  # nothing starts before both executors are there
        "spark.sql.files.openCostInBytes": "1b",
        "spark.sql.files.minPartitionNum": str(PARTS),
        "spark.sql.execution.arrow.maxRecordsPerBatch": "1000",
        "spark.driver.extraJavaOptions": QUICK_JAVA,
        "spark.executor.extraJavaOptions": QUICK_JAVA,
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYSPARK_PYTHON", sys.executable)  # whatever `python3` is
        session = SparkSession.builder.config(map=settings).getOrCreate()
    yield session
    context, gateway = session.sparkContext, session.sparkContext._gateway
    assert gateway is not None
    logs = Path(pyspark.__file__).parent / "work" / context.applicationId
    session.stop()
    gateway.shutdown()  # else Java would stay until the last test of all is done
    gateway.proc.communicate()
    pyspark.SparkContext._gateway = pyspark.SparkContext._jvm = None
    shutil.rmtree(logs, ignore_errors=True)


@pytest.fixture(scope="module")
def grid() -> Grid:
    return grid_of(two_streets())


@pytest.fixture(scope="module")
def points(grid: Grid) -> pa.Table:
    """Points inside, outside, on vertices and edges, a few ulps beside them, not finite, and null."""
    rng = np.random.default_rng(20)
    lonlat = np.concatenate([DRAWS[draw](grid.index.polygons, 2_000, rng) for draw in "UOVEAN"])
    lost = rng.random(lonlat.shape) < 0.01
    lon, lat = (pa.array(lonlat[:, i], mask=lost[:, i]) for i in (0, 1))
    return pa.table({"id": np.arange(len(lonlat)), "lon": lon, "lat": lat})


def rows(spark: SparkSession, folder: Path, table: pa.Table) -> DataFrame:
    """The table as a DataFrame of several partitions, out of Parquet files."""
    step = -(-len(table) // PARTS)
    for start in range(0, len(table), step):
        pq.write_table(table.slice(start, step), folder / f"{start}.parquet")
    return spark.read.parquet(str(folder))


def collected(df: DataFrame) -> pa.Table:
    return df.toArrow().sort_by("id").combine_chunks()


def expected(grid: Grid, table: pa.Table) -> pa.Table:
    """The table with what the grid itself says about its points."""
    hits = grid.locate_many(table["lon"], table["lat"])
    for level in grid.levels:
        table = table.append_column(f"{level.key}_code", grid.codes(hits.position, level.key).dictionary_decode())
    table = table.append_column("on_edge", pa.array(hits.on_edge))
    return table.append_column("edition", pa.array([grid.edition] * len(table)))


def test_every_row_gets_what_the_grid_says(spark: SparkSession, grid: Grid, points: pa.Table, tmp_path: Path) -> None:
    found = collected(locate(rows(spark, tmp_path, points), grid))
    said = expected(grid, points)
    assert found.column_names == said.column_names
    for column in ("street_code", "grid_code", "on_edge", "edition"):
        assert found[column].to_pylist() == said[column].to_pylist()
    for column in ("lon", "lat"):
        np.testing.assert_array_equal(found[column].to_numpy(), points[column].to_numpy())
    lost = points["lon"].is_null().to_numpy() | points["lat"].is_null().to_numpy()
    assert lost.sum() > 100
    assert found.filter(lost)["grid_code"].null_count == lost.sum()
    assert found["grid_code"].null_count < 0.6 * len(found)
    assert found["on_edge"].to_numpy().sum() > 1_000


def test_points_in_wkb_and_a_bundle_in_a_file(
    spark: SparkSession, grid: Grid, points: pa.Table, tmp_path: Path
) -> None:
    bundle = tmp_path / "testland 1.bundle"
    write_bundle(grid, bundle)
    lonlat = np.column_stack([points["lon"].to_numpy(), points["lat"].to_numpy()])
    shapes = np.asarray(shapely.points(np.where(np.isfinite(lonlat).all(axis=1)[:, None], lonlat, np.nan)))
    shapes[:50] = None
    shapes[50:100] = shapely.Point()
    table = pa.table({"id": points["id"], "place": pa.array(list(shapely.to_wkb(shapes)), pa.binary())})
    (tmp_path / "rows").mkdir()

    found = collected(locate(rows(spark, tmp_path / "rows", table), bundle, wkb="place", levels=["grid"]))

    assert found.column_names == ["id", "place", "grid_code", "on_edge", "edition"]
    said = expected(grid, points)["grid_code"].to_pylist()
    assert found["grid_code"].to_pylist() == [None] * 100 + said[100:]


def test_another_datum_and_columns_of_an_earlier_run(
    spark: SparkSession, grid: Grid, points: pa.Table, tmp_path: Path
) -> None:
    inside = grid.locate_many(points["lon"], points["lat"])
    sure = (inside.position >= 0) & ~inside.on_edge & (np.arange(len(points)) < 2_000)  # the uniform ones
    table = expected(grid, points.filter(sure))
    x, y = from_wgs84(table["lon"].to_numpy(), table["lat"].to_numpy(), Datum.GCJ02)
    shifted = pa.table({"id": table["id"], "x": x, "y": y, "edition": ["0"] * len(x), "street_code": ["?"] * len(x)})

    found = collected(locate(rows(spark, tmp_path, shifted), grid, lon="x", lat="y", datum="gcj02"))

    assert found.column_names == ["id", "x", "y", "street_code", "grid_code", "on_edge", "edition"]
    for column in ("street_code", "grid_code", "edition"):
        assert found[column].to_pylist() == table[column].to_pylist()


def test_both_executors_work_and_every_worker_opens_the_bundle_once(
    spark: SparkSession, grid: Grid, points: pa.Table, tmp_path: Path
) -> None:
    df = rows(spark, tmp_path, points)
    for _ in range(2):
        locate(df, grid).write.format("noop").mode("overwrite").save()

    def looked(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """What a worker process that ran before knows: its executor, itself, and how often it opened and asked."""
        list(batches)
        count = opened.cache_info()
        row = {
            "executor": os.getppid(),
            "worker": os.getpid(),
            "opened": count.misses,
            "asked": count.misses + count.hits,
        }
        yield pa.RecordBatch.from_pylist([row])

    probe = spark.range(0, 100, 1, PARTS).mapInArrow(looked, "executor long, worker long, opened long, asked long")
    workers = {row["worker"]: row for row in probe.toArrow().to_pylist()}.values()

    assert len({worker["executor"] for worker in workers}) == 2
    assert [worker["opened"] for worker in workers] == [1] * len(workers)
    assert sum(worker["asked"] for worker in workers) >= 2 * PARTS


def test_what_cannot_be_located_is_said_before_anything_runs(spark: SparkSession, grid: Grid, tmp_path: Path) -> None:
    df = spark.createDataFrame([(1, "116.9", 38.3)], "id long, lon string, lat double")
    with pytest.raises(TypeError, match="'lon' is string; needed is a numeric"):
        locate(df, grid)
    with pytest.raises(ValueError, match="no column 'x' among id, lon, lat"):
        locate(df, grid, lon="x")
    with pytest.raises(TypeError, match="'lon' is string; needed is a binary"):
        locate(df, grid, wkb="lon")
    with pytest.raises(ValueError, match="levels street, grid, and not block"):
        locate(df, grid, lon="lat", levels=["grid", "block"])
    broken = tmp_path / "broken.bundle"
    broken.write_bytes(b"PK")
    with pytest.raises(BadBundle, match=r"broken\.bundle"):
        locate(df, broken, lon="lat")
