"""How columns lie in a file: a segment of a month, and the lists of bins. `columns.h` says the same to the compiler."""

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.columns.kernel import kernel

__all__ = ["CHANGE", "COLD", "EPOCH", "Rows", "lists_block", "segment_block"]

EPOCH = np.datetime64("1900-01-01", "D")
"""Days are counted from here, in two bytes."""

CHANGE = np.dtype(
    {
        "names": ["place", "cell", "day", "hour", "category", "flags", "weight", "id", "lon", "lat"],
        "formats": ["u4", "u4", "u2", "u1", "u1", "u1", "i1", "i8", "f8", "f8"],
        "offsets": [0, 4, 8, 10, 11, 12, 13, 16, 24, 32],
        "itemsize": 40,
    }
)
"""A change: the old values of a report with weight -1, its new ones with +1."""

COLD = np.dtype([("id", "i8"), ("lon", "f8"), ("lat", "f8")])
"""What is kept beside a segment, in the order of its rows: who the rows are, and where to the last bit."""

_HEAD, _SEGMENT, _LISTS = struct.Struct("<8sIIQQ"), struct.Struct("<Q7Q6I"), struct.Struct("<QQ")
_ORDER, _MARGIN, _ALIGN, _MOST = 0x01020304, 128, 64, 65535

MOST_SUMS = 1.0
"""Bytes a report that sums may take; with more cells, or fewer reports, rows are counted instead."""


class Rows(NamedTuple):
    """Columns of n reports; `hour` is of the week, Monday's first is 0."""

    place: NDArray[np.uint32]
    day: NDArray[np.uint16]
    hour: NDArray[np.uint8]
    category: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    cell: NDArray[np.uint32]
    id: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Rows":
        """Some of the rows."""
        return Rows._make(column[rows] for column in self)

    def sorted(self) -> "Rows":
        """The rows in the order of their places; of one place, in the order of their ids."""
        if np.all(self.id[1:] >= self.id[:-1]):  # as they come from the database
            key = self.place.astype(np.uint64) << np.uint64(32) | np.arange(len(self.id), dtype=np.uint64)
            key.sort()
            return self.take((key & np.uint64(0xFFFFFFFF)).astype(np.int64))
        return self.take(np.lexsort((self.id, self.place)))

    @classmethod
    def joined(cls, parts: "list[Rows]") -> "Rows":
        """Rows of several parts, one after the other."""
        return cls._make(np.concatenate(columns) for columns in zip(*parts, strict=True))

    @classmethod
    def none(cls) -> "Rows":
        """No rows."""
        return cls._make(np.empty(0, kind) for kind in ("u4", "u2", "u1", "u1", "u1", "u4", "i8", "f8", "f8"))


def _sums(rows: Rows, n_cells: int, n_categories: int) -> tuple[int, int, NDArray[np.unsignedinteger] | None]:
    """Width, slots, and for every day's end how many rows lie before it, by slot and cell."""
    first, days = int(rows.day.min()), int(rows.day.max()) - int(rows.day.min()) + 1
    for slots in (n_categories + 1, 1):
        lines = (days + 1) * slots * n_cells
        if lines * 2 <= MOST_SUMS * len(rows.day):
            break
    else:
        return 0, 0, None
    at = (rows.day.astype(np.int64) - first + 1) * slots * n_cells + rows.cell
    counts = np.bincount(at, minlength=lines)
    if slots > 1:
        counts += np.bincount(at + (rows.category.astype(np.int64) + 1) * n_cells, minlength=lines)
    sums = counts.reshape(days + 1, slots, n_cells).cumsum(axis=0)
    width = 2 if sums[-1].max() < 65536 else 4
    return width, slots, sums.astype(f"u{width}")


def segment_block(rows: Rows, n_cells: int, n_categories: int) -> bytes:
    """The bytes of a segment of at least one row, in the order of places."""
    cell_width = 2 if n_cells <= 65536 else 4
    width, slots, sums = _sums(rows, n_cells, n_categories)
    columns = [rows.place, rows.day, rows.hour, rows.category, rows.flags, rows.cell.astype(f"u{cell_width}")]
    parts = [np.ascontiguousarray(column) for column in columns] + ([sums] if sums is not None else [])
    offsets, size = [], _aligned(_HEAD.size + _SEGMENT.size)
    for part in parts:
        offsets.append(size)
        size = _aligned(size + part.nbytes + _MARGIN)
    block = bytearray(size)
    offsets += [0] * (7 - len(offsets))
    days = int(rows.day.min()), int(rows.day.max())
    _SEGMENT.pack_into(block, _HEAD.size, len(rows.place), *offsets, cell_width, n_cells, *days, width, slots)
    for offset, part in zip(offsets, parts, strict=False):
        block[offset : offset + part.nbytes] = part.reshape(-1).view(np.uint8).data
    return _sealed(block, b"WANGGECO")


def lists_block(lists: list[tuple[NDArray[np.uint32], NDArray[np.uint32]]]) -> bytes:
    """The bytes of lists, each of bins in order with how many rows they hold: of all rows, then by category."""
    parts = [_in_parts(bins, counts) for bins, counts in lists]
    starts = np.cumsum([0, *(len(bins) for bins, _ in parts)], dtype=np.uint64)
    columns = [starts, *(bins for bins, _ in parts), *(counts for _, counts in parts)]
    body = b"".join(np.ascontiguousarray(column).tobytes() for column in columns)
    head = bytearray(_HEAD.size) + _LISTS.pack(len(lists), int(starts[-1]))
    return _sealed(head + body, b"WANGGELI")


def _in_parts(bins: NDArray[np.uint32], counts: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
    """The same with counts of two bytes; a bin with more stands several times."""
    times = np.maximum(1, -(-counts.astype(np.int64) // _MOST))
    place = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    parts = np.minimum(_MOST, np.repeat(counts.astype(np.int64), times) - place * _MOST)
    return np.repeat(bins.astype(np.uint32), times), parts.astype(np.uint16)


def _aligned(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN


def _sealed(block: bytearray, magic: bytes) -> bytes:
    seal = kernel().checksum(memoryview(block)[_HEAD.size :])
    _HEAD.pack_into(block, 0, magic, kernel().VERSION, _ORDER, len(block), seal)
    return bytes(block)
