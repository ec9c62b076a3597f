"""Arrow into PostgreSQL by binary COPY: batches are encoded in compiled code and sent as they are."""

import numpy as np
import psycopg
import pyarrow as pa
from numpy.typing import NDArray
from pgpq import ArrowToPostgresBinaryEncoder
from psycopg import sql

__all__ = ["copy_batch", "encoded", "ewkb_points"]

_EWKB_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("srid", "<u4"), ("x", "<f8"), ("y", "<f8")])
_POINT_WITH_SRID = 0x20000001


async def copy_batch(cursor: psycopg.AsyncCursor[object], table: str, batch: pa.RecordBatch) -> None:
    """Append a batch to a table, whose columns are named as the batch's; in the cursor's transaction."""
    columns = sql.SQL(", ").join(map(sql.Identifier, batch.schema.names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table), columns)
    async with cursor.copy(statement) as copy:
        await copy.write(encoded(batch))


def encoded(batch: pa.RecordBatch) -> bytes:
    """A batch as one whole stream of PostgreSQL's binary COPY format.

    Column types map as one expects: int64 to bigint, string to text, timestamp with a zone to timestamptz, and so
    on. Binary is accepted by a geometry column when it holds EWKB.
    """
    encoder = ArrowToPostgresBinaryEncoder(batch.schema)
    return b"".join((encoder.write_header(), encoder.write_batch(batch), encoder.finish()))


def ewkb_points(lon: NDArray[np.float64], lat: NDArray[np.float64], srid: int = 4326) -> pa.Array:
    """EWKB of n points, as a binary column."""
    points = np.empty(len(lon), dtype=_EWKB_POINT)
    points["order"], points["type"], points["srid"] = 1, _POINT_WITH_SRID, srid
    points["x"], points["y"] = lon, lat
    width = pa.binary(_EWKB_POINT.itemsize)
    return pa.FixedSizeBinaryArray.from_buffers(width, len(lon), [None, pa.py_buffer(points.tobytes())])
