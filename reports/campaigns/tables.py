"""Campaigns, and what was seen at the places of their checklists."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["CampaignAnswerRow", "CampaignRow"]

TIMESTAMP = DateTime(timezone=True)


class CampaignRow(Base):
    """A campaign from its first to its last day, both included, by the territory's clock; `ended_at` ends it before.

    `cells` are pairs of level and code; none for the whole territory. Its categories stand with the others.
    """

    __tablename__ = "campaign"
    __table_args__ = (CheckConstraint("since <= until", name="days"),)

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    cells: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    checklists: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class CampaignAnswerRow(Base):
    """What was seen at a place and when, under its sender's id. Who looked is not kept: places are counted."""

    __tablename__ = "campaign_answer"
    __table_args__ = (
        ForeignKeyConstraint(["territory_code", "campaign"], ["campaign.territory_code", "campaign.code"]),
        Index("ix_campaign_answer_place", "territory_code", "campaign", "checklist", "place", text("at DESC"), "id"),
    )

    territory_code: Mapped[str] = mapped_column(Text, primary_key=True)
    campaign: Mapped[str] = mapped_column(Text, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    checklist: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP)
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
