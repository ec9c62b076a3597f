"""Who answers: desks, officers with their postings and leave, organisations, and the sets of routing rules."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = [
    "DeskRow",
    "LeaveRow",
    "OfficerRow",
    "OrganisationCellRow",
    "OrganisationRow",
    "OrganisationTypeRow",
    "PostingRow",
    "RuleSetRow",
]

TIMESTAMP = DateTime(timezone=True)
TERRITORY = "territory.code"

# A range of one number stands for the number: GiST knows ranges by itself, and numbers only with an extension that an
# ordinary role may not install.
DAYS = text("daterange(valid_from, valid_to)")


class DeskRow(Base):
    """Where cases lie: one desk for each cell of every level, and one for the command centre (`level` null, code '').

    It is keyed by the cell's code and so outlives editions; one whose cell is not in the current edition is not active.
    `kind` is the kind of its cell, such as urban; null takes the kind of the cell above.
    """

    __tablename__ = "desk"
    __table_args__ = (
        UniqueConstraint("territory_code", "level", "code", postgresql_nulls_not_distinct=True),
        UniqueConstraint("territory_code", "id"),
        CheckConstraint("(level IS NULL) = (code = '')", name="centre"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey(TERRITORY))
    level: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    kind: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default="true")
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class OfficerRow(Base):
    """An officer of the roster: what the duty needs, and nothing else. `number` is the one on the roster."""

    __tablename__ = "officer"
    __table_args__ = (
        UniqueConstraint("territory_code", "number"),
        UniqueConstraint("territory_code", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey(TERRITORY))
    number: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default="true")
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class PostingRow(Base):
    """An officer at the desk of a base grid, from a day on and until, not including, another.

    At any time a desk has at most one responsible officer, and an officer at most one posting there.
    """

    __tablename__ = "posting"
    __table_args__ = (
        ForeignKeyConstraint(["territory_code", "desk_id"], ["desk.territory_code", "desk.id"], name="fk_posting_desk"),
        ForeignKeyConstraint(
            ["territory_code", "officer_id"], ["officer.territory_code", "officer.id"], name="fk_posting_officer"
        ),
        CheckConstraint("role IN ('responsible', 'assistant')", name="role"),
        CheckConstraint("valid_to > valid_from", name="days"),
        ExcludeConstraint(
            (text("int8range(desk_id, desk_id, '[]')"), "&&"),
            (DAYS, "&&"),
            where=text("role = 'responsible'"),
            name="ex_posting_one_responsible",
        ),
        ExcludeConstraint(
            (text("int8range(desk_id, desk_id, '[]')"), "&&"),
            (text("int8range(officer_id, officer_id, '[]')"), "&&"),
            (DAYS, "&&"),
            name="ex_posting_once",
        ),
        Index("ix_posting_officer_id", "officer_id"),
        Index("ix_posting_desk_id", "desk_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text)
    desk_id: Mapped[int] = mapped_column(BigInteger)
    officer_id: Mapped[int] = mapped_column(BigInteger)
    role: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class LeaveRow(Base):
    """Days on which an officer is away, until the day of return, and who stands in at all of the officer's desks."""

    __tablename__ = "officer_leave"
    __table_args__ = (
        ForeignKeyConstraint(
            ["territory_code", "officer_id"],
            ["officer.territory_code", "officer.id"],
            name="fk_officer_leave_officer",
        ),
        ForeignKeyConstraint(
            ["territory_code", "substitute_id"],
            ["officer.territory_code", "officer.id"],
            name="fk_officer_leave_substitute",
        ),
        CheckConstraint("back_on > away_from", name="days"),
        CheckConstraint("substitute_id <> officer_id", name="substitute"),
        ExcludeConstraint(
            (text("int8range(officer_id, officer_id, '[]')"), "&&"),
            (text("daterange(away_from, back_on)"), "&&"),
            name="ex_officer_leave_once",
        ),
        Index("ix_officer_leave_substitute_id", "substitute_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text)
    officer_id: Mapped[int] = mapped_column(BigInteger)
    away_from: Mapped[date]
    back_on: Mapped[date]
    substitute_id: Mapped[int | None] = mapped_column(BigInteger)


class OrganisationTypeRow(Base):
    """A type of organisation that a territory has: those that ship, and its own."""

    __tablename__ = "organisation_type"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey(TERRITORY), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    position: Mapped[int] = mapped_column(Integer, server_default="0")


class OrganisationRow(Base):
    """A body that handles cases: a department, a company, a branch, a group, one of the six parties.

    None is deleted, tasks name it; one that is no more is not active.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        UniqueConstraint("territory_code", "code"),
        UniqueConstraint("territory_code", "id"),
        ForeignKeyConstraint(
            ["territory_code", "type"],
            ["organisation_type.territory_code", "organisation_type.code"],
            name="fk_organisation_type",
        ),
        ForeignKeyConstraint(
            ["territory_code", "parent_id"],
            ["organisation.territory_code", "organisation.id"],
            name="fk_organisation_parent",
        ),
        CheckConstraint("parent_id <> id", name="parent"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey(TERRITORY))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    type: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(BigInteger)
    phone: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default="true")
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class OrganisationCellRow(Base):
    """A cell that an organisation is attached to, by its level's key and its code; it works in all that lies in it."""

    __tablename__ = "organisation_cell"
    __table_args__ = (Index("ix_organisation_cell_level_code", "level", "code"),)

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    level: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)


class RuleSetRow(Base):
    """One version of a territory's routing rules, appended only; the highest version is in force."""

    __tablename__ = "routing_rules"
    __table_args__ = (CheckConstraint("version > 0", name="version"),)

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey(TERRITORY), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    actor: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
