"""The guide's way back to a point in time, command by command, between two reports."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.reports.town import build_town
from wangge.reports.feed.events import standing
from wangge.reports.feed.sequencing import tick
from wangge.store.engine import connect, connect_async
from wangge.store.migrate import upgrade
from wangge.store.postgres.cluster import Cluster

GUIDE = (ROOT / "docs" / "operations.md").read_text("utf-8")
SECTION = GUIDE.partition("### To a point in time")[2].partition("**The feed after")[0]
ARCHIVE, COPY, COME_BACK = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the server's user may enter, with a home folder, a backup's and another home folder in it."""
    place = Path(tempfile.mkdtemp(prefix="wangge-"))
    place.chmod(0o755)
    yield place
    for name in ("home", "restored"):
        Cluster(place / name).stop()
    shutil.rmtree(place)


def run(commands: str, place: Path, moment: str = "") -> None:
    """Run commands of the guide, with this test's folders for those that it names."""
    named = {"/backup/": f"{place}/backup/", "/srv/restored": f"{place}/restored", ".wangge/": f"{place}/home/"}
    for name, path in (named | {"2026-11-30 08:14:00+08": moment}).items():
        commands = commands.replace(name, path)
    if os.geteuid() != 0:
        commands = re.sub(r"^chown .*$", "", commands, flags=re.MULTILINE)
    (place / "bin").mkdir(exist_ok=True)
    program = place / "bin" / "wangge"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from wangge.api.cli import main; main()" "$@"\n')
    program.chmod(0o755)
    variables = os.environ | {
        "WANGGE_HOME": str(place / "home"),
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    variables.pop("WANGGE_DATABASE_URL", None)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        env=variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def numbers(url: str) -> list[str]:
    with connect(url) as connection:
        return [category for (category,) in connection.execute("SELECT category FROM report ORDER BY id")]


def test_the_guide_leads_back_to_the_moment_between_two_reports(place: Path) -> None:
    """Some ten seconds: a cluster is made, copied, and replays its log."""
    home, restored = Cluster(place / "home"), Cluster(place / "restored")
    home.start()
    upgrade(home.url)
    town = build_town(home.url, months=1)

    async def file(category: str) -> None:
        async with await town.connection() as connection:
            await town.file(connection, category=category)
            await tick(connection)

    run(ARCHIVE, place)
    run(COPY, place)
    asyncio.run(file("lamp"))
    with connect(home.url) as connection:
        (moment,) = connection.execute("SELECT clock_timestamp()::text").fetchall()[0]
    time.sleep(0.01)
    asyncio.run(file("wiring"))
    with home._superuser("postgres") as connection:
        connection.execute("SELECT pg_switch_wal()")
        until = time.monotonic() + 30
        while connection.execute(
            "SELECT last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1) FROM pg_stat_archiver"
        ).fetchall() != [(True,)]:
            assert time.monotonic() < until, "nothing is archived"
            time.sleep(0.05)
    run(COME_BACK, place, moment)
    assert numbers(home.url) == ["lamp", "wiring"]
    assert numbers(restored.url) == ["lamp"]

    async def incarnation() -> int:
        async with await connect_async(restored.url) as connection:
            await tick(connection)
            return (await standing(connection)).incarnation

    assert asyncio.run(incarnation()) == 2, "the feed goes on as if nothing had happened"
