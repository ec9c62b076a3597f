"""The digest of what a file says, whatever its bytes: a copy that was unpacked, or only looked at, has the same."""

import hashlib

import orjson

from wangge.geo.files.batches import RecordReader

__all__ = ["DIGEST_BATCH", "content_digest"]

DIGEST_BATCH = 10_000
"""Records in a batch of what is digested: the columns of JSON depend on it."""
HEX_DIGITS = 32


def content_digest(reader: RecordReader) -> str:
    """SHA-256 over the names and values of all records of a file, in their order: 32 hexadecimal digits.

    Parameters
    ----------
    reader : freshly opened, with batches of DIGEST_BATCH records.
    """
    digest = hashlib.sha256()
    for batch in reader:
        for name, column in zip(batch.table.schema.names, batch.table.columns, strict=True):
            digest.update(orjson.dumps([name, column.to_pylist()], default=_told, option=orjson.OPT_NON_STR_KEYS))
        for broken in batch.broken:
            digest.update(orjson.dumps([broken.number, broken.text]))
    return digest.hexdigest()[:HEX_DIGITS]


def _told(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
