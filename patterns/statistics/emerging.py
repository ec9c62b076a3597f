"""Emerging hot spots: what each place was over the steps of time, in the categories that ESRI publishes.

Whether a bin is hot is decided exactly: a neighbourhood's events of a step and the one before it are binomial, given
the city's events of these steps and the neighbourhood's share of an exposure. The false discovery rate is controlled
over all bins of the cube together, hot and cold.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.statistics.multiplicity import adjusted
from wangge.patterns.statistics.neighbourhoods import against_share
from wangge.patterns.statistics.neighbours import Neighbours
from wangge.patterns.statistics.patterns import Pattern
from wangge.patterns.statistics.trends import mann_kendall

__all__ = ["LEAST_STEPS", "Cube", "Pattern", "TooFew", "classify", "emerging"]

LEAST_STEPS = 10
LEAST_PER_BIN = 0.5
LEAST_PER_BIN_OF_MANY = 2.0
MANY_STEPS = 24
MOST = 0.9


@dataclass(frozen=True, slots=True)
class TooFew:
    """There are too few events for labels: `per_bin` of a cell and step, and how many it would take."""

    per_bin: float
    least: float
    steps: int


@dataclass(frozen=True, slots=True)
class Cube:
    """Of each cell its pattern and whether that is of a cold spot; `state` is 1, 0, -1 by cell and step (n, steps)."""

    pattern: list[Pattern]
    cold: NDArray[np.bool_]
    state: NDArray[np.int8]
    z: NDArray[np.float64]


def classify(state: NDArray[np.int8], trend: int) -> tuple[Pattern, bool]:
    """The pattern of one place, and whether it is one of cold spots.

    Parameters
    ----------
    state : 1 hot, -1 cold, 0 neither, of each step.
    trend : 1 where the intensity rises significantly, -1 where it falls, 0 else.

    "How Emerging Hot Spot Analysis works", ArcGIS Pro.
    """
    for sign in (-1, 1) if state[-1] < 0 else (1, -1):  # what it is now goes before what it was
        found = _of_hot(state * sign, trend * sign)
        if found is not Pattern.NONE:
            return found, sign < 0
    return Pattern.NONE, False


def _of_hot(state: NDArray[np.int8], trend: int) -> Pattern:
    hot = state == 1
    mostly = hot.sum() >= MOST * len(hot)
    if not hot[-1]:
        return Pattern.HISTORICAL if mostly else Pattern.NONE
    if mostly:
        return {1: Pattern.INTENSIFYING, 0: Pattern.PERSISTENT, -1: Pattern.DIMINISHING}[trend]
    run = len(hot) if hot.all() else int(np.argmin(hot[::-1]))
    if not hot[: len(hot) - run].any():
        return Pattern.NEW if run == 1 else Pattern.CONSECUTIVE
    return Pattern.OSCILLATING if (state == -1).any() else Pattern.SPORADIC


def emerging(
    counts: NDArray[np.int64], exposure: NDArray[np.float64], neighbours: Neighbours, level: float = 0.05
) -> Cube | TooFew:
    """The patterns of all cells, or that there are too few data for any.

    Parameters
    ----------
    counts : events by cell and step, (n, steps), at least ten steps.
    exposure : of each cell, such as its households, (n,).
    level : of the false discovery rate over the cube, and of the trend.
    """
    steps = counts.shape[1]
    if steps < LEAST_STEPS:
        raise ValueError(f"at least {LEAST_STEPS} steps, not {steps}")
    per_bin, least = float(counts.mean()), LEAST_PER_BIN if steps < MANY_STEPS else LEAST_PER_BIN_OF_MANY
    if per_bin < least:
        return TooFew(per_bin, least, steps)
    both = counts.astype(np.int64).copy()
    both[:, 1:] += counts[:, :-1]
    found = [against_share(both[:, t], exposure, neighbours, least=0.0) for t in range(steps)]
    # A bin is tested for both sides at once: the smaller tail, doubled.
    tail = np.stack([np.minimum(np.minimum(one.p, one.p_fewer) * 2, 1.0) for one in found], axis=1)
    more = np.stack([one.observed > one.expected for one in found], axis=1)
    sure = adjusted(tail) <= level
    state = np.where(sure, np.where(more, 1, -1), 0).astype(np.int8)
    z = np.stack([_z(one.observed, one.expected, both[:, t].sum()) for t, one in enumerate(found)], axis=1)
    rising, p = mann_kendall(z)
    trend = np.where(p <= level, np.sign(rising), 0).astype(int)
    labels = [classify(one, int(way)) for one, way in zip(state, trend, strict=True)]
    return Cube([pattern for pattern, _ in labels], np.array([cold for _, cold in labels]), state, z)


def _z(observed: NDArray[np.float64], expected: NDArray[np.float64], total: float) -> NDArray[np.float64]:
    """Pearson's residual of a binomial count; 0 where nothing can be expected."""
    variance = expected * (1 - expected / max(total, 1.0))
    return np.divide(observed - expected, np.sqrt(variance), out=np.zeros(len(observed)), where=variance > 0)
