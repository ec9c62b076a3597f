"""The shapes of what the API takes and gives about joint meetings."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from wangge.api.schemas.common import Id, Moment, Short
from wangge.api.schemas.duty import Code, Line
from wangge.api.schemas.forms import NO_NUL

__all__ = ["DecisionBody", "Meeting", "MeetingBody", "MeetingPut", "Meetings", "Member", "MemberPut", "Members"]

Number = Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=64)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class MemberPut(_Body):
    name: Short
    employer: Short
    phone: Line | None = None
    active: StrictBool = True


class Member(BaseModel):
    number: str
    name: str
    employer: str
    phone: str | None
    active: bool


class Members(BaseModel):
    members: list[Member]


class MeetingBody(_Body):
    """A meeting as it is called."""

    held_at: Moment
    place: Short
    topic: Short
    members: list[Code] = Field(default_factory=list, max_length=1000, description="Numbers of members")
    cases: list[Number] = Field(default_factory=list, max_length=500, description="Case numbers, in their order")


class MeetingPut(MeetingBody):
    status: Literal["planned", "held", "cancelled"]


class DecisionBody(_Body):
    """What was decided about a case, and the one party that has a task by it: an organisation or a desk."""

    number: Number = Field(description="Case number, on the meeting's agenda")
    text: Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=4000)]
    organisation: Code | None = Field(None, description="Code of an organisation")
    desk: Id | None = Field(None, description="Id of a desk")
    due_at: Moment | None = None


class MeetingRef(BaseModel):
    id: int
    held_at: datetime
    place: str
    topic: str
    status: str
    actor: str
    version: int


class MeetingEntry(MeetingRef):
    cases: int
    decisions: int


class Meetings(BaseModel):
    meetings: list[MeetingEntry]


class MemberRef(BaseModel):
    number: str
    name: str
    employer: str


class CaseRef(BaseModel):
    number: str
    state: str
    category: str


class Decision(BaseModel):
    id: int
    number: str
    text: str
    actor: str
    at: datetime
    task: int = Field(description="Id of the task that the party has by it")
    organisation: str | None
    desk: int | None
    needed: bool
    due_at: datetime | None
    state: str = Field(description="Where the task stands")
    reported_at: datetime | None


class Meeting(MeetingRef):
    members: list[MemberRef]
    cases: list[CaseRef]
    decisions: list[Decision]
