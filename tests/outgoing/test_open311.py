"""Two servers in step: what is filed at one is one report at the other, however often that is killed."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.conftest import ROOT, Server, serving
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.client import Client, MoveBody, ReportBody, Retries
from wangge.geo.grid import Grid
from wangge.outgoing.open311 import pushing
from wangge.outgoing.open311.declared import BadPeer, Peer, parse_peer
from wangge.outgoing.open311.keeping import PeerBusy, Turn, _alone, keep_in_step
from wangge.outgoing.open311.line import PeerUnavailable
from wangge.outgoing.open311.peers import add, peers
from wangge.outgoing.open311.reading import Unreadable, entries_in, request_of
from wangge.outgoing.webhooks.addresses import networks_of
from wangge.store.engine import Connection, connect, connect_async
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

PROGRAM = [sys.executable, "-c", "from wangge.api.cli import main; main()", "open311"]
PLACE: dict[str, Any] = {"lon": 116.8712, "lat": 38.3164}
DECLARATION = """
name = "{name}"
url = "{url}/open311/xinhua/v2"
program = "wangge"
since = 2026-01-01T00:00:00Z
[pull]
lamp = "lamp"
[push]
lamp = "lamp"
"""


@dataclass
class Pair:
    """Two servers: `here` has declared `there`, and keeps both in step."""

    url: str
    here: Client
    there: Client
    database: str
    grid: Grid
    environment: dict[str, str]

    def run(self, *words: str, expected: int = 0) -> str:
        command = [*PROGRAM, *words]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout + done.stderr

    def turn(self, name: str = "there") -> Turn:
        """Both ways once, in this process."""
        values = {key.removeprefix("WANGGE_").lower(): value for key, value in self.environment.items()}
        settings = Settings.model_validate({key: values[key] for key in ("webhook_networks", "open311_keys")})

        async def made() -> Turn:
            async with await connect_async(self.database) as connection:
                (peer,) = await peers(connection, networks_of(settings.webhook_networks), "xinhua", name)
            return await keep_in_step(self.database, settings, self.grid, peer)

        return asyncio.run(made())

    def texts(self, client: Client) -> list[str]:
        """What the reports of a server say, without the mark that a posted one bears."""
        return sorted(report.description.partition("\n")[0] for report in client.list_reports())


@pytest.fixture(scope="module")
def pair(server: Server, cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("in-step")
    quiet = {"WANGGE_LOG_LEVEL": "warning", "WANGGE_COLUMNS_S": "0", "WANGGE_OPEN311_S": "0"}
    quiet |= {"WANGGE_WEBHOOK_NETWORKS": "127.0.0.0/8", "WANGGE_OPEN311_KEYS": "there=of-the-settings"}
    for here in serving(cluster, furnished, **quiet):
        keys = [token_for(one.database_url, [Grant(Role.CENTRE, "xinhua")]) for one in (here, server)]
        environment = os.environ | {
            "WANGGE_DATABASE_URL": here.database_url,
            "WANGGE_HOME": str(folder),
            "WANGGE_WEBHOOK_NETWORKS": "127.0.0.0/8",
            "WANGGE_OPEN311_KEYS": f"there={keys[1]}",
            "WANGGE_LANG": "en",
        }
        patient = Retries(most=20, first_s=0.05)
        with (
            Client(here.url, "xinhua", key=keys[0], retries=patient) as mine,
            Client(server.url, "xinhua", key=keys[1], retries=patient) as theirs,
        ):
            with connect(here.database_url) as connection:
                grid = load_grid(connection, "xinhua")
            pair = Pair(here.url, mine, theirs, here.database_url, grid, environment)
            declaration = folder / "there.toml"
            declaration.write_text(DECLARATION.format(name="there", url=server.url), "utf-8")
            pair.run("add", "-t", "xinhua", str(declaration))
            yield pair


def exchanged(connection: Connection) -> int:
    """How many requests are paired with a case, or on their way."""
    statement = "SELECT count(*) FROM peer_request WHERE state IN ('sending', 'paired')"
    return int(connection.execute(statement).fetchall()[0][0])


def test_what_is_filed_at_one_is_one_report_at_the_other_however_often_it_is_killed(pair: Pair) -> None:
    dice = random.Random(14)
    before = pair.texts(pair.there)
    ours = [f"of here {n}" for n in range(12)]
    theirs = [f"of there {n}" for n in range(12)]
    for mine, other in zip(ours, theirs, strict=True):
        pair.here.create_report(ReportBody(**PLACE, category="lamp", description=mine))
        pair.there.create_report(ReportBody(**PLACE, category="lamp", description=other))
    killed = 0
    watch = connect(pair.database, autocommit=True)
    for n in range(4):
        had = exchanged(watch)
        way = "pull" if n % 2 else "push"
        process = subprocess.Popen(
            [*PROGRAM, way, "-t", "xinhua", "there"],
            env=pair.environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and exchanged(watch) < had + 2:
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.02))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
    watch.close()
    pair.turn()
    pair.turn()  # nothing is sent back
    assert killed, "some were killed in the middle, so this tells something"
    both = sorted([*ours, *theirs])
    assert [text for text in pair.texts(pair.here) if text in both] == both
    assert sorted(set(pair.texts(pair.there)) - set(before) | set(both)) == both
    assert [text for text in pair.texts(pair.there) if text in both] == both


def test_what_becomes_of_a_case_is_told_both_ways_by_lawful_moves(pair: Pair) -> None:
    mine = pair.here.create_report(ReportBody(**PLACE, category="lamp", description="ends here")).number
    other = pair.there.create_report(ReportBody(**PLACE, category="lamp", description="ends there")).number
    pair.turn()
    at_there = {report.description.partition("\n")[0]: report for report in pair.there.list_reports()}
    at_here = {report.description.partition("\n")[0]: report for report in pair.here.list_reports()}
    assert mine in at_there["ends here"].description
    assert at_here["ends there"].external_id == f"there:{other}"
    pair.here.create_move(mine, MoveBody(move="void", reason="a mistake"))
    pair.there.create_move(other, MoveBody(move="void", reason="a mistake"))
    time.sleep(1.1)  # their times are told in whole seconds
    pair.turn()
    pair.turn()
    notes = [event.note or "" for event in pair.there.get_report(at_there["ends here"].number).events]
    assert sum(mine in note for note in notes) == 1
    taken = pair.here.get_report(at_here["ends there"].number)
    assert taken.state == "withdrawn"
    assert sum(other in (event.note or "") for event in taken.events) == 1
    assert len(pair.there.get_report(other).events) == 3, "nothing of it was told back"


@dataclass
class Foreign:
    """A server of another maker: it knows the standard alone, loses answers, and gives tokens where it is told to."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    posted: int = 0
    loses: int = 0
    tokens: bool = False
    refuses: bool = False
    most: int = 0
    """It knows no pages, and tells of so many at once, the newest first; 0 for all."""
    heedless: bool = False
    """It tells of the newest, whatever time is asked for."""
    asked: int = 0
    says: Any = None
    """What it answers to a post that it takes, in the place of the id."""
    down: str = ""
    """A request of these words is answered as if it were not there."""

    def answer_get(self, path: str, query: dict[str, list[str]]) -> Any:
        if path.startswith("tokens/"):
            return [{"service_request_id": path.removeprefix("tokens/"), "token": path.removeprefix("tokens/")}]
        self.asked += 1
        if self.heedless:
            return self.requests[-self.most :]
        if self.most:
            first, last = (query.get(name, [""])[0] for name in ("start_date", "end_date"))
            found = [one for one in self.requests if first <= one["requested_datetime"] <= (last or "9")]
            return sorted(found, key=lambda one: str(one["requested_datetime"]), reverse=True)[: self.most]
        return [] if query.get("page", ["1"]) != ["1"] else self.requests

    def answer_post(self, form: dict[str, list[str]]) -> tuple[int, Any]:
        self.posted += 1
        if self.down and self.down in form["description"][0]:
            return 503, []
        if self.refuses:
            return 400, [{"code": 400, "description": "not of our city"}]
        key = f"F{len(self.requests) + 1}"
        told = {"status": "open", "requested_datetime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        fields = {name: form[name][0] for name in ("service_code", "lat", "long", "description")}
        self.requests.append(fields | told | {"service_request_id": key})
        if self.loses:
            self.loses -= 1
            return 0, None
        if self.says is not None:
            return 201, self.says
        return 201, [{"token": key} if self.tokens else {"service_request_id": key}]


@contextmanager
def foreign() -> Iterator[Foreign]:
    """A server of another maker, until the end."""
    it = Foreign()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/v2/").removesuffix(".json")
            self.tell(200, it.answer_get(path, parse_qs(parts.query)))

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self.tell(*it.answer_post(parse_qs(self.rfile.read(length).decode())))

        def tell(self, status: int, told: Any) -> None:
            if not status:
                self.close_connection = True
                return
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        it.url = f"http://127.0.0.1:{server.server_port}/v2"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield it
        server.shutdown()


def declare(pair: Pair, name: str, it: Foreign, **declared: Any) -> None:
    document = {"name": name, "url": it.url, "since": "2026-01-01T00:00:00Z"} | declared
    peer = parse_peer(document, "xinhua", networks_of("127.0.0.0/8"))

    async def made() -> None:
        async with await connect_async(pair.database) as connection:
            await add(connection, pair.grid, document, peer, "a test")

    asyncio.run(made())


def test_a_server_of_another_maker_gets_a_case_once_though_its_answers_are_lost(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "GRACE", pushing.GRACE * 0)
    monkeypatch.setattr(pushing, "back_off", lambda _: pushing.GRACE)
    with foreign() as it:
        declare(pair, "foreign", it, push={"green": "TREE"}, cells=["street:130902001"])
        pair.here.create_report(ReportBody(**PLACE, category="green", description="a branch"))
        it.loses = 1
        with pytest.raises(PeerUnavailable):
            pair.turn("foreign")
        assert (it.posted, pair.turn("foreign").pushed.sent, it.posted) == (1, 1, 1)
        it.loses, it.tokens = 0, True
        pair.here.create_report(ReportBody(**PLACE, category="green", description="another"))
        pair.turn("foreign")
        assert (pair.turn("foreign").pushed.sent, pair.turn("foreign").pushed.sent, it.posted) == (1, 0, 2)
        it.refuses = True
        pair.here.create_report(ReportBody(**PLACE, category="green", description="a third"))
        assert pair.turn("foreign").pushed.refused == 1
        assert "not of our city" in pair.run("untaken", "-t", "xinhua", "foreign")
        it.refuses = it.tokens = False
        assert (pair.turn("foreign").pushed.sent, len(it.requests)) == (1, 3)
        assert {one["service_code"] for one in it.requests} == {"TREE"}
        assert [one["description"].partition("\n")[0] for one in it.requests] == ["a branch", "another", "a third"]

        # A mark may be written by anybody: of a case that has its request it is a copy, and told; of none, mere words.
        copied = it.requests[0]["description"]
        said = {"service_code": "TREE", "status": "open", "lat": "38.3164", "long": "116.8712"}
        it.requests += [
            said | {"service_request_id": "copy", "description": copied},
            said | {"service_request_id": "words", "description": "as in [xinhua 202001-999999-1]"},
        ]
        declare(pair, "foreign", it, pull={"TREE": "green"}, push={"green": "TREE"}, cells=["street:130902001"])
        pulled = pair.turn("foreign").pulled
        assert (pulled.taken, pulled.untaken) == (1, 1)
        assert copied.partition("\n")[2] in " ".join(pair.run("untaken", "-t", "xinhua", "foreign").split())
        assert pair.turn("foreign").pulled.taken == 0, "tried again, a copy stays one"


def test_what_cannot_be_taken_is_listed_with_its_reason_and_taken_once_it_can_be(pair: Pair) -> None:
    def request(key: str, service: str, lon: Any, lat: Any, **more: Any) -> dict[str, Any]:
        place = {"service_request_id": key, "service_code": service, "long": lon, "lat": lat}
        return place | {"status": "open", "requested_datetime": "2026-11-30T08:00:00+08:00"} | more

    with foreign() as it:
        it.requests = [
            request("away", "POTHOLE", 0, 51),
            request("nowhere", "POTHOLE", None, None, address="somewhere"),
            request("strange", "WHALE", 116.8712, 38.3164),
            request(
                "sound", "POTHOLE", "116.8712", "38.3164", description="a hole\x00 \ud800", updated_datetime="0001"
            ),
            request("closed", "POTHOLE", 116.8712, 38.3164, description="filled", status="Done"),
            {"status": "open"},
        ]
        declared = {"pull": {"POTHOLE": "road"}, "status": {"Done": "closed"}}
        declare(pair, "maker", it, **declared)
        first = pair.turn("maker").pulled
        assert (first.taken, first.untaken) == (2, 3)
        said = pair.run("untaken", "-t", "xinhua", "maker")
        assert all(word in said for word in ("away", "nowhere", "strange", "WHALE", "lat, long"))
        found = {one.external_id: one for one in pair.here.list_reports()}
        assert found["maker:sound"].description == "a hole ?"
        assert found["maker:closed"].state == "withdrawn"
        assert pair.turn("maker").pulled.taken == 0
        declare(pair, "maker", it, **declared | {"pull": {"POTHOLE": "road", "*": "other"}})
        it.requests = [one | {"status": "Done"} for one in it.requests if one.get("service_request_id") == "sound"]
        again = pair.turn("maker").pulled
        assert (again.taken, again.untaken, again.followed) == (1, 2, 1), "the stranger is taken from the list"
        assert pair.here.get_report(found["maker:sound"].number).state == "withdrawn"


def test_a_server_without_pages_that_tells_of_few_at_once_is_read_to_its_end(pair: Pair) -> None:
    place = {"service_code": "HOLE", "status": "open", "lat": 38.3164, "long": 116.8712}
    with foreign() as it:
        it.most = 50
        it.requests = [
            place
            | {"service_request_id": f"W{n}", "requested_datetime": f"2026-11-{n // 24 + 1:02}T{n % 24:02}:00:00Z"}
            for n in range(240)
        ]
        declare(pair, "whole", it, pull={"HOLE": "road"}, updates=False)
        assert pair.turn("whole").pulled.taken == 240


def test_a_server_that_heeds_no_times_or_tells_no_id_is_not_asked_without_end(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "GRACE", pushing.GRACE * 0)
    monkeypatch.setattr(pushing, "back_off", lambda _: pushing.GRACE)
    monkeypatch.setattr(pushing, "MOST_TRIES", 3)
    place = {"service_code": "HEDGE", "status": "open", "lat": 38.3164, "long": 116.8712}
    with foreign() as it:
        it.most, it.heedless = 60, True
        it.requests = [
            place | {"service_request_id": f"H{n}", "requested_datetime": f"2026-10-{n % 28 + 1:02}T00:00:00Z"}
            for n in range(60)
        ]
        declare(pair, "heedless", it, pull={"HEDGE": "other"}, updates=False)
        with pytest.raises(PeerUnavailable) as refused:
            pair.turn("heedless")
        assert "other times" in refused.value.facts["reason"]
        assert it.asked < 10
        assert "other times" in pair.run("list", "-t", "xinhua")
        pair.run("remove", "-t", "xinhua", "heedless")
    with foreign() as it:
        declare(pair, "wordless", it, push={"parking": "PARKING"})
        pair.here.create_report(ReportBody(**PLACE, category="parking", description="in the way"))
        it.says, it.most = [], 1
        it.heedless = True  # nor does it say what stands there already
        for _ in range(6):
            it.requests = []
            with suppress(PeerUnavailable):
                pair.turn("wordless")
        assert it.posted == pushing.MOST_TRIES + 1, "then somebody has to look at it"
        assert "neither an id" in pair.run("untaken", "-t", "xinhua", "wordless")
        pair.run("remove", "-t", "xinhua", "wordless")


def test_what_may_be_ones_own_is_not_taken_for_new(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that hides words, and whose answer to a post is lost, while it is not yet time to ask again."""
    monkeypatch.setattr(pushing, "GRACE", pushing.GRACE * 0)
    with foreign() as it:
        declare(pair, "silent", it, push={"noise": "LOUD"}, pull={"LOUD": "noise"})
        mine = pair.here.create_report(ReportBody(**PLACE, category="noise", description="at night")).number
        it.loses = 99
        with pytest.raises(PeerUnavailable):
            pair.turn("silent")
        it.requests = [one | {"description": ""} for one in it.requests]
        assert (pair.turn("silent").pulled.taken, it.posted) == (0, 1)
        assert "no words" in pair.run("untaken", "-t", "xinhua", "silent")
        it.requests = [one | {"description": "at nig"} for one in it.requests]  # it shows some of the words now
        with connect(pair.database) as connection:
            connection.execute("UPDATE peer_request SET due_at = now() WHERE state = 'sending'")
        turn = pair.turn("silent")
        assert (turn.pushed.sent, turn.pulled.taken, it.posted) == (1, 0, 1)
        assert [one.number for one in pair.here.list_reports() if one.description.startswith("at night")] == [mine]


def test_a_server_that_was_removed_and_is_declared_again_is_taken_up_where_it_was(pair: Pair) -> None:
    place = {"service_code": "BIN", "status": "open", "lat": 38.3164, "long": 116.8712}
    with foreign() as it, foreign() as other:
        it.requests = [place | {"service_request_id": "B1", "requested_datetime": "2026-11-01T00:00:00Z"}]
        both: dict[str, Any] = {"pull": {"BIN": "rubbish"}, "push": {"rubbish": "BIN"}}
        declare(pair, "again", it, **both)
        assert pair.turn("again").pulled.taken == 1
        pair.run("remove", "-t", "xinhua", "again")
        assert "again" not in pair.run("list", "-t", "xinhua")
        declare(pair, "elsewhere", other, push={"rubbish": "BIN"})
        assert (pair.turn("elsewhere").pushed.sent, other.posted) == (0, 0), "what came from a server goes to none"
        declare(pair, "again", it, **both)
        turn = pair.turn("again")
        assert (turn.pulled.taken, turn.pushed.sent, it.posted) == (0, 0, 0)
        for name in ("again", "elsewhere"):
            pair.run("remove", "-t", "xinhua", name)


def test_who_watches_waits_for_another_that_sees_to_it(pair: Pair) -> None:
    async def held() -> None:
        async with await connect_async(pair.database) as connection:
            (peer,) = await peers(connection, networks_of("127.0.0.0/8"), "xinhua", "there")
        async with _alone(pair.database, peer):
            command = [*PROGRAM, "pull", "-t", "xinhua", "there", "--watch", "1"]
            watching = await asyncio.create_subprocess_exec(
                *command, env=pair.environment, cwd=ROOT, stderr=asyncio.subprocess.PIPE
            )
            assert watching.stderr is not None
            for _ in range(2):
                assert b"there" in await watching.stderr.readline()
            watching.kill()
            await watching.wait()

    asyncio.run(held())


def test_one_case_that_is_never_answered_keeps_no_other_waiting(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushing, "GRACE", pushing.GRACE * 0)
    monkeypatch.setattr(pushing, "MOST_TRIES", 1)
    long = "l" * 3_900
    with foreign() as it:
        declare(pair, "moody", it, push={"noise": "NOISE"})
        it.down = "poison"
        pair.here.create_report(ReportBody(**PLACE, category="noise", description="poison"))
        pair.here.create_report(ReportBody(**PLACE, category="noise", description=long))
        with pytest.raises(PeerUnavailable):
            pair.turn("moody")
        assert pair.turn("moody").pushed.sent == 1, "the other one, in the next turn"
        assert it.requests[0]["description"].endswith("]")
        with connect(pair.database) as connection:
            connection.execute("UPDATE peer_request SET due_at = now() WHERE state = 'sending'")
        with pytest.raises(PeerUnavailable):
            pair.turn("moody")
        assert "503" in pair.run("untaken", "-t", "xinhua", "moody"), "somebody has to look at it"
        posted = it.posted
        pair.turn("moody")
        assert it.posted == posted


def test_a_server_is_looked_after_over_http_and_its_key_is_never_told(pair: Pair) -> None:
    administrator = token_for(pair.database, [Grant(Role.ADMINISTRATOR, "xinhua")])
    keys: list[str | None] = []
    with (
        foreign() as it,
        foreign() as other,
        httpx2.Client(
            base_url=f"{pair.url}/api/v1/territories/xinhua/peers",
            headers={"Authorization": f"Bearer {administrator}"},
        ) as client,
    ):

        def asked(path: str, query: dict[str, list[str]]) -> Any:
            keys.append(query.get("api_key", [None])[0])
            return [{"service_code": "POTHOLE", "service_name": "坑"}] if path == "services" else []

        it.answer_get = other.answer_get = asked  # type: ignore[method-assign]

        def put(version: int, **given: Any) -> httpx2.Response:
            body = {"url": it.url, "pull": {"POTHOLE": "road"}} | given
            return client.put("/looked-after", json=body, headers={"If-Match": f'"{version}"'})

        made = put(0, key="s3cret-of-theirs")
        assert (made.status_code, made.headers["etag"], made.json()["keyed"]) == (200, '"1"', True)
        assert client.post("/looked-after/trial").json()["services"] == [
            {"code": "POTHOLE", "name": "坑", "category": "road"}
        ]
        assert put(0).status_code == 412, "somebody else was first"
        assert put(1, pull={"POTHOLE": "whale"}).json()["errors"][0]["field"] == "pull"
        assert put(1, url="http://169.254.169.254/v2").json()["errors"][0]["field"] == "url"
        for half in ('{"a\\ud800": "road"}', '{"a\\u0000": "road"}', '{"a": "r\\ud800"}'):
            said = f'{{"url": "{it.url}", "pull": {half}}}'
            assert client.put("/half", content=said, headers={"Content-Type": "application/json"}).status_code == 422
        assert put(1, format="json", since="2026-11-01T00:00:00Z").json()["since"].startswith("2026-11-01")
        pair.turn("looked-after")
        [told] = [one for one in client.get("../peers").json()["peers"] if one["name"] == "looked-after"]
        assert (told["last"]["seen"], told["error"], told["since"][:10]) == (0, None, "2026-11-01")
        assert set(keys) == {"s3cret-of-theirs"}
        # A key is for the address that it was given for, and those of the settings are an operator's.
        assert put(2, url=other.url).json()["keyed"] is False
        keys.clear()
        assert client.post("/looked-after/trial").status_code == 200
        assert client.put("/there", json={"url": other.url}).status_code == 200
        assert client.post("/there/trial").status_code == 200
        assert keys == [None, None]
        pair.run("add", "-t", "xinhua", f"{pair.environment['WANGGE_HOME']}/there.toml")
        record = httpx2.get(
            f"{pair.url}/api/v1/territories/xinhua/audit/changes?kind=peer", headers=client.headers
        ).text
        with connect(pair.database) as connection:
            kept = str(connection.execute("SELECT p::text FROM peer p").fetchall())
        assert "looked-after" in record
        assert "s3cret" not in record + kept + client.get("../peers").text
        it.url = "http://127.0.0.1:1/v2"
        assert put(3).status_code == 200
        refused = client.post("/looked-after/trial")
        assert (refused.status_code, refused.json()["type"]) == (502, "/problems/peer-unavailable")
        assert client.delete("/looked-after", headers={"If-Match": '"3"'}).status_code == 412
        assert client.delete("/looked-after").status_code == 204
        assert client.get("/looked-after/untaken").status_code == 404


def test_a_declaration_that_cannot_be_used_any_more_stops_no_other_and_is_taken_away(pair: Pair) -> None:
    async def known(*, broken: bool) -> list[Peer]:
        async with await connect_async(pair.database) as connection:
            return await peers(connection, [], "xinhua", "barred", broken=broken)

    with foreign() as it:
        declare(pair, "barred", it)
    with pytest.raises(BadPeer):
        asyncio.run(known(broken=False))
    (found,) = asyncio.run(known(broken=True))
    assert found.broken
    assert "url" in str(found.error)
    pair.environment["WANGGE_WEBHOOK_NETWORKS"], kept = "", pair.environment["WANGGE_WEBHOOK_NETWORKS"]
    assert "barred" in pair.run("list", "-t", "xinhua")
    pair.run("remove", "-t", "xinhua", "barred")
    pair.environment["WANGGE_WEBHOOK_NETWORKS"] = kept
    assert "barred" not in pair.run("list", "-t", "xinhua")


async def test_one_process_sees_to_a_server_at_a_time(pair: Pair) -> None:
    async with await connect_async(pair.database) as connection:
        (peer,) = await peers(connection, networks_of("127.0.0.0/8"), "xinhua", "there")
    async with _alone(pair.database, peer):
        with pytest.raises(PeerBusy):
            async with _alone(pair.database, peer):
                pass


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"url": "https://10.0.0.1/v2"}, "url"),
        ({"url": "http://a.example/v2"}, "url"),
        ({"name": "A B"}, "name"),
        ({"program": "wangge"}, "url"),
        ({"page_size": True}, "page_size"),
        ({"since": "yesterday"}, "since"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since"),
        ({"states": ["closed"]}, "states"),
        ({"cells": ["130902001"]}, "cells"),
        ({"pull": {"a": 1}}, "pull"),
        ({"status": {"a": "b"}}, "status"),
        ({"secret": "x"}, "secret"),
    ],
)
def test_a_declaration_is_refused_by_the_field(changed: dict[str, Any], named: str) -> None:
    sound = {"name": "a", "url": "https://a.example/v2"}
    assert parse_peer(sound, "xinhua", []).url == "https://a.example/v2"
    with pytest.raises(BadPeer) as refused:
        parse_peer(sound | changed, "xinhua", [])
    assert refused.value.facts["field"] == named


def test_nothing_that_a_server_says_is_believed() -> None:
    for body in (
        b'{"error": "no"}',
        b'[{"error": 1}]',
        b'{"a": [], "b": []}',
        b"",
        b"[" * 100_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
        b"\xff",
        b"3",
    ):
        with pytest.raises(Unreadable):
            entries_in(body, "json")
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><service_requests><request><status>&b;</status></request></service_requests>'
    for body in (bomb, bomb.decode().encode("utf-16"), b"<a>", b""):
        with pytest.raises(Unreadable):
            entries_in(body, "xml")
    named = b'{"service_requests": [{"service_request_id": "7"}]}'
    spaced = b'<r xmlns="urn:x"><request><service_request_id>7</service_request_id></request></r>'
    assert entries_in(named, "json") == entries_in(spaced, "xml") != []
    assert entries_in(b'{"service_requests": []}', "json") == []
    xml = (
        b"<service_requests><request><service_request_id>7</service_request_id><lat>38</lat><long>nan</long></request>"
    )
    (entry,) = entries_in(xml + b"</service_requests>", "xml")
    found = request_of(entry)
    assert found
    assert (found.id, found.place, found.status) == ("7", None, "open")
    (entry,) = entries_in(b'[{"service_request_id": 7, "lat": 1e999, "long": 0, "updated_datetime": {}}, 3]', "json")
    assert (one := request_of(entry))
    assert (one.place, one.updated) == (None, None)
