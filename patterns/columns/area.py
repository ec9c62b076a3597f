"""A polygon among places: squares inside it are counted by the scan, reports in squares on its rim one by one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from wangge.patterns.columns.generation import OpenSegment
from wangge.patterns.columns.kernel import kernel
from wangge.patterns.columns.places import Places, column_of, interleave, line_of
from wangge.patterns.columns.tally import Tally

__all__ = ["Area", "area_of"]

OUT, IN, BORDER = 0, 1, 2
BEGIN = 64  # squares over the polygon's box at first
ENOUGH = 2048  # squares on the rim that are not divided further
FINEST = 20
MOST = 1 << 20  # entries of the table
HAIR = 1e-9  # degrees; wider than what rounding does to a square's sides
ROWS = 65536
_MERCATOR_LAT = 85.05112877980659


@dataclass(slots=True)
class Area:
    """`table` says by square, from `first` on in their order at place >> shift, whether it is out, in or on the rim."""

    polygon: BaseGeometry
    table: NDArray[np.uint8]
    shift: int
    first: int

    def count_border(
        self, segments: Iterable[OpenSegment], changes: NDArray[np.void] | None, asked: tuple[Any, ...], tally: Tally
    ) -> None:
        """Add to a tally the reports in squares on the rim that the polygon covers."""
        for segment in segments:
            start: int | None = 0
            rows, cold = np.empty(ROWS, np.uint32), None
            while start is not None:
                found, start = kernel().border(segment.compiled, asked, start, rows)
                if found:
                    cold = segment.cold if cold is None else cold
                    at = rows[:found]
                    inside = at[self._covers(cold["lon"][at], cold["lat"][at])]
                    tally.add(segment.columns, inside, None)
        if changes is not None:
            rows = np.empty(max(len(changes), 1), np.uint32)
            at = rows[: kernel().border_changes(changes, asked, rows)]
            inside = at[self._covers(changes["lon"][at], changes["lat"][at])]
            tally.add({name: changes[name] for name in changes.dtype.names or ()}, inside, changes["weight"][inside])

    def _covers(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        covers: NDArray[np.bool_] = shapely.intersects_xy(self.polygon, lon, lat)
        return covers


def area_of(places: Places, polygon: BaseGeometry) -> Area:
    """The squares of a polygon; those that meet its rim are divided until they are small or many."""
    shapely.prepare(polygon)
    side = 1 << 16
    west, south, east, north = polygon.bounds
    south, north = max(-_MERCATOR_LAT, south), min(_MERCATOR_LAT, north)
    columns = [min(side - 1, max(0, column_of(lon, places.zoom) - places.x)) for lon in (west - HAIR, east + HAIR)]
    lines = [min(side - 1, max(0, line_of(lat, places.zoom) - places.y)) for lat in (north, south)]
    below = 16
    while below > places.zoom - FINEST and _squares(columns, lines, below - 1) <= BEGIN:
        below -= 1
    x, y = np.meshgrid(*(np.arange(low >> below, (high >> below) + 1) for low, high in (columns, lines)))
    x, y = x.ravel(), y.ravel()
    ranges = []
    while True:
        kind = _kinds(places, polygon, x, y, below)
        ranges.append((below, interleave(x[kind == IN], y[kind == IN])))
        x, y = x[kind == BORDER], y[kind == BORDER]
        first, last = _extent(columns, lines, below - 1)
        if below <= places.zoom - FINEST or len(x) > ENOUGH or last - first >= MOST:
            break
        below -= 1
        x = (x[:, None] * 2 + np.array([0, 1, 0, 1])).ravel()
        y = (y[:, None] * 2 + np.array([0, 0, 1, 1])).ravel()
    return _filled(polygon, ranges, interleave(x, y), below, _extent(columns, lines, below))


def _squares(columns: list[int], lines: list[int], below: int) -> int:
    return ((columns[1] >> below) - (columns[0] >> below) + 1) * ((lines[1] >> below) - (lines[0] >> below) + 1)


def _extent(columns: list[int], lines: list[int], below: int) -> tuple[int, int]:
    """First and last square in the order of places that can be in a box."""
    corners = interleave(np.array(columns) >> max(below, 0), np.array(lines) >> max(below, 0))
    return int(corners[0]), int(corners[1])


def _kinds(
    places: Places, polygon: BaseGeometry, x: NDArray[np.int64], y: NDArray[np.int64], below: int
) -> NDArray[np.uint8]:
    """Whether n squares are out of a polygon, in it, or on its rim as far as rounding can tell."""
    scale = 2.0**places.zoom
    west, east = (((x + d << below) + places.x) / scale * 360 - 180 for d in (0, 1))
    north, south = (
        np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * ((y + d << below) + places.y) / scale)))) for d in (0, 1)
    )
    squares = shapely.box(west - HAIR, south - HAIR, east + HAIR, north + HAIR)
    met = shapely.intersects(polygon, squares)
    kinds = np.where(met, BORDER, OUT).astype(np.uint8)
    kinds[met] = np.where(shapely.contains_properly(polygon, squares[met]), IN, BORDER)
    return kinds


def _filled(
    polygon: BaseGeometry,
    ranges: list[tuple[int, NDArray[np.uint32]]],
    border: NDArray[np.uint32],
    below: int,
    extent: tuple[int, int],
) -> Area:
    first, last = extent
    table = np.zeros(last - first + 1, np.uint8)
    for level, squares in ranges:
        width = 1 << 2 * (level - below)
        for square in squares.tolist():
            begin = square * width - first
            table[max(0, begin) : max(0, begin + width)] = IN
    table[border.astype(np.int64) - first] = BORDER
    return Area(polygon, table, 2 * below, first)
