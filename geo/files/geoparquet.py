"""GeoParquet 1.1, written batch by batch."""

from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geo.files.batches import GEOMETRY
from geo.files.layers import Layer
from geo.files.wkb import shapes_of

__all__ = ["write_geoparquet"]

ROW_GROUP = 50_000


def write_geoparquet(layer: Layer, path: Path) -> int:
    """A Parquet file whose `geo` metadata name the WKB column, its types and its bounds (lon, lat, OGC:CRS84)."""
    schema = layer.schema.remove_metadata().with_metadata(dict(layer.metadata))
    types: set[str] = set()
    bounds = _Bounds()
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _grouped(layer, schema):
            shapes = shapes_of(batch.column(GEOMETRY))
            types.update(shape.geom_type for shape in shapes[_first_of_each_type(shapes)])
            bounds.add(shapes)
            writer.write_batch(batch)
            rows += batch.num_rows
        column: dict[str, Any] = {"encoding": "WKB", "geometry_types": sorted(types), **bounds.member()}
        geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
        writer.add_key_value_metadata({"geo": orjson.dumps(geo).decode()})
    return rows


class _Bounds:
    """The box around all shapes seen."""

    def __init__(self) -> None:
        self._box: tuple[float, float, float, float] | None = None

    def add(self, shapes: Any) -> None:
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        if west != west:  # no shape at all
            return
        old = self._box or (west, south, east, north)
        self._box = (min(old[0], west), min(old[1], south), max(old[2], east), max(old[3], north))

    def member(self) -> dict[str, Any]:
        return {"bbox": list(self._box)} if self._box else {}


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
