"""Spark: the points of a DataFrame of any size are put into their cells on every machine of a cluster.

An edition travels as its bundle, once to every executor, as a file. Each Python worker process there opens it once
and maps it into memory, so that all workers of an executor read one copy of the index out of the page cache. A
broadcast variable would give every worker a copy of its own, and does not exist in Spark Connect.

Needs the extra `spark`, here, and this package on the executors.
"""

import atexit
import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import lit
from pyspark.sql.types import BinaryType, BooleanType, DataType, NumericType, StringType, StructField, StructType

from wangge.geo.bundle import open_bundle, write_bundle
from wangge.geo.datum import Datum, to_wgs84
from wangge.geo.grid import Grid
from wangge.geo.points import axis, coordinates

__all__ = ["locate"]

EDITION, ON_EDGE = "edition", "on_edge"


def locate(
    df: DataFrame,
    grid: Grid | Path | str,
    *,
    lon: str = "lon",
    lat: str = "lat",
    wkb: str | None = None,
    datum: Datum | str = Datum.WGS84,
    levels: Sequence[str] | None = None,
) -> DataFrame:
    """The rows of a DataFrame with the codes of the cells that their points lie in: `<level>_code`, on_edge, edition.

    A code is null where no base grid covers the point, and where a coordinate is null or not finite. Columns of
    these names that are there already are replaced. Lazy, as every transformation; the bundle is handed out at once.

    Parameters
    ----------
    grid
        An edition, or the path of its bundle on the driver.
    lon, lat
        Names of numeric columns, degrees.
    wkb
        Name of a binary column of points in WKB; then `lon` and `lat` are not read.
    datum
        What the coordinates are in.
    levels
        Keys of the levels wanted; all of the edition's if left out.

    Raises
    ------
    BadBundle, NewerBundle
        The file is not a bundle that this program can open.
    ValueError
        There is no such column, level or datum.
    TypeError
        A column's type holds no coordinates.
    """
    datum = Datum(datum)
    if wkb is None:
        points: tuple[str, ...] = (lon, lat)
        _require(df.schema, points, NumericType)
    else:
        points = (wkb,)
        _require(df.schema, points, BinaryType)
    bundle, edition, known = _handed_out(df.sparkSession, grid)
    wanted = tuple(known if levels is None else levels)
    if unknown := [level for level in wanted if level not in known]:
        raise ValueError(f"edition {edition} has the levels {', '.join(known)}, and not {', '.join(unknown)}")
    added = [*(StructField(f"{level}_code", StringType()) for level in wanted), StructField(ON_EDGE, BooleanType())]
    kept = df.drop(*(field.name for field in added), EDITION)
    work = partial(_located, bundle=bundle, points=points, datum=datum, levels=wanted)
    return kept.mapInArrow(work, StructType([*kept.schema, *added])).withColumn(EDITION, lit(edition))


@lru_cache(maxsize=8)
def opened(bundle: str) -> Grid:
    """The grid of a bundle that was handed out, opened once in each Python worker process."""
    from pyspark.core.files import SparkFiles  # the client of Spark Connect has none; workers always do

    return open_bundle(Path(SparkFiles.get(bundle)))


def _located(
    batches: Iterable[pa.RecordBatch], *, bundle: str, points: tuple[str, ...], datum: Datum, levels: tuple[str, ...]
) -> Iterator[pa.RecordBatch]:
    """What a Python worker does with the rows of a partition."""
    grid = opened(bundle)
    for batch in batches:
        columns = [batch.column(name) for name in points]
        lon, lat = map(axis, columns) if len(columns) == 2 else coordinates(*columns)
        hits = grid.locate_many(*to_wgs84(lon, lat, datum))
        # Spark's reader knows no dictionaries.
        added = {f"{level}_code": grid.codes(hits.position, level).dictionary_decode() for level in levels}
        added[ON_EDGE] = pa.array(hits.on_edge)
        yield pa.RecordBatch.from_arrays([*batch.columns, *added.values()], [*batch.schema.names, *added])


def _require(schema: StructType, names: Iterable[str], kind: type[DataType]) -> None:
    """Say before anything runs what would fail on the executors later."""
    for name in names:
        if name not in schema.names:
            raise ValueError(f"there is no column {name!r} among {', '.join(schema.names)}")
        if not isinstance(found := schema[name].dataType, kind):
            raise TypeError(f"column {name!r} is {found.simpleString()}; needed is a {kind.typeName()} one")


def _handed_out(session: SparkSession, grid: Grid | Path | str) -> tuple[str, str, list[str]]:
    """Give the bundle to the executors, present and future: its name there, the edition, the keys of its levels."""
    folder = _folder()
    with TemporaryDirectory(dir=folder) as desk:
        if isinstance(grid, Grid):
            copy = Path(desk, "grid")
            write_bundle(grid, copy)
        else:
            copy = Path(desk, Path(grid).name)
            shutil.copyfile(grid, copy)
            grid = open_bundle(copy)
        # Named by its content: Spark does not let a file be replaced, and a worker must not mistake one for another.
        with copy.open("rb") as file:
            name = f"wangge-{hashlib.file_digest(file, 'sha256').hexdigest()}.bundle"
        copy.replace(folder / name)
    session.addArtifacts(str(folder / name), file=True)
    return name, grid.edition, [level.key for level in grid.levels]


@cache
def _folder() -> Path:
    """Where bundles are served from: executors that start late still fetch them, so they stay until the end."""
    folder = Path(mkdtemp(prefix="wangge-spark-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
