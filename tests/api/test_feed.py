"""The feed as it is used: a running server numbers what happens, and commands follow it."""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from tests.conftest import ROOT
from tests.reports.test_importing import places, run, write_csv
from wangge.api.background import number_events
from wangge.api.cli import feed
from wangge.geo.grid import Grid
from wangge.reports.feed.positions import UnknownFollower
from wangge.store.engine import connect

RUN = CliRunner()
HERE = "/api/v1/territories/xinhua"
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(autouse=True)
def _here(database: str, english_terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)


def stands(client: TestClient, events: int) -> dict[str, Any]:
    """How the feed stands once the server has numbered so many events."""
    client.get("/healthz")
    until = time.monotonic() + 20
    while True:
        printed = RUN.invoke(feed.app, ["show", "--json"], catch_exceptions=False).stdout
        told = json.loads(printed.splitlines()[-1])  # the server, in this process too, may have logged meanwhile
        if told["newest"].endswith(f"-{events}") or time.monotonic() > until:
            return dict(told)
        time.sleep(0.05)


def tail(*arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-c", "from wangge.api.cli import main; main()", "feed", "tail", "--stop", *arguments]
    lines = subprocess.run(command, cwd=ROOT, env=os.environ, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def test_what_happens_in_a_city_is_followed_from_outside(
    client: TestClient, database: str, xinhua: Grid, tmp_path: Path
) -> None:
    records = places(xinhua, 12)
    where = {name: records[0][name] for name in ("lon", "lat")}
    body = where | {"category": "lamp", "description": "路灯不亮"}
    number = client.post(f"{HERE}/reports", json=body).json()["number"]
    lines = "\n".join(json.dumps(body) for _ in range(3))
    assert client.post(f"{HERE}/reports:batch", content=lines, headers=NDJSON).status_code == 200
    run(database, xinhua, write_csv(tmp_path / "a.csv", records))  # another process, which tells nobody
    moved = client.post(f"{HERE}/reports/{number}/moves", json={"move": "register"}, headers={"If-Match": '"1"'})
    assert moved.status_code == 200, moved.text
    told = stands(client, 33)
    assert (told["newest"], told["earliest"], told["waiting"], told["followers"]) == ("1-33", "0-0", 0, [])
    assert "wangge_feed_tick_timestamp_seconds" in client.get("/metrics").text

    events = tail("--name", "archive", "--from-start")
    assert [event["id"] for event in events] == [f"1-{n + 1}" for n in range(33)]
    mine = [(event["move"], event["state"], event["version"]) for event in events if event["report"] == number]
    assert mine == [("receive", "received", 1), ("assign", "assigned", 1), ("register", "registered", 2)]
    with connect(database) as connection:
        (events_there,) = connection.execute("SELECT count(*) FROM report_event").fetchone() or (0,)
    assert events_there == 33
    assert tail("--name", "archive", "--territory", "washington") == []
    assert [event["id"] for event in tail("--after", "1-31", "--territory", "xinhua")] == ["1-32", "1-33"]

    shown = RUN.invoke(feed.app, ["show"], catch_exceptions=False).stdout
    assert "up to 1-33, kept after 0-0, incarnation 1; 0 events wait" in shown
    assert shown.splitlines()[-1].split() == ["archive", "33", "0", "0:00:00"]
    RUN.invoke(feed.app, ["forget", "archive"], catch_exceptions=False)
    assert isinstance(RUN.invoke(feed.app, ["forget", "archive"]).exception, UnknownFollower)
    RUN.invoke(feed.app, ["renew"], catch_exceptions=False)
    assert stands(client, 33)["incarnation"] == 2


async def test_a_server_ends_though_something_was_written_at_that_very_moment(database: str) -> None:
    written = asyncio.Event()
    numbering = asyncio.create_task(number_events(database, written))
    await asyncio.sleep(1)  # past its first ticks, it waits for a request that may have changed something
    written.set()
    numbering.cancel()
    done, _ = await asyncio.wait([numbering], timeout=10)
    assert done == {numbering}
    assert numbering.cancelled()
