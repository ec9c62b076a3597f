"""The line to another server: to where it was declared, by an address that was looked at, no redirects, bounded."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode, urlsplit

import orjson

from wangge.geo.errors import WanggeError
from wangge.outgoing.open311.declared import Peer
from wangge.outgoing.open311.reading import Unreadable, entries_in
from wangge.outgoing.webhooks.addresses import Networks, pool_to

__all__ = ["Line", "PeerUnavailable"]

WHOLE_S = 60.0
"""For one question, from the name's look-up to the answer's last byte."""
MOST = 32 * 1024 * 1024
"""Bytes of an answer."""
CREATED = (200, 201)
AGAIN = (401, 403, 404, 408, 425, 429)
"""Refusals that are not about what was sent: the key, the address, the moment."""


class PeerUnavailable(WanggeError):
    """The other server cannot be asked at present, or does not answer as one. Facts: `name`, `reason`."""

    kind = "peer-unavailable"


class Line:
    """Asks one server; to be left as a context manager.

    Parameters
    ----------
    key : what it gave us, if anything.
    whole_s : seconds for one question.
    """

    def __init__(self, peer: Peer, key: str | None, networks: Networks, whole_s: float = WHOLE_S) -> None:
        self._peer = peer
        self._whole_s = whole_s
        self._key = key
        self._connections = pool_to(peer.url, networks, 1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._connections.aclose()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> list[dict[str, str]]:
        """The entries of an answer. Raises PeerUnavailable."""
        asked = dict(query or {}) | self._asking()
        url = f"{self._peer.url}/{path}.{self._peer.format}"
        status, body = await self._ask("GET", f"{url}?{urlencode(asked)}" if asked else url)
        if status != CREATED[0]:
            raise self.unavailable(f"GET {path}: {status}")
        return self._entries(body)

    async def post(self, fields: Mapping[str, str], key: str) -> tuple[int, list[dict[str, str]]]:
        """File a request by a form, under a key: 0 and what it became, or the status of a refusal and its reasons.

        Raises
        ------
        PeerUnavailable : whether it was filed is not known, unless the reason says so.
        """
        form = urlencode(dict(fields) | self._asking()).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", "idempotency-key": key}
        status, body = await self._ask("POST", f"{self._peer.url}/requests.{self._peer.format}", headers, form)
        if status in CREATED:
            return 0, self._entries(body)
        if not 400 <= status < 500 or status in AGAIN:
            raise self.unavailable(f"POST requests: {status}")
        told: list[dict[str, str]] = []
        with suppress(PeerUnavailable):
            told = self._entries(body)
        return status, told

    async def note(self, theirs: str, note: str, key: str) -> int:
        """Write into the history of a request there, which is a case of this program; the status of the answer."""
        before, _, after = self._peer.url.partition("/open311/")
        territory = after.partition("/")[0] if "/" in after else self._peer.jurisdiction or ""
        url = f"{before}/api/v1/territories/{quote(territory, safe='')}/reports/{quote(theirs, safe='')}/moves"
        headers = {"content-type": "application/json", "idempotency-key": key, "if-match": "*"}
        body = orjson.dumps({"move": "note", "note": note})
        status, _ = await self._ask("POST", url, headers, body)
        if status >= 500 or status in (408, 429):
            raise self.unavailable(f"POST moves: {status}")
        return status

    def _asking(self) -> dict[str, str]:
        """What the standard has with every question; this program takes the key in a header, where no log has it."""
        asked = {"jurisdiction_id": self._peer.jurisdiction} if self._peer.jurisdiction else {}
        return asked | ({"api_key": self._key} if self._key and not self._peer.ours else {})

    def _entries(self, body: bytes) -> list[dict[str, str]]:
        try:
            return entries_in(body, self._peer.format)
        except Unreadable as error:
            raise self.unavailable(f"no answer of GeoReport: {error}") from None

    def unavailable(self, reason: str) -> PeerUnavailable:
        """The other server does not do its part, for a reason, in which its key is not told."""
        told = reason.replace(self._key, "…") if self._key else reason
        return PeerUnavailable(name=self._peer.name, reason=told[:300])

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, content: bytes = b""
    ) -> tuple[int, bytes]:
        import httpcore2  # only who asks loads it

        parts = urlsplit(url)
        sent = {"host": parts.netloc, "user-agent": "wangge", "accept-encoding": "identity", **(headers or {})}
        if method == "POST":
            sent["content-length"] = str(len(content))
        if self._key and self._peer.ours:
            sent["authorization"] = f"Bearer {self._key}"
        within = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._whole_s)}
        named: Sequence[tuple[bytes, bytes]] = [(name.encode(), value.encode()) for name, value in sent.items()]
        body = bytearray()
        try:
            async with asyncio.timeout(self._whole_s):
                ask = self._connections.stream(method, url, headers=named, content=content, extensions=within)
                async with ask as answer:
                    async for part in answer.aiter_stream():
                        body += part
                        if len(body) > MOST:
                            raise self.unavailable("an answer without an end")
                    return int(answer.status), bytes(body)
        except TimeoutError:
            raise self.unavailable("timeout") from None
        except (
            *(httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException),
            *(OSError, ValueError),
        ) as error:
            raise self.unavailable(f"{type(error).__name__}: {error}") from error
