"""Headers that every answer carries, so that no browser and no cache between does more with it than is meant."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wangge.api.plumbing.methods import path_of

__all__ = ["Guard"]

# What the service answers is data: nothing in it is to be run, framed or guessed at. Pages bring their own policy.
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
BY_ASKER = ("/api/", "/tiles/", "/ogc")


class Guard:
    """ASGI middleware that adds what is missing; an answer that says otherwise is left as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        by_asker = path_of(scope).startswith(BY_ASKER)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
                if by_asker:
                    headers.setdefault("Content-Security-Policy", DATA_POLICY)
                    headers.setdefault("Cache-Control", "private, no-cache")
                    if "public" not in headers["Cache-Control"]:
                        headers.add_vary_header("Authorization")
                        headers.add_vary_header("Cookie")
            await send(message)

        await self.app(scope, receive, guarded)
