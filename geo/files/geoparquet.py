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


def write_geoparquet(layer: Layer, path: Path) -> int:
    """A Parquet file whose `geo` metadata name the WKB column, its types and its bounds (lon, lat, OGC:CRS84)."""
    schema = layer.schema.remove_metadata().with_metadata(dict(layer.metadata))
    types: set[str] = set()
    bounds = _Bounds()
    rows = 0
    # Numbers and geometries seldom repeat, and trying costs most of the time of writing.
    repeating = [field.name for field in schema if pa.types.is_dictionary(field.type) or pa.types.is_string(field.type)]
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=repeating) as writer:
        for batch in _grouped(layer, schema):
            if layer.geometry_type == "Point":
                lon, lat = points_of(batch.column(GEOMETRY))
                there = ~np.isnan(lon)
                types.update(["Point"] if there.any() else [])
                bounds.add(lon[there], lat[there])
            else:
                shapes = shapes_of(batch.column(GEOMETRY))
                types.update(shape.geom_type for shape in shapes[_first_of_each_type(shapes)])
                bounds.add(*shapely.get_coordinates(shapes).T)
            writer.write_batch(batch)
            rows += batch.num_rows
        column: dict[str, Any] = {"encoding": "WKB", "geometry_types": sorted(types), **bounds.member()}
        geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
        writer.add_key_value_metadata({"geo": orjson.dumps(geo).decode()})
    return rows


class _Bounds:
    """The box around all coordinates seen."""

    def __init__(self) -> None:
        self._west = self._south = np.inf
        self._east = self._north = -np.inf

    def add(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> None:
        if len(lon):
            self._west, self._east = min(self._west, lon.min()), max(self._east, lon.max())
            self._south, self._north = min(self._south, lat.min()), max(self._north, lat.max())

    def member(self) -> dict[str, Any]:
        box = [self._west, self._south, self._east, self._north]
        return {"bbox": [float(side) for side in box]} if self._west <= self._east else {}


def _first_of_each_type(shapes: Any) -> list[int]:
    kinds = shapely.get_type_id(shapes).tolist()
    return [kinds.index(kind) for kind in set(kinds) if kind >= 0]


def _grouped(layer: Layer, schema: pa.Schema) -> Any:
    """Batches joined to row groups: many small ones would make a file slow to read."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in layer:
        held.append(batch.cast(schema) if batch.schema != schema else batch)
        rows += batch.num_rows
        if rows >= ROW_GROUP:
            yield pa.concat_batches(held)
            held, rows = [], 0
    if held:
        yield pa.concat_batches(held)
