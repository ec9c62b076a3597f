"""The shapes of photos in answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, Strict

__all__ = ["CasePhoto", "CoverBody", "CoveredPhoto", "Photo", "PhotoErasures"]

At = Annotated[int, Strict(), Field(ge=0, lt=4096)]
SHOWN = "Address of the picture; good for fifteen minutes at least"


class CameraPlace(BaseModel):
    lon: float = Field(description="WGS-84, as the camera says")
    lat: float


class Photo(BaseModel):
    """A photo that waits for its report or its move."""

    id: UUID
    width: int
    height: int
    taken_at: datetime | None = Field(description="When, as the camera says")
    place: CameraPlace | None
    expires_at: datetime = Field(description="Until then it waits")
    large: str = Field(description=SHOWN)
    small: str = Field(description=SHOWN)


class CasePhoto(BaseModel):
    """A photo of a case, with the move that it came with."""

    id: UUID
    version: int = Field(description="Of the event that it came with")
    move: str | None
    title: str
    at: datetime
    actor: str | None
    taken_at: datetime | None = Field(description="When, as the camera says")
    width: int
    height: int
    covered_at: datetime | None = Field(description="Since when the public may see it, with faces and plates covered")
    large: str = Field(description=SHOWN)
    small: str = Field(description=SHOWN)


class CoverBody(BaseModel):
    """What nobody else is to see: squares of which 32 lie across the picture, as column and row from the top left."""

    model_config = ConfigDict(extra="forbid")
    cells: list[tuple[At, At]] = Field(max_length=4096, description="None: there is nothing to cover")


class CoveredPhoto(BaseModel):
    """What the public sees of a photo."""

    id: UUID
    large: str = Field(description=SHOWN)
    small: str = Field(description=SHOWN)


class PhotoErasure(BaseModel):
    """Photos that went together, and ids of the reports that they were of."""

    id: int
    at: datetime
    count: int
    report_ids: list[int]


class PhotoErasures(BaseModel):
    erasures: list[PhotoErasure]
