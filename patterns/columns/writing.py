"""Writes segments and lists: each file once, whole, flushed, and never changed."""

from pathlib import Path
from secrets import token_hex

import numpy as np

from wangge.patterns.columns.counting import listed
from wangge.patterns.columns.generation import Generation
from wangge.patterns.columns.kernel import kernel
from wangge.patterns.columns.layout import COLD, EPOCH, Rows, lists_block, segment_block
from wangge.patterns.columns.manifest import Kept, write_whole

__all__ = ["month_of", "months_of", "write_lists", "write_segment"]


def months_of(rows: Rows) -> np.ndarray:
    """The local month of each row, datetime64[M]."""
    months: np.ndarray = (EPOCH + rows.day.astype("timedelta64[D]")).astype("datetime64[M]")
    return months


def month_of(day: int) -> str:
    """The month of a day counted from EPOCH, such as 2025-06."""
    return str((EPOCH + np.timedelta64(day, "D")).astype("datetime64[M]"))


def write_segment(folder: Path, month: str, rows: Rows, n_cells: int, n_categories: int) -> Kept:
    """Write the rows of a month, of which there is at least one, in any order; names are never used again."""
    rows = rows.sorted()
    block = segment_block(rows, n_cells, n_categories)
    cold = np.empty(len(rows.id), COLD)
    for name in ("id", "lon", "lat"):
        cold[name] = getattr(rows, name)
    name = f"{month}-{token_hex(6)}"
    seal = kernel().checksum(cold.view("u1"))
    write_whole(folder / f"{name}.ids", cold.tobytes())
    write_whole(folder / f"{name}.col", block)
    return Kept(f"{name}.col", len(block), _checksum(block), month, len(rows.id), f"{name}.ids", seal)


def write_lists(folder: Path, generation: Generation) -> Kept:
    """Write the lists of a generation's segments."""
    block = lists_block(listed(generation))
    name = f"lists-{token_hex(6)}.bin"
    write_whole(folder / name, block)
    return Kept(name, len(block), _checksum(block))


def _checksum(block: bytes) -> int:
    """The checksum that a block says of itself; what is compared when it is opened."""
    return int(np.frombuffer(block, "<u8", 1, 24)[0])
