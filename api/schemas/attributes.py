"""The shapes of answers about attributes of cells."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wangge.api.schemas.common import Short
from wangge.api.schemas.forms import AT_MOST_ONE_LINE, ONE_LINE
from wangge.data.languages import Language
from wangge.planning.attributes.declared import Rule

__all__ = ["AttributeBody", "AttributeTrend", "AttributeTrial", "AttributeValues", "Attributes", "ValuesTaken"]

Line = Annotated[str, StringConstraints(pattern=ONE_LINE, max_length=63)]


class AttributeInfo(BaseModel):
    """An attribute as it is declared."""

    key: str
    name: dict[str, str]
    rule: Rule
    unit: str = ""
    weight: str | None = None
    classes: dict[str, dict[str, str]] | None = None


class AttributeBody(BaseModel):
    """An attribute as it is declared, as in attributes.toml; its key is in the path."""

    model_config = ConfigDict(extra="forbid")
    name: dict[Language, Short]
    rule: Rule
    unit: Annotated[str, StringConstraints(pattern=AT_MOST_ONE_LINE, max_length=63)] = ""
    weight: Line | None = Field(None, description="Key of the sum by which a share or mean is weighed")
    classes: Annotated[dict[Line, dict[Language, Short]], Field(max_length=100)] | None = Field(
        None, description="Of a class: its words, each with its name"
    )


class Attributes(BaseModel):
    attributes: list[AttributeInfo]


class AttributeValue(BaseModel):
    """A value: the cell's own, or rolled up of cells below, of which `known` have one."""

    value: float | str | None = Field(description="Null where it is missing, or where only counts say it")
    own: bool = Field(description="It is the cell's own")
    known: int
    cells: int
    counts: dict[str, int] = Field(description="Of classes, yes and no, by word")


class CellValues(BaseModel):
    code: str
    name: str
    values: dict[str, AttributeValue | None] = Field(description="By key of the attribute; null where nobody said any")


class Tried(BaseModel):
    """What a cell's value is by what is declared now, and what it is, or would be, by the new declaration."""

    code: str
    name: str
    before: AttributeValue | None
    after: AttributeValue | None


class AttributeTrial(BaseModel):
    stored: bool = Field(description="False: it was only tried")
    level: str = Field(description="The top one")
    on: date
    cells: list[Tried]


class AttributeValues(BaseModel):
    level: str
    on: date
    edition: str
    cells: list[CellValues]


class Dated(BaseModel):
    on: date
    value: AttributeValue | None


class AttributeTrend(BaseModel):
    level: str
    code: str
    attribute: AttributeInfo
    days: list[Dated]


class ValuesTaken(BaseModel):
    level: str
    on: date
    stored: int = Field(description="Values")
    ignored: list[str] = Field(description="Heads of columns that mean nothing here")
