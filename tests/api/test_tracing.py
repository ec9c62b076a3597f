"""Traces: none unless a collector is set; then requests and their statements, and nothing of what people wrote."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.conftest import LOCAL, ROOT
from tests.people import signed_in
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.api.plumbing.tracing import provider_of
from wangge.store.engine import connect
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ABOVE = "00f067aa0ba902b7"
SECRETS = (b"7 Elm Road", b"0317-5550101", b"116.8712", b"secret-token", b"198.51.100")


class Collector(ThreadingHTTPServer):
    """Takes OTLP over HTTP, as any collector does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.paths: list[str] = []
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def spans(self) -> list[Any]:
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.paths.append(self.path)
        self.server.bodies.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def facts_of(span: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_request_and_its_statements_are_one_trace_without_what_people_wrote(
    settings: Settings, database: str, collector: Collector
) -> None:
    traced = settings.model_copy(update={"traces": collector.url})
    with TestClient(create_app(traced), client=LOCAL, raise_server_exceptions=False) as running:
        client = signed_in(running, database, [Grant(Role.CENTRE)])
        report = {"lon": 116.8712, "lat": 38.3164, "category": "lamp", "description": "dark at 7 Elm Road"}
        report |= {"contact": {"phone": "0317-5550101"}}
        headers = {"traceparent": f"00-{TRACE}-{ABOVE}-01", "X-Forwarded-For": "198.51.100.7"}
        assert client.post(f"{HERE}/reports?", json=report, headers=headers).status_code == 201
        assert client.get(f"{HERE}/locate?lon=116.8712&lat=38.3164").status_code == 200
        assert client.get(f"{HERE}/reports/nothing?x=secret-token").status_code in {400, 404}
    assert set(collector.paths) == {"/v1/traces"}
    assert not [secret for secret in SECRETS if any(secret in body for body in collector.bodies)]

    spans = collector.spans()
    filed = next(span for span in spans if span.trace_id.hex() == TRACE and span.parent_span_id.hex() == ABOVE)
    assert filed.name == "POST /api/v1/territories/{territory}/reports"
    told = facts_of(filed)
    assert (told["http.response.status_code"], told["http.route"]) == (201, filed.name.removeprefix("POST "))
    assert len(told["wangge.request_id"]) == 16
    statements = [span for span in spans if span.parent_span_id == filed.span_id]
    assert any("INSERT INTO report" in facts_of(one)["db.query.text"] for one in statements)
    assert all(span.parent_span_id for span in spans if not span.name.startswith(("GET", "POST")))  # no chores


def test_a_statement_that_fails_is_told_by_its_kind_alone(
    settings: Settings, database: str, collector: Collector
) -> None:
    traced = settings.model_copy(update={"traces": f"{collector.url}/v1/traces", "statement_s": 0.3})
    with TestClient(create_app(traced), client=LOCAL, raise_server_exceptions=False) as running:
        client = signed_in(running, database, [Grant(Role.CENTRE)])
        with connect(database) as connection:
            connection.execute("LOCK TABLE report IN ACCESS EXCLUSIVE MODE")
            assert client.get(f"{HERE}/reports").status_code == 503
    asked, statement = [span for span in collector.spans() if span.status.code == 2]
    assert facts_of(statement if statement.parent_span_id else asked)["error.type"] == "QueryCanceled"
    assert not any(span.events or span.status.message for span in (asked, statement))


def test_a_collector_that_is_away_holds_nothing_up(settings: Settings, collector: Collector) -> None:
    away = collector.url
    collector.server_close()
    traced = settings.model_copy(update={"traces": away})
    with TestClient(create_app(traced), client=LOCAL) as running:
        assert running.get(f"{HERE}/locate?lon=116.8712&lat=38.3164").status_code == 200


def test_a_setting_without_its_packages_is_told_in_words() -> None:
    program = """
import sys
sys.modules["opentelemetry.sdk"] = None
sys.argv = ["wangge", "serve", "--port", "0"]
from wangge.api.cli import main
main()
"""
    settings = {"WANGGE_TRACES": "http://127.0.0.1:9", "WANGGE_LANG": "en", "WANGGE_DATABASE_URL": "postgresql://x"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'pip install "wangge[otel]"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("value", ["ftp://127.0.0.1", "collector:4318"])
def test_what_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="http"):
        Settings(traces=value)


@pytest.mark.parametrize(("told", "name"), [("", "wangge"), ("county-7", "county-7")])
def test_the_service_is_called_as_the_variables_of_opentelemetry_say(
    monkeypatch: pytest.MonkeyPatch, told: str, name: str
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", told)
    provider = provider_of(Settings(traces="http://127.0.0.1:9"))
    assert provider
    assert provider.resource.attributes["service.name"] == name
    provider.shutdown()
