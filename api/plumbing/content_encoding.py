"""Answers in the coding that the reader likes best (RFC 9110, sections 8.4 and 12.5.3): zstd, br, gzip or plain."""

import re
from collections.abc import Awaitable, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type, remove_compress_type

__all__ = ["LEAST_BYTES", "ContentEncoding", "best_coding", "unmarked"]

CODINGS = ("zstd", "br", "gzip")
"""The codings that are known, the better first: it decides between those that the reader likes equally."""

LEAST_BYTES = 1000
IDENTITY = "identity"
_ITEM = re.compile(r"\s*([!#$%&'*+.^_`|~\w-]+)\s*(?:;\s*[qQ]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?")
_STREAM = re.compile(r"/api/v1/territories/[^/]+/events\Z")
_MARK = re.compile(r'--(?:zstd|br|gzip)(?=")')

for _kind in ("application/problem+json", "application/openapi+json", "text/csv"):
    add_compress_type(_kind)
# A stream without an end would hold an encoder for as long as it is open, and what it sends is short.
remove_compress_type("text/event-stream")


def best_coding(accepted: str | None, offered: Sequence[str] = CODINGS) -> str | None:
    """The coding of those offered that an `Accept-Encoding` likes best, the first of equals; None for none.

    A coding that is not named is as `*` says, and without `*` not acceptable. A plain answer (`identity`) comes last
    unless it has a higher weight, and is sent where nothing else is acceptable. What is not well-formed is passed over.
    """
    weights: dict[str, float] = {}
    for item in (accepted or "").split(","):
        found = _ITEM.fullmatch(item)
        if found:
            weights.setdefault(found[1].lower(), float(found[2] or 1))
    other, least = weights.get("*", 0.0), weights.get(IDENTITY, 0.0)
    fit = [coding for coding in offered if weights.get(coding, other) > 0 and weights.get(coding, other) >= least]
    return max(fit, key=lambda coding: weights.get(coding, other), default=None)


class ContentEncoding:
    """ASGI middleware that encodes answers, and gives each encoding of one its own strong validator.

    The ETag of an encoded answer is marked, `"3"` becoming `"3--zstd"`, because its bytes are others. The mark is taken
    off again from `If-Match` and `If-None-Match`, so that what is behind knows its own validators only; `If-Range`
    keeps it, for a part of the plain bytes never completes encoded ones.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._plain = CompressMiddleware(app, zstd=False, brotli=False, gzip=False, minimum_size=LEAST_BYTES)
        self._encoded = {
            "zstd": CompressMiddleware(app, brotli=False, gzip=False, minimum_size=LEAST_BYTES),
            "br": CompressMiddleware(app, zstd=False, gzip=False, minimum_size=LEAST_BYTES),
            "gzip": CompressMiddleware(app, zstd=False, brotli=False, gzip_level=5, minimum_size=LEAST_BYTES),
        }

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Encode the answer. A stream goes by: what stands here would be held as long as it is open."""
        streamed = scope["type"] == "http" and _STREAM.search(scope["path"])
        return self._app(scope, receive, send) if streamed else self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._plain(scope, receive, send)
            return
        headers = scope["headers"]
        accepted = b",".join(value for name, value in headers if name == b"accept-encoding").decode("latin-1")
        given = b",".join(value for name, value in headers if name == b"if-none-match")
        scope["headers"] = [
            (name, _bare(value) if name in (b"if-match", b"if-none-match") else value) for name, value in headers
        ]

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _marked(message["status"], message["headers"], given)
            await send(message)

        coding = best_coding(accepted)
        app = self._encoded[coding] if coding else self._plain
        await app(scope, receive, marked)


def _marked(status: int, headers: list[tuple[bytes, bytes]], given: bytes) -> list[tuple[bytes, bytes]]:
    """The headers with the validator of these bytes; at 304, that of the bytes that the reader has."""
    coding = next((value for name, value in headers if name.lower() == b"content-encoding"), None)
    return [
        (name, _validator(value, coding, given if status == 304 else b"") if name.lower() == b"etag" else value)
        for name, value in headers
    ]


def _validator(tag: bytes, coding: bytes | None, given: bytes) -> bytes:
    if tag.startswith(b"W/"):
        return tag
    if coding is not None:
        return tag[:-1] + b"--" + coding + b'"'
    held = (one.strip().removeprefix(b"W/") for one in given.split(b","))
    return next((one for one in held if _bare(one) == tag), tag)


def unmarked(tags: str) -> str:
    """Validators without the mark of a coding."""
    return _MARK.sub("", tags)


def _bare(tags: bytes) -> bytes:
    return unmarked(tags.decode("latin-1")).encode("latin-1")
