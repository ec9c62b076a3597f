"""Where webhooks and pushes may lead: not into the network that the service stands in, whatever a name resolves to.

A name is resolved here and the connection made to the very address that was looked at, so that an answer that changes
in between (DNS rebinding) changes nothing.
"""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wangge.geo.errors import WanggeError

if TYPE_CHECKING:
    from httpcore2 import AsyncConnectionPool

__all__ = ["BadAddress", "Networks", "Unreachable", "checked_address", "networks_of", "pool_to", "reaches"]

Address = IPv4Address | IPv6Address
Networks = Sequence[Any]
NAT64 = IPv6Network("64:ff9b::/96")
UNICAST = IPv6Network("2000::/3")
"""All that is given out of IPv6; elsewhere lie what translates to IPv4 and what is of one network alone."""

LONGEST = 2000


class BadAddress(WanggeError):
    """A webhook cannot lead there. Facts: `field`, `reason` (a kind of `[fields]` in the wording)."""

    kind = "bad-field"


class Unreachable(OSError):
    """The name leads to where no webhook may go."""


def networks_of(text: str) -> Networks:
    """The networks of a setting, blanks between. Raises ValueError."""
    return [ip_network(part) for part in text.split()]


def reaches(address: Address, networks: Networks, *, clear: bool) -> bool:
    """Whether a connection may be made to an address.

    Parameters
    ----------
    networks : those that are allowed though they are private.
    clear : it is made without TLS, which is for those alone.
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return reaches(address.ipv4_mapped, networks, clear=clear)
        if address in NAT64:
            return reaches(IPv4Address(int(address) & 0xFFFFFFFF), networks, clear=clear)
        if address.sixtofour or address.teredo:
            return False
    if any(address in network for network in networks if network.version == address.version):
        return True
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    return not clear and address.is_global and not address.is_multicast


def checked_address(url: str, networks: Networks, field: str = "url") -> str:
    """The address, if a webhook may lead there as far as can be seen from it.

    Parameters
    ----------
    field : in which it was told.

    Raises
    ------
    BadAddress
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadAddress(field=field, reason="webhook_url") from None
    allowed = {"https", "http"} if networks else {"https"}
    strange = parts.username is not None or parts.password is not None or parts.fragment or len(url) > LONGEST
    if parts.scheme not in allowed or not host or strange or not url.isascii() or not url.isprintable() or " " in url:
        raise BadAddress(field=field, reason="webhook_url")
    try:
        address = ip_address(host.split("%")[0])
    except ValueError:  # a name, which is looked up when something is sent
        try:
            host.encode("idna")
        except UnicodeError:  # nor can it be looked up: a part of it is empty, or over 63 letters
            raise BadAddress(field=field, reason="webhook_url") from None
        return url
    if not reaches(address, networks, clear=parts.scheme == "http"):
        raise BadAddress(field=field, reason="webhook_inside")
    return url


async def _resolved(host: str, port: int, networks: Networks, *, clear: bool) -> list[str]:
    """Addresses of a host, all of which may be connected to. Raises Unreachable, OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    texts = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not texts or not all(reaches(ip_address(text.split("%")[0]), networks, clear=clear) for text in texts):
        raise Unreachable("the name leads into a network where no webhook may go")
    return texts


def pool_to(url: str, networks: Networks, most: int) -> "AsyncConnectionPool":
    """Connections to where an address leads, each to an address that was looked at; by no proxy, with no redirect."""
    import httpcore2  # only who sends loads it
    import httpx2

    clear = urlsplit(url).scheme == "http"

    class Guarded(httpcore2.AsyncNetworkBackend):
        """Resolves names itself."""

        def __init__(self) -> None:
            self._inner = httpcore2.AnyIOBackend()

        async def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore2.AsyncNetworkStream:
            addresses = await _resolved(host, port, networks, clear=clear)
            return await self._inner.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

        async def sleep(self, seconds: float) -> None:
            await self._inner.sleep(seconds)

    context = None if clear else httpx2.create_ssl_context(trust_env=False)
    return httpcore2.AsyncConnectionPool(context, max_connections=most, network_backend=Guarded())
