"""Layers in files: each form opens in GDAL, holds the same features, and never stands half written."""

import io
import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from wangge.geo.files.layers import Layer
from wangge.geo.files.reading import open_records
from wangge.geo.files.vector import read_records
from wangge.geo.files.writing import WRITABLE, CannotWrite, write, write_to

SCHEMA = pa.schema(
    [
        ("number", pa.string()),
        ("at", pa.timestamp("us", "UTC")),
        ("synthetic", pa.bool_()),
        ("accuracy", pa.float64()),
        ("geometry", pa.binary()),
    ]
)
SUFFIX = {"geojsonseq": "geojsonl"}
READ = [form for form in WRITABLE if form != "xlsx"]
"""The forms that are read back, too; workbooks are for people."""
AT = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)


def rows(start: int, stop: int) -> pa.RecordBatch:
    numbers = range(start, stop)
    return pa.record_batch(
        {
            "number": [f"案件-{n}" for n in numbers],
            "at": pa.array([AT] * len(numbers), pa.timestamp("us", "UTC")),
            "synthetic": [True] * len(numbers),
            "accuracy": [None if n % 2 else n / 3 for n in numbers],
            "geometry": pa.array([shapely.to_wkb(shapely.Point(116 + n / 7, 38 + n / 9)) for n in numbers]),
        },
        schema=SCHEMA,
    )


def layer(*batches: pa.RecordBatch, name: str = "reports") -> Layer:
    return Layer(name, SCHEMA, batches, "Point", {"synthetic": True, "licence": "CC BY 4.0"}, id="number")


def cells(*shapes: shapely.Geometry) -> Layer:
    schema = pa.schema([("code", pa.string()), ("geometry", pa.binary())])
    wkb = pa.array([shapely.to_wkb(shape) for shape in shapes], pa.binary())
    batch = pa.record_batch([pa.array([str(i) for i in range(len(shapes))]), wkb], schema=schema)
    return Layer("cells", schema, [batch], "MultiPolygon")


@pytest.mark.parametrize("form", READ)
def test_every_form_reads_back_the_same(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"reports.{SUFFIX.get(form, form)}"
    assert write(layer(rows(0, 4), rows(4, 4), rows(4, 10)), path) == 10
    assert list(tmp_path.iterdir()) == [path]
    read = [record for batch in open_records(path) for record in batch.table.to_pylist()]
    by_number = {record["number"]: record for record in read}
    assert set(by_number) == {f"案件-{n}" for n in range(10)}
    for n in range(10):
        record = by_number[f"案件-{n}"]
        point = shapely.from_wkb(record["geometry"]) if "geometry" in record else shapely.Point(*place(record))
        assert (point.x, point.y) == (pytest.approx(116 + n / 7, abs=1e-7), pytest.approx(38 + n / 9, abs=1e-7))
        at = record["at"] if isinstance(record["at"], datetime) else datetime.fromisoformat(record["at"])
        assert at == AT
        assert str(record["synthetic"]).lower() == "true"
        assert (float(record["accuracy"]) if record["accuracy"] is not None else None) == (
            None if n % 2 else pytest.approx(n / 3)
        )


def place(record: dict[str, Any]) -> tuple[float, float]:
    return float(record["lon"]), float(record["lat"])


@pytest.mark.parametrize("form", ["geojson", "geojsonseq", "gpkg", "fgb"])
def test_gdal_opens_it(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"reports.{SUFFIX.get(form, form)}"
    write(layer(rows(0, 10)), path)
    said = subprocess.run(["ogrinfo", "-so", "-al", str(path)], capture_output=True, text=True, check=True).stdout
    assert "Feature Count: 10" in said
    assert "Geometry: Point" in said
    assert "at: DateTime" in said
    info = pyogrio.read_info(path)
    assert info["crs"] == "EPSG:4326"
    if form in ("gpkg", "fgb"):
        assert "synthetic" in json.dumps(info["layer_metadata"])


def test_times_in_a_geopackage_are_written_as_its_first_versions_prescribe(tmp_path: Path) -> None:
    write(layer(rows(0, 1)), tmp_path / "reports.gpkg")
    with closing(sqlite3.connect(tmp_path / "reports.gpkg")) as file:
        assert file.execute("SELECT at FROM reports").fetchall() == [("2026-01-31T08:30:00.000Z",)]


def test_geojson_is_rfc_7946(tmp_path: Path) -> None:
    path = tmp_path / "cells.geojson"
    hole = shapely.Polygon([(0, 0), (0, 1), (1, 1), (1, 0)], [[(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 1 / 3)]])
    write(cells(hole), path)
    collection = json.loads(path.read_text())
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection
    (rings,) = (feature["geometry"]["coordinates"] for feature in collection["features"])
    assert shapely.is_ccw(shapely.LinearRing(rings[0]))
    assert not shapely.is_ccw(shapely.LinearRing(rings[1]))
    assert all(len(repr(ordinate).partition(".")[2]) <= 7 for ring in rings for point in ring for ordinate in point)


def test_geojson_carries_ids_and_what_is_said_about_the_file(tmp_path: Path) -> None:
    path = tmp_path / "reports.geojson"
    write(layer(rows(0, 2)), path)
    collection = json.loads(path.read_text())
    assert [feature["id"] for feature in collection["features"]] == ["案件-0", "案件-1"]
    assert (collection["synthetic"], collection["licence"]) == (True, "CC BY 4.0")
    assert collection["features"][0]["properties"]["at"] == "2026-01-31T08:30:00Z"


def test_a_sequence_follows_rfc_8142() -> None:
    out = io.BytesIO()
    write_to(layer(rows(0, 3)), out, "geojsonseq")
    records = out.getvalue().split(b"\x1e")
    assert records[0] == b""
    assert all(record.endswith(b"\n") and json.loads(record)["type"] == "Feature" for record in records[1:])


def test_geoparquet_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "reports.parquet"
    write(layer(rows(0, 5), rows(5, 10)), path)
    metadata = pq.read_metadata(path).metadata
    geo = json.loads(metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0"
    assert (column["encoding"], column["geometry_types"]) == ("WKB", ["Point"])
    assert column["bbox"] == pytest.approx([116, 38, 116 + 9 / 7, 39])
    assert metadata[b"synthetic"] == b"true"
    frame = geopandas.read_parquet(path)
    assert frame.crs == "OGC:CRS84"
    assert len(frame) == 10


def test_geoparquet_tells_the_box_of_each_feature(tmp_path: Path) -> None:
    path = tmp_path / "reports.parquet"
    write(layer(rows(0, 10)), path)
    column = json.loads(pq.read_metadata(path).metadata[b"geo"])["columns"]["geometry"]
    sides = ["xmin", "ymin", "xmax", "ymax"]
    assert column["covering"] == {"bbox": {side: ["bbox", side] for side in sides}}
    table = pq.read_table(path)
    boxes = np.array([[box[side] for side in sides] for box in table["bbox"].to_pylist()])
    assert table.schema.field("bbox").type == pa.struct([(side, pa.float32()) for side in sides])
    points = shapely.from_wkb(table["geometry"].to_numpy())
    exact = shapely.bounds(points)
    assert (boxes[:, :2] <= exact[:, :2]).all()
    assert (boxes[:, 2:] >= exact[:, 2:]).all()
    assert np.abs(boxes - exact).max() < 2e-5
    near = geopandas.read_parquet(path, bbox=(116.5, 38, 117, 39))
    assert sorted(near["number"]) == [f"案件-{n}" for n in range(4, 8)]
    assert "bbox" not in open_records(path).columns
    assert len(read_records(path, None, ["number"]).geometries) == 10  # as boundaries are read


def test_a_column_called_bbox_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "odd.parquet"
    schema = pa.schema([("bbox", pa.string()), ("geometry", pa.binary())])
    batch = pa.RecordBatch.from_pylist(
        [{"bbox": "mine", "geometry": shapely.to_wkb(shapely.box(1, 2, 3, 4))}, {"bbox": "no place", "geometry": None}],
        schema=schema,
    )
    write(Layer("odd", schema, [batch], "Polygon"), path)
    read = [record for part in open_records(path) for record in part.table.to_pylist()]
    assert [record.keys() for record in read] == [{"bbox", "geometry"}] * 2
    boxes = pq.read_table(path)["bbox_"].to_pylist()
    assert boxes == [{"xmin": 1, "ymin": 2, "xmax": 3, "ymax": 4}, None]


def test_older_programs_read_a_geopackage_without_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "reports.gpkg"
    write([layer(rows(0, 5)), layer(rows(0, 5), name="again")], path)
    with closing(sqlite3.connect(path)) as file:
        version, application = (
            file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id")
        )
    assert (version, application.to_bytes(4)) == (10200, b"GPKG")
    asked = subprocess.run(["ogrinfo", "-so", "-al", str(path)], capture_output=True, text=True, check=True)
    assert asked.stderr == ""


@pytest.mark.parametrize("form", READ)
def test_an_empty_layer_is_a_whole_file(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"none.{SUFFIX.get(form, form)}"
    assert write(layer(), path) == 0
    assert path.exists()
    if form == "csv":
        assert pa.csv.read_csv(path).column_names == ["number", "at", "synthetic", "accuracy", "lon", "lat"]
    elif form == "geojson":
        assert json.loads(path.read_text())["features"] == []
    elif form != "geojsonseq":
        assert [len(batch.numbers) for batch in open_records(path)] in ([], [0])


@pytest.mark.parametrize("form", WRITABLE)
@pytest.mark.parametrize("raised", [KeyboardInterrupt, ZeroDivisionError])
def test_what_is_interrupted_leaves_the_old_file(tmp_path: Path, form: str, raised: type[BaseException]) -> None:
    path = tmp_path / f"reports.{SUFFIX.get(form, form)}"
    path.write_text("as it was")

    def broken() -> Iterator[pa.RecordBatch]:
        yield rows(0, 5)
        raise raised

    with pytest.raises(raised):
        write(Layer("reports", SCHEMA, broken(), "Point"), path)
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_polygons_become_multipolygons_where_a_layer_must_be_of_one_type(tmp_path: Path) -> None:
    path = tmp_path / "cells.gpkg"
    one, two = shapely.box(0, 0, 1, 1), shapely.MultiPolygon([shapely.box(2, 0, 3, 1), shapely.box(4, 0, 5, 1)])
    write(cells(one, two), path)
    read = geopandas.read_file(path).geometry
    assert read.geom_type.tolist() == ["MultiPolygon", "MultiPolygon"]
    assert shapely.area(read.to_numpy()).sum() == pytest.approx(3)


def test_a_geopackage_takes_several_layers_and_nothing_else_does(tmp_path: Path) -> None:
    path = tmp_path / "both.gpkg"
    write([layer(rows(0, 2)), layer(rows(0, 3), name="more")], path)
    assert pyogrio.list_layers(path)[:, 0].tolist() == ["reports", "more"]
    with pytest.raises(CannotWrite):
        write([layer(), layer()], tmp_path / "both.fgb")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    for form in WRITABLE:
        with pytest.raises(CannotWrite) as caught:
            write(layer(rows(0, 1)), tmp_path / "nowhere" / f"a.{SUFFIX.get(form, form)}")
        assert "nowhere" in caught.value.facts["file"]


def test_columns_of_another_datum_are_not_overwritten() -> None:
    schema = pa.schema([("lon", pa.string()), ("lat", pa.string()), ("geometry", pa.binary())])
    batch = pa.record_batch([["1"], ["2"], [shapely.to_wkb(shapely.Point(1.5, 2.5))]], schema=schema)
    out = io.BytesIO()
    write_to(Layer("a", schema, [batch], "Point"), out, "csv")
    assert out.getvalue().decode() == '"lon","lat","wgs84_lon","wgs84_lat"\n"1","2",1.5,2.5\n'


def test_json_holds_every_value_as_it_is() -> None:
    values: dict[str, list[Any]] = {
        'key "quoted"\n': ['a "b" \\ c', "tab\tbell\x07\x00", "网格 𝄞", "", None],
        "code": ["x", 'y"', None, "x", "x"],
        "whole": [1, -(2**62), 0, None, 5],
        "real": [1.0, 1e300, -0.1, None, float("nan")],
        "flag": [True, False, None, True, True],
        "day": [AT.date(), None, AT.date(), None, None],
        "list": [["a"], [], None, ["b", "c"], [None]],
    }
    columns = {name: pa.array(each) for name, each in values.items()}
    columns["code"] = columns["code"].dictionary_encode()
    columns["geometry"] = pa.array([shapely.to_wkb(shapely.Point(n, -n / 3)) for n in range(4)] + [None])
    batch = pa.record_batch(columns)
    out = io.BytesIO()
    # A slice, because columns then do not begin where their buffers do.
    write_to(Layer("a", batch.schema, [batch.slice(0, 2), batch.slice(2)], "Point"), out, "geojsonseq")
    features = [json.loads(record) for record in out.getvalue().split(b"\x1e")[1:]]
    values["real"][4] = None
    values["day"] = ["2026-01-31", None, "2026-01-31", None, None]
    assert [feature["properties"] for feature in features] == [
        dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)
    ]
    assert isinstance(features[0]["properties"]["real"], float)
    assert [feature["geometry"]["coordinates"] for feature in features[:4]] == [
        [n, pytest.approx(-n / 3, abs=1e-7)] for n in range(4)
    ]
    assert features[4]["geometry"] is None


def test_arrow_goes_through_a_pipe_and_keeps_its_types(tmp_path: Path) -> None:
    out = io.BytesIO()
    write_to(layer(rows(0, 3), rows(3, 5)), out, "arrow")
    table = pa.ipc.open_stream(out.getvalue()).read_all()
    assert table.schema.field("geometry").metadata[b"ARROW:extension:name"] == b"geoarrow.wkb"
    assert table.schema.metadata[b"synthetic"] == b"true"
    assert table.num_rows == 5
    path = tmp_path / "stream.arrow"
    path.write_bytes(out.getvalue())
    assert [record["at"] for batch in open_records(path, batch_size=2) for record in batch.table.to_pylist()] == [
        AT
    ] * 5


@pytest.mark.parametrize("form", READ)
def test_codes_out_of_a_dictionary_are_text_in_every_form(tmp_path: Path, form: str) -> None:
    codes = pa.array(["a", None, "b"]).dictionary_encode()
    points = pa.array([shapely.to_wkb(shapely.Point(n, n)) for n in range(3)])
    batch = pa.record_batch({"code": codes, "geometry": points})
    path = tmp_path / f"codes.{SUFFIX.get(form, form)}"
    write(Layer("codes", batch.schema, [batch], "Point"), path)
    read = [record["code"] for each in open_records(path) for record in each.table.to_pylist()]
    assert sorted(str(code) for code in read) == ["None", "a", "b"]


@pytest.mark.parametrize(
    ("name", "sheet"),
    [
        ("about", "about_"),
        ("About", "About_"),
        ("History", "History_"),
        ("a[b]:*?/\\c", "a_b______c"),
        ("'a'", "a"),
        ("", "_"),
    ],
)
def test_a_sheet_has_a_name_that_it_may_have(tmp_path: Path, name: str, sheet: str) -> None:
    path = tmp_path / "layer.xlsx"
    assert write(layer(rows(0, 2), name=name), path, "xlsx") == 2
    assert openpyxl.load_workbook(path).sheetnames == [sheet, "about"]
