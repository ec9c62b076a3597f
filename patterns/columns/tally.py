"""What the scan counts into."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.columns.raster import Raster

__all__ = ["Tally"]

Array = NDArray[np.uint32]
_COUNTS = {"cell": "cells", "category": "categories", "hour": "hours", "flags": "flags"}


@dataclass(slots=True)
class Tally:
    """Arrays of u4, None where nothing is asked; `days` from `first_day` on."""

    bins: Raster | None = None
    cells: Array | None = None
    days: Array | None = None
    first_day: int = 0
    categories: Array | None = None
    hours: Array | None = None
    flags: Array | None = None
    total: int = 0

    def form(self) -> tuple[Any, ...]:
        """As the compiled scan takes it."""
        bins = self.bins.form() if self.bins is not None else None
        return bins, self.cells, self.days, self.categories, self.hours, self.flags

    def add(self, columns: dict[str, NDArray[Any]], rows: NDArray[np.integer], weight: NDArray[Any] | None) -> None:
        """Add some rows of columns, each once or by its weight."""
        weights = np.ones(len(rows), np.int64) if weight is None else weight.astype(np.int64)
        self.total += int(weights.sum())
        added = weights.astype(np.uint32)
        if self.bins is not None:
            self.bins.add(columns["place"][rows], added)
        if self.days is not None:
            np.add.at(self.days, columns["day"][rows].astype(np.int64) - self.first_day, added)
        for name in ("cell", "category", "hour", "flags"):
            counts = getattr(self, _COUNTS[name])
            if counts is not None:
                np.add.at(counts, columns[name][rows], added)
