"""Layers as text: GeoJSON (RFC 7946), GeoJSON text sequences (RFC 8142) and CSV."""

from collections.abc import Iterator
from itertools import chain, count
from typing import Any, BinaryIO

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import shapely

from wangge.geo.files import jsontext
from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.formulas import guarded_column, guarded_text
from wangge.geo.files.layers import Layer
from wangge.geo.files.soundtexts import bytes_as_text
from wangge.geo.files.wkb import points_of, shapes_of
from wangge.geo.geojson import DECIMALS

__all__ = ["tables_of", "write_csv", "write_geojson", "write_geojsonseq"]

FRACTION = {"s": 0, "ms": 3, "us": 6, "ns": 9}
"""Digits after the point of a second."""


def write_geojson(layer: Layer, out: BinaryIO) -> int:
    """A FeatureCollection, one feature a line; the metadata are foreign members beside `features`."""
    head = {"type": "FeatureCollection", "name": layer.name, **layer.metadata}
    out.write(orjson.dumps(head)[:-1] + b',"features":[')
    rows = 0
    for batch in layer:
        text = _bytes(jsontext.joined(",\n", _features(batch, layer)))
        out.write(text if rows else text[1:])
        rows += batch.num_rows
    out.write(b"\n]}\n")
    return rows


def write_geojsonseq(layer: Layer, out: BinaryIO) -> int:
    """Features one a line, each after a record separator; a sequence has no place for metadata."""
    rows = 0
    for batch in layer:
        out.write(_bytes(jsontext.joined("\x1e", _features(batch, layer), "\n")))
        rows += batch.num_rows
    return rows


def write_csv(layer: Layer, out: BinaryIO) -> int:
    """Columns as they are, points as `lon` and `lat`, other geometries as `wkt`; times in ISO 8601, UTC.

    What a spreadsheet would take for a formula is guarded (see `formulas`).
    """
    writer: Any = None
    rows = 0
    for table in tables_of(layer):
        guarded = [guarded_column(column) for column in table.columns]
        table = pa.RecordBatch.from_arrays(guarded, names=[guarded_text(name) for name in table.schema.names])
        if writer is None:
            writer = pa.csv.CSVWriter(pa.PythonFile(out, "w"), table.schema)
        writer.write_batch(table)
        rows += table.num_rows
    writer.close()
    return rows


def tables_of(layer: Layer, *, shapes: bool = True) -> Iterator[pa.RecordBatch]:
    """The batches as columns of plain values, an empty one first: points as `lon` and `lat`, times as text in UTC.

    Parameters
    ----------
    shapes : whether other geometries become a column `wkt`, or are left out.
    """
    for part in chain([_empty(layer.schema)], layer):
        yield _tabular(part, points=layer.geometry_type == "Point", shapes=shapes)


def _features(batch: pa.RecordBatch, layer: Layer) -> pa.Array:
    """The text of each feature."""
    plain = _without_geometry(batch)
    identity = [',"id":', jsontext.values(plain.column(layer.id))] if layer.id else []
    shapes = jsontext.geometries(batch.column(GEOMETRY), points=layer.geometry_type == "Point", decimals=DECIMALS)
    properties: list[Any] = []
    for name, column in zip(plain.schema.names, plain.columns, strict=True):
        key = orjson.dumps(name).decode() + ":"
        properties += ["," + key if properties else key, jsontext.values(column)]
    return jsontext.joined('{"type":"Feature"', *identity, ',"geometry":', shapes, ',"properties":{', *properties, "}}")


def _bytes(column: pa.Array) -> memoryview:
    """All texts of a column without nulls, one after the other, where they are."""
    _, offsets, text = column.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[[column.offset, column.offset + len(column)]]
    return memoryview(text or b"")[ends[0] : ends[1]]


def _tabular(batch: pa.RecordBatch, *, points: bool, shapes: bool) -> pa.RecordBatch:
    plain = _without_geometry(batch)
    columns = {name: plain.column(name) for name in plain.schema.names}
    if points:
        # Columns that are there already may be in another datum.
        lon, lat = next(pair for pair in _names_of_place() if not columns.keys() & set(pair))
        for name, degrees in zip((lon, lat), points_of(batch.column(GEOMETRY)), strict=True):
            columns[name] = pa.array(np.round(degrees, DECIMALS), from_pandas=True)
    elif shapes:
        drawn = shapes_of(batch.column(GEOMETRY))
        columns["wkt"] = pa.array(shapely.to_wkt(drawn, rounding_precision=DECIMALS), pa.string())
    return pa.RecordBatch.from_arrays([_flat(column) for column in columns.values()], names=list(columns))


def _flat(column: pa.Array) -> pa.Array:
    """What has parts as JSON text."""
    if not pa.types.is_nested(column.type):
        return column
    return pc.if_else(column.is_valid(), jsontext.values(column), None)


def _names_of_place() -> Iterator[tuple[str, str]]:
    """What the columns of the place may be called, until there are none of the name."""
    yield "lon", "lat"
    yield "wgs84_lon", "wgs84_lat"
    for n in count(2):
        yield f"wgs84_lon_{n}", f"wgs84_lat_{n}"


def _without_geometry(batch: pa.RecordBatch) -> pa.RecordBatch:
    names = [name for name in batch.schema.names if name != GEOMETRY]
    return pa.RecordBatch.from_arrays([_readable(batch.column(name)) for name in names], names=names)


def _readable(column: pa.Array) -> pa.Array:
    """Times as ISO 8601 text in UTC, to the second unless they are finer; bytes as text."""
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return pa.array([value if value is None else bytes_as_text(value) for value in column.to_pylist()], pa.string())
    if not pa.types.is_timestamp(column.type):
        return column
    text = _without_zone(column) if column.type.tz == "UTC" else column.cast(pa.string())
    if pc.all(pc.equal(pc.binary_slice(text.cast(pa.binary()), 10, 11), b" ")).as_py():  # four digits of a year
        text = pc.binary_replace_slice(text, 10, 11, "T")
    else:
        text = pc.replace_substring(text, " ", "T", max_replacements=1)
    if not pc.any(pc.match_substring(text, "." + "0" * FRACTION[column.type.unit])).as_py():
        return text
    return pc.replace_substring_regex(text, r"\.0+(Z?)$", r"\1")


def _without_zone(column: pa.Array) -> pa.Array:
    """Times in UTC as text: without looking up the zone, which costs five times as much."""
    return pc.binary_join_element_wise(column.cast(pa.timestamp(column.type.unit)).cast(pa.string()), "Z", "")


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=schema)
