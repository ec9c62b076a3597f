"""Where the rows of a CSV end: text comes in blocks and leaves as whole rows; rows whose quotes do not close fall out.

A quotation mark opens a value only at its beginning, and one inside is doubled (RFC 4180). A value that runs to the end
of the file, or whose closing mark is followed by more text, has lost a mark. It costs the line that it begins in: what
follows is read as rows again, so that none is swallowed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rows", "Unclosed", "first_lines"]

QUOTE, LF, CR = b'"\n\r'
LONGEST = 1 << 20
"""Bytes of a row of several lines; a longer one has a quotation mark that was never closed."""
LONGEST_LINE = 64 << 20

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Unclosed:
    """A line in which a quotation mark opens a value and none closes it."""

    text: bytes


class Rows:
    """Parts a CSV's text into whole rows.

    Parameters
    ----------
    delimiter : of values, one byte.
    """

    def __init__(self, delimiter: str) -> None:
        self._delimiter = ord(delimiter)
        self._rest = b""

    @property
    def longest(self) -> bool:
        """Whether a line has no end within reason."""
        return len(self._rest) > LONGEST_LINE

    def split(self, block: bytes, *, last: bool = False) -> Iterator[bytes | Unclosed]:
        """The rows that are whole, many together, and between them the lines that are none.

        Parameters
        ----------
        last : nothing follows, and the text may end without an end of line.
        """
        text = self._rest + block
        start = 0
        again = True
        while again and start < len(text):
            pieces, stop, again = self._whole(text[start:] if start else text, last)
            yield from pieces
            start += stop
        self._rest = text[start:]

    def _whole(self, text: bytes, last: bool) -> tuple[list[bytes | Unclosed], int, bool]:
        """The whole rows at the start of a text, where they end, and whether to look again from there."""
        codes = np.frombuffer(text, dtype=np.uint8)
        ends = _line_ends(codes, last)
        opening, closing, wrong = self._quoted(codes)
        inside = np.searchsorted(opening, ends) > np.searchsorted(closing, ends)
        rows = ends[~inside] + 1
        if last and (not len(rows) or rows[-1] < len(text)) and len(opening) == len(closing):
            rows = np.append(rows, len(text))
        pieces: list[bytes | Unclosed] = []
        done = 0
        for row in np.unique(np.searchsorted(rows, wrong)).tolist():
            if row == len(rows):  # its end is yet to come
                break
            begins = int(rows[row - 1]) if row else 0
            line, stop = _line_at(text, begins)
            pieces += [text[done:begins], line] if begins > done else [line]
            done = stop
            if stop < rows[row]:  # a row of several lines: what follows its first is read anew
                return pieces, done, True
        whole = int(rows[-1]) if len(rows) else 0
        if whole > done:
            pieces.append(text[done:whole])
            done = whole
        lines = len(ends) > 0 and int(ends[-1]) >= done
        if len(opening) > len(closing) and (last or (lines and len(text) - done > LONGEST)):
            line, done = _line_at(text, done)
            return [*pieces, line], done, True
        return pieces, done, False

    def _quoted(self, codes: NDArray[np.uint8]) -> tuple[Places, Places, Places]:
        """Where quoted values open and close, and which closing marks are followed by more of the value."""
        quotes = np.flatnonzero(codes == QUOTE)
        if not len(quotes):
            return quotes, quotes, quotes
        before = codes[quotes - 1]
        before[0] = LF if quotes[0] == 0 else before[0]
        after = codes[np.minimum(quotes + 1, len(codes) - 1)]
        after[-1] = LF if quotes[-1] + 1 == len(codes) else after[-1]
        starts = self._is_border(before)
        ends = self._is_border(after)
        beside = np.diff(quotes, append=-1) == 1
        doubled = (before == QUOTE, after == QUOTE)
        if (starts | doubled[0])[::2].all() and (ends | doubled[1])[1::2].all():
            return quotes[::2], quotes[1::2], quotes[:0]
        return _walked(quotes, starts, ends, beside)

    def _is_border(self, codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
        border: NDArray[np.bool_] = np.isin(codes, (self._delimiter, LF, CR))
        return border


def _walked(
    quotes: Places, starts: NDArray[np.bool_], ends: NDArray[np.bool_], beside: NDArray[np.bool_]
) -> tuple[Places, Places, Places]:
    """Quotes one after the other, where not all of them stand as they should."""
    opening: list[int] = []
    closing: list[int] = []
    wrong: list[int] = []
    marks = zip(quotes.tolist(), starts.tolist(), ends.tolist(), beside.tolist(), strict=True)
    for place, starts_value, ends_value, next_is_beside in marks:
        if len(opening) == len(closing):
            if starts_value:  # any other is a part of a value that is not quoted
                opening.append(place)
        elif next_is_beside:
            next(marks, None)
        else:
            closing.append(place)
            if not ends_value:
                wrong.append(place)
    return (*(np.array(places, dtype=np.int64) for places in (opening, closing, wrong)),)  # type: ignore[return-value]


def _line_ends(codes: NDArray[np.uint8], last: bool) -> Places:
    """Where lines end: LF, CR LF, or CR; a CR that is the last byte so far may have its LF yet to come."""
    feeds = np.flatnonzero(codes == LF)
    returns = np.flatnonzero(codes == CR)
    if len(returns):
        there = returns[returns + 1 < len(codes)]
        alone = there[codes[there + 1] != LF]
        if last and returns[-1] + 1 == len(codes):
            alone = np.append(alone, returns[-1])
        feeds = np.sort(np.concatenate([feeds, alone]))
    return feeds


def _line_at(text: bytes, start: int) -> tuple[Unclosed, int]:
    """The line that begins at a place, and where the next one does."""
    stop = min((at for at in (text.find(b"\n", start), text.find(b"\r", start)) if at >= 0), default=len(text))
    after = stop + (2 if text[stop : stop + 2] == b"\r\n" else 1)
    return Unclosed(text[start:stop]), min(after, len(text))


def first_lines(text: bytes, delimiter: str, most: int) -> list[bytes]:
    """The first rows of a text, each with its end of line, at most so many; blank lines count."""
    rows: list[bytes] = []
    for piece in Rows(delimiter).split(text, last=True):
        whole = piece.text if isinstance(piece, Unclosed) else piece
        begins = 0
        codes = np.frombuffer(whole, dtype=np.uint8)
        opening, closing, _ = Rows(delimiter)._quoted(codes)
        for end in _line_ends(codes, last=True).tolist():
            if np.searchsorted(opening, end) == np.searchsorted(closing, end):
                rows.append(whole[begins : end + 1])
                begins = end + 1
        if begins < len(whole):
            rows.append(whole[begins:])
        if len(rows) >= most:
            break
    return rows[:most]
