"""Geometry columns: WKB to shapes and back, out of any CRS into lon, lat in WGS-84."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from wangge.geo.files.batches import BrokenFile
from wangge.geo.points import coordinates

__all__ = [
    "points_of",
    "shapes_of",
    "transformer_of",
    "with_multiparts",
    "wkb_in_wgs84",
    "wkb_points",
    "xy_of",
]

WGS84 = CRS("OGC:CRS84")
POINT = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
"""A point in WKB with the low byte first, as nearly every program writes it."""

MULTIPOINT = shapely.GeometryType.MULTIPOINT

Floats = NDArray[np.float64]


def transformer_of(path: Path, crs: Any) -> Transformer | None:
    """From a file's CRS (PROJJSON, WKT or a code) to lon, lat in WGS-84; None when it is that, or unknown."""
    if crs is None:
        return None
    try:
        source = CRS.from_user_input(crs)
    except CRSError as error:
        raise BrokenFile(file=str(path), records=0, reason=str(error)) from error
    if source.equals(WGS84, ignore_axis_order=True):
        return None
    return Transformer.from_crs(source, WGS84, always_xy=True)


def shapes_of(column: pa.Array) -> Any:
    """Shapes of a WKB column, object (n,); None where a value is null or no WKB."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    return shapely.from_wkb(np.asarray(column.to_pylist(), dtype=object), on_invalid="ignore")


def points_of(column: pa.Array) -> tuple[Floats, Floats]:
    """Coordinates of a WKB column, float64 (n,) each; NaN where a value is null, no point or no WKB."""
    try:
        return coordinates(column)
    except ValueError:  # some value is no point: rare, and slower
        return xy_of(shapes_of(column))


def xy_of(shapes: Any) -> tuple[Floats, Floats]:
    """Coordinates of n shapes, float64 (n,) each; NaN where one is missing, empty or no point.

    A multipoint of one point is that point: some programs know no other layers of points.
    """
    lone = np.flatnonzero((shapely.get_type_id(shapes) == MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1))
    if len(lone):
        shapes = shapes.copy()
        shapes[lone] = shapely.get_geometry(shapes[lone], 0)
    points = np.where(shapely.is_empty(shapes), None, shapes)  # an empty point has no x to get
    return shapely.get_x(points), shapely.get_y(points)


def wkb_points(x: Floats, y: Floats) -> pa.Array:
    """A WKB column of n points; null where a coordinate is not finite."""
    there = np.isfinite(x) & np.isfinite(y)
    points = np.empty(int(there.sum()), dtype=POINT)
    points["order"], points["kind"], points["x"], points["y"] = 1, 1, x[there], y[there]
    offsets = np.zeros(len(x) + 1, dtype=np.int32)
    np.cumsum(there * np.int32(POINT.itemsize), out=offsets[1:])
    valid = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(points)]
    return pa.Array.from_buffers(pa.binary(), len(x), buffers)


def wkb_in_wgs84(shapes: Any, transformer: Transformer | None) -> pa.Array:
    """A WKB column of n shapes, brought to WGS-84."""
    if transformer is not None:
        shapes = shapely.transform(shapes, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))
    return pa.array(shapely.to_wkb(shapes), pa.binary())


def with_multiparts(batch: pa.RecordBatch, name: str) -> pa.RecordBatch:
    """The batch with each single part of a WKB column wrapped as a multipart geometry: formats forbid a mixture."""
    shapes = shapes_of(batch.column(name))
    kinds = shapely.get_type_id(shapes)
    for kind, gather in ((0, shapely.multipoints), (1, shapely.multilinestrings), (3, shapely.multipolygons)):
        single = np.flatnonzero(kinds == kind)
        shapes[single] = gather(shapes[single], indices=np.arange(len(single)))
    position = batch.schema.get_field_index(name)
    return batch.set_column(position, batch.schema.field(position), pa.array(shapely.to_wkb(shapes), pa.binary()))
