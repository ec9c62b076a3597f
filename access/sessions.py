"""Sessions of browsers: opened by a sign-in, ended by a sign-out, by time, or when the account is disabled."""

from datetime import timedelta

from wangge.access import queries
from wangge.access.secrets import SESSION, digest, new_secret
from wangge.store.engine import AsyncConnection

__all__ = ["end_session", "open_session"]


async def open_session(connection: AsyncConnection, account: int, lasts: timedelta) -> str:
    """The secret for the cookie of a new session."""
    secret = new_secret(SESSION)
    await connection.execute(queries.ADD_SESSION, {"hash": digest(secret), "account": account, "lasts": lasts})
    return secret


async def end_session(connection: AsyncConnection, secret: str) -> None:
    """Sign out: the cookie is good for nothing from now on."""
    await connection.execute(queries.END_SESSION, {"hash": digest(secret)})
