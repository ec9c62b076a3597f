"""OPTIONS for every path, and the pages of which other origins may read what (CORS).

What anybody may read is open to the pages of the origins that a setting names, by default of all: maps and applications
of others are meant to draw it. All else is open only to origins that are named for it, whose pages show a token of
their own. Cookies are never for another origin's page: it is not told that it may send them, so a browser shows it
nothing that was asked with them.
"""

from collections.abc import Callable
from typing import Any

from fastapi.routing import APIRoute
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wangge.access.person import NotSignedIn
from wangge.api.plumbing.methods import methods_of, path_of, routes_at
from wangge.api.plumbing.refusals import refusals_of
from wangge.store.settings import Settings

__all__ = ["CrossOrigin", "is_public"]

DESCRIPTIONS = {"/openapi.json", "/asyncapi.json"}
"""The descriptions of the API and of its events, which are public as well."""
ABOUT_THE_ASKER = {"access", "operations"}
"""Tags of what is no data of a territory, though anybody may ask for it."""

SENT = (
    "Accept, Accept-Language, Authorization, Content-Crs, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
    "Proof-Of-Work, X-Request-Id"
)
SHOWN = "Content-Crs, Content-Language, ETag, Idempotent-Replayed, Link, Location, Retry-After, X-Request-Id"
"""Headers that a page of another origin may send, and those of an answer that it may read."""

TAKEN = {"POST": "application/geo+json, application/json", "PATCH": "application/merge-patch+json"}
"""What bodies OGC API – Features, Part 4, is sent; it wants 200 for OPTIONS, and this said."""

KEPT_S = "3600"

_PUBLIC: dict[Callable[..., Any], bool] = {}


def is_public(route: object) -> bool:
    """Whether a route gives data that anybody may read."""
    if not isinstance(route, APIRoute):
        return False
    if route.endpoint not in _PUBLIC:
        told = route.include_in_schema or bool(route.tags)  # in our own description, or by a standard of its own
        reads = "GET" in (route.methods or ()) and told and not ABOUT_THE_ASKER & set(route.tags)
        _PUBLIC[route.endpoint] = reads and NotSignedIn.kind not in refusals_of(route.dependant)
    return _PUBLIC[route.endpoint]


class CrossOrigin:
    """ASGI middleware that answers OPTIONS, and says of each answer whose pages may read it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._all = frozenset(settings.cors_origins.split())
        self._public = self._all | frozenset(settings.cors_public_origins.split())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        described = path_of(scope) in DESCRIPTIONS
        if scope["method"] == "OPTIONS" and (methods := methods_of(scope)):
            public = described or any(map(is_public, routes_at(scope)))
            by_standard = path_of(scope).startswith("/ogc")
            await self._options(asked, methods, public=public, by_standard=by_standard)(scope, receive, send)
            return

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._open(MutableHeaders(scope=message), asked, public=described or is_public(scope.get("route")))
            await send(message)

        await self.app(scope, receive, opened)

    def _options(self, asked: Headers, methods: list[str], *, public: bool, by_standard: bool) -> Response:
        """What a path takes and, for a browser that asks on behalf of a page, what the page may ask with."""
        answer = Response(status_code=204, headers={"Allow": ", ".join(methods)})
        if by_standard:
            answer.status_code = 200
            for method in TAKEN.keys() & set(methods):
                answer.headers[f"Accept-{method.title()}"] = TAKEN[method]
        self._open(answer.headers, asked, public=public)
        if "access-control-request-method" in asked and "access-control-allow-origin" in answer.headers:
            trusted = "*" in self._all or asked.get("origin") in self._all
            answer.headers["Access-Control-Allow-Methods"] = ", ".join(methods) if trusted else "GET, HEAD"
            answer.headers["Access-Control-Allow-Headers"] = SENT
            answer.headers["Access-Control-Max-Age"] = KEPT_S
        return answer

    def _open(self, answer: MutableHeaders, asked: Headers, *, public: bool) -> None:
        """Say whose pages may read an answer; nothing where only our own may."""
        origins = self._public if public else self._all
        if not origins:
            return
        if "*" in origins:
            answer["Access-Control-Allow-Origin"] = "*"
        else:
            answer.add_vary_header("Origin")
            if asked.get("origin") not in origins:
                return
            answer["Access-Control-Allow-Origin"] = asked["origin"]
        answer["Access-Control-Expose-Headers"] = SHOWN
        # What any page may fetch it may also take in as an image or into a worker, unless it is the asker's alone.
        if public and "*" in origins and ("cookie" not in asked or "public" in answer.get("cache-control", "")):
            answer["Cross-Origin-Resource-Policy"] = "cross-origin"
