"""Signing in: password, second factor, and locks after too many failures."""

import hashlib
import math
import time
from datetime import timedelta
from typing import Any

import pyotp

from wangge.access import queries
from wangge.access.passwords import verify
from wangge.access.person import NotSignedIn
from wangge.geo.errors import WanggeError
from wangge.store.engine import AsyncConnection

__all__ = ["LockedOut", "WrongLogin", "sign_in"]

EVERYWHERE = b""
"""The source under which the failures from all sources are counted."""
CODES = b"code"
"""The source under which wrong codes are counted that came with the right password, wherever from."""
MANY = 10
"""So many times as many failures from all sources lock as from one."""
STEP_S = 30
NEIGHBOURS = (0, -1, 1)
"""Clocks may be half a minute off (RFC 6238, section 5.2)."""


class WrongLogin(NotSignedIn):
    """Login, password or code are not right; which, is not said."""

    kind = "wrong-login"


class LockedOut(WanggeError):
    """Too many failures. Facts: `retry_after_s`."""

    kind = "locked-out"


async def sign_in(
    connection: AsyncConnection,
    login: str,
    password: str,
    code: str | None,
    *,
    source: str,
    limit: int,
    lockout: timedelta,
) -> int:
    """The id of the account whose login, password and second factor these are.

    What is answered, and when, does not tell whether there is such an account: failures are counted by the login that
    was given, and a missing code is refused as a wrong password is.

    Parameters
    ----------
    connection : in autocommit, so that a failure stays written though the request is refused.
    source : where the attempt comes from. So many failures of a login from one source lock it for that source; ten
        times as many from all of them lock it for those that it did not sign in from lately. Whoever brings the code
        of the second factor with the password gets in all the same: nobody is kept out by others who guess. Wrong codes
        are counted too, but only those of who knows the password: a million of them are not tried through a lock.
    limit, lockout : so many failures lock for so long, and each further one for twice as long.

    Raises
    ------
    WrongLogin, LockedOut
    """
    login = login.strip().lower()
    attempt = {"login": _digest(login), "source": _digest(source), "limit": limit, "lockout": lockout}
    held = await _held(connection, attempt)
    if held is not None and not code:
        raise LockedOut(retry_after_s=held)
    row = await (await connection.execute(queries.ACCOUNT_OF_LOGIN, {"login": login})).fetchone()
    account, kept, totp_secret = row or (None, None, None)
    right = await verify(password, kept)
    if totp_secret is not None:
        right = (
            right and bool(code) and await _code_is_right(connection, attempt, int(account), totp_secret, code or "")
        )
    elif held is not None:
        right = False
    if not right:
        raise WrongLogin if held is None else LockedOut(retry_after_s=held)
    await connection.execute(queries.SUCCEED_SIGN_IN, attempt)
    return int(account)


async def _held(connection: AsyncConnection, attempt: dict[str, Any]) -> int | None:
    """Seconds for which a login is locked for a source; if it is not, None, and one more failure until it succeeds."""
    everywhere = attempt | {"source": EVERYWHERE, "limit": attempt["limit"] * MANY}
    known = await (await connection.execute(queries.SIGNED_IN_FROM, attempt)).fetchone()
    for one in (attempt,) if known is not None else (everywhere, attempt):
        if await (await connection.execute(queries.CLAIM_ATTEMPT, one)).fetchone() is None:
            wait = await (await connection.execute(queries.LOCKED_FOR, one)).fetchone()
            return max(1, math.ceil(wait[0])) if wait else 1
    return None


def _digest(text: str) -> bytes:
    """What is kept of a login that was asked for, which may be a password in the wrong field, and of an address."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


async def _code_is_right(
    connection: AsyncConnection, attempt: dict[str, Any], account: int, secret: str, code: str
) -> bool:
    """Whether a code is good, unless so many were not: then none is for a while, and it is not said."""
    codes = attempt | {"source": CODES}
    claimed = await (await connection.execute(queries.CLAIM_ATTEMPT, codes)).fetchone()
    if claimed is None or not await _use_code(connection, account, secret, code):
        return False
    await connection.execute(queries.FORGET_ATTEMPTS, codes)
    return True


async def _use_code(connection: AsyncConnection, account: int, secret: str, code: str) -> bool:
    """Whether a code is that of now or of a neighbouring step, and was not used before; it is used by asking."""
    totp, step = pyotp.TOTP(secret), int(time.time()) // STEP_S
    for near in NEIGHBOURS:
        if pyotp.utils.strings_equal(code.replace(" ", ""), totp.generate_otp(step + near)):
            used = await connection.execute(queries.USE_TOTP_STEP, {"account": account, "step": step + near})
            return await used.fetchone() is not None
    return False
