"""What is compared with what, and against which share. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from wangge.access.person import Scope
from wangge.geo.errors import WanggeError
from wangge.patterns.counts.asked import Filter

__all__ = ["Against", "Asked", "BadComparison", "days_of", "share_of_days"]


class Against(StrEnum):
    """What would be expected of the later side if nothing changed."""

    DAYS = "days"  # its share of the days: is there more than before?
    TOTAL = "total"  # its share of all reports of both: is there more here than elsewhere?


class BadComparison(WanggeError):
    """The two sides cannot be compared. Facts: `field`, `reason` (a kind of `[fields]` in the wording)."""

    kind = "bad-field"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, the two sides, the level of the cells, and against what.

    `before` and `after` have no report in common: their days or their categories differ.
    """

    scope: Scope
    before: Filter
    after: Filter
    level: str
    against: Against

    @classmethod
    def of(
        cls, scope: Scope, before: Filter, after: Filter, level: str, against: Against | None, today: date
    ) -> "Asked":
        """A comparison that can be made; against the days where both sides have them and differ in nothing else.

        Parameters
        ----------
        today : by the territory's clock; a side that is compared by its days must be over.

        Raises
        ------
        BadComparison
        """
        for name, side in (("before", before), ("after", after)):
            if side.since and side.until and side.until < side.since:
                raise BadComparison(field=f"{name}.to", reason="period")
        if _meet(before, after):
            raise BadComparison(field="after", reason="sides_meet")
        if against is None:
            dated = all(side.since and side.until for side in (before, after))
            against = Against.DAYS if dated and before.categories == after.categories else Against.TOTAL
        if against is Against.DAYS:
            for name, side in (("before", before), ("after", after)):
                if not (side.since and side.until):
                    raise BadComparison(field=name, reason="days_needed")
                if side.until >= today:
                    raise BadComparison(field=f"{name}.to", reason="days_not_over")
                if not days_of(side):
                    raise BadComparison(field=name, reason="days_needed")
        return cls(scope, before, after, level, against)


def _meet(a: Filter, b: Filter) -> bool:
    """Whether a report may belong to both; all else is the same of both."""
    first, last = max(a.since or date.min, b.since or date.min), min(a.until or date.max, b.until or date.max)
    kinds = a.categories is None or b.categories is None or bool(a.categories & b.categories)
    return first <= last and kinds


def days_of(side: Filter) -> int:
    """How many days a side has, of the weekdays that are counted."""
    if side.since is None or side.until is None:
        return 0
    days = (side.until - side.since).days + 1
    weeks, rest = divmod(days, 7)
    wanted = side.weekdays if side.weekdays is not None else frozenset(range(1, 8))
    return weeks * len(wanted) + sum((side.since + timedelta(days=at)).isoweekday() in wanted for at in range(rest))


def share_of_days(asked: Asked) -> float:
    """The later side's share of the days of both."""
    before, after = days_of(asked.before), days_of(asked.after)
    return after / (before + after)
