"""Points in whatever holds them give the answers of two plain arrays, and are not copied where they need not be."""

from collections.abc import Callable
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from tests.geo.builders import two_streets
from wangge.geo.folders import grid_of
from wangge.geo.grid import Grid
from wangge.geo.points import axis, coordinates


@pytest.fixture(scope="module")
def grid() -> Grid:
    return grid_of(two_streets())


@pytest.fixture(scope="module")
def lonlat(grid: Grid) -> np.ndarray:
    west, south, east, north = grid.bbox
    rng = np.random.default_rng(8)
    points = rng.uniform((west - 0.001, south - 0.001), (east + 0.001, north + 0.001), (500, 2))
    points[::50] = shapely.get_coordinates(grid.index.polygons)[:10]
    return points


@pytest.fixture(scope="module")
def expected(grid: Grid, lonlat: np.ndarray) -> list[tuple[int, bool]]:
    return [grid.index.locate(lon, lat) for lon, lat in lonlat.tolist()]


def answers(grid: Grid, *given: Any) -> list[tuple[int, bool]]:
    hits = grid.locate_many(*given)
    assert (hits.position.dtype, hits.on_edge.dtype) == (np.dtype(np.int32), np.dtype(np.bool_))
    return list(zip(hits.position.tolist(), hits.on_edge.tolist(), strict=True))


def strided(lonlat: np.ndarray) -> tuple[Any, Any]:
    return lonlat[:, 0], lonlat[:, 1]


def backwards(lonlat: np.ndarray) -> tuple[Any, Any]:
    turned = np.ascontiguousarray(lonlat[::-1])
    return turned[::-1, 0], turned[::-1, 1]


def packed(lonlat: np.ndarray) -> tuple[Any, Any]:
    """Fields that do not lie on multiples of eight bytes."""
    rows = np.zeros(len(lonlat), np.dtype([("kind", "u1"), ("lon", "<f8"), ("lat", "<f8")]))
    rows["lon"], rows["lat"] = lonlat.T
    return rows["lon"], rows["lat"]


def chunked(values: np.ndarray) -> pa.ChunkedArray:
    return pa.chunked_array([values[:7], values[7:7], values[7:]])


PAIRS: dict[str, Callable[[np.ndarray], tuple[Any, ...]]] = {
    "numpy": lambda p: (p[:, 0].copy(), p[:, 1].copy()),
    "strided": strided,
    "backwards": backwards,
    "packed": packed,
    "read-only": lambda p: tuple(np.frombuffer(p[:, i].tobytes()) for i in (0, 1)),
    "big-endian": lambda p: (p[:, 0].astype(">f8"), p[:, 1].astype(">f8")),
    "lists": lambda p: (p[:, 0].tolist(), p[:, 1].tolist()),
    "arrow": lambda p: (pa.array(p[:, 0]), pa.array(p[:, 1])),
    "arrow, sliced": lambda p: tuple(pa.array(np.append(9.0, p[:, i])).slice(1) for i in (0, 1)),
    "arrow, chunked": lambda p: (chunked(p[:, 0]), chunked(p[:, 1])),
    "pandas": lambda p: (pd.Series(p[:, 0]), pd.Series(p[:, 1])),
    "pandas, nullable": lambda p: (pd.Series(p[:, 0], dtype="Float64"), pd.Series(p[:, 1], dtype="Float64")),
    "pandas, arrow": lambda p: tuple(pd.Series(p[:, i], dtype="double[pyarrow]") for i in (0, 1)),
}


@pytest.mark.parametrize("form", PAIRS)
def test_two_columns_of_numbers(grid: Grid, lonlat: np.ndarray, expected: list[tuple[int, bool]], form: str) -> None:
    assert answers(grid, *PAIRS[form](lonlat)) == expected


def wkb(lonlat: np.ndarray, byte_order: int = 1, srid: int = 0) -> list[bytes]:
    points = shapely.set_srid(np.asarray(shapely.points(lonlat)), srid)
    return list(shapely.to_wkb(points, byte_order=byte_order, include_srid=srid != 0))


def frame(lonlat: np.ndarray, crs: str | None = "EPSG:4326") -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"n": range(len(lonlat))}, geometry=shapely.points(lonlat), crs=crs)


GEOARROW = pa.struct([("x", pa.float64()), ("y", pa.float64())])
POINTS: dict[str, Callable[[np.ndarray], Any]] = {
    "array (n, 2)": lambda p: p,
    "shapely": lambda p: shapely.points(p),
    "GeoDataFrame": frame,
    "GeoSeries": lambda p: frame(p).geometry,
    "GeoDataFrame without CRS": lambda p: frame(p, None),
    "WKB": lambda p: pa.array(wkb(p), pa.binary()),
    "large WKB": lambda p: pa.array(wkb(p), pa.large_binary()),
    "WKB view": lambda p: pa.array(wkb(p), pa.binary_view()),
    "WKB of the other byte order": lambda p: pa.array(wkb(p, byte_order=0), pa.binary()),
    "EWKB with an SRID": lambda p: pa.array(wkb(p, srid=4326), pa.binary()),
    "WKB, sliced": lambda p: pa.array([b"", None, *wkb(p)], pa.binary()).slice(2),
    "WKB, chunked": lambda p: pa.chunked_array([pa.array(wkb(p[:9]), pa.binary()), pa.array(wkb(p[9:]), pa.binary())]),
    "GeoArrow, separated": lambda p: pa.StructArray.from_arrays([pa.array(p[:, 0]), pa.array(p[:, 1])], ["x", "y"]),
    "GeoArrow, interleaved": lambda p: pa.FixedSizeListArray.from_arrays(pa.array(p.ravel()), 2),
    "from geopandas": lambda p: pa.table(frame(p).to_arrow(geometry_encoding="geoarrow"))["geometry"],
}


@pytest.mark.parametrize("form", POINTS)
def test_points_alone(grid: Grid, lonlat: np.ndarray, expected: list[tuple[int, bool]], form: str) -> None:
    assert answers(grid, POINTS[form](lonlat)) == expected


def test_narrow_numbers_are_what_they_say(grid: Grid, lonlat: np.ndarray) -> None:
    narrow = lonlat.astype(np.float32)
    assert answers(grid, narrow[:, 0], narrow[:, 1]) == answers(grid, *narrow.astype(np.float64).T)
    squares = Grid("t", "1", grid.levels, [])
    assert answers(squares, np.array([1, 2], np.int16), pa.array([3, None], pa.int64())) == [(-1, False)] * 2


def test_another_crs_is_brought_to_wgs84(grid: Grid, lonlat: np.ndarray) -> None:
    inside = lonlat[grid.locate_many(lonlat).position >= 0]
    clear = inside[~grid.locate_many(inside).on_edge]
    utm = frame(clear).to_crs("EPSG:32650")
    assert (grid.locate_many(utm).position == grid.locate_many(clear).position).mean() > 0.99
    assert (grid.locate_many(utm.geometry).position >= 0).mean() > 0.99
    assert answers(grid, frame(clear, "OGC:CRS84")) == answers(grid, clear)


@pytest.mark.parametrize(
    "lost",
    [
        lambda: pa.array([116.9, None, np.nan]),
        lambda: np.array([116.9, np.nan, np.inf]),
        lambda: pd.Series([116.9, None, None], dtype="Float64"),
        lambda: [116.9, np.nan, -np.inf],
    ],
)
def test_what_is_missing_is_outside(grid: Grid, lost: Any) -> None:
    assert [edge for _, edge in answers(grid, lost(), [38.3004] * 3)][1:] == [False, False]
    assert [position for position, _ in answers(grid, lost(), [38.3004] * 3)][1:] == [-1, -1]


@pytest.mark.parametrize(
    "points",
    [
        lambda p: pa.array([*wkb(p[:2]), None, shapely.to_wkb(shapely.Point())], pa.binary()),
        lambda p: pa.array([{"x": x, "y": y} for x, y in p[:2].tolist()] + [None, {"x": None, "y": 1.0}], GEOARROW),
        lambda p: pa.array([*p[:2].tolist(), None, [np.nan, 1.0]], pa.list_(pa.float64(), 2)),
        lambda p: np.array([*shapely.points(p[:2]), None, shapely.Point()], dtype=object),
    ],
    ids=["WKB", "separated", "interleaved", "shapely"],
)
def test_points_that_are_missing_or_empty_are_outside(
    grid: Grid, lonlat: np.ndarray, expected: list[tuple[int, bool]], points: Any
) -> None:
    given = points(lonlat)
    assert answers(grid, given) == [*expected[:2], (-1, False), (-1, False)]
    if isinstance(given, pa.Array):  # slices carry their nulls with them
        assert answers(grid, given.slice(1)) == [expected[1], (-1, False), (-1, False)]
        assert answers(grid, given.slice(3)) == [(-1, False)]


def test_numbers_are_not_copied() -> None:
    values = np.arange(12.0)
    pairs = values.reshape(-1, 2)
    column = pa.array(values)
    buffer = np.frombuffer(column.buffers()[1])
    assert np.shares_memory(axis(values), values)
    assert np.shares_memory(axis(pairs[:, 1]), values)
    assert np.shares_memory(axis(column), buffer)
    assert np.shares_memory(axis(column.slice(3)), buffer)
    assert np.shares_memory(axis(pa.chunked_array([column])), buffer)
    for points in (pairs, pa.FixedSizeListArray.from_arrays(column, 2)):
        assert all(np.shares_memory(each, values if points is pairs else buffer) for each in coordinates(points))
    separated = pa.StructArray.from_arrays([column, column], ["x", "y"])
    assert np.shares_memory(coordinates(separated)[1], buffer)


@pytest.mark.parametrize(
    ("points", "error"),
    [
        (np.zeros((3, 1)), TypeError),
        (np.zeros(3), TypeError),
        (pa.array(["POINT (1 2)"]), TypeError),
        (pa.array([b"nonsense"], pa.binary()), ValueError),
        (pa.array([shapely.to_wkb(shapely.box(0, 0, 1, 1))], pa.binary()), ValueError),
        (np.array([shapely.box(0, 0, 1, 1)], dtype=object), ValueError),
    ],
)
def test_what_holds_no_points_is_refused(grid: Grid, points: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        grid.locate_many(points)


def test_codes_are_integers_or_a_dictionary(grid: Grid, lonlat: np.ndarray) -> None:
    position = grid.locate_many(lonlat).position
    assert position.dtype == np.int32
    for depth, level in enumerate(grid.levels):
        codes = grid.codes(position, level.key)
        codes.validate(full=True)
        assert (codes.type.index_type, codes.type.value_type) == (pa.int32(), pa.string())
        assert codes.to_pylist() == [None if at < 0 else grid.leaves[at].path[depth] for at in position]
        assert len(set(codes.dictionary.to_pylist())) == len(codes.dictionary)
    assert grid.codes(position).equals(grid.codes(position, grid.levels[-1].key))
    assert codes.null_count == (position < 0).sum() > 0
    assert pa.table({"grid": grid.codes(position)}).to_pandas()["grid"].dtype == "category"


def test_an_empty_grid_has_codes_too() -> None:
    empty = Grid("t", "1", grid_of(two_streets()).levels, [])
    assert empty.codes(empty.locate_many([1.0], [2.0]).position).to_pylist() == [None]
