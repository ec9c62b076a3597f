"""Which base grids are nearest to many points outside: the answers of `Grid.nearest`, for a file full of them."""

from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from wangge.geo.brink import pieces, shrunk
from wangge.geo.grid import OUTSIDE, Grid

__all__ = ["Proximity"]

GEOD = Geod(ellps="WGS84")
NEAR = 0.1  # degrees; farther off, one plane for the whole territory will do, and rivals are too many
CHUNK = 4096  # points whose candidates are held at once

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Proximity:
    """Answers for one grid; what is equally near goes to the lowest code.

    Notes
    -----
    The borders of the cells are cut into short lines, and a tree over these gives the nearest in the plane of the
    territory. Within some 10 km of the territory, every line that could be nearer in the plane of the point itself,
    in which `Grid.nearest` measures, is compared there.
    """

    def __init__(self, grid: Grid) -> None:
        self._polygons = grid.index.polygons

    def of(self, lon: Floats, lat: Floats) -> tuple[NDArray[np.int32], Floats]:
        """Position of the nearest base grid (int32, OUTSIDE where there is no grid) and its distance in metres.

        Parameters
        ----------
        lon, lat
            float (n,) finite degrees, of points that no base grid covers.
        """
        # The same wrong place, such as 0, 0, often stands in a file many times.
        places, back = np.unique(lon + 1j * lat, return_inverse=True)
        position, metres = np.full(len(places), OUTSIDE, dtype=np.int32), np.full(len(places), np.nan)
        if len(self._owners):
            for start in range(0, len(places), CHUNK):
                part = slice(start, start + CHUNK)
                position[part], metres[part] = self._nearest(places[part].real, places[part].imag)
        return position[back], metres[back]

    @cached_property
    def _cut(self) -> tuple[NDArray[np.object_], Ints]:
        return pieces(self._polygons)

    @property
    def _owners(self) -> Ints:
        return self._cut[1]

    @cached_property
    def _scale(self) -> float:
        _, south, _, north = shapely.total_bounds(self._polygons)
        return float(shrunk(np.array([(south + north) / 2]))[0])

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.transform(self._cut[0], lambda xy: xy * (self._scale, 1.0)))

    def _nearest(self, lon: Floats, lat: Floats) -> tuple[Ints, Floats]:
        points: Any = shapely.points(lon * self._scale, lat)
        scale = shrunk(lat)
        (point, piece), distance = self._tree.query_nearest(points, return_distance=True)
        close, first = np.unique(point[distance < NEAR], return_index=True)
        spread = np.maximum(scale / self._scale, self._scale / scale)[close]
        reach = distance[distance < NEAR][first] * spread * (1 + 1e-9)
        rivals = self._tree.query(points[close], predicate="dwithin", distance=reach)
        point, piece = np.append(point, close[rivals[0]]), np.append(piece, rivals[1])
        lines = _stretched(self._cut[0][piece], scale[point])
        own: Any = shapely.points(lon * scale, lat)
        apart = shapely.distance(lines, own[point])
        order = np.lexsort((self._owners[piece], apart, point))
        best = order[np.unique(point[order], return_index=True)[1]]
        ends = shapely.get_coordinates(shapely.shortest_line(lines[best], own)).reshape(-1, 2, 2)
        x, y = ends[:, :, 0] / scale[:, None], ends[:, :, 1]
        return self._owners[piece[best]], np.asarray(GEOD.inv(x[:, 0], y[:, 0], x[:, 1], y[:, 1])[2])


def _stretched(lines: NDArray[np.object_], scale: Floats) -> NDArray[np.object_]:
    """Lines with their longitudes times a scale each."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    xy[:, 0] *= scale[line]
    stretched: NDArray[np.object_] = shapely.set_coordinates(lines.copy(), xy)
    return stretched
