"""Layers as text: GeoJSON (RFC 7946), GeoJSON text sequences (RFC 8142) and CSV."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import shapely

from geo.files.batches import GEOMETRY
from geo.files.layers import Layer
from geo.files.wkb import shapes_of

__all__ = ["write_csv", "write_geojson", "write_geojsonseq"]

DECIMALS = 7  # of a degree: 1 cm


def write_geojson(layer: Layer, out: BinaryIO) -> int:
    """A FeatureCollection, one feature a line; the metadata are foreign members beside `features`."""
    head = {"type": "FeatureCollection", "name": layer.name, **layer.metadata}
    out.write(orjson.dumps(head)[:-1] + b',"features":[')
    rows = 0
    for features in _features(layer):
        out.write(b"\n" if rows == 0 else b",\n")
        out.write(b",\n".join(features))
        rows += len(features)
    out.write(b"\n]}\n")
    return rows


def write_geojsonseq(layer: Layer, out: BinaryIO) -> int:
    """Features one a line, each after a record separator; a sequence has no place for metadata."""
    rows = 0
    for features in _features(layer):
        out.write(b"".join(b"\x1e%b\n" % feature for feature in features))
        rows += len(features)
    return rows


def write_csv(layer: Layer, out: BinaryIO) -> int:
    """Columns as they are, points as `lon` and `lat`, other geometries as `wkt`; times in ISO 8601, UTC."""
    writer: Any = None
    rows = 0
    for batch in [_empty(layer.schema)], layer:
        for part in batch:
            table = _tabular(part, points=layer.geometry_type == "Point")
            writer = writer or pa.csv.CSVWriter(pa.PythonFile(out, "w"), table.schema)
            writer.write_batch(table)
            rows += table.num_rows
    writer.close()
    return rows


def _features(layer: Layer) -> Iterator[list[bytes]]:
    for batch in layer:
        if not batch.num_rows:
            continue
        geometries = shapely.to_geojson(_rounded(shapes_of(batch.column(GEOMETRY))))
        properties = _without_geometry(batch).to_pylist()
        ids = batch.column(layer.id).to_pylist() if layer.id else None
        yield [
            orjson.dumps(
                {
                    "type": "Feature",
                    **({"id": ids[row]} if ids else {}),
                    "geometry": orjson.Fragment(geometry) if geometry else None,
                    "properties": properties[row],
                }
            )
            for row, geometry in enumerate(geometries)
        ]


def _rounded(shapes: Any) -> Any:
    """Shapes with the right-hand rule and no more digits than mean something."""
    return shapely.transform(shapely.orient_polygons(shapes), lambda xy: np.round(xy, DECIMALS))


def _tabular(batch: pa.RecordBatch, *, points: bool) -> pa.RecordBatch:
    plain = _without_geometry(batch)
    shapes = shapes_of(batch.column(GEOMETRY))
    columns = {name: plain.column(name) for name in plain.schema.names}
    if points:
        # Columns that are there already may be in another datum.
        lon, lat = ("lon", "lat") if not columns.keys() & {"lon", "lat"} else ("wgs84_lon", "wgs84_lat")
        columns[lon] = pa.array(np.round(shapely.get_x(shapes), DECIMALS), from_pandas=True)
        columns[lat] = pa.array(np.round(shapely.get_y(shapes), DECIMALS), from_pandas=True)
    else:
        columns["wkt"] = pa.array(shapely.to_wkt(shapes, rounding_precision=DECIMALS), pa.string())
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _without_geometry(batch: pa.RecordBatch) -> pa.RecordBatch:
    names = [name for name in batch.schema.names if name != GEOMETRY]
    return pa.RecordBatch.from_arrays([_readable(batch.column(name)) for name in names], names=names)


def _readable(column: pa.Array) -> pa.Array:
    """Times as ISO 8601 text in UTC, to the second unless they are finer."""
    if not pa.types.is_timestamp(column.type):
        return column
    whole = column.cast(pa.timestamp("s", column.type.tz), safe=False)
    fine = not pc.all(pc.equal(whole.cast(column.type), column)).as_py() and column.null_count < len(column)
    text = (column if fine else whole).cast(pa.string())
    return pc.replace_substring(text, " ", "T", max_replacements=1)


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=schema)
