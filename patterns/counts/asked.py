"""What is asked: which reports, and by what they are counted. What is answered."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from shapely.geometry.base import BaseGeometry

from wangge.access.person import Scope
from wangge.patterns.columns.raster import Bins

__all__ = ["HOURS", "MOST_BINS", "Asked", "By", "Counted", "Filter", "Source", "Why"]

HOURS = 168
"""Of a week, from Monday's first."""
MOST_BINS = 100_000
"""So many bins are listed, which are two megabytes as JSON; of more, a map shows less than of coarser ones."""


class By(StrEnum):
    """By what reports are counted."""

    CELL = "cell"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    CATEGORY = "category"
    STATE = "state"
    HOUR = "hour"
    BIN = "bin"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which reports are counted; None is all of them.

    Attributes
    ----------
    since, until : days by the territory's clock, both included.
    weekdays : Monday is 1. hours : 0 to 23.
    cells : (level key, code) pairs, any of which a report is assigned to, in any edition.
    area : a polygon, lon and lat; its rim belongs to it.
    """

    since: date | None = None
    until: date | None = None
    categories: frozenset[str] | None = None
    states: frozenset[str] | None = None
    urgencies: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    weekdays: frozenset[int] | None = None
    hours: frozenset[int] | None = None
    cells: frozenset[tuple[str, str]] | None = None
    area: BaseGeometry | None = None

    @property
    def week_hours(self) -> frozenset[int] | None:
        """The hours of the week, from Monday's first (0)."""
        if self.weekdays is None and self.hours is None:
            return None
        days = self.weekdays if self.weekdays is not None else range(1, 8)
        hours = self.hours if self.hours is not None else range(24)
        return frozenset((day - 1) * 24 + hour for day in days for hour in hours)


class Source(StrEnum):
    """Where counts come from."""

    COLUMNS = "columns"
    DATABASE = "database"


class Why(StrEnum):
    """Why the database answered."""

    MISSING = "missing"  # there are no columns here
    BEHIND = "behind"  # they have not come to what has happened
    OUTDATED = "outdated"  # they are of another edition, time zone or regrid


@dataclass(slots=True)
class Counted:
    """The counts; what was not asked for is None.

    Attributes
    ----------
    cells : by id of the present edition's base grid that covers the reports' places.
    hours : 168, by hour of the week.
    bins : more than MOST_BINS are too many to be listed, and may lack some.
    mark : the place in the feed at which they are exact; None for the database's own, which are of now.
    """

    total: int
    source: Source
    why: Why | None = None
    mark: str | None = None
    cells: dict[int, int] | None = None
    days: dict[date, int] | None = None
    categories: dict[str, int] | None = None
    states: dict[str, int] | None = None
    hours: list[int] | None = None
    bins: Bins | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: who asks, which reports, by what, and for bins at which zoom."""

    scope: Scope
    filter: Filter
    by: frozenset[By] = field(default_factory=frozenset)
    zoom: int = 17
