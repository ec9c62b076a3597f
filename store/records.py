"""Rows of fixed width between numpy and PostgreSQL, in its binary forms, without a Python object for any value."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["array_of", "copy_stream"]

Values = NDArray[Any]

_ARRAY = np.dtype([("dimensions", ">i4"), ("nulls", ">i4"), ("type", ">u4"), ("length", ">i4"), ("first", ">i4")])
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"


def array_of(sent: bytes | None, kind: DTypeLike) -> Values:
    """The n values of a one-dimensional array, as the server sends it in binary; none for SQL's NULL.

    Parameters
    ----------
    sent : the array's bytes; its elements are neither null nor of varying width.
    kind : numpy's type of an element; numbers come back in the machine's byte order. A tid is six bytes, "V6".
    """
    element = np.dtype(kind)
    if sent is None:
        return np.empty(0, element)
    head = np.frombuffer(sent, _ARRAY, count=1)[0]
    width = np.dtype([("width", ">i4"), ("value", element.newbyteorder(">"))])
    if head["nulls"] or len(sent) != _ARRAY.itemsize + head["length"] * width.itemsize:
        raise ValueError(f"not an array of {head['length']} values of {element.itemsize} bytes")
    return np.frombuffer(sent, width, offset=_ARRAY.itemsize)["value"].astype(element)


def copy_stream(columns: Mapping[str, Values]) -> bytes:
    """Columns (n each) as one whole stream of PostgreSQL's binary COPY format, in their order; no value is null."""
    fields: list[tuple[str, DTypeLike]] = [("fields", ">i2")]
    for name, values in columns.items():
        fields += [(f"{name} width", ">i4"), (name, values.dtype.newbyteorder(">"))]
    rows = np.empty(len(next(iter(columns.values()))), np.dtype(fields))
    rows["fields"] = len(columns)
    for name, values in columns.items():
        rows[f"{name} width"], rows[name] = values.dtype.itemsize, values
    return b"".join((_HEADER, rows.tobytes(), _TRAILER))
