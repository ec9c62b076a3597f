"""Joint meetings (联席会): their members, the cases on the agenda, and the decisions that became tasks."""

from datetime import datetime

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
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["DecisionRow", "MeetingCaseRow", "MeetingMemberRow", "MeetingRow", "MemberRow"]

TIMESTAMP = DateTime(timezone=True)


class MemberRow(Base):
    """A part-time member of the joint meeting, sent by an employer that resides in the territory."""

    __tablename__ = "joint_member"
    __table_args__ = (UniqueConstraint("territory_code", "number"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    number: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    employer: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default="true")


class MeetingRow(Base):
    """One meeting, planned, held or cancelled."""

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("status IN ('planned', 'held', 'cancelled')", name="status"),
        Index("ix_meeting_territory_code_held_at", "territory_code", "held_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    held_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    place: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="planned")
    actor: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class MeetingMemberRow(Base):
    """A member who is called to a meeting."""

    __tablename__ = "meeting_member"

    meeting_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("meeting.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("joint_member.id"), primary_key=True)


class MeetingCaseRow(Base):
    """A case on the agenda of a meeting."""

    __tablename__ = "meeting_case"
    __table_args__ = (
        ForeignKeyConstraint(["report_id", "report_received_at"], ["report.id", "report.received_at"]),
        Index("ix_meeting_case_report_id", "report_id"),
    )

    meeting_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("meeting.id"), primary_key=True)
    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    report_received_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    position: Mapped[int] = mapped_column(Integer)


class DecisionRow(Base):
    """What a meeting decided about a case, and the task that one party has by it: whose, and due when, stands there."""

    __tablename__ = "meeting_decision"
    __table_args__ = (
        ForeignKeyConstraint(["meeting_id", "report_id"], ["meeting_case.meeting_id", "meeting_case.report_id"]),
        UniqueConstraint("task_id"),
        Index("ix_meeting_decision_meeting_id", "meeting_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    meeting_id: Mapped[int] = mapped_column(BigInteger)
    report_id: Mapped[int] = mapped_column(BigInteger)
    task_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("report_task.id"))
    text: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP)
