"""Counts what indicators declare: cases by their facts, and facts by what the indicators ask of them.

The database counts cases by group and facts, of which there are few; which of them an indicator counts is arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wangge.access.person import Scope
from wangge.access.scope import condition
from wangge.reports.case.facts import BITS, Fact
from wangge.reports.figures import queries
from wangge.reports.figures.conditions import Test
from wangge.reports.figures.indicators import Indicator
from wangge.store.engine import AsyncConnection

__all__ = ["By", "Count", "Figure", "Group", "Question", "count", "selected"]

Bits = NDArray[np.int64]
Flags = NDArray[np.bool_]


class By(StrEnum):
    """What cases are counted by."""

    CELL = "cell"
    CATEGORY = "category"
    ORGANISATION = "organisation"
    OFFICER = "officer"
    MONTH = "month"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Question:
    """Which cases are counted, as of when, and by what.

    Attributes
    ----------
    scope : what the asker sees; nothing else is counted.
    as_of : what had happened by then counts, in a case that was received by then; None for all that has happened.
    now : the moment of the question.
    by : none for one figure of all cases.
    level : key of the level of the cells, where they are counted by cell.
    zone, base : the territory's time zone, for officers and areas too, and the key of its base level, for officers.
    months : starts of the months, where they are counted by month; one more ends the last of them.
    since, until : received in that time, `until` exclusive.
    cell, cell_level : in the cell with that code, of any level or of one.
    kind : in base grids of a kind: ordinary, special, or what a special grid is for (geo/purposes.py).
    area : in an area of an overlay, as the overlay's key, a colon and the area's code.
    overlay : key of the overlay whose areas they are counted by, each case on the day on which it was received.
    """

    scope: Scope
    now: datetime
    as_of: datetime | None = None
    by: tuple[By, ...] = ()
    level: str | None = None
    zone: str = "UTC"
    base: str = ""
    months: tuple[datetime, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    category: str | None = None
    cell: str | None = None
    cell_level: str | None = None
    kind: str | None = None
    area: str | None = None
    overlay: str | None = None
    organisation: int | None = None
    officer: int | None = None

    @property
    def moment(self) -> datetime:
        """When a limit has passed or has not."""
        return self.as_of or self.now


class Figure(NamedTuple):
    """One figure with the cases it is made of."""

    value: float | None
    numerator: int
    denominator: int
    excluded: int


Group = tuple[Any, ...]
"""What a row of figures is about, one entry for each of `Question.by`: a code, an id, or the position of a month."""


class Count(NamedTuple):
    """Figures by indicator, of the groups that have cases and of all cases together."""

    groups: dict[Group, list[Figure]]
    total: list[Figure]


KEYS = {
    By.CELL: "f.cell_id",
    By.CATEGORY: "f.category",
    By.ORGANISATION: "o.id",
    By.OFFICER: "w.officer_id",
    By.MONTH: "width_bucket(f.received_at, %(months)s::timestamptz[])",
    By.AREA: queries.AREA_OF_CASE,
}

JOINED = {By.ORGANISATION: queries.BODIES, By.OFFICER: queries.OFFICERS, By.AREA: queries.PLACES}
SEVERAL = {By.ORGANISATION, By.OFFICER}
"""What counts a case for each body or officer, or for none."""


async def count(connection: AsyncConnection, question: Question, indicators: Sequence[Indicator]) -> Count:
    """The figures that answer a question. A case counts once in the total, whatever it is counted by."""
    groups, facts, cases = await _facts(connection, question)
    if not SEVERAL.isdisjoint(question.by):
        _, all_facts, all_cases = await _facts(connection, replace(question, by=()))
    else:
        all_facts, all_cases = facts, cases
    if By.CELL in question.by:
        groups = await _at_level(connection, question, groups)
    known = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    places = np.array([known[group] for group in groups], dtype=np.intp)
    by_group = _figures(indicators, facts, cases, places, len(known))
    total = _figures(indicators, all_facts, all_cases, np.zeros(len(all_facts), dtype=np.intp), 1)
    return Count(dict(zip(known, by_group, strict=True)), total[0])


def selected(question: Question) -> tuple[str, dict[str, Any]]:
    """SQL of the cases that a question is about, with their facts at its moment, and psycopg's parameters for it."""
    seen, parameters = condition(question.scope, "f")
    narrowed = [seen]
    for field, sql in queries.NARROWED.items():
        value = getattr(question, field)
        if value is not None:
            narrowed.append(sql)
            parameters[field] = value
    if question.cell is not None:
        parameters["cell_level"] = question.cell_level
        parameters["territory"] = question.scope.territory
    if question.area is not None or question.officer is not None or By.OFFICER in question.by:
        parameters |= {"zone": question.zone, "base": question.base}
    parameters |= {"moment": question.moment, "due": BITS[Fact.DUE], "close_due": BITS[Fact.CLOSE_DUE]}
    where = " AND ".join(narrowed)
    if question.as_of is None or question.as_of >= question.now:
        return queries.FACTS_NOW.replace("{where}", where), parameters
    before = where.replace("f.organisation_ids", "p.organisation_ids")
    return queries.FACTS_AS_OF.replace("{where}", where).replace("{where_before}", before), parameters


async def _facts(connection: AsyncConnection, question: Question) -> tuple[list[Group], Bits, Bits]:
    """Groups, facts, and how many cases of a group have them."""
    cases, parameters = selected(question)
    keys = ", ".join(KEYS[by] for by in question.by)
    statement = queries.COUNT_FACTS.format(
        keys=f"{keys}, " if keys else "",
        cases=cases,
        joined="".join(JOINED[by] for by in question.by if by in JOINED),
        grouped=", ".join(str(place) for place in range(1, len(question.by) + 2)),
    )
    if By.AREA in question.by:
        parameters |= {"overlay": question.overlay, "zone": question.zone}
    if By.MONTH in question.by:
        parameters["months"] = list(question.months)
    async with connection.cursor(binary=True) as cursor:
        rows = await (await cursor.execute(statement, parameters)).fetchall()
    facts, numbers = (np.array([row[at] for row in rows], dtype=np.int64) for at in (-2, -1))
    return [tuple(row[:-2]) for row in rows], facts, numbers


async def _at_level(connection: AsyncConnection, question: Question, groups: list[Group]) -> list[Group]:
    """Groups with the codes of the cells of the wanted level in the place of the ids of base grids."""
    at = question.by.index(By.CELL)
    ids = sorted({group[at] for group in groups})
    rows = await (await connection.execute(queries.CODES_ABOVE, {"ids": ids, "level": question.level})).fetchall()
    codes: dict[int, str] = dict(rows)
    return [(*group[:at], codes[group[at]], *group[at + 1 :]) for group in groups]


def _figures(
    indicators: Sequence[Indicator], facts: Bits, cases: Bits, places: NDArray[np.intp], groups: int
) -> list[list[Figure]]:
    """For each group its figures, in the order of the indicators."""

    def summed(test: Test) -> list[int]:
        counted = np.bincount(places, np.where(_holds(test, facts), cases, 0), groups)
        return [int(number) for number in counted]

    columns = []
    for one in indicators:
        parts = zip(*(summed(one.part(name)) for name in ("numerator", "denominator", "excluded")), strict=True)
        columns.append([Figure(one.value(part[0], part[1]), *part) for part in parts])
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(groups)]


def _holds(test: Test, facts: Bits) -> Flags:
    found = np.zeros(len(facts), dtype=np.bool_)
    for care, want in test.terms:
        found |= facts & care == want
    return found
