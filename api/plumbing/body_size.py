"""A limit on the size of a body, held before anything is parsed.

The framework has one too, but it answers in plain text; this one answers with a problem, in the reader's language.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wangge.api.plumbing.problems import problem
from wangge.store.settings import Settings

__all__ = ["BodyLimit"]

BULK = ("/reports:batch", "/locate")


class BodyLimit:
    """ASGI middleware that answers 413 to a body over the limit, announced or counted while it comes in."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        bulk = scope["path"].endswith(BULK)
        limit = self.settings.max_batch_body if bulk else self.settings.max_body
        announced = dict(scope["headers"]).get(b"content-length", b"")
        if announced.isdigit() and int(announced) > limit:
            await problem(Request(scope), "too-large", limit=limit)(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413, str(limit))
            return message

        await self.app(scope, counted, send)
