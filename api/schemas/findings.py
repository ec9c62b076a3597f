"""Findings: where problems cluster, as answers hold it."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from wangge.api.schemas.common import Link
from wangge.patterns.statistics.patterns import Pattern

__all__ = ["Emerging", "Finding", "FindingCases", "Findings"]


class Centre(BaseModel):
    code: str
    name: str


class Finding(BaseModel):
    """A cluster, in one sentence of each language and in figures."""

    id: int
    kind: Literal["lately", "where"] = Field(
        description="lately: more than the city's own rhythm explains; where: more than its share, over a year"
    )
    source: Literal["residents", "patrols"]
    category: str
    sentence: dict[str, str]
    what: dict[str, str] = Field(description="The first part of the sentence: what was found, where and when")
    sure: dict[str, str] = Field(description="Its second part: how sure that is")
    first_day: date
    last_day: date
    found_on: date
    seen_on: date
    centre: Centre
    cells: list[str]
    observed: int = Field(description="Sessions: repeats and what was filed on one walk are one")
    expected: float
    against: Literal["rhythm", "households", "reports"]
    p: float
    recurrence_days: float | None = Field(
        description="Nights in which chance alone shows as much once, in the whole city"
    )
    reports: int
    reporters: int
    unknown_reporters: int = Field(description="Reports of which nobody knows who made them")
    median_gap_s: float | None
    method: str
    links: list[Link]


class Unseen(BaseModel):
    """What a category would have had to show; `least` is null where there were too few data to look at all."""

    category: str
    patrols: bool
    sessions: int
    expected: float
    least: int | None
    sentence: dict[str, str]


class Run(BaseModel):
    day: date = Field(description="The last day that was looked at")
    ran_at: datetime
    seed: int
    reports: int
    sessions: int
    tests: int
    unseen: list[Unseen]


class Findings(BaseModel):
    run: Run | None
    findings: list[Finding]
    more: bool = Field(description="There are more than the 500 that are told: those seen last, and the surest of them")


class FindingCase(BaseModel):
    number: str
    received_at: datetime
    category: str
    state: str
    state_title: str
    links: list[Link]


class FindingCases(BaseModel):
    finding: int
    cases: list[FindingCase]


class EmergingPlace(BaseModel):
    """A base grid that, with its neighbours, stood out over the months."""

    cell: Centre
    category: str | None = Field(description="None: all categories together")
    pattern: Pattern
    cold: bool = Field(description="Fewer than its share instead of more")
    months: int = Field(description="In how many months it was so")
    observed: int = Field(description="Sessions of the last two months, in the base grid and its neighbours")
    expected: float = Field(description="As many by its share of the households")
    leads: bool = Field(description="No stronger one of the same pattern shares a base grid with it")
    sentence: dict[str, str]


class TooLittle(BaseModel):
    category: str | None
    per_bin: float = Field(description="Sessions by base grid and month")
    least: float = Field(description="How many of them it takes")
    sentence: dict[str, str]


class Emerging(BaseModel):
    """What stood out over the months, by the last look."""

    day: date | None = Field(description="The last day that was looked at; none: nobody looked yet")
    months: list[str]
    why: Literal["households", "months", "edition"] | None = Field(description="Why nothing could be told")
    note: dict[str, str] | None = Field(description="The same in words")
    places: list[EmergingPlace]
    too_few: list[TooLittle]
