"""HTTP/1.1 with bounds on what comes before a request is one: the size of its head, and the time it takes to come."""

import asyncio
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["BoundedHttp"]

HEAD_BYTES = 64 * 1024
HEAD_S = 15.0
STUCK_S = 60.0
"""What waits for a reader is 64 kB and what was written at once; whoever takes none of it for so long is not there."""

UPGRADE = re.compile(rb"(?i)(?<=\r\n)upgrade(?=[ \t]*:)")
PASSED_OVER = b"x-offer"
"""As long as the name in whose place it stands."""

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol, which by itself takes headers without end and waits for them for ever.

    What comes behind a body (trailers) counts like the head that it stands in for. An offer to go on in another
    protocol is passed over, as RFC 9110 has it (7.8): Java's client offers HTTP/2 with each request, and the parser
    would drop their bodies (https://github.com/Kludex/uvicorn/issues/2722).
    """

    _head_timer: asyncio.TimerHandle | None = None
    _stuck_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True
    _in_body = False

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_timer()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """What waits to be sent is enough: the reader is slow. One that takes nothing for long is hung up on."""
        super().pause_writing()
        if self._stuck_timer is None:
            self._stuck_timer = self.loop.call_later(STUCK_S, self.transport.abort)

    def resume_writing(self) -> None:
        """The reader has taken most of it."""
        super().resume_writing()
        if self._stuck_timer is not None:
            self._stuck_timer.cancel()
            self._stuck_timer = None

    def shutdown(self) -> None:
        """The server is told to stop: what has no end of its own is to come to one."""
        if (closing := self.app_state.get("closing")) is not None:
            closing()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Take bytes in, as long as the head has not grown too large."""
        if self._in_head:
            self._head_bytes += len(data)
        if not self._in_body:
            head, end, rest = data.partition(b"\r\n\r\n")
            data = UPGRADE.sub(PASSED_OVER, head) + end + rest
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES:
            self._refuse()

    def on_message_begin(self) -> None:
        """Another request begins on the connection."""
        super().on_message_begin()
        if not self._in_head:
            self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One more header; behind the head, a trailer, which nobody reads."""
        if self._in_head:
            super().on_header(name, value)
            return
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > HEAD_BYTES:
            self._refuse()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._in_head, self._head_bytes, self._in_body = False, 0, True
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is there, and what comes next is another head."""
        self._in_body = False
        super().on_message_complete()

    def _await_head(self) -> None:
        self._in_head, self._head_bytes = True, 0
        self._stop_timer()
        self._head_timer = self.loop.call_later(HEAD_S, self._hang_up)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _hang_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()
