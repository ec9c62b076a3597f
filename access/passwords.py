"""Passwords: argon2id with the parameters of RFC 9106 for machines of modest memory, in a thread of their own."""

import asyncio
import base64
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from wangge.geo.errors import WanggeError

__all__ = ["LEAST_LENGTH", "WeakPassword", "hash_password", "require_strong", "verify"]

LEAST_LENGTH = 10
"""NIST SP 800-63B asks for eight, and against rules of composition; two more cost nobody anything."""
MOST_LENGTH = 1000

HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


class WeakPassword(WanggeError):
    """The password is too short, or too long to be one. Facts: `least`, `most`."""

    kind = "weak-password"


def require_strong(password: str) -> None:
    """Raise WeakPassword unless a password may be given to an account."""
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        raise WeakPassword(least=LEAST_LENGTH, most=MOST_LENGTH)


def hash_password(password: str) -> str:
    """The hash that is kept of a password; it takes a moment by design. Raises WeakPassword."""
    require_strong(password)
    return HASHER.hash(password)


def _hash_of_nothing() -> str:
    """What an unknown login is verified against, so that it takes as long as a wrong password.

    It is drawn, not computed: a real hash would cost every start of the program a sign-in's time and memory.
    """
    salt, drawn = (_encoded(secrets.token_bytes(length)) for length in (HASHER.salt_len, HASHER.hash_len))
    cost = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${drawn}"


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode().rstrip("=")


NOBODY = _hash_of_nothing()


async def verify(password: str, kept: str | None) -> bool:
    """Whether a password is the one whose hash is kept; without one it takes as long to say no."""
    right = await asyncio.to_thread(_verify, password[:MOST_LENGTH], kept or NOBODY)
    return right and kept is not None


def _verify(password: str, kept: str) -> bool:
    try:
        return HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
