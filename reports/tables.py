"""Reports, what happened to them, and what is kept apart from them."""

from datetime import datetime

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base

__all__ = ["AssignmentRow", "CategoryRow", "ContactRow", "EventRow", "KeyRow", "ReportRow", "RevisionRow"]

TIMESTAMP = DateTime(timezone=True)
REPORT = ["report.id", "report.received_at"]


class CategoryRow(Base):
    """A kind of matter that a territory takes; `position` orders the list that people see."""

    __tablename__ = "category"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    position: Mapped[int] = mapped_column(Integer, server_default="0")


class ReportRow(Base):
    """One report, partitioned by the month (UTC) in which it was received.

    `geom` is the WGS-84 point; `raw_lon`, `raw_lat` and `datum` are what was sent. Nothing here says who reported.
    """

    __tablename__ = "report"
    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "cell_id"], ["cell.edition_id", "cell.id"]),
        ForeignKeyConstraint(["territory_code", "category"], ["category.territory_code", "category.code"]),
        CheckConstraint("accuracy_m > 0", name="accuracy_m"),
        CheckConstraint("datum IN ('wgs84', 'cgcs2000', 'gcj02', 'bd09')", name="datum"),
        CheckConstraint("state IN ('received', 'assigned')", name="state"),
        Index("ix_report_territory_code_received_at_id", "territory_code", text("received_at DESC"), text("id DESC")),
        Index("ix_report_cell_id_received_at", "cell_id", "received_at"),
        Index("ix_report_geom", "geom", postgresql_using="gist"),
        {"postgresql_partition_by": "RANGE (received_at)"},
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=text("nextval('report_id_seq')"))
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP, primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text)
    edition_id: Mapped[int] = mapped_column(Integer)
    cell_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="")
    occurred_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    source: Mapped[str] = mapped_column(Text)
    on_edge: Mapped[bool]
    ambiguous: Mapped[bool]
    accuracy_m: Mapped[float | None] = mapped_column(Double)
    raw_lon: Mapped[float] = mapped_column(Double)
    raw_lat: Mapped[float] = mapped_column(Double)
    datum: Mapped[str] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[WKBElement] = mapped_column(Geometry("POINT", 4326, spatial_index=False))


class AssignmentRow(Base):
    """The cell that a report was in until it was assigned to another edition; the current one stands in the report.

    Appended only. It has no foreign keys: its rows are copies of what they checked, and the database keeps what they
    name (see the migration that makes it).
    """

    __tablename__ = "report_assignment"
    __table_args__ = ({"postgresql_partition_by": "RANGE (report_received_at)"},)

    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    report_received_at: Mapped[datetime] = mapped_column(TIMESTAMP, primary_key=True)
    assigned_until: Mapped[datetime] = mapped_column(TIMESTAMP, primary_key=True, server_default=func.now())
    cell_id: Mapped[int] = mapped_column(BigInteger)
    edition_id: Mapped[int] = mapped_column(Integer)
    on_edge: Mapped[bool]


class EventRow(Base):
    """What happened to a report, appended only: the database refuses to change or delete an event."""

    __tablename__ = "report_event"
    __table_args__ = (
        ForeignKeyConstraint(["report_id", "report_received_at"], REPORT),
        Index("ix_report_event_report_id_id", "report_id", "id"),
        {"postgresql_partition_by": "RANGE (report_received_at)"},
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=text("nextval('report_event_id_seq')"))
    report_received_at: Mapped[datetime] = mapped_column(TIMESTAMP, primary_key=True)
    report_id: Mapped[int] = mapped_column(BigInteger)
    territory_code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    actor: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)


class ContactRow(Base):
    """How to answer a reporter, apart from the case so that it can be guarded and erased by itself."""

    __tablename__ = "report_contact"
    __table_args__ = (ForeignKeyConstraint(["report_id", "report_received_at"], REPORT),)

    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    report_received_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    name: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)


class KeyRow(Base):
    """A key under which a report was sent before: an Idempotency-Key or an id of another system.

    `digest` is the SHA-256 of what was sent with an Idempotency-Key, so that another body is told apart.
    """

    __tablename__ = "report_key"
    __table_args__ = (CheckConstraint("kind IN ('idempotency', 'external')", name="kind"),)

    territory_code: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    digest: Mapped[str | None] = mapped_column(Text)
    report_id: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP)


class RevisionRow(Base):
    """How often a territory's reports changed: the sum of `n`. Slots keep writers out of each other's way."""

    __tablename__ = "report_revision"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(BigInteger, server_default="0")
