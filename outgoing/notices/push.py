"""Web push: messages to browsers, sealed for each (RFC 8291) and sent in our name (VAPID, RFC 8292)."""

import time
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from wangge.access.links import Links
from wangge.outgoing.delivery.deliveries import Refused, Unreachable
from wangge.outgoing.delivery.posting import post
from wangge.outgoing.notices.devices import Device
from wangge.outgoing.notices.writing import Letter
from wangge.outgoing.webhooks.addresses import Networks, pool_to

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

__all__ = ["Gone", "public_key", "push", "sealed"]

GOOD_S = 6 * 3600
"""How long a proof of ours is good; a day is allowed."""
WAITS_S = 12 * 3600
"""How long a push service keeps a message for a telephone that is off: what was new in the morning is none at night."""
LONGEST = 600
"""Characters of what happened, so that any push service takes the message (4,096 bytes)."""
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256."""
AGAIN = {408, 425, 429}
GONE = {404, 410}


class Gone(Refused):
    """The browser has gone: nothing reaches it any more."""


def public_key(links: Links) -> str:
    """What browsers tell their push service of us, base64url: only we can send to who was told it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = _key(links).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).decode().rstrip("=")


async def push(device: Device, letter: Letter, links: Links, contact: str, networks: Networks) -> None:
    """Return once the push service has taken a message. Raises Gone, Refused, Unreachable.

    Parameters
    ----------
    contact : `mailto:` or `https:`, for whoever runs the push service.
    networks : private ones that push services may lie in.
    """
    headers = {
        "authorization": f"vapid t={_proof(device.endpoint, links, contact)}, k={public_key(links)}",
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(WAITS_S),
        "urgency": "high",
        "user-agent": "wangge-notices/1",
    }
    async with pool_to(device.endpoint, networks, 1) as connections:
        status = await post(connections, device.endpoint, headers, sealed(device, letter))
    if status in GONE:
        raise Gone(str(status))
    if status in AGAIN or status >= 500:
        raise Unreachable(str(status))
    if not 200 <= status < 300:
        raise Refused(str(status))


def sealed(device: Device, letter: Letter) -> bytes:
    """A message that the browser alone can read: JSON of title, body, link and tag, of which the last one shows."""
    import http_ece  # only who sends loads it
    from cryptography.hazmat.primitives.asymmetric import ec

    told = {
        "title": letter.subject[:LONGEST],
        "body": letter.short[:LONGEST],
        "link": letter.link,
        "tag": letter.first["number"],
    }
    once = ec.generate_private_key(ec.SECP256R1())
    body: bytes = http_ece.encrypt(
        orjson.dumps(told), private_key=once, dh=device.key, auth_secret=device.auth, version="aes128gcm"
    )
    return body


def _key(links: Links) -> "EllipticCurvePrivateKey":
    """The same for all servers of a database, and kept nowhere."""
    from cryptography.hazmat.primitives.asymmetric import ec

    number = int.from_bytes(links.derived("web push")) % (ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def _proof(endpoint: str, links: Links, contact: str) -> str:
    """A signed token that the message is ours, and for that push service alone."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from joserfc import jwt
    from joserfc.jwk import ECKey

    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(time.time()) + GOOD_S, "sub": contact}
    pem = _key(links).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, ECKey.import_key(pem), algorithms=["ES256"])
