"""Answers without an end: server-sent events, as the HTML standard has them, for as long as somebody may listen."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager, suppress
from functools import partial
from random import random

import orjson
import psycopg
from prometheus_client import Counter, Gauge
from psycopg_pool import PoolTimeout
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from wangge.geo.errors import WanggeError
from wangge.outgoing.streams import MarkLost, Reader, Seen
from wangge.reports.feed.events import Mark

__all__ = ["EVENTS", "EventStream"]

EVENTS = "text/event-stream"
ALIVE_S = 15.0
"""How often a stream that has nothing to say says that it is there, and looks whether its reader still may listen."""

RECONNECT_MS = 2_000
AHEAD_S = 2.0
UNKNOWN_S = 60.0
"""How long a stream goes on while the database is too busy to say whether its reader still may listen."""

OPEN = Gauge("wangge_streams_open", "Streams of events that are open.")
SENT = Counter("wangge_streams_sent_total", "Events that were sent on streams.", ["event"])

Write = Callable[[bytes], Awaitable[None]]
Check = Callable[[Reader], Awaitable[bool]]


class EventStream(Response):
    """What a reader takes, sent as it comes.

    Parameters
    ----------
    opened : gives the reader for as long as the answer takes; refused, the answer is a problem.
    check : asked at every sign of life; False when what the reader sees is not what it saw, so that everything is to be
        asked anew. Raises WanggeError once whoever reads may not any more.
    endless : whether to wait for more at the end.
    first : waited for before anything is told, as one of the streams that may be open.
    """

    media_type = EVENTS

    def __init__(
        self,
        opened: AbstractContextManager[Reader],
        check: Check,
        *,
        endless: bool,
        first: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._opened, self._check, self._endless, self._first = opened, check, endless, first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Send events until the end: of the session, of the process, or because nobody listens."""
        with self._opened as reader, OPEN.track_inprogress():
            if self._first is not None:
                await self._first()
            hung_up = asyncio.create_task(_until_hung_up(receive, reader)) if self._endless else None
            try:
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                await self._tell(reader, partial(_write, send), hung_up)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            finally:
                if hung_up is not None:
                    hung_up.cancel()
                    with suppress(asyncio.CancelledError):
                        await hung_up

    async def _tell(self, reader: Reader, write: Write, hung_up: asyncio.Task[None] | None) -> None:
        clock = asyncio.get_running_loop().time
        with suppress(TimeoutError):
            async with asyncio.timeout(AHEAD_S):
                while reader.ahead and not reader.ended:
                    await asyncio.sleep(0.05)
        await write(b"retry: %d\n\n" % RECONNECT_MS)
        live, leave = False, _Leave(self._check, reader)
        alive_at = clock() + ALIVE_S * (0.5 + random() / 2)  # noqa: S311 - so that not all look at the same moment
        try:
            while not reader.ended and not (hung_up and hung_up.done()):
                try:
                    leave.look()
                    events = reader.take()
                except MarkLost:
                    reader.begin_anew()
                    await write(_event("reset", reader.mark))
                    continue
                if events:
                    await write(_events(events))
                    continue
                if not live:
                    live = True
                    await write(_event("live", reader.mark))
                    if not self._endless:
                        return
                await reader.wait(max(alive_at - clock(), 0.0))
                if clock() >= alive_at:
                    alive_at = clock() + ALIVE_S
                    if reader.blind:  # so that the reader knows, and comes again
                        return
                    await write(b": \nid: %s\n\n" % str(reader.mark).encode())
                    leave.ask()
        except WanggeError as error:
            await write(_event("end", None, type=f"/problems/{error.kind}"))
        except TimeoutError:  # nobody can say: whoever still may comes again
            return
        finally:
            leave.cancel()


class _Leave:
    """Whether a reader still may listen: asked beside what is sent, which never waits for it."""

    def __init__(self, check: Check, reader: Reader) -> None:
        self._check, self._reader = check, reader
        self._asked: asyncio.Future[bool] | None = None
        self._known_at = time.monotonic()

    def ask(self) -> None:
        """Find out, unless it is being found out."""
        if self._asked is None:
            self._asked = asyncio.ensure_future(self._check(self._reader))
            self._asked.add_done_callback(lambda _: self._reader.wake())

    def look(self) -> None:
        """Raise what was found out: MarkLost for other cases than before, WanggeError for none any more.

        TimeoutError where it could not be found out for long.
        """
        if self._asked is None or not self._asked.done():
            return
        asked, self._asked = self._asked, None
        try:
            same = asked.result()
        except (psycopg.Error, PoolTimeout, OSError):
            if time.monotonic() - self._known_at > UNKNOWN_S:
                raise TimeoutError from None
            return
        self._known_at = time.monotonic()
        if not same:
            raise MarkLost

    def cancel(self) -> None:
        """Find out no more."""
        if self._asked is not None and not self._asked.cancel() and not self._asked.cancelled():
            self._asked.exception()  # nobody asks any more


async def _write(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})


async def _until_hung_up(receive: Receive, reader: Reader) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    reader.wake()


def _events(found: Iterable[Seen]) -> bytes:
    """Events as one part of a stream."""
    parts = []
    for kind, event in found:
        SENT.labels(kind).inc()
        data = event.data if kind == "case" else event.gone
        parts.append(b"id: %s\nevent: %s\ndata: %s\n\n" % (str(event.mark).encode(), kind.encode(), data))
    return b"".join(parts)


def _event(name: str, mark: Mark | None, **facts: str) -> bytes:
    """An event that is about the stream itself."""
    SENT.labels(name).inc()
    at = b"id: %s\n" % str(mark).encode() if mark else b""
    return at + b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(facts))
