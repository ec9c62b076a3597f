"""Columns of typed files as everything else reads them: texts as texts of one type, all of them in UTF-8."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wangge.geo.files.batches import GEOMETRY, Batch, BrokenRecord, NoText

__all__ = ["bytes_as_text", "is_text", "with_sound_texts"]


def with_sound_texts(table: pa.RecordBatch, numbers: NDArray[np.int64]) -> Batch:
    """The records of a table, texts of every type as strings; a record with a text that is not UTF-8 falls out.

    Parameters
    ----------
    numbers : of the records.
    """
    named = zip(table.schema.names, table.columns, strict=True)
    columns = [_plain(column) if name != GEOMETRY else column for name, column in named]
    broken: dict[int, BrokenRecord] = {}
    for name, column in zip(table.schema.names, columns, strict=True):
        for row in _unsound(column) if pa.types.is_string(column.type) else ():
            held = bytes_as_text(column.cast(pa.binary())[row].as_py())
            broken.setdefault(row, BrokenRecord(int(numbers[row]), f"{name}: {held}", NoText(column=name)))
    sound = pa.RecordBatch.from_arrays(columns, names=table.schema.names)
    if not broken:
        return Batch(sound, numbers)
    kept = np.ones(len(numbers), np.bool_)
    kept[list(broken)] = False
    return Batch(sound.filter(pa.array(kept)), numbers[kept], [broken[row] for row in sorted(broken)])


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of a type holds texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def bytes_as_text(value: bytes) -> str:
    """Bytes as the text that they are in UTF-8, or else in hexadecimal."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


def _plain(column: pa.Array) -> pa.Array:
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type) and is_text(column.type.value_type):
        column = column.dictionary_decode()
    return column.cast(pa.string()) if is_text(column.type) else column


def _unsound(column: pa.Array) -> list[int]:
    """Rows of a column of texts that are not UTF-8."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        values = column.cast(pa.binary()).to_pylist()
        return [row for row, value in enumerate(values) if value is not None and not _is_utf8(value)]
    return []


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
