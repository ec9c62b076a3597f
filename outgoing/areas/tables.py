"""Who wants to hear of which area by e-mail."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["AreaSubscriptionRow"]

TIMESTAMP = DateTime(timezone=True)


class AreaSubscriptionRow(Base):
    """An area of a territory, and the address that is told of it once its owner has confirmed that.

    The area is a cell, a circle (WGS-84), or all of the territory; no `categories` are all of them. `position` is the
    one in the feed up to which it was told, `due_at` when it is next looked at. What proves the owner is kept nowhere.
    """

    __tablename__ = "area_subscription"
    __table_args__ = (
        CheckConstraint("num_nonnulls(lon, lat, metres) IN (0, 3)", name="circle"),
        CheckConstraint("num_nonnulls(cell, lon) < 2 AND (level IS NULL OR cell IS NOT NULL)", name="area"),
        CheckConstraint("num_nonnulls(confirmed_at, position, due_at) IN (0, 3)", name="confirmed"),
        Index("ix_area_subscription_email", "email"),
        Index("ix_area_subscription_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    email: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    cell: Mapped[str | None] = mapped_column(Text)
    level: Mapped[str | None] = mapped_column(Text)
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)
    metres: Mapped[float | None] = mapped_column(Double)
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    confirmed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    position: Mapped[int | None] = mapped_column(BigInteger)
    due_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
