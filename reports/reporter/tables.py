"""What is kept of the secrets by which reporters follow their cases."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKeyConstraint, Integer
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["SecretRow"]


class SecretRow(Base):
    """How often the secret of a report was replaced by another; without a row, never. The secret itself is nowhere."""

    __tablename__ = "report_secret"
    __table_args__ = (
        ForeignKeyConstraint(["report_id", "report_received_at"], ["report.id", "report.received_at"]),
        CheckConstraint("generation > 0", name="generation"),
    )

    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    report_received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    generation: Mapped[int] = mapped_column(Integer)
