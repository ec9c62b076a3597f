"""The datums that coordinates in China come in, to and from WGS-84.

GCJ-02 (AMap, Tencent, most phones' map kits) shifts WGS-84 by some 500 m, BD-09 (Baidu) shifts GCJ-02 once
more. CGCS2000 agrees with WGS-84 to well under a metre and is taken as equal to it. The formulae are the
ones that open implementations share (eviltransform and its ports); inverses are iterated until they are
exact.

Neither shift exists outside mainland China, Hong Kong and Macau. `CHINA` says where that is: the Natural
Earth outline (public domain), widened by 0.3 degrees so that no coast or border town is missed, which takes
in Kinmen and Matsu and not Taiwan. A hard edge there would make the shift jump by 500 m, so that near the
edge some shifted places would have two originals and some none. The shift therefore fades to nothing over
the next `FADE_DEG` outside: each place has exactly one image and one original, everywhere.
"""

from enum import StrEnum
from typing import Any
from unicodedata import normalize

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

__all__ = ["Datum", "from_wgs84", "to_wgs84"]

Floats = NDArray[np.float64]

FADE_DEG = 0.1
_SEMI_MAJOR = 6378245.0  # Krasovsky 1940
_ECCENTRICITY2 = 0.00669342162296594323
_BD_PI = np.pi * 3000.0 / 180.0
_EXACT_DEG = 1e-10  # 0.01 mm
_MOST_STEPS = 40

_RING = (
    "119.5,25.1 118.9,24.3 116,22.5 114.9,22.4 114.1,21.8 113.8,22.1 113.4,21.8 111,21.1 110.8,20.4 "
    "111.4,19.6 110.6,18.5 109.5,17.9 108.4,18.3 108.3,19.5 109,20.1 109.6,20.2 109.4,21.2 106.9,21.5 "
    "106.2,22.1 106.4,22.6 105.3,23 104.6,22.5 102.8,22.4 102,22.1 102.1,20.9 101.1,20.9 100.9,21.4 "
    "100.4,21.2 98.9,22 99.1,22.8 98.7,22.9 98.4,23.7 97.3,23.5 97.4,25.2 98.4,26.1 98.4,27.3 97.8,28 "
    "95.7,28.2 96.2,28.8 96,29.1 95.4,28.7 94.6,29 92.6,27.6 91.6,27.5 90,28 88.6,26.6 88.5,27.7 "
    "85.7,27.9 84.1,28.6 83.7,29.1 82.2,29.8 81.6,30.1 81.1,29.8 79.6,30.6 78.5,31.3 78.1,33 78.9,32.8 "
    "78.5,33.4 78.6,34.2 77.7,35.2 76,35.6 75.7,36.5 74.7,37.3 74.5,38.2 73.7,38.1 73.4,40 75.4,40.9 "
    "76.4,40.8 76.7,41.4 78,41.5 78.4,41.8 79.9,42.4 79.8,43.1 80.4,43.3 79.5,45.1 82.2,45.8 83,47.7 "
    "85.1,47.3 85.4,47.6 85.5,48.7 86.5,48.8 87.2,49.5 87.9,49.6 88.3,48.8 89,48.3 90.4,48 91.3,47 "
    "90.9,45.8 91.1,45.6 93.6,45.3 95.5,44.5 96.5,43 99.5,42.8 100.9,43 101.9,42.8 103.4,42.2 104.6,42.2 "
    "105,41.9 106,42.4 107.7,42.8 109.2,42.8 110.3,43.1 111.4,43.9 111,44.5 111.7,45.4 113.4,45.1 "
    "114.4,45.6 115.8,46 116.6,46.6 117.4,47 119.3,47.1 118.1,47.7 117.3,47.4 116.3,47.5 115.6,47.4 "
    "115.1,48.1 116.6,50.2 117.9,49.8 119,50.3 119,50.7 120.4,52.1 120.4,52.3 119.5,52.7 120.9,53.5 "
    "122.2,53.7 123.6,53.8 125.2,53.4 126.2,53 127.9,50 129.5,49.7 130.8,48.9 131.2,48.1 132.4,48.1 "
    "133.3,48.5 135.6,48.9 133.2,44.8 131.9,45 131.4,44.8 131.6,44.1 131.4,42.6 130.9,42.6 130.9,41.7 "
    "130,42.5 129.8,42.2 128.4,41.8 128.6,41.1 127.2,41.2 126.9,41.4 124.4,39.6 119.9,38.3 121.2,39.4 "
    "121,39.8 121.7,40.4 121.6,40.6 119.8,39.7 119.2,39 118.2,38.9 117.9,38.7 118.2,38.3 119.2,38.1 "
    "119.2,37.7 119.7,37.5 120.8,38.2 121.8,37.8 122.6,37.7 122.9,36.7 121.3,36.4 119.6,35 120.5,34.6 "
    "120.9,33.5 122.2,31.8 122.2,31.1 123,31.1 123,29.5 122.3,29.5 121.9,28 121.3,27.9 120.6,26.9 "
    "120,25.8 120,25.1 119.5,25.1 "
)
CHINA = shapely.Polygon([[float(v) for v in vertex.split(",")] for vertex in _RING.split()])
_REACH = shapely.buffer(CHINA, FADE_DEG)
shapely.prepare((CHINA, _REACH))


class Datum(StrEnum):
    """The reference that a pair of coordinates was given in. `Datum("GCJ-02")` is known too, however it is spelt."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"

    @classmethod
    def _missing_(cls, value: object) -> "Datum | None":
        plain = "".join(filter(str.isalnum, normalize("NFKC", value).lower())) if isinstance(value, str) else ""
        plain = _OTHER_NAMES.get(plain, plain)
        return next((datum for datum in cls if datum.value == plain), None)


_OTHER_NAMES = {"wgs1984": "wgs84", "epsg4326": "wgs84", "epsg4490": "cgcs2000", "bd09ll": "bd09"}


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[Any, Any]:
    """WGS-84 coordinates expressed in `datum`.

    Parameters
    ----------
    lon, lat : array_like
        Degrees. Arrays of one shape, or scalars.
    datum : Datum
        The datum wanted.

    Returns
    -------
    lon, lat : ndarray or float
        Degrees, in the shape of the input. NaN and infinities are handed on as they came.

    Examples
    --------
    >>> lon, lat = from_wgs84(116.377817, 39.911954, Datum.GCJ02)
    >>> print(f"{lon:.5f} {lat:.5f}")
    116.38405 39.91335
    """
    x, y = _pair(lon, lat)
    if datum in (Datum.GCJ02, Datum.BD09):
        x, y = _shifted(x, y, datum)
    return x[()], y[()]


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[Any, Any]:
    """Coordinates given in `datum`, in WGS-84: the exact inverse of `from_wgs84`, to 0.01 mm.

    Parameters
    ----------
    lon, lat : array_like
        Degrees. Arrays of one shape, or scalars.
    datum : Datum
        The datum that they are in.

    Returns
    -------
    lon, lat : ndarray or float
        Degrees, in the shape of the input. NaN and infinities are handed on as they came.

    Examples
    --------
    >>> lon, lat = to_wgs84(116.38404722455657, 39.91334545536069, Datum.GCJ02)
    >>> print(f"{lon:.5f} {lat:.5f}")
    116.37782 39.91195
    """
    x, y = _pair(lon, lat)
    if datum not in (Datum.GCJ02, Datum.BD09):
        return x[()], y[()]
    # Fixed point of place = given - shift(place). The shift changes by less than a tenth of the way moved, so
    # each step gains a digit or more.
    given_x, given_y = x.ravel(), y.ravel()
    at_x, at_y = given_x.copy(), given_y.copy()
    todo = np.flatnonzero(np.isfinite(at_x) & np.isfinite(at_y))
    for _ in range(_MOST_STEPS):
        image_x, image_y = _shifted(at_x[todo], at_y[todo], datum)
        miss_x, miss_y = given_x[todo] - image_x, given_y[todo] - image_y
        at_x[todo] += miss_x
        at_y[todo] += miss_y
        todo = todo[np.maximum(np.abs(miss_x), np.abs(miss_y)) > _EXACT_DEG]
        if not len(todo):
            break
    return at_x.reshape(x.shape)[()], at_y.reshape(y.shape)[()]


def _pair(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    return x.copy(), y.copy()


def _shifted(lon: Floats, lat: Floats, datum: Datum) -> tuple[Floats, Floats]:
    """The coordinates after the datum's shift, where it applies at all."""
    inside = shapely.contains_xy(_REACH, lon, lat)
    out_lon, out_lat = lon.copy(), lat.copy()
    x, y = lon[inside], lat[inside]
    to_x, to_y = _gcj02(x, y)
    if datum is Datum.BD09:
        to_x, to_y = _bd09(to_x, to_y)
    share = _share(x, y)
    out_lon[inside] = x + share * (to_x - x)
    out_lat[inside] = y + share * (to_y - y)
    return out_lon, out_lat


def _share(lon: Floats, lat: Floats) -> Floats:
    """How much of the shift applies: 1 in `CHINA`, falling to 0 over `FADE_DEG` outside it."""
    share = np.ones_like(lon)
    fading = ~shapely.contains_xy(CHINA, lon, lat)
    distance = shapely.distance(CHINA, shapely.points(lon[fading], lat[fading]))
    share[fading] = np.clip(1.0 - distance / FADE_DEG, 0.0, 1.0)
    return share


def _gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - 105.0, lat - 35.0
    root = 0.1 * np.sqrt(np.abs(x))
    ripple = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = (
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 2.0 * root
        + (ripple + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
        + (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    )  # fmt: skip
    east = (
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + root
        + (ripple + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
        + (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    )  # fmt: skip
    phi = np.radians(lat)
    curvature = 1.0 - _ECCENTRICITY2 * np.sin(phi) ** 2
    meridian = _SEMI_MAJOR * (1.0 - _ECCENTRICITY2) / curvature**1.5
    parallel = _SEMI_MAJOR / np.sqrt(curvature) * np.cos(phi)
    return lon + np.degrees(east / parallel), lat + np.degrees(north / meridian)


def _bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """BD-09 of GCJ-02 coordinates."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
