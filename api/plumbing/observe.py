"""What an operator sees: a request id, one log line and the metrics of each request."""

import logging
import re
import sys
import time
import uuid
from typing import Any

import orjson
import structlog
from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wangge.api.plumbing.methods import path_of
from wangge.store.settings import Settings

__all__ = ["SAFE", "Observe", "configure_logging"]

log = structlog.get_logger("wangge.access")

REQUESTS = Counter("wangge_http_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "wangge_http_request_seconds",
    "Time from request to the end of the answer.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
IN_FLIGHT = Gauge("wangge_http_requests_in_flight", "Requests being answered.")
SAFE = {"GET", "HEAD", "OPTIONS"}
"""Methods by which nothing is changed."""
QUIET = {"/healthz", "/readyz", "/metrics"}
HUNG_UP = 499
"""The status, in logs and metrics, of a request whose sender did not wait for an answer."""

LINK = re.compile(r"(?:(?<=/notices/)|(?<=/area-subscriptions/))[^/]{25,}")
"""What stands in the links of messages, wherever the request ended: nobody may refuse or confirm for who got one."""

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Observe:
    """ASGI middleware that names, times, counts and logs each request, and tells the feed when one may have written."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id = given.decode() if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex[:16]
        scope.setdefault("state", {})["request_id"] = request_id
        begun, status = time.perf_counter(), HUNG_UP
        method = scope["method"]  # further in, HEAD is answered as GET

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        with IN_FLIGHT.track_inprogress():
            try:
                await self.app(scope, receive, named)
            except Exception:
                status = 500 if status == HUNG_UP else status
                raise
            finally:
                self._note(scope, method, request_id, status, time.perf_counter() - begun)
                if method not in SAFE and "written" in scope["state"]:
                    scope["state"]["written"].set()

    def _note(self, scope: Scope, method: str, request_id: str, status: int, seconds: float) -> None:
        # The route's template, not the path: paths are without end, and metrics must not be.
        route = getattr(scope.get("route"), "path", "other")
        REQUESTS.labels(method, route, status).inc()
        SECONDS.labels(method, route).observe(seconds)
        if path_of(scope) not in QUIET:
            write = log.warning if status >= 500 else log.info
            write(
                "request",
                method=method,
                path=route if "{token}" in route else LINK.sub("{token}", scope["path"]),
                status=status,
                ms=round(seconds * 1000, 1),
                request_id=request_id,
            )


def configure_logging(settings: Settings) -> None:
    """Structured logs on standard error: JSON lines, or readable ones on a terminal. Bodies are never logged."""
    console = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    plain: Any = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    lines: Any = structlog.processors.JSONRenderer(serializer=_json)
    final = [plain] if console else [structlog.processors.format_exc_info, lines]
    # What libraries log through the standard library comes out in the same form.
    handler = logging.StreamHandler(sys.stderr)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, *final]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.INFO))
    logging.getLogger("uvicorn.access").disabled = True
    structlog.configure(
        processors=[*shared, *final],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()
