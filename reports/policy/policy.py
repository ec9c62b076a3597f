"""By when: limits, working time, what happens when a limit passes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

__all__ = ["RISING", "Calendar", "Limit", "Policy", "Step", "Urgency"]


class Step(StrEnum):
    """A stretch of a case's life that has a limit of its own."""

    REGISTER = "register"  # received to registered
    DISPATCH = "dispatch"  # registered to dispatched
    HANDLE = "handle"  # dispatched to reported back: the clock of handling
    VERIFY = "verify"  # reported back to verified
    CLOSE = "close"  # verified to closed, with the answer to the reporter


RISING = frozenset({Step.REGISTER, Step.DISPATCH, Step.HANDLE})
"""Steps in which a case rises when its level takes too long; from the report back on, the matter itself is solved."""


class Urgency(StrEnum):
    """How pressing a case is."""

    NORMAL = "normal"
    URGENT = "urgent"


class Calendar(Protocol):
    """Working time of a territory; times are aware and come back in UTC."""

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The moment at which `amount` of working time has passed since `start`; before it for an amount below zero."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end`, zero when there is none."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A span of time, of the clock on the wall or of working hours."""

    amount: timedelta
    working: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits of a territory.

    Attributes
    ----------
    limits : by (category, step, urgency); None in place of a category or an urgency stands for every other.
    levels : by key of the level, how long a level may take before a case rises to the one above.
    warn : share of a limit that has passed when a case is nearly due.
    reopen_days : how long after its closing a case may be reopened by the reporter.
    """

    calendar: Calendar
    limits: Mapping[tuple[str | None, Step, Urgency | None], Limit] = field(default_factory=dict)
    levels: Mapping[str, Limit] = field(default_factory=dict)
    warn: float = 0.8
    reopen_days: int = 7

    def limit(self, step: Step, category: str, urgency: Urgency) -> Limit | None:
        """The most specific limit of a step, or None where it has none.

        One of the category goes before one of the urgency alone, and one of both before either.
        """
        for key in ((category, step, urgency), (category, step, None), (None, step, urgency), (None, step, None)):
            if key in self.limits:
                return self.limits[key]
        return None

    def due(self, step: Step, category: str, urgency: Urgency, start: datetime) -> datetime | None:
        """When a step that begins at `start` has to be ended; None where it has no limit."""
        limit = self.limit(step, category, urgency)
        return None if limit is None else self._after(start, limit)

    def warn_at(self, step: Step, category: str, urgency: Urgency, due: datetime) -> datetime | None:
        """When a step that is due at `due` becomes nearly due; None where it has no limit.

        Counted back from `due`, so that it keeps its distance when the deadline was extended.
        """
        limit = self.limit(step, category, urgency)
        return None if limit is None else self._after(due, Limit(-limit.amount * (1 - self.warn), limit.working))

    def resumed(
        self, step: Step, category: str, urgency: Urgency, due: datetime, parked_at: datetime, now: datetime
    ) -> datetime:
        """The deadline of a case that was parked, with as much time left as there was; what had passed stays passed."""
        if due <= parked_at:
            return due
        limit = self.limit(step, category, urgency)
        if limit is None or not limit.working:
            return due + (now - parked_at)
        return self.calendar.add(now, self.calendar.between(parked_at, due))

    def rises_at(self, level: str | None, since: datetime | None) -> datetime | None:
        """When a case that a level has had since then rises to the one above; None at the centre or without a limit."""
        limit = self.levels.get(level) if level is not None else None
        return None if limit is None or since is None else self._after(since, limit)

    def held_since(self, level: str | None, since: datetime, parked_at: datetime, now: datetime) -> datetime:
        """Since when a level counts as having a case that was parked: as long before `now` as it had it when parked."""
        limit = self.levels.get(level) if level is not None else None
        if limit is None or not limit.working:
            return since + (now - parked_at)
        return self.calendar.add(now, -self.calendar.between(since, parked_at))

    def alarm_at(
        self,
        step: Step | None,
        category: str,
        urgency: Urgency,
        *,
        due: datetime | None,
        level: str | None,
        level_since: datetime | None,
        nearly_due: bool = False,
        overdue: bool = False,
    ) -> datetime | None:
        """The next moment at which something becomes of a case by itself: nearly due, overdue, or risen.

        None when nothing will. A step that has ended or a case that is parked has no alarm: `step` None says so.

        Parameters
        ----------
        due : deadline of the running step, None without one.
        level, level_since : key of the level whose desk has the case, and since when; None for the centre.
        nearly_due, overdue : what the case is marked as already.
        """
        if step is None:
            return None
        moments = []
        if due is not None and not overdue:
            moments.append(due)
            if not nearly_due and (warning := self.warn_at(step, category, urgency, due)) is not None:
                moments.append(warning)
        if step in RISING and (rises := self.rises_at(level, level_since)) is not None:
            moments.append(rises)
        return min(moments, default=None)

    def _after(self, start: datetime, limit: Limit) -> datetime:
        return self.calendar.add(start, limit.amount) if limit.working else start + limit.amount
