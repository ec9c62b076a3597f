"""Other systems hear what happens: at least once, under one id, in order for each case, nothing outside their scope."""

import asyncio
import base64
import hashlib
import hmac
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from tests.api.ogc.conftest import FINDING
from tests.conftest import LOCAL, ROOT, clone
from tests.outgoing.mailbox import Heard, listening, until
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.access.scope import whole
from wangge.api import webhooks as chores
from wangge.api.app import create_app
from wangge.api.cli import webhooks as command
from wangge.api.cli.terminal import console
from wangge.api.schemas.events import CaseChanges, CaseEvent
from wangge.geo.grid import Cell, Grid
from wangge.outgoing.webhooks import addresses, sending
from wangge.outgoing.webhooks.addresses import BadAddress, checked_address, reaches
from wangge.outgoing.webhooks.signing import headers_of
from wangge.patterns.findings.telling import as_answer, findings_of
from wangge.reports.case.table import MOVES
from wangge.reports.feed.appending import FIND, append
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"


class Town:
    """A running application whose webhooks may lead to this machine."""

    def __init__(self, client: TestClient, url: str, grid: Grid) -> None:
        self.client, self.url, self.edition = client, url, grid.edition_id
        self.centre = self.as_role(Role.ADMINISTRATOR, Role.CENTRE)
        first, other = grid.leaves[0], next(leaf for leaf in grid.leaves if leaf.path[0] != grid.leaves[0].path[0])
        self.leaves = [first, other]

    def as_role(self, *roles: Role, **place: Any) -> dict[str, str]:
        grants = [Grant(role, "xinhua", **place) for role in roles]
        return {"Authorization": f"Bearer {token_for(self.url, grants)}"}

    def file(self, leaf: int = 0) -> str:
        point = self.leaves[leaf].geometry.representative_point()  # type: ignore[union-attr]
        body = {"lon": point.x, "lat": point.y, "category": "lamp", "description": "王五家门口"}
        filed = self.client.post(f"{HERE}/reports", json=body, headers=self.centre)
        assert filed.status_code == 201, filed.text
        return str(filed.json()["number"])

    def note(self, number: str, times: int = 1) -> None:
        for n in range(times):
            body = {"move": "note", "note": f"只给工作人员 {n}"}
            headers = self.centre | {"If-Match": "*"}
            assert self.client.post(f"{HERE}/reports/{number}/moves", json=body, headers=headers).status_code == 200

    def add(self, heard: Heard, name: str, who: dict[str, str] | None = None, **given: Any) -> dict[str, Any]:
        body = {"name": name, "url": heard.url} | given
        made = self.client.post(f"{HERE}/webhooks", json=body, headers=who or self.centre)
        assert made.status_code == 201, made.text
        told: dict[str, Any] = made.json()
        return told

    def drop(self, hook: dict[str, Any]) -> None:
        self.client.delete(f"{HERE}/webhooks/{hook['id']}", headers=self.centre)

    def standing(self, hook: dict[str, Any]) -> dict[str, Any]:
        found = self.client.get(f"{HERE}/webhooks", headers=self.centre).json()["webhooks"]
        return next(one for one in found if one["id"] == hook["id"])

    def find(self, leaf: Cell) -> dict[str, Any]:
        """A finding that the nightly look has made in a base grid, as it is told."""

        async def make() -> dict[str, Any]:
            async with await connect_async(self.url) as connection, connection.transaction():
                made = await connection.execute(f"{FINDING} RETURNING id", (self.edition, leaf.id, [leaf.id]))
                (id_,) = await made.fetchone() or (0,)
                (row,) = await findings_of(connection, whole("xinhua"), id=id_, limit=1)
                told = as_answer(row)
                await append(connection, "xinhua", FIND, "wangge", {"finding": told})
                return json.loads(orjson.dumps(told))  # type: ignore[no-any-return]

        return asyncio.run(make())

    def again_now(self, *, rested: bool = False) -> None:
        """Nothing is put off any longer, and nobody is left alone."""
        with connect(self.url, autocommit=True) as connection:
            if rested:
                connection.execute("UPDATE webhook SET rests_until = NULL")
            connection.execute("UPDATE delivery SET due_at = now() WHERE state = 'waiting' AND channel = 'webhook'")


@pytest.fixture(scope="module")
def town(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chores, "LOOK_S", 0.05)
        patched.setattr(chores, "EXPIRE_S", 0.1)
        for url in clone(cluster, furnished):
            settings = Settings(
                database_url=url,
                home=tmp_path_factory.mktemp("home"),
                columns_s=0,
                sweep_s=0,
                release_s=0,
                webhook_networks="127.0.0.0/8",
                public_url="https://grid.example.org",
            )
            with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
                with connect(url) as connection:
                    grid = load_grid(connection, "xinhua")
                yield Town(client, url, grid)


def events(heard: Heard) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in list(heard.requests)]


def came(heard: Heard, number: str, count: int) -> list[dict[str, Any]]:
    def found() -> list[dict[str, Any]] | None:
        mine = [event for event in events(heard) if event["subject"] == number]
        return mine if len(mine) >= count else None

    return list(until(found))


def test_an_event_is_told_signed_as_a_cloud_event_without_anybodys_words(town: Town) -> None:
    with listening() as heard:
        hook = town.add(heard, "signed")
        number = town.file()
        town.note(number)
        told = came(heard, number, 3)
        assert [event["type"] for event in told] == [f"wangge.case.{move}" for move in ("receive", "assign", "note")]
        assert {event["specversion"] for event in told} == {"1.0"}
        assert told[0]["source"] == "https://grid.example.org/api/v1/territories/xinhua"
        assert told[0]["data"]["number"] == number
        assert "王五" not in str(told)
        assert "工作人员" not in str(told)
        headers, body = heard.requests[0]
        assert headers["content-type"].startswith("application/cloudevents+json")
        assert headers["webhook-id"] == json.loads(body)["id"]
        assert abs(time.time() - int(headers["webhook-timestamp"])) < 60
        assert signed(hook["secret"], headers, body) in headers["webhook-signature"].split()

        rotated = town.client.post(f"{HERE}/webhooks/{hook['id']}/secret", headers=town.centre).json()["secret"]
        town.note(number)
        came(heard, number, 4)
        headers, body = heard.requests[-1]
        both = [signed(secret, headers, body) for secret in (rotated, hook["secret"])]
        assert headers["webhook-signature"].split() == both
        changes = town.client.get(f"{HERE}/audit/changes", params={"kind": "webhook"}, headers=town.centre).json()
        assert changes["changes"][0]["after"] == {"new_secret": True}
        assert hook["secret"] not in str(changes)
        town.drop(hook)


def signed(secret: str, headers: dict[str, str], body: bytes) -> str:
    """As a receiver checks it (Standard Webhooks)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = headers_of([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_nobody_is_told_of_what_they_may_not_export(town: Town) -> None:
    street = {"level": "street", "code": town.leaves[0].path[0]}
    desk = town.as_role(Role.STREET_DESK, **street)
    body = {"name": "feed", "role": "street-desk", "territory": "xinhua"} | street
    key = town.client.post("/api/v1/keys", json=body, headers=town.centre).json()
    with listening() as at_desk, listening() as by_key, listening() as everywhere:
        hooks = [
            town.add(at_desk, "desk", desk),
            town.add(by_key, "key", {"Authorization": f"Bearer {key['key']}"}, moves=["note"]),
            town.add(everywhere, "all"),
        ]
        seen = [one["name"] for one in town.client.get(f"{HERE}/webhooks", headers=desk).json()["webhooks"]]
        assert seen == ["desk"]  # another's is none of theirs
        assert town.client.delete(f"{HERE}/webhooks/{hooks[2]['id']}", headers=desk).status_code == 404
        outside, inside = town.file(1), town.file(0)
        town.note(outside)
        town.note(inside)
        came(everywhere, inside, 3)
        came(everywhere, outside, 3)
        came(at_desk, inside, 3)
        came(by_key, inside, 1)
        by_key.answers = [(503, {})]
        town.note(inside)
        came(by_key, inside, 2)
        until(lambda: town.standing(hooks[1])["error"] == "503")
        assert town.client.delete(f"/api/v1/keys/{key['id']}", headers=town.centre).status_code == 204
        town.again_now()
        town.note(inside)
        came(everywhere, inside, 5)
        came(at_desk, inside, 5)
        until(lambda: not town.standing(hooks[1])["waiting"])  # dropped: whose it was may not have it any more
        assert {event["subject"] for event in events(at_desk)} == {inside}
        assert [(event["subject"], event["type"]) for event in events(by_key)] == [(inside, "wangge.case.note")] * 2
        for hook in hooks:
            town.drop(hook)


def changes(town: Town, who: dict[str, str], after: str, limit: int = 500) -> tuple[list[dict[str, Any]], str]:
    """All that is told after a mark, a page at a time, and the mark for the next time."""
    told, more = [], True
    while more:
        query: dict[str, str | int] = {"after": after, "limit": limit}
        page = CaseChanges.model_validate(town.client.get(f"{HERE}/changes", params=query, headers=who).json())
        told += page.model_dump(mode="json")["changes"]
        after, more = page.after, page.more
    return told, after


def test_who_polls_is_told_what_webhooks_are_and_nothing_twice(town: Town) -> None:
    street = {"level": "street", "code": town.leaves[0].path[0]}
    desk = town.as_role(Role.STREET_DESK, **street)
    first = town.client.get(f"{HERE}/changes", headers=desk).json()
    assert (first["changes"], first["more"]) == ([], False)
    with listening() as heard:
        hook = town.add(heard, "beside", desk)
        outside, inside = town.file(1), town.file(0)
        town.note(outside)
        town.note(inside)
        sent = came(heard, inside, 3)
        told, after = changes(town, desk, first["after"])
        assert [(one["id"], one["data"]) for one in told] == [(event["id"], event["data"]) for event in sent]
        assert changes(town, desk, first["after"], limit=1) == (told, after)
        assert changes(town, desk, after) == ([], after)
        everything, _ = changes(town, town.centre, first["after"])
        assert {one["data"]["number"] for one in everything} == {inside, outside}
        assert [one["id"] for one in everything] == sorted({one["id"] for one in everything}, key=place)
        town.note(inside)
        later = until(lambda: changes(town, desk, after)[0])
        assert [one["data"]["version"] for one in later] == [told[-1]["data"]["version"] + 1]

        point = town.leaves[1].geometry.representative_point()  # type: ignore[union-attr]
        move = {"move": "relocate", "point": {"lon": point.x, "lat": point.y}, "reason": "there"}
        headers = town.centre | {"If-Match": "*"}
        moved = town.client.post(f"{HERE}/reports/{inside}/moves", json=move, headers=headers)
        assert moved.status_code == 200, moved.text
        gone = until(lambda: [one for one in changes(town, desk, after)[0] if one["event"] == "gone"])
        assert gone[0]["data"] == {"number": inside}
        for mark, status in {"9-1": 410, "x": 422, f"{after}0": 410}.items():
            assert town.client.get(f"{HERE}/changes", params={"after": mark}, headers=desk).status_code == status
        town.drop(hook)


def place(mark: str) -> int:
    return int(mark.partition("-")[2])


def test_new_findings_are_told_to_who_may_see_them(town: Town) -> None:
    street = {"level": "street", "code": town.leaves[0].path[0]}
    elsewhere = {"level": "street", "code": town.leaves[1].path[0]}
    with listening() as there, listening() as outside, listening() as cases_only:
        hooks = [
            town.add(there, "street", town.as_role(Role.STREET_DESK, **street), moves=["find"]),
            town.add(outside, "other-street", town.as_role(Role.STREET_DESK, **elsewhere)),
            town.add(cases_only, "notes", moves=["note"]),
        ]
        finding = town.find(town.leaves[0])
        number = town.file(1)
        town.note(number)
        came(cases_only, number, 1)
        came(outside, number, 3)
        (event,) = came(there, str(finding["id"]), 1)
        assert event["type"] == "wangge.finding.find"
        assert event["data"] == finding
        listed = town.client.get(f"{HERE}/findings/{finding['id']}", headers=town.centre).json()
        assert finding == {name: value for name, value in listed.items() if name != "links"}
        assert {event["subject"] for event in events(outside) + events(cases_only)} == {number}
        for hook in hooks:
            town.drop(hook)


def test_what_goes_out_is_what_the_description_of_events_says(town: Town) -> None:
    document = town.client.get("/asyncapi.json").json()
    messages = document["components"]["messages"]
    assert {f"wangge.case.{move}" for move in MOVES} < set(messages)
    with listening() as heard:
        hook = town.add(heard, "described")
        number = town.file()
        told = came(heard, number, 2)
        told += came(heard, str(town.find(town.leaves[0])["id"]), 1)
        for event in told:
            schema = messages[event["type"]]["payload"]
            assert set(event) == set(schema["required"]) == set(schema["properties"])
            for name in ("specversion", "type", "datacontenttype"):
                assert event[name] == schema["properties"][name]["const"]
            kind = schema["properties"]["data"]["$ref"].rpartition("/")[2]
            assert set(event["data"]) == set(document["components"]["schemas"][kind]["properties"])
            if kind == "CaseEvent":
                CaseEvent.model_validate(event["data"])
        assert set(messages["wangge.case.note"]["headers"]["required"]) <= set(heard.requests[0][0])
        town.drop(hook)


def test_a_receiver_that_was_away_is_told_in_order_and_again_when_it_asks(town: Town) -> None:
    with listening() as heard:
        heard.answers = [(503, {})] * 6 + [(302, {})]
        heard.headers = {"Location": heard.url}  # where it would have been taken
        hook = town.add(heard, "away")
        number = town.file()
        town.note(number, 5)

        def rests() -> bool:
            town.again_now()
            return bool(town.standing(hook)["rests_until"])

        until(rests)  # after three failures it is left alone
        assert town.standing(hook)["error"] == "503"

        def recovered() -> bool:
            town.again_now(rested=True)
            return bool(town.standing(hook)["mark"] and not town.standing(hook)["waiting"])

        until(recovered)
        told = [json.loads(body) for _, body in heard.requests]
        taken = told[7:]  # the first seven were not
        versions = [(event["type"], event["data"]["version"]) for event in taken]
        assert [version for _, version in versions] == sorted(version for _, version in versions)
        assert len({event["id"] for event in taken}) == len(taken) == 7
        assert town.standing(hook) | {"failures": 0, "error": None} == town.standing(hook)

        before = len(heard.requests)
        mark = taken[3]["id"]
        replay = f"{HERE}/webhooks/{hook['id']}/replay"
        assert town.client.post(replay, json={"after": mark}, headers=town.centre).status_code == 204
        until(lambda: len(heard.requests) >= before + 3)
        again = [json.loads(body) for _, body in heard.requests[before:]]
        assert [(event["id"], event["type"]) for event in again] == [(e["id"], e["type"]) for e in taken[4:]]
        gone = town.client.post(replay, json={"after": "9-1"}, headers=town.centre)
        assert (gone.status_code, gone.json()["type"]) == (410, "/problems/feed-gone")
        town.drop(hook)


def test_what_is_never_taken_is_given_up_and_a_slow_receiver_keeps_nobody_waiting(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as slow, listening() as quick, listening() as wrong:
        slow.slow_s = 30
        wrong.answers = [(400, {})] * 100
        hooks = [town.add(slow, "slow"), town.add(quick, "quick"), town.add(wrong, "wrong", url=f"{wrong.url}[/b]")]
        number = town.file()
        town.note(number)
        began = time.monotonic()
        came(quick, number, 3)
        assert time.monotonic() - began < 10
        until(lambda: town.standing(hooks[2])["error"] == "400")
        with connect(town.url, autocommit=True) as connection:
            connection.execute("UPDATE delivery SET expires_at = now() WHERE webhook_id = %s", (hooks[2]["id"],))
        until(lambda: town.standing(hooks[2])["failed"] == 3)
        address = f"{HERE}/webhooks/{hooks[2]['id']}/deliveries"
        monkeypatch.setenv("WANGGE_DATABASE_URL", town.url)
        monkeypatch.setattr(console.out, "width", 400)
        shown = CliRunner().invoke(command.app, ["list", "-t", "xinhua"], catch_exceptions=False)
        assert f"{wrong.url}[/b]" in shown.stdout
        page = town.client.get(address, params={"state": "failed", "limit": 2}, headers=town.centre).json()
        assert [one["error"] for one in page["deliveries"]] in (["400", "400"], ["too old", "too old"])
        assert len(town.client.get(page["links"][0]["href"], headers=town.centre).json()["deliveries"]) == 1
        for hook in hooks:
            town.drop(hook)


# ---- where they may not lead


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https://", "https://user@example.org/",
        "https://example.org/#a", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/",
        "https://169.254.169.254/a", "https://0.0.0.0/", "https://[::ffff:10.0.0.1]/", "https://[fd00::1]/",
        "https://[fe80::1]/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/", "https://224.0.0.1/",
        "https://[64:ff9b:1::a00:1]/", "https://[::ffff:0:a00:1]/", "https://[::a00:1]/", "https://[fec0::1]/",
        "https://a..b/x", f"https://{64 * 'a'}.org/", "https://100.64.0.1/", "https://exa mple.org/", "https://[", "x",
    ],
)  # fmt: skip
def test_no_webhook_leads_inside(url: str) -> None:
    with pytest.raises(BadAddress):
        checked_address(url, [])


def test_what_is_allowed_is_what_the_setting_says() -> None:
    assert checked_address("https://example.org:8443/events?a=1", []) == "https://example.org:8443/events?a=1"
    assert checked_address("https://[2606:4700:4700::1111]/", [])
    assert checked_address("https://[fd00::1]/", [ip_network("fd00::/8")])
    networks = [ip_network("10.1.0.0/16")]
    assert checked_address("http://10.1.2.3/", networks)
    with pytest.raises(BadAddress):
        checked_address("http://10.2.2.3/", networks)
    assert reaches(ip_address("93.184.216.34"), networks, clear=False)
    assert not reaches(ip_address("93.184.216.34"), networks, clear=True)


@contextmanager
def named(monkeypatch: pytest.MonkeyPatch, *answers: str) -> Iterator[list[str]]:
    """A name server that answers so, one after the other, the last for ever."""
    asked: list[str] = []

    def answer(host: Any, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", answer)
        yield asked


async def test_a_name_that_leads_inside_is_not_followed_and_what_was_looked_at_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listening() as heard:
        port = heard.url.rsplit(":", 1)[1].rstrip("/")
        with named(monkeypatch, "127.0.0.1"):
            connections = addresses.pool_to(url := f"https://inside.example.org:{port}/", [], 1)
            assert "no webhook may go" in str(await sending._post(connections, url, [b"k"], "1-1", b"{}"))
        assert heard.requests == []
        connections = addresses.pool_to(url := "https://a..b/x", [], 1)  # kept from before such were refused
        assert "Unicode" in str(await sending._post(connections, url, [b"k"], "1-1", b"{}"))
        # The first answer is allowed, the next would not be: it is asked once, and that address is connected to.
        networks = [ip_network("127.0.0.1/32")]
        with named(monkeypatch, "127.0.0.1", "10.0.0.1") as asked:
            connections = addresses.pool_to(url := f"http://rebound.example.org:{port}/", networks, 1)
            assert await sending._post(connections, url, [b"k"], "1-1", b"{}") is None
        assert asked == ["rebound.example.org"]
        assert heard.requests[0][0]["host"] == f"rebound.example.org:{port}"


# ---- killed


KILLED = """
import asyncio
import httpcore2, httpx2
from datetime import timedelta
from ipaddress import ip_network
from wangge.access.links import Links
from wangge.outgoing.webhooks import sending
from wangge.store.engine import create_pool
from wangge.store.settings import Settings

sending.LEASE = timedelta(seconds=0.5)

async def main():
    settings = Settings()
    async with create_pool(settings.database_url, settings) as pool:
        sender = sending.Sender(pool, Links(b"k" * 32), [ip_network("127.0.0.0/8")])
        print("ready", flush=True)
        while True:
            await sender.look()
            await asyncio.sleep(0.05)

asyncio.run(main())
"""
OWNER = "INSERT INTO account (login, name) VALUES ('killed', 'killed') RETURNING id"
HOOK = """
INSERT INTO webhook (territory_code, name, url, account_id, created_by) VALUES ('xinhua', 'killed', %s, %s, 'tests')
RETURNING id
"""
MADE = """
INSERT INTO delivery (territory_code, channel, recipient, language, webhook_id, mark, lane, body, due_at, expires_at)
SELECT 'xinhua', 'webhook', 'killed', '', %s, '1-' || n, n %% 6, json_build_object('lane', n %% 6, 'n', n),
       now(), now() + interval '1 day'
FROM generate_series(1, 90) n
"""


def test_a_sender_that_is_killed_loses_nothing_and_keeps_the_order_of_each_case(database: str, tmp_path: Path) -> None:
    with listening() as heard, connect(database, autocommit=True) as connection:
        heard.slow_s = 0.03
        [owner] = connection.execute(OWNER).fetchone() or (0,)
        [hook] = connection.execute(HOOK, (heard.url, owner)).fetchone() or (0,)
        connection.execute(MADE, (hook,))
        environment = {"WANGGE_DATABASE_URL": database, "WANGGE_HOME": str(tmp_path)}
        kills = 0
        while connection.execute("SELECT true FROM delivery WHERE state = 'waiting'").fetchone():
            process = subprocess.Popen(
                [sys.executable, "-c", KILLED], cwd=ROOT, env=environment, stdout=subprocess.PIPE
            )
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.4)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
            kills += 1
            assert kills < 60
        assert kills > 2
        came = [(headers["webhook-id"], json.loads(body)) for headers, body in heard.requests]
        assert len({name for name, _ in came}) == 90
        assert all(name == f"1-{told['n']}" for name, told in came)
        for lane in range(6):
            first = list(dict.fromkeys(told["n"] for _, told in came if told["lane"] == lane))
            assert first == sorted(first)
        assert len(came) - 90 <= 4 * kills
