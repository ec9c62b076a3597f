"""What is told of notices, and to whom they go."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict

from wangge.api.schemas.common import Link
from wangge.api.schemas.forms import PUSH_AUTH, PUSH_KEY
from wangge.data.languages import Language
from wangge.outgoing.notices.kinds import Kind
from wangge.outgoing.notices.records import State

__all__ = ["Notices", "OwnNotices", "OwnNoticesBody", "OwnPush", "OwnPushBody"]


class NoticeNews(BaseModel):
    """One thing that a message tells; the number is null where it is of no single case."""

    kind: Kind
    number: str | None


class NoticeInfo(BaseModel):
    """A message, and what became of it."""

    id: int
    channel: str = Field(description="`email`, `gateway` or `push`")
    recipient: str = Field(description="The ends of the address alone; of a browser its number")
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
    ways: list[Literal["email", "gateway", "push"]] = Field(
        description="By which notices go; none of them, and nothing goes"
    )
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


class OwnPushBody(BaseModel):
    """A browser's subscription to its push service, as `PushSubscription` has it."""

    model_config = ConfigDict(extra="forbid")

    endpoint: Annotated[str, Field(max_length=2000, description="Of the push service; https")]
    key: Annotated[str, Field(pattern=PUSH_KEY, description="`p256dh`, base64url")]
    auth: Annotated[str, Field(pattern=PUSH_AUTH, description="`auth`, base64url")]


class OwnPush(BaseModel):
    """Whether this browser is told what waits for who is signed in."""

    on: Annotated[bool, Strict()]
    key: str | None = Field(description="What it subscribes with (VAPID, base64url); null where nothing is pushed")
