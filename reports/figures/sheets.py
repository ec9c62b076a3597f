"""Tables of figures as files that spreadsheets open: CSV and XLSX, with heads in the reader's language."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wangge.data.languages import spoken
from wangge.geo.files.formulas import guarded_text
from wangge.reports.figures.counting import By, Figure
from wangge.reports.figures.indicators import Declaration, Indicator, written
from wangge.reports.figures.tabling import Line, Table

__all__ = ["Heads", "csv_of", "xlsx_of"]

SIGNS = {"percent": " (%)", "per_thousand": " (‰)", "cases": ""}
FORMATS = {"percent": "0.00%", "per_thousand": "0.00", "cases": "#,##0"}


@dataclass(frozen=True, slots=True)
class Heads:
    """The words of a sheet in one language."""

    language: str
    by: Mapping[By, str]
    code: str
    total: str
    numerator: str
    denominator: str
    excluded: str
    figures: str
    definitions: str
    about: str


def csv_of(table: Table, heads: Heads) -> bytes:
    """A table as CSV in UTF-8, with the mark at its start by which Excel knows it; rates are in their unit."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(guarded_text(head) for head, _ in _columns(table, heads))
    for line in _lines(table):
        texts = (guarded_text(text) for text in _about(table, heads, line))
        writer.writerow([*texts, *_values(table, line, share=False)])
    return out.getvalue().encode("utf-8-sig")


def xlsx_of(table: Table, heads: Heads, declarations: list[Declaration], about: Mapping[str, str]) -> bytes:
    """A table as a workbook: the figures, how they are declared, and what was asked."""
    out = io.BytesIO()
    import xlsxwriter  # only a download needs it

    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        numbers = {kind: book.add_format({"num_format": kind}) for kind in set(FORMATS.values())}
        sheet = book.add_worksheet(heads.figures)
        for column, (head, _) in enumerate(_columns(table, heads)):
            sheet.write_string(0, column, head, bold)
        for row, line in enumerate(_lines(table), 1):
            texts = _about(table, heads, line)
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text)
            kinds = [kind for _, kind in _columns(table, heads)[len(texts) :]]
            for column, (value, kind) in enumerate(
                zip(_values(table, line, share=True), kinds, strict=True), len(texts)
            ):
                if value is not None:
                    sheet.write_number(row, column, value, numbers[kind])
        sheet.freeze_panes(1, len(_about(table, heads, _lines(table)[0])))
        sheet.set_column(0, len(_columns(table, heads)) - 1, 14)
        notes = book.add_worksheet(heads.definitions)
        notes.set_column(0, 0, 100)
        for row, text in enumerate(written(declarations).splitlines()):
            notes.write_string(row, 0, text)
        asked = book.add_worksheet(heads.about)
        asked.set_column(0, 1, 30)
        for row, (name, text) in enumerate(about.items()):
            asked.write_string(row, 0, name, bold)
            asked.write_string(row, 1, text)
    return out.getvalue()


def _columns(table: Table, heads: Heads) -> list[tuple[str, str]]:
    """Head of each column, and the format of its numbers, empty for text."""
    columns = []
    for by in table.question.by or (None,):
        if by is None or by is By.MONTH:
            columns.append((heads.by[by] if by else heads.total, ""))
        else:
            columns += [(f"{heads.by[by]} {heads.code}", ""), (heads.by[by], "")]
    for one in table.indicators:
        columns += _columns_of(one, heads)
    return columns


def _columns_of(one: Indicator, heads: Heads) -> Iterator[tuple[str, str]]:
    name = spoken(one.name, heads.language, one.key)
    yield name + SIGNS[one.unit], FORMATS[one.unit]
    if one.numerator is not None:
        yield f"{name} · {heads.numerator}", FORMATS["cases"]
        yield f"{name} · {heads.denominator}", FORMATS["cases"]
        yield f"{name} · {heads.excluded}", FORMATS["cases"]


def _lines(table: Table) -> list[Line]:
    """The lines with the total at the end."""
    return [*table.lines, Line(tuple({} for _ in table.question.by), table.total)]


def _about(table: Table, heads: Heads, line: Line) -> list[str]:
    """The texts at the start of a line."""
    texts: list[str] = []
    for at, by in enumerate(table.question.by):
        entry = line.about[at]
        if not entry:
            texts += [heads.total if not texts else ""] + ([] if by is By.MONTH else [""])
        elif by is By.MONTH:
            texts.append(entry["month"])
        else:
            texts += [str(entry.get("code") or entry.get("number") or ""), _named(entry["name"], heads.language)]
    return texts or [heads.total]


def _values(table: Table, line: Line, *, share: bool) -> Iterator[Any]:
    """The numbers of a line; a percentage as a share of one, or in percent with four decimals."""
    for one, figure in zip(table.indicators, line.figures, strict=True):
        yield _value(one, figure, share=share)
        if one.numerator is not None:
            yield from figure[1:]


def _value(one: Indicator, figure: Figure, *, share: bool) -> float | None:
    if figure.value is None or one.numerator is None:
        return figure.value
    return figure.value / 100 if share and one.unit == "percent" else round(figure.value, 4)


def _named(name: Any, language: str) -> str:
    return spoken(name, language) if isinstance(name, Mapping) else str(name)
