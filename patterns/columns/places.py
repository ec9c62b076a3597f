"""Places as one number: squares of the global Mercator grid, numbered along a Morton curve from an anchor.

At zoom 24 a square measures 2.39 m at the equator. The anchor is a multiple of 2^12 squares, so that every tile of
zoom 12 and beyond is one range of numbers, and so is every bin of those zooms.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wangge.geo.errors import WanggeError

__all__ = ["FINEST", "Places", "TooLarge", "column_of", "interleave", "line_of", "split"]

FINEST = 24
"""The zoom whose squares places are, where a territory is not larger than its 2^16 squares."""

ALIGNED = 12
"""An anchor is a multiple of 2^12 squares."""

COARSEST = 20
"""Bins are drawn to this zoom; squares must not be larger."""

_SIDE = 1 << 16

Column = NDArray[np.uint32]


class TooLarge(WanggeError):
    """A territory is larger than the squares of the coarsest zoom reach."""

    kind = "territory-too-large"


def _spread() -> Column:
    """The bits of every number below 2^16, each followed by a zero."""
    bits = np.arange(_SIDE, dtype=np.uint32)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        bits = (bits | bits << np.uint32(shift)) & np.uint32(mask)
    return bits


_SPREAD = _spread()


def interleave(x: NDArray[np.integer], y: NDArray[np.integer]) -> Column:
    """Morton numbers of n pairs below 2^16: the bits of x in the even places, of y in the odd ones."""
    number: Column = _SPREAD[x] | _SPREAD[y] << np.uint32(1)
    return number


def split(place: Column) -> tuple[Column, Column]:
    """The pairs of n Morton numbers."""
    return _gathered(place), _gathered(place >> np.uint32(1))


def _gathered(bits: Column) -> Column:
    bits = bits & np.uint32(0x55555555)
    for shift, mask in ((1, 0x33333333), (2, 0x0F0F0F0F), (4, 0x00FF00FF), (8, 0x0000FFFF)):
        bits = (bits | bits >> np.uint32(shift)) & np.uint32(mask)
    return bits


def column_of(lon: float, zoom: int) -> int:
    """The column of the Mercator grid at a zoom."""
    return math.floor((lon + 180) / 360 * (1 << zoom))


def line_of(lat: float, zoom: int) -> int:
    """The line of the Mercator grid at a zoom, from the north."""
    return math.floor((0.5 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / (2 * math.pi)) * (1 << zoom))


@dataclass(frozen=True, slots=True)
class Places:
    """How a territory's places are numbered: squares of a zoom, counted from column x and line y."""

    zoom: int
    x: int
    y: int

    @classmethod
    def of(cls, west: float, south: float, east: float, north: float) -> "Places":
        """The finest numbering that has room for a box. Raises TooLarge."""
        for zoom in range(FINEST, COARSEST - 1, -1):
            first = column_of(west, zoom) >> ALIGNED << ALIGNED, line_of(north, zoom) >> ALIGNED << ALIGNED
            if column_of(east, zoom) - first[0] < _SIDE and line_of(south, zoom) - first[1] < _SIDE:
                return cls(zoom, *first)
        raise TooLarge

    def number(self, x: NDArray[np.integer], y: NDArray[np.integer]) -> Column | None:
        """Places of n squares of zoom 24; None when one of them has none here."""
        below = FINEST - self.zoom
        column, line = (x.astype(np.int64) >> below) - self.x, (y.astype(np.int64) >> below) - self.y
        if len(column) and (min(column.min(), line.min()) < 0 or max(column.max(), line.max()) >= _SIDE):
            return None
        return interleave(column, line)

    def shift(self, zoom: int) -> int:
        """How many bits of a place tell squares of a zoom apart that are within one bin of that zoom."""
        return 2 * (self.zoom - zoom)

    def bins(self, number: Column, zoom: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Columns and lines, of the global grid of a zoom, of n bins given by place >> shift(zoom)."""
        x, y = split(number)
        below = self.zoom - zoom
        return x.astype(np.int64) + (self.x >> below), y.astype(np.int64) + (self.y >> below)

    @property
    def coarsest(self) -> int:
        """The least zoom whose bins are whole ranges of places."""
        return self.zoom - ALIGNED

    def tile(self, z: int, x: int, y: int) -> tuple[int, int] | None:
        """First and last place of a tile, None where it has none; only from the coarsest zoom on."""
        below = self.zoom - z
        column, line = (x << below) - self.x, (y << below) - self.y
        if not (0 <= column < _SIDE and 0 <= line < _SIDE):
            return None
        first = int(interleave(np.array([column]), np.array([line]))[0])
        return first, first + (1 << 2 * below) - 1
