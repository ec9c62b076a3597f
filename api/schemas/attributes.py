"""The shapes of answers about attributes of cells."""

from datetime import date

from pydantic import BaseModel, Field

from wangge.planning.attributes.declared import Rule

__all__ = ["AttributeTrend", "AttributeValues", "Attributes", "ValuesTaken"]


class AttributeInfo(BaseModel):
    """An attribute as it is declared."""

    key: str
    name: dict[str, str]
    rule: Rule
    unit: str = ""
    weight: str | None = None
    classes: dict[str, dict[str, str]] | None = None


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
