"""Reference answers with an R-tree over boxes and shapely's predicates behind it.

It is what the compiled cover is tested against, and it answers what a cover cannot: which polygons an accuracy
circle or another geometry meets, and which is the nearest.
"""

import math
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from rtree.index import Index, Property
from shapely.geometry.base import BaseGeometry

from wangge.geo.cover import OUTSIDE, Hits

if TYPE_CHECKING:
    from pyproj import Geod

__all__ = ["Candidate", "Nearest", "Reference"]

CIRCLE_SEGMENTS = 32  # segments of a quarter circle: the area is right to 0.04 %
LEAST_ACCURACY_M = 1e-6


class Nearest(NamedTuple):
    """The polygon nearest to a point and its distance on the ellipsoid, metres."""

    position: int
    distance_m: float


class Candidate(NamedTuple):
    """A polygon that an accuracy circle touches, and the share (0–1] of the circle's area that lies in it."""

    position: int
    share: float


class Reference:
    """An R-tree over n polygons in lon, lat degrees (WGS-84).

    Parameters
    ----------
    polygons
        Sequence of n Polygon or MultiPolygon, in order of precedence.

    Notes
    -----
    Safe to share between threads: the tree is asked under a lock, and the polygons are never prepared, because a
    prepared geometry must not be shared.
    """

    def __init__(self, polygons: ArrayLike) -> None:
        self.polygons: NDArray[np.object_] = np.asarray(polygons, dtype=object)
        boxes = shapely.bounds(self.polygons).reshape(-1, 4)
        self._lock = Lock()
        stream = ((i, tuple(box), None) for i, box in enumerate(boxes.tolist()) if not np.isnan(box[0]))
        filled = bool(len(boxes)) and bool((~np.isnan(boxes[:, 0])).any())
        self._tree = Index(stream, properties=Property(dimension=2), interleaved=True) if filled else None

    def __len__(self) -> int:
        return len(self.polygons)

    def _meeting_box(self, west: float, south: float, east: float, north: float) -> NDArray[np.int64]:
        """Positions, ascending, of the polygons whose boxes meet a box."""
        if self._tree is None:
            return np.empty(0, dtype=np.int64)
        with self._lock:
            found = np.fromiter(self._tree.intersection((west, south, east, north)), dtype=np.int64)
        found.sort()
        return found

    def locate(self, lon: float, lat: float) -> tuple[int, bool]:
        """Position of the polygon that covers a point, and whether the point is on an edge.

        Returns
        -------
        (position, on_edge)
            OUTSIDE and False where nothing covers the point, or a coordinate is not finite.
        """
        if self._tree is None or not (math.isfinite(lon) and math.isfinite(lat)):
            return OUTSIDE, False
        with self._lock:
            near = sorted(self._tree.intersection((lon, lat, lon, lat)))
        covering = [i for i in near if shapely.intersects_xy(self.polygons[i], lon, lat)]
        if not covering:
            return OUTSIDE, False
        inside = shapely.contains_properly(self.polygons[covering], shapely.points(lon, lat))
        return covering[0], not inside.all()

    def locate_many(self, lon: ArrayLike, lat: ArrayLike) -> Hits:
        """Positions of the polygons that cover n points, and which of the points are on an edge.

        Parameters
        ----------
        lon, lat
            float (n,) degrees. NaN and infinities are outside.
        """
        x = np.ascontiguousarray(lon, dtype=np.float64)
        y = np.ascontiguousarray(lat, dtype=np.float64)
        if x.shape != y.shape or x.ndim != 1:
            raise ValueError("lon and lat must be one-dimensional and of one length")
        position = np.full(len(x), OUTSIDE, dtype=np.int32)
        on_edge = np.zeros(len(x), dtype=np.bool_)
        finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if self._tree is None or not len(finite):
            return Hits(position, on_edge)
        corners = np.column_stack([x[finite], y[finite]])
        with self._lock:
            found, counts = self._tree.intersection_v(corners, corners)  # type: ignore[no-untyped-call]
        points = np.repeat(finite, counts.astype(np.int64))
        found = found.astype(np.int64)
        order = np.argsort(found, kind="stable")
        for which, rows in _runs(found[order], points[order]):
            polygon = self.polygons[which]
            rows = rows[shapely.intersects_xy(polygon, x[rows], y[rows])]
            if not len(rows):
                continue
            edge = shapely.boundary(polygon)
            on_edge[rows] |= shapely.intersects_xy(edge, x[rows], y[rows])
            free = rows[position[rows] == OUTSIDE]
            position[free] = which
        return Hits(position, on_edge)

    def nearest(self, lon: float, lat: float) -> Nearest | None:
        """The polygon nearest to a point, by distance on the ellipsoid; None when there is no polygon.

        The first guess bounds a box in which every nearer polygon must lie, so the answer is exact up to the
        local plane (better than 0.1 % within 100 km).
        """
        if self._tree is None or not (np.isfinite(lon) and np.isfinite(lat)):
            return None
        scale = max(np.cos(np.radians(np.clip(lat, -89.0, 89.0))), 0.02)
        point = shapely.Point(lon * scale, lat)
        with self._lock:
            near = np.fromiter(self._tree.nearest((lon, lat, lon, lat), 1), dtype=np.int64)
        reach = float(shapely.distance(_scaled(self.polygons[near], scale), point).min())
        box = (lon - reach / scale, lat - reach, lon + reach / scale, lat + reach)
        near = np.unique(np.append(near, self._meeting_box(*box)))
        polygons = _scaled(self.polygons[near], scale)
        best = int(np.argmin(shapely.distance(polygons, point)))
        line = shapely.get_coordinates(shapely.shortest_line(polygons[best], point))
        (x0, y0), (x1, y1) = line[0], line[-1]
        metres = _geod().inv(x0 / scale, y0, x1 / scale, y1)[2]
        return Nearest(int(near[best]), float(metres))

    def candidates(self, lon: float, lat: float, accuracy_m: float) -> list[Candidate]:
        """Polygons that the accuracy circle touches, the largest share first, then in order of precedence.

        Parameters
        ----------
        accuracy_m
            Radius of the circle, metres, > 0; a micrometre at least, below which its area underflows.

        Notes
        -----
        Shares are areas in the local plane at the point. They sum to less than 1 where the circle leaves the grid.
        """
        if not (np.isfinite(lon) and np.isfinite(lat) and accuracy_m > 0):
            return []
        accuracy_m = max(accuracy_m, LEAST_ACCURACY_M)
        east, north = metres_per_degree(lat)
        dx, dy = accuracy_m / east, accuracy_m / north
        near = self._meeting_box(lon - dx, lat - dy, lon + dx, lat + dy)
        if not len(near):
            return []
        circle = shapely.Point(0.0, 0.0).buffer(accuracy_m, quad_segs=CIRCLE_SEGMENTS)
        local = shapely.transform(self.polygons[near], lambda xy: (xy - (lon, lat)) * (east, north))
        local = np.where(shapely.is_valid(local), local, shapely.make_valid(local))
        shares = shapely.area(shapely.intersection(local, circle)) / circle.area
        touched = np.flatnonzero(shares > 0)
        ranked = touched[np.argsort(-shares[touched], kind="stable")]
        return [Candidate(int(near[i]), float(shares[i])) for i in ranked]

    def meeting(self, geometry: BaseGeometry) -> NDArray[np.int64]:
        """Positions, ascending, of the polygons that a geometry meets, for instance a redrawn cell."""
        if geometry.is_empty:
            return np.empty(0, dtype=np.int64)
        near = self._meeting_box(*geometry.bounds)
        return near[shapely.intersects(self.polygons[near], geometry)] if len(near) else near


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Length of one degree of longitude and of latitude at a latitude, metres (WGS-84 ellipsoid)."""
    phi = np.radians(lat)
    a, e2 = _geod().a, _geod().es
    w = np.sqrt(1 - e2 * np.sin(phi) ** 2)
    east = np.radians(1) * a * max(np.cos(phi), 1e-6) / w
    north = np.radians(1) * a * (1 - e2) / w**3
    return float(east), float(north)


def _scaled(polygons: NDArray[np.object_], scale: float) -> NDArray[np.object_]:
    """Polygons with longitudes shrunk, so that a unit is equally long both ways."""
    scaled: NDArray[np.object_] = shapely.transform(polygons, lambda xy: xy * (scale, 1.0))
    return scaled


def _runs(keys: NDArray[np.int64], rows: NDArray[np.int64]) -> list[tuple[int, NDArray[np.int64]]]:
    """Rows grouped by equal neighbouring keys, in order of the keys."""
    if not len(keys):
        return []
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    ends = np.r_[starts[1:], len(keys)]
    return [(int(keys[a]), rows[a:b]) for a, b in zip(starts, ends, strict=True)]


@cache
def _geod() -> "Geod":
    from pyproj import Geod  # PROJ, for the first point outside or with an error circle

    return Geod(ellps="WGS84")
