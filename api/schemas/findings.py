"""Findings: where problems cluster, as answers hold it."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from wangge.api.schemas.common import Link

__all__ = ["Finding", "FindingCases", "Findings"]


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
