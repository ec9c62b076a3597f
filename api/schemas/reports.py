"""The shapes of reports, of the categories that they have, and of lists of them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    Field,
    Strict,
    StringConstraints,
)

from wangge.api.schemas.assets import AssetKindRef, AssetNumber
from wangge.api.schemas.common import Accuracy, Lat, Link, Lon, Short, Text, Time, _Body
from wangge.api.schemas.forms import EMAIL, NO_NUL, PHONE
from wangge.api.schemas.grids import AreaRef, CellRef
from wangge.geo.datum import Datum
from wangge.reports.case.lifecycle import State
from wangge.reports.categories.proof import Proof
from wangge.reports.categories.publicity import Publicity
from wangge.reports.categories.questions import MOST_QUESTIONS, QuestionKind
from wangge.reports.evidence.photos import MOST
from wangge.reports.policy.policy import Step, Urgency

__all__ = [
    "BatchAnswer",
    "Categories",
    "FiledReport",
    "ListSummary",
    "ListedReport",
    "Report",
    "ReportBody",
    "ReportPage",
]


class QuestionOption(BaseModel):
    code: str
    name: dict[str, str]


class Question(BaseModel):
    """What is asked of a report of a category. Nobody must know it."""

    code: str
    kind: QuestionKind
    name: dict[str, str]
    options: list[QuestionOption] = Field(description="Of a choice")


class Category(BaseModel):
    code: str
    name: dict[str, str]
    group: str | None = Field(description="Code of the group that it is counted in")
    public: Publicity = Field(description="What anybody sees of its cases: counts alone, or each with state and place")
    photos: Proof = Field(description="Photos that a report back must come with")
    words: list[str] = Field(description="What else people call it: by these it is found and suggested")
    questions: list[Question] = Field(description="What whoever reports it is asked besides")
    asset_kinds: list[AssetKindRef] = Field(description="Kinds of assets that its reports may be about, such as lamps")
    position: int = Field(description="Its place in the list, 0 the first")
    version: int = Field(description="For `If-Match`")


class CategoryGroup(BaseModel):
    code: str
    name: dict[str, str]


class Categories(BaseModel):
    categories: list[Category]
    groups: list[CategoryGroup]


class ContactBody(_Body):
    """How to answer the reporter. Stored apart from the report; never part of an answer, a list or an export."""

    name: Short | None = None
    phone: Annotated[str, StringConstraints(pattern=PHONE)] | None = None
    email: Annotated[str, StringConstraints(pattern=EMAIL, max_length=254)] | None = None


PhotoIds = Annotated[list[UUID], Field(max_length=MOST, description="Ids of photos that were sent before")]


class HandledBody(_Body):
    """What was done about a matter by who found it, with photos that show it."""

    note: Annotated[Text, StringConstraints(min_length=1)]
    photos: PhotoIds = Field([])


Number = Annotated[float, Strict(), Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
Line = Annotated[str, StringConstraints(strict=True, pattern=NO_NUL, max_length=200)]
Answers = Annotated[
    dict[Annotated[str, StringConstraints(max_length=40)], Line | Number | None], Field(max_length=MOST_QUESTIONS)
]


class ReportBody(_Body):
    """A report as it is sent."""

    lon: Lon
    lat: Lat
    datum: Datum = Datum.WGS84
    accuracy: Accuracy | None = None
    category: Short
    description: Text = ""
    occurred_at: Time | None = Field(None, description="When the matter was seen; now, when left out")
    contact: ContactBody | None = None
    external_id: Short | None = Field(None, description="Id in another system; a report is stored once under it")
    urgency: Urgency = Urgency.NORMAL
    asset: AssetNumber | None = Field(None, description="Number of the asset that it is about, such as a lamp's")
    photos: PhotoIds = Field([])
    answers: Answers = Field({}, description="To the questions of the category, by their codes")
    handled: HandledBody | None = Field(
        None, description="Of who stands at the desk that gets the case: it is handled already, and is to be verified"
    )
    on_behalf: Literal["spoken", "written"] | None = Field(
        None, description="Of staff who file for another: how that person agreed to it, which stands in the history"
    )


class Raw(BaseModel):
    lon: float
    lat: float
    datum: Datum


class Report(BaseModel):
    """A report and the base grid it was put into."""

    number: str
    territory: str
    state: str
    category: str
    description: str
    occurred_at: datetime
    received_at: datetime
    lon: float = Field(description="WGS-84")
    lat: float = Field(description="WGS-84")
    raw: Raw
    accuracy: float | None
    cell: CellRef
    ancestors: list[CellRef]
    areas: list[AreaRef] = Field(description="Of each overlay, as it held when the report was received")
    edition: str
    on_edge: bool
    ambiguous: bool
    external_id: str | None
    asset: str | None = Field(description="Number of the asset that it is about")
    synthetic: bool
    version: int = Field(description="Goes up with every move")
    urgency: Urgency
    step: Step | None = Field(description="What is to be done next, null when nothing is")
    due_at: datetime | None = Field(description="By when the step is to be done")
    nearly_due: bool
    overdue: bool
    closed_at: datetime | None
    campaign: str | None = Field(
        description="Code of the campaign that it was filed in; no other figures count it then"
    )
    links: list[Link]


class FiledReport(Report):
    """A report that was just filed, and what its reporter follows it by."""

    secret: str | None = Field(
        description="Proves who reported it, to be given to them and nobody else; null for who may not have it"
    )


class Assignment(BaseModel):
    """The base grid that a report was in under another edition."""

    cell: CellRef
    edition: str
    until: datetime


class HolderRef(BaseModel):
    """The desk that has a case; level and code are null and empty at the command centre."""

    desk: int
    level: str | None
    code: str
    name: dict[str, str]


class ListedReport(Report):
    """A report as a list shows it."""

    state_title: str = Field(description="The state in words")
    holder: HolderRef | None
    parked_at: datetime | None
    returned: bool = Field(description="Came back to its desk, and was neither dispatched anew nor reported back since")
    major_class: str | None = Field(None, description="Of the national platform; told where `classes` is asked for")
    minor_class: str | None = Field(None, description="The same of the minor class")


class ReportPage(BaseModel):
    reports: list[ListedReport]
    links: list[Link]


class CountByState(BaseModel):
    state: State
    title: str
    count: int


class CountByCategory(BaseModel):
    category: str
    count: int


class ListSummary(BaseModel):
    """Counts of the cases of a list, each as many as the list has with that filter besides."""

    total: int
    open: int
    overdue: int
    nearly_due: int
    parked: int
    returned: int
    by_state: list[CountByState] = Field(description="In the order of a case's life; states without cases are left out")
    by_category: list[CountByCategory] = Field(description="The largest first")


class BatchEntry(BaseModel):
    index: int
    status: int
    number: str | None = None
    cell: str | None = None
    problem: dict[str, Any] | None = None


class BatchAnswer(BaseModel):
    """What became of each record, in the order of the records."""

    stored: int
    known: int
    refused: int
    results: list[BatchEntry]
