"""What was drawn for an audit, and how it was judged. Nobody changes it."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.reports.audit.judging import Means, Verdict
from wangge.reports.case.states import one_of
from wangge.store.base import Base

__all__ = ["AuditCaseRow", "AuditJudgementRow", "AuditRow"]

TIMESTAMP = DateTime(timezone=True)
REPORT = ["report.id", "report.received_at"]
DRAWN = ["audit_case.audit_id", "audit_case.report_id"]


class AuditRow(Base):
    """A draw of the cases that stood closed at `as_of`, received from `since` until `until`.

    `strata_by` and `level` say what they were put into strata by, `strata` which there are: the values by which cases
    are in one, how many there were, and how many were drawn.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_territory_code_id", "territory_code", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    as_of: Mapped[datetime] = mapped_column(TIMESTAMP)
    actor: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    until: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    strata_by: Mapped[list[str]] = mapped_column(ARRAY(Text))
    level: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    seed: Mapped[int] = mapped_column(BigInteger)
    strata: Mapped[list[Any]] = mapped_column(JSONB)
    drawn_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())


class AuditCaseRow(Base):
    """A case that was drawn. `place` orders those that are judged, `stratum` is the place of its stratum."""

    __tablename__ = "audit_case"
    __table_args__ = (ForeignKeyConstraint(["report_id", "report_received_at"], REPORT),)

    audit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("audit.id"), primary_key=True)
    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    report_received_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    place: Mapped[int] = mapped_column(Integer)
    stratum: Mapped[int] = mapped_column(Integer)
    cell: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    organisation_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class AuditJudgementRow(Base):
    """Whether a drawn case is solved, as somebody judged it; of several by the same judge the last counts."""

    __tablename__ = "audit_judgement"
    __table_args__ = (
        ForeignKeyConstraint(["audit_id", "report_id"], DRAWN),
        CheckConstraint(one_of("verdict", Verdict), name="verdict"),
        CheckConstraint(one_of("means", Means), name="means"),
        Index("ix_audit_judgement_audit_id_report_id", "audit_id", "report_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    audit_id: Mapped[int] = mapped_column(BigInteger)
    report_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    judge: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Text)
    means: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
