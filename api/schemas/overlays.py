"""The shapes of answers about overlays."""

from datetime import date, datetime

from pydantic import BaseModel, Field

__all__ = ["Cuts", "HouseholdsCounted", "OverlayList"]


class OverlayEdition(BaseModel):
    """An edition of an overlay: the areas that hold from a day until before another."""

    key: str
    name: dict[str, str]
    valid_from: date
    valid_to: date | None
    source: str
    licence: str
    imported_at: datetime
    areas: int


class OverlayList(BaseModel):
    overlays: list[OverlayEdition]


class Part(BaseModel):
    area: str
    share: float = Field(description="Of the base grid, 0 to 1")
    m2: float
    households: float | None = Field(description="Households in it; null where nobody says any")
    household_share: float | None = Field(description="Of the base grid's households, 0 to 1")


class CellShares(BaseModel):
    """How a base grid lies under the areas."""

    code: str
    m2: float
    none: float = Field(description="Share that lies in no area")
    none_households: float | None = Field(description="Households in no area")
    households: float | None = Field(description="As counted, else as the grid says, spread evenly in it")
    parts: list[Part] = Field(description="The largest first")
    proposed: str | None = Field(description="The area that would have all of it; null where none has any")


class Cut(BaseModel):
    """A base grid that lies in several areas, or in part in none."""

    code: str
    name: str
    border_m: float = Field(description="Metres of border that run through it")
    people: dict[str, float] = Field(description="Households and population, where the grid says them")


class Move(BaseModel):
    """A part of a base grid that the proposal takes from an area, null for none, and gives to another."""

    code: str
    source: str | None = Field(alias="from")
    to: str
    m2: float
    people: dict[str, float] = Field(description="Who lives there; but for counted households by its share of the area")


class Cuts(BaseModel):
    overlay: str
    valid_from: date
    edition: str = Field(description="Of the grid")
    least: float
    counted: bool = Field(description="Whether households were counted where they are (`wangge overlay households`)")
    cells: list[CellShares]
    cuts: list[Cut] = Field(description="The longest border first")
    moves: list[Move]


class HouseholdsCounted(BaseModel):
    """How many households of a layer there are; or would be kept."""

    stored: bool = Field(description="False: it was only tried")
    valid_from: date = Field(description="Of the edition of the overlay by whose areas they are counted")
    total: float
    inside: float = Field(description="In base grids")
