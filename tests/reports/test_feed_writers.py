"""Every way in which something happens to a case leads into the feed, in the order of the case."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.conftest import clone
from tests.reports.test_handing_on import BORDERLAND, moved_line, redraw
from tests.reports.town import POINTS, START, Town, build_town
from wangge.reports.bulk.batch import submit_batch
from wangge.reports.clock.sweep import sweep
from wangge.reports.feed.events import FeedEvent, Mark, next_stretch
from wangge.reports.feed.sequencing import tick
from wangge.store.engine import connect_async
from wangge.store.postgres.cluster import Cluster


@pytest.fixture
def town(cluster: Cluster, migrated: str) -> Iterator[Town]:
    for url in clone(cluster, migrated):
        yield build_town(url)


async def live(town: Town) -> None:
    """Intake, a batch, moves of one case and of two, and the clock."""
    async with await town.connection() as connection, await town.connection() as ticker:
        await tick(ticker)
        first, second, third = [(await town.file(connection, where)).number for where in ("A1", "A2", BORDERLAND)]
        lon, lat = POINTS["B2"]
        record = {"lon": lon, "lat": lat, "category": "lamp"}
        async with connection.transaction():
            await submit_batch(connection, town.grid, [record] * 2, now=START)
            await tick(ticker)
        parties = {"parties": town.parties("power", "water")}
        await town.walk(connection, first, ("centre", "register"), ("centre", "dispatch", parties), ("power", "accept"))
        await town.walk(connection, second, ("centre", "merge", {"into": first}))
        await tick(ticker)
        split = {"category": "wiring", "description": "cable"}
        await town.walk(connection, third, ("centre", "register"), ("centre", "split", split))
        await sweep(connection, town.now + timedelta(days=60))


async def everything(url: str) -> list[FeedEvent]:
    async with await connect_async(url) as connection:
        await tick(connection)
        return (await next_stretch(connection, Mark(0, 0), limit=1000)).events


def test_whoever_appends_an_event_is_followed(town: Town) -> None:
    asyncio.run(live(town))
    assert redraw(town, moved_line()).handed_on >= 1
    events = asyncio.run(everything(town.url))
    with town.reading() as connection:
        stored = connection.execute("SELECT id FROM report_event ORDER BY id").fetchall()
    assert sorted(event.id for event in events) == [one for (one,) in stored]
    moves = {event.move for event in events}
    assert moves >= {"receive", "assign", "register", "dispatch", "accept", "merge", "split", "expire", "redraw"}
    for case in {event.report_id for event in events}:
        versions = [event.version or 0 for event in events if event.report_id == case]
        assert versions == sorted(versions)
        assert [event.move for event in events if event.report_id == case][:2] == ["receive", "assign"]
