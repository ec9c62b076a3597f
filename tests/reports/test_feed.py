"""The feed: every committed event once, in an order that skips none, whoever is late and whoever dies."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.conftest import clone
from tests.reports.feeding import EFFECTS, Turmoil, check, drain
from tests.reports.town import Town, build_town
from wangge.reports.feed import following
from wangge.reports.feed.appending import append as append_to
from wangge.reports.feed.events import BadMark, FeedEvent, FeedGone, Mark, next_stretch, standing, waiting
from wangge.reports.feed.following import Bell, follow, ringing
from wangge.reports.feed.keeping import drop_old
from wangge.reports.feed.positions import UnknownFollower, enrol, followers, forget, position
from wangge.reports.feed.sequencing import renew, tick
from wangge.store.engine import AsyncConnection, connect, create_pool
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

APPEND = """
INSERT INTO report_event (report_id, report_received_at, territory_code, state, actor, move)
SELECT id, received_at, territory_code, state, 'test', 'note' FROM report WHERE id = %s RETURNING id
"""
START = Mark(0, 0)


@pytest.fixture
def town(cluster: Cluster, migrated: str) -> Iterator[Town]:
    for url in clone(cluster, migrated):
        yield build_town(url)


@pytest.fixture
async def links(town: Town) -> AsyncIterator[list[AsyncConnection]]:
    connections = [await town.connection() for _ in range(3)]
    yield connections
    for connection in connections:
        await connection.close()


async def append(connection: AsyncConnection, case: int) -> int:
    row = await (await connection.execute(APPEND, (case,))).fetchone()
    assert row
    return int(row[0])


async def ids_after(connection: AsyncConnection, after: Mark) -> list[int]:
    return [event.id for event in (await next_stretch(connection, after)).events]


async def test_nothing_is_missed_or_done_twice_by_followers_that_are_killed(town: Town, links: Any) -> None:
    for _ in range(24):
        await town.file(links[0])
    with connect(town.url) as connection:
        cases = connection.execute("SELECT id, received_at FROM report ORDER BY id").fetchall()
    turmoil = Turmoil(town.url, cases)
    await asyncio.to_thread(turmoil.run, seconds=7, kill_every_s=0.5)
    await drain(town.url, *turmoil.followers)
    events, late = check(town.url, turmoil.followers)
    assert turmoil.kills >= 5
    assert events > 200
    assert late > 20, "nobody committed out of order, so nothing was tried"


async def test_what_commits_late_is_numbered_later_and_nobody_waits(town: Town, links: list[AsyncConnection]) -> None:
    early, late, reader = links
    cases = [(await town.file(reader)).id for _ in range(2)]
    await tick(reader)
    begun = (await standing(reader)).newest
    async with late.transaction():
        before = await append(late, cases[0])
        after = await append(early, cases[1])
        assert before < after
        assert await tick(reader) == 1
        assert await ids_after(reader, begun) == [after]
        assert await tick(reader) == 0
    assert await waiting(reader) == 1
    assert await tick(reader) == 1
    assert await waiting(reader) == 0
    assert await ids_after(reader, begun) == [after, before]
    async with early.transaction():  # one tick at a time: the others go instead of waiting
        await tick(early)
        assert await tick(late) is None


async def test_what_happens_to_a_territory_stands_in_the_same_order(town: Town, links: list[AsyncConnection]) -> None:
    early, late, reader = links
    case = (await town.file(reader)).id
    await tick(reader)
    begun = (await standing(reader)).newest
    async with late.transaction():
        await append_to(late, "town", "find", "wangge", {"finding": 7})
        after = await append(early, case)
        assert await tick(reader) == 1
    assert await waiting(reader) == 1
    assert await tick(reader) == 1
    first, told = (await next_stretch(reader, begun, territory="town")).events
    assert (first.id, first.report_id) == (after, case)
    assert (told.report_id, told.number, told.state, told.version) == (None, None, None, None)
    assert (told.territory, told.move, told.actor, told.facts) == ("town", "find", "wangge", {"finding": 7})
    assert told.id < first.id
    assert (await next_stretch(reader, begun, territory="elsewhere")).events == []
    with pytest.raises(psycopg.errors.RestrictViolation):
        await reader.execute("DELETE FROM territory_event")


async def test_a_follower_by_name_moves_with_its_effect_or_not_at_all(town: Town, links: list[AsyncConnection]) -> None:
    one, other, _ = links
    await one.execute(EFFECTS)
    await town.file(one)
    with pytest.raises(UnknownFollower):
        async with position(one, "columns"):
            pass
    assert await enrol(one, "columns", START)
    assert not await enrol(one, "columns")
    await tick(one)
    with pytest.raises(ZeroDivisionError):
        await _fail(one, "columns")
    (follower,) = await followers(other)
    assert (follower.position, follower.behind) == (0, 2)
    async with position(one, "columns", limit=1):
        second = asyncio.create_task(_moves(other, "columns"))  # waits for the one who has the position
        await asyncio.sleep(0.2)
        assert not second.done()
    assert await second == ["assign"]
    (follower,) = await followers(other)
    assert (follower.position, follower.behind, follower.behind_s) == (2, 0, 0)
    assert await (await one.execute("SELECT FROM effect")).fetchall() == []
    await forget(one, "columns")
    with pytest.raises(UnknownFollower):
        await forget(one, "columns")


async def _fail(connection: AsyncConnection, name: str) -> None:
    async with position(connection, name) as taken:
        assert [event.move for event in taken.events] == ["receive", "assign"]
        await connection.execute("INSERT INTO effect (name) VALUES (%s)", (name,))
        raise ZeroDivisionError


async def _moves(connection: AsyncConnection, name: str) -> list[str]:
    async with position(connection, name) as taken:
        return [event.move for event in taken.events]


@pytest.mark.parametrize("pgbouncer", [False, True])
async def test_following_wakes_by_a_notice_and_without_one_by_polling(
    town: Town, links: list[AsyncConnection], pgbouncer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "POLL_S", 0.2 if pgbouncer else 60)
    came: asyncio.Queue[FeedEvent] = asyncio.Queue()

    async def listen(pool: Any, bell: Bell) -> None:
        async for event in follow(pool, bell, START, territory="town"):
            came.put_nowait(event)

    async with (
        create_pool(town.url, Settings(pgbouncer=pgbouncer)) as pool,
        ringing(town.url, pgbouncer=pgbouncer) as bell,
    ):
        task = asyncio.create_task(listen(pool, bell))
        for turn in range(3):
            await asyncio.sleep(0.5)  # it waits by now
            number = (await town.file(links[0])).number
            assert came.empty()
            await tick(links[0])
            events = [await asyncio.wait_for(came.get(), 10) for _ in range(2)]
            assert [(event.number, event.move) for event in events] == [(number, "receive"), (number, "assign")]
            assert [event.mark.position for event in events] == [2 * turn + 1, 2 * turn + 2]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_a_named_follower_has_not_had_is_kept(town: Town, links: list[AsyncConnection]) -> None:
    connection = links[0]
    for name in ("quick", "slow"):
        await enrol(connection, name, START)
    for _ in range(3):
        await town.file(connection)
        await tick(connection)
    begun = Mark(1, 1)
    async with position(connection, "slow", limit=2):
        pass
    async with position(connection, "quick"):
        pass
    assert await drop_old(connection, timedelta(days=1)) == 0
    assert await drop_old(connection, timedelta(0), batch=1) == 2
    assert len(await ids_after(connection, Mark(1, 2))) == 4
    with pytest.raises(FeedGone) as refused:
        await next_stretch(connection, begun)
    assert refused.value.facts == {"mark": "1-1", "earliest": "1-2", "newest": "1-6"}
    with pytest.raises(FeedGone):
        await enrol(connection, "late", begun)
    async with position(connection, "slow"):
        pass
    await drop_old(connection, timedelta(0))
    assert (await standing(connection)).earliest == (await standing(connection)).newest == Mark(1, 6)
    await town.file(connection)
    assert await tick(connection) == 2  # from where the last tick left it
    assert len(await ids_after(connection, Mark(1, 6))) == 2


async def test_after_a_failover_the_feed_goes_on_in_a_new_incarnation(town: Town, links: list[AsyncConnection]) -> None:
    """The server is the same but for its timeline, so what ids of transactions say still holds, and nobody waits."""
    connection, writer, _ = links
    case = (await town.file(connection)).id
    await tick(connection)
    await enrol(connection, "columns", START)
    async with writer.transaction():
        late = await append(writer, case)
        await connection.execute("UPDATE feed_incarnation SET identity = regexp_replace(identity, '[^/]+$', '0000')")
        await asyncio.wait_for(tick(connection), 2)
        assert (await standing(connection)).incarnation == 2
        await connection.execute(APPEND, ((await town.file(connection)).id,))
        assert await tick(connection) == 3
    assert await tick(connection) == 1
    async with position(connection, "columns") as taken:
        assert taken.anew
        assert [str(event.mark) for event in taken.events] == ["1-1", "1-2", "2-3", "2-4", "2-5", "2-6"]
        assert taken.events[-1].id == late
    assert await ids_after(connection, Mark(1, 2)) == [event.id for event in taken.events[2:]]
    with pytest.raises(FeedGone):  # what was 1-3 before the failover is another event now
        await next_stretch(connection, Mark(1, 3))
    assert await renew(connection) == 3
    with pytest.raises(FeedGone):
        await next_stretch(connection, Mark(1, 2))
    async with position(connection, "columns") as taken:
        assert (taken.anew, taken.events) == (True, [])


@pytest.mark.parametrize("text", ["", "1", "1-", "-1", "1-2-3", "a-1", "1-1e3", "1- 2"])
def test_a_mark_is_an_incarnation_and_a_position(text: str) -> None:
    assert str(Mark.parse("12-345")) == "12-345"
    with pytest.raises(BadMark):
        Mark.parse(text)
