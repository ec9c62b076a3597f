"""What a bulletin tells, read in one moment: the figures of three months, cells, findings, what to look into."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from wangge.access.person import Scope
from wangge.geo.grid import Grid
from wangge.patterns.findings.emerged import Emerged, emerged
from wangge.patterns.findings.telling import findings_of, last_run
from wangge.reports.categories.categories import categories_of
from wangge.reports.figures.counting import By, Figure, Question
from wangge.reports.figures.declared import standing_declarations
from wangge.reports.figures.indicators import Indicator, expanded, shipped
from wangge.reports.figures.integrity import Check, count_suspects
from wangge.reports.figures.queries import FIRST_RECEIVED
from wangge.reports.figures.tabling import Line, tabled
from wangge.store.engine import AsyncConnection, named_rows
from wangge.tilesets import queries
from wangge.tilesets.bulletin.months import Month
from wangge.tilesets.catalog import Drawing

__all__ = ["Gathered", "Told", "gather"]


@dataclass(frozen=True, slots=True)
class Told:
    """The figures of one month, in the order of the indicators, and how many cases each check of integrity finds.

    `received` is how many reports there were, whatever a territory makes of its indicators.
    """

    received: int
    figures: list[Figure]
    suspects: dict[Check, int]


@dataclass(frozen=True, slots=True)
class Gathered:
    """All of a bulletin, as facts.

    Attributes
    ----------
    before, year_before : None where the territory had no reports yet.
    top : a line for each cell of the top level, figures in the order of the indicators.
    reports : how many each cell of the top level and each base grid had that the asker sees, by (level, code).
    findings : those that were seen in the month, what came lately first; `run` is the month's last look, if any.
    emerging : what stood out over the months that end with this one; None where no look says so.
    outlines : cells above the base grids, with shape and place of the name.
    """

    month: Month
    printed: datetime
    drawing: Drawing
    grid: Grid
    whole: bool
    indicators: Sequence[Indicator]
    this: Told
    before: Told | None
    year_before: Told | None
    top: list[Line]
    reports: dict[tuple[str, str], int]
    findings: list[Any]
    emerging: Emerged | None
    categories: dict[str, dict[str, str]]
    run: dict[str, Any] | None
    outlines: list[Any]


async def gather(connection: AsyncConnection, grid: Grid, scope: Scope, month: Month, now: datetime) -> Gathered:
    """Read what a bulletin tells, of what somebody sees.

    Parameters
    ----------
    connection : in a snapshot, for the parts must agree.
    """
    drawing = await Drawing.of(connection, grid.territory)
    indicators = expanded(await standing_declarations(connection, grid.territory), grid.levels)
    asked = _question(scope, month, now)
    by_top, by_leaf = (replace(asked, by=(By.CELL,), level=grid.levels[at].key) for at in (0, -1))
    top = await tabled(connection, grid, by_top, [*_received(grid), *indicators])
    leaves = await tabled(connection, grid, by_leaf, _received(grid))
    run = await last_run(connection, grid.territory, month.first_day, month.last_day)
    found = await findings_of(connection, scope, since=month.first_day, until=month.last_day)
    stood = await emerged(connection, grid, scope, month.last_day)
    row = await (await connection.execute(FIRST_RECEIVED, (grid.territory,))).fetchone()
    first = row[0] if row else None
    base = {"edition": grid.edition_id, "base": len(grid.levels) - 1}
    return Gathered(
        month=month,
        printed=now,
        drawing=drawing,
        grid=grid,
        whole=scope.whole,
        indicators=indicators,
        this=await _counted(connection, asked, top.total),
        before=await _told(connection, grid, scope, month.before, now, indicators, first),
        year_before=await _told(connection, grid, scope, month.year_before, now, indicators, first),
        top=[Line(line.about, line.figures[1:]) for line in top.lines],
        reports=_by_cell(top.lines) | _by_cell(leaves.lines),
        findings=sorted(found, key=lambda one: (one.kind, one.p, one.id)),
        emerging=stood if stood is not None and str(month) in stood.months[-1:] else None,
        categories={one.code: dict(one.name) for one in (await categories_of(connection, grid.territory)).entries},
        run=run,
        outlines=await named_rows(connection, queries.OUTLINES, base),
    )


def _question(scope: Scope, month: Month, now: datetime) -> Question:
    """The cases of a month as they stood when it was over, so that months are compared at the same age."""
    return Question(scope, now, as_of=month.until, since=month.since, until=month.until)


async def _told(
    connection: AsyncConnection,
    grid: Grid,
    scope: Scope,
    month: Month,
    now: datetime,
    indicators: Sequence[Indicator],
    first: datetime | None,
) -> Told | None:
    """The figures of a month; None where it was over before the first report of the territory came."""
    if first is None or first >= month.until:
        return None
    asked = _question(scope, month, now)
    table = await tabled(connection, grid, asked, [*_received(grid), *indicators])
    return await _counted(connection, asked, table.total)


async def _counted(connection: AsyncConnection, asked: Question, total: list[Figure]) -> Told:
    return Told(total[0].denominator, total[1:], await count_suspects(connection, asked))


def _by_cell(lines: Sequence[Line]) -> dict[tuple[str, str], int]:
    return {(line.about[0]["level"], line.about[0]["code"]): line.figures[0].denominator for line in lines}


def _received(grid: Grid) -> list[Indicator]:
    """The number of reports as the program declares it."""
    return [one for one in expanded(shipped(), grid.levels) if one.key == "received"]
