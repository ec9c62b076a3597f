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
