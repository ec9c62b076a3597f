"""Covers what nobody else is to see of a picture (faces, plates): nothing of it is left in what is drawn. Pure.

A picture is a grid of squares, COLUMNS of them across. Marked squares that touch become one patch of one colour.
"""

import io
from collections.abc import Iterable, Iterator

from PIL import Image, ImageStat

from wangge.reports.evidence.developed import COLUMNS, Cell, rows_of
from wangge.reports.evidence.developing import QUALITY, QUALITY_SMALL, SMALL

__all__ = ["cover"]


def cover(data: bytes, cells: Iterable[Cell]) -> tuple[bytes, bytes]:
    """The two pictures, large and small, of a large one of ours with some squares covered; others do not count."""
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as opened:
        large = opened.convert("RGB")
    for patch in _patches({cell for cell in cells if _inside(cell, large)}):
        boxes = [_box(cell, large) for cell in patch]
        colour = _mean(large, boxes)
        for box in boxes:
            large.paste(colour, box)
    small = large.copy()
    small.thumbnail((SMALL, SMALL))
    return _jpeg(large, QUALITY), _jpeg(small, QUALITY_SMALL)


def _inside(cell: Cell, image: Image.Image) -> bool:
    return 0 <= cell[0] < COLUMNS and 0 <= cell[1] < rows_of(*image.size)


def _box(cell: Cell, image: Image.Image) -> tuple[int, int, int, int]:
    (column, row), rows = cell, rows_of(*image.size)
    across, down = image.size
    left, right = (across * at // COLUMNS for at in (column, column + 1))
    top, bottom = (down * at // rows for at in (row, row + 1))
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _mean(image: Image.Image, boxes: Iterable[tuple[int, int, int, int]]) -> tuple[int, int, int]:
    means = [ImageStat.Stat(image.crop(box)).mean for box in boxes]
    red, green, blue = (round(sum(channel) / len(means)) for channel in zip(*means, strict=True))
    return red, green, blue


def _patches(cells: set[Cell]) -> Iterator[set[Cell]]:
    """Cells that touch each other, together."""
    left = set(cells)
    while left:
        patch, edge = set[Cell](), {left.pop()}
        while edge:
            column, row = edge.pop()
            patch.add((column, row))
            near = {(column + east, row + south) for east in (-1, 0, 1) for south in (-1, 0, 1)} & left
            left -= near
            edge |= near
        yield patch


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()
