"""The world's time zones as tzfpy exports them, for a comparison over its own data."""

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["zones"]


def zones() -> tuple[list[str], NDArray[np.object_]]:
    """Names and polygons, in the order of the names."""
    import tzfpy

    names = sorted(tzfpy.timezonenames())
    polygons = []
    for name in names:
        parts = shapely.get_parts(shapely.from_geojson(tzfpy.get_tz_polygon_geojson(name)))
        polygons.append(shapely.multipolygons([part for part in shapely.get_parts(parts) if not part.is_empty]))
    return names, np.array(polygons, dtype=object)
