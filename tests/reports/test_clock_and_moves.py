"""The clock beside the moves that people make: what it does follows their moves, and its history replays as theirs."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import clone
from tests.reports.town import START, Town, build_town
from wangge.reports.case.checking import contradictions
from wangge.reports.clock.sweep import Swept, sweep
from wangge.reports.policy.document import PolicyFile
from wangge.reports.policy.policies import put_policy
from wangge.store.engine import AsyncConnection, connect
from wangge.store.postgres.cluster import Cluster
from wangge.store.versions import Stale

HOUR = timedelta(hours=1)
POLICY = {
    "limits": [
        {"step": "register", "within": "1h"},
        {"step": "dispatch", "within": "1h"},
        {"step": "handle", "within": "10h"},
        {"step": "verify", "within": "5h"},
    ],
    "levels": {"grid": "24h", "street": "48h"},
}


@pytest.fixture
def town(cluster: Cluster, migrated: str) -> Iterator[Town]:
    for url in clone(cluster, migrated):
        town = build_town(url)
        with connect(url) as connection:
            put_policy(connection, "town", PolicyFile.model_validate(POLICY))
        yield town


@pytest.fixture
async def link(town: Town) -> AsyncIterator[AsyncConnection]:
    async with await town.connection() as connection:
        yield connection
    with town.reading() as connection:
        assert list(contradictions(connection)) == []


def moves(town: Town) -> list[str]:
    with town.reading() as connection:
        return [move for (move,) in connection.execute("SELECT move FROM report_event ORDER BY id")]


def stands(town: Town) -> tuple[Any, ...]:
    with town.reading() as connection:
        found = (
            "SELECT d.code, r.level, r.nearly_due, r.overdue, r.alarm_at FROM report r JOIN desk d ON d.id = r.desk_id"
        )
        return connection.execute(found).fetchone() or ()


async def dispatched(town: Town, link: AsyncConnection) -> str:
    """Number of a case that was filed, registered and dispatched at START, to the minute."""
    number = (await town.file(link)).number
    await town.walk(link, number, ("centre", "register"), ("centre", "dispatch", {"parties": town.parties("power")}))
    return number


async def test_a_report_that_nobody_takes_up_becomes_overdue_and_rises_to_the_centre(
    town: Town, link: AsyncConnection
) -> None:
    await town.file(link)
    seen = []
    for minutes in (47, 48, 60, 24 * 60, 72 * 60, 400 * 60):
        await sweep(link, START + timedelta(minutes=minutes))
        seen.append(stands(town)[:4])
    assert seen == [
        ("A1", "grid", False, False),
        ("A1", "grid", True, False),
        ("A1", "grid", True, True),
        ("A", "street", True, True),
        ("", None, True, True),
        ("", None, True, True),
    ]
    assert moves(town) == ["receive", "assign", "warn", "expire", "escalate", "escalate"]
    assert stands(town)[4] is None


async def test_the_next_step_has_a_clock_of_its_own(town: Town, link: AsyncConnection) -> None:
    number = (await town.file(link)).number
    await sweep(link, START + 2 * HOUR)
    town.now = START + 3 * HOUR
    await town.walk(link, number, ("centre", "register"))
    assert stands(town)[2:4] == (False, False)
    assert await sweep(link, START + 3 * HOUR) == Swept()
    assert await sweep(link, START + 4 * HOUR) == Swept(looked=1, expired=1)
    assert moves(town)[-3:] == ["expire", "register", "expire"]


async def test_an_extension_that_is_granted_moves_what_the_clock_does(town: Town, link: AsyncConnection) -> None:
    number = await dispatched(town, link)
    until = START + 20 * HOUR
    await sweep(link, START + 9 * HOUR)
    assert stands(town)[2:4] == (True, False)
    town.now = START + 9 * HOUR
    asked = {"reason": "no parts", "until": until}
    await town.walk(link, number, ("power", "ask-extension", asked), ("centre", "grant-extension"))
    assert await sweep(link, until - 2 * HOUR - timedelta(seconds=1)) == Swept()
    assert await sweep(link, until - 2 * HOUR) == Swept(looked=1, warned=1)
    assert await sweep(link, until) == Swept(looked=1, expired=1)


async def test_a_parked_case_is_left_alone_and_goes_on_where_it_was(town: Town, link: AsyncConnection) -> None:
    number = await dispatched(town, link)
    town.now = START + 4 * HOUR
    await town.walk(link, number, ("centre", "park", {"reason": "no parts"}))
    assert await sweep(link, START + 500 * HOUR) == Swept()
    town.now = START + 500 * HOUR
    await town.walk(link, number, ("centre", "resume"))
    assert await sweep(link, START + 503 * HOUR) == Swept()
    assert await sweep(link, START + 505 * HOUR) == Swept(looked=1, warned=1)
    assert await sweep(link, START + 507 * HOUR) == Swept(looked=1, expired=1)
    assert await sweep(link, START + 520 * HOUR) == Swept(looked=1, risen=1)


async def test_a_case_that_is_ended_is_never_looked_at_again(town: Town, link: AsyncConnection) -> None:
    number = await dispatched(town, link)
    await town.walk(link, number, ("power", "accept"), ("power", "report-back", {"note": "done"}))
    assert await sweep(link, START + 6 * HOUR) == Swept(looked=1, expired=1)
    town.now = START + 7 * HOUR
    await town.walk(link, number, ("centre", "verify"), ("centre", "close"))
    assert await sweep(link, START + 9999 * HOUR) == Swept()


async def test_whoever_read_a_case_before_it_rose_is_told_so(town: Town, link: AsyncConnection) -> None:
    number = await dispatched(town, link)
    with town.reading() as connection:
        (version,) = connection.execute("SELECT version FROM report").fetchone() or ()
    await sweep(link, START + 24 * HOUR)
    with pytest.raises(Stale):
        await town.move(link, "officer A1", number, "urge", if_match=version, note="soon")
