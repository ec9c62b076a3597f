"""Gi*, local Moran and empirical-Bayes rates of the base grids' counts: for those who know them, not for claims."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wangge.access.person import Scope
from wangge.geo.grid import Cell, Grid
from wangge.patterns.statistics.autocorrelation import (
    MISLEADING_BELOW,
    gi_star,
    local_moran,
    smoothed_rates,
    standardised_rates,
)
from wangge.patterns.statistics.households import households_of
from wangge.patterns.statistics.neighbours import Neighbours

__all__ = ["LEAST_CELLS", "CellStatistics", "Classical", "classical"]

LEAST_CELLS = 4
"""Base grids under which there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class CellStatistics:
    """One base grid; None where a number has no meaning: too few base grids, none with households."""

    code: str
    name: str
    reports: int
    households: float | None
    gi_star_z: float | None
    moran_i: float | None
    moran_z: float | None
    smoothed_rate: float | None


@dataclass(frozen=True, slots=True)
class Classical:
    """All base grids that are seen. `per_cell` is the mean count; below `misleading_below` z-scores mislead."""

    per_cell: float
    misleading_below: float
    cells: list[CellStatistics]

    @property
    def misleading(self) -> bool:
        """Whether z-scores find hot spots in cities that have none."""
        return self.per_cell < self.misleading_below


def classical(grid: Grid, scope: Scope, counts: Mapping[int, int]) -> Classical:
    """The statistics of the base grids that a scope covers, among themselves.

    Parameters
    ----------
    counts : reports by id of the base grid.

    Gi* is of counts. Moran's I is of rates by households, standardised (Assunção and Reis), where all base grids say
    them, else of counts; rates are drawn towards the mean by what is known of a base grid (Marshall).
    """
    keys = [level.key for level in grid.levels]
    cells = [leaf for leaf in grid.leaves if scope.covers(zip(keys, leaf.path, strict=True))]
    n = np.array([counts.get(leaf.id, 0) for leaf in cells], float)
    homes = households_of(cells)
    per_cell = float(n.mean()) if len(n) else 0.0
    if len(cells) < LEAST_CELLS:
        nothing: list[float | None] = [None] * len(cells)
        return Classical(per_cell, MISLEADING_BELOW, _told(cells, n, homes, nothing, nothing, nothing, nothing))
    neighbours = Neighbours.touching(np.array([leaf.geometry for leaf in cells], dtype=object))
    rates = n if homes is None else standardised_rates(n, homes)
    i, z = local_moran(rates, neighbours)
    smoothed = np.full(len(n), np.nan) if homes is None else smoothed_rates(n, homes)
    columns = (gi_star(n, neighbours), i, z, smoothed)
    return Classical(per_cell, MISLEADING_BELOW, _told(cells, n, homes, *map(_finite, columns)))


def _told(
    cells: list[Cell], n: NDArray[np.float64], homes: NDArray[np.float64] | None, *columns: list[float | None]
) -> list[CellStatistics]:
    known: list[Any] = [None] * len(cells) if homes is None else homes.tolist()
    rows = zip(cells, n.astype(int).tolist(), known, *columns, strict=True)
    return [CellStatistics(cell.code, cell.name, count, home, *numbers) for cell, count, home, *numbers in rows]


def _finite(numbers: NDArray[np.float64]) -> list[float | None]:
    return [float(one) if np.isfinite(one) else None for one in numbers]
