"""What findings are judged by: the reports of a year as arrays, and the ground that they lie on. Pure."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from wangge.geo.coverage.measure import Plane
from wangge.geo.grid import Grid
from wangge.patterns.statistics.households import households_of
from wangge.patterns.statistics.merging import Filed
from wangge.patterns.statistics.neighbours import Neighbours
from wangge.patterns.statistics.scan import Zones

__all__ = ["Gathered", "Ground", "ground_of"]


@dataclass(frozen=True, slots=True)
class Ground:
    """What of a grid is needed: zones and neighbours of its base grids, and their households where all say them."""

    zones: Zones
    neighbours: Neighbours
    households: NDArray[np.float64] | None
    plane: Plane


@dataclass(frozen=True, slots=True)
class Gathered:
    """Reports in the order of their times, (n,): `cell` is a position in the grid's leaves, `age` days before the last.

    `category` is a position in `categories`; `filed` has places, times and reporters, and tells patrols apart.
    """

    last: date
    categories: list[str]
    id: NDArray[np.int64]
    cell: NDArray[np.int64]
    age: NDArray[np.int64]
    category: NDArray[np.int64]
    patrols: NDArray[np.bool_]
    filed: Filed

    def __len__(self) -> int:
        return len(self.id)


def ground_of(grid: Grid) -> Ground:
    """The ground of a grid; takes a second for thousands of cells."""
    shapes = np.array([cell.geometry for cell in grid.leaves], dtype=object)
    plane = Plane.around(shapes)
    flat = plane.to_metres(shapes)
    centres = shapely.get_coordinates(shapely.centroid(flat))
    # Borders of one coverage meet exactly before they are projected.
    return Ground(Zones.around(centres), Neighbours.touching(shapes), households_of(grid.leaves), plane)
