"""What the judgements of an audit come to: the rate truly solved of all, and by what cases were drawn by."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from wangge.geo.grid import Grid
from wangge.reports.audit import queries
from wangge.reports.audit.audits import Audit
from wangge.reports.audit.estimating import Rate, rate_among
from wangge.reports.audit.judging import Verdict
from wangge.reports.figures.counting import By, Figure
from wangge.reports.figures.indicators import expanded, shipped
from wangge.reports.figures.tabling import tabled
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["Beside", "beside", "rates_of"]

FIGURES = ("closure-of-received", "not-fixed")
KEY = {By.CELL: "code", By.CATEGORY: "code", By.ORGANISATION: "id"}
NOTHING = Rate(None, None, None, 0, 0)

OF: dict[By, Callable[[Any], Sequence[Hashable]]] = {
    By.CELL: lambda row: (row.cell,),
    By.CATEGORY: lambda row: (row.category,),
    By.ORGANISATION: lambda row: row.organisation_ids,
}
"""What a drawn case counts for; a case of several bodies for each of them."""


async def rates_of(connection: AsyncConnection, audit: Audit) -> tuple[Rate, dict[By, dict[Any, Rate]]]:
    """The rate of all closed cases that were drawn of, and by cell, category and body, of those judged by now."""
    rows = await named_rows(connection, queries.VERDICTS, {"audit": audit.id})
    told = [row for row in rows if row.verdict != Verdict.CANNOT_TELL]
    cases = [one.cases for one in audit.strata]
    at, solved = [row.stratum for row in told], [row.verdict == Verdict.SOLVED for row in told]
    groups = {}
    for by, of in OF.items():
        belongs = [frozenset(of(row)) for row in told]
        keys = {key for row in rows for key in of(row)}
        groups[by] = {key: rate_among(cases, at, solved, [key in one for one in belongs]) for key in keys}
    return rate_among(cases, at, solved, [True] * len(told)), groups


class Beside(NamedTuple):
    """The rate truly solved of some cases, beside what else is known of them; `about` says of which."""

    about: dict[str, Any]
    solved: Rate
    closure: Figure
    not_fixed: Figure


async def beside(
    connection: AsyncConnection, grid: Grid, audit: Audit, now: datetime
) -> tuple[Beside, dict[By, list[Beside]]]:
    """What an audit found, of all cases and by what they were drawn by, beside the figures of the same moment.

    Only what has closed cases or judged ones stands there.
    """
    total, groups = await rates_of(connection, audit)
    indicators = expanded([one for one in shipped() if one.key in FIGURES], grid.levels)
    question = audit.plan.question(audit.territory, now)
    lines: dict[By, list[Beside]] = {}
    for by, rates in groups.items():
        table = await tabled(connection, grid, replace(question, by=(by,)), indicators)
        lines[by] = [
            Beside(line.about[0], rates.get(line.about[0][KEY[by]], NOTHING), *line.figures)
            for line in table.lines
            if line.figures[0].numerator
        ]
        whole = table.total
    return Beside({}, total, *whole), lines
