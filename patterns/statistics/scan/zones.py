"""The zones of a scan: around each cell its nearest cells, one after the other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

__all__ = ["MOST_CELLS", "Zones"]

MOST_CELLS = 1000
"""Cells of the largest zone, whatever its share of the reports."""


@dataclass(frozen=True, slots=True)
class Zones:
    """The nearest cells of each cell, itself first: `order`, int32 (n, k). In ties the lower cell goes first."""

    order: NDArray[np.int32]

    @classmethod
    def around(cls, xy: NDArray[np.float64], most: int = MOST_CELLS) -> "Zones":
        """The zones around points of a plane, float64 (n, 2), metres."""
        k = min(len(xy), most)
        distance, found = cKDTree(xy).query(xy, k=list(range(1, k + 1)))
        distance[found == np.arange(len(xy))[:, None]] = -1.0  # itself first, also where another lies on it
        by = np.lexsort((found, distance), axis=1)
        order = np.take_along_axis(found, by, axis=1)
        return cls(np.ascontiguousarray(order, dtype=np.int32))

    def lengths(self, total: NDArray[np.int64], share: float) -> NDArray[np.int32]:
        """How many cells the largest zone around each cell has that holds at most a share of all events, int32 (n,)."""
        held = np.cumsum(total[self.order], axis=1)
        lengths: NDArray[np.int32] = (held <= share * total.sum()).sum(axis=1).astype(np.int32)
        return lengths
