"""Drafts of editions: what they are begun with, and told of."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wangge.api.schemas.common import Day, Link
from wangge.api.schemas.forms import KEY_NAME

__all__ = ["Defects", "DraftBody", "DraftInfo", "DraftList", "FeatureBody", "FeaturePatch"]


class DraftBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, StringConstraints(pattern=KEY_NAME, max_length=63)] = Field(
        description="What the edition will be called"
    )
    valid_from: Day = Field(description="From which day it is to hold")


class DraftInfo(BaseModel):
    label: str
    valid_from: date
    edition: str = Field(description="The edition that it was begun from")
    begun_by: str
    begun_at: datetime
    cells: int = Field(description="Base grids")
    changed: int = Field(description="Those of them that were drawn or changed since")
    changed_at: datetime | None = Field(description="When the last of those was")
    version: int = Field(
        description="Another number whenever its base grids are others; for `If-Match` when it is discarded"
    )
    links: list[Link]


class DraftList(BaseModel):
    drafts: list[DraftInfo]


class DraftDefect(BaseModel):
    kind: str
    level: str
    cells: list[str]
    area_m2: float
    lon: float
    lat: float
    title: str
    meaning: str
    detail: dict[str, Any]


class Defects(BaseModel):
    clean: bool = Field(description="Nothing is wrong with it: it can be stored as an edition")
    count: int = Field(description="How many defects there are; the first 500 of them are told")
    defects: list[DraftDefect]


class FeatureBody(BaseModel):
    """A feature of GeoJSON as clients send it; what else stands in it, such as links, is passed over."""

    type: Literal["Feature"]
    geometry: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None


class FeaturePatch(BaseModel):
    """What of a feature is to be another, by JSON Merge Patch (RFC 7396)."""

    geometry: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
