"""Who is told of events, where, and how that goes."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

import wangge.access.tables  # noqa: F401 - what this names
from wangge.store.base import Base

__all__ = ["WebhookRow"]

TIMESTAMP = DateTime(timezone=True)


class WebhookRow(Base):
    """An address that is told of what its owner, an account or a key, may export.

    `moves` are those that it is told of; null for all. `generation` is what its secret is made of, beside the signing
    key; until `former_until` the secret before signs too. After `failures` in a row it rests until `rests_until`.
    """

    __tablename__ = "webhook"
    __table_args__ = (
        UniqueConstraint("territory_code", "name"),
        CheckConstraint("num_nonnulls(account_id, key_id) = 1", name="owner"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    name: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    moves: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    key_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("service_key.id"))
    generation: Mapped[int] = mapped_column(Integer, server_default="0")
    former_until: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    rests_until: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    created_by: Mapped[str] = mapped_column(Text)
