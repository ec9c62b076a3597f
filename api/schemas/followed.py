"""What a reporter is shown of their case, and what they may do."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from wangge.api.schemas.case import Score
from wangge.api.schemas.common import CellRef, PhotoIds, Short, Text
from wangge.api.schemas.photos import SHOWN
from wangge.reports.case.lifecycle import State
from wangge.reports.policy.policy import Step
from wangge.reports.reporter.stages import Stage

__all__ = ["FollowedCase", "NewSecret", "ReporterMove", "ReporterMoveBody"]

ReporterMove = Literal["add", "confirm", "reopen", "rate", "withdraw"]


class ReporterMoveBody(BaseModel):
    """What the reporter says or does. `reopen` needs a reason, `rate` a score, `add` a note or photos."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    move: ReporterMove
    note: Text | None = None
    reason: Short | None = None
    score: Score | None = None
    photos: PhotoIds = []


class StageReached(BaseModel):
    """One of the four steps of a case, and since when it has been there; null before."""

    stage: Stage
    title: str
    since: datetime | None


class Due(BaseModel):
    """What is to be done next, and by when."""

    step: Step
    at: datetime | None


class Answering(BaseModel):
    """The desk that answers for a case; level and code are null and empty at the command centre."""

    level: str | None
    code: str
    name: dict[str, str]


class FollowedPhoto(BaseModel):
    id: UUID
    width: int
    height: int
    large: str = Field(description=SHOWN)
    small: str = Field(description=SHOWN)


class FollowedEntry(BaseModel):
    """One thing that happened; `own` is what the reporter did."""

    at: datetime
    move: str
    title: str
    own: bool
    text: str | None = Field(description="What the reporter said, or was told")
    score: int | None
    photos: list[FollowedPhoto]


class FollowedCase(BaseModel):
    """A case as its reporter follows it, without names of those who work on it."""

    number: str
    territory: str
    version: int
    category: str
    description: str
    received_at: datetime
    lon: float = Field(description="WGS-84")
    lat: float = Field(description="WGS-84")
    cell: CellRef
    ancestors: list[CellRef]
    stage: Stage
    stages: list[StageReached]
    state: State
    state_title: str
    due: Due | None = Field(description="Null where nothing is left to do")
    parked: bool = Field(description="Put off for now: no deadline runs")
    merged: bool = Field(description="Worked on together with another report of the same matter, whose steps these are")
    desk: Answering | None
    parties: list[dict[str, str]] = Field(description="Names of those who are at work, by language")
    entries: list[FollowedEntry]
    moves: list[ReporterMove] = Field(description="What is open to the reporter now")
    reopen_until: datetime | None = Field(description="Until when it can be said that it is not fixed")


class NewSecret(BaseModel):
    secret: str = Field(description="Takes the place of the one that was asked with")
