"""The geometry column of a GeoParquet file (1.0 and 1.1), in WKB or in one of the encodings of GeoArrow."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyarrow.parquet import ParquetFile

from wangge.geo.files.wkb import shapes_of

__all__ = ["WKB", "GeoColumn", "geo_column"]

WKB = "WKB"
LON_LAT = "OGC:CRS84"
NATIVE = {
    "point": shapely.GeometryType.POINT,
    "linestring": shapely.GeometryType.LINESTRING,
    "polygon": shapely.GeometryType.POLYGON,
    "multipoint": shapely.GeometryType.MULTIPOINT,
    "multilinestring": shapely.GeometryType.MULTILINESTRING,
    "multipolygon": shapely.GeometryType.MULTIPOLYGON,
}


@dataclass(frozen=True, slots=True)
class GeoColumn:
    """The primary geometry column, as the metadata `geo` describe it.

    Parameters
    ----------
    name : of the column.
    encoding : WKB, or one of GeoArrow's, such as `multipolygon`.
    crs : PROJJSON; a file that says nothing means longitude and latitude, one that says null does not know.
    covering : columns that only tell the box of each geometry again.
    """

    name: str
    encoding: str
    crs: Any
    covering: frozenset[str] = frozenset()

    def shapes(self, column: pa.Array) -> NDArray[np.object_]:
        """The shapes of n values, object (n,); None where a value is null or no WKB. Raises ValueError."""
        if isinstance(column, pa.ExtensionArray):
            column = column.storage
        if self.encoding == WKB:
            return np.asarray(shapes_of(column), dtype=object)
        if self.encoding not in NATIVE:
            raise ValueError(f"a geometry column in the encoding {self.encoding}")
        return _shapes_of_lists(column, NATIVE[self.encoding])


def geo_column(file: ParquetFile) -> GeoColumn | None:
    """The primary geometry column of a Parquet file; None where it is no GeoParquet.

    The file's own metadata are asked: an Arrow schema that is kept in them was written before what stands at the end.
    Raises ValueError where they are not what GeoParquet says.
    """
    try:
        return _described(file)
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"the metadata `geo` are not those of a GeoParquet: {error}") from error


def _described(file: ParquetFile) -> GeoColumn | None:
    geo = orjson.loads((file.metadata.metadata or {}).get(b"geo", b"{}"))
    name: str | None = geo.get("primary_column")
    if name is None:
        return None
    described: dict[str, Any] = geo.get("columns", {}).get(name, {})
    sides: dict[str, list[str]] = (described.get("covering") or {}).get("bbox") or {}
    covering = frozenset(path[0] for path in sides.values() if path)
    return GeoColumn(name, described.get("encoding", WKB), described.get("crs", LON_LAT), covering)


def _shapes_of_lists(column: pa.Array, kind: shapely.GeometryType) -> NDArray[np.object_]:
    """Shapes out of lists (of lists) of coordinates, which are structs of x and y or pairs."""
    there = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
    shapes = np.full(len(column), None, dtype=object)
    column = column.take(pa.array(there))  # taken, because a slice's offsets would not begin with 0
    offsets: list[NDArray[np.int64]] = []
    while pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        offsets.insert(0, column.offsets.to_numpy().astype(np.int64))
        column = column.values
    pairs = _pairs(column)  # without any, shapely trips over its own empty shapes
    shapes[there] = (
        shapely.from_ragged_array(kind, pairs, tuple(offsets) or None)
        if len(pairs)
        else shapely.empty(len(there), geom_type=kind)
    )
    return shapes


def _pairs(column: pa.Array) -> NDArray[np.float64]:
    """Coordinates as float64 (n, 2); a third dimension is left out."""
    if pa.types.is_struct(column.type):
        x, y = (column.field(axis).to_numpy(zero_copy_only=False) for axis in ("x", "y"))
        return np.column_stack([x, y])
    pairs: NDArray[np.float64] = column.values.to_numpy(zero_copy_only=False).reshape(-1, column.type.list_size)
    return pairs[:, :2]
