"""What a reporter is shown of their case, and what they may do."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wangge.api.schemas.case import Score
from wangge.api.schemas.common import Short, Text
from wangge.api.schemas.forms import ASCII
from wangge.api.schemas.grids import CellRef
from wangge.api.schemas.photos import SHOWN
from wangge.api.schemas.reports import PhotoIds
from wangge.reports.case.lifecycle import State
from wangge.reports.policy.policy import Step
from wangge.reports.reporter.stages import Stage

__all__ = [
    "FollowedCase",
    "NewSecret",
    "ReporterMove",
    "ReporterMoveBody",
    "SimilarCases",
    "Support",
    "SupportBody",
    "WeChatBody",
]

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
    lon: float | None = Field(description="WGS-84; to its reporter alone")
    lat: float | None = Field(description="WGS-84; to its reporter alone")
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
    supports: int = Field(description="How many others have the same matter")
    supporting: bool = Field(description="Shown to somebody who supports it: without what its reporter said and showed")


class SimilarCase(BaseModel):
    """An open case of the same category near a place, as far as anybody may know of it."""

    number: str
    since: date = Field(description="When it was reported, by the territory's calendar")
    stage: Stage
    stage_title: str
    distance_m: int = Field(description="To the place that anybody may know, in tens of metres")
    supports: int = Field(description="How many others have the same matter")
    same_asset: bool = Field(description="It is about the asset that was asked for")


class SimilarCases(BaseModel):
    cases: list[SimilarCase] = Field(description="Those of the same asset, then the nearest; at most five")


class WeChatBody(BaseModel):
    """What the reporter agreed to in the mini-program."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    code: Annotated[str, StringConstraints(pattern=ASCII, max_length=128)] = Field(
        description="Of `wx.login`, good once and for minutes"
    )
    templates: Annotated[
        list[Annotated[str, StringConstraints(pattern=ASCII, max_length=128)]], Field(max_length=10)
    ] = Field(description="Ids of the templates that `wx.requestSubscribeMessage` calls accepted; each for one message")


class SupportBody(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    device: Annotated[str, StringConstraints(pattern=ASCII, min_length=16, max_length=64)] = Field(
        description="A random name that the device keeps to itself: it supports a case once"
    )


class Support(BaseModel):
    """A case that is supported, and the secret to follow it by."""

    number: str
    secret: str
    supports: int


class NewSecret(BaseModel):
    secret: str = Field(description="Takes the place of the one that was asked with")
