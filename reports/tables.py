"""Reports, what happened to them, and what is kept apart from them."""

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.geo.datum import Datum
from wangge.reports.case.lifecycle import State, TaskState
from wangge.reports.case.states import CLOSED_CASE, ENDED_OTHERWISE, LIVE_TASK, OPEN_CASE, one_of
from wangge.reports.categories.proof import Proof
from wangge.reports.categories.publicity import Publicity
from wangge.reports.policy.policy import Step, Urgency
from wangge.store.base import Base
from wangge.store.transactions import TransactionId

__all__ = [
    "REPORT_WORDS",
    "AnswerRow",
    "AssignmentRow",
    "CategoryGroupRow",
    "CategoryRow",
    "ContactRow",
    "EventRow",
    "KeyRow",
    "ReportRow",
    "RevisionRow",
    "TaskRow",
]

TIMESTAMP = DateTime(timezone=True)
REPORT = ["report.id", "report.received_at"]
GROUP = ["category_group.territory_code", "category_group.code"]


class CategoryGroupRow(Base):
    """Categories that are counted together where each by itself would be too few."""

    __tablename__ = "category_group"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    position: Mapped[int] = mapped_column(Integer, server_default="0")


class CategoryClassRow(Base):
    """The major and minor class of the national platform that a category is."""

    __tablename__ = "category_class"
    __table_args__ = (
        ForeignKeyConstraint(
            ["territory_code", "category"], ["category.territory_code", "category.code"], ondelete="CASCADE"
        ),
        UniqueConstraint("territory_code", "major", "minor"),
    )

    territory_code: Mapped[str] = mapped_column(Text, primary_key=True)
    category: Mapped[str] = mapped_column(Text, primary_key=True)
    major: Mapped[str] = mapped_column(Text)
    minor: Mapped[str] = mapped_column(Text)


class CategoryRow(Base):
    """A kind of matter that a territory takes; `position` orders the list that people see.

    `public` is what anybody sees of its cases: nothing but counts, or each with its state and its place. `words` are
    what else people call it, in any language. One of a `campaign` is taken during that alone; its
    reports are at least of its `urgency`.
    """

    __tablename__ = "category"
    __table_args__ = (
        ForeignKeyConstraint(["territory_code", "group_code"], GROUP),
        CheckConstraint(one_of("public", Publicity), name="public"),
        CheckConstraint(one_of("photos", Proof), name="photos"),
        CheckConstraint("(campaign IS NULL) = (urgency IS NULL)", name="urgency"),
        CheckConstraint("campaign IS NULL OR public = 'counts'", name="unseen"),
        ForeignKeyConstraint(["territory_code", "campaign"], ["campaign.territory_code", "campaign.code"]),
        UniqueConstraint("territory_code", "campaign", "code"),
    )

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    position: Mapped[int] = mapped_column(Integer, server_default="0")
    group_code: Mapped[str | None] = mapped_column(Text)
    public: Mapped[str] = mapped_column(Text, server_default="counts")
    photos: Mapped[str] = mapped_column(Text, server_default="none")
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    words: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    questions: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    campaign: Mapped[str | None] = mapped_column(Text)
    urgency: Mapped[str | None] = mapped_column(Text)


class ReportRow(Base):
    """One report, partitioned by the month (UTC) in which it was received.

    `asset` is the number of what it is about, as it was kept then.

    `geom` is the WGS-84 point; `raw_lon`, `raw_lat` and `datum` are what was sent. Nothing here says who reported.

    From `version` on the columns are the case: what its events come to, kept here to be asked for. `desk_id` holds it,
    `level` is that desk's (None at the centre and for what came before there were desks), since `level_since`; `step`
    is due at `due_at`; `alarm_at` is when the clock must look at it next. `resumes` is the state that a parked case
    comes back to. `returned` is a case that came back to its desk, until it is dispatched anew or reported back.
    `campaign` is that of its category, from its filing on: such a case is counted by nobody else (`counted`).
    """

    __tablename__ = "report"
    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "cell_id"], ["cell.edition_id", "cell.id"]),
        ForeignKeyConstraint(["territory_code", "category"], ["category.territory_code", "category.code"]),
        ForeignKeyConstraint(
            ["territory_code", "campaign", "category"],
            ["category.territory_code", "category.campaign", "category.code"],
        ),
        CheckConstraint("accuracy_m > 0", name="accuracy_m"),
        CheckConstraint(one_of("datum", Datum), name="datum"),
        CheckConstraint(one_of("state", State), name="state"),
        CheckConstraint(one_of("urgency", Urgency), name="urgency"),
        CheckConstraint(one_of("step", Step), name="step"),
        CheckConstraint("due_at IS NULL OR step IS NOT NULL", name="due"),
        CheckConstraint(f"alarm_at IS NULL OR {OPEN_CASE} AND state <> 'parked'", name="alarm"),
        CheckConstraint(
            "(state = 'parked') = (parked_at IS NOT NULL) AND (state = 'parked') = (resumes IS NOT NULL)", name="parked"
        ),
        CheckConstraint(f"({CLOSED_CASE}) = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint(
            "(state = 'merged') = (merged_into IS NOT NULL AND merged_into_received_at IS NOT NULL)", name="merged"
        ),
        CheckConstraint("(parent_id IS NULL) = (parent_received_at IS NULL)", name="parent"),
        Index(
            "ix_report_territory_code_received_at_id",
            *("territory_code", text("received_at DESC"), text("id DESC")),
            postgresql_include=["campaign"],  # whoever counts asks for it, and need not look at the rows
        ),
        Index("ix_report_cell_id_received_at", "cell_id", "received_at"),
        Index("ix_report_geom", "geom", postgresql_using="gist"),
        Index("ix_report_desk_id_due_at_id", "desk_id", "due_at", "id", postgresql_where=text(OPEN_CASE)),
        Index(
            "ix_report_territory_code_due_at_id",
            *("territory_code", "due_at", "id"),
            postgresql_where=text(OPEN_CASE),
            # Whoever counts them, or looks for those of a place or of a party, need not look at the rows.
            postgresql_include=(
                *("received_at", "cell_id", "state", "category", "urgency"),
                *("overdue", "nearly_due", "returned", "campaign"),
            ),
        ),
        Index(
            "ix_report_flagged",
            *("territory_code", "due_at", "id"),
            postgresql_where=text(f"{OPEN_CASE} AND (overdue OR nearly_due)"),
        ),
        Index(
            "ix_report_ended_otherwise",
            *("territory_code", text("received_at DESC"), text("id DESC")),
            postgresql_where=text(ENDED_OTHERWISE),
        ),
        Index(
            "ix_report_undated",
            "territory_code",
            "received_at",
            "id",
            postgresql_where=text(f"{OPEN_CASE} AND (due_at IS NULL OR state = 'parked')"),
        ),
        Index("ix_report_territory_code_closed_at", "territory_code", "closed_at", postgresql_where=text(CLOSED_CASE)),
        Index(
            "ix_report_campaign",
            *("territory_code", "campaign", "received_at"),
            postgresql_where=text("campaign IS NOT NULL"),
        ),
        Index("ix_report_returned", "territory_code", postgresql_where=text("returned")),
        Index("ix_report_alarm_at", "alarm_at", postgresql_where=text("alarm_at IS NOT NULL")),
        Index("ix_report_territory_code_asset", "territory_code", "asset", postgresql_where=text("asset IS NOT NULL")),
        Index("ix_report_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("ix_report_desk_id_elsewhere", "desk_id", postgresql_where=text("elsewhere")),
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
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    urgency: Mapped[str] = mapped_column(Text, server_default="normal")
    desk_id: Mapped[int | None] = mapped_column(BigInteger)
    level: Mapped[str | None] = mapped_column(Text)
    level_since: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    step: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    alarm_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    nearly_due: Mapped[bool] = mapped_column(server_default="false")
    overdue: Mapped[bool] = mapped_column(server_default="false")
    returned: Mapped[bool] = mapped_column(server_default="false")
    parked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    resumes: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    merged_into: Mapped[int | None] = mapped_column(BigInteger)
    merged_into_received_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    parent_id: Mapped[int | None] = mapped_column(BigInteger)
    parent_received_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    elsewhere: Mapped[bool] = mapped_column(server_default="false")
    asset: Mapped[str | None] = mapped_column(Text)
    campaign: Mapped[str | None] = mapped_column(Text)


class AnswerRow(Base):
    """What was answered to the questions of a report's category, each with what was asked then."""

    __tablename__ = "report_answer"
    __table_args__ = (ForeignKeyConstraint(["report_id", "report_received_at"], REPORT),)

    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    report_received_at: Mapped[datetime] = mapped_column(TIMESTAMP, primary_key=True)
    answers: Mapped[list[Any]] = mapped_column(JSONB)


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
    """What happened to a report, appended only: the database refuses to change or delete an event.

    `state` is where the case stands after the move, `version` its version then; `at` is the moment of the move, and
    the order of the ids that of the events. `facts` are what the case became by it.

    `xid` is the transaction that appended it, by which the feed finds what has been committed. Whoever appends an event
    has made the case in the same transaction or holds its row locked, before the event takes its id: the feed keeps the
    order of the ids among the events of a case.
    """

    __tablename__ = "report_event"
    __table_args__ = (
        ForeignKeyConstraint(["report_id", "report_received_at"], REPORT),
        Index("ix_report_event_report_id_id", "report_id", "id"),
        Index("ix_report_event_xid", "xid", postgresql_where=text("xid IS NOT NULL")),
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
    move: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    version: Mapped[int | None] = mapped_column(Integer)
    xid: Mapped[str | None] = mapped_column(TransactionId, server_default=text("pg_current_xact_id()"))


class TaskRow(Base):
    """The part of one party in a case: an organisation's or a desk's. `handler` is the actor who reported back."""

    __tablename__ = "report_task"
    __table_args__ = (
        ForeignKeyConstraint(["report_id", "report_received_at"], REPORT),
        CheckConstraint("num_nonnulls(organisation_id, desk_id) = 1", name="party"),
        CheckConstraint(one_of("state", TaskState), name="state"),
        CheckConstraint("(state = 'reported') <= (reported_at IS NOT NULL)", name="reported"),
        Index("ix_report_task_report_id", "report_id"),
        Index("ix_report_task_organisation_id_due_at", "organisation_id", "due_at", postgresql_where=text(LIVE_TASK)),
        Index(
            "ix_report_task_organisation_id",
            *("organisation_id", text("report_received_at DESC"), text("report_id DESC")),
        ),
        Index("ix_report_task_desk_id_due_at", "desk_id", "due_at", postgresql_where=text(LIVE_TASK)),
        Index("ix_report_task_latest", text("greatest(dispatched_at, reported_at)")),
        Index("ix_report_task_desk_id_elsewhere", "desk_id", postgresql_where=text("elsewhere")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=text("nextval('report_task_id_seq')"))
    report_id: Mapped[int] = mapped_column(BigInteger)
    report_received_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    organisation_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    desk_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("desk.id"))
    state: Mapped[str] = mapped_column(Text)
    needed: Mapped[bool] = mapped_column(server_default="true")
    dispatched_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    accepted_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    due_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    asked_until: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    reported_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    handler: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    elsewhere: Mapped[bool] = mapped_column(server_default="false")


class ContactRow(Base):
    """How to answer a reporter, apart from the case so that it can be guarded and erased by itself.

    `language` is the one in which they reported; null where nobody knows. `openid` is what WeChat calls them in the
    mini-program, `templates` the messages that they agreed to there, each for once.
    """

    __tablename__ = "report_contact"
    __table_args__ = (
        ForeignKeyConstraint(["report_id", "report_received_at"], REPORT),
        Index("ix_report_contact_phone", text("phone_digits(phone)")),
    )

    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    report_received_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    name: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    openid: Mapped[str | None] = mapped_column(Text)
    templates: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))


REPORT_WORDS = Table(
    "report_words",
    Base.metadata,
    Column("report_id", BigInteger, nullable=False),
    Column("received_at", TIMESTAMP, nullable=False),
    Column("grams", ARRAY(Integer), nullable=False),
    Index("ix_report_words_grams", "grams", postgresql_using="gin"),
    postgresql_partition_by="RANGE (received_at)",
)
"""What reports are searched by (see the migration that makes it): written by the database with each, never changed."""


class KeyRow(Base):
    """A key under which a report or a move was sent before: an Idempotency-Key or an id of another system.

    `owner` is who sent it, empty for the operator's own imports: nobody takes another sender's key. `digest`
    is the SHA-256 of what was sent with an Idempotency-Key, so that another body is told apart.
    """

    __tablename__ = "report_key"
    __table_args__ = (CheckConstraint("kind IN ('idempotency', 'external', 'move')", name="kind"),)

    territory_code: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    owner: Mapped[str] = mapped_column(Text, primary_key=True, server_default="")
    digest: Mapped[str | None] = mapped_column(Text)
    report_id: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP)


class RevisionRow(Base):
    """How often a territory's reports changed: the sum of `n`. Slots keep writers out of each other's way.

    From slot 16 on regrids are counted: they change the cells of reports without an event.
    """

    __tablename__ = "report_revision"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(BigInteger, server_default="0")
