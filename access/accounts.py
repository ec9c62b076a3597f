"""Accounts of staff: made, given roles for a time, locked out, disabled. Each change is on record."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

import pyotp
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from wangge.access import queries
from wangge.access.person import Grant
from wangge.access.places import parameters
from wangge.access.roles import Role
from wangge.geo.divisions import spellings
from wangge.geo.errors import WanggeError
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection

__all__ = [
    "Account",
    "Given",
    "LoginTaken",
    "UnknownAccount",
    "UnknownGrant",
    "UnknownPlace",
    "account_of",
    "accounts",
    "create_account",
    "give",
    "new_totp",
    "officer_grant",
    "set_account",
    "take_back",
    "territory_of_officer",
]

ISSUER = "Wangge"


class LoginTaken(WanggeError):
    """Another account has this login or this e-mail address. Facts: `login`."""

    kind = "login-taken"


class UnknownAccount(WanggeError):
    """There is no such account. Facts: `account`."""

    kind = "unknown-account"


class UnknownGrant(WanggeError):
    """The account was not given this, or it is over already. Facts: `grant`."""

    kind = "unknown-grant"


class UnknownPlace(WanggeError):
    """What the role is for is not there: the territory, its cell, the organisation or the officer. Facts: `place`."""

    kind = "unknown-place"


@dataclass(frozen=True, slots=True)
class Given:
    """A grant of an account, with the span in which it is valid and who gave it."""

    id: int
    grant: Grant
    valid_from: datetime
    valid_to: datetime | None
    given_by: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account as those who administer accounts see it.

    Attributes
    ----------
    officer : the officer of a roster whose postings, and whose standing in for others, are grants of the account too.
    officer_territory : of that roster.
    grants : those that are not over.
    former : those that are over.
    notices : the language in which notices come to its e-mail address; None for no notices.
    """

    id: int
    login: str
    name: str
    email: str | None
    has_password: bool
    has_totp: bool
    disabled_at: datetime | None
    locked_until: datetime | None
    officer: int | None
    grants: tuple[Given, ...]
    officer_territory: str | None
    former: tuple[Grant, ...]
    notices: str | None

    @property
    def reach(self) -> tuple[Grant, ...]:
        """All that whoever signs in with the account may come to have: what it was given, and any post of its officer.

        One that has nothing now has what it had: it is a way back into that when it is given anew.
        """
        posts = (officer_grant(self.officer_territory),) if self.officer_territory is not None else ()
        return (*(given.grant for given in self.grants), *posts) or self.former


FACTS = [field.name for field in fields(Account)]
ITSELF = ("name", "email", "officer", "has_password", "has_totp", "disabled_at", "notices")
"""What of an account is told of its changes, as it was and as it is."""

CALLED = {"password_hash": "new_password", "totp_secret": "new_totp", "unlocked": "unlocked"}
"""What is told of changes whose values are nobody's business."""


def officer_grant(territory: str) -> Grant:
    """What it comes to to be an officer of a roster: the roster may post them to any base grid, now or later."""
    return Grant(Role.OFFICER, territory)


async def territory_of_officer(connection: AsyncConnection, officer: int) -> str | None:
    """The territory on whose roster an officer stands; None when there is no such officer."""
    row = await (await connection.execute(queries.TERRITORY_OF_OFFICER, {"officer": officer})).fetchone()
    return None if row is None else str(row[0])


async def create_account(
    connection: AsyncConnection,
    login: str,
    name: str,
    by: str,
    *,
    password_hash: str | None = None,
    email: str | None = None,
    officer: int | None = None,
) -> int:
    """The id of a new account. Raises LoginTaken, UnknownPlace."""
    account = {"login": login.strip().lower(), "name": name, "email": email, "password_hash": password_hash}
    try:
        async with connection.transaction():
            row = await (await connection.execute(queries.ADD_ACCOUNT, account | {"officer": officer})).fetchone()
            assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
            made = await account_of(connection, row[0])
            facts = {"name": name, "email": made.email, "officer": officer, "has_password": made.has_password}
            await _record(connection, made, by, Subject.ACCOUNT, None, facts)
    except UniqueViolation:
        raise LoginTaken(login=login) from None
    except ForeignKeyViolation:
        raise UnknownPlace(place=f"officer {officer}") from None
    return made.id


async def accounts(connection: AsyncConnection) -> list[Account]:
    """Every account, by login."""
    rows = await (await connection.execute(queries.ACCOUNTS, {"account": None, "login": None})).fetchall()
    return [_account(row) for row in rows]


async def account_of(connection: AsyncConnection, account: int | None = None, login: str | None = None) -> Account:
    """The account with an id or a login. Raises UnknownAccount."""
    known = {"account": account, "login": login.strip().lower() if login else None}
    row = await (await connection.execute(queries.ACCOUNTS, known)).fetchone()
    if row is None or (account is None and login is None):
        raise UnknownAccount(account=account if login is None else login)
    return _account(row)


async def set_account(connection: AsyncConnection, account: int, changed: Iterable[tuple[str, Any]], by: str) -> None:
    """Change an account in one transaction, which keeps who did what, and what stood before.

    Parameters
    ----------
    changed : what, with its value: "name", "email", "officer", "password_hash" (ends every session and token),
        "totp_secret" (None: no second factor), "notices" (a
        language; None: no notices), "disabled" (True ends every session and token), "unlocked" (True).

    Raises
    ------
    LoginTaken, UnknownPlace
    """
    values = dict(changed)
    try:
        async with connection.transaction():
            former = await account_of(connection, account)
            for name, value in values.items():
                await connection.execute(queries.SET_ACCOUNT[name], {"account": account, "value": value})
                if name == "password_hash" or (name == "disabled" and value):
                    await connection.execute(queries.END_SESSIONS, {"account": account})
                    await connection.execute(queries.REVOKE_FAMILIES, {"account": account})
            before, after = _differing(former, await account_of(connection, account))
            events = {CALLED[name]: True for name, value in values.items() if name in CALLED and value}
            if before or events:
                await _record(connection, former, by, Subject.ACCOUNT, before, after | events)
    except UniqueViolation:
        raise LoginTaken(login=values.get("email")) from None
    except ForeignKeyViolation:
        raise UnknownPlace(place=f"officer {values.get('officer')}") from None


async def give(
    connection: AsyncConnection,
    account: int,
    grant: Grant,
    by: str,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> int:
    """Give an account a role, from a moment on (now when left out) until another (for good when left out).

    Raises
    ------
    UnknownPlace
    """
    row = parameters(grant) | {"account": account, "given_by": by, "valid_from": valid_from, "valid_to": valid_to}
    try:
        async with connection.transaction():
            grant = await placed(connection, grant)
            row |= parameters(grant)
            given = await (await connection.execute(queries.ADD_GRANT, row)).fetchone()
            login = (await account_of(connection, account)).login
            facts = asdict(grant) | {"valid_from": valid_from, "valid_to": valid_to}
            await connection.execute(*recorded(by, [Change(Subject.GRANT, login, None, facts, grant.territory)]))
    except ForeignKeyViolation:
        raise UnknownPlace(place=grant.territory) from None
    assert given is not None  # noqa: S101 - INSERT … RETURNING gives a row
    return int(given[0])


async def take_back(connection: AsyncConnection, account: int, grant: int, by: str) -> None:
    """End a grant now; what it was stays on record. Raises UnknownGrant."""
    row = {"account": account, "grant": grant}
    async with connection.transaction():
        former = await account_of(connection, account)
        if await (await connection.execute(queries.END_GRANT, row)).fetchone() is None:
            raise UnknownGrant(grant=grant)
        facts = [(asdict(one.grant), one.grant.territory) for one in former.grants if one.id == grant]
        changes = [Change(Subject.GRANT, former.login, before, None, territory) for before, territory in facts]
        await connection.execute(*recorded(by, changes))


async def placed(connection: AsyncConnection, grant: Grant) -> Grant:
    """A grant with its cell by the code that it is known by.

    Raises
    ------
    UnknownPlace : what the role is for is not there, or not of the kind that the role needs.
    """
    organised = grant.role is Role.ORGANISATION
    if organised != (grant.organisation is not None):
        raise UnknownPlace(place="organisation")
    if (grant.level is None) != (grant.code is None) or (grant.territory is None and (grant.code or organised)):
        raise UnknownPlace(place="territory")
    if grant.code is None and not organised:
        return grant
    for code in spellings(grant.code) if grant.code is not None else (None,):
        found = replace(grant, code=code)
        row = await (await connection.execute(queries.IS_PLACE, parameters(found))).fetchone()
        if row is not None and row[0]:
            return found
    raise UnknownPlace(place=f"{grant.level} {grant.code}" if grant.code else str(grant.organisation))


def new_totp(login: str) -> tuple[str, str]:
    """A secret for the second factor, and the otpauth URI that authenticators read."""
    secret = pyotp.random_base32()
    return secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


async def _record(
    connection: AsyncConnection,
    account: Account,
    by: str,
    kind: Subject,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    """Keep a change of an account, for each territory in which it has something."""
    places = {grant.territory for grant in account.reach} or {None}
    await connection.execute(*recorded(by, [Change(kind, account.login, before, after, one) for one in places]))


def _differing(former: Account, now: Account) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of an account itself is not what it was, as it was and as it is."""
    changed = [name for name in ITSELF if getattr(former, name) != getattr(now, name)]
    return {name: getattr(former, name) for name in changed}, {name: getattr(now, name) for name in changed}


def _account(row: tuple[Any, ...]) -> Account:
    facts = dict(zip(FACTS, row, strict=True))
    facts["grants"] = tuple(_given(each) for each in facts["grants"])
    facts["former"] = tuple(Grant(Role(role), *place) for role, *place in facts["former"])
    return Account(**facts)


def _given(each: dict[str, Any]) -> Given:
    grant = Grant(Role(each["role"]), each["territory"], each["level"], each["code"], each["organisation"])
    until = datetime.fromisoformat(each["valid_to"]) if each["valid_to"] else None
    return Given(each["id"], grant, datetime.fromisoformat(each["valid_from"]), until, each["given_by"])
