"""The sweep on a real PostgreSQL: each thing once, whoever sweeps, whoever dies, whoever moves the case meanwhile."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.conftest import ROOT
from wangge.reports.clock.sweep import Swept, apply_policies, sweep
from wangge.reports.policy.document import PolicyFile
from wangge.reports.policy.policies import put_policy
from wangge.store.engine import connect

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 2, 1, tzinfo=UTC)

POLICY = {
    "limits": [{"step": "handle", "within": "10h"}],
    "levels": {"grid": "24h", "community": "24h", "street": "24h"},
}

# Cases in handling that began at START at the desks of their base grids, spread over the cells and over two months.
CREATE_CASES = """
WITH base AS (
    SELECT c.id, c.edition_id, d.id AS desk, row_number() OVER (ORDER BY c.code) - 1 AS n
    FROM cell c JOIN desk d ON d.territory_code = 'xinhua' AND d.level = 'grid' AND d.code = c.code
), made AS (
    INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                        ambiguous, raw_lon, raw_lat, datum, geom, desk_id, level, level_since, step, due_at, alarm_at)
    SELECT %(start)s::timestamptz - make_interval(days => i %% 2 * 20), 'xinhua', b.edition_id, b.id, 'handling',
           'lamp', %(start)s, 'api', false, false, 0, 0, 'wgs84', ST_SetSRID(ST_MakePoint(0, 0), 4326), b.desk, 'grid',
           %(start)s, 'handle', %(due)s, %(alarm)s
    FROM generate_series(0, %(count)s - 1) AS i JOIN base b ON b.n = i %% 422
    RETURNING id, received_at
)
INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor, move, version)
SELECT id, received_at, 'xinhua', 'handling', %(start)s, 'li.na', 'start', 1 FROM made
"""

# Whatever the rows say follows from their events, and no event stands twice.
ODD_CASES = """
SELECT r.id, r.nearly_due, r.overdue, r.version, r.level, e.moves
FROM report r JOIN LATERAL (
    SELECT array_agg(move ORDER BY id) AS moves, array_agg(version ORDER BY id) AS versions,
           (array_agg(facts ORDER BY id) FILTER (WHERE move = 'escalate')) AS rises
    FROM report_event WHERE report_id = r.id
) e ON true
WHERE r.nearly_due <> ('warn' = ANY(e.moves)) OR r.overdue <> ('expire' = ANY(e.moves))
   OR cardinality(array_positions(e.moves, 'warn')) > 1 OR cardinality(array_positions(e.moves, 'expire')) > 1
   OR r.version <> cardinality(e.moves)
   OR e.versions <> ARRAY(SELECT generate_series(1, cardinality(e.moves)))
   OR e.rises IS NOT NULL AND (r.desk_id <> (e.rises[cardinality(e.rises)] ->> 'desk')::bigint
                               OR r.level IS DISTINCT FROM e.rises[cardinality(e.rises)] ->> 'level')
   OR r.alarm_at <= %(now)s
"""

SWEEPER = """
import asyncio, sys
from datetime import datetime
import psycopg
from wangge.reports.clock.sweep import sweep

async def main(url, now, batch):
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, options="-c timezone=UTC") as connection:
        print("ready", flush=True)
        sys.stdin.readline()
        print(await sweep(connection, datetime.fromisoformat(now), batch=int(batch)))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def clocked(database: str) -> str:
    """URL of a database in which the limits are whole hours on the wall."""
    with connect(database) as connection:
        put_policy(connection, "xinhua", PolicyFile.model_validate(POLICY))
        connection.execute("UPDATE policy SET applied = revision")
        connection.execute("SELECT ensure_report_month('2026-10-01'), ensure_report_month('2026-11-01')")
    return database


def create_cases(url: str, count: int = 1, due: timedelta = 10 * HOUR, alarm: timedelta = 8 * HOUR) -> None:
    with connect(url) as connection:
        connection.execute(CREATE_CASES, {"start": START, "count": count, "due": START + due, "alarm": START + alarm})


async def swept(url: str, now: datetime, batch: int = 2000) -> Swept:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        return await sweep(connection, now, batch=batch)


def asked(
    url: str, question: str, parameters: Mapping[str, Any] | tuple[Any, ...] | None = None
) -> list[tuple[Any, ...]]:
    with connect(url) as connection:
        return connection.execute(question, parameters).fetchall()


def moves(url: str) -> Counter[str]:
    return Counter(dict(asked(url, "SELECT move, count(*) FROM report_event WHERE actor = 'wangge' GROUP BY move")))


def start_sweeper(url: str, now: datetime, batch: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SWEEPER, url, now.isoformat(), str(batch)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


async def test_nothing_happens_before_its_time(clocked: str) -> None:
    create_cases(clocked, 3)
    assert await swept(clocked, START + 8 * HOUR - timedelta(microseconds=1)) == Swept()
    assert asked(clocked, ODD_CASES, {"now": START}) == []


async def test_a_case_is_warned_of_becomes_overdue_and_rises_to_the_centre_and_no_further(clocked: str) -> None:
    create_cases(clocked, 2)
    seen = []
    for hours in (8, 9, 10, 11, 24, 47, 48, 71, 72, 96, 200):
        now = START + hours * HOUR
        result = await swept(clocked, now)
        assert asked(clocked, ODD_CASES, {"now": now}) == []
        if result.looked:
            (level,) = {row[0] for row in asked(clocked, "SELECT level FROM report")}
            seen.append((hours, result.warned, result.expired, result.risen, level))
    assert seen == [
        (8, 2, 0, 0, "grid"),
        (10, 0, 2, 0, "grid"),
        (24, 0, 0, 2, "community"),
        (48, 0, 0, 2, "street"),
        (72, 0, 0, 2, None),
    ]
    assert asked(clocked, "SELECT count(*) FROM report WHERE alarm_at IS NOT NULL") == [(0,)]


async def test_a_case_rises_to_the_desks_of_the_cells_that_it_lies_in(clocked: str) -> None:
    create_cases(clocked, 422)
    for hours in (24, 48):
        await swept(clocked, START + hours * HOUR)
    wrong = """
    SELECT c.code, d.level, d.code FROM report r JOIN cell c ON c.id = r.cell_id
    JOIN report_event e ON e.report_id = r.id AND e.move = 'escalate'
    JOIN desk d ON d.id = (e.facts ->> 'desk')::bigint
    WHERE NOT d.code = ANY(c.path) OR NOT (d.level = e.facts ->> 'level') OR d.level = 'grid'
    """
    assert asked(clocked, wrong) == []
    assert moves(clocked)["escalate"] == 2 * 422


async def test_a_desk_that_was_closed_is_passed_by(clocked: str) -> None:
    create_cases(clocked, 1)
    with connect(clocked) as connection:
        connection.execute("UPDATE desk SET active = false WHERE level = 'community'")
    await swept(clocked, START + 24 * HOUR)
    assert asked(clocked, "SELECT level FROM report") == [("street",)]


async def test_an_event_tells_what_was_due_and_who_had_it(clocked: str) -> None:
    create_cases(clocked, 1)
    (desk,) = asked(clocked, "SELECT desk_id FROM report")[0]
    await swept(clocked, START + 24 * HOUR)
    question = "SELECT actor, state, at, move, facts FROM report_event WHERE actor = 'wangge' ORDER BY id"
    (expire, escalate) = asked(clocked, question)
    due = {"step": "handle", "due_at": (START + 10 * HOUR).isoformat()}
    assert expire == ("wangge", "handling", START + 24 * HOUR, "expire", due)
    (above,) = asked(clocked, "SELECT desk_id FROM report")[0]
    assert escalate[4] == due | {"from_desk": desk, "desk": above, "level": "community", "by": "clock"}


async def test_a_parked_case_is_left_alone_and_an_extended_one_has_its_new_time(clocked: str) -> None:
    create_cases(clocked, 2)
    (first, second) = (row[0] for row in asked(clocked, "SELECT id FROM report ORDER BY id"))
    with connect(clocked) as connection:
        park = "UPDATE report SET state = 'parked', resumes = 'handling', parked_at = %s, alarm_at = NULL WHERE id = %s"
        connection.execute(park, (START + HOUR, first))
        extend = "UPDATE report SET due_at = %s, alarm_at = %s WHERE id = %s"
        connection.execute(extend, (START + 20 * HOUR, START + 18 * HOUR, second))
    assert await swept(clocked, START + 17 * HOUR) == Swept()
    assert await swept(clocked, START + 18 * HOUR) == Swept(looked=1, warned=1)
    assert await swept(clocked, START + 20 * HOUR) == Swept(looked=1, expired=1)
    assert asked(clocked, "SELECT state, nearly_due, overdue FROM report WHERE id = %s", (first,)) == [
        ("parked", False, False)
    ]


def test_however_many_sweep_at_once_each_thing_happens_once(clocked: str) -> None:
    create_cases(clocked, 3000)
    now = START + 24 * HOUR
    sweepers = [start_sweeper(clocked, now, 50) for _ in range(3)]
    for sweeper in sweepers:
        assert sweeper.stdin is not None
        sweeper.stdin.write("go\n")
        sweeper.stdin.flush()
    said = [sweeper.communicate(timeout=120)[0] for sweeper in sweepers]
    assert [sweeper.returncode for sweeper in sweepers] == [0, 0, 0]
    assert sum("looked=0" not in line for line in said) > 1, "they did sweep at the same time"
    assert moves(clocked) == {"expire": 3000, "escalate": 3000}
    assert asked(clocked, ODD_CASES, {"now": now}) == []


def test_a_sweeper_that_is_killed_loses_nothing_and_doubles_nothing(clocked: str) -> None:
    create_cases(clocked, 6000)
    now, killed = START + 24 * HOUR, 0
    for _ in range(4):
        before = moves(clocked)["expire"]
        sweeper = start_sweeper(clocked, now, 40)
        assert sweeper.stdin is not None
        sweeper.stdin.write("go\n")
        sweeper.stdin.flush()
        while moves(clocked)["expire"] == before and sweeper.poll() is None:
            time.sleep(0.001)
        os.kill(sweeper.pid, signal.SIGKILL)
        killed += sweeper.wait(30) == -signal.SIGKILL
        sweeper.communicate()
        assert asked(clocked, ODD_CASES, {"now": START}) == []
    assert killed == 4, "each was killed before it was done"
    assert 0 < moves(clocked)["expire"] < 6000
    sweeper = start_sweeper(clocked, now, 2000)
    sweeper.communicate("go\n", timeout=120)
    assert moves(clocked) == {"expire": 6000, "escalate": 6000}
    assert asked(clocked, ODD_CASES, {"now": now}) == []


async def test_a_case_that_a_desk_has_in_hand_is_left_to_the_next_sweep(clocked: str) -> None:
    create_cases(clocked, 2)
    with psycopg.connect(clocked) as desk:
        (mine,) = desk.execute("SELECT id FROM report ORDER BY id LIMIT 1 FOR UPDATE").fetchone() or ()
        assert await swept(clocked, START + 11 * HOUR) == Swept(looked=1, expired=1)
    assert await swept(clocked, START + 11 * HOUR) == Swept(looked=1, expired=1)
    assert asked(clocked, "SELECT overdue FROM report WHERE id = %s", (mine,)) == [(True,)]


async def test_desks_that_end_cases_while_a_sweep_runs_are_never_contradicted(clocked: str) -> None:
    create_cases(clocked, 1500)
    ids = [row[0] for row in asked(clocked, "SELECT id FROM report ORDER BY alarm_at, id")]

    async def desk(mine: list[int]) -> None:
        async with await psycopg.AsyncConnection.connect(clocked, autocommit=True) as connection:
            for report in mine:
                async with connection.transaction():
                    locked = "SELECT received_at, version FROM report WHERE id = %s FOR UPDATE"
                    row = await (await connection.execute(locked, (report,))).fetchone()
                    assert row is not None
                    ended = """UPDATE report SET state = 'reported', step = 'verify', due_at = NULL, alarm_at = NULL,
                               version = version + 1 WHERE id = %s"""
                    await connection.execute(ended, (report,))
                    told = """INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor,
                              move, version) VALUES (%s, %s, 'xinhua', 'reported', now(), 'li.na', 'report-back', %s)"""
                    await connection.execute(told, (report, row[0], row[1] + 1))

    sweeps = [swept(clocked, START + 24 * HOUR, batch=20) for _ in range(2)]
    await asyncio.gather(desk(ids[700:1100]), desk(ids[1499:1099:-1]), *sweeps)
    late = """
    SELECT report_id FROM report_event a WHERE a.move = 'report-back'
    AND EXISTS (SELECT FROM report_event b WHERE b.report_id = a.report_id AND b.id > a.id)
    """
    assert asked(clocked, late) == [], "nothing became of a case by itself once it was reported back"
    assert asked(clocked, ODD_CASES, {"now": START + 24 * HOUR}) == []
    both = "SELECT count(*) FILTER (WHERE state = 'reported'), count(*) FILTER (WHERE overdue) FROM report"
    (reported, overdue) = asked(clocked, both)[0]
    assert reported == 800
    assert overdue >= 700


async def test_lists_and_tiles_learn_that_a_sweep_changed_something(clocked: str) -> None:
    create_cases(clocked, 5)
    revision = "SELECT coalesce(sum(n), 0) FROM report_revision WHERE territory_code = 'xinhua'"
    before = asked(clocked, revision)
    await swept(clocked, START + HOUR)
    assert asked(clocked, revision) == before
    await swept(clocked, START + 8 * HOUR)
    assert asked(clocked, revision) != before


async def test_a_changed_policy_sets_alarms_anew_and_leaves_what_was_promised(clocked: str) -> None:
    create_cases(clocked, 5)
    changed = POLICY | {"warn": 0.5, "limits": [{"step": "handle", "within": "2h"}]}
    with connect(clocked) as connection:
        put_policy(connection, "xinhua", PolicyFile.model_validate(changed))
    async with await psycopg.AsyncConnection.connect(clocked, autocommit=True) as connection:
        assert await apply_policies(connection) == 0, "a server may still have the former limits in memory"
        assert await apply_policies(connection, settled=timedelta(0), batch=2) == 5
        assert await apply_policies(connection, settled=timedelta(0)) == 0, "once"
    assert asked(clocked, "SELECT DISTINCT due_at, alarm_at FROM report") == [(START + 10 * HOUR, START + 9 * HOUR)]
    with connect(clocked) as connection:
        put_policy(connection, "xinhua", PolicyFile.model_validate(POLICY | {"levels": {"grid": "3h"}}))
    async with await psycopg.AsyncConnection.connect(clocked, autocommit=True) as connection:
        await apply_policies(connection, settled=timedelta(0))
    assert asked(clocked, "SELECT DISTINCT alarm_at FROM report") == [(START + 3 * HOUR,)]
