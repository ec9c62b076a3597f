"""Exports that are made while nobody waits, as the API tells of them."""

from datetime import datetime

from pydantic import BaseModel, Field

from wangge.api.schemas.common import Link
from wangge.geo.datum import Datum
from wangge.reports.bulk.export.jobs import ExportReason, ExportState

__all__ = ["ExportAnswer", "ExportAnswers"]


class ExportAnswer(BaseModel):
    """One export: what was asked for, and how far it is."""

    id: str
    state: ExportState
    form: str
    datum: Datum
    filter: str = Field(description="What was asked, as in the file; what was searched for is not told")
    file: str = Field(description="Name of the file")
    rows: int | None = Field(description="Rows written so far")
    of: int | None = Field(description="Rows that there were when it began")
    size: int | None = Field(description="Bytes of the file, once it is there")
    reason: ExportReason | None = Field(description="Why it failed")
    created_at: datetime
    finished_at: datetime | None
    kept_until: datetime
    links: list[Link]


class ExportAnswers(BaseModel):
    """Exports, the last first."""

    exports: list[ExportAnswer]
