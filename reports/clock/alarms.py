"""What becomes of a case by itself when its time has come: nearly due, overdue, risen to the level above. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from wangge.duty.routing import Place
from wangge.reports.case.opening import manned, place_above
from wangge.reports.policy.policy import RISING, Policy, Step, Urgency

__all__ = ["Desk", "Outcome", "Watched", "above", "next_alarm", "ring"]


class Watched(NamedTuple):
    """What the clock looks at in a case."""

    id: int
    received_at: datetime
    territory: str
    state: str
    category: str
    urgency: str
    step: str | None
    due_at: datetime | None
    nearly_due: bool
    overdue: bool
    desk: int | None
    level: str | None
    level_since: datetime | None
    cell_id: int
    version: int
    alarm_at: datetime | None


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk with the key of its level, None for the centre."""

    id: int
    level: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case, and when the clock looks at it next. `risen` is the desk that has it now."""

    case: Watched
    warned: bool
    expired: bool
    risen: Desk | None
    alarm_at: datetime | None

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The moves that the service made, in order, each with its facts."""
        case = self.case
        facts = {"step": case.step, "due_at": case.due_at}
        if self.warned:
            yield "warn", facts
        if self.expired:
            yield "expire", facts
        if self.risen:
            desks = {"from_desk": case.desk, "desk": self.risen.id, "level": self.risen.level}
            yield "escalate", facts | desks | {"by": "clock"}


def ring(case: Watched, policy: Policy, now: datetime, higher: Desk | None) -> Outcome:
    """What becomes of a case at a moment. Its next alarm lies after it.

    Parameters
    ----------
    higher : the desk above the one that has the case; None where there is none, and it stays where it is for good.
    """
    warned, expired = _passed(case, policy, now)
    rises = policy.rises_at(case.level, case.level_since) if case.step in RISING else None
    called = rises is not None and rises <= now
    level, since = case.level, case.level_since
    if called:
        level, since = (higher.level, now) if higher else (None, None)
    later = case._replace(
        nearly_due=case.nearly_due or warned, overdue=case.overdue or expired, level=level, level_since=since
    )
    return Outcome(case, warned, expired, higher if called else None, next_alarm(later, policy))


def next_alarm(case: Watched, policy: Policy) -> datetime | None:
    """When the clock must look at a case next."""
    return policy.alarm_at(
        Step(case.step) if case.step else None,
        case.category,
        Urgency(case.urgency),
        due=case.due_at,
        level=case.level,
        level_since=case.level_since,
        nearly_due=case.nearly_due,
        overdue=case.overdue,
    )


def _passed(case: Watched, policy: Policy, now: datetime) -> tuple[bool, bool]:
    """Whether the warning, and whether the deadline, has passed without being marked; the later one says it all."""
    if case.step is None or case.due_at is None or case.overdue:
        return False, False
    if case.due_at <= now:
        return False, True
    warning = policy.warn_at(Step(case.step), case.category, Urgency(case.urgency), case.due_at)
    return not case.nearly_due and warning is not None and warning <= now, False


def above(cells: Sequence[Place], level: str | None, desks: Mapping[Place | None, int]) -> Desk | None:
    """The nearest desk above a level: of the cells that the case lies in, from below upwards, then the centre's.

    None at the centre, and where nobody is above.

    Parameters
    ----------
    cells : (level key, code) from the top down to the base grid.
    level : key of the level that has the case; None for the centre.
    desks : id of the active desk of each cell; None in place of the cell for the centre.
    """
    if level is None:
        return None
    place = manned(cells, place_above(cells, level), desks)
    return Desk(desks[place], place[0] if place else None) if place in desks else None
