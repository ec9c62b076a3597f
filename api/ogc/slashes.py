"""Addresses with a slash too many: what puts them together out of a base that ends in one, as validators do."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from wangge.api.plumbing.methods import path_of

__all__ = ["Slashes"]

MANY = re.compile("/{2,}")


class Slashes:
    """ASGI middleware that reads `/ogc/xinhua//collections/` as `/ogc/xinhua/collections`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and path_of(scope).startswith("/ogc/"):
            path = scope["path"]
            plain = MANY.sub("/", path).rstrip("/")
            if plain != path:
                scope["path"] = plain
        await self.app(scope, receive, send)
