"""Limits of each territory, and the single days that it works or rests."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Integer, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["CalendarDayRow", "PolicyRow"]


class PolicyRow(Base):
    """The limits of a territory as they are written down; the default ones where `document` is null.

    `revision` grows with every change of the limits and of the single days; `applied` is the one by which the alarms
    of the open cases were last set.
    """

    __tablename__ = "policy"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    revision: Mapped[int] = mapped_column(Integer)
    applied: Mapped[int] = mapped_column(Integer, server_default="0")
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    changed_by: Mapped[str] = mapped_column(Text)


class CalendarDayRow(Base):
    """A single day that a territory works or rests, whatever its rules and its country's holidays say."""

    __tablename__ = "calendar_day"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    work: Mapped[bool]
    name: Mapped[str | None] = mapped_column(Text)
