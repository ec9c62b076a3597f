"""The feed of a database that was dumped and goes on in another server, where ids of transactions mean nothing."""

import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import clone
from tests.reports.feeding import EFFECTS, drain
from tests.reports.town import Town, build_town
from wangge.reports.feed.appending import append
from wangge.reports.feed.events import FeedGone, Mark, next_stretch, standing, waiting
from wangge.reports.feed.keeping import drop_old
from wangge.reports.feed.positions import enrol, followers, position
from wangge.reports.feed.sequencing import tick
from wangge.store.engine import AsyncConnection, connect, connect_async
from wangge.store.migrate import upgrade
from wangge.store.postgres.cluster import Cluster

TO_REPORT = "fk_report_event_report_id_report_received_at_report"
APPEND = """
INSERT INTO report_event (report_id, report_received_at, territory_code, state, actor, move)
SELECT id, received_at, territory_code, state, 'test', 'note' FROM report ORDER BY id DESC LIMIT 1
"""

FOREIGN = """
INSERT INTO report_event (report_id, report_received_at, territory_code, state, actor, move)
SELECT 1, '2026-03-02T00:00Z', 'town', 'assigned', 'test', 'note' FROM generate_series(1, %s)
"""


@pytest.fixture
def town(cluster: Cluster, migrated: str) -> Iterator[Town]:
    for url in clone(cluster, migrated):
        yield build_town(url)


@pytest.fixture
def elsewhere() -> Iterator[Cluster]:
    """A server of another machine."""
    with tempfile.TemporaryDirectory(prefix="wangge-") as folder:
        Path(folder).chmod(0o755)  # the server's own user must get in
        cluster = Cluster(Path(folder))
        cluster.start()
        yield cluster
        cluster.stop()


def carry_over(url: str, cluster: Cluster, dump: Path) -> str:
    """Dump a database and restore it into another server, as the operators' page says; its URL there."""
    keep = ["--format=custom", "--no-comments", "--exclude-table-data=spatial_ref_sys", f"--file={dump}", url]
    subprocess.run(["pg_dump", *keep], check=True)
    bring = ["--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={cluster.url}", str(dump)]
    subprocess.run(["pg_restore", *bring], check=True)
    return cluster.url


async def had(connection: AsyncConnection) -> list[int]:
    found = await connection.execute("SELECT event_id FROM effect WHERE name = 'columns' ORDER BY n")
    return [event for (event,) in await found.fetchall()]


async def test_nothing_is_lost_or_doubled_and_marks_that_still_hold_are_known(
    town: Town, elsewhere: Cluster, tmp_path: Path
) -> None:
    with connect(town.url, autocommit=True) as burner:  # so that this server is far ahead of the other one
        for _ in range(3000):
            burner.execute("SELECT pg_current_xact_id()")
    async with await town.connection() as connection, await town.connection() as late:
        await connection.execute(EFFECTS)
        await enrol(connection, "columns", Mark(0, 0))
        await enrol(connection, "slow", Mark(0, 0))
        for _ in range(3):
            await town.file(connection)
        await tick(connection)
        async with late.transaction():
            await late.execute(APPEND)  # committed after the last tick, with an id below others that have a position
            await town.file(connection)
            await tick(connection)
        await drain_without_tick(connection)
        async with position(connection, "slow", limit=3):
            pass
        assert await drop_old(connection, timedelta(0)) == 3
        await town.file(connection)
        assert await waiting(connection) == 3
        before = (await standing(connection)).newest
        assert before == Mark(1, 8)
    url = carry_over(town.url, elsewhere, tmp_path / "wangge.dump")
    there = Town(url, town.grid, town.organisations, town.desks)
    async with await there.connection() as connection:
        old = await one(connection, "SELECT max(xid)::text::bigint FROM report_event")
        new = await one(connection, "SELECT pg_current_xact_id()::text::bigint")
        assert new < old, "the other server is ahead, so nothing was tried"
        await there.file(connection)  # before the first tick there
        assert await tick(connection) == 5
        stands = await standing(connection)
        assert (stands.incarnation, stands.newest, stands.earliest) == (2, Mark(2, 13), Mark(1, 3))
        while new <= old + 10:  # through all the ids that stand in the events of the former server
            async with connection.transaction():
                new = await one(connection, "SELECT pg_current_xact_id()::text::bigint")
            if new % 100 == 0:
                assert await tick(connection) == 0
        await there.file(connection)
        assert await tick(connection) == 2
        await drain(url, "columns")
        events = await connection.execute("SELECT id FROM report_event ORDER BY id")
        done = await had(connection)
        assert sorted(done) == [event for (event,) in await events.fetchall()]
        assert (await next_stretch(connection, before)).events[0].id == done[8]
        with pytest.raises(FeedGone):  # a position that was numbered after the dump, elsewhere
            await next_stretch(connection, Mark(1, 9))
        assert [(one.name, one.position, one.behind) for one in await followers(connection)] == [
            ("columns", 15, 0),
            ("slow", 3, 12),
        ]


async def drain_without_tick(connection: AsyncConnection) -> None:
    """The follower does what has its position."""
    async with position(connection, "columns") as taken:
        for event in taken.events:
            await connection.execute("INSERT INTO effect (name, event_id) VALUES ('columns', %s)", (event.id,))


async def one(connection: AsyncConnection, question: str) -> Any:
    row = await (await connection.execute(question.encode())).fetchone()
    assert row
    return row[0]


async def test_a_copy_in_the_same_server_is_another_incarnation(town: Town, cluster: Cluster) -> None:
    """Its positions go apart from the original's, and whoever has marks of both must not mix them up."""
    async with await town.connection() as connection:
        await town.file(connection)
        await tick(connection)
        await town.file(connection)
        await append(connection, "town", "find", "wangge", {})
    for url in clone(cluster, town.url.split("/")[3].split("?")[0]):
        async with await connect_async(url) as connection:
            assert await tick(connection) == 3
            assert (await standing(connection)).newest == Mark(2, 5)
            assert (await next_stretch(connection, Mark(1, 2))).events[-1].move == "find"
    async with await town.connection() as connection:
        assert await tick(connection) == 3
        assert (await standing(connection)).newest == Mark(1, 5)


async def test_what_was_there_before_the_feed_is_not_in_it(cluster: Cluster) -> None:
    """An upgrade numbers nothing of the history, and the first event afterwards comes first."""
    for url in clone(cluster, "template1"):
        upgrade(url, to="0009")
        with connect(url) as connection:
            connection.execute("SELECT ensure_report_month('2026-03-01')")
            connection.execute(f"ALTER TABLE report_event DROP CONSTRAINT {TO_REPORT}")
            connection.execute(FOREIGN, (7,))
        upgrade(url)
        async with await connect_async(url) as connection:
            await connection.execute(FOREIGN, (2,))
            assert await waiting(connection) == 2
            assert await tick(connection) == 2
            assert [event.id for event in (await next_stretch(connection, Mark(0, 0))).events] == [8, 9]
