"""The shapes of requests and answers, as the OpenAPI description shows them."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, LiteralString
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from wangge.access.roles import Right, Role
from wangge.api.schemas.forms import EMAIL, NO_NUL, PHONE, TOTP
from wangge.geo.datum import Datum
from wangge.reports.case.lifecycle import State
from wangge.reports.categories.proof import Proof
from wangge.reports.categories.publicity import Publicity
from wangge.reports.categories.questions import MOST_QUESTIONS, QuestionKind
from wangge.reports.evidence.photos import MOST
from wangge.reports.policy.policy import Step, Urgency
from wangge.reports.release.periods import PeriodKind

__all__ = [
    "BatchAnswer",
    "Categories",
    "CellRef",
    "FiledReport",
    "ListSummary",
    "ListedReport",
    "LocateAnswer",
    "LocateBody",
    "LocateManyAnswer",
    "MyWeek",
    "NewPasswordBody",
    "Problem",
    "RefreshBody",
    "Releases",
    "Report",
    "ReportBody",
    "ReportPage",
    "SessionAnswer",
    "SignInBody",
    "Territories",
    "Territory",
    "TokenAnswer",
    "TokenBody",
]


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("float_type", "a truth value is no number")
    return value


_NUMERIC = BeforeValidator(_no_truth)
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, description="Longitude, degrees"), _NUMERIC]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, description="Latitude, degrees"), _NUMERIC]
Accuracy = Annotated[
    float,
    Field(gt=0, le=10_000, allow_inf_nan=False, description="Radius of the position's error circle, metres"),
    _NUMERIC,
]
Text = Annotated[str, StringConstraints(pattern=NO_NUL, max_length=4000)]
Short = Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=200)]
Id = Annotated[int, Strict(), Field(ge=1, lt=2**63)]
_NUMBER = re.compile(r"\s*[+-]?[0-9]*\.?[0-9]*\s*")


def _written(kind: LiteralString) -> BeforeValidator:
    """Refuses a number in the place of a date or a time: pydantic would take it for seconds since 1970."""

    def check(value: object) -> object:
        if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
            raise PydanticCustomError(kind, "a number is no date")
        return value

    return BeforeValidator(check)


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("datetime_parsing", "out of the range of years") from None


Day = Annotated[date, _written("date_parsing")]
Time = Annotated[AwareDatetime, _written("datetime_parsing")]
# A time of the year 9999 or 1 may lie in a year in UTC that neither Python nor the database's driver can tell.
Moment = Annotated[Time, AfterValidator(_in_utc)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Link(BaseModel):
    rel: str
    href: str
    type: str


class CellRef(BaseModel):
    level: str
    code: str
    name: str


class AreaRef(BaseModel):
    """The area of an overlay, by the overlay's key."""

    overlay: str
    code: str
    name: str


class LevelInfo(BaseModel):
    key: str
    name: dict[str, str]
    count: int


class Territory(BaseModel):
    """A territory with its current edition."""

    code: str
    name: dict[str, str]
    timezone: str
    synthetic: bool = Field(description="True: the lines are invented, for show and trial")
    edition: str
    valid_from: date
    source: str
    licence: str
    bbox: tuple[float, float, float, float]
    levels: list[LevelInfo]
    reports: int | None = Field(description="To staff of all of it, those that there are; to others, those published")
    newest: date | None = Field(description="Day of the newest of them, by the territory's calendar")
    links: list[Link]


class Territories(BaseModel):
    territories: list[Territory]


class ReleaseInfo(BaseModel):
    """A period of which counts were published, by the territory's calendar."""

    period: str = Field(description="2026, 2026-03, or 2026-03-w2: the days 1-7, 8-14, 15-21, 22 to the end")
    kind: PeriodKind
    since: date = Field(alias="from")
    to: date = Field(description="Its last day")
    step: int = Field(description="Counts are rounded to multiples of it; 0 is none or too few")
    edition: str = Field(description="Whose cells it tells of")
    finest: dict[str, str | None] = Field(
        description="Level of the finest cells by what is counted (all, group, category); null: the whole territory"
    )


class Releases(BaseModel):
    releases: list[ReleaseInfo]


class TasksOfWeek(BaseModel):
    given: float = Field(description="This week")
    done: float = Field(description="This week")
    open: float = Field(description="Now")


class WeekOfLevel(BaseModel):
    """Tasks of the asker's cells of a level together, and the median of one cell of that level."""

    level: str
    cells: int
    own: TasksOfWeek
    median: TasksOfWeek | None = Field(description="Null where there are fewer than five cells")


class MyWeek(BaseModel):
    since: datetime = Field(description="When the week began")
    levels: list[WeekOfLevel]


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
    photos: PhotoIds = []


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
    photos: PhotoIds = []
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


class CandidateShare(BaseModel):
    code: str
    name: str
    share: float = Field(description="Share of the error circle that lies in this base grid, 0 to 1")


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
    synthetic: bool
    version: int = Field(description="Goes up with every move")
    urgency: Urgency
    step: Step | None = Field(description="What is to be done next, null when nothing is")
    due_at: datetime | None = Field(description="By when the step is to be done")
    nearly_due: bool
    overdue: bool
    closed_at: datetime | None
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


class Nearest(BaseModel):
    code: str
    name: str
    distance_m: float


class LocateAnswer(BaseModel):
    """Where a point is; `cell` is null outside, and `nearest` tells how far."""

    lon: float
    lat: float
    edition: str
    cell: CellRef | None
    ancestors: list[CellRef]
    on_edge: bool
    ambiguous: bool
    candidates: list[CandidateShare]
    areas: list[AreaRef] = Field(description="Of each overlay, as it holds today; those without one are left out")
    nearest: Nearest | None


class LocateBody(_Body):
    points: list[tuple[Annotated[Lon, Strict()], Annotated[Lat, Strict()]]]
    datum: Datum = Datum.WGS84


class Located(BaseModel):
    cell: str | None
    path: list[str]
    on_edge: bool


class LocateManyAnswer(BaseModel):
    edition: str
    results: list[Located]


Secret = Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=1000)]


class _SecretBody(BaseModel):
    # A blank at either end may belong to a password.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SignInBody(_SecretBody):
    """A login with its password and, where the account asks for it, the code of the second factor."""

    login: Short
    password: Secret
    code: Annotated[str, StringConstraints(pattern=TOTP)] | None = None


class NewPasswordBody(SignInBody):
    """What one signs in with at present, and the password to come."""

    new_password: Secret


class RefreshBody(_SecretBody):
    refresh_token: Secret


class TokenBody(_SecretBody):
    token: Secret


class TokenAnswer(BaseModel):
    """A pair of tokens; `expires_in` is seconds."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


class GrantInfo(BaseModel):
    """A role: in every territory (null), in one, in a cell of it, or for an organisation."""

    role: Role
    territory: str | None
    level: str | None
    code: str | None
    organisation: int | None


class HeldGrant(GrantInfo):
    """A role that the asker has, with what it allows there; a client goes by the rights, not by the role's name."""

    rights: list[Right]


class SignedAccount(BaseModel):
    id: int
    login: str
    name: str
    has_password: bool
    grants: list[HeldGrant]
    until: datetime = Field(description="When the session ends at the latest")


class OidcLink(BaseModel):
    """Where a browser signs in through another provider."""

    name: str
    href: str


class SessionAnswer(BaseModel):
    """Who is signed in, and what changes must carry in X-CSRF-Token; both null when nobody is."""

    account: SignedAccount | None
    csrf: str | None
    oidc: OidcLink | None


class FieldProblem(BaseModel):
    field: str
    kind: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details; further members are the facts of the case."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] | None = None
