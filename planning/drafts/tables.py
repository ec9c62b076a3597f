"""Drafts of editions and their base grids."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["DraftCellRow", "DraftRow"]

TIMESTAMP = DateTime(timezone=True)


class DraftRow(Base):
    """An edition to be: `label` is what it will be called, `edition_id` the edition that it was begun from."""

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("territory_code", "label"),
        CheckConstraint("label ~ '^[a-z0-9][a-z0-9._-]{0,62}$'", name="label"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    label: Mapped[str] = mapped_column(Text)
    edition_id: Mapped[int] = mapped_column(Integer, ForeignKey("edition.id"))
    valid_from: Mapped[date]
    begun_by: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())


class DraftCellRow(Base):
    """A base grid of a draft. `version` goes up with every change; `parent` is null where there is no level above."""

    __tablename__ = "draft_cell"
    __table_args__ = (
        UniqueConstraint("draft_id", "code"),
        CheckConstraint("purpose ~ '^[a-z]{1,30}$'", name="purpose"),
        Index("ix_draft_cell_geom", "geom", postgresql_using="gist"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    draft_id: Mapped[int] = mapped_column(Integer, ForeignKey("draft.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    parent: Mapped[str | None] = mapped_column(Text)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", 4326, spatial_index=False))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    changed_by: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    purpose: Mapped[str | None] = mapped_column(Text)
