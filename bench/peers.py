"""The peers of the look-up: what else puts points into polygons from Python, each the fastest way it offers.

A peer is opened over polygons and then asked about points: `many` gives the position of the lowest polygon that covers
each point, -1 outside; `one` asks about a single point. Indexes and prepared geometries are made when it is opened,
so only the question is measured, from two arrays of doubles to an array of positions. Databases run on one thread.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import geopandas
import numpy as np
import psycopg
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from rtree.index import Index, Property

from bench.cluster import own_cluster
from wangge.geo.index import OUTSIDE

__all__ = ["PEERS", "Opened", "Peer", "lowest"]

Polygons = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Rows = NDArray[np.integer]

INTERSECTS = "SELECT id, cell FROM point JOIN cell ON ST_Intersects(cell.geometry, ST_Point(x, y))"


class Opened(NamedTuple):
    """A peer over some polygons; `one` is None where a single question is not what it is made for."""

    many: Callable[[Floats, Floats], Ints]
    one: Callable[[float, float], object] | None = None


class Peer(NamedTuple):
    """A peer, and how many points it gets in a round."""

    open: Callable[[Polygons], AbstractContextManager[Opened]]
    points: int


def lowest(points: Rows, cells: Rows, n: int) -> Ints:
    """The lowest cell (n,) of each point from pairs in any order."""
    best = np.full(n, np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(best, points, cells.astype(np.int32))
    best[best == np.iinfo(np.int32).max] = OUTSIDE
    return best


def _by_polygon(
    polygons: Polygons, points: NDArray[np.integer], cells: NDArray[np.integer], x: Floats, y: Floats
) -> Ints:
    """Candidate pairs decided by `intersects_xy`, polygon by polygon, the lowest last."""
    position = np.full(len(x), OUTSIDE, dtype=np.int32)
    order = np.argsort(cells, kind="stable")
    points, cells = points[order], cells[order]
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    ends = np.append(starts[1:], len(cells))
    for start, end in zip(starts[::-1].tolist(), ends[::-1].tolist(), strict=True):
        rows, cell = points[start:end], cells[start]
        position[rows[shapely.intersects_xy(polygons[cell], x[rows], y[rows])]] = cell
    return position


@contextmanager
def _shapely_grouped(polygons: Polygons) -> Iterator[Opened]:
    tree = shapely.STRtree(polygons)
    shapely.prepare(polygons)

    def many(x: Floats, y: Floats) -> Ints:
        points, cells = tree.query(shapely.points(x, y))
        return _by_polygon(polygons, points, cells, x, y)

    def one(x: float, y: float) -> int | None:
        near = tree.query(shapely.Point(x, y))
        return min(near[shapely.intersects_xy(polygons[near], x, y)], default=None)

    yield Opened(many, one)


@contextmanager
def _shapely_query(polygons: Polygons) -> Iterator[Opened]:
    """A tree of the points, asked by prepared polygons: with unprepared points on a tree of polygons it is slower."""
    shapely.prepare(polygons)

    def many(x: Floats, y: Floats) -> Ints:
        cells, points = shapely.STRtree(np.asarray(shapely.points(x, y))).query(polygons, predicate="intersects")
        return lowest(points, cells, len(x))

    yield Opened(many)


@contextmanager
def _sjoin(polygons: Polygons) -> Iterator[Opened]:
    cells = geopandas.GeoDataFrame(geometry=polygons)

    def many(x: Floats, y: Floats) -> Ints:
        points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(x, y))
        joined = points.sjoin(cells, predicate="intersects")
        return lowest(joined.index.to_numpy(), joined["index_right"].to_numpy(), len(x))

    yield Opened(many)


@contextmanager
def _rtree(polygons: Polygons) -> Iterator[Opened]:
    boxes = ((i, tuple(box), None) for i, box in enumerate(shapely.bounds(polygons).tolist()))
    tree: Any = Index(boxes, properties=Property(dimension=2))
    shapely.prepare(polygons)

    def many(x: Floats, y: Floats) -> Ints:
        corners = np.column_stack([x, y])
        cells, counts = tree.intersection_v(corners, corners)
        return _by_polygon(polygons, np.repeat(np.arange(len(x)), counts.astype(np.int64)), cells, x, y)

    def one(x: float, y: float) -> int | None:
        for cell in sorted(tree.intersection((x, y, x, y))):
            if shapely.intersects_xy(polygons[cell], x, y):
                return int(cell)
        return None

    yield Opened(many, one)


@contextmanager
def _duckdb(polygons: Polygons) -> Iterator[Opened]:
    import duckdb
    import duckdb_extension_spatial

    (extension,) = Path(duckdb_extension_spatial.__path__[0]).rglob("spatial.duckdb_extension")
    with duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": 1}) as base:
        base.load_extension(str(extension))
        base.register("wkb", _cells(polygons))
        base.execute("CREATE TABLE cell AS SELECT cell, ST_GeomFromWKB(wkb) AS geometry FROM wkb")

        def many(x: Floats, y: Floats) -> Ints:
            base.register("point", pa.table({"id": np.arange(len(x)), "x": x, "y": y}))
            found = base.execute(INTERSECTS).fetchnumpy()
            return lowest(np.asarray(found["id"], np.int64), np.asarray(found["cell"], np.int64), len(x))

        yield Opened(many)


@contextmanager
def _sedona(polygons: Polygons) -> Iterator[Opened]:
    import sedonadb

    base = sedonadb.connect()
    base.sql("SET datafusion.execution.target_partitions = 1").execute()
    cells = geopandas.GeoDataFrame({"cell": np.arange(len(polygons), dtype=np.int32)}, geometry=polygons)
    base.create_data_frame(cells).to_memtable().to_view("cell")

    def many(x: Floats, y: Floats) -> Ints:
        points = pa.table({"id": np.arange(len(x)), "x": x, "y": y})
        base.create_data_frame(points).to_view("point", overwrite=True)
        found = pa.table(base.sql(INTERSECTS))
        return lowest(found["id"].to_numpy(), found["cell"].to_numpy(), len(x))

    yield Opened(many)


@contextmanager
def _postgis(polygons: Polygons) -> Iterator[Opened]:
    with own_cluster() as cluster, psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE cell (cell integer, geometry geometry)")
        with connection.cursor() as cursor, cursor.copy("COPY cell FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "bytea"])  # the binary form of a geometry is its WKB
            for row in enumerate(shapely.to_wkb(polygons).tolist()):
                copy.write_row(row)
        connection.execute("CREATE INDEX ON cell USING gist (geometry)")
        connection.execute("VACUUM ANALYZE cell")
        connection.execute("SET jit = off; SET max_parallel_workers_per_gather = 0")
        yield Opened(*_questions(connection))


def _questions(
    connection: psycopg.Connection,
) -> tuple[Callable[[Floats, Floats], Ints], Callable[[float, float], int | None]]:
    """Both go to the server as prepared statements over its unix socket."""
    of_many = """
        SELECT id::integer, cell FROM unnest(%b::float8[], %b::float8[]) WITH ORDINALITY AS point (x, y, id)
        JOIN cell ON ST_Covers(geometry, ST_MakePoint(x, y))
    """
    of_one = "SELECT min(cell) FROM cell WHERE ST_Covers(geometry, ST_MakePoint(%b, %b))"
    cursor = connection.cursor(binary=True)

    def many(x: Floats, y: Floats) -> Ints:
        pairs = cursor.execute(of_many, (x.tolist(), y.tolist()), prepare=True).fetchall()
        points, cells = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
        return lowest(points - 1, cells, len(x))

    def one(x: float, y: float) -> int | None:
        (cell,) = cursor.execute(of_one, (x, y), prepare=True).fetchone() or (None,)
        return None if cell is None else int(cell)

    return many, one


def _cells(polygons: Polygons) -> pa.Table:
    return pa.table({"cell": np.arange(len(polygons), dtype=np.int32), "wkb": shapely.to_wkb(polygons)})


PEERS = {
    "shapely STRtree + intersects_xy": Peer(_shapely_grouped, 1_000_000),
    "shapely STRtree.query(predicate)": Peer(_shapely_query, 500_000),
    "geopandas sjoin": Peer(_sjoin, 500_000),
    "rtree + prepared shapely": Peer(_rtree, 200_000),
    "DuckDB spatial": Peer(_duckdb, 500_000),
    "SedonaDB": Peer(_sedona, 1_000_000),
    "PostGIS ST_Covers": Peer(_postgis, 20_000),
}
