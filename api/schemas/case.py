"""The shapes of a case's life in requests and answers: its moves, its tasks, its history."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SkipValidation, Strict, StrictBool, StringConstraints

from wangge.access.roles import Role
from wangge.api.schemas.assets import AssetNumber
from wangge.api.schemas.common import Id, Lat, Link, Lon, Moment, Short, Text
from wangge.api.schemas.forms import NO_NUL
from wangge.api.schemas.grids import CandidateShare
from wangge.api.schemas.photos import CasePhoto
from wangge.api.schemas.reports import Assignment, ListedReport, PhotoIds, Report
from wangge.geo.datum import Datum
from wangge.reports.case.lifecycle import Kind, Standing, State, TaskState
from wangge.reports.case.table import MOVES
from wangge.reports.policy.policy import Step, Urgency

__all__ = ["MOVE_NAMES", "BulkMove", "BulkMovesAnswer", "BulkMovesBody", "CaseDetail", "MoveBody", "Moved", "Queue"]

MOVE_NAMES = [name for name, move in MOVES.items() if move.standing is not Standing.SERVICE]
"""The moves that somebody may make."""


Score = Annotated[int, Strict(), Field(ge=1, le=5, description="How content the reporter is; 5 is the best")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class PartyBody(_Body):
    """Somebody who gets a task: an organisation or a desk, by its id."""

    organisation: Id | None = None
    desk: Id | None = None
    needed: StrictBool = Field(True, description="The case is handled once all needed parties have reported back")
    due_at: Moment | None = Field(None, description="By when; by the territory's limits, when left out")


class PointBody(_Body):
    lon: Lon
    lat: Lat
    datum: Datum = Datum.WGS84


class MoveBody(_Body):
    """A move of a case. Which of the rest it needs, the case says with each move that is open."""

    move: Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(MOVE_NAMES)})]
    note: Text | None = None
    reason: Short | None = None
    evidence: Annotated[list[Short], Field(max_length=20)] = []
    photos: PhotoIds = []
    parties: Annotated[list[PartyBody], Field(max_length=16)] = Field([], description="By the rules, when left out")
    task: Id | None = None
    desk: Id | None = None
    until: Moment | None = None
    into: Short | None = Field(None, description="Number of the case that this one doubles")
    point: PointBody | None = None
    category: Short | None = None
    urgency: Urgency | None = None
    asset: AssetNumber | None = Field(None, description="Number of the asset that it is about; none, when left out")
    description: Text | None = None
    satisfied: StrictBool | None = None
    score: Score | None = None
    same_parties: StrictBool = False


class BulkMove(MoveBody):
    """One of several moves: of which case, and under which version of it."""

    number: Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=64)]
    version: Annotated[int, Strict(), Field(ge=1, lt=2**31)] | Literal["*"] = Field(
        description="Of the case as it was read; `*` for whichever is there"
    )


class BulkMovesBody(_Body):
    """Moves that are made one after the other, each by itself."""

    # Each is answered by itself, also one that is wrong: an entry may be anything.
    moves: Annotated[list[SkipValidation[BulkMove | Any]], Field(min_length=1, max_length=100)]


class NeedInfo(BaseModel):
    name: str
    kind: Kind
    required: bool
    least: int = Field(description="Of photos: how many at least")


class OpenMove(BaseModel):
    """A move that is open to the asker, and what it needs."""

    move: str
    title: str
    needs: list[NeedInfo]
    tasks: list[int] = Field(description="Ids of the tasks that the asker may make it for")


class Party(BaseModel):
    level: str | None
    code: str
    name: dict[str, str]


class TaskInfo(BaseModel):
    """The part of one party in a case."""

    id: int
    organisation: int | None
    desk: int | None
    party: Party
    state: TaskState
    needed: bool
    dispatched_at: datetime
    accepted_at: datetime | None
    due_at: datetime | None
    overdue: bool = Field(description="Still to be reported back after its deadline, or was reported back after it")
    asked_until: datetime | None
    reported_at: datetime | None
    handler: str | None
    note: str | None
    evidence: list[str]


class Event(BaseModel):
    """What happened, and who did it. `facts` are what the case became by it."""

    move: str
    title: str
    state: State
    at: datetime
    actor: str
    actor_name: str | None = Field(description="What people call the actor; null for the service and for keys")
    actor_role: Role | None
    actor_place: dict[str, str] | None = Field(description="The desk or the organisation for which the actor acted")
    note: str | None
    facts: dict[str, Any]
    version: int | None


class Holder(BaseModel):
    """The desk that has a case; level and code are null and empty at the command centre."""

    desk: int
    level: str | None
    code: str
    since: datetime | None


class PartyInfo(BaseModel):
    """Somebody who may be given a task: an organisation or a desk."""

    organisation: int | None
    desk: int | None
    level: str | None
    code: str
    name: dict[str, str]
    routed: bool = Field(description="The routing rules would give the case to it now")


class AnswerInfo(BaseModel):
    """An answer, with what was asked; a choice's has the name of the value too."""

    code: str
    name: dict[str, str]
    value: str | float
    value_name: dict[str, str] | None


class CaseDetail(Report):
    """A case with its history, its tasks and the moves that are open to the asker."""

    state_title: str
    holder: Holder | None
    parked_at: datetime | None
    merged_into: str | None
    parent: str | None
    moves: list[OpenMove]
    tasks: list[TaskInfo]
    events: list[Event]
    parties: list[PartyInfo] = Field(description="Who may be given a task here; empty for whoever makes no moves")
    photos: list[CasePhoto] = Field(description="In the order in which they came")
    supports: int = Field(description="How many others said that they have the same matter")
    answers: list[AnswerInfo] = Field(description="To the questions of the category that it was filed under")
    candidates: list[CandidateShare] = Field(description="Base grids that the error circle touches, where several")
    assignments: list[Assignment] = Field(description="Earlier base grids, the first one first; empty as a rule")


class Moved(BaseModel):
    """A case after a move, and what is open to the asker now."""

    number: str
    state: State
    state_title: str
    version: int
    step: Step | None
    due_at: datetime | None
    holder: Holder | None
    parked_at: datetime | None
    merged_into: str | None
    parent: str | None
    moves: list[OpenMove]
    links: list[Link]


class BulkMoved(BaseModel):
    """What became of one of several moves: the case as it stands then, or why it was refused."""

    number: str | None
    status: int
    case: Moved | None = None
    problem: dict[str, Any] | None = None


class BulkMovesAnswer(BaseModel):
    """What became of each move, in the order of the moves."""

    results: list[BulkMoved]


class Queue(BaseModel):
    """What lies on a desk: overdue first, then by deadline, then what has none."""

    desk: int
    reports: list[ListedReport]
    links: list[Link]
