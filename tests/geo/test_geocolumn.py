"""The geometry column of GeoParquet, against geopandas: every type, both kinds of encoding, missing shapes, any CRS."""

import json
from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from pyproj import CRS
from shapely import Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon

from wangge.geo.files.reading import BrokenFile, open_records
from wangge.geo.files.vector import UnreadableFile, read_records

HOLED = Polygon([(116, 38), (117, 38), (117, 39), (116, 39)], [[(116.2, 38.2), (116.4, 38.2), (116.4, 38.4)]])
SQUARE = shapely.box(118, 38, 118.5, 38.5)
LINE, OTHER = LineString([(116, 38), (117, 39), (117, 40)]), LineString([(120, 30), (121, 31)])
SHAPES: dict[str, list[Geometry | None]] = {
    "point": [Point(116, 38), None, Point(117, 39)],
    "line": [LINE, None, OTHER],
    "polygon": [HOLED, None, SQUARE],
    "points": [MultiPoint([(116, 38), (117, 39)]), None, MultiPoint([(1, 2)])],
    "lines": [MultiLineString([LINE, OTHER]), None, MultiLineString([OTHER])],
    "polygons": [MultiPolygon([HOLED, SQUARE]), None, MultiPolygon([SQUARE])],
}


def written(path: Path, kind: str, encoding: str, crs: str | None = "EPSG:4326") -> Path:
    frame = geopandas.GeoDataFrame({"what": ["a", "b", "c"], "n": [1, 2, 3]}, geometry=SHAPES[kind], crs="EPSG:4326")
    frame = frame.to_crs(crs) if crs else frame.set_crs(None, allow_override=True)
    frame.to_parquet(path, geometry_encoding=encoding, row_group_size=2)
    return path


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4547", None])
def test_shapes_and_crs_are_what_geopandas_reads(tmp_path: Path, kind: str, encoding: str, crs: str | None) -> None:
    path = written(tmp_path / "a.parquet", kind, encoding, crs)
    read, expected = read_records(path, None, ["what"]), geopandas.read_parquet(path)
    assert read.fields == {"what": ["a", "b", "c"]}
    assert [None if one is None else shapely.to_wkb(one) for one in read.geometries] == [
        None if one is None else shapely.to_wkb(one) for one in expected.geometry
    ]
    assert (read.crs is None) == (expected.crs is None)
    if read.crs is not None:
        assert CRS.from_user_input(read.crs) == expected.crs


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
@pytest.mark.parametrize("batch_size", [1, 2, 1000])
def test_records_come_in_wgs84(tmp_path: Path, kind: str, encoding: str, batch_size: int) -> None:
    reader = open_records(written(tmp_path / "a.parquet", kind, encoding, "EPSG:4547"), batch_size=batch_size)
    read = [one for batch in reader for one in batch.table.column("geometry").to_pylist()]
    reader.close()
    for wkb, expected in zip(read, SHAPES[kind], strict=True):
        if expected is None:
            assert wkb is None
        else:
            apart = np.abs(shapely.get_coordinates(shapely.from_wkb(wkb)) - shapely.get_coordinates(expected))
            assert apart.max() < 1e-8


def test_a_third_dimension_is_left_out(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(geometry=[shapely.force_3d(SQUARE, 12)], crs="EPSG:4326")
    frame.to_parquet(tmp_path / "a.parquet", geometry_encoding="geoarrow")
    read = read_records(tmp_path / "a.parquet", None, []).geometries
    assert shapely.equals(read[0], SQUARE)


def described(path: Path, **column: object) -> Path:
    """A file of one WKB column whose metadata say this about it."""
    table = pa.table({"shape": pa.array([SQUARE.wkb], pa.binary())})
    geo = {"version": "1.1.0", "primary_column": "shape", "columns": {"shape": {"geometry_types": [], **column}}}
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    return path


def test_a_file_that_names_no_crs_is_in_lon_lat(tmp_path: Path) -> None:
    read = read_records(described(tmp_path / "a.parquet", encoding="WKB"), None, [])
    assert read.crs is not None
    assert CRS.from_user_input(read.crs) == CRS("OGC:CRS84")


def test_what_is_no_geoparquet_is_refused(tmp_path: Path) -> None:
    odd = described(tmp_path / "odd.parquet", encoding="TWKB")
    with pytest.raises(UnreadableFile, match="unreadable-file") as refusal:
        read_records(odd, None, [])
    assert "TWKB" in refusal.value.facts["reason"]
    with pytest.raises(BrokenFile):
        list(open_records(odd))
    pq.write_table(pa.table({"a": [1]}), tmp_path / "plain.parquet")
    with pytest.raises(UnreadableFile):
        read_records(tmp_path / "plain.parquet", None, [])
