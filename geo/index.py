"""GridIndex answers which polygon covers a point.

One rule holds everywhere: a point on a shared edge belongs to the first polygon, in the order given, among those
that cover it. `Grid` hands the polygons in over in the order of their codes, so the lowest code wins.
"""

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.points import axis
from geo.reference import OUTSIDE, Candidate, Hits, Nearest, Reference

__all__ = ["OUTSIDE", "Candidate", "GridIndex", "Hits", "Nearest"]


class GridIndex:
    """An immutable index over n polygons in lon, lat degrees (WGS-84), safe to share between threads.

    Parameters
    ----------
    polygons : sequence of n Polygon or MultiPolygon, in order of precedence.
    """

    def __init__(self, polygons: ArrayLike) -> None:
        self.polygons: NDArray[np.object_] = np.asarray(polygons, dtype=object)

    def __len__(self) -> int:
        return len(self.polygons)

    @cached_property
    def reference(self) -> Reference:
        """The R-tree and shapely over the same polygons."""
        return Reference(self.polygons)

    def locate(self, lon: float, lat: float) -> tuple[int, bool]:
        """Position of the polygon that covers a point, and whether the point is on an edge.

        Returns
        -------
        (position, on_edge) : OUTSIDE and False where nothing covers the point, or a coordinate is not finite.
        """
        return self.reference.locate(lon, lat)

    def locate_many(self, lon: ArrayLike, lat: ArrayLike, threads: int = 1) -> Hits:
        """Positions of the polygons that cover n points, and which of the points are on an edge.

        Parameters
        ----------
        lon, lat : numbers (n,), numpy or Arrow, degrees. Null, NaN and infinities are outside.
        threads : how many threads share the work; the answers do not depend on it.
        """
        return self.reference.locate_many(axis(lon), axis(lat))

    def nearest(self, lon: float, lat: float) -> Nearest | None:
        """The polygon nearest to a point, by distance on the ellipsoid; None when there is no polygon."""
        return self.reference.nearest(lon, lat)

    def candidates(self, lon: float, lat: float, accuracy_m: float) -> list[Candidate]:
        """Polygons that the accuracy circle touches, the largest share first, then in order of precedence."""
        return self.reference.candidates(lon, lat, accuracy_m)

    def meeting(self, geometry: BaseGeometry) -> NDArray[np.int64]:
        """Positions, ascending, of the polygons that a geometry meets, for instance a redrawn cell."""
        return self.reference.meeting(geometry)
