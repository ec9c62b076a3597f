"""CSV as offices have it: UTF-8 with or without a byte order mark, UTF-16 or GB18030; columns in every language."""

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wangge.data.messages import words_in_all
from wangge.duty.findings import Finding
from wangge.geo.errors import WanggeError
from wangge.geo.files.batches import NoText, OpenQuote, RaggedRow, WrongEncoding
from wangge.geo.files.formulas import guarded_text

__all__ = ["Sheet", "column_names", "read_sheet", "sheet_text", "write_sheet"]

CHINESE = "gb18030"
BROKEN: Mapping[type[WanggeError], str] = {RaggedRow: "ragged", OpenQuote: "open_quote", NoText: "no_text"}
"""The wording's name for what is wrong with a row that cannot be read."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a CSV: record numbers from 1 with values by field; rows that fall apart are among the findings."""

    columns: list[str]
    rows: list[tuple[int, dict[str, str | None]]]
    findings: list[Finding]

    def lacks(self, *fields: str) -> list[Finding]:
        """A finding for each needed column that is not there."""
        facts = {"columns": ", ".join(self.columns)}
        return [Finding(0, field, "column", None, facts) for field in fields if field not in self.columns]


def column_names(table: str, fields: Iterable[str]) -> dict[str, Sequence[str]]:
    """The columns of a kind of file, each with what it may be called in the languages of the program."""
    return {field: words_in_all(table, field) for field in fields}


def read_sheet(
    path: Path, fields: Mapping[str, Sequence[str]], *, delimiter: str | None = None, encoding: str | None = None
) -> Sheet:
    """A CSV with its columns renamed to fields.

    Parameters
    ----------
    fields : the fields, each with other names that its column may have.
    encoding : by default UTF-8, or what a byte order mark says; what is not that is taken for GB18030.

    Raises
    ------
    WrongDelimiter, WrongEncoding, BrokenFile, FileCutShort
    """
    if encoding is not None:
        return _read(path, fields, delimiter, encoding)
    try:
        return _read(path, fields, delimiter, None)
    except WrongEncoding:
        return _read(path, fields, delimiter, CHINESE)


def sheet_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A CSV as text, its lines ended as the standard (RFC 4180) and spreadsheets have it, without formulas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for row in (columns, *rows):
        writer.writerow([guarded_text(value) if isinstance(value, str) else value for value in row])
    return out.getvalue()


def write_sheet(path: Path, text: str) -> None:
    """Write a CSV in UTF-8 with a byte order mark, so that spreadsheets show Chinese; it appears when it is whole.

    Raises
    ------
    CannotWrite
    """
    from wangge.geo.files.writing import write_text

    write_text(path, "\ufeff" + text)


def _read(path: Path, fields: Mapping[str, Sequence[str]], delimiter: str | None, encoding: str | None) -> Sheet:
    from wangge.geo.files.delimited import DelimitedReader  # files are read by commands, and seldom by a request
    from wangge.geo.files.reading import open_records

    form = "tsv" if path.suffix.lower() == ".tsv" else "csv"
    reader = open_records(path, form=form, delimiter=delimiter, encoding=encoding)
    assert isinstance(reader, DelimitedReader)  # noqa: S101 - what these forms are read by
    names = {other.casefold(): field for field, others in fields.items() for other in (field, *others)}
    columns = [names.get(column.strip().casefold(), column.strip()) for column in reader.columns]
    rows: list[tuple[int, dict[str, str | None]]] = []
    findings = _doubled(columns, reader.columns, reader.repeated)
    try:
        for batch in reader:
            values = (dict(zip(columns, row.values(), strict=True)) for row in batch.table.to_pylist())
            rows += zip(batch.numbers.tolist(), values, strict=True)
            findings += [
                Finding(broken.number, "", BROKEN[type(broken.reason)], broken.text, broken.reason.facts)
                for broken in batch.broken
            ]
    finally:
        reader.close()
    return Sheet(columns, [row for row in rows if any(row[1].values())], findings)


def _doubled(fields: list[str], columns: list[str], repeated: Collection[str]) -> list[Finding]:
    """A finding for each field that several columns hold, by whatever names."""
    held = {field: [name for name, one in zip(columns, fields, strict=True) if one == field] for field in fields}
    held = {field: names * 2 if set(names) & set(repeated) else names for field, names in held.items()}
    return [
        Finding(0, field, "column_twice", None, {"columns": ", ".join(names)})
        for field, names in held.items()
        if len(names) > 1
    ]
