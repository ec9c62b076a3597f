"""Who sends half a request, one without end, or none, keeps nobody else from being served."""

import asyncio
import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPResponse

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette

from tests.conftest import Server, free_port, serving
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.plumbing import protocol
from wangge.api.plumbing.protocol import HEAD_BYTES, BoundedHttp
from wangge.store.engine import connect
from wangge.store.postgres.cluster import Cluster

HERE = "/api/v1/territories/xinhua"
GOOD = {"lon": 116.8712, "lat": 38.3164, "category": "lamp"}


@pytest.fixture(scope="module")
def small(cluster: Cluster, furnished: str) -> Iterator[Server]:
    """A server with two connections to its database, which waits for a body and for a statement, but not long."""
    limits = {"WANGGE_POOL_SIZE": "2", "WANGGE_BODY_S": "10", "WANGGE_STATEMENT_S": "3"}
    limits["WANGGE_MAX_BATCH_BODY"] = "5000000"
    yield from serving(cluster, furnished, WANGGE_LOG_LEVEL="error", **limits)


def connected(url: str) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def half_a_batch(url: str, token: str) -> socket.socket:
    """A connection on which a batch has begun, and goes on no further."""
    sender = connected(url)
    head = (
        f"POST {HERE}/reports:batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n"
    )
    sender.sendall(head.encode() + b'{"lon": 116.8712')
    return sender


def counted(url: str, status: int) -> float:
    """How many requests were answered with a status, by the server's own metrics."""
    lines = httpx2.get(f"{url}/metrics").text.splitlines()
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if line.startswith("wangge_http_requests_total") and f'status="{status}"' in line
    )


def test_half_sent_batches_take_nothing_from_others(small: Server) -> None:
    token = token_for(small.database_url, [Grant(Role.CENTRE)])
    with ExitStack() as senders:
        waiting = [senders.enter_context(half_a_batch(small.url, token)) for _ in range(16)]
        time.sleep(0.5)
        assert httpx2.get(f"{small.url}/readyz", timeout=10).status_code == 200
        assert httpx2.post(f"{small.url}{HERE}/reports", json=GOOD, timeout=10).status_code == 201
        assert select.select(waiting, [], [], 0)[0] == [], "all the while, the halves were waited for"
        with connect(small.database_url) as connection:
            idle = "state = 'idle in transaction' AND datname = current_database()"
            until = time.monotonic() + 3  # the server's own transactions are between two statements now and then
            while connection.execute(f"SELECT FROM pg_stat_activity WHERE {idle}").fetchone() is not None:
                assert time.monotonic() < until, "a half holds a transaction"
                time.sleep(0.02)
        assert {sender.recv(4096).split(b" ")[1] for sender in waiting} == {b"408"}


def half_a_large_body(url: str, path: str, size: int, token: str = "") -> socket.socket:
    """A connection on which the first `size` bytes of a larger body have come, and no more do."""
    sender = connected(url)
    known = f"Authorization: Bearer {token}\r\n" if token else ""
    head = f"POST {HERE}{path} HTTP/1.1\r\nHost: x\r\n{known}Content-Type: application/json\r\n"
    sender.sendall(f"{head}Content-Length: {size + 100}\r\n\r\n".encode() + b" " * size)
    return sender


def test_half_sent_bodies_of_anybody_leave_room_for_those_who_are_signed_in(small: Server) -> None:
    token = token_for(small.database_url, [Grant(Role.CENTRE)])
    with ExitStack() as senders:
        for n in range(4):  # by anybody, with and without a key that is none
            forged = "wgk_no-such-key" if n % 2 else ""
            path = "/reports:batch" if n % 2 else "/locate"
            with suppress(OSError):  # those for which there is no room are hung up on
                senders.enter_context(half_a_large_body(small.url, path, 4_900_000, forged))
        points = {"points": [[116.87, 38.31]] * 30_000}  # more than an ordinary body
        until = time.monotonic() + 20
        while (refused := httpx2.post(f"{small.url}{HERE}/locate", json=points, timeout=20)).status_code != 503:
            assert time.monotonic() < until, "the halves that came have it all"
            time.sleep(0.2)
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/too-many-bodies")
        served = httpx2.post(
            f"{small.url}{HERE}/locate", json=points, timeout=20, headers={"Authorization": f"Bearer {token}"}
        )
        assert served.status_code == 200


def test_anybody_locates_many_points_only_so_often(small: Server) -> None:
    """By the minute; whoever is signed in is not counted."""
    url, body = f"{small.url}{HERE}/locate", {"points": [[116.87, 38.31]]}
    answers = [httpx2.post(url, json=body) for _ in range(70)]
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(429) >= 10
    assert int(answers[-1].headers["retry-after"]) > 0
    known = {"Authorization": f"Bearer {token_for(small.database_url, [Grant(Role.CENTRE)])}"}
    assert httpx2.post(url, json=body, headers=known).status_code == 200


def test_who_hangs_up_in_the_middle_is_no_fault_of_the_server(small: Server) -> None:
    token = token_for(small.database_url, [Grant(Role.CENTRE)])
    before = counted(small.url, 499)
    for _ in range(3):
        half_a_batch(small.url, token).close()
    until = time.monotonic() + 10
    while counted(small.url, 499) < before + 3:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert counted(small.url, 500) == 0


def test_a_head_without_end_is_refused_before_it_fills_the_memory(small: Server) -> None:
    with connected(small.url) as sender:
        sender.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        sent = 0
        with suppress(ConnectionError):
            while sent < 100 * HEAD_BYTES:
                sent += sender.send(b"X-Filler: " + b"x" * 1000 + b"\r\n")
        assert sent < 100 * HEAD_BYTES
    with connected(small.url) as sender:
        sender.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Filler: " + b"x" * (HEAD_BYTES + 10))
        assert sender.recv(4096).startswith(b"HTTP/1.1 431 ")
        assert sender.recv(4096) == b""
    trailers = b"X-Trailer: " + b"x" * 8000 + b"\r\n"
    with connected(small.url) as sender, suppress(ConnectionError):
        head = f"POST {HERE}/locate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        sender.sendall(head.encode())
        for _ in range(40):
            sender.sendall(trailers)
        answer = sender.recv(4096)
        assert answer == b"" or b" 431 " in answer
    assert httpx2.get(f"{small.url}/healthz").status_code == 200


@pytest.mark.parametrize("framed", ["Content-Length: 53", "Transfer-Encoding: chunked"])
def test_a_client_that_offers_another_protocol_is_served_in_this_one(small: Server, framed: str) -> None:
    """As Java's does with each request, whatever its body."""
    body = json.dumps(GOOD).encode()
    if "chunked" in framed:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    offer = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAB"]
    lines = [f"POST {HERE}/reports HTTP/1.1", "Host: x", *offer, framed, "Content-Type: application/json", "", ""]
    head = "\r\n".join(lines).encode()
    with connected(small.url) as sender:
        for pieces in ([head + body], [head, body]):
            for piece in pieces:
                sender.sendall(piece)
                time.sleep(0.05)
            answer = HTTPResponse(sender)
            answer.begin()
            said = json.loads(answer.read())
            assert (answer.status, said.get("state")) == (201, "assigned"), said["errors"]


def test_a_statement_that_waits_is_given_up(small: Server) -> None:
    with connect(small.database_url) as blocker:
        blocker.execute("LOCK TABLE report IN ACCESS EXCLUSIVE MODE")
        begun = time.monotonic()
        answer = httpx2.post(f"{small.url}{HERE}/reports", json=GOOD, timeout=20)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert time.monotonic() - begun < 10
    assert httpx2.post(f"{small.url}{HERE}/reports", json=GOOD, timeout=20).status_code == 201


async def test_a_connection_on_which_nothing_comes_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.3)

    config = uvicorn.Config(
        Starlette(),
        http=BoundedHttp,
        port=free_port(),
        lifespan="off",
        log_config=None,
        ws="none",
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        assert not running.done()
        await asyncio.sleep(0.01)
    for said in (b"", b"GET / HTTP/1.1\r\nHost:"):
        reader, writer = await asyncio.open_connection("127.0.0.1", config.port)
        writer.write(said)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
    server.should_exit = True
    await running
