"""What a request says about where it came from, believed from the proxies that are trusted and from nobody else."""

import ipaddress
import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Among", "Proxies"]

HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")
SCHEMES = {"http", "https"}


class Among:
    """Whether an address is one of some: addresses and networks with commas between, or * for every one."""

    def __init__(self, said: str) -> None:
        parts = [part for part in (one.strip() for one in said.split(",")) if part]
        self._every = "*" in parts
        self._networks = [ipaddress.ip_network(part, strict=False) for part in parts if part != "*"]

    def __contains__(self, host: object) -> bool:
        if self._every:
            return True
        try:
            address = ipaddress.ip_address(str(host))
        except ValueError:
            return False
        plain = getattr(address, "ipv4_mapped", None) or address
        return any(plain in network for network in self._networks)


class Proxies:
    """ASGI middleware that puts client, scheme and host in the place of the proxy's, as a trusted one says they are.

    X-Forwarded-For is read from its end, past other trusted proxies; X-Forwarded-Proto and X-Forwarded-Host as they
    are. From anybody else all three are taken away, so that nothing behind this believes them.
    """

    def __init__(self, app: ASGIApp, trusted: str) -> None:
        self.app = app
        self.trusted = Among(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if any(name in headers for name in ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")):
                scope = self._believed(scope, headers) if self._is_trusted(scope) else scope
                scope = dict(scope) | {
                    "headers": [pair for pair in scope["headers"] if not pair[0].startswith(b"x-forwarded-")]
                }
        await self.app(scope, receive, send)

    def _is_trusted(self, scope: Scope) -> bool:
        return scope.get("client") is not None and scope["client"][0] in self.trusted

    def _believed(self, scope: Scope, headers: Headers) -> Scope:
        changed = dict(scope)
        if client := self._client(headers.get("x-forwarded-for", "").split(",")):
            changed["client"] = (client, 0)
        if (scheme := headers.get("x-forwarded-proto", "").strip().lower()) in SCHEMES:
            changed["scheme"] = scheme
        host = headers.get("x-forwarded-host", "").split(",")[0].strip()
        if HOST.fullmatch(host):
            changed["headers"] = list(scope["headers"])
            MutableHeaders(scope=changed)["host"] = host
        return changed

    def _client(self, said: Iterable[str]) -> str | None:
        """The last address that is no trusted proxy's; the first, where all are."""
        hosts = [host for host in map(_host, said) if host]
        return next((host for host in reversed(hosts) if host not in self.trusted), hosts[0] if hosts else None)


def _host(said: str) -> str:
    """An address without its port, empty where it is none."""
    text = said.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
