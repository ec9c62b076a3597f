"""Links that show something to whoever has them, for a while or for good: signed, so that nobody can make one."""

import hmac
import os
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["Links"]

SECRET_BYTES = 18
NONCE_BYTES = 12
STEP_S = 300
"""Links of the same five minutes are the same, so that a browser keeps what it has."""


class Links:
    """Signs what a link shows and until when.

    Parameters
    ----------
    key : known to every server of a database, and to nobody else.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, shown: str, lasting: timedelta, now: datetime | None = None) -> dict[str, str]:
        """The query of a link to something: `expires` (seconds since 1970) and `signature`.

        Parameters
        ----------
        lasting : for at least so long, and five minutes more at most.
        """
        begun = int((now or datetime.now(UTC)).timestamp()) // STEP_S * STEP_S
        expires = begun + STEP_S + int(lasting.total_seconds())
        return {"expires": str(expires), "signature": self._signature(shown, expires)}

    def left_s(self, shown: str, expires: int, signature: str, now: datetime | None = None) -> int:
        """How many seconds a link is good for; 0 when it is over, or was never signed."""
        if not hmac.compare_digest(self._signature(shown, expires).encode(), signature.encode()):
            return 0
        return max(0, expires - int((now or datetime.now(UTC)).timestamp()))

    def secret(self, proven: str) -> str:
        """What proves something to us, the same whenever it is asked for: 24 characters, 144 bits."""
        return self._sign(f"secret {proven}", SECRET_BYTES)

    def derived(self, named: str) -> bytes:
        """A key of 32 bytes for something by its name, the same whenever it is asked for."""
        return hmac.digest(self._key, f"derived {named}".encode(), "sha256")

    def seal(self, secret: str, named: str) -> bytes:
        """A secret that has to be told to somebody else one day, written so that whoever reads it cannot tell it."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._sealing(named).encrypt(nonce, secret.encode(), named.encode())

    def unseal(self, sealed: bytes, named: str) -> str | None:
        """The secret that was sealed under a name; None where it was under another, or with another key."""
        from cryptography.exceptions import InvalidTag  # only who unseals loads it

        try:
            told: bytes = self._sealing(named).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], named.encode())
        except (InvalidTag, ValueError):
            return None
        return told.decode()

    def _sealing(self, named: str) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # only who seals loads it

        return AESGCM(self.derived(f"sealed {named}"))

    def _signature(self, shown: str, expires: int) -> str:
        return self._sign(f"{expires} {shown}")

    def _sign(self, told: str, length: int | None = None) -> str:
        return urlsafe_b64encode(hmac.digest(self._key, told.encode(), "sha256")[:length]).decode().rstrip("=")
