"""A limit on the size of a body, held before anything is parsed."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from store.settings import Settings

__all__ = ["BodyLimit"]


class BodyLimit:
    """ASGI middleware that answers 413 to a body over the limit, told or counted while it comes in."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    def _limit(self, path: str) -> int:
        bulk = path.endswith(("/reports:batch", "/locate"))
        return self.settings.max_batch_body if bulk else self.settings.max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        told = dict(scope["headers"]).get(b"content-length", b"")
        if told.isdigit() and int(told) > limit:
            await problem(Request(scope), "too-large", limit=limit)(scope, receive, send)
            return
        taken = 0
        started = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except _TooLargeError:
            if started:
                raise
            await problem(Request(scope), "too-large", limit=limit)(scope, receive, send)


class _TooLargeError(Exception):
    pass
