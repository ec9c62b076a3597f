"""The coordinate reference systems that features are given in, by reference, each with its own order of axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from wangge.geo.geojson import DECIMALS

if TYPE_CHECKING:
    import pyproj

__all__ = ["CRS84", "WGS84", "Crs", "box_of", "crs_by", "offered", "stored_in", "texts_of", "transformed"]

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
WGS84, MERCATOR, CGCS2000 = 4326, 3857, 4490
GAUSS_KRUGER = tuple(range(4547, 4555))
"""CGCS2000 in zones of three degrees, with their middles from 114 to 135 degrees east."""
CHINA = (73.0, 3.0, 136.0, 54.0)
METRE_DECIMALS = 3
FARTHEST = 1e9
"""Beyond what any system has places at, in metres; with numbers much larger geometries cannot be worked on."""


@dataclass(frozen=True, slots=True)
class Crs:
    """One system.

    Attributes
    ----------
    swapped : its first axis points north, so that latitude, or northing, comes first.
    """

    uri: str
    srid: int
    swapped: bool
    decimals: int


@cache
def _epsg(srid: int) -> Crs:
    import pyproj

    system = pyproj.CRS.from_epsg(srid)
    north = system.axis_info[0].direction == "north"
    return Crs(f"{EPSG}{srid}", srid, north, DECIMALS if system.is_geographic else METRE_DECIMALS)


def offered(bbox: Sequence[float]) -> list[str]:
    """The systems that the features of a territory can be had in, by their URIs; the first is the default.

    Parameters
    ----------
    bbox : of the territory: west, south, east, north in degrees, WGS-84.
    """
    lon, lat = (bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2
    zone = int((lon + 180) // 6) % 60 + 1
    found = [WGS84, MERCATOR, (32600 if lat >= 0 else 32700) + zone]
    if CHINA[0] <= lon <= CHINA[2] and CHINA[1] <= lat <= CHINA[3]:
        found += [CGCS2000, *GAUSS_KRUGER]
    return [CRS84, *(f"{EPSG}{srid}" for srid in found)]


def crs_by(name: str, known: Sequence[str]) -> Crs | None:
    """The system of those known that is called so: by its URI, as `[EPSG:4490]`, `EPSG:4490` or a URN; or None."""
    plain = name.strip().removeprefix("[").removesuffix("]")
    if plain in ("OGC:CRS84", "urn:ogc:def:crs:OGC::CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84"):
        plain = CRS84
    code = plain.rpartition(":")[2]
    if plain.startswith(("EPSG:", "urn:ogc:def:crs:EPSG:")) and code.isdecimal():
        plain = f"{EPSG}{code}"
    if plain not in known:
        return None
    return Crs(CRS84, WGS84, swapped=False, decimals=DECIMALS) if plain == CRS84 else _epsg(int(plain[len(EPSG) :]))


def stored_in(crs: Crs) -> int | None:
    """The system of those that the database knows which is the same but for its axes; None where there is none."""
    return {CGCS2000: WGS84, WGS84: WGS84, MERCATOR: MERCATOR}.get(crs.srid)


@cache
def _transformer(source: int, target: int) -> "pyproj.Transformer":
    import pyproj

    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def transformed(shape: BaseGeometry, crs: Crs, srid: int) -> BaseGeometry:
    """A geometry with the axes of a system, in the system `srid` with x (east) before y.

    Raises
    ------
    ValueError : a coordinate lies where the system says nothing.
    """
    if not (np.abs(shapely.get_coordinates(shape)) <= FARTHEST).all():
        raise ValueError(crs.uri)
    if crs.swapped:
        shape = shapely.transform(shape, lambda points: points[:, ::-1])
    if crs.srid != srid and not {crs.srid, srid} <= {WGS84, CGCS2000}:
        over = _transformer(crs.srid, srid)
        shape = shapely.transform(shape, lambda points: np.column_stack(over.transform(points[:, 0], points[:, 1])))
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise ValueError(crs.uri)
    return shape


def texts_of(shapes: Sequence[bytes | None], crs: Crs) -> list[str | None]:
    """Geometries (WKB, longitude and latitude) in a system with its axes, as GeoJSON."""
    over = _transformer(WGS84, crs.srid)

    def placed(points: NDArray[np.float64]) -> NDArray[np.float64]:
        told = np.column_stack(over.transform(points[:, 0], points[:, 1]))
        return np.round(told[:, ::-1] if crs.swapped else told, crs.decimals)

    told: list[str | None] = shapely.to_geojson(shapely.transform(shapely.from_wkb(shapes), placed)).tolist()
    return told


def box_of(numbers: Sequence[float], crs: Crs) -> BaseGeometry | None:
    """The box that four numbers give in the axes of a system, as x before y; of six, heights are passed over.

    In degrees it may lie over the antimeridian. None where the numbers give none.
    """
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(abs(number) <= FARTHEST for number in numbers):
        return None
    west, south, east, north = (numbers[at] for at in ((1, 0, 3, 2) if crs.swapped else (0, 1, 2, 3)))
    degrees = crs.decimals == DECIMALS
    if south > north or (west > east and not degrees):
        return None
    if degrees and not (-180 <= west <= 180 and -180 <= east <= 180 and south >= -90 and north <= 90):
        return None
    if west > east:
        return shapely.union(_box(west, south, 180.0, north), _box(-180.0, south, east, north))
    return _box(west, south, east, north)


def _box(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """A box whose straight sides stay where they are in another system."""
    return shapely.segmentize(shapely.box(west, south, east, north), max((east - west) / 16, (north - south) / 16) or 1)
