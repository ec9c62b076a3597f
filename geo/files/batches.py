"""What a file of records is read as: Arrow batches with the numbers of their records, and what could not be read."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wangge.geo.errors import WanggeError

__all__ = [
    "GEOMETRY",
    "Batch",
    "BrokenFile",
    "BrokenRecord",
    "FileCutShort",
    "MalformedJson",
    "NoText",
    "OpenQuote",
    "RaggedRow",
    "RecordReader",
    "TitleRow",
    "WrongDelimiter",
    "WrongEncoding",
    "check_width",
    "distinct",
    "regrouped",
    "some_of",
]

MOST_COLUMNS = 2_000
"""Columns of a file that is read."""
MOST_NAMED, LONGEST_NAME = 100, 100
GEOMETRY = "geometry"
"""Name of the column that holds geometries: WKB, lon/lat degrees, WGS-84."""


class BrokenFile(WanggeError):
    """A file that cannot be read at all, or not beyond some record."""

    kind = "broken-file"


class FileCutShort(WanggeError):
    """A file that ends in the middle."""

    kind = "file-cut-short"


class WrongDelimiter(WanggeError):
    """A CSV whose header does not fall apart at the delimiter."""

    kind = "wrong-delimiter"


class TitleRow(WanggeError):
    """A CSV whose names of columns come after a title."""

    kind = "title-row"


class WrongEncoding(WanggeError):
    """A text file in another encoding than the one it is read in."""

    kind = "wrong-encoding"


class RaggedRow(WanggeError):
    """A CSV row with more or fewer columns than the header."""

    kind = "ragged-row"


class OpenQuote(WanggeError):
    """A CSV row in which a quotation mark opens a value and none closes it."""

    kind = "open-quote"


class MalformedJson(WanggeError):
    """A record that is not JSON, or JSON that is not a record."""

    kind = "malformed-json"


class NoText(WanggeError):
    """A record with a text that is not in UTF-8."""

    kind = "no-text"


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A record that could not be read: its number, its text and the reason."""

    number: int
    text: str
    reason: WanggeError


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of a file, in order.

    `numbers` int64 (n,) are the 1-based record numbers of the n rows of `table`; `broken` are the records among
    them that could not be read.
    """

    table: pa.RecordBatch
    numbers: NDArray[np.int64]
    broken: list[BrokenRecord] = field(default_factory=list)


class RecordReader(Protocol):
    """A file being read: its columns are known at once, its records come in batches.

    `uniform` tells that every batch has the same columns with the same types; `repeated` are names that the file has
    more than once, of which `columns` tells all but the first otherwise.
    """

    columns: list[str]
    repeated: frozenset[str]
    uniform: bool

    def __iter__(self) -> Iterator[Batch]: ...

    def progress(self) -> float:
        """Share of the file that has been read, 0 to 1."""

    def close(self) -> None: ...


def distinct(path: Path, names: Iterable[str]) -> tuple[list[str], frozenset[str]]:
    """Names of a file's columns made distinct, and those that were repeated: an empty one becomes column_3, a second
    name name_2. Raises BrokenFile where they are too many.
    """
    given = [name or f"column_{position}" for position, name in enumerate(names, 1)]
    check_width(path, len(given))
    counts = Counter(given)
    found: dict[str, None] = {}
    last = dict.fromkeys(counts, 1)
    for name in given:
        own = name
        while own in found:
            last[name] += 1
            own = f"{name}_{last[name]}"
            own = name if own in counts else own
        found[own] = None
    return list(found), frozenset(name for name, count in counts.items() if count > 1)


def check_width(path: Path, count: int, records: int = 0) -> None:
    """Raise BrokenFile where a file has more columns than are read."""
    if count > MOST_COLUMNS:
        raise BrokenFile(file=str(path), records=records, reason="many-columns", count=count, most=MOST_COLUMNS)


def some_of(names: Collection[str]) -> list[str]:
    """Names of columns to be told in an answer: the first ones, as long as names are."""
    told = [name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…" for name in islice(names, MOST_NAMED)]
    return [*told, "…"] if len(names) > MOST_NAMED else told


def regrouped(batches: Iterator[Batch], size: int) -> Iterator[Batch]:
    """The same records of one schema in batches of at most `size` rows, full ones but for the last.

    When reading fails, the records before are handed on first.
    """
    held: list[Batch] = []
    rows = 0
    failure: WanggeError | None = None
    try:
        for batch in batches:
            while rows + len(batch.numbers) >= size:
                room = size - rows
                yield _joined([*held, _cut(batch, 0, room)])
                batch = Batch(batch.table.slice(room), batch.numbers[room:])
                held, rows = [], 0
            held.append(batch)
            rows += len(batch.numbers)
    except (BrokenFile, FileCutShort, WrongEncoding) as error:
        failure = error
    if rows or any(batch.broken for batch in held):
        yield _joined(held)
    if failure:
        raise failure


def _cut(batch: Batch, start: int, stop: int) -> Batch:
    return Batch(batch.table.slice(start, stop - start), batch.numbers[start:stop], batch.broken)


def _joined(batches: list[Batch]) -> Batch:
    if len(batches) == 1:
        return batches[0]
    return Batch(
        pa.concat_batches([batch.table for batch in batches]),
        np.concatenate([batch.numbers for batch in batches]),
        [broken for batch in batches for broken in batch.broken],
    )
