"""What was learned from the words of a territory's cases."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Integer, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["CategoryModelRow"]


class CategoryModelRow(Base):
    """The model by which categories are suggested, one of a territory.

    `arrays` is a `.npz` without pickles, `digest` its SHA-256, `cases` from how many it was learned. `measured` is what
    the newest cases said of it; null where the texts are made up, of which no figure says anything.
    """

    __tablename__ = "category_model"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    trained_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    cases: Mapped[int] = mapped_column(Integer)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    arrays: Mapped[bytes] = mapped_column(LargeBinary)
    measured: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
