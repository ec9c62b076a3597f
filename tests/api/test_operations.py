"""What an operator relies on: health, metrics, logs, a clean end, and getting over a killed database."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.builders import create_boundaries
from tests.conftest import ROOT, await_ready, free_port
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.duty.desks import publish
from wangge.store.engine import connect
from wangge.store.grids.editions import import_edition
from wangge.store.migrate import upgrade
from wangge.store.postgres.cluster import Cluster

HERE = "/api/v1/territories/town"
GOOD = {"lon": 116.905, "lat": 38.305, "category": "lamp"}


@contextmanager
def serving(home: Path, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`wangge serve` over the embedded cluster of a home folder."""
    port = free_port()
    variables = os.environ | {"WANGGE_HOME": str(home), "WANGGE_PORT": str(port), "WANGGE_LOG_FORMAT": "json"}
    variables.pop("WANGGE_DATABASE_URL", None)
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from wangge.api.cli import main; main()", "serve"],
            env=variables | environment,
            cwd=ROOT,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        await_ready(url, process)
        yield url, process
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder whose embedded cluster holds a small town."""
    home = Path(tempfile.mkdtemp(prefix="wangge-"))
    home.chmod(0o755)
    cluster = Cluster(home)
    cluster.start()
    upgrade(cluster.url)
    with connect(cluster.url) as connection:
        import_edition(connection, create_boundaries())
        publish(connection, "town", "2026")
        connection.execute("""INSERT INTO category VALUES ('town', 'lamp', '{"en": "Lamp", "zh": "路灯"}')""")
    yield home
    cluster.stop()
    shutil.rmtree(home)


def test_a_killed_postgres_is_answered_with_503_and_got_over(home: Path) -> None:
    with serving(home) as (url, _):
        signed_in = {"Authorization": f"Bearer {token_for(Cluster(home).url, [Grant(Role.CENTRE)])}"}
        first = httpx2.post(f"{url}{HERE}/reports", json=GOOD)
        assert first.status_code == 201
        pid = Cluster(home).status().pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        refused = None
        until = time.monotonic() + 30
        while time.monotonic() < until:
            answer = httpx2.post(f"{url}{HERE}/reports", json=GOOD, headers={"Accept-Language": "zh"})
            if answer.status_code == 201 and refused is not None:
                break
            if answer.status_code != 201:
                refused = answer
                assert answer.status_code == 503, answer.text
                assert answer.headers["retry-after"] == "2"
                assert answer.json()["type"] in {"/problems/database-unavailable", "/problems/not-ready"}
                assert not answer.json()["detail"].isascii()
            time.sleep(0.05)
        else:
            raise AssertionError("the server did not get over it")
        # The map still tells which grid a place is in, out of memory, whatever the database does.
        assert httpx2.get(f"{url}{HERE}/locate?lon=116.905&lat=38.305").json()["cell"]["code"] == "A1"
        number = first.json()["number"]
        assert httpx2.get(f"{url}{HERE}/reports/{number}", headers=signed_in).status_code == 200


def test_after_an_outage_everybody_is_served_within_two_seconds(home: Path) -> None:
    """The outage has to last for some seconds: what waited twice as long after each try would be late only then."""
    cluster = Cluster(home)
    with serving(home, WANGGE_DATABASE_URL=cluster.url) as (url, _):

        def file(_: int) -> int:
            return httpx2.post(f"{url}{HERE}/reports", json=GOOD, timeout=20).status_code

        with ThreadPoolExecutor(8) as clients:
            assert set(clients.map(file, range(8))) == {201}
            cluster.stop()
            gone = time.monotonic()
            while time.monotonic() - gone < 8:  # some ask all the while
                assert set(clients.map(file, range(2))) == {503}
                assert httpx2.get(f"{url}/readyz", timeout=20).status_code == 503
            cluster.start()
            back, first, ready = time.monotonic(), 0.0, 0.0
            while not (first and ready) and time.monotonic() - back < 20:
                if not first and 201 in clients.map(file, range(2)):
                    first = time.monotonic() - back
                if not ready and httpx2.get(f"{url}/readyz", timeout=20).status_code == 200:
                    ready = time.monotonic() - back
                    assert set(clients.map(file, range(8))) == {201}, "ready is whoever serves everybody"
            assert 0 < first < 2.5
            assert 0 < ready < 4.5


def test_a_database_that_dies_while_the_server_starts_is_started_again(home: Path) -> None:
    cluster = Cluster(home)
    cluster.stop()
    killed = threading.Event()

    def kill_it() -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and not killed.is_set():
            if (pid := cluster.status().pid) and cluster.status().state in {"starting", "running"}:
                os.kill(pid, signal.SIGKILL)
                killed.set()
            time.sleep(0.01)

    killer = threading.Thread(target=kill_it)
    killer.start()
    with serving(home) as (url, process):
        killer.join()
        assert killed.is_set()
        assert httpx2.get(f"{url}/readyz", timeout=20).status_code == 200
        assert process.poll() is None


def test_of_all_connections_that_a_server_ended_one_request_hears(client: TestClient, database: str) -> None:
    reports = "/api/v1/territories/xinhua/reports"
    with connect(database) as blocker:
        blocker.execute("LOCK TABLE report IN ACCESS EXCLUSIVE MODE")
        readers = [threading.Thread(target=lambda: client.get(reports)) for _ in range(4)]
        for reader in readers:  # each holds a connection and waits
            reader.start()
        time.sleep(1)
    for reader in readers:
        reader.join()
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    with connect(database) as ender:
        assert len(ender.execute(ended, (ender.info.dbname,)).fetchall()) > 4
    assert [client.get(reports).status_code for _ in range(6)] == [503, 200, 200, 200, 200, 200]


def test_requests_under_way_are_answered_when_the_server_ends(home: Path) -> None:
    with serving(home) as (url, process):
        answers: list[int] = []
        blocker = psycopg.connect(Cluster(home).url)
        blocker.execute("LOCK TABLE report IN ACCESS EXCLUSIVE MODE")
        sender = threading.Thread(
            target=lambda: answers.append(httpx2.post(f"{url}{HERE}/reports", json=GOOD, timeout=20).status_code)
        )
        sender.start()
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert process.poll() is None
        blocker.rollback()
        blocker.close()
        sender.join()
        assert process.wait(20) in {0, -signal.SIGTERM}
        assert answers == [201]
    logged = [json.loads(line) for line in (home / "serve.log").read_text().splitlines()]
    request = next(line for line in logged if line.get("path") == f"{HERE}/reports")
    assert (request["method"], request["status"]) == ("POST", 201)
    assert request["request_id"]


def test_health_readiness_and_metrics(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["territories"] == {"washington": "2013", "xinhua": "2026-01"}
    client.get("/api/v1/territories/xinhua/locate?lon=116.87&lat=38.32")
    metrics = client.get("/metrics").text
    assert (
        'wangge_http_requests_total{method="GET",route="/api/v1/territories/{territory}/locate",status="200"}'
        in metrics
    )


def test_each_answer_carries_a_request_id(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    made = client.get("/healthz", headers={"X-Request-Id": "no good\x7f"}).headers["x-request-id"]
    assert len(made) == 16


def test_the_description_of_the_api_is_complete(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    paths = {path for path in description["paths"] if path.startswith("/api/v1")}
    here = "/api/v1/territories/{territory}"
    assert {here, f"{here}/reports", f"{here}/reports/{{number}}", f"{here}/reports:batch", f"{here}/locate"} <= paths
    assert description["openapi"].startswith("3.")
