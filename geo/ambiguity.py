"""Which of many points are ambiguous: their accuracy circle touches more than one base grid."""

from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from wangge.geo.grid import CellShare, Grid
from wangge.geo.reference import metres_per_degree

__all__ = ["Ambiguity"]

SLACK = 1.02  # the circle in degrees is an ellipse that changes with the latitude


class Ambiguity:
    """Answers for one grid, exactly as `Grid.candidates` does for one point, but fast where most points are clear."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._grid.index.polygons)

    def of(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], accuracy_m: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Whether each of n points is ambiguous; False where the accuracy is NaN or a coordinate is not finite."""
        ambiguous = np.zeros(len(lon), dtype=np.bool_)
        ambiguous[list(self.candidates(lon, lat, accuracy_m))] = True
        return ambiguous

    def candidates(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], accuracy_m: NDArray[np.float64]
    ) -> dict[int, list[CellShare]]:
        """The base grids that the circle of each ambiguous one among n points touches, the largest share first."""
        asked = np.flatnonzero((accuracy_m > 0) & np.isfinite(lon) & np.isfinite(lat))
        if not len(asked):
            return {}
        points = shapely.points(lon[asked], lat[asked])
        reach = [
            accuracy / min(metres_per_degree(y)) for accuracy, y in zip(accuracy_m[asked], lat[asked], strict=True)
        ]
        near, _ = self._tree.query(points, predicate="dwithin", distance=np.array(reach) * SLACK)
        rows = asked[np.bincount(near, minlength=len(asked)) > 1].tolist()
        found = ((row, self._grid.candidates(lon[row], lat[row], accuracy_m[row])) for row in rows)
        return {row: candidates for row, candidates in found if len(candidates) > 1}
