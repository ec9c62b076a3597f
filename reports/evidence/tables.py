"""Photos that were sent, and what signs the links to them."""

from datetime import datetime
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["PhotoErasureRow", "PhotoRow", "SigningKeyRow"]

TIMESTAMP = DateTime(timezone=True)
REPORT = ["report.id", "report.received_at"]


class PhotoRow(Base):
    """A photo; its pictures lie in the photo store under its id.

    The row is there before its pictures (`stored_at`), and is doomed before they go, so that whatever is interrupted
    leaves a row by which the rest is done. Until it is a report's it belongs to whoever sent it, for a day.

    `version` is that of the case's event with which it came, `position` its place among the photos of that event;
    `taken_at` and `taken` are what the camera said, `likeness` a difference hash of 64 bits; `key` is what it was sent
    under; from `covered_at` on there are pictures for the public, which `covered_by` made.
    """

    __tablename__ = "photo"
    __table_args__ = (
        ForeignKeyConstraint(["report_id", "report_received_at"], REPORT),
        CheckConstraint("(report_id IS NULL) = (version IS NULL)", name="attached"),
        CheckConstraint("(covered_at IS NULL) = (covered_by IS NULL)", name="covered"),
        Index("ix_photo_report", "report_id", postgresql_where=text("report_id IS NOT NULL")),
        Index("ix_photo_pending", "sent_at", postgresql_where=text("report_id IS NULL")),
        Index("ix_photo_key", "territory_code", "owner", "key", unique=True, postgresql_where=text("key IS NOT NULL")),
        Index("ix_photo_doomed", "id", postgresql_where=text("doomed_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    owner: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    stored_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    doomed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    report_id: Mapped[int | None] = mapped_column(BigInteger)
    report_received_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    version: Mapped[int | None] = mapped_column(Integer)
    position: Mapped[int | None] = mapped_column(SmallInteger)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    likeness: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    taken_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    key: Mapped[str | None] = mapped_column(Text)
    covered_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    covered_by: Mapped[str | None] = mapped_column(Text)
    taken: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", 4326, spatial_index=False))


class PhotoErasureRow(Base):
    """Photos whose time was over: when they went, and of which cases they were. Nobody changes it."""

    __tablename__ = "photo_erasure"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    count: Mapped[int] = mapped_column(Integer)
    report_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class SigningKeyRow(Base):
    """What links are signed with; made with the table, one for all servers of a database."""

    __tablename__ = "signing_key"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    key: Mapped[bytes] = mapped_column(LargeBinary)
