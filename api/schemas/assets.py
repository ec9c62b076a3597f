"""The shapes of assets: lamps, hydrants, manholes, each a point with a number."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from wangge.api.schemas.common import Link
from wangge.api.schemas.forms import NO_NUL
from wangge.api.schemas.grids import CellRef
from wangge.reports.assets.assets import LONGEST

__all__ = ["Asset", "AssetKindRef", "AssetNumber", "AssetPage", "NearAssets"]


AssetNumber = Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=LONGEST)]


class AssetKindRef(BaseModel):
    code: str
    name: dict[str, str]


class Asset(BaseModel):
    """One asset. Its number names nothing else in the territory."""

    number: str
    kind: AssetKindRef
    name: str
    lon: float = Field(description="WGS-84")
    lat: float = Field(description="WGS-84")
    cell: CellRef | None = Field(description="The base grid that it lies in; null outside the current edition")
    attributes: dict[str, str] | None = Field(description="What else is kept of it; null to who reads no cases")


class NearAsset(Asset):
    distance_m: float


class NearAssets(BaseModel):
    assets: list[NearAsset] = Field(description="The nearest first, at most five")


class AssetPage(BaseModel):
    assets: list[Asset] = Field(description="By number")
    links: list[Link]
