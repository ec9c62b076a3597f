"""Two periods (or two kinds) beside each other, cell by cell: the ratio of their rates, and how sure it is.

Of n events in both, the later ones are Bin(n, share) if nothing changed, so that the test is exact at any count.
Wald's interval is not, where periods differ in length.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv

from wangge.patterns.statistics.multiplicity import adjusted

__all__ = ["LEAST_TO_CLAIM", "LEAST_TO_TEST", "Ratios", "compare"]

LEAST_TO_TEST = 6
"""Events of both periods together under which nothing could be significant."""
MID_P_FROM = 10
LEAST_TO_CLAIM = 30
"""Events under which only the interval is told."""


@dataclass(frozen=True, slots=True)
class Ratios:
    """Of each cell, (n,): the later rate over the earlier one, its interval, two-sided `p` and `q`.

    The ratio is NaN without events; `p` is NaN under LEAST_TO_TEST. `claimed` says where a difference may be told:
    enough events, and q at most the level.
    """

    ratio: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    p: NDArray[np.float64]
    q: NDArray[np.float64]
    claimed: NDArray[np.bool_]


def compare(
    before: NDArray[np.int64], after: NDArray[np.int64], share: float | NDArray[np.float64], level: float = 0.05
) -> Ratios:
    """The ratios of counts of two periods.

    Parameters
    ----------
    before, after : events of each cell, (n,).
    share : of both together, what would be after if nothing changed: its days by the days of both, or the city's share.
    level : 1 - confidence of the intervals (Clopper and Pearson), and of claims (Benjamini and Hochberg).
    """
    a, b = np.asarray(before, float), np.asarray(after, float)
    n = a + b
    odds = np.broadcast_to(np.asarray(share, float) / (1 - np.asarray(share, float)), n.shape)
    low = np.where(b > 0, betaincinv(np.maximum(b, 0.5), a + 1, level / 2), 0.0)
    high = np.where(a > 0, betaincinv(b + 1, np.maximum(a, 0.5), 1 - level / 2), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, lower, upper = (part / (1 - part) / odds for part in (np.where(n > 0, b / n, np.nan), low, high))
    p = np.where(n >= LEAST_TO_TEST, _doubled(b, n, odds / (1 + odds)), np.nan)
    q = adjusted(p)
    return Ratios(ratio, lower, upper, p, q, (n >= LEAST_TO_CLAIM) & (np.nan_to_num(q, nan=1.0) <= level))


def _doubled(b: NDArray[np.float64], n: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice the smaller tail; the count itself is half of it from MID_P_FROM on."""
    upper = np.where(b > 0, betainc(np.maximum(b, 0.5), n - b + 1, share), 1.0)
    above = np.where(b < n, betainc(b + 1, np.maximum(n - b, 0.5), share), 0.0)
    half = np.where(n >= MID_P_FROM, (upper - above) / 2, 0.0)
    result: NDArray[np.float64] = np.minimum(2 * np.minimum(upper - half, 1 - above - half), 1.0)
    return result
