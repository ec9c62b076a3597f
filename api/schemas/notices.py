"""What is told of notices, and to whom they go."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict

from wangge.api.schemas.access import Email
from wangge.api.schemas.common import Link, Short
from wangge.api.schemas.forms import PUSH_AUTH, PUSH_KEY
from wangge.data.languages import Language
from wangge.outgoing.notices.kinds import Kind
from wangge.outgoing.notices.records import State

__all__ = [
    "AreaSubscription",
    "AreaSubscriptionBody",
    "Notices",
    "OwnNotices",
    "OwnNoticesBody",
    "OwnPush",
    "OwnPushBody",
]


class NoticeNews(BaseModel):
    """One thing that a message tells; the number is null where it is of no single case."""

    kind: Kind
    number: str | None


class NoticeInfo(BaseModel):
    """A message, and what became of it."""

    id: int
    channel: str = Field(
        description="`email`, `gateway`, `wechat`, `push`, or `area`: e-mail to who asked to hear of one"
    )
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
    ways: list[Literal["email", "gateway", "wechat", "push"]] = Field(
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


class AreaSubscriptionBody(BaseModel):
    """Who wants to hear of which part of a territory: a cell, a circle, or without either all of it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

    email: Email
    cell: Short | None = Field(None, description="Only in this cell, by its code")
    level: Short | None = Field(None, description="Level of that cell, where a code stands on several")
    circle: Short | None = Field(None, description="Only within: lon,lat,metres; WGS-84")
    categories: Annotated[
        list[Short], Field(max_length=100, description="Only these, of those that are told exactly; none: all of them")
    ] = []


class AreaSubscription(BaseModel):
    """A subscription, as whoever has the link of its messages sees it; the address is not told."""

    territory: str
    area: str = Field(description="What the area is called")
    categories: list[str] = Field(description="Names of the chosen categories; none: all of them")
    confirmed: bool
