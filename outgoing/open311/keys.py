"""Keys that other servers gave: written down sealed, or in the settings; read by who asks there, and by nobody else."""

from wangge.access.links import Links
from wangge.outgoing.open311 import queries
from wangge.outgoing.open311.declared import Peer
from wangge.reports.evidence.photos import signing_key
from wangge.store.engine import AsyncConnection
from wangge.store.settings import Settings

__all__ = ["key_of", "keys_of", "sealed"]


def keys_of(text: str) -> dict[str, str]:
    """Keys by the names of servers, out of the setting: NAME=KEY, blanks between."""
    return {name: key for name, _, key in (part.partition("=") for part in text.split())}


async def sealed(connection: AsyncConnection, territory: str, name: str, key: str) -> bytes:
    """A key as it is written down for a server of a territory."""
    return Links(await signing_key(connection)).seal(key, _named(territory, name))


async def key_of(connection: AsyncConnection, settings: Settings, peer: Peer) -> str | None:
    """What a server gave us; none where it was declared anew meanwhile, for then the key is for another address.

    That of the settings is only for servers that an operator declared, who knows where they lead.
    """
    row = await (await connection.execute(queries.KEY, {"peer": peer.id, "version": peer.version})).fetchone()
    if row is None:
        return None
    key, from_settings = row
    if key is not None:
        links = Links(await signing_key(connection))
        return links.unseal(bytes(key), _named(peer.territory, peer.name))
    return keys_of(settings.open311_keys.get_secret_value()).get(peer.name) if from_settings else None


def _named(territory: str, name: str) -> str:
    return f"open311 {territory} {name}"
