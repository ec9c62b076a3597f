"""Vertices that lie close to each other, and edges that fit: of all the shapes of a level by one sort of numbers."""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from wangge.geo.coverage.measure import Shapes

__all__ = ["any_closer", "unmatched"]

_AXIS: Final = (0.8191520442889918, 0.5735764363510461)
"""A direction at 35 degrees: few lines of a map run across it, so that few vertices share a place along it."""
_MOST_BESIDE: Final = 64


def any_closer(xy: NDArray[np.float64], reach: float) -> bool:
    """Whether any two of n places (float, n × 2) lie at most `reach` apart and are not the same; True if in doubt."""
    along = _along(xy)
    xy = xy[np.argsort(along)]
    xy = xy[np.append(True, (xy[1:] != xy[:-1]).any(axis=1))] if len(xy) else xy
    along = _along(xy)
    for step in range(1, _MOST_BESIDE):
        near = np.flatnonzero(along[step:] - along[:-step] <= reach)
        if not len(near):
            return False
        apart = np.hypot(*(xy[near + step] - xy[near]).T)
        if ((apart > 0) & (apart <= reach)).any():
            return True
    return True


def unmatched(shapes: Shapes) -> NDArray[np.bool_]:
    """Which of n polygons or multipolygons have an edge that no single other runs back along from vertex to vertex.

    The others are surrounded: they fit their neighbours, whatever else is wrong with these.
    """
    parts, cell = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    starts = np.flatnonzero(ring[1:] == ring[:-1])
    along = _along(xy)
    middle = along[starts] + along[starts + 1]  # of an edge, the same in both directions
    order = np.argsort(middle)
    starts, middle = starts[order], middle[order]
    edges = np.column_stack([xy[:-1], xy[1:]])[starts]
    shared = np.zeros(len(edges) + 1, np.bool_)  # by each with the one before it
    shared[1:-1] = middle[1:] == middle[:-1]
    back = (edges[1:] == edges[:-1, [2, 3, 0, 1]]).all(axis=1)
    pair = np.flatnonzero(shared[1:-1] & back & ~shared[:-2] & ~shared[2:])
    alone = np.ones(len(edges), np.bool_)
    alone[pair] = alone[pair + 1] = False
    found = np.zeros(len(shapes), np.bool_)
    found[cell[part[ring[starts[alone]]]]] = True
    return found


def _along(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far along the axis places lie; to the bit the same for the same place."""
    return np.asarray(xy[:, 0] * _AXIS[0] + xy[:, 1] * _AXIS[1], np.float64)
