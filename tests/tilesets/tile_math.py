"""Web Mercator tiles by the book (OGC 17-083r4, WebMercatorQuad), written apart from the SQL that is tested."""

import math
from typing import Any

import mapbox_vector_tile

__all__ = ["Address", "address", "covering", "decoded", "lat_of_row", "lon_of_column", "place"]

BBox = tuple[float, float, float, float]
Address = tuple[int, int, int]


def lon_of_column(z: int, x: float) -> float:
    """Longitude of the western border of a column."""
    return x / (1 << z) * 360 - 180


def lat_of_row(z: int, y: float) -> float:
    """Latitude of the northern border of a row."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / (1 << z)))))


def address(z: int, lon: float, lat: float) -> Address:
    """The tile that a point lies in."""
    mercator = math.asinh(math.tan(math.radians(lat)))
    return z, math.floor((lon + 180) / 360 * 2**z), math.floor((1 - mercator / math.pi) / 2 * 2**z)


def covering(z: int, bbox: BBox) -> list[Address]:
    """Every tile that a box meets, and one more all around."""
    west, south, east, north = bbox
    _, left, top = address(z, west, north)
    _, right, bottom = address(z, east, south)
    last = 2**z - 1
    columns = range(max(0, left - 1), min(last, right + 1) + 1)
    rows = range(max(0, top - 1), min(last, bottom + 1) + 1)
    return [(z, x, y) for x in columns for y in rows]


def decoded(tile: bytes) -> dict[str, Any]:
    """Layers of a tile: name to {extent, features}; y grows downwards, as in the file."""
    layers: dict[str, Any] = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    return layers


def place(at: Address, extent: int, x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a place in a tile."""
    z, column, row = at
    return lon_of_column(z, column + x / extent), lat_of_row(z, row + y / extent)
