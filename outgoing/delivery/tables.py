"""Where it is kept what is to be sent, to whom, and what became of it."""

from datetime import datetime

from psycopg.types.range import Range
from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, Integer, Text, func, text
from sqlalchemy.dialects.postgresql import INT8RANGE
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["DeliveryRow"]

TIMESTAMP = DateTime(timezone=True)
GATHERING = "state = 'waiting' AND attempts = 0 AND channel <> 'webhook'"
ON_THE_WAY = "state = 'waiting' AND channel = 'webhook'"


class DeliveryRow(Base):
    """One message to one receiver, which is the same message however often it is tried.

    `recipient` is an address of the channel: of e-mail, a telephone number, or the id of a browser. While nobody has
    tried it yet (`attempts` is 0), what happens meanwhile is put into the same message. `leased_until` is when another
    sender may take what was claimed by one, `expires_at` when it is given up; `account_id` is whose notices these are,
    of staff. What goes to a webhook has its `body` at once; `mark` names the event, and those of one `lane`, a case, go
    in order. What is told of an area is that of a `subscription_id`, which is its recipient and takes the message along
    when it goes; `news` are the positions of the feed that it tells of, and without it the message asks to confirm.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("channel IN ('email', 'gateway', 'webhook', 'push', 'area', 'wechat')", name="channel"),
        CheckConstraint(
            "(channel = 'area') = (subscription_id IS NOT NULL) AND (news IS NULL OR channel = 'area')", name="area"
        ),
        CheckConstraint(
            "(channel = 'webhook') = (num_nonnulls(webhook_id, mark, lane, body) = 4)"
            " AND num_nonnulls(webhook_id, mark, lane, body) IN (0, 4)",
            name="webhook",
        ),
        CheckConstraint("state IN ('waiting', 'sent', 'failed', 'dropped')", name="state"),
        CheckConstraint("(state = 'waiting') = (done_at IS NULL)", name="done"),
        Index("ix_delivery_due_at", "channel", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_delivery_recipient", "recipient", "done_at"),
        Index("ix_delivery_territory_code", "territory_code", "id"),
        Index(
            "uq_delivery_gathering",
            *("territory_code", "channel", "recipient", "language"),
            unique=True,
            postgresql_where=text(GATHERING),
        ),
        Index("uq_delivery_webhook_id_mark", "webhook_id", "mark", unique=True, postgresql_where=text(ON_THE_WAY)),
        Index("ix_delivery_webhook_id_lane_id", "webhook_id", "lane", "id", postgresql_where=text(ON_THE_WAY)),
        Index("ix_delivery_webhook_id", "webhook_id", "id", postgresql_where=text("channel = 'webhook'")),
        Index(
            "ix_delivery_subscription_id",
            *("subscription_id", "id"),
            postgresql_where=text("subscription_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    channel: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    due_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    leased_until: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    done_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    webhook_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("webhook.id", ondelete="CASCADE"))
    mark: Mapped[str | None] = mapped_column(Text)
    lane: Mapped[int | None] = mapped_column(BigInteger)
    body: Mapped[str | None] = mapped_column(Text)
    subscription_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("area_subscription.id", ondelete="CASCADE")
    )
    news: Mapped[Range[int] | None] = mapped_column(INT8RANGE)
