"""Accounts and what they were given, the ways to prove who asks, and the log of what was read and erased."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
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
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

import wangge.duty.tables  # noqa: F401 - officers and organisations, which these name
from wangge.store.base import Base

__all__ = [
    "AccountRow",
    "AttemptRow",
    "ContactErasureRow",
    "ContactReadRow",
    "GrantRow",
    "RoleRow",
    "SavedListRow",
    "ServiceKeyRow",
    "SessionRow",
    "TokenFamilyRow",
    "TokenRow",
]

TIMESTAMP = DateTime(timezone=True)
# A cell has both a level and a code, and lies in a territory; an organisation too.
PLACE = (
    "(level IS NULL) = (code IS NULL) AND num_nonnulls(code, organisation_id) <= 1"
    " AND (territory_code IS NOT NULL OR num_nonnulls(code, organisation_id) = 0)"
)


class RoleRow(Base):
    """A role that can be given: those of `access/roles.py`, as each migration writes them."""

    __tablename__ = "role"

    code: Mapped[str] = mapped_column(Text, primary_key=True)


class AccountRow(Base):
    """A member of staff who can sign in. Only the hash of the password is kept; without one, only OIDC lets in.

    `officer_id` is the person's entry in the roster, whose postings count as grants. `totp_step` is the last time step
    whose code was used, so that none is used twice. `notices` is the language in which notices come to
    `email`; none come while it is null.
    """

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("login"),
        UniqueConstraint("oidc_issuer", "oidc_subject"),
        UniqueConstraint("email"),
        Index("ix_account_officer_id", "officer_id"),
        CheckConstraint("login ~ '^[a-z0-9][a-z0-9._@-]{0,99}$'", name="login"),
        CheckConstraint("email = lower(email)", name="email"),
        CheckConstraint("(oidc_issuer IS NULL) = (oidc_subject IS NULL)", name="oidc"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    login: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    disabled_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    oidc_issuer: Mapped[str | None] = mapped_column(Text)
    oidc_subject: Mapped[str | None] = mapped_column(Text)
    officer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("officer.id"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    notices: Mapped[str | None] = mapped_column(Text)


class GrantRow(Base):
    """A role of an account: everywhere, in a territory, in a cell of it, or for an organisation; while it is valid."""

    __tablename__ = "account_grant"
    __table_args__ = (
        Index("ix_account_grant_account_id", "account_id"),
        CheckConstraint(PLACE, name="place"),
        CheckConstraint("valid_to > valid_from", name="valid"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    role: Mapped[str] = mapped_column(Text, ForeignKey("role.code"))
    territory_code: Mapped[str | None] = mapped_column(Text, ForeignKey("territory.code"))
    level: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    organisation_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    valid_from: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    valid_to: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    given_by: Mapped[str] = mapped_column(Text)


class AttemptRow(Base):
    """Failures of signing in with a login from a source, both as SHA-256, whether there is such a login or not.

    An empty source stands for all of them. `succeeded_at` is when it was signed in from there.
    """

    __tablename__ = "sign_in_attempt"

    login: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    source: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    locked_until: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    last_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    succeeded_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)


class SessionRow(Base):
    """A browser that is signed in. The cookie's secret is not here, only its SHA-256."""

    __tablename__ = "account_session"
    __table_args__ = (Index("ix_account_session_account_id", "account_id"),)

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP)


class TokenFamilyRow(Base):
    """All tokens that follow from one sign-in of a program; revoked together."""

    __tablename__ = "token_family"
    __table_args__ = (Index("ix_token_family_account_id", "account_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    revoked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)


class TokenRow(Base):
    """A bearer token's SHA-256: one to ask with (access), or one that is given once for the next pair (refresh)."""

    __tablename__ = "token"
    __table_args__ = (
        Index("ix_token_family_id", "family_id"),
        Index("ix_token_expires_at", "expires_at"),
        CheckConstraint("kind IN ('access', 'refresh')", name="kind"),
    )

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("token_family.id"))
    kind: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    used_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)


class ServiceKeyRow(Base):
    """A key of another program: one role, in one place, confined to some of its rights, until it expires."""

    __tablename__ = "service_key"
    __table_args__ = (
        UniqueConstraint("hash"),
        CheckConstraint("rights <> '{}'", name="rights"),
        CheckConstraint(PLACE, name="place"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    role: Mapped[str] = mapped_column(Text, ForeignKey("role.code"))
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text))
    territory_code: Mapped[str | None] = mapped_column(Text, ForeignKey("territory.code"))
    level: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    organisation_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    created_by: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    revoked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)


class SavedListRow(Base):
    """A list of cases that somebody keeps under a name; `query` is what its address has behind the `?`."""

    __tablename__ = "saved_list"
    __table_args__ = (UniqueConstraint("account_id", "territory_code", "name"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    name: Mapped[str] = mapped_column(Text)
    query: Mapped[str] = mapped_column(Text)


class ContactReadRow(Base):
    """Somebody read how to answer a reporter, and why. Appended only."""

    __tablename__ = "contact_read"
    __table_args__ = (Index("ix_contact_read_territory_code_id", "territory_code", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    report_id: Mapped[int] = mapped_column(BigInteger)
    report_received_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    reader: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)


class ContactErasureRow(Base):
    """Contacts were erased: of which reports, under which rule. Appended only; nothing of what they said is kept."""

    __tablename__ = "contact_erasure"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    actor: Mapped[str] = mapped_column(Text)
    closed_before: Mapped[datetime] = mapped_column(TIMESTAMP)
    received_before: Mapped[datetime] = mapped_column(TIMESTAMP)
    count: Mapped[int] = mapped_column(Integer)
    report_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    first_received_at: Mapped[datetime] = mapped_column(TIMESTAMP)
    last_received_at: Mapped[datetime] = mapped_column(TIMESTAMP)
