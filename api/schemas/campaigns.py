"""The shapes of campaigns: what is declared of one, its places, its board."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints

from wangge.api.schemas.common import Day, Lat, Lon, Moment, Short
from wangge.api.schemas.duty import Names
from wangge.api.schemas.forms import CODE, KEY_NAME, NO_NUL
from wangge.api.schemas.grids import CellRef
from wangge.api.schemas.reports import CountByState
from wangge.reports.campaigns.campaigns import CampaignStage
from wangge.reports.policy.policy import Urgency

__all__ = ["AnswerBody", "Campaign", "CampaignBoard", "CampaignBody", "CampaignPlaces", "Campaigns"]

CampaignCode = Annotated[str, StringConstraints(pattern=KEY_NAME, max_length=60)]
Code = Annotated[str, StringConstraints(pattern=CODE, max_length=100)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class CellOfArea(_Body):
    level: Short
    code: Short


class CampaignCategoryBody(_Body):
    """A kind of matter that is reported during the campaign alone."""

    code: Code = Field(description="With the code of its campaign before it, or without")
    name: Names
    urgency: Urgency = Field(Urgency.NORMAL, description="Its reports are at least as pressing")


class ChecklistQuestionBody(_Body):
    code: Code
    name: Names
    kind: Literal["yes-no", "text"] = "yes-no"


class ChecklistPointBody(_Body):
    code: Code
    name: Short
    lon: Lon
    lat: Lat


class ChecklistBody(_Body):
    """What is to be looked at: every cell of a level in the area, or points."""

    code: Code
    name: Names
    level: Short | None = Field(None, description="Key of a level; null where there are points")
    points: list[ChecklistPointBody] = Field([], max_length=2000)
    questions: list[ChecklistQuestionBody] = Field(min_length=1, max_length=20)


class CampaignBody(_Body):
    """A campaign from its first to its last day, both included."""

    name: Names
    since: Day
    until: Day
    cells: list[CellOfArea] = Field([], max_length=500, description="Where it is; none for the whole territory")
    categories: list[CampaignCategoryBody] = Field([], max_length=50)
    checklists: list[ChecklistBody] = Field([], max_length=20)


class CampaignCategory(BaseModel):
    code: str
    name: dict[str, str]
    urgency: Urgency


class ChecklistQuestion(BaseModel):
    code: str
    name: dict[str, str]
    kind: Literal["yes-no", "text"]


class ChecklistPoint(BaseModel):
    code: str
    name: str
    lon: float
    lat: float


class Checklist(BaseModel):
    code: str
    name: dict[str, str]
    level: str | None
    points: list[ChecklistPoint]
    questions: list[ChecklistQuestion]


class AreaCell(BaseModel):
    level: str
    code: str


class Campaign(BaseModel):
    """A campaign. Anybody sees those that run, to report in them.

    Staff are told their checklists too, with the points that lie in their own cells.
    """

    code: str
    name: dict[str, str]
    since: date
    until: date
    ended_at: datetime | None = Field(description="When it was ended before its last day was over")
    stage: CampaignStage
    cells: list[AreaCell]
    categories: list[CampaignCategory]
    checklists: list[Checklist] | None
    version: int


class Campaigns(BaseModel):
    campaigns: list[Campaign] = Field(description="The latest first")


class CampaignPlace(BaseModel):
    checklist: str
    code: str
    name: str
    cell: CellRef
    lon: float | None = Field(description="WGS-84; of a cell, a point in it")
    lat: float | None
    looked_at: datetime | None
    answers: dict[str, bool | str] = Field(description="What was seen last")


class CampaignPlaces(BaseModel):
    places: list[CampaignPlace] = Field(description="Those in the asker's cells")


class AnswerBody(_Body):
    """What was seen at a place."""

    id: UUID = Field(description="Made by the sender: what is sent again is kept once")
    checklist: Code
    place: Short
    seen_at: Moment | None = Field(None, description="When it was seen, where it is told later; now, when left out")
    answers: dict[
        Annotated[str, StringConstraints(max_length=100)],
        Annotated[bool, Strict()]
        | Annotated[str, StringConstraints(strict=True, pattern=NO_NUL, max_length=500)]
        | None,
    ] = Field(max_length=20)


class BoardQuestion(BaseModel):
    code: str
    name: dict[str, str]
    yes: int
    no: int
    texts: int


class BoardChecklist(BaseModel):
    code: str
    name: dict[str, str]
    places: int
    looked_at: int
    questions: list[BoardQuestion] = Field(description="What was seen last, counted by place")


class BoardRow(BaseModel):
    cell: CellRef
    places: int
    looked_at: int
    cases: int
    open: int
    overdue: int


class BoardDay(BaseModel):
    day: date
    received: int
    closed: int
    looked_at: int


class CampaignBoard(BaseModel):
    """A campaign as it stands in the asker's cells."""

    campaign: Campaign
    level: str
    cases: int
    open: int
    overdue: int
    by_state: list[CountByState]
    checklists: list[BoardChecklist]
    cells: list[BoardRow] = Field(description="Worst first: most overdue, then open, then places nobody looked at")
    days: list[BoardDay]
