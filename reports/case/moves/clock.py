"""The clock of a case in memory: what runs, until when, and when it must be looked at next. Pure."""

from collections.abc import Iterable
from datetime import datetime

from wangge.reports.case.case import Case, Task
from wangge.reports.case.lifecycle import LIVE, RUNNING, Move, TaskState
from wangge.reports.policy.policy import Policy, Step

__all__ = ["COUNTING", "follow", "follow_tasks", "resume", "set_alarm", "start"]


COUNTING = LIVE | {TaskState.REPORTED}
"""States of a task by whose deadline handling is due. One that has been reported back counts on: should the case be
parked, its deadline moves with the others', and what had passed stays passed."""


def follow(case: Case, move: Move, was: Step | None, policy: Policy, now: datetime) -> dict[str, bool]:
    """Let end and start what the table says, after a move that has led a case to where it stands now.

    Gives what the event tells of it: whether the step that the move ended was in time, if it had a limit.

    Parameters
    ----------
    was : the step that the case was in before the move.
    """
    ended = was is not None and was is move.ends and case.state in move.ending
    told = {"in_time": now <= case.due_at} if ended and case.due_at is not None else {}
    if case.in_step is not was:
        start(case, policy, now)
    return told


def start(case: Case, policy: Policy, now: datetime) -> None:
    """Let the step of where a case stands begin, with its deadline; at its end, let none run any more."""
    step = case.step = case.in_step
    if step is None:
        _set_due(case, None)
    elif step is Step.HANDLE:
        _set_due(case, _latest(case.tasks))
    else:
        _set_due(case, policy.due(step, case.category, case.urgency, now))


def follow_tasks(case: Case) -> None:
    """Handling, while it goes on, is due when the last of the needed tasks is."""
    if case.step is case.in_step is Step.HANDLE and (due := _latest(case.tasks)) != case.due_at:
        _set_due(case, due)


def _set_due(case: Case, due_at: datetime | None) -> None:
    """Give the running step another deadline, which nobody has been warned of."""
    case.due_at = due_at
    case.nearly_due = case.overdue = False


def _latest(tasks: Iterable[Task]) -> datetime | None:
    """When the last of the needed tasks is due."""
    counting = [task for task in tasks if task.needed and task.state in COUNTING]
    return max((task.due_at for task in counting if task.due_at is not None), default=None)


def resume(case: Case, policy: Policy, now: datetime) -> None:
    """Give a parked case back what it had left: of its step, of each task, and of its time at this level."""
    parked_at = case.parked_at
    if parked_at is None:
        return
    if case.step is not None and case.due_at is not None:
        case.due_at = policy.resumed(case.step, case.category, case.urgency, case.due_at, parked_at, now)
    for task in case.with_state(COUNTING):
        if task.due_at is not None:
            task.due_at = policy.resumed(Step.HANDLE, case.category, case.urgency, task.due_at, parked_at, now)
            task.version += 1
    if case.level_since is not None:
        held = min(case.level_since, parked_at)  # handed on while it was parked, it has its level's full time
        case.level_since = policy.held_since(case.level, held, parked_at, now)


def set_alarm(case: Case, policy: Policy) -> None:
    """Say when the clock must look at the case next; never while it is parked or at its end."""
    case.alarm_at = None
    if case.state in RUNNING:
        case.alarm_at = policy.alarm_at(
            case.step,
            case.category,
            case.urgency,
            due=case.due_at,
            level=case.level,
            level_since=case.level_since,
            nearly_due=case.nearly_due,
            overdue=case.overdue,
        )
