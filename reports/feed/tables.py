"""The tables of the feed."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base
from wangge.store.transactions import Snapshot, TransactionId

__all__ = ["FeedRow", "IncarnationRow", "PositionRow", "TerritoryEventRow", "TickRow"]

TIMESTAMP = DateTime(timezone=True)


class FeedRow(Base):
    """A committed event and its place in the order in which followers read.

    Appended by the tick alone, dropped in time; the event itself stays. One of no report is the territory's
    (TerritoryEventRow). It has no foreign key: events are never
    deleted, and a check for each of them would be paid at every tick.
    """

    __tablename__ = "feed"
    __table_args__ = (UniqueConstraint("event_id"),)

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigInteger)
    report_received_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    report_id: Mapped[int | None] = mapped_column(BigInteger)
    territory_code: Mapped[str] = mapped_column(Text)


class TerritoryEventRow(Base):
    """What happened to a territory and to no single report, appended only: `move` says what, `facts` the rest.

    `id` is drawn from the sequence of the reports' events, so that the feed knows both by one order; `xid` as there.
    """

    __tablename__ = "territory_event"
    __table_args__ = (Index("ix_territory_event_xid", "xid"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=text("nextval('report_event_id_seq')"))
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    actor: Mapped[str] = mapped_column(Text)
    move: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    xid: Mapped[str] = mapped_column(TransactionId, server_default=text("pg_current_xact_id()"))


class TickRow(Base):
    """What a tick that numbered something came to: every event that `snapshot` sees has a position, up to `position`.

    `highest_id` is the greatest id of an event that has or had one. Appended rather than changed: a long reader keeps
    every former version of a row, and the tick would wade through them.
    """

    __tablename__ = "feed_tick"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    highest_id: Mapped[int] = mapped_column(BigInteger)
    snapshot: Mapped[str] = mapped_column(Snapshot)
    at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())


class IncarnationRow(Base):
    """A life of the feed, after which another begins when the database goes on elsewhere: restored, or failed over.

    `identity` is the server, the database and the timeline it began on; positions up to `position` are those of the
    incarnations before. Events up to the id `floor` are not looked for by their transaction: its id may be another
    server's.
    """

    __tablename__ = "feed_incarnation"

    incarnation: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    identity: Mapped[str] = mapped_column(Text)
    floor: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(BigInteger)
    begun_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())


class PositionRow(Base):
    """How far a follower has come: everything up to `position` is done. `incarnation` is the one it last moved in."""

    __tablename__ = "feed_position"
    __table_args__ = (CheckConstraint("name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'", name="name"),)

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    incarnation: Mapped[int] = mapped_column(Integer, ForeignKey("feed_incarnation.incarnation"))
    position: Mapped[int] = mapped_column(BigInteger)
    moved_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
