"""Folds the events of a case into where it stands: what its row says must come out of its history. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, NamedTuple

from wangge.reports.case.lifecycle import State, TaskState, is_returned
from wangge.reports.case.table import MOVES

__all__ = ["Happened", "Replayed", "ReplayedTask", "differences", "replay"]

# What a case has from its report, of which no event may tell.
_UNTOLD: Mapping[str, str | None] = {"category": None, "cell": None, "edition": None, "asset": ""}
_CLOSED = frozenset({State.CLOSED, State.CONFIRMED})
# After them, what was asked for is another extension, or none.
_ANSWERS_ASKING = ("ask-extension", "grant-extension", "refuse-extension", "return", "report-back")


class Happened(NamedTuple):
    """One event as it is stored; times among the facts are ISO 8601 texts."""

    move: str
    state: str
    at: datetime
    version: int | None
    facts: Mapping[str, Any]


@dataclass(slots=True)
class ReplayedTask:
    """A task as the events tell of it."""

    state: TaskState
    needed: bool
    due_at: datetime | None
    asked_until: datetime | None = None


@dataclass(slots=True)
class Replayed:
    """A case as its events tell of it. `told` names what they say nothing of, for what came before there were cases."""

    state: State = State.RECEIVED
    version: int = 1
    category: str | None = None
    urgency: str = "normal"
    asset: str | None = ""
    cell: str | None = None
    edition: str | None = None
    desk: int | None = None
    level: str | None = None
    level_since: datetime | None = None
    step: str | None = None
    due_at: datetime | None = None
    nearly_due: bool = False
    overdue: bool = False
    returned: bool = False
    parked_at: datetime | None = None
    resumes: State | None = None
    closed_at: datetime | None = None
    merged_into: str | None = None
    parent: str | None = None
    tasks: dict[int, ReplayedTask] = field(default_factory=dict)


def replay(events: Iterable[Happened]) -> Replayed:
    """A case from its events, given in their order."""
    case = Replayed()
    for event in events:
        _follow(case, event)
    return case


def differences(case: Replayed, row: Mapping[str, Any]) -> list[str]:
    """Names of what a row says otherwise than the events; what they do not tell (`_UNTOLD`) is not compared."""
    wrong = []
    for name in (one.name for one in fields(Replayed)):
        told, stands = getattr(case, name), row[name]
        if told != stands and not (name in _UNTOLD and told == _UNTOLD[name]):
            wrong.append(name)
    return wrong


def _follow(case: Replayed, event: Happened) -> None:
    facts, state = event.facts, State(event.state)
    _follow_clock(case, event, state)
    if "level_since" in facts:
        case.level_since = _time(facts["level_since"])
    if state is State.PARKED:
        if case.state is not State.PARKED:
            case.parked_at, case.resumes = event.at, case.state
    else:
        case.parked_at = case.resumes = None
    if (state in _CLOSED) is not (case.state in _CLOSED):
        case.closed_at = event.at if state in _CLOSED else None
    case.state, case.version = state, event.version or case.version
    case.returned = is_returned(MOVES[event.move], state, before=case.returned)
    for name in ("category", "urgency", "asset", "cell", "edition", "parent"):
        if name in facts:
            setattr(case, name, facts[name])
    if "into" in facts:
        case.merged_into = facts["into"]
    if "desk" in facts:
        case.desk, case.level, case.level_since = facts["desk"], facts["level"], event.at
    _follow_tasks(case, event)


def _follow_clock(case: Replayed, event: Happened, state: State) -> None:
    """What runs, and until when. A parked case keeps what it had, and whatever begins anew is not overdue yet."""
    facts = event.facts
    if "step" in facts and state is not State.PARKED:
        clock = facts["step"], _time(facts["due_at"])
        if clock != (case.step, case.due_at) and event.move != "resume":
            case.nearly_due = case.overdue = False
        case.step, case.due_at = clock
    case.nearly_due |= event.move == "warn"
    case.overdue |= event.move == "expire"


def _follow_tasks(case: Replayed, event: Happened) -> None:
    move, facts = MOVES[event.move], event.facts
    for task in case.tasks.values():
        if task.state in move.cancels:
            task.state = TaskState.CANCELLED
    about = case.tasks.get(facts.get("task", 0))
    if about is not None:
        about.state = move.becomes or about.state
        about.due_at = _time(facts["extended_to"]) if "extended_to" in facts else about.due_at
        if move.name in _ANSWERS_ASKING:
            about.asked_until = _time(facts.get("until"))
    for told in facts.get("parties", ()):
        due_at = _time(told["due_at"])
        known = case.tasks.get(told["task"])
        if known is None:
            case.tasks[told["task"]] = ReplayedTask(TaskState.DISPATCHED, told["needed"], due_at)
        else:
            known.due_at, known.state = due_at, move.becomes or known.state


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
