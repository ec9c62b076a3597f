"""The shapes of what the API takes and gives about audits of closed cases."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints

from wangge.api.schemas.common import Link, Moment, Short
from wangge.api.schemas.figures import FigureValue
from wangge.api.schemas.forms import NO_NUL
from wangge.api.schemas.grids import CellRef
from wangge.reports.audit.audits import MOST, SEEDS, SIZE
from wangge.reports.audit.judging import Means, Verdict

__all__ = ["AuditBody", "AuditCases", "AuditResult", "Audits", "JudgementBody"]

StrataBy = Literal["cell", "category", "organisation"]
SEED = "What decides which cases are drawn"


class AuditBody(BaseModel):
    """What is drawn: of the cases received in a period that stand closed now."""

    model_config = ConfigDict(extra="forbid")
    since: Moment | None = Field(None, alias="from", description="Received at or after")
    to: Moment | None = Field(None, description="Received before")
    by: list[StrataBy] = Field(
        ["cell", "category", "organisation"], max_length=3, description="What cases are put into strata by"
    )
    level: Short | None = Field(None, description="Level of the cells; the top one when left out")
    size: Annotated[int, Strict(), Field(ge=1, le=MOST)] = SIZE
    seed: Annotated[int, Strict(), Field(ge=0, lt=SEEDS)] | None = Field(
        None, description=f"{SEED}; left to chance when left out"
    )


class AuditInfo(BaseModel):
    """An audit as it was drawn, and how far it has come."""

    id: int
    as_of: datetime = Field(description="The cases stood closed then")
    actor: str = Field(description="Who drew it")
    since: datetime | None = Field(alias="from")
    to: datetime | None
    by: list[StrataBy]
    level: str
    size: int
    seed: int = Field(description=SEED)
    cases: int = Field(description="Closed cases that were drawn of")
    strata: int
    drawn: int
    judged: int
    unclear: int = Field(description="Judged, but nobody could tell")
    links: list[Link]


class Audits(BaseModel):
    audits: list[AuditInfo]


class TrulySolved(BaseModel):
    """In percent of closed cases; from `low` to `high` holds 95 times of a hundred. Null: nothing was judged."""

    value: float | None
    low: float | None
    high: float | None
    judged: int = Field(description="As solved, or as not")
    solved: int


class AuditFigures(BaseModel):
    """What an audit found beside the closure rate, and beside what reporters say."""

    solved: TrulySolved
    closure: FigureValue = Field(description="Closed, of received")
    not_fixed: FigureValue = Field(description="Reopened, of those whose reporters said anything after the closing")


class AuditLine(AuditFigures):
    """The same of a cell, a category or a body."""

    code: str
    name: str | dict[str, str]
    level: str | None = Field(None, description="Of a cell")
    id: int | None = Field(None, description="Of a body")


class AuditResult(BaseModel):
    """An audit with its rates: of all, and by what its cases were in."""

    audit: AuditInfo
    total: AuditFigures
    cell: list[AuditLine]
    category: list[AuditLine]
    organisation: list[AuditLine]


class OwnJudgement(BaseModel):
    verdict: Verdict
    means: Means
    note: str | None


class AuditCase(BaseModel):
    """A case to judge. What somebody else said of it is not told, only that it is judged."""

    number: str
    received_at: datetime
    category: str
    cell: CellRef
    judged: bool
    own: OwnJudgement | None = Field(description="What the asker said")
    links: list[Link]


class AuditCases(BaseModel):
    cases: list[AuditCase]


class JudgementBody(BaseModel):
    """Whether what was reported is solved, and what that is known by."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    verdict: Verdict
    means: Means
    note: Annotated[str, StringConstraints(pattern=NO_NUL, max_length=2000)] | None = None
