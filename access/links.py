"""Links that show something to whoever has them, for a while or for good: signed, so that nobody can make one."""

import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

__all__ = ["Links"]

SECRET_BYTES = 18
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

    def _signature(self, shown: str, expires: int) -> str:
        return self._sign(f"{expires} {shown}")

    def _sign(self, told: str, length: int | None = None) -> str:
        return urlsafe_b64encode(hmac.digest(self._key, told.encode(), "sha256")[:length]).decode().rstrip("=")
