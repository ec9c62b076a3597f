"""Where the texts lie that moves are made with."""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["TemplateRow"]


class TemplateRow(Base):
    """A text for one field of a move, of cases of one category, or of all (null)."""

    __tablename__ = "move_template"
    __table_args__ = (
        ForeignKeyConstraint(
            ["territory_code", "category"], ["category.territory_code", "category.code"], ondelete="CASCADE"
        ),
        CheckConstraint("field IN ('note', 'reason')", name="field"),
    )

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    move: Mapped[str] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    field: Mapped[str] = mapped_column(Text)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    text: Mapped[dict[str, str]] = mapped_column(JSONB)
    position: Mapped[int] = mapped_column(Integer, server_default="0")
    version: Mapped[int] = mapped_column(Integer, server_default="1")
