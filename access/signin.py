"""Signing in: password, second factor, and the lock after too many failures."""

import math
import time
from datetime import timedelta

import pyotp

from wangge.access import queries
from wangge.access.passwords import verify
from wangge.access.person import NotSignedIn
from wangge.geo.errors import WanggeError
from wangge.store.engine import AsyncConnection

__all__ = ["LockedOut", "TotpNeeded", "WrongLogin", "sign_in"]

STEP_S = 30
NEIGHBOURS = (0, -1, 1)
"""Clocks may be half a minute off (RFC 6238, section 5.2)."""


class WrongLogin(NotSignedIn):
    """Login, password or code are not right; which, is not said."""

    kind = "wrong-login"


class TotpNeeded(NotSignedIn):
    """The password is right, and the account asks for the code of the second factor too."""

    kind = "totp-needed"


class LockedOut(WanggeError):
    """Too many failures. Facts: `retry_after_s`."""

    kind = "locked-out"


async def sign_in(
    connection: AsyncConnection, login: str, password: str, code: str | None, *, limit: int, lockout: timedelta
) -> int:
    """The id of the account whose login, password and second factor these are.

    Parameters
    ----------
    connection : in autocommit, so that a failure stays written though the request is refused.
    limit, lockout : so many failures lock the account for so long, and each further one for twice as long.

    Raises
    ------
    WrongLogin, TotpNeeded, LockedOut
    """
    row = await (await connection.execute(queries.ACCOUNT_OF_LOGIN, {"login": login.strip().lower()})).fetchone()
    if row is None:
        await verify(password, None)
        raise WrongLogin
    account, kept, totp_secret = row
    attempt = {"account": account, "limit": limit, "lockout": lockout}
    if await (await connection.execute(queries.CLAIM_ATTEMPT, attempt)).fetchone() is None:
        wait = await (await connection.execute(queries.LOCKED_FOR, attempt)).fetchone()
        raise LockedOut(retry_after_s=math.ceil(wait[0]) if wait else 1)
    if not await verify(password, kept):
        raise WrongLogin
    if totp_secret is not None and not code:
        await connection.execute(queries.FORGIVE_ATTEMPT, attempt)
        raise TotpNeeded
    if totp_secret is not None and not await _use_code(connection, account, totp_secret, code or ""):
        raise WrongLogin
    await connection.execute(queries.SUCCEED_SIGN_IN, attempt)
    return int(account)


async def _use_code(connection: AsyncConnection, account: int, secret: str, code: str) -> bool:
    """Whether a code is that of now or of a neighbouring step, and was not used before; it is used by asking."""
    totp, step = pyotp.TOTP(secret), int(time.time()) // STEP_S
    for near in NEIGHBOURS:
        if pyotp.utils.strings_equal(code.replace(" ", ""), totp.generate_otp(step + near)):
            used = await connection.execute(queries.USE_TOTP_STEP, {"account": account, "step": step + near})
            return await used.fetchone() is not None
    return False
