"""Traces of requests for a collector of OpenTelemetry; nothing of it is loaded or run unless one is set.

A request is a span by its route, its statements are spans below it. No address, query string, body, or value of a
statement's parameters goes into them: what people report is nobody's business there.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import psycopg
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wangge.geo.errors import WanggeError
from wangge.store.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

__all__ = ["MissingExtra", "Traced", "provider_of", "traced_cursor"]

NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
PATH = "/v1/traces"
_TOLD: dict[str, Any] = {"record_exception": False, "set_status_on_exception": False}
"""What an exception says may hold what people sent."""


class MissingExtra(WanggeError):
    """A setting needs packages that were not installed. Facts: `setting`, `extra`."""

    kind = "missing-extra"


def provider_of(settings: Settings) -> "TracerProvider | None":
    """What makes spans and sends them to the collector of the settings; None when none is set. Raises MissingExtra.

    How much is sent, as whose, and with which headers, the variables of OpenTelemetry's SDK say (OTEL_…).
    """
    if settings.traces is None:
        return None
    if not all(map(_there, NEEDED)):
        raise MissingExtra(setting="WANGGE_TRACES", extra="otel")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = Resource({"service.name": "wangge"}).merge(OTELResourceDetector().detect())  # whose name goes before ours
    provider = TracerProvider(resource=Resource.create().merge(named), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=settings.traces.rstrip("/").removesuffix(PATH) + PATH)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # not even the package around it
        return False


class Traced:
    """ASGI middleware that makes a span of each request, as part of the trace that the asker names, if any."""

    def __init__(self, app: ASGIApp, provider: "TracerProvider") -> None:
        self.app = app
        self.tracer = provider.get_tracer("wangge")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        given = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        above = TraceContextTextMapPropagator().extract(given)
        method = scope["method"]
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        facts = {"http.request.method": method, "url.scheme": scope["scheme"]}
        with self.tracer.start_as_current_span(method, above, SpanKind.SERVER, facts, **_TOLD) as span:
            try:
                await self.app(scope, receive, noted)
            finally:
                if route := getattr(scope.get("route"), "path", None):
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)
                if status:
                    span.set_attribute("http.response.status_code", status)
                span.set_attribute("wangge.request_id", scope.get("state", {}).get("request_id", ""))
                if status >= 500 or not status:  # none: the sender hung up
                    span.set_status(StatusCode.ERROR)


def traced_cursor(provider: "TracerProvider") -> type[psycopg.AsyncCursor[Any]]:
    """A cursor whose statements are spans of the request that asks them; outside of requests it makes none."""
    from opentelemetry.trace import SpanKind, StatusCode, get_current_span

    tracer: Tracer = provider.get_tracer("wangge")

    class TracedCursor(psycopg.AsyncCursor[Any]):
        async def execute(self, query: Any, *arguments: Any, **named: Any) -> Any:
            if not get_current_span().is_recording():
                return await super().execute(query, *arguments, **named)
            facts = {"db.system.name": "postgresql"} | ({"db.query.text": query} if isinstance(query, str) else {})
            with tracer.start_as_current_span(_verb(query), kind=SpanKind.CLIENT, attributes=facts, **_TOLD) as span:
                try:
                    return await super().execute(query, *arguments, **named)
                except Exception as error:
                    span.set_attribute("error.type", type(error).__name__)
                    span.set_status(StatusCode.ERROR)
                    raise

    return TracedCursor


def _verb(query: Any) -> str:
    words = query.split(None, 1) if isinstance(query, str) else []
    return words[0].upper() if words else "SQL"
