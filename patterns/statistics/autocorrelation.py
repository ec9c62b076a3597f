"""Gi* of Getis and Ord, local Moran's I, and empirical-Bayes rates: for those who know them, not for claims.

Their p-values suppose normal sums. Below about fifty expected events a cell, hot spots are found in cities that have
none (docs/clusters.md); MISLEADING_BELOW is the count that is told beside them.
"""

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.statistics.neighbours import Neighbours

__all__ = ["MISLEADING_BELOW", "gi_star", "local_moran", "smoothed_rates", "standardised_rates"]

MISLEADING_BELOW = 50.0
"""Expected events a cell under which z-scores of these are told with a warning."""


def gi_star(values: NDArray[np.float64], neighbours: Neighbours) -> NDArray[np.float64]:
    """Gi* of each cell, the cell itself among its neighbours, as a z-score, (n,); 0 where all values are one.

    Getis and Ord 1995, equation 14.3 with weights of one.
    """
    x = np.asarray(values, float)
    n, mean, deviation = len(x), x.mean(), x.std()
    weights = neighbours.number + 1
    spread = deviation * np.sqrt((n * weights - weights**2) / (n - 1))
    difference = neighbours.sums(x) - weights * mean
    z: NDArray[np.float64] = np.divide(difference, spread, out=np.zeros(n), where=spread > 0)
    return z


def local_moran(values: NDArray[np.float64], neighbours: Neighbours) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Local Moran's I of each cell with weights that sum to one, and its z-score; (n,) each, 0 without neighbours.

    Anselin 1995, with the moments under total randomisation (Sokal, Oden and Thomson 1998).
    """
    x = np.asarray(values, float)
    n, number = len(x), neighbours.number
    z = x - x.mean()
    m2, m4 = (z**2).sum() / n, (z**4).sum() / n
    if m2 == 0:
        return np.zeros(n), np.zeros(n)
    has = number > 0
    lag = np.divide(neighbours.matrix @ z, number, out=np.zeros(n), where=has)
    i = (n - 1) / n * z * lag / m2  # with the sample's variance, as esda has it
    w2 = np.divide(1.0, number, out=np.zeros(n), where=has)  # the sum of squared weights
    b2 = m4 / m2**2
    expected = -has.astype(float) / (n - 1)
    variance = w2 * (n - b2) / (n - 1) + (has - w2) * (2 * b2 - n) / ((n - 1) * (n - 2)) - expected**2
    raw = z * lag / m2
    return i, np.divide(raw - expected, np.sqrt(np.maximum(variance, 0)), out=np.zeros(n), where=has & (variance > 0))


def smoothed_rates(counts: NDArray[np.float64], exposure: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rates drawn towards the city's the more, the less is known of a cell, float64 (n,); NaN where exposure is 0.

    Empirical Bayes by moments, Marshall 1991.
    """
    mean, variance, rate = _moments(counts, exposure)
    noise = np.divide(mean, exposure, out=np.full(len(counts), np.inf), where=exposure > 0)
    weight = variance / (variance + noise) if variance > 0 else np.zeros(len(counts))
    return np.where(exposure > 0, mean + weight * (rate - mean), np.nan)


def standardised_rates(counts: NDArray[np.float64], exposure: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rates less the city's, in standard deviations that are a rate's own, float64 (n,): what Moran's I is asked of.

    Assunção and Reis 1999. 0 where exposure is 0.
    """
    mean, variance, rate = _moments(counts, exposure)
    noise = np.divide(mean, exposure, out=np.ones(len(counts)), where=exposure > 0)
    own = variance + noise
    own = np.where(own > 0, own, noise)
    return np.divide(rate - mean, np.sqrt(own), out=np.zeros(len(counts)), where=(exposure > 0) & (own > 0))


def _moments(counts: NDArray[np.float64], exposure: NDArray[np.float64]) -> tuple[float, float, NDArray[np.float64]]:
    """The city's rate, the variance between cells beyond chance (may be negative), and the rates."""
    whole = float(exposure.sum())
    mean = float(counts.sum()) / whole
    rate = np.divide(counts, exposure, out=np.zeros(len(counts)), where=exposure > 0)
    between = float((exposure * (rate - mean) ** 2).sum()) / whole
    return mean, between - mean / (whole / len(counts)), rate
