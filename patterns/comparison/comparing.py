"""Compares: counts both sides by the cells of a level, and judges each cell and the whole."""

import asyncio
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wangge.geo.grid import Grid
from wangge.patterns.columns.shelf import Shelf
from wangge.patterns.comparison.asked import Against, Asked, share_of_days
from wangge.patterns.counts.answering import answer
from wangge.patterns.counts.asked import Asked as Counting
from wangge.patterns.counts.asked import By, Filter, Source
from wangge.patterns.counts.levels import at_level
from wangge.patterns.statistics.comparing import LEAST_TO_CLAIM, Ratios, compare
from wangge.store.engine import AsyncConnection

__all__ = ["Compared", "Comparison", "compare_cells", "judged"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One cell, or the whole with an empty code.

    Attributes
    ----------
    ratio : rate after by rate before; None without reports, or with none before.
    low, high : the interval that holds the true one 19 times in 20; `high` is None where it has no end.
    p, q : two-sided, and the share of false ones among as sure ones; None under LEAST_TO_CLAIM reports.
    differs : 1 more, -1 fewer, 0 not told from chance.
    """

    code: str
    name: str
    before: int
    after: int
    ratio: float | None
    low: float | None
    high: float | None
    p: float | None
    q: float | None
    differs: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole, and the cells that have reports, in the order of their codes. `share` is what was expected after."""

    asked: Asked
    share: float | None
    whole: Compared
    cells: list[Compared]
    source: Source


async def compare_cells(connection: AsyncConnection, shelf: Shelf, grid: Grid, asked: Asked) -> Comparison:
    """Compare the reports of both sides that the asker sees."""
    before, after = [
        await answer(connection, shelf, grid, _by_cell(asked, side)) for side in (asked.before, asked.after)
    ]
    counts = [at_level(grid, asked.level, counted.cells or {}) for counted in (before, after)]
    names = {cell.code: cell.name for cell in grid.cells if cell.level == asked.level}
    source = before.source if before.source is after.source else Source.DATABASE
    return await asyncio.to_thread(judged, asked, counts[0], counts[1], names, source)


def judged(
    asked: Asked, before: dict[str, int], after: dict[str, int], names: dict[str, str], source: Source
) -> Comparison:
    """The comparison of counts by code. Pure."""
    codes = sorted(before.keys() | after.keys())
    a, b = (np.array([side.get(code, 0) for code in codes], np.int64) for side in (before, after))
    share = _share(asked, int(a.sum()), int(b.sum()))
    if share is None:
        return Comparison(asked, None, _alone(int(a.sum()), int(b.sum())), _unjudged(codes, names, a, b), source)
    cells = _told(codes, names, a, b, compare(a, b, share))
    whole = _alone(int(a.sum()), int(b.sum()))
    if asked.against is Against.DAYS:
        both = a.sum(keepdims=True), b.sum(keepdims=True)
        whole = _told([""], {}, *both, compare(*both, share))[0]
    return Comparison(asked, share, whole, cells, source)


def _by_cell(asked: Asked, side: Filter) -> Counting:
    return Counting(asked.scope, side, frozenset({By.CELL}))


def _share(asked: Asked, before: int, after: int) -> float | None:
    """None where one side has no report at all, with which nothing can be compared by its share."""
    if asked.against is Against.DAYS:
        return share_of_days(asked)
    return after / (before + after) if before and after else None


def _alone(before: int, after: int) -> Compared:
    return Compared("", "", before, after, None, None, None, None, None, 0)


def _unjudged(codes: list[str], names: dict[str, str], a: NDArray[np.int64], b: NDArray[np.int64]) -> list[Compared]:
    return [
        Compared(code, names.get(code, code), int(one), int(two), None, None, None, None, None, 0)
        for code, one, two in zip(codes, a, b, strict=True)
    ]


def _told(
    codes: list[str], names: dict[str, str], a: NDArray[np.int64], b: NDArray[np.int64], found: Ratios
) -> list[Compared]:
    told = []
    for at, code in enumerate(codes):
        sure = a[at] + b[at] >= LEAST_TO_CLAIM
        told.append(
            Compared(
                code,
                names.get(code, code),
                int(a[at]),
                int(b[at]),
                ratio=_finite(found.ratio[at]),
                low=_finite(found.low[at]),
                high=_finite(found.high[at]),
                p=_finite(found.p[at]) if sure else None,
                q=_finite(found.q[at]) if sure else None,
                differs=(1 if found.ratio[at] > 1 else -1) if found.claimed[at] else 0,
            )
        )
    return told


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
