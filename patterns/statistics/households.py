"""How many could report in each cell, as its attributes say."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wangge.geo.grid import Cell
from wangge.geo.people import PEOPLE

__all__ = ["households_of"]


def households_of(cells: Sequence[Cell]) -> NDArray[np.float64] | None:
    """The households of cells, float64 (n,); None where not all of them say any."""
    for name in PEOPLE:
        told = [cell.attributes.get(name) for cell in cells]
        if all(isinstance(one, int | float) and one >= 0 for one in told) and any(told):
            return np.array(told, float)
    return None
