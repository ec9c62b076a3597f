"""What is kept of the secrets by which reporters follow their cases, and of who supports them."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Integer,
    LargeBinary,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["SecretRow", "SupportRow"]

TIMESTAMP = DateTime(timezone=True)
REPORT = ["report.id", "report.received_at"]


class SecretRow(Base):
    """How often the secret of a report was replaced by another; without a row, never. The secret itself is nowhere."""

    __tablename__ = "report_secret"
    __table_args__ = (
        ForeignKeyConstraint(["report_id", "report_received_at"], REPORT),
        CheckConstraint("generation > 0", name="generation"),
    )

    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    report_received_at: Mapped[datetime] = mapped_column(TIMESTAMP, primary_key=True)
    generation: Mapped[int] = mapped_column(Integer)


class SupportRow(Base):
    """Somebody who has the same matter as a report: once from each device.

    `device` is a digest of the device's own random name with the report, so that nothing tells which cases one device
    supports.
    """

    __tablename__ = "report_support"
    __table_args__ = (
        ForeignKeyConstraint(["report_id", "report_received_at"], REPORT),
        UniqueConstraint("report_id", "report_received_at", "device"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    report_id: Mapped[int] = mapped_column(BigInteger)
    report_received_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    device: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
