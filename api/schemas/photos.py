"""The shapes of photos in answers."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

__all__ = ["CasePhoto", "Photo", "PhotoErasures"]

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
