"""The shapes of assets: lamps, hydrants, manholes, each a point with a number."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wangge.api.schemas.common import FieldProblem, Link, Short
from wangge.api.schemas.forms import NO_NUL
from wangge.api.schemas.grids import CellRef
from wangge.data.languages import Language
from wangge.reports.assets.assets import LONGEST

__all__ = [
    "Asset",
    "AssetKindBody",
    "AssetKindInfo",
    "AssetKindRef",
    "AssetKinds",
    "AssetNumber",
    "AssetPage",
    "AssetsTaken",
    "NearAssets",
]


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


class AssetKindInfo(AssetKindRef):
    """A kind of asset as it is declared, with how many assets are of it."""

    categories: list[str] = Field(description="Codes of those whose reports are about it")
    assets: int
    version: int = Field(description="How often it was stored; what a change names in `If-Match`")


class AssetKinds(BaseModel):
    kinds: list[AssetKindInfo]


class AssetKindBody(BaseModel):
    """A kind of asset as it is declared; its code is in the path."""

    model_config = ConfigDict(extra="forbid")
    name: dict[Language, Short]
    categories: Annotated[list[Short], Field(max_length=200)] = []


class RefusedRecord(FieldProblem):
    """A record that was refused; nothing of its asset was changed."""

    record: int = Field(description="Number of the record, from 1; heads are not counted")
    got: str


class AssetsTaken(BaseModel):
    """What became of the records of a file, and of the assets that it does not name; or would become."""

    stored: bool = Field(description="False: it was only tried")
    read: int
    new: int
    changed: int
    same: int
    gone: int
    refused: int
    ignored: list[str] = Field(description="Heads of columns that mean nothing here")
    errors: list[RefusedRecord] = Field(description="Of the refused records the first hundred")
