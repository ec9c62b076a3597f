"""Exact tests of neighbourhoods: has a cell with its neighbours more than its share, or less?

With the counts that districts have, the usual tests of hot spots find clusters in cities that have none
(docs/clusters.md); these hold at any count.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaln

from wangge.patterns.statistics.multiplicity import adjusted
from wangge.patterns.statistics.neighbours import Neighbours

__all__ = ["LEAST_EXPECTED", "Neighbourhoods", "against_others", "against_share"]

LEAST_EXPECTED = 3.0
"""Expected events under which a neighbourhood has too few data to be tested."""


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """What was found of the neighbourhood of each cell, arrays of (n,).

    `p` is one-sided for more than expected, `p_fewer` for fewer, both mid-p; NaN where there are too few data.
    `q` and `q_fewer` are the same under control of the false discovery rate.
    """

    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    p: NDArray[np.float64]
    p_fewer: NDArray[np.float64]
    q: NDArray[np.float64]
    q_fewer: NDArray[np.float64]


def against_share(
    counts: NDArray[np.int64], exposure: NDArray[np.float64], neighbours: Neighbours, least: float = LEAST_EXPECTED
) -> Neighbourhoods:
    """Each neighbourhood against its share of an exposure that is known, such as households: binomial.

    Parameters
    ----------
    counts, exposure : of each cell, (n,); the exposure is not negative.
    """
    total, share = int(counts.sum()), neighbours.sums(exposure) / exposure.sum()
    observed = neighbours.sums(counts.astype(float))
    upper = _binomial_upper(observed, total, share)
    above = _binomial_upper(observed + 1, total, share)
    return _judged(observed, total * share, upper, above, least)


def against_others(
    counts: NDArray[np.int64], others: NDArray[np.int64], neighbours: Neighbours, least: float = LEAST_EXPECTED
) -> Neighbourhoods:
    """Each neighbourhood against its share of other events, which are as much by chance: hypergeometric (Fisher).

    Parameters
    ----------
    others : events of each cell that `counts` are compared with, and not part of.
    """
    total, all_of_them = int(counts.sum()), int(counts.sum() + others.sum())
    observed = neighbours.sums(counts.astype(float))
    every = neighbours.sums((counts + others).astype(float))
    upper, here = _hypergeometric(observed, total, every, all_of_them)
    return _judged(observed, total * every / max(all_of_them, 1), upper, upper - here, least)


def _judged(
    observed: NDArray[np.float64],
    expected: NDArray[np.float64],
    upper: NDArray[np.float64],
    above: NDArray[np.float64],
    least: float,
) -> Neighbourhoods:
    """Mid-p of the probabilities of as many or more, and of more."""
    p = np.where(expected >= least, np.clip((upper + above) / 2, 0.0, 1.0), np.nan)
    return Neighbourhoods(observed, expected, p, 1 - p, adjusted(p), adjusted(1 - p))


def _binomial_upper(k: NDArray[np.float64], n: int, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(X >= k) of X ~ Bin(n, share)."""
    inside = (k > 0) & (k <= n)
    safe = np.where(inside, k, 1.0)
    tail = betainc(safe, np.maximum(n - safe + 1, 1.0), np.clip(share, 0.0, 1.0))
    return np.where(inside, tail, (k <= 0).astype(float))


def _hypergeometric(
    k: NDArray[np.float64], marked: int, drawn: NDArray[np.float64], all_of_them: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P(X >= k) and P(X = k), where `marked` of all are of the kind and `drawn` of all lie in the neighbourhood."""
    upper, here = np.zeros(len(k)), np.zeros(len(k))
    for i, (least, n) in enumerate(zip(k.astype(int), drawn.astype(int), strict=True)):
        lowest, highest = max(0, n + marked - all_of_them), min(n, marked)
        x = np.arange(lowest, highest + 1, dtype=float)
        logs = (
            _choose(float(marked), x)
            + _choose(float(all_of_them - marked), n - x)
            - _choose(float(all_of_them), float(n))
        )
        mass = np.exp(logs)
        mass /= mass.sum()
        upper[i], here[i] = min(mass[least - lowest :].sum(), 1.0), mass[least - lowest]
    return upper, here


def _choose(n: float, k: NDArray[np.float64] | float) -> NDArray[np.float64]:
    result: NDArray[np.float64] = gammaln(n + 1) - gammaln(np.add(k, 1)) - gammaln(np.subtract(n, k) + 1)
    return result
