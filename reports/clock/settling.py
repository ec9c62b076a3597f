"""What the sweep does to rows, done to a case that is held in memory. Pure."""

from datetime import datetime

from wangge.reports.case.case import Case, Event
from wangge.reports.case.setting import Setting
from wangge.reports.clock.alarms import Watched, above, ring

__all__ = ["ACTOR", "settle"]

ACTOR = "wangge"
"""Whoever makes the moves of the clock."""


def settle(case: Case, setting: Setting, now: datetime) -> None:
    """Let what is due at a moment become of a case, with its events: what `sweep` would store of it then."""
    desks = setting.directory.desks
    watched = Watched(
        case.id,
        case.received_at,
        case.territory,
        case.state,
        case.category,
        case.urgency,
        case.step,
        case.due_at,
        case.nearly_due,
        case.overdue,
        case.desk,
        case.level,
        case.level_since,
        0,  # the ladder of cells is at hand
        case.version,
        case.alarm_at,
    )
    outcome = ring(watched, setting.policy, now, above(setting.ladder(case), case.level, desks))
    for move, facts in outcome.events():
        case.version += 1
        case.events.append(Event(move, case.state, now, ACTOR, None, None, facts, case.version))
    case.nearly_due, case.overdue = case.nearly_due or outcome.warned, case.overdue or outcome.expired
    if outcome.risen:
        case.desk, case.level, case.level_since = outcome.risen.id, outcome.risen.level, now
    case.alarm_at = outcome.alarm_at
