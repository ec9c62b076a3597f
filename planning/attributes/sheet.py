"""Values of attributes out of a sheet as an office keeps it: titles above the heads, names for codes."""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from wangge.data.messages import words_in_all
from wangge.duty.findings import Finding
from wangge.geo.divisions import code_among
from wangge.geo.files.batches import BrokenFile, check_width
from wangge.geo.files.formulas import guarded_text
from wangge.geo.files.spelling import BLANKS, narrow, plain_id
from wangge.geo.grid import Cell
from wangge.planning.attributes.declared import Attribute, Rule
from wangge.planning.attributes.rollup import NO, YES, Rolled, Value

__all__ = ["MOST", "Read", "read_rows", "sheet_of", "values_of"]

Row = tuple[int, list[str]]
"""A row of a sheet: its number from 1, and its texts."""

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
BOOKS = (".xlsx", ".ods")
MOST_UNPACKED = 200_000_000
"""Bytes of a workbook: a small file may hold a thousand times its size."""
MOST_TOLD = 10
MOST = 1e15
"""Numbers are not larger: up to it a float still tells tenths, and no sum of them overflows."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a sheet holds: values by attribute and code of cell, heads that mean nothing, and what is wrong.

    `findings` name the row of the sheet as a spreadsheet counts it, and the head of the column.
    """

    values: dict[str, dict[str, Value]]
    ignored: list[str]
    findings: list[Finding]


def read_rows(path: Path) -> list[Row]:
    """The rows of a CSV, in UTF-8 or GB18030, or of the only sheet of an XLSX; empty ones are left out.

    Raises
    ------
    BrokenFile : also a workbook that is huge when it is unpacked, and a sheet of too many columns.
    """
    if path.suffix.lower() in BOOKS:
        rows = _book(path)
        check_width(path, max((len(row) for _, row in rows), default=0))
        return rows
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    try:
        rows = list(enumerate(csv.reader(io.StringIO(text, newline="")), 1))
    except csv.Error as error:
        raise BrokenFile(file=path.name, records=0, reason=str(error)) from error
    check_width(path, max((len(row) for _, row in rows), default=0))
    return [(number, row) for number, row in rows if any(cell.strip(BLANKS) for cell in row)]


def values_of(
    rows: Sequence[Row], attributes: Sequence[Attribute], cells: Sequence[Cell], *, part: bool = False
) -> Read:
    """The values of a sheet, and what is wrong with it.

    Parameters
    ----------
    cells : those that the sheet is about, all of one level; by code, or by a name that only one of them has.
    part : the sheet is about some of the cells only; otherwise one that is missing is a fault.
    """
    findings: list[Finding] = []
    heads = _heads(attributes)
    start = next((at for at, (_, row) in enumerate(rows) if _known(row, heads)), None)
    if start is None:
        wanted = ", ".join([words_in_all("attribute-columns", "name")[0], *(one.key for one in attributes)])
        return Read({}, [], [Finding(0, "", "no_heads", None, {"columns": wanted})])
    told = dict(enumerate(text.strip(BLANKS) for text in rows[start][1]))
    columns = {place: heads[_plain(text)] for place, text in told.items() if _plain(text) in heads}
    for head, times in Counter(columns.values()).items():
        if times > 1:
            findings.append(Finding(rows[start][0], head, "column_twice", None, {"columns": head}))
    where = next(text for place, text in told.items() if columns.get(place) in ("code", "name"))
    codes, names = {cell.code for cell in cells}, _names(cells)
    seen: dict[str, tuple[int, list[str]]] = {}
    for number, texts in rows[start + 1 :]:
        texts = [*texts, *[""] * (len(told) - len(texts))]
        code = _cell(number, {columns[at]: (texts[at], told[at]) for at in columns}, codes, names, findings)
        if code in seen:
            findings.append(Finding(number, where, "twice", code, {"other": seen[code][0]}))
        elif code is not None:
            seen[code] = number, texts
    values: dict[str, dict[str, Value]] = {}
    for one in attributes:
        for place in (at for at, key in columns.items() if key == one.key):
            values[one.key] = _column(one, place, told[place], seen, findings)
    missing = [cell for cell in cells if cell.code not in seen]
    if missing and not part:
        some = ", ".join(cell.name for cell in missing[:MOST_TOLD])
        findings.append(Finding(0, where, "cells_missing", None, {"count": len(missing), "names": some}))
    return Read(values, [text for place, text in told.items() if text and place not in columns], findings)


def sheet_of(cells: Iterable[Cell], columns: Mapping[str, Mapping[str, Value | Rolled | None]]) -> str:
    """Values by attribute and code of cell as a CSV that `values_of` takes; what is missing is blank."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("code", "name", *columns))
    for cell in cells:
        values = (_told(of.get(cell.code)) for of in columns.values())
        writer.writerow((guarded_text(cell.code), guarded_text(cell.name), *values))
    return text.getvalue()


def _told(value: Value | Rolled | None) -> str:
    """A value as a sheet has it, every digit of a number; nothing where there are only counts."""
    plain = value.value if isinstance(value, Rolled) else value
    if plain is None or isinstance(plain, str):
        return guarded_text(plain or "")
    return repr(plain).removesuffix(".0")


def _column(
    one: Attribute, place: int, head: str, rows: Mapping[str, tuple[int, list[str]]], findings: list[Finding]
) -> dict[str, Value]:
    """The values of one column by code of cell; what is blank is missing."""
    values: dict[str, Value] = {}
    fractions = percents = False
    for code, (number, texts) in rows.items():
        text = texts[place].strip(BLANKS)
        if not text:
            continue
        value = _value(one, text)
        if isinstance(value, Finding):
            findings.append(Finding(number, head, value.reason, text, value.facts))
            continue
        values[code] = value
        if one.rule is Rule.SHARE:
            fractions |= 0 < float(value) <= 1
            percents |= float(value) > 1 or "%" in narrow(text)
    if fractions and not percents:
        findings.append(Finding(0, head, "share_fractions"))
    return values


def _book(path: Path) -> list[Row]:
    import pyogrio  # GDAL, for imports only

    try:
        with ZipFile(path) as packed:
            unpacked = sum(one.file_size for one in packed.infolist())
        if unpacked > MOST_UNPACKED:
            raise BrokenFile(file=path.name, records=0, reason=f"{unpacked:,} > {MOST_UNPACKED:,} B")
        _, table = pyogrio.read_arrow(path, HEADERS="DISABLE", FIELD_TYPES="STRING", return_fids=True)
    except BrokenFile:
        raise
    except Exception as error:  # whatever a reader trips over in a broken file, the file is at fault
        raise BrokenFile(file=path.name, records=0, reason=str(error)) from error
    numbers, *columns = (column.to_pylist() for column in table.columns)
    rows = zip(numbers, zip(*columns, strict=True), strict=True)
    return [(number, ["" if text is None else text for text in row]) for number, row in rows if any(row)]


def _heads(attributes: Sequence[Attribute]) -> dict[str, str]:
    """What heads may be, plainly, with the key of each: `code`, `name`, or an attribute's."""
    heads = {
        _plain(word): field for field in ("code", "name") for word in (field, *words_in_all("attribute-columns", field))
    }
    for one in attributes:
        heads |= {_plain(word): one.key for word in (one.key, *one.name.values())}
    return heads


def _known(row: Sequence[str], heads: Mapping[str, str]) -> bool:
    """Whether a row is that of the heads: one for the place and one for an attribute."""
    keys = {heads[text] for cell in row if (text := _plain(cell)) in heads}
    return bool(keys & {"code", "name"}) and bool(keys - {"code", "name"})


def _plain(text: str) -> str:
    """A head without blanks, signs and what stands in brackets, such as a unit."""
    return "".join(filter(str.isalnum, re.sub(r"\(.*?\)", "", narrow(text)).casefold()))


def _names(cells: Sequence[Cell]) -> dict[str, list[str]]:
    """The codes of the cells by name: more than one where several have it."""
    names: dict[str, list[str]] = {}
    for cell in cells:
        names.setdefault(cell.name, []).append(cell.code)
    return names


def _cell(
    number: int,
    row: Mapping[str, tuple[str, str]],
    codes: Collection[str],
    names: Mapping[str, list[str]],
    findings: list[Finding],
) -> str | None:
    """The code of the cell that a row is about, or None with what is wrong."""
    text, head = row.get("code", ("", ""))
    code = code_among(plain_id(text), codes.__contains__)
    if code:
        if code in codes:
            return code
        findings.append(Finding(number, head, "unknown_cell", code, {"level": ""}))
        return None
    text, head = row.get("name", row.get("code", ("", "")))
    name = text.strip(BLANKS)
    found = names.get(name, [])
    if len(found) == 1:
        return found[0]
    if not name:
        findings.append(Finding(number, head, "missing"))
    elif found:
        findings.append(Finding(number, head, "cell_of_many", name, {"count": len(found)}))
    else:
        findings.append(Finding(number, head, "unknown_cell", name, {"level": ""}))
    return None


def _value(one: Attribute, text: str) -> Value | Finding:
    """A value out of its text, or what is wrong with it."""
    plain = narrow(text).strip(BLANKS)
    if one.rule is Rule.CLASS:
        words = {word.casefold(): key for key, name in (one.classes or {}).items() for word in (key, *name.values())}
        found = words.get(plain.casefold())
        return found or Finding(0, "", "enum", text, {"expected": ", ".join(words)})
    if one.rule is Rule.YES_NO:
        words = {word: key for key in (YES, NO) for word in (key, *words_in_all("yes-no", key))}
        found = words.get(plain.casefold())
        return found or Finding(0, "", "enum", text, {"expected": ", ".join(words)})
    if one.rule is Rule.SHARE:
        plain = plain.removesuffix("%").strip(BLANKS)
    if not plain or not _NUMBER.fullmatch(plain) or not any(map(str.isdigit, plain)):
        return Finding(0, "", "float_type", text)
    number = float(plain.replace(",", ""))
    if one.rule is Rule.SHARE and not 0 <= number <= 100:
        return Finding(0, "", "share", text)
    if abs(number) > MOST:
        return Finding(0, "", "number_large", text, {"most": f"{MOST:,.0f}"})
    return number
