"""Accounts of staff, and what they are given."""

from datetime import datetime

from access import queries
from access.person import Grant
from access.places import parameters
from geo.errors import WanggeError
from store.engine import AsyncConnection

__all__ = ["LoginTaken", "create_account", "give"]


class LoginTaken(WanggeError):
    """Another account has this login. Facts: `login`."""

    kind = "login-taken"


async def create_account(
    connection: AsyncConnection,
    login: str,
    name: str,
    *,
    password_hash: str | None = None,
    email: str | None = None,
    officer: int | None = None,
) -> int:
    """The id of a new account. Raises LoginTaken."""
    account = {"login": login.lower(), "name": name, "email": email, "password_hash": password_hash}
    row = await (await connection.execute(queries.ADD_ACCOUNT, account | {"officer": officer})).fetchone()
    if row is None:
        raise LoginTaken(login=login)
    return int(row[0])


async def give(
    connection: AsyncConnection,
    account: int,
    grant: Grant,
    by: str,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> int:
    """Give an account a role, from a moment on (now when left out) until another (for good when left out)."""
    row = parameters(grant) | {"account": account, "given_by": by, "valid_from": valid_from, "valid_to": valid_to}
    given = await (await connection.execute(queries.ADD_GRANT, row)).fetchone()
    assert given is not None  # noqa: S101 - INSERT … RETURNING gives a row
    return int(given[0])
