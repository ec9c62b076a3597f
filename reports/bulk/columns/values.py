"""Arrow columns, asked the questions that the checks of a batch are made of."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wangge.geo.files.soundtexts import is_text

__all__ = ["Texts", "nulls", "texts", "true"]

EXACT = {"float": 1 << 24, "double": 1 << 53}
"""Up to where every whole number is one of a floating type."""


class Texts(NamedTuple):
    """n values as texts: null where there is none, or none can be; rows where none can be; rows of inexact numbers."""

    values: pa.Array
    unusable: NDArray[np.bool_]
    inexact: NDArray[np.bool_]


def texts(column: pa.Array) -> Texts:
    """The values of a column as texts: a whole number has no decimals, and bytes are what they are in UTF-8."""
    none = np.zeros(len(column), np.bool_)
    kind = column.type
    if is_text(kind):
        return Texts(column, none, none)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = pc.fill_null(column.cast(pa.float64()), np.nan)
        values = np.asarray(numbers.to_numpy(zero_copy_only=False))
        inexact = np.abs(values) > EXACT.get(str(kind), EXACT["double"])
        whole = np.isfinite(values) & (values == np.floor(values)) & ~inexact
        integers = pa.array(np.where(whole, values, 0).astype(np.int64)).cast(pa.string())
        told = pc.if_else(pa.array(whole), integers, column.cast(pa.string()))
        return Texts(pc.if_else(pa.array(np.isnan(values)), None, told), none, inexact)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        told = [_decoded(value) for value in column.to_pylist()]
        found = pa.array(told, pa.string())
        return Texts(found, nulls(found) & ~nulls(column), none)
    if pa.types.is_nested(kind):
        return Texts(pa.nulls(len(column), pa.string()), ~nulls(column), none)
    return Texts(column.cast(pa.string()), none, none)


def _decoded(value: bytes | None) -> str | None:
    try:
        return value.decode() if value is not None else None
    except UnicodeDecodeError:
        return None


def nulls(column: pa.Array) -> NDArray[np.bool_]:
    """Where a column is null."""
    return true(pc.is_null(column))


def true(column: pa.Array) -> NDArray[np.bool_]:
    """Where a boolean column is true, null being false."""
    return np.array(pc.fill_null(column, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
