"""GridIndex answers which polygon covers a point.

One rule holds everywhere: a point on a shared edge belongs to the first polygon, in the order given, among those
that cover it. `Grid` hands the polygons in over in the order of their codes, so the lowest code wins.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from wangge.geo.cover import OUTSIDE, Cover, Hits
from wangge.geo.points import axis, coordinates
from wangge.geo.reference import Candidate, Nearest, Reference

__all__ = ["OUTSIDE", "Candidate", "GridIndex", "Hits", "Nearest"]


class GridIndex:
    """An immutable index over n polygons in lon, lat degrees (WGS-84), safe to share between threads.

    Parameters
    ----------
    polygons
        Sequence of n Polygon or MultiPolygon, in order of precedence, or a function that gives it when it is
        first needed. None and empty ones cover nothing. An invalid one is read as `shapely.make_valid` (method
        "structure") reads it.
    cover
        The cover of the same polygons, when it was built before.

    Attributes
    ----------
    locate
        (lon, lat) -> (position of the first polygon that covers the point, whether the point is on an edge of
        any that does); (OUTSIDE, False) where nothing covers it or a coordinate is not finite.
    """

    locate: Callable[[float, float], tuple[int, bool]]

    def __init__(
        self, polygons: ArrayLike | Sequence[BaseGeometry] | Callable[[], ArrayLike], cover: Cover | None = None
    ) -> None:
        self._given = polygons
        self.cover = cover or Cover.of(self.polygons)
        self.locate = self.cover.locate

    def __len__(self) -> int:
        return len(self.cover)

    @cached_property
    def polygons(self) -> NDArray[np.object_]:
        """The polygons, object (n,)."""
        given = self._given() if callable(self._given) else self._given
        return _made_valid(np.asarray(given, dtype=object))

    @cached_property
    def reference(self) -> Reference:
        """An R-tree and shapely's predicates over the same polygons."""
        return Reference(self.polygons)

    def locate_many(self, lon: Any, lat: Any = None, threads: int = 1) -> Hits:
        """Positions of the polygons that cover n points, and which of the points are on an edge.

        Parameters
        ----------
        lon, lat
            Numbers (n,), numpy or Arrow, degrees; float64 is not copied. Null, NaN and infinities are outside.
            Without `lat`, the first is points: a GeoDataFrame, GeoSeries or array of shapely points, an array (n, 2),
            an Arrow array of points in WKB or GeoArrow (see `geo.points.coordinates`).
        threads
            At most so many share the work; the answers do not depend on it.
        """
        x, y = coordinates(lon) if lat is None else (axis(lon), axis(lat))
        return self.cover.locate_many(x, y, threads)

    def save(self, path: Path) -> None:
        """Write the cover to a file, for `Cover.load`."""
        self.cover.save(path)

    def nearest(self, lon: float, lat: float) -> Nearest | None:
        """The polygon nearest to a point, by distance on the ellipsoid; None when there is no polygon."""
        return self.reference.nearest(lon, lat)

    def candidates(self, lon: float, lat: float, accuracy_m: float) -> list[Candidate]:
        """Polygons that the accuracy circle touches, the largest share first, then in order of precedence."""
        return self.reference.candidates(lon, lat, accuracy_m)

    def meeting(self, geometry: BaseGeometry) -> NDArray[np.int64]:
        """Positions, ascending, of the polygons that a geometry meets, for instance a redrawn cell."""
        return self.reference.meeting(geometry)


def _made_valid(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    broken = ~(shapely.is_valid(polygons) | shapely.is_missing(polygons))
    if not broken.any():
        return polygons
    polygons = polygons.copy()
    polygons[broken] = shapely.make_valid(polygons[broken], method="structure", keep_collapsed=False)
    return polygons
