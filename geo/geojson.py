"""GeoJSON (RFC 7946) as it leaves, over HTTP and in files alike."""

from typing import Any

__all__ = ["AREA_DECIMALS", "DECIMALS", "as_point"]

DECIMALS = 7
"""Of a degree, in texts: 1 cm."""
AREA_DECIMALS = 1
"""Of a square metre."""


def as_point(lon: float, lat: float) -> dict[str, Any]:
    """A point in degrees as a geometry."""
    return {"type": "Point", "coordinates": [round(lon, DECIMALS), round(lat, DECIMALS)]}
