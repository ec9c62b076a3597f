"""Several at once on one case, on a real database: one wins, nothing is lost, nothing happens twice."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import ROOT, clone
from tests.reports.town import START, Town, build_town
from wangge.reports.case import actions
from wangge.reports.case.case import Arguments
from wangge.reports.case.checking import contradictions
from wangge.reports.clock.sweep import sweep
from wangge.reports.errors import BadArgument, MoveRefused
from wangge.store.postgres.cluster import Cluster
from wangge.store.versions import Stale

# Makes a move and says so, but dies before it commits.
DYING = """
import asyncio, sys
from wangge.reports.case import actions
from wangge.reports.case.case import Arguments
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from tests.reports.town import START, Town

async def main(url, number):
    with connect(url) as connection:
        town = Town(url, load_grid(connection, "town"), {code: 0 for code in ("power", "water", "roads")}, {})
    async with await town.connection() as connection, connection.transaction():
        await actions.move(connection, town.people["centre"], town.grid, number, "register", Arguments(), now=START)
        print("moved", flush=True)
        await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def town(cluster: Cluster, migrated: str) -> Iterator[Town]:
    for url in clone(cluster, migrated):
        yield build_town(url)


@pytest.fixture
async def links(town: Town) -> AsyncIterator[list[Any]]:
    connections = [await town.connection() for _ in range(4)]
    yield connections
    for connection in connections:
        await connection.close()
    with town.reading() as connection:
        assert list(contradictions(connection)) == []


def moves(town: Town, number: str) -> list[tuple[str, int]]:
    query = "SELECT move, version FROM report_event WHERE report_id = %s ORDER BY id"
    with town.reading() as connection:
        return connection.execute(query, (int(number.split("-")[1]),)).fetchall()


async def test_of_two_desks_on_one_case_one_wins(town: Town, links: list[Any]) -> None:
    for if_match, loss in ((1, Stale), (None, MoveRefused)):
        number = (await town.file(links[0])).number
        asked = [town.move(link, "centre", number, "register", if_match=if_match) for link in links]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sorted(type(answer).__name__ for answer in answers) == sorted(["Moved", *[loss.__name__] * 3])
        assert moves(town, number) == [("receive", 1), ("assign", 1), ("register", 2)]


async def test_two_parties_report_at_once_and_the_case_is_handled_once(town: Town, links: list[Any]) -> None:
    for _ in range(5):
        number = (await town.file(links[0])).number
        await town.walk(
            links[0],
            number,
            ("centre", "register"),
            ("centre", "dispatch", {"parties": town.parties("power", "water", "roads")}),
            *((who, "accept") for who in ("power", "water", "roads")),
        )
        done = [
            town.move(link, who, number, "report-back", note="done")
            for link, who in zip(links, ("power", "water", "roads"), strict=False)
        ]
        await asyncio.gather(*done)
        with town.reading() as connection:
            told = connection.execute(
                """SELECT state, facts ? 'in_time' FROM report_event WHERE report_id = %s AND move = 'report-back'
                   ORDER BY id""",
                (int(number.split("-")[1]),),
            ).fetchall()
        assert told == [("handling", False), ("handling", False), ("reported", True)]


async def test_two_cases_merged_into_each_other_at_once(town: Town, links: list[Any]) -> None:
    for _ in range(5):
        one, other = (await town.file(links[0])).number, (await town.file(links[0])).number
        answers = await asyncio.gather(
            town.move(links[1], "centre", one, "merge", into=other),
            town.move(links[2], "centre", other, "merge", into=one),
            return_exceptions=True,
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["BadArgument", "Moved"]


async def test_a_move_and_the_sweep_at_once(town: Town, links: list[Any]) -> None:
    number = (await town.file(links[0])).number
    town.now = START.replace(month=6)
    await asyncio.gather(
        sweep(links[0], town.now), sweep(links[1], town.now), town.move(links[2], "centre", number, "register")
    )
    await sweep(links[0], town.now)
    told = moves(town, number)
    assert [version for _, version in told[1:]] == list(range(1, len(told)))
    assert sum(move == "expire" for move, _ in told) <= 1
    assert sum(move == "register" for move, _ in told) == 1


async def test_a_worker_that_dies_in_the_middle_leaves_nothing_behind(town: Town, links: list[Any]) -> None:
    number = (await town.file(links[0])).number
    command = [sys.executable, "-c", DYING, town.url, number]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(Path(ROOT))}
    )
    assert process.stdout is not None
    assert await asyncio.to_thread(process.stdout.readline) == b"moved\n"
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    assert moves(town, number) == [("receive", 1), ("assign", 1)]
    moved = await asyncio.wait_for(town.move(links[0], "centre", number, "register", if_match=1), 10)
    assert moved.case.version == 2


class TestRosterDuringDispatch:
    """An organisation is taken off the roster while a case is dispatched to it."""

    OFF = "UPDATE organisation SET active = false WHERE code = 'roads'"

    @pytest.fixture(autouse=True)
    def back(self, town: Town) -> Iterator[None]:
        yield
        with town.reading() as connection:
            connection.execute("UPDATE organisation SET active = true WHERE code = 'roads'")

    async def test_whoever_comes_after_the_dispatch_waits_for_it(self, town: Town, links: list[Any]) -> None:
        number = (await town.file(links[0])).number
        await town.walk(links[0], number, ("centre", "register"))
        async with links[0].transaction():
            person, given = town.people["centre"], Arguments(parties=town.parties("roads"))
            await actions.move(links[0], person, town.grid, number, "dispatch", given, now=town.now)
            change = asyncio.create_task(links[1].execute(self.OFF))
            await asyncio.sleep(0.3)
            assert not change.done()
        await change
        assert moves(town, number)[-1] == ("dispatch", 3)

    async def test_whoever_comes_before_is_heeded(self, town: Town, links: list[Any]) -> None:
        number = (await town.file(links[0])).number
        await town.walk(links[0], number, ("centre", "register"))
        async with links[1].transaction():
            await links[1].execute(self.OFF)
            asked = asyncio.create_task(
                town.move(links[0], "centre", number, "dispatch", parties=town.parties("roads"))
            )
            await asyncio.sleep(0.3)
            assert not asked.done()
        with pytest.raises(BadArgument):
            await asked
        assert moves(town, number)[-1] == ("register", 2)


async def test_a_task_of_nobody_is_not_stored(town: Town, links: list[Any]) -> None:
    await town.file(links[0])
    with psycopg.connect(town.url) as connection, pytest.raises(psycopg.errors.ForeignKeyViolation):
        connection.execute(
            """INSERT INTO report_task (report_id, report_received_at, organisation_id, state, dispatched_at)
               SELECT id, received_at, 999999, 'dispatched', now() FROM report LIMIT 1"""
        )
