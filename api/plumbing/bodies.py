"""Bodies of requests, read whole before anything else is done for a request.

Whoever sends half a body waits for itself: until the other half is there, no connection to the database is taken and no
transaction begun. The size is bounded before anything is parsed, the time by how much has come, and what large bodies
hold in memory by all of them together, with a share for those who are signed in. The framework has a limit of size
too, but it answers in plain text; this one answers with a problem, in the reader's language.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wangge.access.person import ANYONE
from wangge.api.plumbing.deps import asker_of
from wangge.api.plumbing.problems import problem
from wangge.geo.errors import WanggeError
from wangge.geo.files.strictjson import repeated_key
from wangge.store.settings import Settings

__all__ = ["BULK", "Bodies"]

BULK = (
    "/reports:batch",
    "/locate",
    "/photos",
    "/officers:import",
    "/values:import",
    "/assets:import",
    "/households:import",
    "/requests.json",
    "/requests.xml",
)
"""What paths end in that take bodies of the larger kind."""

CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^\s;"']+)""", re.IGNORECASE)
UTF8 = ("utf-8", "utf8", "us-ascii", "ascii")

BYTES_PER_S = 10_000
"""A body that comes slower than this for long is not waited for."""

LARGE_AT_ONCE = 8
"""So many of the largest bodies are held at once; smaller ones are bounded by the number of connections."""

OF_ANYBODY = 2
"""So many of them are left to those who are not signed in: halves of theirs do not keep staff from sending."""


class Gone(Exception):
    """Whoever asked has hung up."""


class Refused(Exception):
    """A body that is not taken. Attributes: `kind` of the problem and its facts."""

    def __init__(self, kind: str, **facts: Any) -> None:
        super().__init__(kind)
        self.kind, self.facts = kind, facts


@dataclass(slots=True)
class Share:
    """What one body holds of the memory that is there for large ones."""

    held: int = 0
    known: bool | None = None
    parts: list[bytes] = field(default_factory=list)


class Bodies:
    """ASGI middleware that hands a body on once it is there, and refuses one that is too large or too slow."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        largest = settings.max_batch_body
        self._free = {True: (LARGE_AT_ONCE - OF_ANYBODY) * largest, False: OF_ANYBODY * largest}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with self._share() as share:
            try:
                _look_at_head(scope)
                await self._read(scope, receive, share)
                _look_at_keys(scope, share.parts)
            except Gone:
                return
            except Refused as refused:
                await problem(Request(scope), refused.kind, **refused.facts)(scope, receive, send)
                return
            whole: list[Message] = [{"type": "http.request", "body": b"".join(share.parts), "more_body": False}]
            share.parts.clear()

            async def replayed() -> Message:
                return whole.pop() if whole else await receive()

            await self.app(scope, replayed, send)

    async def _read(self, scope: Scope, receive: Receive, share: Share) -> None:
        """Take a body in. Raises Gone, Refused."""
        limit = self.settings.max_batch_body if scope["path"].endswith(BULK) else self.settings.max_body
        announced = dict(scope["headers"]).get(b"content-length", b"")
        if announced.isdigit() and int(announced) > limit:
            raise Refused("too-large", limit=limit)
        taken, began = 0, asyncio.get_running_loop().time()
        more = True
        while more:
            try:
                async with asyncio.timeout_at(began + self.settings.body_s + taken / BYTES_PER_S):
                    message = await receive()
            except TimeoutError:
                raise Refused("body-too-slow") from None
            if message["type"] == "http.disconnect":
                raise Gone
            part = message.get("body", b"")
            taken += len(part)
            if taken > limit:
                raise Refused("too-large", limit=limit)
            if taken > self.settings.max_body:
                if share.known is None:
                    share.known = await _is_known(Request(scope))
                self._hold(share, share.known, taken)
            share.parts.append(part)
            more = message.get("more_body", False)

    @contextmanager
    def _share(self) -> Iterator[Share]:
        share = Share()
        try:
            yield share
        finally:
            self._free[bool(share.known)] += share.held

    def _hold(self, share: Share, known: bool, size: int) -> None:
        """Take memory for a large body. Raises Refused when others of the kind have it all."""
        wanted = size - share.held
        if wanted > self._free[known]:
            raise Refused("too-many-bodies", retry_after_s=5)
        self._free[known] -= wanted
        share.held = size


def _look_at_head(scope: Scope) -> None:
    """Refuse what could only be read wrongly: a body that is compressed, or in another charset than UTF-8."""
    headers = dict(scope["headers"])
    if not (headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers):
        return
    coding = headers.get(b"content-encoding", b"identity").decode("latin-1").strip().lower()
    if coding not in ("", "identity"):
        raise Refused("unsupported-encoding", expected="identity", got=coding)
    for told in CHARSET.findall(headers.get(b"content-type", b"").decode("latin-1")):
        if told.lower() not in UTF8:
            raise Refused("unsupported-encoding", expected="UTF-8", got=told)


def _look_at_keys(scope: Scope, parts: list[bytes]) -> None:
    """Refuse JSON that says one thing twice, of which any parser would take one in silence."""
    media = dict(scope["headers"]).get(b"content-type", b"").partition(b";")[0].strip().lower()
    if scope["path"].endswith(BULK) or not media.endswith(b"json"):
        return
    text = b"".join(parts)
    try:
        key = repeated_key(text, orjson.loads(text))
    except orjson.JSONDecodeError:  # which the route refuses
        return
    if key is not None:
        raise Refused("bad-field", field=key, reason="repeated_key", key=key)


async def _is_known(request: Request) -> bool:
    """Whether a request brings a token, a key or a session that is good; looked up before its body is held."""
    try:
        return await asker_of(request, trusting=True) is not ANYONE
    except (WanggeError, psycopg.Error, PoolTimeout):
        return False
