"""Who asks, by the secret that the request brings."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from wangge.access import queries
from wangge.access.person import Grant, NotSignedIn, Person
from wangge.access.roles import Right, Role
from wangge.access.secrets import ACCESS, KEY, digest
from wangge.store.engine import AsyncConnection

__all__ = ["BadCredentials", "Signed", "by_bearer", "by_session"]

SEEN_EVERY = timedelta(minutes=1)
"""A session's last use is written down no more often."""


class BadCredentials(NotSignedIn):
    """The session, the token or the key is unknown, expired or revoked."""

    kind = "bad-credentials"


@dataclass(frozen=True, slots=True)
class Signed:
    """A session that is open: whose it is, the name that people see, whether it has a password, until when."""

    person: Person
    name: str
    has_password: bool
    until: datetime


async def by_session(connection: AsyncConnection, secret: str, idle: timedelta, *, used: bool = True) -> Signed:
    """Who signed in with the browser that has this cookie. Raises BadCredentials.

    Parameters
    ----------
    idle : a session that was not used for so long is over.
    used : whether this is a use of it.
    """
    known = {"hash": digest(secret), "idle": idle}
    row = await (await connection.execute(queries.PERSON_OF_SESSION, known)).fetchone()
    if row is None:
        raise BadCredentials
    account, login, grants, name, has_password, until, seen = row
    if used and datetime.now(UTC) - seen > SEEN_EVERY:
        await connection.execute(queries.SEE_SESSION, known)
    return Signed(Person(account, login, _grants(grants)), name, has_password, until)


async def by_bearer(connection: AsyncConnection, secret: str) -> Person:
    """Whose access token or service key this is. Raises BadCredentials."""
    known = {"hash": digest(secret)}
    if secret.startswith(ACCESS):
        row = await (await connection.execute(queries.PERSON_OF_ACCESS, known)).fetchone()
        if row:
            return Person(row[0], row[1], _grants(row[2]))
    if secret.startswith(KEY):
        row = await (await connection.execute(queries.PERSON_OF_KEY, known)).fetchone()
        if row:
            key, name, rights, *grant = row
            return Person(None, f"service:{name}", _grants([grant]), frozenset(map(Right, rights)), key=key)
    raise BadCredentials


def _grants(rows: list[list[Any]]) -> tuple[Grant, ...]:
    return tuple(Grant(Role(role), *place) for role, *place in rows)
