"""A real SMTP server and a real HTTP receiver, which do what a test tells them to."""

import asyncio
import email
import email.policy
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.conftest import free_port

__all__ = ["Heard", "Mailbox", "listening", "until"]


def until(true: Callable[[], Any], seconds: float = 20) -> Any:
    """What is asked for, once it is something."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)
    return found


class Mailbox:
    """Keeps what it takes. `answers` says what each recipient is answered at RCPT or at the end of DATA, in turn."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.answers: dict[str, list[str]] = {}
        self.slow_s = 0.0
        where: dict[str, Any] = {"hostname": "127.0.0.1", "port": (port := free_port())}
        self._controller = Controller(self, **where, ready_timeout=20, enable_SMTPUTF8=False)
        self.port = port

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]) -> str:  # noqa: N802 - aiosmtpd's
        if self.answers.get(address) and (answer := self.answers[address][0]).startswith("RCPT "):
            self.answers[address].pop(0)
            return answer.removeprefix("RCPT ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.slow_s)
        answer = (self.answers.get(envelope.rcpt_tos[0]) or ["250 OK"]).pop(0)
        content = envelope.content
        if answer.startswith("250"):
            assert isinstance(content, bytes)
            self.messages.append(email.message_from_bytes(content, policy=email.policy.default))
        if answer.endswith("dies"):  # "250 dies": it has kept the message, and nobody hears of it
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return answer

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.messages if str(message["To"]) == address]

    @contextmanager
    def running(self) -> Iterator["Mailbox"]:
        self._controller.start()
        try:
            yield self
        finally:
            self._controller.stop()


@dataclass
class Heard:
    """What an HTTP receiver was sent, and what it answers: a status and a body for each, the last for all others."""

    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    slow_s: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def listening() -> Iterator[Heard]:
    """A receiver of POST requests, and of GET requests with the path for a body, until the end."""
    heard = Heard()

    class Receiver(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # half a request, of whoever was killed
                return
            self.answer(body)

        def do_GET(self) -> None:
            self.answer(self.path.encode())

        def answer(self, body: bytes) -> None:
            heard.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            time.sleep(heard.slow_s)
            status, told = heard.answers.pop(0) if heard.answers else (200, {})
            content = json.dumps(told).encode()
            with suppress(ConnectionError):  # whoever asked was killed meanwhile
                self.send_response(status)
                for name, value in heard.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.daemon_threads = True
        heard.url = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield heard
        server.shutdown()
