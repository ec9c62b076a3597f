"""The brink of the cells: points that no cell covers, though one is nearer than two drawings of a line may differ."""

from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from wangge.geo.cover import OUTSIDE

__all__ = ["REACH_M", "Brink", "pieces", "shrunk"]

REACH_M: Final = 0.5
"""A check takes what is narrower as two drawings of one line; no report's place is known so well."""

PIECE = 8  # segments of a ring that are searched as one
METRES = 111_320.0  # of a degree of latitude
SAME_M = 1e-3  # of distances: as near as each other

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Brink:
    """Which of n polygons is within `REACH_M` of a point outside them; the nearest, of equally near ones the first.

    Neighbours whose common edge has vertices on one side only leave gaps of less than a millimetre between them. Nobody
    sees these, and a point on that edge is no less in the city than one on any other.
    """

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        self._polygons = polygons

    def of(self, lon: Floats, lat: Floats) -> NDArray[np.int32]:
        """Positions of polygons (int32, OUTSIDE where none is so near) of n points, finite degrees."""
        found = np.full(len(lon), OUTSIDE, dtype=np.int32)
        lines, owners, tree, scale = self._lines
        if not len(owners):
            return found
        points: Any = shapely.points(lon * scale, lat)
        point, piece = tree.query(points, predicate="dwithin", distance=REACH_M / METRES)
        apart = np.round(shapely.distance(lines[piece], points[point]) * METRES / SAME_M)
        order = np.lexsort((owners[piece], apart, point))
        point, first = np.unique(point[order], return_index=True)
        found[point] = owners[piece[order[first]]]
        return found

    @cached_property
    def _lines(self) -> tuple[NDArray[np.object_], Ints, shapely.STRtree, float]:
        lines, owners = pieces(self._polygons)
        _, south, _, north = shapely.total_bounds(self._polygons)
        scale = float(shrunk(np.array([(south + north) / 2]))[0]) if len(owners) else 1.0
        lines = shapely.transform(lines, lambda xy: xy * (scale, 1.0))
        return lines, owners, shapely.STRtree(lines), scale


def shrunk(lat: Floats) -> Floats:
    """Length of a degree of longitude in degrees of latitude, as `Reference.nearest` takes it."""
    return np.maximum(np.cos(np.radians(np.clip(lat, -89.0, 89.0))), 0.02)


def pieces(polygons: NDArray[np.object_]) -> tuple[NDArray[np.object_], Ints]:
    """The rings of polygons as lines of at most PIECE segments, and the position of each one's polygon."""
    parts, owner = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(xy):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    first = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]])
    length = np.diff(np.r_[first, len(xy)])
    along = np.arange(len(xy)) - np.repeat(first, length)
    # Where a piece ends within a ring, the next begins with the same vertex.
    joint = (along % PIECE == 0) & (along > 0) & (along < np.repeat(length - 1, length))
    times = 1 + joint
    begins = np.zeros(times.sum(), dtype=np.bool_)
    ends = np.cumsum(times) - 1
    begins[ends[joint]] = True
    begins[ends[first]] = True
    line = np.cumsum(begins) - 1
    lines: Any = shapely.linestrings(np.repeat(xy, times, axis=0), indices=line)
    owners = owner[part[np.repeat(ring, times)[begins]]]
    return lines, owners
