"""GeoParquet 1.1, written batch by batch."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.layers import Layer
from wangge.geo.files.wkb import points_of, shapes_of

__all__ = ["write_geoparquet"]

ROW_GROUP = 100_000
COVERING = "bbox"
SIDES = ("xmin", "ymin", "xmax", "ymax")
BOX = pa.struct([(side, pa.float32()) for side in SIDES])


def write_geoparquet(layer: Layer, path: Path, row_group: int = ROW_GROUP) -> int:
    """A Parquet file whose `geo` metadata name the WKB column, its types and its bounds (lon, lat, OGC:CRS84).

    A column tells the box of each feature (`covering`): by its statistics a reader that asks for a place passes over
    row groups. It is called `bbox`, or `bbox_…` where the layer has such a column of its own.

    Parameters
    ----------
    row_group : rows of a group, at least; the fewer, the more a reader passes over.
    """
    covering = COVERING
    while covering in layer.schema.names:
        covering += "_"
    given = layer.schema.remove_metadata()
    schema = given.append(pa.field(covering, BOX)).with_metadata(layer.texts)
    types: set[str] = set()
    bounds = _Bounds()
    rows = 0
    # Numbers and geometries seldom repeat, and trying costs most of the time of writing.
    repeating = [field.name for field in given if pa.types.is_dictionary(field.type) or pa.types.is_string(field.type)]
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=repeating) as writer:
        for batch in _grouped(layer, given, row_group):
            boxes, kinds = _boxes(batch.column(GEOMETRY), points=layer.geometry_type == "Point")
            types.update(kinds)
            bounds.add(boxes)
            writer.write_batch(pa.RecordBatch.from_arrays([*batch.columns, _covering(boxes)], schema=schema))
            rows += batch.num_rows
        column: dict[str, Any] = {"encoding": "WKB", "geometry_types": sorted(types), **bounds.member()}
        column["covering"] = {"bbox": {side: [covering, side] for side in SIDES}}
        geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
        writer.add_key_value_metadata({"geo": orjson.dumps(geo).decode()})
    return rows


def _boxes(column: pa.Array, *, points: bool) -> tuple[NDArray[np.float64], set[str]]:
    """The boxes of n shapes, float64 (n, 4) as west, south, east, north, NaN where there is none; and their types."""
    if points:
        lon, lat = points_of(column)
        return np.column_stack([lon, lat, lon, lat]), {"Point"} if np.isfinite(lon).any() else set()
    shapes = shapes_of(column)
    return shapely.bounds(shapes), {shape.geom_type for shape in shapes[_first_of_each_type(shapes)]}


def _covering(boxes: NDArray[np.float64]) -> pa.Array:
    """Boxes as a column: in single precision, rounded outwards so that each still covers its shape."""
    near = boxes.astype(np.float32)
    lower = np.where(near > boxes, np.nextafter(near, np.float32(-np.inf)), near)
    upper = np.where(near < boxes, np.nextafter(near, np.float32(np.inf)), near)
    sides = [lower[:, 0], lower[:, 1], upper[:, 2], upper[:, 3]]
    arrays = [pa.array(side.astype(np.float32), from_pandas=True) for side in sides]
    return pa.StructArray.from_arrays(arrays, fields=list(BOX), mask=pa.array(np.isnan(boxes[:, 0])))


class _Bounds:
    """The box around all boxes seen."""

    def __init__(self) -> None:
        self._west = self._south = np.inf
        self._east = self._north = -np.inf

    def add(self, boxes: NDArray[np.float64]) -> None:
        there = boxes[~np.isnan(boxes[:, 0])]
        if len(there):
            west, south = there[:, :2].min(axis=0)
            east, north = there[:, 2:].max(axis=0)
            self._west, self._east = min(self._west, west), max(self._east, east)
            self._south, self._north = min(self._south, south), max(self._north, north)

    def member(self) -> dict[str, Any]:
        box = [self._west, self._south, self._east, self._north]
        return {"bbox": [float(side) for side in box]} if self._west <= self._east else {}


def _first_of_each_type(shapes: Any) -> list[int]:
    kinds = shapely.get_type_id(shapes).tolist()
    return [kinds.index(kind) for kind in set(kinds) if kind >= 0]


def _grouped(layer: Layer, schema: pa.Schema, row_group: int) -> Any:
    """Batches joined to row groups: many small ones would make a file slow to read."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in layer:
        held.append(batch.cast(schema) if batch.schema != schema else batch)
        rows += batch.num_rows
        if rows >= row_group:
            yield pa.concat_batches(held)
            held, rows = [], 0
    if held:
        yield pa.concat_batches(held)
