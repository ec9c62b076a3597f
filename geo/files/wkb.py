"""Geometry columns: WKB to shapes and back, out of any CRS into lon, lat in WGS-84."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geo.files.batches import BrokenFile

__all__ = ["points_of", "shapes_of", "transformer_of", "with_multiparts", "wkb_in_wgs84", "wkb_points"]

WGS84 = CRS("OGC:CRS84")
POINT = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
"""A point in WKB with the low byte first, as nearly every program writes it."""

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
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    x, y, plain = _plain_points(column)
    odd = np.flatnonzero(~plain & column.is_valid().to_numpy(zero_copy_only=False))
    if len(odd):
        shapes = shapes_of(column.take(pa.array(odd)))
        x[odd], y[odd] = shapely.get_x(shapes), shapely.get_y(shapes)
    return x, y


def _plain_points(column: pa.Array) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Coordinates of the values that are plain points in WKB, read in place, and which values are."""
    x, y = np.full((2, len(column)), np.nan)
    plain = np.zeros(len(column), dtype=np.bool_)
    wide = pa.types.is_large_binary(column.type)
    if not (wide or pa.types.is_binary(column.type)) or not len(column):
        return x, y, plain
    _, offsets, values = column.buffers()
    starts = np.frombuffer(offsets, np.int64 if wide else np.int32)[column.offset : column.offset + len(column) + 1]
    plain[:] = column.is_valid().to_numpy(zero_copy_only=False) & (np.diff(starts) == POINT.itemsize)
    rows = np.flatnonzero(plain)
    size = starts[-1] - starts[0]
    if not len(rows) or size != len(rows) * POINT.itemsize:  # with values of other lengths between, nothing lines up
        plain[:] = False
        return x, y, plain
    points = np.frombuffer(values, POINT, count=len(rows), offset=int(starts[0]))
    right = (points["order"] == 1) & (points["kind"] == 1)
    plain[rows[~right]] = False
    x[plain], y[plain] = points["x"][right], points["y"][right]
    return x, y, plain


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
