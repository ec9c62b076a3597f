"""Streams of events: who hears of which case, how one comes back, and when a stream ends."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from tests.api.listening import Listener, listening, running
from tests.conftest import ROOT, await_ready, clone, free_port
from tests.people import session_for, token_for
from tests.reports.town import POINTS, Town, build_town
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.api.plumbing import event_stream
from wangge.api.plumbing.cookies import COOKIE
from wangge.outgoing import streams
from wangge.outgoing.ring import Ring
from wangge.reports.feed.sequencing import renew
from wangge.store.engine import connect
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/town/events"
WORDS = "井盖破损，请联系王女士"
PHONE = "0317-5550142"


@dataclass
class World:
    """A running application over the town."""

    app: FastAPI
    state: dict[str, Any]
    town: Town

    def by(self, name: str) -> dict[str, str]:
        """How somebody of the town asks, signed in anew."""
        return {"Authorization": f"Bearer {token_for(self.town.url, self.town.people[name].grants)}"}

    def listening(self, who: dict[str, str], query: str = "", method: str = "GET") -> Any:
        return listening(self.app, self.state, HERE + query, who, method)

    async def settle(self) -> None:
        """Return once the streams have been told of all that was stored."""
        with connect(self.town.url) as connection:
            (stored,) = connection.execute("SELECT count(*) FROM report_event").fetchone() or (0,)
        async with asyncio.timeout(20):
            while self.state["streams"].reached.position < stored:
                await asyncio.sleep(0.01)

    async def file(self, where: str = "A1") -> str:
        async with await self.town.connection() as connection:
            receipt = await self.town.file(connection, where, description=WORDS)
        self.state["written"].set()  # as the requests of this process do by themselves
        return receipt.number

    async def move(self, who: str, number: str, name: str, **given: Any) -> None:
        async with await self.town.connection() as connection:
            await self.town.move(connection, who, number, name, **given)
        self.state["written"].set()  # as the requests of this process do by themselves


@pytest.fixture(scope="module")
def town(cluster: Cluster, migrated: str) -> Iterator[Town]:
    for url in clone(cluster, migrated):
        yield build_town(url)


@pytest.fixture(scope="module")
async def world(town: Town, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    home = tmp_path_factory.mktemp("home")
    settings = Settings(
        database_url=town.url, home=home, columns_s=0, sweep_s=0, release_s=0, max_streams=12, max_streams_of_one=2
    )
    app = create_app(settings)
    async with running(app) as state:
        yield World(app, state, town)


def cases(listener: Listener) -> list[tuple[str, str | None]]:
    return [event.what for event in listener.named("case")]


async def test_everybody_hears_of_their_own_cases_and_of_no_others(world: World) -> None:
    """Marked cases at the end of what is filed say that all the rest would have come."""
    people = ("centre", "street A", "street B", "officer A1", "officer B1", "assistant A1", "power", "water", "auditor")
    tokens = {name: world.by(name) for name in people}
    heard = {}
    a1 = await world.file("A1")
    await world.move("centre", a1, "register")
    await world.move("centre", a1, "dispatch", parties=world.town.parties("power"))
    a2, b1 = await world.file("A2"), await world.file("B1")
    await world.settle()
    for name, token in tokens.items():
        async with world.listening(token, "?after=0-0&follow=false") as listener:
            await listener.until_ended()
            heard[name] = {number for number, _ in cases(listener)}
            assert WORDS not in listener.text
    everything = {a1, a2, b1}
    assert heard == {
        "centre": everything,
        "auditor": everything,
        "street A": {a1, a2},
        "street B": {b1},
        "officer A1": {a1},
        "assistant A1": {a1},
        "officer B1": {b1},
        "power": {a1},
        "water": set(),
    }


async def test_strangers_are_refused(world: World) -> None:
    elsewhere = {"Authorization": f"Bearer {token_for(world.town.url, [])}"}
    for who, status in (({}, 401), ({"Authorization": "Bearer wgk_x"}, 401), (elsewhere, 403)):
        async with world.listening(who) as listener:
            await listener.until_ended()
            assert (listener.status, listener.headers["content-type"]) == (status, "application/problem+json")


async def test_what_happens_is_told_at_once_and_without_the_words_of_people(world: World) -> None:
    async with world.listening(world.by("officer A1") | {"Accept-Encoding": "zstd, br, gzip"}) as listener:
        await listener.until("live")
        began = time.monotonic()
        number = await world.file("A1")
        (_, assigned) = await listener.until("case", count=2)
        assert time.monotonic() - began < 1 + 4 * (os.getloadavg()[0] > 2)
        assert (assigned.data["number"], assigned.data["move"], assigned.data["state"]) == (
            number,
            "assign",
            "assigned",
        )
        assert (assigned.data["version"], assigned.data["cell"], assigned.data["overdue"]) == (1, "A1", False)
        assert assigned.data.keys() == {
            *("number", "move", "state", "version", "at", "cell", "category", "urgency"),
            *("due_at", "nearly_due", "overdue"),
        }
        assert listener.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in listener.headers
        await world.move("officer A1", number, "note", note=WORDS)
        await listener.until("case", count=3)
        assert WORDS not in listener.text
        assert "wangge_streams_open 1.0" in await metrics(world)


async def metrics(world: World) -> str:
    async with listening(world.app, world.state, "/metrics", {}) as listener:
        await listener.until_ended()
    return listener.text


async def test_a_case_that_leaves_one_s_cells_says_so(world: World) -> None:
    number = await world.file("A1")
    await world.settle()
    async with world.listening(world.by("officer A1")) as there, world.listening(world.by("officer B1")) as here:
        await there.until("live")
        await here.until("live")
        await world.move("centre", number, "relocate", point=POINTS["B1"], reason="other")
        (gone,) = await there.until("gone")
        assert gone.data == {"number": number}
        (case,) = await here.until("case")
        assert (case.data["number"], case.data["cell"]) == (number, "B1")


async def test_who_comes_back_hears_what_came_meanwhile_once(world: World) -> None:
    token = world.by("street A")
    async with world.listening(token) as listener:
        await listener.until("live")
        first = await world.file("A1")
        await listener.until("case", count=2)
    second, _ = await world.file("A2"), await world.file("B1")
    await world.settle()
    for back in ("?after=" + listener.last_id, ""):  # by address, or as browsers do, which goes first
        header = {} if back else {"Last-Event-ID": listener.last_id}
        async with world.listening(token | header, back or "?after=0-0") as again:
            await again.until("live")
            assert cases(again) == [(second, "receive"), (second, "assign")]
            assert [event.name for event in again.events] == ["case", "case", "live"]
    assert {number for number, _ in cases(listener)} == {first}


@pytest.mark.parametrize("mark", ["9-1", "1-999999999"])
async def test_a_mark_that_is_not_of_this_feed_is_answered_with_reset(
    world: World, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "AHEAD_S", 0.1)
    await world.file()
    await world.settle()
    async with world.listening(world.by("centre") | {"Last-Event-ID": mark}) as listener:
        await listener.until("live")
        assert [event.name for event in listener.events] == ["reset", "live"]
        number = await world.file()
        await listener.until("case", count=2)
        assert cases(listener) == [(number, "receive"), (number, "assign")]


@pytest.mark.parametrize("where", ["after", "header"])
async def test_a_mark_that_is_none_is_refused(world: World, where: str) -> None:
    header = {"Last-Event-ID": "٣-١"} if where == "header" else {}
    header = {name: value.encode().decode("latin-1") for name, value in header.items()}
    query = "" if header else "?after=yesterday"
    async with world.listening(world.by("centre") | header, query) as listener:
        await listener.until_ended()
        assert (listener.status, "1-1234" in listener.text) == (422, True)


async def test_a_reader_who_is_too_slow_is_told_to_begin_anew_and_holds_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "KEPT", 8)
    monkeypatch.setitem(world.state["streams"]._rings, "town", Ring(world.state["streams"].reached.position, 8))
    async with world.listening(world.by("centre")) as slow, world.listening(world.by("auditor")) as quick:
        await slow.until("live")
        await quick.until("live")
        slow.taking.clear()
        for n in range(12):
            await world.file()
            await quick.until("case", count=2 * n + 2)
        slow.taking.set()
        await slow.until("reset")
        assert len(slow.named("case")) <= 8
    last = slow.last_id
    async with world.listening(world.by("centre"), f"?after={last}&follow=false") as again:
        await again.until_ended()
        assert cases(again) == []


async def test_bounds_are_answered_with_when_to_try_again(world: World) -> None:
    one = world.by("centre")
    async with world.listening(one), world.listening(one):
        async with world.listening(one) as third:
            await third.until_ended()
        assert (third.status, third.headers["retry-after"], "too-many-streams" in third.text) == (429, "30", True)
        async with world.listening(world.by("centre")) as other:
            await other.until("live")
    async with world.listening(one) as again:  # what was closed is free
        await again.until("live")
    assert world.state["streams"].count == 0


async def test_a_process_has_no_more_streams_than_it_may(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.state["streams"], "_most", 1)
    async with world.listening(world.by("centre")) as first:
        async with world.listening(world.by("auditor")) as second:
            await second.until_ended()
        assert (second.status, second.headers["retry-after"], "streams-full" in second.text) == (503, "30", True)
        await first.until("live")


async def test_head_and_who_does_not_follow_come_to_an_end(world: World) -> None:
    async with world.listening(world.by("centre"), method="HEAD") as head:
        await head.until_ended()
    assert (head.status, head.text) == (200, "")


async def test_a_stream_ends_with_the_session_and_is_no_use_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "ALIVE_S", 0.1)
    secret = session_for(world.town.url, world.town.people["officer A1"].grants)
    await world.file("A1")
    with connect(world.town.url) as connection:
        connection.execute("UPDATE account_session SET seen_at = now() - interval '10 minutes'")
    async with world.listening({"Cookie": f"{COOKIE}={secret}"}) as listener:
        async with asyncio.timeout(20):
            while ": \nid: 1-" not in listener.text:
                await asyncio.sleep(0.02)
        assert listener.last_id == str(world.state["streams"].reached)  # though nothing was for this reader
        with connect(world.town.url) as connection:
            used = connection.execute("SELECT count(*) FROM account_session WHERE seen_at > now() - interval '9 min'")
            assert used.fetchone() == (0,)
            connection.execute("DELETE FROM account_session")
        (end,) = await listener.until("end")
        assert end.data == {"type": "/problems/bad-credentials"}
        await listener.until_ended()


async def test_a_stream_that_would_not_hear_what_happens_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "ALIVE_S", 0.1)
    monkeypatch.setattr(streams, "BLIND_S", -1.0)
    async with world.listening(world.by("centre")) as listener:
        await listener.until_ended()
    assert [event.name for event in listener.events] == ["live"]


async def test_another_scope_is_heard_of_at_the_next_sign_of_life(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "ALIVE_S", 0.1)
    token = token_for(world.town.url, [Grant(Role.OFFICER, "town", "grid", "A1")], "moved.on")
    async with world.listening({"Authorization": f"Bearer {token}"}) as listener:
        await listener.until("live")
        with connect(world.town.url) as connection:
            connection.execute(
                "UPDATE account_grant SET code = 'B1' WHERE account_id = (SELECT id FROM account "
                "WHERE login = 'moved.on')"
            )
        await listener.until("reset")
        await world.file("A1")
        number = await world.file("B1")
        await listener.until("case", count=2)
        assert {each for each, _ in cases(listener)} == {number}
        with connect(world.town.url) as connection:
            connection.execute(
                "DELETE FROM account_grant WHERE account_id = (SELECT id FROM account WHERE login = 'moved.on')"
            )
        (end,) = await listener.until("end")
        assert end.data == {"type": "/problems/not-allowed"}


async def test_a_feed_that_goes_on_elsewhere_begins_every_stream_anew(world: World) -> None:
    async with world.listening(world.by("centre")) as listener:
        await listener.until("live")
        async with await world.town.connection() as connection:
            await renew(connection)
        (reset,) = await listener.until("reset")
        number = await world.file()
        await listener.until("case", count=2)
        assert {each for each, _ in cases(listener)} == {number}
        assert reset.id.split("-")[0] == listener.last_id.split("-")[0] == "2"


def test_a_server_stops_at_once_though_streams_are_open(town: Town) -> None:
    port = free_port()
    command = [sys.executable, "-c", "from wangge.api.cli import main; main()", "serve"]
    settings = {"WANGGE_DATABASE_URL": town.url, "WANGGE_PORT": str(port), "WANGGE_LOG_LEVEL": "error"}
    process = subprocess.Popen(command, env=os.environ | settings | {"WANGGE_COLUMNS_S": "0"}, cwd=ROOT)
    try:
        url = f"http://127.0.0.1:{port}"
        await_ready(url, process)
        bearer = {"Authorization": f"Bearer {token_for(town.url, town.people['centre'].grants)}"}
        with httpx2.stream("GET", url + HERE, headers=bearer | {"Accept-Encoding": "br"}, timeout=30) as answer:
            lines = answer.iter_lines()
            assert any(line == "event: live" for line in lines)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert list(lines) is not None  # it comes to its end, whole
        process.wait(30)
        assert time.monotonic() - began < 10  # rather than the grace that requests are given
    finally:
        process.kill()
        process.wait()
