"""Counts of base grids as counts of the cells above them."""

from collections import Counter
from collections.abc import Mapping

from wangge.geo.grid import Grid

__all__ = ["at_level"]


def at_level(grid: Grid, level: str, counts: Mapping[int, int]) -> dict[str, int]:
    """Counts by code of the cells of a level, from counts by id of the edition's base grids; in the order of codes."""
    depth = next(at for at, one in enumerate(grid.levels) if one.key == level)
    paths = {leaf.id: leaf.path for leaf in grid.leaves}
    sums: Counter[str] = Counter()
    for cell, n in counts.items():
        if cell in paths:
            sums[paths[cell][depth]] += n
    return dict(sorted(sums.items()))
