"""What is told of notices, and to whom they go."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict

from wangge.api.schemas.common import Link
from wangge.data.languages import Language
from wangge.outgoing.notices.kinds import Kind
from wangge.outgoing.notices.records import State

__all__ = ["Notices", "OwnNotices", "OwnNoticesBody"]


class NoticeNews(BaseModel):
    """One thing that a message tells; the number is null where it is of no single case."""

    kind: Kind
    number: str | None


class NoticeInfo(BaseModel):
    """A message, and what became of it."""

    id: int
    channel: str = Field(description="`email` or `gateway`")
    recipient: str = Field(description="The ends of the address alone")
    language: str
    staff: bool = Field(description="To a member of staff, not to a reporter")
    state: State
    attempts: int
    due_at: datetime
    created_at: datetime
    done_at: datetime | None
    error: str | None = Field(description="What the last try was answered")
    news: list[NoticeNews]


class Notices(BaseModel):
    notices: list[NoticeInfo]
    links: list[Link]


class OwnNoticesBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    on: Annotated[bool, Strict()]


class OwnNotices(BaseModel):
    """Whether notices come to one's own address."""

    on: Annotated[bool, Strict()]
    email: str | None = Field(description="The address of the account; without one nothing comes")
    language: Language | None = Field(description="The language in which they come; that in which they were asked for")
