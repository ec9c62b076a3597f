"""Answers that never change are made once: the next reader gets the same bytes without a route or the database."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wangge.api.plumbing.cache_control import IMMUTABLE
from wangge.api.plumbing.content_encoding import best_coding, unmarked

__all__ = ["KeptAnswers"]

Key = tuple[str, bytes, str | None]
_KEPT, _PASSING, _BROKEN_OFF = "kept", "passing", "broken off"


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer as it leaves, in one coding."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def etag(self) -> bytes:
        return next(value for name, value in self.headers if name == b"etag")

    async def send(self, send: Send, given: Sequence[str]) -> None:
        """Send it, or 304 to a reader who has it in any coding."""
        known = unmarked(self.etag.decode())
        held = next((tag for tag in given if tag == "*" or unmarked(tag) == known), None)
        if held is None:
            await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
            await send({"type": "http.response.body", "body": self.body})
            return
        kept = [(name, value) for name, value in self.headers if name in (b"cache-control", b"vary")]
        tag = self.etag if held == "*" else held.encode()
        await send({"type": "http.response.start", "status": 304, "headers": [*kept, (b"etag", tag)]})
        await send({"type": "http.response.body", "body": b""})


class KeptAnswers:
    """ASGI middleware that keeps whole answers to GET, each coding apart, the ones asked for lately.

    It stands outside of what encodes. Only what says of itself that it is for everybody and immutable is kept. However
    many ask for the same at once, it is made once. Whoever brings credentials in a header is passed on, to be refused
    where these are wrong.

    Parameters
    ----------
    paths : which addresses may have such answers.
    most_bytes : how much is kept in all; an answer of more than a 16th of it is not.
    """

    def __init__(self, app: ASGIApp, *, paths: re.Pattern[str], most_bytes: int) -> None:
        self._app, self._paths, self._most = app, paths, most_bytes
        self._answers: OrderedDict[Key, _Answer] = OrderedDict()
        self._bytes = 0
        self._making: dict[Key, asyncio.Future[str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not self._paths.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "authorization" in headers or "range" in headers:
            await self._app(scope, receive, send)
            return
        key = (scope["path"], scope["query_string"], best_coding(", ".join(headers.getlist("accept-encoding"))))
        given = [tag.strip().removeprefix("W/") for told in headers.getlist("if-none-match") for tag in told.split(",")]
        while (answer := self._answers.get(key)) is None:
            making = self._making.get(key)
            if making is None:
                await self._make(key, scope, receive, send)
                return
            if await asyncio.shield(making) is _PASSING:
                await self._app(scope, receive, send)
                return
        self._answers.move_to_end(key)
        await answer.send(send, given)

    async def _make(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the application, and keep what may be kept.

        It is made whole before it is sent: a reader who takes it slowly keeps nobody else waiting.
        """
        messages: list[Message] = []

        async def held(message: Message) -> None:
            messages.append(message)

        making = self._making[key] = asyncio.get_running_loop().create_future()
        outcome = _BROKEN_OFF  # then the next one makes it
        try:
            await self._app(scope, receive, held)
            started, *parts = messages
            body = b"".join(part.get("body", b"") for part in parts)
            outcome = self._keep(key, _Answer(started["status"], list(started["headers"]), body))
        finally:
            del self._making[key]
            making.set_result(outcome)
        for message in messages:
            await send(message)

    def _keep(self, key: Key, answer: _Answer) -> str:
        told = dict(answer.headers)
        fit = answer.status in (200, 204) and told.get(b"cache-control") == IMMUTABLE.encode() and b"etag" in told
        if not fit or len(answer.body) > self._most // 16:
            return _PASSING
        self._answers[key] = answer
        self._bytes += _size(key, answer)
        while self._bytes > self._most:
            self._bytes -= _size(*self._answers.popitem(last=False))
        return _KEPT


def _size(key: Key, answer: _Answer) -> int:
    return 1000 + len(key[0]) + len(key[1]) + len(answer.body)
