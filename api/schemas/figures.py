"""The shapes of answers about figures, as the OpenAPI description shows them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from wangge.api.schemas.common import Link, Short
from wangge.api.schemas.grids import CellRef
from wangge.data.languages import Language

__all__ = [
    "DefinitionBody",
    "IndicatorCases",
    "IndicatorDefinitions",
    "Indicators",
    "Integrity",
    "IntegrityCases",
    "OddClosings",
]


class Described(BaseModel):
    """An indicator: its names, its unit, whether more of it is better, and the level it is about, if it is."""

    key: str
    name: dict[str, str]
    unit: Literal["percent", "per_thousand", "cases"]
    better: Literal["higher", "lower"]
    level: str | None
    rate: bool = Field(description="False: the figure is a number of cases")


class FigureValue(BaseModel):
    """One figure with the number of cases that it is made of; `value` is null where there is nothing to judge."""

    value: float | None
    numerator: int
    denominator: int
    excluded: int


class FigureRow(BaseModel):
    """Figures by the key of the indicator, and what they are about under the name of what was counted by."""

    model_config = ConfigDict(extra="allow")
    figures: dict[str, FigureValue]
    cases: str = Field(description="Template (RFC 6570) of the cases behind them, of {indicator} and {part}")


class Indicators(BaseModel):
    """The figures of a territory: of all cases that were asked for, and of each group of them."""

    territory: str
    edition: str
    as_of: datetime | None
    since: datetime | None = Field(alias="from")
    to: datetime | None
    by: list[str]
    level: str | None
    indicators: list[Described]
    total: FigureRow
    rows: list[FigureRow]
    links: list[Link]


class CaseOfFigure(BaseModel):
    """A case that a figure counts, with what held of it then; `state` is where it stands now."""

    number: str
    received_at: datetime
    category: str
    state: str
    cell: CellRef
    facts: list[str]
    links: list[Link]


class IndicatorCases(BaseModel):
    """A page of the cases behind a figure."""

    indicator: Described
    part: Literal["numerator", "denominator", "excluded"]
    cases: list[CaseOfFigure]
    links: list[Link]


class Definition(BaseModel):
    """How an indicator is declared; tests are a fact, or an object of all_of, any_of, none_of."""

    key: str
    name: dict[str, str]
    unit: str
    denominator: Any
    numerator: Any = None
    exclude: Any = None
    better: str = "higher"
    each_level: bool = False
    hidden: bool = False
    own: bool = Field(description="Declared by the territory itself")


class DefinitionBody(BaseModel):
    """An indicator as it is declared, as in indicators.toml; its key is in the path."""

    model_config = ConfigDict(extra="forbid")
    name: dict[Language, Short]
    unit: Literal["percent", "per_thousand", "cases"] = "percent"
    denominator: Any = Field(None, description="A fact, or an object of all_of, any_of, none_of")
    numerator: Any = None
    exclude: Any = None
    better: Literal["higher", "lower"] = "higher"
    each_level: StrictBool = False
    hidden: StrictBool = False


class IndicatorDefinitions(BaseModel):
    indicators: list[Definition]


class IntegrityCheck(BaseModel):
    """How many cases a check finds, and by which thresholds."""

    check: str
    cases: int
    thresholds: dict[str, int]
    links: list[Link]


class Integrity(BaseModel):
    checks: list[IntegrityCheck]


class SuspectCase(BaseModel):
    """A case that a check finds: what was done, when and by whom."""

    number: str
    received_at: datetime
    category: str
    state: str
    cell: CellRef
    at: datetime
    actor: str
    links: list[Link]


class IntegrityCases(BaseModel):
    check: str
    cases: list[SuspectCase]
    links: list[Link]


class OddReason(BaseModel):
    """Why a closing is odd, in words; what holds for many is worth fewer points."""

    reason: str
    title: str
    points: float
    case: str | None = Field(description="Number of another case that it is about")


class OddClosing(BaseModel):
    """A closed case that it is worth to look at. It says nothing of anybody: there may be a good reason."""

    number: str
    received_at: datetime
    closed_at: datetime
    category: str
    state: str
    cell: CellRef
    score: float
    reasons: list[OddReason]
    links: list[Link]


class OddClosings(BaseModel):
    """The oddest closings first; `odd` have any reason at all, of those that were `compared`."""

    cases: list[OddClosing]
    odd: int
    compared: int
