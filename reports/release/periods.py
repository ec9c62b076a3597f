"""The periods that counts are published for, and how fine places may be in each. Pure.

Weeks are those of a month: the days 1–7, 8–14, 15–21, and the rest. So they make up months and years exactly, and no
difference between two periods is shorter than a week; weeks from Monday to Sunday would be cut by months into days.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

__all__ = ["FORM", "About", "Period", "PeriodKind", "depth_of", "parse_period", "periods_over"]

FORM = r"^(19|20|21)\d{2}(-(0[1-9]|1[0-2])(-w[1-4])?)?$"
"""What a period is called: 2026, 2026-03, 2026-03-w2."""

WEEKS = (1, 8, 15, 22)


class PeriodKind(StrEnum):
    """How long a period is."""

    YEAR = "year"
    MONTH = "month"
    WEEK = "week"


class About(StrEnum):
    """What is counted: all reports, those of a group of categories, or those of one category."""

    ALL = "all"
    GROUP = "group"
    CATEGORY = "category"


# Levels above the base grids that the finest published place lies: coarser the shorter the period and the finer the
# kind of matter. None: not published.
LADDER: dict[PeriodKind, dict[About, int | None]] = {
    PeriodKind.YEAR: {About.ALL: 0, About.GROUP: 0, About.CATEGORY: 1},
    PeriodKind.MONTH: {About.ALL: 0, About.GROUP: 1, About.CATEGORY: 2},
    PeriodKind.WEEK: {About.ALL: 2, About.GROUP: 3, About.CATEGORY: None},
}


@dataclass(frozen=True, slots=True)
class Period:
    """A year, a month or a week of a month, by the territory's calendar; `until` is exclusive."""

    name: str
    kind: PeriodKind
    since: date
    until: date

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When it begins and ends by the clock of a time zone, in UTC."""
        since, until = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (self.since, self.until))
        return since, until


def parse_period(name: str) -> Period:
    """The period of a name such as 2026, 2026-03 or 2026-03-w2. Raises ValueError."""
    if not re.fullmatch(FORM, name):
        raise ValueError(name)
    year, *rest = name.split("-")
    first = date(int(year), 1, 1)
    if not rest:
        return Period(name, PeriodKind.YEAR, first, date(first.year + 1, 1, 1))
    month = first.replace(month=int(rest[0]))
    after = _next_month(month)
    if len(rest) == 1:
        return Period(name, PeriodKind.MONTH, month, after)
    at = int(rest[1][1:]) - 1
    until = month.replace(day=WEEKS[at + 1]) if at + 1 < len(WEEKS) else after
    return Period(name, PeriodKind.WEEK, month.replace(day=WEEKS[at]), until)


def periods_over(first: date, today: date) -> Iterator[Period]:
    """Every period from those that a day lies in on, as far as they have ended when another day begins."""
    month = first.replace(day=1)
    while month <= today:
        names = [f"{month:%Y-%m}-w{at}" for at in range(1, len(WEEKS) + 1)] + [f"{month:%Y-%m}"]
        if month.month == 12:
            names.append(f"{month:%Y}")
        for period in map(parse_period, names):
            if first < period.until <= today:
                yield period
        month = _next_month(month)


def depth_of(kind: PeriodKind, about: About, levels: int) -> int | None:
    """Depth of the finest cells that are published, 0 for the whole territory and `levels` for the base grids."""
    above = LADDER[kind][about]
    return None if above is None else max(0, levels - above)


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
