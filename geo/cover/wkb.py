"""Coordinates out of Arrow arrays of WKB points, without making a Python object of any."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wangge.geo.cover.kernel import kernel

__all__ = ["points_of_wkb"]


def points_of_wkb(points: pa.Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes, float64 (n,), of an Arrow array of WKB points; NaN where null or empty.

    Parameters
    ----------
    points
        Binary or large binary; ISO or extended WKB, of either byte order. Z and M are left out.

    Raises
    ------
    ValueError
        An item is not a WKB point, and which.
    """
    x, y = np.empty(len(points)), np.empty(len(points))
    if not len(points):
        return x, y
    wide = pa.types.is_large_binary(points.type)
    if not wide and not pa.types.is_binary(points.type):
        points = points.cast(pa.binary())  # binary views
    valid, offsets, data = points.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64 if wide else np.int32)
    bad = kernel().points_of_wkb(data or b"", starts, valid, points.offset, x, y)
    if bad >= 0:
        raise ValueError(f"item {bad} is not a WKB point")
    return x, y
