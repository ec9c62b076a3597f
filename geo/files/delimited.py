"""CSV in constant memory: every column as text, ragged rows set aside, delimiter and encoding checked first."""

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from wangge.geo.files.batches import (
    Batch,
    BrokenFile,
    BrokenRecord,
    FileCutShort,
    RaggedRow,
    WrongDelimiter,
    WrongEncoding,
    regrouped,
)
from wangge.geo.files.bytestream import ByteStream

__all__ = ["DelimitedReader"]

SAMPLE = 1 << 18
DELIMITERS = (",", ";", "\t", "|")
OTHER_ENCODINGS = ("gb18030", "big5", "cp1252")
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class DelimitedReader:
    """A CSV file; the first line names the columns, and every value is text or null (empty)."""

    uniform = True

    def __init__(self, path: Path, *, delimiter: str = ",", encoding: str | None, batch_size: int) -> None:
        self.path = path
        self._batch_size = batch_size
        self._stream = ByteStream(path)
        sample = self._stream.peek(SAMPLE)
        self.encoding = encoding or _encoding(path, sample)
        header = _header(path, sample, self.encoding, delimiter)
        self.columns = _distinct(header)
        self._broken: list[BrokenRecord] = []
        self._parse = pa.csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=self._set_aside
        )
        self._read = pa.csv.ReadOptions(
            use_threads=False,  # rows are numbered only when one thread reads
            column_names=self.columns,
            skip_rows=1,
            encoding=self.encoding,
            block_size=1 << 18,  # some 32 blocks are read ahead
        )
        self._convert = pa.csv.ConvertOptions(
            column_types=dict.fromkeys(self.columns, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        )

    def _set_aside(self, row: Any) -> str:
        reason = RaggedRow(expected=row.expected_columns, found=row.actual_columns)
        # The header is row 1, so record 1 is row 2.
        self._broken.append(BrokenRecord(row.number - 1, row.text, reason))
        return "skip"

    def __iter__(self) -> Iterator[Batch]:
        return regrouped(self._blocks(), self._batch_size)

    def _blocks(self) -> Iterator[Batch]:
        read = 0
        stream = _UpToTheCut(self._stream)
        try:
            for table, last in _with_last(self._tables(stream)):
                if last and stream.cut:
                    table = self._without_last(table, read)
                numbers, aside = _numbered(read + 1, table.num_rows, self._broken)
                self._broken = self._broken[len(aside) :]
                read += table.num_rows + len(aside)
                yield Batch(table, numbers, aside)
        except pa.ArrowInvalid as error:
            if "UTF8" in str(error) or "decode" in str(error):
                raise self._not_in_encoding() from error
            if "Empty CSV" not in str(error) and not stream.cut:
                raise BrokenFile(file=str(self.path), records=read, reason=str(error)) from error
        except UnicodeDecodeError as error:
            raise self._not_in_encoding() from error
        if self._broken:
            yield Batch(_nothing(self.columns), np.empty(0, np.int64), self._broken)
        if stream.cut:
            raise FileCutShort(file=str(self.path), records=read)

    def _without_last(self, table: pa.RecordBatch, read: int) -> pa.RecordBatch:
        """What came before a cut, less the record that the cut goes through."""
        if self._broken and self._broken[-1].number == read + table.num_rows + len(self._broken):
            self._broken.pop()
            return table
        return table.slice(0, table.num_rows - 1)

    def _tables(self, stream: "_UpToTheCut") -> Iterator[pa.RecordBatch]:
        file = pa.PythonFile(stream, "r")
        yield from pa.csv.open_csv(
            file, read_options=self._read, parse_options=self._parse, convert_options=self._convert
        )

    def _not_in_encoding(self) -> WrongEncoding:
        others = [name for name in OTHER_ENCODINGS if name != self.encoding]
        return WrongEncoding(file=str(self.path), encoding=self.encoding, suggestion=others[0])

    def progress(self) -> float:
        """Share of the file that has been read, 0 to 1."""
        return self._stream.progress()

    def close(self) -> None:
        """The file is released."""
        self._stream.close()


class _UpToTheCut(io.RawIOBase):
    """A stream that simply ends where its file is cut short, and then says so by `cut`.

    Arrow reads ahead, and at an error would drop what it has read and not handed over yet.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.cut = False

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes, up to `size`; none at the end or at the cut."""
        try:
            return b"" if self.cut else self._stream.read(size)
        except EOFError:
            self.cut = True
            return b""


def _with_last(tables: Iterator[pa.RecordBatch]) -> Iterator[tuple[pa.RecordBatch, bool]]:
    """Each table, and whether it is the last."""
    held = next(tables, None)
    while held is not None:
        table, held = held, next(tables, None)
        yield table, held is None


def _encoding(path: Path, sample: bytes) -> str:
    """The encoding a byte order mark names, else UTF-8, which the sample must be."""
    for mark, name in MARKS:
        if sample.startswith(mark):
            return name
    if b"\0" in sample:
        raise BrokenFile(file=str(path), records=0, reason="the file is binary, not text")
    if not _decodes(sample, "utf-8"):
        fitting = [name for name in OTHER_ENCODINGS if _decodes(sample, name)]
        raise WrongEncoding(file=str(path), encoding="utf-8", suggestion=(fitting or ["latin-1"])[0])
    return "utf-8"


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _header(path: Path, sample: bytes, encoding: str, delimiter: str) -> list[str]:
    """Names of the columns; refused when the header holds together although another delimiter would part it."""
    try:
        text = codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except LookupError as error:
        raise WrongEncoding(file=str(path), encoding=encoding, suggestion="utf-8") from error
    except UnicodeDecodeError as error:
        fitting = [name for name in ("utf-8", *OTHER_ENCODINGS) if _decodes(sample, name)]
        raise WrongEncoding(file=str(path), encoding=encoding, suggestion=(fitting or ["utf-8"])[0]) from error
    line = text.lstrip("\ufeff").partition("\n")[0].rstrip("\r")
    header = next(csv.reader(io.StringIO(line), delimiter=delimiter), [])
    if not header:
        raise BrokenFile(file=str(path), records=0, reason="the file is empty")
    if len(header) == 1:
        apart = max(DELIMITERS, key=line.count)
        if line.count(apart):
            raise WrongDelimiter(
                file=str(path), header=line[:200], delimiter=_named(delimiter), suggestion=_named(apart)
            )
    return [name.strip() for name in header]


def _named(delimiter: str) -> str:
    return {"\t": "tab"}.get(delimiter, delimiter)


def _distinct(names: list[str]) -> list[str]:
    """Names made distinct: an empty one becomes column_3, a repeated one name_2."""
    taken: dict[str, int] = {}
    distinct = []
    for position, name in enumerate(names, 1):
        name = name or f"column_{position}"
        taken[name] = taken.get(name, 0) + 1
        distinct.append(name if taken[name] == 1 else f"{name}_{taken[name]}")
    return distinct


def _numbered(start: int, rows: int, broken: list[BrokenRecord]) -> tuple[NDArray[np.int64], list[BrokenRecord]]:
    """Record numbers of the next rows from `start` on, and the broken records that lie among or right after them."""
    among: list[BrokenRecord] = []
    for record in broken:
        if record.number > start + rows + len(among):
            break
        among.append(record)
    numbers = np.arange(start, start + rows + len(among))
    return np.setdiff1d(numbers, [record.number for record in among], assume_unique=True), among


def _nothing(columns: list[str]) -> pa.RecordBatch:
    schema = pa.schema([(name, pa.string()) for name in columns])
    return pa.RecordBatch.from_pylist([], schema=schema)
