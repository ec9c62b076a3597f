"""Where the records of a JSON file end: text comes in blocks, and leaves as the text of one record after the other.

Nothing is parsed here but brackets and strings, so that a record that is wrong costs only itself.
"""

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONGEST", "Elements", "EndsInside", "TooLong", "is_whole", "lines"]

LONGEST = 64 << 20
"""Bytes of one record; more is not a file of records."""

QUOTE, BACKSLASH, COMMA = b'"\\,'
DEPTHS = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1, COMMA: 0}
FEATURES = re.compile(rb'"features"\s*:\s*\[')
_CHANGES = np.zeros(256, np.int8)
_STRUCTURAL = np.zeros(256, np.bool_)
for _code, _depth in DEPTHS.items():
    _CHANGES[_code], _STRUCTURAL[_code] = _depth, True


class TooLong(Exception):
    """A record has no end within reason."""


class EndsInside(Exception):
    """The text ends before its array does. Attribute: `text` that is left of it."""

    def __init__(self, text: bytes) -> None:
        super().__init__()
        self.text = text


def lines(blocks: Iterator[bytes], separator: bytes) -> Iterator[bytes]:
    """The pieces of a text between separators. Raises TooLong."""
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(separator)
        if len(rest) > LONGEST:
            raise TooLong
        yield from whole
    yield rest


class Elements:
    """The elements of an array: of the document itself, or of the member `features` of an object.

    Attributes
    ----------
    head : the document up to the bracket of the array.
    envelope : after the last element, the document with an empty array in the place of the elements.

    Raises TooLong, EndsInside : where there is no such array.
    """

    def __init__(self, blocks: Iterator[bytes], *, collection: bool) -> None:
        self._blocks = blocks
        self.head, self._text = self._opened(collection)
        self.envelope = b""

    def __iter__(self) -> Iterator[bytes]:
        """Raises TooLong, EndsInside."""
        text, self._text = self._text, b""
        while True:
            places, depth = _structure(text)
            over = np.flatnonzero(depth < 0)
            stop = int(over[0]) if len(over) else len(places)
            begins = 0
            for at in places[:stop][(depth[:stop] == 0) & (np.frombuffer(text, np.uint8)[places[:stop]] == COMMA)]:
                yield text[begins:at]
                begins = int(at) + 1
            if len(over):
                ends = int(places[stop])
                if text[begins:ends].strip():
                    yield text[begins:ends]
                tail = text[ends + 1 :] + b"".join(self._blocks)
                self.envelope = self.head + b"]" + tail
                return
            text = self._longer(text[begins:])

    def _opened(self, collection: bool) -> tuple[bytes, bytes]:
        """The document up to its array, with its bracket, and what follows."""
        text = b""
        while True:
            text = self._longer(text)
            if not collection:
                start = text.index(b"[") + 1
                return text[:start], text[start:]
            places, depth = _structure(text)
            for found in FEATURES.finditer(text):
                at = int(np.searchsorted(places, found.end() - 1))
                if at < len(places) and places[at] == found.end() - 1 and depth[at] == 2:
                    return text[: found.end()], text[found.end() :]

    def _longer(self, text: bytes) -> bytes:
        if len(text) > LONGEST:
            raise TooLong
        block = next(self._blocks, None)
        if block is None:
            raise EndsInside(text)
        return text + block


def is_whole(text: bytes) -> bool:
    """Whether every bracket of a text that is opened is closed again."""
    _, depth = _structure(text)
    return len(depth) > 0 and int(depth[-1]) == 0


def _structure(text: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where brackets and commas stand outside of strings, and how deep it is after each."""
    codes = np.frombuffer(text, dtype=np.uint8)
    quotes = np.flatnonzero(codes == QUOTE)
    if b"\\" in text and len(quotes):
        quotes = quotes[~_escaped(codes, quotes)]
    places = np.flatnonzero(_STRUCTURAL[codes])
    places = places[np.searchsorted(quotes, places) % 2 == 0]
    return places, np.cumsum(_CHANGES[codes[places]], dtype=np.int64)


def _escaped(codes: NDArray[np.uint8], quotes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which quotes come after an odd number of backslashes."""
    others = np.flatnonzero(codes != BACKSLASH)
    before = np.searchsorted(others, quotes) - 1  # the last that is no backslash, before each quote
    last = np.where(before >= 0, others[np.maximum(before, 0)], -1)
    odd: NDArray[np.bool_] = (quotes - last - 1) % 2 == 1
    return odd
