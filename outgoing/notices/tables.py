"""What is told in which message, and who wants none."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

import wangge.access.tables
import wangge.outgoing.delivery.tables
import wangge.reports.tables  # noqa: F401
from wangge.outgoing.notices.kinds import Kind
from wangge.reports.case.states import one_of
from wangge.store.base import Base

__all__ = ["DeviceRow", "NoticeRow", "RefusalRow"]

TIMESTAMP = DateTime(timezone=True)


class NoticeRow(Base):
    """One thing that a message tells: of a case, or of a territory.

    `contact_report_id` is that of the contact by which a reporter is told: it goes with the contact, and a message
    that tells nothing any more goes with it (a trigger). `mark` names the event in the feed.
    """

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint(one_of("kind", Kind), name="kind"),
        CheckConstraint("(report_id IS NULL) = (report_received_at IS NULL)", name="report"),
        Index("ix_notice_delivery_id", "delivery_id"),
        Index("ix_notice_contact_report_id", "contact_report_id"),
        Index("ix_notice_report_id", "report_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("delivery.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    report_id: Mapped[int | None] = mapped_column(BigInteger)
    report_received_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    contact_report_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("report_contact.report_id", ondelete="CASCADE")
    )
    category: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str | None] = mapped_column(Text)
    mark: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP)


class RefusalRow(Base):
    """Somebody who wants no notices, kept as a keyed hash of the address, so that it outlives the contact."""

    __tablename__ = "notice_refusal"

    recipient: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())


class DeviceRow(Base):
    """A browser in which somebody asked to be told, for as long as the session lasts in which they did."""

    __tablename__ = "push_device"
    __table_args__ = (UniqueConstraint("session_hash"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    session_hash: Mapped[bytes] = mapped_column(LargeBinary, ForeignKey("account_session.hash", ondelete="CASCADE"))
    endpoint: Mapped[str] = mapped_column(Text)
    key: Mapped[bytes] = mapped_column(LargeBinary)
    auth: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
