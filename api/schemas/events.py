"""What is told of events, by every way: to screens, to who polls, to webhooks."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from wangge.api.schemas.common import Link
from wangge.api.schemas.forms import MARK
from wangge.reports.policy.policy import Urgency

__all__ = ["CaseChange", "CaseChanges", "CaseEvent", "GoneEvent"]

Marked = Annotated[str, StringConstraints(pattern=MARK)]


class CaseEvent(BaseModel):
    """What happened to a case, and how it stands: no words of people, nothing about who reported."""

    number: str
    move: str = Field(description="What happened")
    state: str = Field(description="What the case was then")
    version: int | None = Field(description="Of the case then; by it one tells what one has already")
    at: datetime
    cell: str = Field(description="Code of its base grid; this and what follows as the case stands at the telling")
    category: str
    urgency: Urgency
    due_at: datetime | None
    nearly_due: bool
    overdue: bool


class GoneEvent(BaseModel):
    """A case has left one's cells."""

    number: str


class CaseChange(BaseModel):
    """An event; its `id` is its place in the feed, for good, the same by every way."""

    id: Marked
    event: Literal["case", "gone"]
    data: CaseEvent | GoneEvent


class CaseChanges(BaseModel):
    """Some events in the order in which they were committed."""

    changes: list[CaseChange]
    after: Marked = Field(
        description="To be asked with the next time: all up to there was told, or is not for the asker"
    )
    more: bool = Field(description="There may be more already; a page without changes may have it, too")
    links: list[Link]
