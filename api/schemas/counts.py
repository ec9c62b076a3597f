"""What a question for counts carries, and what its answer holds."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints

from wangge.api.schemas.common import Day
from wangge.api.schemas.forms import NO_NUL
from wangge.patterns.comparison.asked import Against
from wangge.patterns.counts.asked import By
from wangge.reports.case.lifecycle import State
from wangge.reports.policy.policy import Urgency

__all__ = ["CellStatistics", "Comparison", "ComparisonBody", "Counts", "CountsBody", "NarrowingBody", "SideBody"]

MOST = 1000
Code = Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=200)]
Codes = Annotated[list[Code], Field(max_length=MOST)]


class CellAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    level: Code
    code: Code


class SideBody(BaseModel):
    """Days and categories. What is left out leaves nothing out; an empty list takes nothing."""

    model_config = ConfigDict(extra="forbid")

    since: Day | None = Field(None, alias="from", description="First day, by the territory's clock")
    until: Day | None = Field(None, alias="to", description="Last day, included")
    categories: Codes | None = None


class NarrowingBody(BaseModel):
    """What else of reports is asked for. What is left out leaves nothing out; an empty list takes nothing."""

    model_config = ConfigDict(extra="forbid")

    states: Annotated[list[State], Field(max_length=MOST)] | None = None
    urgencies: Annotated[list[Urgency], Field(max_length=MOST)] | None = None
    sources: Codes | None = Field(None, description="The ways reports came, such as api")
    weekdays: Annotated[list[Annotated[int, Strict(), Field(ge=1, le=7)]], Field(max_length=MOST)] | None = Field(
        None, description="Monday is 1"
    )
    hours: Annotated[list[Annotated[int, Strict(), Field(ge=0, le=23)]], Field(max_length=MOST)] | None = None
    cells: Annotated[list[CellAsked], Field(max_length=MOST)] | None = Field(
        None, description="Reports that are assigned to any of these, of any level"
    )
    area: dict[str, Any] | None = Field(
        None, description="A GeoJSON Polygon or MultiPolygon, WGS-84; its rim belongs to it"
    )
    overlay: Code | None = Field(
        None, description="Instead, an area of an overlay as it holds today, such as police:307; its rim belongs to it"
    )


class CountsBody(NarrowingBody, SideBody):
    """Which reports are counted, and by what. What is left out leaves nothing out; an empty list takes nothing."""

    by: Annotated[list[By], Field(max_length=len(By))] = Field([], description="What to count by, beside the total")
    level: Code | None = Field(None, description="Level of the cells to count by; base grids when left out")
    zoom: Annotated[int, Strict()] = Field(17, ge=0, le=20, description="Zoom of the Mercator squares to count by")


class ComparisonBody(NarrowingBody):
    """Two sides that have no report in common, and what else of reports is asked for on both."""

    before: SideBody
    after: SideBody
    level: Code | None = Field(None, description="Level of the cells to compare; the top one when left out")
    against: Against | None = Field(
        None,
        description="What would be after if nothing changed: its share of the days, or of all reports of both sides. "
        "When left out, the days where both sides have a first and a last one and the same categories",
    )


class BinCounts(BaseModel):
    """Squares of the Web Mercator grid that hold reports: columns, lines and counts in parallel."""

    zoom: int
    x: list[int]
    y: list[int]
    reports: list[int]


class CellCounts(BaseModel):
    level: str
    reports: dict[str, int] = Field(description="By code, those that hold any")


class Counts(BaseModel):
    """Counts of the reports that the asker may read; groups without reports are left out."""

    territory: str
    edition: str
    total: int
    source: Literal["columns", "database"] = Field(description="Where the counts come from; they are the same")
    why: Literal["missing", "behind", "outdated"] | None = Field(description="Why the database had to answer")
    mark: str | None = Field(description="The place in the feed at which columns are exact")
    cell: CellCounts | None = None
    day: dict[date, int] | None = None
    week: dict[date, int] | None = Field(None, description="By the week's Monday")
    month: dict[str, int] | None = Field(None, description="Such as 2026-03")
    category: dict[str, int] | None = None
    state: dict[str, int] | None = None
    hour: list[list[int]] | None = Field(None, description="Seven weekdays from Monday, 24 hours each")
    bin: BinCounts | None = None


class ComparedCell(BaseModel):
    """Reports of both sides, and the ratio of their rates with its interval of 95 %.

    Under 30 reports there are no p and q, and nothing is called different.
    """

    before: int
    after: int
    ratio: float | None = Field(description="The rate after by the rate before; none where there was none before")
    low: float | None
    high: float | None = Field(description="None: it has no upper end")
    p: float | None = Field(description="Two-sided, exact")
    q: float | None = Field(description="Share of false ones among cells as sure as this (Benjamini and Hochberg)")
    differs: Literal["more", "fewer"] | None = Field(description="What may be told: q is at most 0.05")


class ComparedCode(ComparedCell):
    code: str
    name: str


class Comparison(BaseModel):
    """Two sides beside each other, of the reports that the asker may read; cells without any are left out."""

    territory: str
    edition: str
    level: str
    against: Against
    share: float | None = Field(description="The share that after would have if nothing changed")
    source: Literal["columns", "database"] = Field(description="Where the counts come from; they are the same")
    whole: ComparedCell
    cells: list[ComparedCode]


class StatisticsOfCell(BaseModel):
    """One base grid; none where a number has no meaning."""

    code: str
    name: str
    reports: int
    households: float | None
    gi_star_z: float | None = Field(description="Gi* of the counts, itself included, as a z-score (Getis and Ord)")
    moran_i: float | None = Field(description="Local Moran's I, of standardised rates where there are households")
    moran_z: float | None
    smoothed_rate: float | None = Field(description="Reports a household, drawn towards the mean (Marshall)")


class CellStatistics(BaseModel):
    """Statistics of the base grids that the asker answers for, among themselves."""

    territory: str
    edition: str
    source: Literal["columns", "database"] = Field(description="Where the counts come from; they are the same")
    per_cell: float = Field(description="Mean count of a base grid")
    misleading_below: float = Field(description="Reports a base grid under which z-scores mislead")
    misleading: bool
    note: dict[str, str] = Field(description="What that means, in words")
    cells: list[StatisticsOfCell]
