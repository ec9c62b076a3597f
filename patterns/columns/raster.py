"""Where bins are counted: only blocks in which the city has reports have counters, in the order of places."""

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.columns.kernel import kernel
from wangge.patterns.columns.places import COARSEST, Places

__all__ = ["LISTED", "Bins", "Raster", "blocks_of"]

LISTED = COARSEST
"""The zoom of the bins that are listed, and the finest that are counted."""

BLOCK = 256
_BITS = 8

Array = NDArray[np.uint32]
_scratch = threading.local()


@dataclass(frozen=True, slots=True)
class Bins:
    """Squares of the global Mercator grid of a zoom that hold reports: columns, lines and counts, n each."""

    zoom: int
    x: Array
    y: Array
    count: Array

    @classmethod
    def none(cls, zoom: int) -> "Bins":
        """No bins."""
        return cls(zoom, *(np.empty(0, np.uint32) for _ in range(3)))


def blocks_of(places: Places, place: Array) -> Array:
    """The blocks of LISTED bins that n places lie in, each once, in order."""
    blocks = place >> np.uint32(places.shift(LISTED) + _BITS)
    return blocks[np.flatnonzero(np.diff(blocks, prepend=blocks[0] ^ 1))] if _in_order(blocks) else np.unique(blocks)


def _in_order(numbers: Array) -> bool:
    return len(numbers) > 0 and bool(np.all(numbers[1:] >= numbers[:-1]))


@dataclass(frozen=True, slots=True)
class Raster:
    """Counters of the bins of a zoom, in blocks of 256; the last block is for what lies in none of them.

    The counters belong to the thread, and the next raster takes them.
    """

    places: Places
    zoom: int
    blocks: Array
    slots: Array
    counts: Array

    @classmethod
    def of(cls, places: Places, zoom: int, occupied: Array, stretch: tuple[int, int]) -> "Raster":
        """Counters at 0 for the bins of a stretch of places, in blocks that are occupied (as `blocks_of` tells)."""
        zoom = max(zoom, places.coarsest)
        up = 2 * (LISTED - zoom)
        first, last = (place >> places.shift(zoom) + _BITS for place in stretch)
        blocks = occupied if up == 0 else occupied >> np.uint32(up)
        if up and len(blocks):
            blocks = blocks[np.flatnonzero(np.diff(blocks, prepend=blocks[0] ^ 1))]
        blocks = blocks[np.searchsorted(blocks, first) : np.searchsorted(blocks, last, "right")]
        span = int(blocks[-1] - blocks[0]) + 1 if len(blocks) else 0
        slots = np.full(span + 1, len(blocks), np.uint32)  # the last for what lies behind
        if span:
            slots[blocks - blocks[0]] = np.arange(len(blocks), dtype=np.uint32)
        return cls(places, zoom, blocks, slots, _cleared((len(blocks) + 1) * BLOCK))

    def form(self) -> tuple[Any, ...]:
        """As the compiled scan takes it."""
        first = int(self.blocks[0]) if len(self.blocks) else 0
        return self.counts, self.places.shift(self.zoom), first, self.slots

    def add(self, place: Array, weights: NDArray[Any]) -> None:
        """Add places one by one."""
        number = place >> np.uint32(self.places.shift(self.zoom))
        at = np.searchsorted(self.blocks, number >> np.uint32(_BITS))
        np.add.at(self.counts, at * BLOCK + (number & np.uint32(BLOCK - 1)), weights)

    def bins(self, wanted: int) -> Bins:
        """The bins of a zoom, this or a coarser one, that hold something."""
        room = len(self.counts) - BLOCK
        below = self.places.zoom - self.zoom
        x, y, counts = np.empty((3, room), np.uint32)  # at once, so that it lies on large pages
        pairs = (self.places.x >> below, self.places.y >> below, x, y, counts)
        n = kernel().gather(self.form(), self.blocks, pairs)
        return coarser(Bins(self.zoom, x[:n], y[:n], counts[:n]), wanted)


def coarser(bins: Bins, zoom: int) -> Bins:
    """Bins summed to those of a coarser zoom."""
    below = bins.zoom - zoom
    if below <= 0 or not len(bins.x):
        return Bins(zoom, bins.x, bins.y, bins.count)
    key = (bins.y.astype(np.uint64) >> np.uint64(below)) << np.uint64(32) | (bins.x >> np.uint32(below))
    found, at = np.unique(key, return_inverse=True)
    summed = np.bincount(at.ravel(), bins.count, len(found)).astype(np.uint32)
    return Bins(
        zoom, (found & np.uint64(0xFFFFFFFF)).astype(np.uint32), (found >> np.uint64(32)).astype(np.uint32), summed
    )


def _cleared(size: int) -> Array:
    """Counters at 0; those of the thread's last raster are used again, for a new array would be faulted in anew."""
    kept: Array | None = getattr(_scratch, "counts", None)
    if kept is None or len(kept) < size:
        kept = _scratch.counts = np.empty(size + size // 4, np.uint32)
    counts = kept[:size]
    counts[:] = 0
    return counts
