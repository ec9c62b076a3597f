"""A case in memory: what stands in its row, the tasks of its parties, and the events that are to be appended. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from wangge.duty.routing import Circle, Place, Point
from wangge.reports.case.lifecycle import LIVE, STEPS, State, TaskState
from wangge.reports.number import format_number
from wangge.reports.policy.policy import Step, Urgency

__all__ = ["Arguments", "Case", "Event", "Key", "PartyAsked", "Spot", "Task"]

Key = tuple[int, datetime]
"""What a report is kept under: its id and when it was received."""


@dataclass(frozen=True, slots=True)
class PartyAsked:
    """Somebody who is to get a task: an organisation or a desk, by id."""

    organisation: int | None = None
    desk: int | None = None
    needed: bool = True
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where a case belongs: its WGS-84 point, base grid and the edition that it was found in."""

    lon: float
    lat: float
    cell_id: int
    edition_id: int
    edition: str
    cells: tuple[Place, ...]
    on_edge: bool = False
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Arguments:
    """What comes with a move; which of it a move needs stands in the table of moves.

    Attributes
    ----------
    into : number of the case that this one doubles; `original` is that case, once it is found.
    point : lon and lat of where the case really is, WGS-84; `spot` is what the grid says of it.
    asset : number of what the case is about, as it is kept.
    score : of how content the reporter is, 1 to 5.
    """

    note: str | None = None
    reason: str | None = None
    evidence: tuple[str, ...] = ()
    photos: tuple[UUID, ...] = ()
    parties: tuple[PartyAsked, ...] = ()
    task: int | None = None
    desk: int | None = None
    until: datetime | None = None
    into: str | None = None
    original: "Case | None" = None
    point: tuple[float, float] | None = None
    spot: Spot | None = None
    category: str | None = None
    urgency: Urgency | None = None
    asset: str | None = None
    description: str | None = None
    satisfied: bool | None = None
    score: int | None = None
    same_parties: bool = False

    def given(self, need: str) -> bool:
        """Whether something was given for a need."""
        return getattr(self, need) not in (None, "", ())


@dataclass(slots=True, eq=False)
class Task:
    """The part of one party in a case; `id` is None until it is stored. `handler` is who acted for the party last."""

    organisation: int | None
    desk: int | None
    needed: bool
    dispatched_at: datetime
    due_at: datetime | None
    id: int | None = None
    state: TaskState = TaskState.DISPATCHED
    accepted_at: datetime | None = None
    asked_until: datetime | None = None
    reported_at: datetime | None = None
    handler: str | None = None
    note: str | None = None
    evidence: list[str] = field(default_factory=list)
    version: int = 1

    @property
    def party(self) -> dict[str, int | None]:
        """Whose task it is, as events tell it."""
        return {"desk": self.desk} if self.organisation is None else {"organisation": self.organisation}


@dataclass(slots=True)
class Event:
    """What happened to a case. A task among the facts stands for its id, which it may get only when it is stored."""

    move: str
    state: State
    at: datetime
    actor: str
    account: int | None
    note: str | None
    facts: Mapping[str, Any]
    version: int


@dataclass(slots=True, eq=False)
class Case:
    """A case as its row says, with the tasks of its parties.

    Attributes
    ----------
    cells : (level key, code) from the top down to its base grid, in the edition that it was assigned under.
    point : lon and lat of its position, WGS-84.
    circle : lon, lat and radius in metres of the position's error circle, where it reaches into another base grid.
    photos : how many it had when it was read.
    events : what has happened since it was read.
    relocations : where it was found to belong since, and when.
    children : cases that were split off it since, each with its description.
    """

    id: int
    received_at: datetime
    territory: str
    state: State
    version: int
    category: str
    urgency: Urgency
    edition: str
    cells: tuple[Place, ...]
    desk: int | None = None
    level: str | None = None
    level_since: datetime | None = None
    step: Step | None = None
    due_at: datetime | None = None
    alarm_at: datetime | None = None
    nearly_due: bool = False
    overdue: bool = False
    returned: bool = False
    parked_at: datetime | None = None
    resumes: State | None = None
    closed_at: datetime | None = None
    merged_into: Key | None = None
    parent: Key | None = None
    asset: str | None = None
    point: Point | None = None
    circle: Circle | None = None
    photos: int = 0
    tasks: list[Task] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    relocations: list[tuple[datetime, Spot]] = field(default_factory=list)
    children: list[tuple["Case", str]] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """What the case is kept under."""
        return self.id, self.received_at

    @property
    def number(self) -> str:
        """The case number."""
        return format_number(self.received_at, self.id)

    @property
    def cell(self) -> str:
        """Code of the base grid."""
        return self.cells[-1][1]

    @property
    def in_step(self) -> Step | None:
        """The step that belongs to where the case stands; of a parked one, the step that it goes on with."""
        return STEPS.get(self.resumes or self.state)

    @property
    def running(self) -> dict[str, Any]:
        """The step and its deadline as events tell them; while a case is parked, no deadline runs."""
        return {"step": self.step, "due_at": None if self.state is State.PARKED else self.due_at}

    def with_state(self, states: Iterable[TaskState]) -> list[Task]:
        """The tasks that are in one of some states."""
        wanted = frozenset(states)
        return [task for task in self.tasks if task.state in wanted]

    def handlers(self) -> frozenset[str]:
        """Who has acted for a party, as far as it still counts."""
        counting = [task for task in self.tasks if task.state is not TaskState.CANCELLED]
        return frozenset(task.handler for task in counting if task.handler is not None)

    def live(self) -> list[Task]:
        """The tasks that somebody still has to do something for."""
        return self.with_state(LIVE)
