"""By when: limits, working time, what happens when a limit passes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

__all__ = ["Calendar", "Limit", "Policy", "Step", "Urgency"]


class Step(StrEnum):
    """A stretch of a case's life that has a limit of its own."""

    REGISTER = "register"  # received to registered
    DISPATCH = "dispatch"  # registered to dispatched
    HANDLE = "handle"  # dispatched to reported back: the clock of handling
    VERIFY = "verify"  # reported back to verified
    CLOSE = "close"  # verified to closed, with the answer to the reporter


class Urgency(StrEnum):
    """How pressing a case is."""

    NORMAL = "normal"
    URGENT = "urgent"


class Calendar(Protocol):
    """Working time of a territory; times are aware and come back in UTC."""

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The moment at which `amount` of working time has passed since `start`."""

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
