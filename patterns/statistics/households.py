"""How many could report in each cell, as its attributes say."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wangge.geo.grid import Cell

__all__ = ["PEOPLE", "households_of"]

PEOPLE = ("households", "population")
"""Attributes of base grids that say how many could report; the first that all of them have is taken."""


def households_of(cells: Sequence[Cell]) -> NDArray[np.float64] | None:
    """The households of cells, float64 (n,); None where not all of them say any."""
    for name in PEOPLE:
        told = [cell.attributes.get(name) for cell in cells]
        if all(isinstance(one, int | float) and one >= 0 for one in told) and any(told):
            return np.array(told, float)
    return None
