"""Mann and Kendall's test of a trend, of many series at once."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

__all__ = ["mann_kendall"]


def mann_kendall(series: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """z (positive for rising) and two-sided p of each series along the last axis, with ties counted in; (…,) each."""
    x = np.atleast_2d(np.asarray(series, float))
    n = x.shape[-1]
    s = np.zeros(x.shape[:-1])
    for i in range(n - 1):
        s += np.sign(x[..., i + 1 :] - x[..., i : i + 1]).sum(axis=-1)
    variance = (n * (n - 1) * (2 * n + 5) - _ties(x)) / 18
    z = np.divide(s - np.sign(s), np.sqrt(variance), out=np.zeros_like(s), where=variance > 0)
    shape = np.shape(series)[:-1]
    return z.reshape(shape), (2 * ndtr(-np.abs(z))).reshape(shape)


def _ties(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum over groups of t equal values of t (t - 1)(2 t + 5), of each series."""
    equal = (x[..., :, None] == x[..., None, :]).sum(axis=-1).astype(float)  # t, of each value
    result: NDArray[np.float64] = ((equal - 1) * (2 * equal + 5)).sum(axis=-1)
    return result
