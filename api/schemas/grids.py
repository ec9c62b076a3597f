"""The shapes of cells, of the territories that have them, and of where a point lies."""

from datetime import date
from typing import Annotated

from pydantic import (
    BaseModel,
    Field,
    Strict,
)

from wangge.api.schemas.common import Lat, Link, Lon, _Body
from wangge.geo.datum import Datum
from wangge.geo.purposes import Purpose
from wangge.reports.release.periods import PeriodKind

__all__ = [
    "CellRef",
    "LocateAnswer",
    "LocateBody",
    "LocateManyAnswer",
    "Releases",
    "Territories",
    "Territory",
]


class CellRef(BaseModel):
    level: str
    code: str
    name: str
    purpose: Purpose | None = Field(None, description="What a special grid is for; null: an ordinary cell")


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
    special: list[Purpose] = Field(description="What its special grids are for, each once; none where it has none")
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


class Outcome(BaseModel):
    """How many cases there were, and how many of them were closed within each of the spans of `days`."""

    cases: int = Field(description="0 is none or too few")
    within: list[int]


class CategoryOutcome(Outcome):
    category: str


class Outcomes(BaseModel):
    """What became of the cases of the newest months that are told, at most twelve; those months were rounded each."""

    since: date | None = Field(alias="from", description="null while nothing was published")
    to: date | None = Field(description="The last day on which a case that is counted was received")
    step: int | None = Field(description="Each month was rounded to multiples of it")
    edition: str | None = Field(description="Edition whose cells are told of")
    level: str | None = Field(description="Level of the cell that is told of; null: the whole territory")
    cell: str | None
    finest: str | None = Field(description="Level of the smallest cells that are told of; null: the whole territory")
    days: list[int] = Field(description="Spans of 24 hours from when a case was received to when it was closed")
    all: Outcome
    by_category: list[CategoryOutcome]


class CandidateShare(BaseModel):
    code: str
    name: str
    share: float = Field(description="Share of the error circle that lies in this base grid, 0 to 1")


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
