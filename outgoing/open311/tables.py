"""Which other servers a territory is in step with, and which of their requests is which case here."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["PeerRequestRow", "PeerRow"]

TIMESTAMP = DateTime(timezone=True)


class PeerRow(Base):
    """Another server, as it was declared in `document`.

    `reached` is the latest change that it has told of, by its own clock; `looked_at` when both were last in step,
    `last` what was done then, and `error` why they are not. `key` is what it gave us, sealed; without one that of the
    settings is used where it was an operator who declared the server, which is what `from_settings` says. `ended_at`
    is since when it is asked nothing any more; which request was which case stays known.
    """

    __tablename__ = "peer"
    __table_args__ = (UniqueConstraint("territory_code", "name"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    name: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    since: Mapped[datetime] = mapped_column(TIMESTAMP)
    reached: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    looked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    error: Mapped[str | None] = mapped_column(Text)
    last: Mapped[dict[str, int] | None] = mapped_column(JSONB)
    key: Mapped[bytes | None] = mapped_column(LargeBinary)
    from_settings: Mapped[bool] = mapped_column(Boolean, server_default="true")
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    created_by: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)


class PeerRequestRow(Base):
    """A request there and the case here, or one of the two that waits for the other.

    `origin` is where it was filed first. A case is `due` until it is posted, `sending` from before it is until the
    answer is kept here, `token` while only a token was given for it. What could not be taken, or was not taken there,
    is `refused`: `reason` and `facts` say why, `body` is what was said or is sent, and it is tried again.
    `their_status` is the last one that was seen, `told_open` the last that was told, `told` how often; `to_tell` says
    that it differs.
    """

    __tablename__ = "peer_request"
    __table_args__ = (
        CheckConstraint("origin IN ('theirs', 'ours')", name="origin"),
        CheckConstraint("state IN ('due', 'sending', 'token', 'paired', 'refused')", name="state"),
        CheckConstraint("(report_id IS NULL) = (report_received_at IS NULL)", name="report"),
        CheckConstraint("CASE origin WHEN 'ours' THEN report_id IS NOT NULL ELSE theirs IS NOT NULL END", name="known"),
        CheckConstraint("state <> 'paired' OR num_nonnulls(theirs, report_id) = 2", name="paired"),
        UniqueConstraint("peer_id", "theirs"),
        Index(
            "uq_peer_request_report_id",
            *("report_id", "peer_id"),
            unique=True,
            postgresql_where=text("report_id IS NOT NULL"),
        ),
        Index("ix_peer_request_due_at", "peer_id", "due_at", postgresql_where=text("state <> 'paired'")),
        Index("ix_peer_request_to_tell", "peer_id", postgresql_where=text("to_tell")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    peer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("peer.id", ondelete="CASCADE"))
    origin: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    theirs: Mapped[str | None] = mapped_column(Text)
    token: Mapped[str | None] = mapped_column(Text)
    report_id: Mapped[int | None] = mapped_column(BigInteger)
    report_received_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    their_status: Mapped[str | None] = mapped_column(Text)
    told_open: Mapped[bool] = mapped_column(Boolean, server_default="true")
    told: Mapped[int] = mapped_column(Integer, server_default="0")
    to_tell: Mapped[bool] = mapped_column(Boolean, server_default="false")
    reason: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    body: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    tries: Mapped[int] = mapped_column(Integer, server_default="0")
    first_tried_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    tried_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    due_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
