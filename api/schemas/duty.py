"""The shapes of what the API takes and gives about who answers."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StrictBool,
    StringConstraints,
)

from wangge.api.schemas.common import Day, Short
from wangge.api.schemas.forms import CODE, NO_NUL
from wangge.data.languages import Language
from wangge.reports.categories.categories import WORD
from wangge.reports.categories.proof import Proof
from wangge.reports.categories.publicity import Publicity
from wangge.reports.categories.questions import MOST_QUESTIONS, QuestionKind

__all__ = [
    "ApplyAnswer",
    "ApplyBody",
    "DeskBody",
    "DeskDetail",
    "Desks",
    "MyWeek",
    "Officer",
    "OfficerBody",
    "OfficerPut",
    "Officers",
    "Organisation",
    "OrganisationBody",
    "OrganisationPut",
    "OrganisationTypes",
    "Organisations",
    "RosterTaken",
    "RuleSet",
    "RuleVersions",
    "RulesBody",
    "Trial",
    "TryBody",
    "TypeBody",
]


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


Code = Annotated[str, StringConstraints(pattern=CODE)]
Line = Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=200)]
Names = Annotated[
    dict[Language, Short | None], Field(description="A name by language; one that is left out takes another's")
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class PlaceRef(BaseModel):
    level: str
    code: str


class Load(BaseModel):
    """Open cases; parked ones apart, for their clock stands."""

    open: int
    nearly_due: int
    overdue: int
    parked: int


class Desk(BaseModel):
    id: int
    level: str | None = Field(description="Key of the cell's level; null at the command centre")
    code: str
    name: dict[str, str]
    kind: str | None = Field(description="Kind of the cell, such as urban; null takes that of the cell above")
    phone: str | None
    active: bool = Field(description="False: the current grid does not have its cell")
    version: int
    load: Load | None = None


class Desks(BaseModel):
    desks: list[Desk]


class OfficerOnDuty(BaseModel):
    number: str
    name: str
    phone: str | None
    role: Literal["responsible", "assistant"]
    stands_in_for: str | None = Field(description="Number of the officer who is away")
    back_on: date | None = Field(description="Day of return of an officer who is away")


class OrganisationRef(BaseModel):
    code: str
    name: dict[str, str]
    type: str
    phone: str | None
    level: str
    cell: str


class DeskDetail(Desk):
    """A desk with who is there today and the organisations of its cell and of those above."""

    officers: list[OfficerOnDuty]
    organisations: list[OrganisationRef]


class DeskBody(_Body):
    """What may be changed of a desk."""

    name: Names | None = None
    kind: Code | None = None
    phone: Line | None = None


class PostingBody(_Body):
    cell: Code = Field(description="Code of a base grid")
    role: Literal["responsible", "assistant"]
    valid_from: Day
    valid_to: Day | None = Field(None, description="First day on which it no longer holds")


class LeaveBody(_Body):
    away_from: Day
    back_on: Day
    substitute: Code | None = Field(None, description="Number of the officer who stands in")


class OfficerPut(_Body):
    """An officer's whole entry; what is left out is gone."""

    name: Short
    phone: Line | None = None
    active: StrictBool = True
    postings: list[PostingBody] = Field(default_factory=list, max_length=500)
    leave: list[LeaveBody] = Field(default_factory=list, max_length=500)


class OfficerBody(OfficerPut):
    number: Code


class Posting(BaseModel):
    level: str
    cell: str
    role: str
    valid_from: date
    valid_to: date | None


class Leave(BaseModel):
    away_from: date
    back_on: date
    substitute: str | None


class Officer(BaseModel):
    id: int
    number: str
    name: str
    phone: str | None
    active: bool
    postings: list[Posting]
    leave: list[Leave]
    version: int
    load: Load | None = Field(None, description="Of the base grids that the officer is responsible for today")


class RosterTaken(BaseModel):
    """What a file of the roster came to."""

    officers: int = Field(description="In the file")
    changed: int = Field(description="Whose entry is not what it was")


class Officers(BaseModel):
    officers: list[Officer]


class OrganisationPut(_Body):
    """An organisation's whole entry; what is left out is gone."""

    name: Names
    type: Code
    parent: Code | None = None
    phone: Line | None = None
    active: StrictBool = True
    cells: list[Code] = Field(
        default_factory=list, max_length=5000, description="Codes of cells, or level:code where several levels have it"
    )


class OrganisationBody(OrganisationPut):
    code: Code


class Organisation(BaseModel):
    code: str
    name: dict[str, str]
    type: str
    parent: str | None
    phone: str | None
    active: bool
    cells: list[PlaceRef]
    id: int
    version: int


class Organisations(BaseModel):
    organisations: list[Organisation]


class OrganisationType(BaseModel):
    code: str
    name: dict[str, str]


class OrganisationTypes(BaseModel):
    types: list[OrganisationType]


class TypeBody(_Body):
    name: Names


class OptionBody(_Body):
    code: Short
    name: Names


class QuestionBody(_Body):
    """What whoever reports it is asked besides; what names a person or a car is not."""

    code: Short
    kind: QuestionKind = QuestionKind.TEXT
    name: Names
    options: list[OptionBody] = Field(default_factory=list, max_length=50, description="Of a choice, and only of one")


class CategoryBody(_Body):
    """What a category is called, and where it stands in the list."""

    name: Names
    position: Annotated[int, Strict(), Field(ge=0, le=10_000)] | None = Field(
        None, description="Its place in the list, 0 the first; a new one goes to the end when this is left out"
    )
    group: Short | None = Field(None, description="Code of the group that it is counted in; as it was when left out")
    public: Publicity | None = Field(
        None, description="What anybody sees of its cases; as it was when left out, counts alone at first"
    )
    photos: Proof | None = Field(
        None, description="Photos that a report back must come with; as it was when left out, none at first"
    )
    words: list[Annotated[Short, StringConstraints(max_length=WORD)]] | None = Field(
        None, max_length=100, description="What else people call it; as it was when left out"
    )
    questions: list[QuestionBody] | None = Field(
        None, max_length=MOST_QUESTIONS, description="What is asked besides; as it was when left out"
    )


class ApplyBody(_Body):
    """Cells that are given the parties of a template."""

    template: Literal["urban", "rural"]
    level: Code
    cells: list[Code] | None = Field(None, max_length=5000, description="Codes; all of the level when left out")


class ApplyAnswer(BaseModel):
    created: int


class TargetBody(_Body):
    """One party: exactly one of desk, organisation, type."""

    desk: Code | None = Field(None, description="Key of a level, or centre")
    organisation: Code | None = Field(None, description="Code of an organisation")
    type: Code | None = Field(None, description="Type of organisation; the one of the smallest cell")
    needed: StrictBool = True


class RuleBody(_Body):
    """A rule; a condition that is left out fits everything."""

    name: Names | None = None
    categories: list[Code] = Field(default_factory=list, max_length=1000)
    kinds: list[Code] = Field(default_factory=list, max_length=100)
    within: list[Code] = Field(default_factory=list, max_length=5000)
    areas: list[Code] = Field(default_factory=list, max_length=5000, description="overlay:code")
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(default_factory=list, max_length=7)
    hours: Short | None = Field(None, description="Such as 08:00-18:00 or 22:00-06:00, local time")
    to: list[TargetBody] = Field(min_length=1, max_length=20)


class RulesBody(_Body):
    """All rules, in their order: the first that fits counts."""

    rules: list[RuleBody] = Field(max_length=1000)
    note: Annotated[str, StringConstraints(pattern=NO_NUL, max_length=1000)] | None = None


class TryBody(_Body):
    rules: list[RuleBody] = Field(max_length=1000)
    last: Annotated[int, Strict()] = Field(
        1000, ge=1, le=10_000, description="How many past cases to look at, the latest"
    )


class RuleSet(BaseModel):
    version: int
    rules: list[dict[str, Any]]


class RuleVersion(BaseModel):
    version: int
    rules: int
    actor: str
    note: str | None
    made_at: datetime


class RuleVersions(BaseModel):
    versions: list[RuleVersion]


class RoutedParty(BaseModel):
    desk: int | None
    organisation: int | None
    name: dict[str, str]
    needed: bool


class Way(BaseModel):
    parties: list[RoutedParty]
    why: dict[str, Any]


class Elsewhere(BaseModel):
    number: str
    category: str
    cell: str
    now: Way
    then: Way


class RuleCount(BaseModel):
    rule: int | None = Field(description="Place of the rule, from 1; null is the default")
    cases: int


class Trial(BaseModel):
    """Where past cases would go."""

    cases: int
    elsewhere: int
    by_rule: list[RuleCount]
    examples: list[Elsewhere]
