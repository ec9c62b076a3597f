"""What the judged cases of a draw say of all closed cases: the rate that is truly solved, with its interval. Pure.

The rate weighs each stratum by its cases. Its variance is that of a mean over strata (Särndal et al. 1992, 5.8), with
the rate within each stratum drawn towards the rate of all: of two cases that were both solved nobody can tell how much
their stratum varies. The interval is Wilson's with the number of cases that a simple sample of this variance has.
"""

from collections.abc import Sequence
from math import inf, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rate", "estimate", "rate_among"]

Counts = NDArray[np.float64]

Z = 1.959963984540054
"""Of an interval of 95 %."""

SHRINKING = 2.0
"""So many cases with the rate of all are added to those of each stratum."""


class Rate(NamedTuple):
    """How many of the closed cases are truly solved, from 0 to 1; None where nothing was judged."""

    value: float | None
    low: float | None
    high: float | None
    judged: int
    solved: int


def estimate(cases: Counts, judged: Counts, among: Counts, solved: Counts) -> Rate:
    """The rate among the cases that are asked about, with its interval of 95 %.

    Parameters
    ----------
    cases : closed cases of each stratum, shape (h,).
    judged : of those how many were drawn and judged, solved or not.
    among : of those how many are asked about: all, or those of one cell, category or body.
    solved : of those how many are solved.
    """
    known = judged > 0
    cases, judged, among, solved = (one[known].astype(float) for one in (cases, judged, among, solved))
    count, good = int(among.sum()), int(solved.sum())
    if not count:
        return Rate(None, None, None, 0, 0)
    weights = cases / judged
    total = float((weights * among).sum())
    rate = float((weights * solved).sum()) / total
    low, high = _wilson(rate, _worth(cases, judged, among, solved, rate, total))
    return Rate(rate, low, high, count, good)


def rate_among(cases: Sequence[int], strata: Sequence[int], solved: Sequence[bool], among: Sequence[bool]) -> Rate:
    """The rate among some of the judged cases.

    Parameters
    ----------
    cases : closed cases of each stratum.
    strata, solved, among : of each judged case its stratum, whether it is solved, and whether it is asked about.
    """
    at, good, asked = np.array(strata, dtype=np.intp), np.array(solved, dtype=bool), np.array(among, dtype=bool)

    def counted(some: NDArray[np.bool_]) -> Counts:
        return np.bincount(at, some.astype(float), len(cases)).astype(float)

    every = np.ones(len(at), dtype=bool)
    return estimate(np.array(cases, dtype=float), counted(every), counted(asked), counted(good & asked))


def _worth(cases: Counts, judged: Counts, among: Counts, solved: Counts, rate: float, total: float) -> float:
    """How many cases of a simple sample without end tell as much."""
    left = 1 - judged / cases
    weights = cases / judged
    if not 0 < rate < 1:  # nothing varies: as many as there are, less what unequal weights take
        spread = float((weights**2 * among * left).sum())
        return total**2 / spread if spread else inf
    near = (solved + SHRINKING * rate) / (among + SHRINKING)
    pull = among / (among + SHRINKING)
    within = near * (1 - near) / (1 - pull**2 / np.maximum(among, 1))
    share = among / judged
    variance = share * within + share * (1 - share) * (near - rate) ** 2
    spread = float((cases**2 * left * variance / judged).sum())
    return rate * (1 - rate) * total**2 / spread if spread else inf


def _wilson(rate: float, worth: float) -> tuple[float, float]:
    if worth == inf:
        return rate, rate
    middle = (rate + Z**2 / (2 * worth)) / (1 + Z**2 / worth)
    half = Z / (1 + Z**2 / worth) * sqrt(rate * (1 - rate) / worth + Z**2 / (4 * worth**2))
    return max(0.0, min(middle - half, rate)), min(1.0, max(middle + half, rate))
