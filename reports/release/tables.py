"""Releases: what was published of a territory's counts, period by period."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.reports.release.periods import About, PeriodKind
from wangge.store.base import Base

__all__ = ["ReleaseCountRow", "ReleaseOutcomeRow", "ReleaseRow", "ReleaseSeedRow"]


class ReleaseRow(Base):
    """One period of a territory, published; `until` is exclusive.

    `step` is what its counts are multiples of, `finest` the depth of the finest cells that it tells of by what is
    counted, `edition_id` whose cells they are: the same for all periods of a year. `outcomes`
    once it is told what became of the cases, too.
    """

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("territory_code", "period"),
        CheckConstraint(f"kind IN ({', '.join(repr(str(kind)) for kind in PeriodKind)})", name="kind"),
        CheckConstraint("since < until", name="span"),
        CheckConstraint("step > 1", name="step"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    period: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    edition_id: Mapped[int] = mapped_column(Integer, ForeignKey("edition.id"))
    step: Mapped[int] = mapped_column(Integer)
    finest: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    outcomes: Mapped[bool] = mapped_column(server_default="false")


class ReleaseCountRow(Base):
    """A published count: of a cell (`depth` 0 is the whole territory, 1 the top level), of all or a kind of matter.

    What is not there was published as 0, which stands for none and for too few alike.
    """

    __tablename__ = "release_count"
    __table_args__ = (
        CheckConstraint(f"about IN ({', '.join(repr(str(about)) for about in About)})", name="about"),
        CheckConstraint("count > 0", name="count"),
    )

    release_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    about: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text, primary_key=True)
    depth: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class ReleaseOutcomeRow(Base):
    """A published count of the cases of a month that were closed within so many days; `days` 0 counts them all."""

    __tablename__ = "release_outcome"
    __table_args__ = (
        CheckConstraint(f"about IN ({', '.join(repr(str(about)) for about in About)})", name="about"),
        CheckConstraint("days >= 0", name="days"),
        CheckConstraint("count > 0", name="count"),
    )

    release_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    about: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text, primary_key=True)
    depth: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(Integer)


class ReleaseSeedRow(Base):
    """What the rounding of published counts is drawn from; nobody outside knows it."""

    __tablename__ = "release_seed"
    __table_args__ = (CheckConstraint("single", name="single"),)

    single: Mapped[bool] = mapped_column(primary_key=True, server_default="true")
    seed: Mapped[bytes] = mapped_column(LargeBinary)
