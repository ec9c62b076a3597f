"""Webhooks under kills: five receivers, four of which misbehave, and senders that are killed all the time.

    python -m bench.chaos.webhooks [--kills 50] [--seed 1] [--servers 2]

Reports are filed and written about in two streets while a server process, which makes ready and sends, is killed by
SIGKILL. One receiver is down from the beginning: the clock is moved on by a day before it is up. One is slow, one says
503 or hangs up though it has taken the event, one redirects every second one to where it would be taken, and one
answers as it should and may hear of one street only. In the end each must have had every event that `…/changes` tells
its owner, under the same id, in order for each case, and nothing else; exit code 1 otherwise.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2

from bench.chaos.servers import Servers
from tests.conftest import BOUNDARIES, load_territory
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.client import Client, ClientError, MoveBody, ReportBody, Retries
from wangge.store.engine import Connection, connect
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade
from wangge.store.postgres.cluster import Cluster

HERE = "/api/v1/territories/xinhua"
PATIENT = Retries(most=400, first_s=0.2, longest_s=1)
SETTLING_S = 600.0
LEAST_DONE = 10
PATIENCE_S = 5.0
HOURS = 6
MOVE_CLOCK = """
WITH moved AS (UPDATE webhook SET rests_until = rests_until - %(by)s * interval '1 hour' WHERE rests_until IS NOT NULL)
UPDATE delivery SET due_at = due_at - %(by)s * interval '1 hour', expires_at = expires_at - %(by)s * interval '1 hour',
    leased_until = leased_until - %(by)s * interval '1 hour'
WHERE state = 'waiting' AND channel = 'webhook'
"""
LEFT = "SELECT count(*) FROM delivery WHERE channel = 'webhook' AND state = 'waiting'"
GIVEN_UP = "SELECT count(*) FROM delivery WHERE channel = 'webhook' AND state IN ('failed', 'dropped')"


@dataclass
class Receiver:
    """What it does with the n-th request: a status, None to hang up, and whether it has taken the event then."""

    answer: Callable[[int], tuple[int | None, bool]]
    slow_s: float = 0.0
    url: str = ""
    asked: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def receiving(receiver: Receiver, location: str = "") -> Iterator[Receiver]:
    """A receiver of POST requests, until the end; redirects lead to `location`."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            if len(body := self.rfile.read(length)) < length:  # the sender was killed in the middle of it
                self.close_connection = True
                return
            time.sleep(receiver.slow_s)
            with lock:
                receiver.asked += 1
                status, taken = receiver.answer(receiver.asked)
                if taken:
                    receiver.taken.append(json.loads(body))
            if status is None:
                self.close_connection = True
                return
            with suppress(ConnectionError):
                self.send_response(status)
                self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silence."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Silence: senders are killed here."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield receiver
        server.shutdown()


def await_ready(servers: Servers, url: str) -> None:
    """Return once a server serves."""
    for _ in range(1200):
        servers.see_to()
        with suppress(httpx2.TransportError):
            if httpx2.get(f"{url}/readyz").status_code == 200:
                return
        time.sleep(0.1)
    raise SystemExit(f"{url} does not become ready")


def lying(dice: random.Random) -> Callable[[int], tuple[int | None, bool]]:
    """Takes everything, and says so two times of three."""
    return lambda _: (dice.choice([200, 200, 200, 200, 503, None]), True)


def load(
    url: str, token: str, points: list[tuple[float, float]], ends: threading.Event, done: list[str], seed: int
) -> None:
    """File reports and write about them until the end, in two streets by turns; `done` is what was acknowledged."""
    dice, numbers = random.Random(seed), list[str]()
    with Client(url, "xinhua", key=token, retries=PATIENT, timeout_s=20) as city:
        while not ends.is_set():
            with suppress(ClientError):
                if len(numbers) < 20 or dice.random() < 0.2:
                    lon, lat = points[len(numbers) % len(points)]
                    numbers.append(city.create_report(ReportBody(lon=lon, lat=lat, category="lamp")).number)
                else:
                    city.create_move(dice.choice(numbers), MoveBody(move="note", note="chaos"))
                done.append(numbers[-1])
            time.sleep(0.1)


def kill(servers: Servers, kills: int, done: list[str], dice: random.Random) -> None:
    """Kill a server and start it again, so often; the next one once work is going on, or a while has passed."""
    while servers.killed["server"] < kills:
        before, since = len(done), time.monotonic()
        while len(done) < before + LEAST_DONE and time.monotonic() - since < PATIENCE_S:
            time.sleep(0.1)
            servers.see_to()
        time.sleep(dice.uniform(0, 0.5))
        if servers.kill_something(dice, "server") and servers.killed["server"] % 10 == 0:
            print(f"{servers.killed['server']} kills", flush=True)


def settle(connection: Connection, down: threading.Event, began: float) -> None:
    """A day passes while the receiver is down; then it is up, and what waits is sent."""
    for _ in range(24 // HOURS):
        connection.execute(MOVE_CLOCK, {"by": HOURS})
        time.sleep(5)
    down.clear()
    while time.monotonic() - began < SETTLING_S:
        connection.execute(MOVE_CLOCK, {"by": 1})
        time.sleep(3)
        (left,) = connection.execute(LEFT).fetchone() or (0,)
        if not left:
            return
    raise SystemExit(f"{left} events wait still")


def judged(receiver: Receiver, told: list[dict[str, Any]]) -> dict[str, int]:
    """How many a receiver missed, had again, had out of order and should not have had, beside what was to be told."""
    due = {change["id"]: change["data"] for change in told}
    first = {event["id"]: event for event in reversed(receiver.taken)}
    order: dict[str, list[int]] = {}
    for event in dict.fromkeys(event["id"] for event in receiver.taken):
        order.setdefault(first[event]["subject"], []).append(int(event.partition("-")[2]))
    return {
        "due": len(due),
        "tries": receiver.asked,
        "had again": len(receiver.taken) - len(first),
        "missed": len(due.keys() - first.keys()),
        "outside": len(first.keys() - due.keys()),
        "other words": sum(first[one]["data"]["number"] != due[one]["number"] for one in due.keys() & first.keys()),
        "out of order": sum(marks != sorted(marks) for marks in order.values()),
    }


def changes(url: str, token: str, after: str) -> list[dict[str, Any]]:
    """All that one may know of what happened after a mark."""
    told: list[dict[str, Any]] = []
    with Client(url, "xinhua", key=token, retries=PATIENT) as city:
        while True:
            page = city.list_case_changes(after=after)
            told += page.model_dump(mode="json")["changes"]
            after = page.after
            if not page.more:
                return told


def run(home: Path, cluster: Cluster, options: argparse.Namespace) -> bool:
    """Make a city with five receivers, torment it, and say what became of it; whether all of it held."""
    cluster.start()
    upgrade(cluster.url)
    with connect(cluster.url) as connection:
        load_territory(connection, BOUNDARIES / "xinhua")
        leaves = load_grid(connection, "xinhua").leaves
    street = leaves[0].path[0]
    two = [leaves[0], next(leaf for leaf in leaves if leaf.path[0] != street)]
    points = [(point.x, point.y) for leaf in two if (point := leaf.geometry.representative_point())]  # type: ignore[union-attr]
    everything = token_for(cluster.url, [Grant(Role.CENTRE, "xinhua")])
    of_street = token_for(cluster.url, [Grant(Role.STREET_DESK, "xinhua", "street", street)])
    os.environ |= {"WANGGE_WEBHOOK_NETWORKS": "127.0.0.0/8", "WANGGE_COLUMNS_S": "0", "WANGGE_RELEASE_S": "0"}
    down, ends, dice = threading.Event(), threading.Event(), random.Random(options.seed)
    done: list[str] = []
    down.set()
    trap = Receiver(lambda _: (200, True))
    servers = Servers(home, options.servers)
    try:
        with receiving(trap):
            receivers = {
                "down for a day": Receiver(lambda _: (503, False) if down.is_set() else (200, True)),
                "slow, 1 s": Receiver(lambda _: (200, True), slow_s=1),
                "lying": Receiver(lying(random.Random(options.seed))),
                "redirecting": Receiver(lambda n: (302, False) if n % 2 else (200, True)),
                "of one street": Receiver(lambda _: (200, True)),
            }
            owners = dict.fromkeys(receivers, everything) | {"of one street": of_street}
            opened = [receiving(receiver, trap.url) for receiver in receivers.values()]
            for one in opened:
                one.__enter__()
            for url in servers.urls():
                await_ready(servers, url)
            url = servers.urls()[0]
            for n, (name, receiver) in enumerate(receivers.items()):
                headers = {"Authorization": f"Bearer {owners[name]}"}
                body = {"name": f"receiver-{n}", "url": receiver.url}
                httpx2.post(f"{url}{HERE}/webhooks", json=body, headers=headers, timeout=60).raise_for_status()
            with Client(url, "xinhua", key=everything) as city:
                after = city.list_case_changes().after
            workers = [
                threading.Thread(target=load, args=(each, everything, points, ends, done, n), daemon=True)
                for n, each in enumerate(servers.urls())
            ]
            began = time.monotonic()
            for worker in workers:
                worker.start()
            kill(servers, options.kills, done, dice)
            killing = time.monotonic() - began
            ends.set()
            while any(worker.is_alive() for worker in workers):
                servers.see_to()
                time.sleep(0.2)
            print("a day passes", flush=True)
            with connect(cluster.url, autocommit=True) as connection:
                settle(connection, down, time.monotonic())
                (given_up,) = connection.execute(GIVEN_UP).fetchone() or (0,)
            found = {name: judged(one, changes(url, owners[name], after)) for name, one in receivers.items()}
            for one in opened:
                one.__exit__(None, None, None)
    finally:
        servers.stop()
    print(f"{servers.killed['server']} kills in {killing:.0f} s, load average {os.getloadavg()[0]:.1f}")
    heads = list(next(iter(found.values())))
    print("| receiver | " + " | ".join(heads) + " |\n|---|" + "---|" * len(heads))
    for name, figures in found.items():
        print(f"| {name} | " + " | ".join(f"{figures[head]:,}" for head in heads) + " |")
    print(f"{given_up} given up, {trap.asked} where a redirect led")
    wrong = sum(figures[head] for figures in found.values() for head in heads[3:])
    return not (wrong or given_up or trap.asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--servers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wangge-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # the server's own user must get in
        cluster = Cluster(home)
        try:
            whole = run(home, cluster, options)
        finally:
            cluster.stop()
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
