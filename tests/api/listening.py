"""Streams of events as their readers have them, from an application that runs in the test's own loop."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI

__all__ = ["Event", "Listener", "listening", "running"]

SECONDS = 20.0


@dataclass(frozen=True)
class Event:
    """One event of a stream, as a browser hands it on."""

    name: str
    id: str
    data: dict[str, Any]

    @property
    def what(self) -> tuple[str, str | None]:
        return self.data["number"], self.data.get("move")


@dataclass
class Listener:
    """What came on a stream so far."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    ended: bool = False
    parts: int = 0
    taking: asyncio.Event = field(default_factory=asyncio.Event)
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def events(self) -> list[Event]:
        found = []
        for block in self.text.split("\n\n")[:-1]:
            lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            if "event" in lines:
                found.append(Event(lines["event"], lines.get("id", ""), json.loads(lines["data"])))
        return found

    def named(self, *names: str) -> list[Event]:
        return [event for event in self.events if event.name in names]

    @property
    def last_id(self) -> str:
        """What a browser would come back with."""
        return [line for line in self.text.split("\n") if line.startswith("id: ")][-1].removeprefix("id: ")

    async def until(self, *names: str, count: int = 1) -> list[Event]:
        """The events of some names, once there are so many of them."""
        async with asyncio.timeout(SECONDS):
            while len(self.named(*names)) < count:
                assert not self.ended, self.text
                self._grown.clear()
                await self._grown.wait()
        return self.named(*names)

    async def until_ended(self) -> None:
        async with asyncio.timeout(SECONDS):
            while not self.ended:
                self._grown.clear()
                await self._grown.wait()

    async def send(self, message: Any) -> None:
        """What the server calls; while `taking` is not set, the reader takes nothing."""
        await self.taking.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.text += message["body"].decode()
            self.parts += 1
            self.ended = not message.get("more_body", False)
        self._grown.set()


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """The state of an application that has started, until it ends."""
    async with app.router.lifespan_context(app) as state:
        assert state is not None
        await asyncio.wait_for(state["streams"].ready.wait(), SECONDS)
        yield dict(state)


@asynccontextmanager
async def listening(
    app: FastAPI, state: dict[str, Any], path: str, headers: dict[str, str], method: str = "GET"
) -> AsyncIterator[Listener]:
    """A stream that somebody has open; left, its reader hangs up."""
    listener, hung_up = Listener(), asyncio.Event()
    listener.taking.set()
    asked = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if asked:
            return asked.pop()
        await hung_up.wait()
        return {"type": "http.disconnect"}

    where, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
        "state": dict(state),
    }
    task = asyncio.create_task(app(scope, receive, listener.send))
    try:
        async with asyncio.timeout(SECONDS):
            while not listener.status and listener.taking.is_set() and not task.done():
                await asyncio.sleep(0.005)
        yield listener
    finally:
        hung_up.set()
        listener.taking.set()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, SECONDS)
