"""Bearer tokens for programs: a short-lived one to ask with, and one that is exchanged for the next pair, once.

A refresh token that comes a second time was stolen, from us or from the one who brought it first (RFC 9700, section
4.14.2): all that follows from the same sign-in is revoked.
"""

from dataclasses import dataclass
from datetime import timedelta

from wangge.access import queries
from wangge.access.asking import BadCredentials
from wangge.access.secrets import ACCESS, REFRESH, digest, new_secret
from wangge.store.engine import AsyncConnection

__all__ = ["Lifetimes", "Pair", "forget_expired", "new_tokens", "refresh", "revoke"]


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long an access token is good, and for how long it can be renewed without a password."""

    access: timedelta
    family: timedelta


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token and the refresh token that renews it."""

    access: str
    refresh: str
    lasts: timedelta


async def new_tokens(connection: AsyncConnection, account: int, lifetimes: Lifetimes) -> Pair:
    """The first pair after a sign-in."""
    family = {"account": account, "lasts": lifetimes.family}
    row = await (await connection.execute(queries.ADD_FAMILY, family)).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    return await _pair(connection, row[0], lifetimes)


async def refresh(connection: AsyncConnection, secret: str, lifetimes: Lifetimes) -> Pair:
    """The next pair. Raises BadCredentials, and then what was revoked stays so.

    Parameters
    ----------
    connection : in autocommit.
    """
    known = {"hash": digest(secret)}
    async with connection.transaction():
        row = await (await connection.execute(queries.CLAIM_REFRESH, known)).fetchone()
        if row is not None and not row[1]:
            await connection.execute(queries.USE_BEARER, known)
            return await _pair(connection, row[0], lifetimes)
        await connection.execute(queries.REVOKE_FAMILY, known)
    raise BadCredentials


async def revoke(connection: AsyncConnection, secret: str) -> None:
    """Revoke a token, of either kind, with all that follow from the same sign-in; an unknown one is none already."""
    await connection.execute(queries.REVOKE_FAMILY, {"hash": digest(secret)})


async def _pair(connection: AsyncConnection, family: int, lifetimes: Lifetimes) -> Pair:
    pair = Pair(new_secret(ACCESS), new_secret(REFRESH), lifetimes.access)
    for secret, kind, lasts in (
        (pair.access, "access", lifetimes.access),
        (pair.refresh, "refresh", lifetimes.family),
    ):
        token = {"hash": digest(secret), "family": family, "kind": kind, "lasts": lasts}
        await connection.execute(queries.ADD_BEARER, token)
    return pair


async def forget_expired(connection: AsyncConnection) -> None:
    """Forget sessions and tokens that are over."""
    for statement in queries.FORGET_EXPIRED:
        await connection.execute(statement)
