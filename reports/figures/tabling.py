"""Figures as a table with names: a line for each cell, category, body, officer, month or area, also without cases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any, NamedTuple

from wangge.access.person import Scope
from wangge.geo.grid import Cell, Grid
from wangge.reports.figures import queries
from wangge.reports.figures.counting import By, Count, Figure, Question, count
from wangge.reports.figures.indicators import Indicator
from wangge.store.engine import AsyncConnection

__all__ = ["Line", "Table", "month_starts", "tabled"]

MOST_MONTHS = 1200


class Line(NamedTuple):
    """A row of a table: what it is about, one entry for each of `Question.by`, and the figures."""

    about: tuple[dict[str, Any], ...]
    figures: list[Figure]


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to a question: the figures of all cases, and of each group."""

    question: Question
    indicators: Sequence[Indicator]
    lines: list[Line]
    total: list[Figure]


async def tabled(connection: AsyncConnection, grid: Grid, question: Question, indicators: Sequence[Indicator]) -> Table:
    """Ask a question and name what the figures are about."""
    question = replace(question, zone=grid.timezone.key, base=grid.levels[-1].key)
    if By.MONTH in question.by:
        question = replace(question, months=await _months(connection, grid, question))
    counted = await count(connection, question, indicators)
    known = [await _known(connection, grid, question, by, counted, at) for at, by in enumerate(question.by)]
    nothing = [Figure(one.value(0, 0), 0, 0, 0) for one in indicators]
    lines = []
    for keys in product(*known):
        figures = counted.groups.get(keys)
        # Of two together, only those that meet; what lies in no known group is in the total.
        if question.by and (figures is not None or len(question.by) == 1):
            about = tuple(names[key] for names, key in zip(known, keys, strict=True))
            lines.append(Line(about, figures or nothing))
    return Table(question, indicators, lines, counted.total)


def month_starts(first: datetime, past: datetime) -> tuple[datetime, ...]:
    """Starts of the months, in the zone of `first`, from the one it lies in to the first that is not before `past`."""
    year, month = first.year, first.month
    starts: list[datetime] = []
    while len(starts) <= MOST_MONTHS:
        start = datetime(year, month, 1, tzinfo=first.tzinfo)
        starts.append(start.astimezone(UTC))
        if start >= past:
            break
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return tuple(starts)


async def _months(connection: AsyncConnection, grid: Grid, question: Question) -> tuple[datetime, ...]:
    since = question.since
    if since is None:
        row = await (await connection.execute(queries.FIRST_RECEIVED, (grid.territory,))).fetchone()
        since = (row[0] if row else None) or question.moment
    until = min(question.until or question.moment, question.moment)
    return month_starts(since.astimezone(grid.timezone), max(until, since))


async def _known(
    connection: AsyncConnection, grid: Grid, question: Question, by: By, counted: Count, at: int
) -> dict[Any, dict[str, Any]]:
    """What there is to count by, in order, with its names by its key."""
    found = {group[at] for group in counted.groups} - {None}
    if by is By.CELL:
        return _cells(grid, question, found)
    if by is By.MONTH:
        zone = grid.timezone
        names = {
            place: {"month": start.astimezone(zone).strftime("%Y-%m")} for place, start in enumerate(question.months, 1)
        }
        return {place: name for place, name in names.items() if place < len(names)}
    if by is By.AREA:
        return _areas(grid, question, found)
    if by is By.CATEGORY:
        rows = await (await connection.execute(queries.CATEGORY_NAMES, (grid.territory,))).fetchall()
        return {
            code: {"code": code, "name": name}
            for code, name in rows
            if question.category in (None, code) and (question.scope.whole or code in found)
        }
    statement = queries.ORGANISATION_NAMES if by is By.ORGANISATION else queries.OFFICER_NAMES
    rows = await (await connection.execute(statement, (sorted(found),))).fetchall()
    number = "code" if by is By.ORGANISATION else "number"
    return {key: {"id": key, number: code, "name": name} for key, code, name in sorted(rows, key=lambda row: row[1])}


def _areas(grid: Grid, question: Question, found: set[str]) -> dict[str, dict[str, Any]]:
    """The areas of the overlay that have cases and, for who sees all, those without; the newest name of each."""
    overlay = grid.overlays.get(question.overlay or "")
    editions = overlay.editions if overlay else ()
    names = {area.code: area.name for edition in reversed(editions) for area in edition.areas}
    newest = {area.code for edition in editions[:1] for area in edition.areas} if question.scope.whole else set()
    return {
        code: {"overlay": question.overlay, "code": code, "name": names.get(code, code)}
        for code in sorted(found | newest)
    }


def _cells(grid: Grid, question: Question, found: set[str]) -> dict[str, dict[str, Any]]:
    """Cells of the level that the asker sees, and those of other editions that have cases."""
    cells = {cell.code: cell for cell in _within(grid, question) if cell.level == question.level}
    known = {
        code: {"level": cell.level, "code": code, "name": cell.name}
        for code, cell in cells.items()
        if code in found or _sees(question.scope, grid, cell)
    }
    gone = found - known.keys()  # of another edition
    known |= {code: {"level": question.level or "", "code": code, "name": code} for code in gone}
    return dict(sorted(known.items()))


def _within(grid: Grid, question: Question) -> Iterable[Cell]:
    if question.cell is None:
        return grid.cells
    return (cell for cell in grid.cells if question.cell in cell.path)


def _sees(scope: Scope, grid: Grid, cell: Cell) -> bool:
    if scope.cells is None:
        return True
    path = {(level.key, code) for level, code in zip(grid.levels, cell.path, strict=False)}
    return not path.isdisjoint(scope.cells)
