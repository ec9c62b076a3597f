"""Dense places of points, with hulls: HDBSCAN. They say where it is dense, not whether that is more than expected."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["MOST_POINTS", "DensePlace", "dense_places"]

MOST_POINTS = 20_000
"""More points than this are not clustered: it takes time by their square."""

CORE = 0.2
"""Strength of membership under which a point is not told as part of a place: it lies around it, far more thinly."""


@dataclass(frozen=True, slots=True)
class DensePlace:
    """Some points that lie densely: their positions, and the hull around them in the plane of the points."""

    points: NDArray[np.int64]
    hull: Any


def dense_places(xy: NDArray[np.float64], least: int = 10) -> list[DensePlace]:
    """The dense places of points of a plane, float64 (n, 2), metres; the largest first.

    Parameters
    ----------
    least : points that a place has at least.

    Campello, Moulavi and Sander 2013, by scikit-learn.
    """
    if len(xy) > MOST_POINTS:
        raise ValueError(f"at most {MOST_POINTS} points, not {len(xy)}")
    if len(xy) <= least:
        return []
    from sklearn.cluster import HDBSCAN  # loads for half a second, which nobody else waits for

    # The leaves of the tree of clusters: places as small as can be told apart, not halves of the city.
    found = HDBSCAN(min_cluster_size=least, cluster_selection_method="leaf", copy=True).fit(xy)
    labels = np.where(found.probabilities_ >= CORE, found.labels_, -1)
    places = []
    for label in range(labels.max() + 1):
        points = np.flatnonzero(labels == label)
        if len(points) < least:
            continue
        hull = shapely.concave_hull(shapely.multipoints(xy[points]), ratio=0.4)
        places.append(DensePlace(points, hull))
    return sorted(places, key=lambda place: -len(place.points))
