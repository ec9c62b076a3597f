"""What was found, which cases it is of, and what each night's look came to."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.reports.tables import REPORT
from wangge.store.base import Base

__all__ = ["FindingCaseRow", "FindingRow", "FindingRunRow"]

TIMESTAMP = DateTime(timezone=True)


class FindingRow(Base):
    """A cluster that was found: `cells` from `first_day` to `last_day`, first told on `found_on`, last on `seen_on`.

    `kind` is "lately" (more than the city's own rhythm explains, which raises an alarm) or "where" (more than its share
    of `against` over a year). `p` is of one test among `tests` of its night. `observed` and `expected` count sessions;
    `reports` are those behind them, by `reporters` who are known and in `unknown` reports by nobody knows whom.
    """

    __tablename__ = "finding"
    __table_args__ = (
        CheckConstraint("kind IN ('lately', 'where')", name="kind"),
        CheckConstraint("against IN ('rhythm', 'households', 'reports')", name="against"),
        CheckConstraint("first_day <= last_day AND found_on <= seen_on", name="days"),
        Index("ix_finding_territory_code_seen_on", "territory_code", "seen_on"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    edition_id: Mapped[int] = mapped_column(Integer, ForeignKey("edition.id"))
    kind: Mapped[str] = mapped_column(Text)
    against: Mapped[str] = mapped_column(Text)
    patrols: Mapped[bool]
    category: Mapped[str] = mapped_column(Text)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    found_on: Mapped[date] = mapped_column(Date)
    seen_on: Mapped[date] = mapped_column(Date)
    centre: Mapped[int] = mapped_column(BigInteger)
    cells: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    observed: Mapped[int] = mapped_column(Integer)
    expected: Mapped[float] = mapped_column(Double)
    p: Mapped[float] = mapped_column(Double)
    tests: Mapped[int] = mapped_column(Integer)
    reports: Mapped[int] = mapped_column(Integer)
    reporters: Mapped[int] = mapped_column(Integer)
    unknown: Mapped[int] = mapped_column(Integer)
    gap_s: Mapped[float | None] = mapped_column(Double)


class FindingCaseRow(Base):
    """A case that a finding is of."""

    __tablename__ = "finding_case"
    __table_args__ = (ForeignKeyConstraint(["report_id", "report_received_at"], REPORT),)

    finding_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("finding.id", ondelete="CASCADE"), primary_key=True)
    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    report_received_at: Mapped[datetime] = mapped_column(TIMESTAMP)


class FindingRunRow(Base):
    """A look at the days up to `day`: `tests` were made with `seed`; `unseen` says, of each category, what could not
    have been seen; `emerging` is what stood out over the months (see emergence), None where it was not asked."""

    __tablename__ = "finding_run"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    ran_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    seed: Mapped[int] = mapped_column(BigInteger)
    reports: Mapped[int] = mapped_column(Integer)
    sessions: Mapped[int] = mapped_column(Integer)
    tests: Mapped[int] = mapped_column(Integer)
    unseen: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    emerging: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
