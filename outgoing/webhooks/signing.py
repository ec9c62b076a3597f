"""How a receiver tells that a message is ours: the headers of Standard Webhooks, by a secret that is kept nowhere."""

import hmac
from base64 import b64encode
from collections.abc import Sequence

from wangge.access.links import Links

__all__ = ["headers_of", "secret_of", "secrets_of"]

PREFIX = "whsec_"


def _key(links: Links, webhook: int, generation: int) -> bytes:
    return links.derived(f"webhook {webhook} {generation}")


def secret_of(links: Links, webhook: int, generation: int) -> str:
    """A webhook's secret as its receiver keeps it."""
    return PREFIX + b64encode(_key(links, webhook, generation)).decode()


def secrets_of(links: Links, webhook: int, generation: int, *, former: bool) -> list[bytes]:
    """What its messages are signed with: the secret, and the one before while it is good still."""
    generations = [generation, *([generation - 1] if former and generation else [])]
    return [_key(links, webhook, one) for one in generations]


def headers_of(keys: Sequence[bytes], message: str, moment: int, body: bytes) -> dict[str, str]:
    """The headers of a message (Standard Webhooks 1.0).

    Parameters
    ----------
    message : its id, the same at every try.
    moment : of this try, seconds since 1970.
    """
    signed = f"{message}.{moment}.".encode() + body
    signatures = [f"v1,{b64encode(hmac.digest(key, signed, 'sha256')).decode()}" for key in keys]
    return {
        "webhook-id": message,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(signatures),
    }
