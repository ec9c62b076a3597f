"""PostgreSQL into Arrow: the rows of a query as batches, by COPY, without a Python object for each value."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from wangge.store.engine import connect

__all__ = ["copied"]

ROWS, MOST_BYTES = 5_000, 2 << 20
SPELLED = "SET LOCAL datestyle = 'ISO'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1"
COPY = "COPY ({}) TO STDOUT (FORMAT csv, ENCODING 'UTF8')"


@contextmanager
def copied(
    url: str, query: str, parameters: Mapping[str, Any], schema: pa.Schema, size: int = ROWS
) -> Iterator[Iterator[pa.RecordBatch]]:
    """The rows of a query in batches of at most `size`, all of one moment, in memory that does not grow with them.

    Parameters
    ----------
    schema : of the columns in the order of the query: text, boolean, numbers, times, bytea.
    """
    with closing(connect(url)) as connection:  # a reader may leave before the end, when there is nothing to commit
        connection.execute(SPELLED)
        with connection.cursor().copy(COPY.format(query).encode(), parameters) as copy:
            yield _batches(copy, schema, size)


def _batches(copy: psycopg.Copy, schema: pa.Schema, size: int) -> Iterator[pa.RecordBatch]:
    held: list[Any] = []
    width = 0
    for row in copy:  # each message is a row
        held.append(row)
        width += len(row)
        if len(held) == size or width >= MOST_BYTES:
            yield _parsed(b"".join(held), schema)
            held, width = [], 0
    if held:
        yield _parsed(b"".join(held), schema)


def _parsed(text: bytes, schema: pa.Schema) -> pa.RecordBatch:
    table = pyarrow.csv.read_csv(
        pa.py_buffer(text),
        read_options=pyarrow.csv.ReadOptions(column_names=schema.names, block_size=len(text) + 1, use_threads=False),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={field.name: pa.string() if field.type == pa.binary() else field.type for field in schema},
            null_values=[""],
            strings_can_be_null=True,  # an empty text has quotes, and a null has none
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
    columns = (column.combine_chunks() for column in table.columns)
    arrays = [
        _bytes(column) if field.type == pa.binary() else column for column, field in zip(columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _bytes(column: pa.Array) -> pa.Array:
    r"""Bytes out of their text, \x and two digits for each."""
    digits = pc.binary_replace_slice(column, 0, 2, "")
    valid, offsets, text = digits.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32, count=len(digits) + 1)
    told = bytes.fromhex(bytes(memoryview(text)[ends[0] : ends[-1]]).decode()) if text else b""
    starts = ((ends - ends[0]) // 2).astype(np.int32)
    return pa.Array.from_buffers(pa.binary(), len(digits), [valid, pa.py_buffer(starts), pa.py_buffer(told)])
