"""Who wants no notices: said by the link in any of them, without an account, and kept without the address."""

import hmac

from wangge.access.links import Links
from wangge.geo.errors import WanggeError
from wangge.outgoing.notices import queries
from wangge.store.engine import AsyncConnection

__all__ = ["UnknownLink", "name_of", "refuse", "refused", "token_of", "want_again"]

LENGTH = 24


class UnknownLink(WanggeError):
    """The link was not made by this service, or not whole."""

    kind = "unknown-link"


def name_of(links: Links, channel: str, recipient: str) -> str:
    """What an address is called where it wants no notices: by it alone nobody learns the address."""
    return links.secret(f"notices to {channel} {recipient}")


def token_of(links: Links, channel: str, recipient: str) -> str:
    """What stands in the link by which notices to an address are refused."""
    name = name_of(links, channel, recipient)
    return name + links.secret(f"refuses notices {name}")


async def refuse(connection: AsyncConnection, links: Links, token: str) -> None:
    """Send no more notices to the address of a token, whatever is reported with it. Raises UnknownLink."""
    await connection.execute(queries.REFUSE, {"recipient": _proven(links, token)})


async def want_again(connection: AsyncConnection, links: Links, token: str) -> None:
    """Send them again. Raises UnknownLink."""
    await connection.execute(queries.WANT_AGAIN, {"recipient": _proven(links, token)})


async def refused(connection: AsyncConnection, names: list[str]) -> set[str]:
    """Those of some names that want no notices."""
    rows = await (await connection.execute(queries.REFUSED, {"recipients": names})).fetchall()
    return {name for (name,) in rows}


def _proven(links: Links, token: str) -> str:
    name, proof = token[:LENGTH], token[LENGTH:]
    if not hmac.compare_digest(links.secret(f"refuses notices {name}").encode(), proof.encode()):
        raise UnknownLink
    return name
