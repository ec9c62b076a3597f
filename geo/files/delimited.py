"""CSV in constant memory: every column as text, rows that fall apart set aside, the header looked at first."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from wangge.geo.files.batches import (
    Batch,
    BrokenFile,
    BrokenRecord,
    FileCutShort,
    OpenQuote,
    RaggedRow,
    TitleRow,
    WrongDelimiter,
    distinct,
    regrouped,
)
from wangge.geo.files.csvrows import Rows, Unclosed, first_lines
from wangge.geo.files.formulas import plain_column, plain_text
from wangge.geo.files.textstream import TextStream

__all__ = ["DelimitedReader"]

DELIMITERS = (",", ";", "\t", "|")
SEPARATOR_LINE = "sep="
"""What Excel may write before the header, with the delimiter after it."""
MOST_BEFORE_HEADER = 20
BLANK = ' \t\r\n"\ufeff\u00a0\u3000'


class DelimitedReader:
    """A CSV file; its first line names the columns, and every value is text or null (empty).

    What keeps a spreadsheet from taking a text for a formula is taken off again (see `formulas`).
    """

    uniform = True

    def __init__(self, path: Path, *, delimiter: str | None, encoding: str | None, batch_size: int) -> None:
        self.path = path
        self._batch_size = batch_size
        self._text = TextStream(path, encoding)
        self.encoding = self._text.encoding
        header = _Header(path, self._text.sample, delimiter)
        self._skipped, self._delimiter = header.length, header.delimiter
        self.columns, self.repeated = distinct(path, [plain_text(name) for name in header.names])
        self._convert = pa.csv.ConvertOptions(
            column_types=dict.fromkeys(self.columns, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        )

    def __iter__(self) -> Iterator[Batch]:
        return regrouped(self._blocks(), self._batch_size)

    def _blocks(self) -> Iterator[Batch]:
        read = 0
        cut = False
        rows = Rows(self._delimiter)
        blocks = self._after_header()
        while True:
            try:
                block = next(blocks, None)
            except EOFError:  # the row that the cut goes through is none
                cut = True
                break
            for piece in rows.split(block or b"", last=block is None):
                batch = self._batch(piece, read)
                read += len(batch.numbers) + len(batch.broken)
                yield batch
            if rows.longest:
                raise BrokenFile(file=str(self.path), records=read, reason="endless-line")
            if block is None:
                break
        if cut:
            raise FileCutShort(file=str(self.path), records=read)

    def _after_header(self) -> Iterator[bytes]:
        skip = self._skipped
        for block in self._text:
            yield block[skip:]
            skip = max(skip - len(block), 0)

    def _batch(self, piece: bytes | Unclosed, read: int) -> Batch:
        """The records of some whole rows, which follow so many; rows with nothing in them are none."""
        if isinstance(piece, Unclosed):
            text = piece.text.decode(errors="replace")
            return Batch(_nothing(self.columns), np.empty(0, np.int64), [BrokenRecord(read + 1, text, OpenQuote())])
        table, ragged = self._parsed(piece)
        aside = np.zeros(table.num_rows + len(ragged), np.bool_)
        aside[[row.number - 1 for row in ragged]] = True
        there = ~aside
        there[~aside] = ~_blank(table)
        if not there[~aside].all():
            table = table.filter(pa.array(there[~aside]))
        kept = {row.number: row for row in ragged if row.text.replace(self._delimiter, "").strip(BLANK)}
        there[[number - 1 for number in kept]] = True
        numbers = read + np.cumsum(there)
        broken = [
            BrokenRecord(
                int(numbers[number - 1]),
                row.text,
                RaggedRow(expected=row.expected_columns, found=row.actual_columns),
            )
            for number, row in kept.items()
        ]
        columns = [plain_column(column) for column in table.columns]
        return Batch(pa.RecordBatch.from_arrays(columns, names=self.columns), numbers[there & ~aside], broken)

    def _parsed(self, text: bytes) -> tuple[pa.RecordBatch, list[Any]]:
        """The rows of a text, and those that have more or fewer columns than the header."""
        ragged: list[Any] = []

        def set_aside(row: Any) -> str:
            ragged.append(row)
            return "skip"

        try:
            table = pa.csv.read_csv(
                pa.BufferReader(text),
                # Rows are numbered only when one thread reads, and a row may not be parted by blocks.
                pa.csv.ReadOptions(use_threads=False, column_names=self.columns, block_size=len(text) + 1),
                pa.csv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True, invalid_row_handler=set_aside),
                self._convert,
            )
        except pa.ArrowInvalid as error:
            if "UTF8" in str(error):
                raise self._text.refusal() from error
            if "Empty CSV" in str(error):
                return _nothing(self.columns), ragged
            raise BrokenFile(file=str(self.path), records=0, reason=str(error)) from error
        whole = table.combine_chunks().to_batches()
        return (whole[0] if whole else _nothing(self.columns)), ragged

    def progress(self) -> float:
        """Share of the file that has been read, 0 to 1."""
        return self._text.progress()

    def close(self) -> None:
        """The file is released."""
        self._text.close()


class _Header:
    """The names of the columns, the delimiter, and how many bytes come before the records.

    Raises
    ------
    BrokenFile : there is none.
    TitleRow : the first line is a title, and the names come later.
    WrongDelimiter : it holds together although another delimiter would part it.
    """

    def __init__(self, path: Path, sample: bytes, delimiter: str | None) -> None:
        self.delimiter = delimiter or ","
        lines = first_lines(sample, self.delimiter, MOST_BEFORE_HEADER)
        said = _told(lines[0]).strip('"') if lines else ""
        if said.lower().startswith(SEPARATOR_LINE) and len(said) == len(SEPARATOR_LINE) + 1:
            self.delimiter = delimiter or said[-1]
        else:
            said = ""
        before = 1 if said else 0
        cells = [_cells(line, self.delimiter) for line in lines]
        while before < len(lines) and not any(cells[before]):
            before += 1
        if before == len(lines):
            raise BrokenFile(file=str(path), records=0, reason="empty")
        self.names = cells[before]
        self.length = sum(map(len, lines[: before + 1]))
        if sum(map(bool, self.names)) > 1:
            return
        later = next((at for at in range(before + 1, len(lines)) if sum(map(bool, cells[at])) > 1), None)
        if later is not None:
            told = _told(lines[later])[:200]
            raise TitleRow(
                file=str(path), first=_told(lines[before]).rstrip(self.delimiter)[:200], line=later + 1, header=told
            )
        header = _told(lines[before])
        apart = max(DELIMITERS, key=header.count)
        if len(self.names) == 1 and header.count(apart) and apart != self.delimiter:
            raise WrongDelimiter(
                file=str(path), header=header[:200], delimiter=_named(self.delimiter), suggestion=_named(apart)
            )


def _told(line: bytes) -> str:
    return line.decode(errors="replace").strip("\r\n")


def _cells(line: bytes, delimiter: str) -> list[str]:
    """The values of a row without the blanks around them; a line break inside one is a blank."""
    row = next(csv.reader(io.StringIO(_told(line), newline=""), delimiter=delimiter), [])
    return [" ".join(value.split()) for value in row]


def _named(delimiter: str) -> str:
    return {"\t": "tab"}.get(delimiter, delimiter)


def _blank(table: pa.RecordBatch) -> NDArray[np.bool_]:
    """Rows that have nothing in any column."""
    blank = np.ones(table.num_rows, np.bool_)
    for column in table.columns:
        if not blank.any():
            break
        nothing = pc.or_(pc.is_null(column), pc.equal(pc.utf8_trim(column, BLANK), ""))
        blank &= np.asarray(pc.fill_null(nothing, True).to_numpy(zero_copy_only=False), dtype=np.bool_)
    return blank


def _nothing(columns: list[str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=pa.schema([(name, pa.string()) for name in columns]))
