"""What could have been seen: the smallest excess that a scan would find, for "too few data" with a number."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["critical_score", "smallest_excess"]


def smallest_excess(expected: float, critical: float, least: int = 3) -> int:
    """The smallest count whose score reaches the critical one, where so many are expected.

    c ln(c/e) - (c - e), the score of a cylinder that is small against the city.
    """
    c = max(least, int(expected) + 1)
    while c * np.log(c / expected) - (c - expected) < critical:
        c += 1
    return c


def critical_score(highest: NDArray[np.float64], p: float) -> float:
    """The score that chance alone exceeds with probability p, by a Gumbel distribution through the highest scores of
    random arrangements (by moments; Abrams, Kulldorff and Kleinman 2010)."""
    scale = float(highest.std(ddof=1)) * np.sqrt(6) / np.pi
    place = float(highest.mean()) - np.euler_gamma * scale
    return float(place - scale * np.log(-np.log1p(-p)))
