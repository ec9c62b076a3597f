"""What is kept of each case for the figures, and the indicators that territories declare."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Integer, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["FactsPastRow", "FactsRow", "IndicatorRow"]

TIMESTAMP = DateTime(timezone=True)


class FactsRow(Base):
    """What holds of a case since its last event that counts; see reports.facts for the bits.

    A copy, narrow enough to be read whole: the events are the truth, and a command proves that both agree. It has no
    foreign keys, which would be checked at every intake, and no indexes, which would be written at every move.
    """

    __tablename__ = "report_facts"
    __table_args__ = ({"postgresql_partition_by": "RANGE (received_at)"},)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP, primary_key=True)
    since: Mapped[datetime] = mapped_column(TIMESTAMP)
    facts: Mapped[int] = mapped_column(BigInteger)
    cell_id: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    close_due_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    territory_code: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    organisation_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))


class FactsPastRow(Base):
    """What held of a case from `since` until `until`, before something else did."""

    __tablename__ = "report_facts_past"
    __table_args__ = (
        CheckConstraint("since < until", name="span"),
        {"postgresql_partition_by": "RANGE (received_at)"},
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP, primary_key=True)
    since: Mapped[datetime] = mapped_column(TIMESTAMP, primary_key=True)
    until: Mapped[datetime] = mapped_column(TIMESTAMP)
    facts: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    close_due_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    organisation_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))


class IndicatorRow(Base):
    """An indicator that a territory declares: one of its own, or in the place of the shipped one with that key."""

    __tablename__ = "indicator"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    declaration: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
