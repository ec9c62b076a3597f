"""What webhooks are asked for with, and told of."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wangge.api.schemas.common import Link, Short
from wangge.api.schemas.forms import KEY_NAME, MARK, NO_NUL

__all__ = ["Deliveries", "NewWebhook", "ReplayBody", "WebhookBody", "WebhookInfo", "WebhookSecret", "Webhooks"]


class WebhookBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(pattern=KEY_NAME, max_length=60)]
    url: Annotated[str, StringConstraints(pattern=NO_NUL, max_length=2000)] = Field(description="Of https")
    moves: Annotated[list[Short], Field(min_length=1, max_length=100)] | None = Field(
        None, description="Only events of these moves, `find` for new findings; all, when left out"
    )


class WebhookInfo(BaseModel):
    id: int
    name: str
    url: str
    moves: list[str] | None
    created_at: datetime
    created_by: str
    mark: str | None = Field(description="Everything up to there was made ready, or is not for it")
    waiting: int = Field(description="Events that are to be sent")
    failed: int = Field(description="Events that were given up")
    failures: int = Field(description="Tries in a row that the receiver did not take")
    rests_until: datetime | None = Field(description="Until then nothing is tried")
    error: str | None


class Webhooks(BaseModel):
    webhooks: list[WebhookInfo]


class NewWebhook(WebhookInfo):
    secret: str = Field(description="By which the receiver tells that messages are ours; shown this once")


class WebhookSecret(BaseModel):
    secret: str = Field(description="For a day the one before signs too")


class ReplayBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    after: Annotated[str, StringConstraints(pattern=MARK)] = Field(description="A mark: the id of an event")


class DeliveryInfo(BaseModel):
    id: int
    mark: str = Field(description="The id of the event")
    state: str
    attempts: int
    due_at: datetime
    created_at: datetime
    done_at: datetime | None
    error: str | None = Field(description="What the last try was answered")


class Deliveries(BaseModel):
    deliveries: list[DeliveryInfo]
    links: list[Link]
