"""Many tests at once: the false discovery rate."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["adjusted"]


def adjusted(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """P-values adjusted by Benjamini and Hochberg 1995, float64 of the same shape; NaN, which was not tested, stays.

    Those at most q are discoveries of which a share of q at most is false, on average.
    """
    flat = np.asarray(p, float).ravel()
    tested = np.flatnonzero(~np.isnan(flat))
    order = tested[np.argsort(flat[tested], kind="stable")]
    ranked = flat[order] * len(order) / np.arange(1, len(order) + 1)
    result = np.full(flat.shape, np.nan)
    result[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return result.reshape(np.shape(p))
