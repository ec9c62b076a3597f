"""Arrow columns, asked the questions that the checks of a batch are made of."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["nulls", "trimmed", "true"]


def trimmed(column: pa.Array) -> pa.Array:
    """Text without the blanks around it; null where nothing is left."""
    text = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(text, ""), None, text)


def nulls(column: pa.Array) -> NDArray[np.bool_]:
    """Where a column is null."""
    return true(pc.is_null(column))


def true(column: pa.Array) -> NDArray[np.bool_]:
    """Where a boolean column is true, null being false."""
    return np.array(pc.fill_null(column, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
