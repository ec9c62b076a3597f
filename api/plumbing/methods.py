"""The methods of a path: HEAD wherever there is GET, and OPTIONS, which says what there is."""

import asyncio
from collections.abc import Iterator

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Heads", "methods_of", "path_of", "routes_at"]


def path_of(scope: Scope) -> str:
    """The path of a request within the application: without the prefix under which a proxy serves it."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def routes_at(scope: Scope) -> Iterator[BaseRoute]:
    """The routes of a path, whatever their methods are."""
    for context in iter_route_contexts(scope["app"].routes):
        route = context.original_route
        if route.matches(scope)[0] is not Match.NONE:
            yield route


def methods_of(scope: Scope) -> list[str]:
    """The methods that a path is asked with; none where nothing is. The framework names those of one route of it."""
    methods = {method for route in routes_at(scope) for method in getattr(route, "methods", None) or ()}
    return sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())) if methods else []


class Heads:
    """ASGI middleware that answers HEAD as it would GET, without the body, which is not made to its end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        scope["method"] = "GET"
        scope.setdefault("state", {})["bodiless"] = True  # for an answer that would have no end
        # A part is of what GET gives (RFC 9110, section 14.2).
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in (b"range", b"if-range")]

        asked = over = False
        ended = asyncio.Event()

        async def heard() -> Message:
            nonlocal asked
            if not asked:
                asked = True
                return await receive()
            await ended.wait()
            return {"type": "http.disconnect"}

        async def bare(message: Message) -> None:
            nonlocal over
            if message["type"] != "http.response.body":
                await send(message)
            elif not over:  # what follows is not even made: whoever makes it hears that nobody listens
                over = True
                await send({"type": "http.response.body", "body": b""})
                ended.set()

        await self.app(scope, heard, bare)
