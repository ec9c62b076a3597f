"""What is declared of cells, and the dated values."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["AttributeRow", "AttributeValueRow"]


class AttributeRow(Base):
    """An attribute as it is declared (planning/attributes/declared.py)."""

    __tablename__ = "attribute"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    declaration: Mapped[dict[str, Any]] = mapped_column(JSONB)
    position: Mapped[int] = mapped_column(Integer)


class AttributeValueRow(Base):
    """The value of a cell from a day on, until its next: a number or a word. A value that is missing has no row."""

    __tablename__ = "attribute_value"
    __table_args__ = (
        ForeignKeyConstraint(
            ["territory_code", "key"], ["attribute.territory_code", "attribute.key"], ondelete="CASCADE"
        ),
        CheckConstraint("num_nonnulls(number, word) = 1", name="value"),
    )

    territory_code: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    level: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[float | None] = mapped_column(Double)
    word: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
