"""Coordinates of points, out of whatever holds them: numpy, Arrow, GeoArrow, WKB, GeoDataFrames."""

from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from wangge.geo.cover import points_of_wkb

__all__ = ["axis", "coordinates"]

WGS84 = "OGC:CRS84"


def axis(values: Any) -> NDArray[np.float64]:
    """One coordinate of n points as float64 (n,), a view where the values are float64 already.

    Parameters
    ----------
    values
        Array-like of numbers, or an Arrow array or chunked array of numbers. Nulls become NaN.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()
    if isinstance(values, pa.Array):
        values = values.to_numpy(zero_copy_only=False)
    elif hasattr(getattr(values, "dtype", None), "na_value"):  # a Series of pandas that knows missing values
        values = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.require(values, np.float64, "A")


def coordinates(points: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes of n points, float64 (n,) each; NaN where a point is null or empty.

    Parameters
    ----------
    points
        GeoDataFrame or GeoSeries, brought to WGS-84 if it has another CRS; array of shapely points; float (n, 2);
        an Arrow array or chunked array of WKB points, or of GeoArrow points, as structs of x and y or as pairs. Pairs,
        structs and (n, 2) are not copied.

    Raises
    ------
    TypeError
        The type holds no points.
    ValueError
        A geometry is not a point, or a WKB value is broken.
    """
    if isinstance(points, pa.ChunkedArray):
        points = points.chunk(0) if points.num_chunks == 1 else points.combine_chunks()
    if isinstance(points, pa.Array):
        return _of_arrow(points)
    geometry = getattr(points, "geometry", points)
    crs = getattr(geometry, "crs", None)
    if crs is not None and not _is_wgs84(crs):
        geometry = geometry.to_crs(WGS84)
    values = np.asarray(getattr(geometry, "values", geometry))
    if values.dtype == object:
        return _of_geometries(values)
    if values.ndim != 2 or values.shape[1] < 2:
        raise TypeError("points must be an array of shape (n, 2), geometries, or an Arrow array of points")
    values = values.astype(np.float64, copy=False)
    return values[:, 0], values[:, 1]


def _is_wgs84(crs: Any) -> bool:
    from pyproj import CRS  # whoever has a CRS has it loaded

    return bool(crs.equals(CRS(WGS84), ignore_axis_order=True))


def _of_geometries(points: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    kinds = shapely.get_type_id(points)
    if ((kinds != shapely.GeometryType.POINT) & (kinds != shapely.GeometryType.MISSING)).any():
        raise ValueError("every geometry must be a point")
    points = np.where(shapely.is_empty(points), np.array(None), points)  # an empty point has no x to get
    return shapely.get_x(points), shapely.get_y(points)


def _of_arrow(points: pa.Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if isinstance(points, pa.ExtensionArray):
        points = points.storage
    kind = points.type
    if pa.types.is_struct(kind):
        x, y = points.flatten()[:2]  # carries the nulls of the structs over to their fields
        return axis(x), axis(y)
    if pa.types.is_fixed_size_list(kind):
        pairs = axis(points.flatten() if not points.null_count else _padded(points)).reshape(-1, kind.list_size)
        return pairs[:, 0], pairs[:, 1]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return points_of_wkb(points)
    raise TypeError(f"an Arrow array of {kind} holds no points")


def _padded(points: pa.Array) -> pa.Array:
    """The values of fixed-size lists, with NaN where a list is null."""
    size = points.type.list_size
    values = axis(points.values)[points.offset * size : (points.offset + len(points)) * size].copy()
    values.reshape(-1, size)[points.is_null().to_numpy(zero_copy_only=False)] = np.nan
    return pa.array(values)
