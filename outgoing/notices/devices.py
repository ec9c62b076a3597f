"""Browsers that staff have asked to be told in: one a session, gone with it."""

from base64 import urlsafe_b64decode
from dataclasses import dataclass

from wangge.outgoing.notices import queries
from wangge.outgoing.webhooks.addresses import BadAddress, Networks, checked_address
from wangge.store.engine import AsyncConnection

__all__ = ["Device", "device_of", "has_device", "put_device", "remove_device", "remove_gone"]


@dataclass(frozen=True, slots=True)
class Device:
    """Where a browser is reached, and what it alone can read: its public key and the secret that it shares with us."""

    endpoint: str
    key: bytes
    auth: bytes


async def put_device(
    connection: AsyncConnection, session: bytes, networks: Networks, endpoint: str, key: str, auth: str, language: str
) -> None:
    """Tell a session's browser from now on, there instead of where it was told before.

    Parameters
    ----------
    session : the SHA-256 of its secret.
    endpoint : of the browser's push service.
    key, auth : a point of P-256 and 16 bytes, base64url, as browsers have them.

    Raises
    ------
    BadAddress
    """
    device = Device(checked_address(endpoint, networks, "endpoint"), _bytes(key), _bytes(auth))
    _require_point(device.key)
    row = {"session": session, "endpoint": device.endpoint, "key": device.key, "auth": device.auth}
    await connection.execute(queries.PUT_DEVICE, row | {"language": language})


async def remove_device(connection: AsyncConnection, session: bytes) -> None:
    """Tell a session's browser nothing any more."""
    await connection.execute(queries.REMOVE_DEVICE, {"session": session})


async def remove_gone(connection: AsyncConnection, recipient: str) -> None:
    """Forget a browser whose push service knows it no longer."""
    await connection.execute(queries.REMOVE_GONE, {"device": int(recipient)})


async def has_device(connection: AsyncConnection, session: bytes) -> bool:
    """Whether a session's browser is told."""
    found = await connection.execute(queries.HAS_DEVICE, {"session": session})
    return await found.fetchone() is not None


async def device_of(connection: AsyncConnection, recipient: str) -> Device | None:
    """The browser that a message is to, while its session lasts."""
    row = await (await connection.execute(queries.DEVICE, {"device": int(recipient)})).fetchone()
    return Device(row[0], bytes(row[1]), bytes(row[2])) if row else None


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def _require_point(key: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey  # only who asks loads it

    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
    except ValueError:
        raise BadAddress(field="key", reason="string_pattern_mismatch") from None
