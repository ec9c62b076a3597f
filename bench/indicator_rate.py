"""How fast the figures of a year are: all shipped indicators over a million cases in 422 cells.

    python -m bench.indicator_rate [--cases 1000000] [--rounds 5]

A year of cases with the events of their moves is written into an embedded PostGIS; what is kept for the figures is made
from those events by the program itself. Then each question is asked in turn: ours, and beside it the alternatives that
were weighed. The goal is one second for all indicators by base grid.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from bench.cluster import own_cluster
from wangge.access.person import Scope
from wangge.geo.boundaries import read_boundaries
from wangge.reports.categories.categories import categories_for, put_categories
from wangge.reports.figures.counting import By, Question, count
from wangge.reports.figures.indicators import expanded, shipped
from wangge.reports.figures.rebuilding import rebuild
from wangge.store.engine import AsyncConnection, connect
from wangge.store.grids.editions import import_edition, publish
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade
from wangge.store.records import array_of

FOLDER = Path(__file__).parent.parent / "data" / "boundaries" / "xinhua"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
YEAR = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))

# The rows are made here and right; to check a million of them would only take time. Nothing is kept from them yet.
UNCHECKED = """
SET wangge.facts_kept = 'yes';
ALTER TABLE report_event DROP CONSTRAINT fk_report_event_report_id_report_received_at_report;
ALTER TABLE report DROP CONSTRAINT fk_report_edition_id_cell_id_cell,
    DROP CONSTRAINT fk_report_territory_code_category_category;
"""

REPORTS = """
SELECT ensure_report_month(m::date) FROM generate_series('2025-01-01'::date, '2025-12-01', '1 month') AS m;
SELECT setseed(0.5);
CREATE TEMPORARY TABLE leaf AS
SELECT row_number() OVER () - 1 AS n, c.id, c.edition_id FROM cell c WHERE c.level = 2;
CREATE TEMPORARY TABLE kind AS SELECT row_number() OVER () - 1 AS n, code FROM category;
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, description, occurred_at, source,
                    on_edge, ambiguous, raw_lon, raw_lat, datum, geom)
SELECT '2025-01-01Z'::timestamptz + i * (interval '365 days' / {cases}), 'xinhua', l.edition_id, l.id, 'assigned',
       k.code, 'The street lamp at the corner has been out for three days.', '2025-01-01Z', 'bench', false, false,
       116.87, 38.31, 'wgs84', ST_SetSRID(ST_MakePoint(116.87, 38.31), 4326)
FROM generate_series(0, {cases} - 1) AS i
JOIN leaf l ON l.n = (i::bigint * 7919 + i / 422) % (SELECT count(*) FROM leaf)
JOIN kind k ON k.n = (i::bigint * 31 + i / 17) % (SELECT count(*) FROM kind);
"""

# One in five is late, one in fifty is parked, returned, or reworked; one in a hundred is never closed.
EVENTS = """
CREATE TEMPORARY TABLE chance AS
SELECT id, received_at, random() AS late, random() AS odd, interval '1 day' * (1 + random() * 6) AS takes FROM report;
INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor, move, facts)
SELECT c.id, c.received_at, 'xinhua', e.state, c.received_at + e.after, 'bench', e.move, e.facts
FROM chance c CROSS JOIN LATERAL (VALUES
    (1, 'receive', 'received', interval '0', '{{}}'::jsonb, true),
    (2, 'assign', 'assigned', interval '0', '{{}}', true),
    (3, 'register', 'registered', interval '10 min', '{{"step": "dispatch", "in_time": true}}', true),
    (4, 'dispatch', 'dispatched', interval '20 min', jsonb_build_object('step', 'handle', 'in_time', true,
        'due_at', c.received_at + c.takes * CASE WHEN c.late < 0.2 THEN 0.8 ELSE 1.5 END), true),
    (5, 'return', 'registered', interval '30 min', '{{"step": "dispatch"}}', c.odd < 0.02),
    (6, 'dispatch', 'dispatched', interval '40 min', jsonb_build_object('step', 'handle', 'in_time', true,
        'due_at', c.received_at + c.takes * 1.5), c.odd < 0.02),
    (7, 'park', 'parked', interval '50 min', '{{}}', c.odd BETWEEN 0.02 AND 0.04),
    (8, 'resume', 'handling', interval '60 min', '{{}}', c.odd BETWEEN 0.02 AND 0.03),
    (9, 'report-back', 'reported', c.takes, jsonb_build_object('step', 'verify', 'in_time', c.late >= 0.2,
        'due_at', c.received_at + c.takes + interval '1 hour'), c.odd NOT BETWEEN 0.03 AND 0.04),
    (10, 'verify', 'verified', c.takes + interval '30 min', jsonb_build_object('step', 'close', 'in_time', true,
        'due_at', c.received_at + c.takes + interval '1 day'), c.odd NOT BETWEEN 0.03 AND 0.05),
    (11, 'close', 'closed', c.takes + interval '2 hours', '{{"in_time": true}}', c.odd NOT BETWEEN 0.03 AND 0.05),
    (12, 'answer', 'closed', c.takes + interval '2 hours', '{{}}', c.odd > 0.05)
) AS e (n, move, state, after, facts, happens)
WHERE e.happens
ORDER BY c.id, e.n;
"""

# The alternatives: a filter for each part of each indicator; every case to numpy; the events themselves.
BY_FILTERS = """
SELECT cell_id, {filters} FROM (
    SELECT cell_id, facts | CASE WHEN due_at <= %(now)s THEN {due}::bigint ELSE 0 END
        | CASE WHEN close_due_at <= %(now)s THEN {close_due}::bigint ELSE 0 END AS facts
    FROM report_facts WHERE territory_code = 'xinhua' AND received_at >= %(since)s AND received_at < %(until)s
) f GROUP BY cell_id
"""
TO_NUMPY = """
SELECT array_agg(cell_id), array_agg(facts), array_agg(coalesce(due_at, 'infinity')),
       array_agg(coalesce(close_due_at, 'infinity'))
FROM report_facts WHERE territory_code = 'xinhua' AND received_at >= %(since)s AND received_at < %(until)s
"""
FROM_EVENTS = """
SELECT cell_id, count(*) FILTER (WHERE closed), count(*) FILTER (WHERE in_time) FROM (
    SELECT r.cell_id, bool_or(e.move = 'close') AS closed,
           bool_or(e.move = 'report-back' AND (e.facts ->> 'in_time')::boolean) AS in_time
    FROM report r JOIN report_event e ON e.report_id = r.id AND e.report_received_at = r.received_at
    WHERE r.territory_code = 'xinhua' AND r.received_at >= %(since)s AND r.received_at < %(until)s
    GROUP BY r.id, r.cell_id
) c GROUP BY cell_id
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--home", type=Path, help="Keep the database here, and use it again when it is there.")
    options = parser.parse_args()
    fresh = options.home is None or not options.home.is_dir() or not any(options.home.iterdir())
    with own_cluster(options.home) as cluster:
        if fresh:
            furnish(cluster.url, options.cases)
        asyncio.run(measure(cluster.url, options.rounds))


def furnish(url: str, cases: int) -> None:
    upgrade(url)
    with connect(url) as connection:
        edition = import_edition(connection, read_boundaries(FOLDER))
        put_categories(connection, "xinhua", categories_for(FOLDER))
        publish(connection, "xinhua", edition.label)
    started = time.perf_counter()
    with connect(url) as connection:
        connection.execute(UNCHECKED)
        connection.execute(REPORTS.format(cases=cases))
        connection.execute(EVENTS.format())
        rows = connection.execute("SELECT count(*) FROM report_event").fetchone()
    print(f"{cases:,} cases, {rows[0] if rows else 0:,} events written in {time.perf_counter() - started:.0f} s")
    started = time.perf_counter()
    with connect(url, autocommit=True) as connection:
        proof = rebuild(connection, mend=True)
        took = time.perf_counter() - started
        print(f"kept anew: {proof.versions:,} versions in {took:.0f} s, {rows[0] / took if rows else 0:,.0f} events/s")
        connection.execute("VACUUM ANALYZE")


async def measure(url: str, rounds: int) -> None:
    with connect(url) as connection:
        grid = load_grid(connection, "xinhua")
    indicators = expanded(shipped(), grid.levels)
    whole = Question(Scope("xinhua", None), NOW, since=YEAR[0], until=YEAR[1])
    year = {"since": YEAR[0], "until": YEAR[1], "now": NOW}
    base = grid.levels[-1].key
    months = (*(datetime(2025, month, 1, tzinfo=UTC) for month in range(1, 13)), YEAR[1])
    by_cell = replace(whole, by=(By.CELL,), level=base)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, options="-c timezone=UTC") as link:
        questions = {
            "by base grid, now": by_cell,
            "by base grid, as of 1 July": replace(by_cell, as_of=datetime(2025, 7, 1, tzinfo=UTC)),
            "by base grid, as of the year's end": replace(by_cell, as_of=YEAR[1]),
            "by street and category": replace(whole, by=(By.CELL, By.CATEGORY), level=grid.levels[0].key),
            "by month": replace(whole, by=(By.MONTH,), months=months),
        }
        print(f"{len(indicators)} indicators")
        for name, question in questions.items():
            await timed(name, rounds, partial(count, link, question, indicators))
        await timed("alternative: a filter for each part", rounds, lambda: by_filters(link, indicators, year))
        await timed("alternative: every case to numpy", rounds, lambda: to_numpy(link, year))
        await timed("alternative: two figures from the events", 1, lambda: from_events(link, year))


async def timed(name: str, rounds: int, ask: Callable[[], Awaitable[Any]]) -> None:
    took = []
    for _ in range(rounds + (rounds > 1)):
        started = time.perf_counter()
        await ask()
        took.append(time.perf_counter() - started)
    took = took[1:] or took  # the first round warms up
    print(f"{name:<44}{statistics.median(took) * 1000:8.0f} ms   {', '.join(f'{s * 1000:.0f}' for s in took)}")


def sql_of(test: Any) -> str:
    return " OR ".join(f"facts & {care}::bigint = {want}" for care, want in sorted(test.terms)) or "false"


async def by_filters(connection: AsyncConnection, indicators: list[Any], year: dict[str, Any]) -> None:
    from wangge.reports.case.facts import BITS, Fact

    parts = [one.part(part) for one in indicators for part in ("numerator", "denominator", "excluded")]
    filters = ", ".join(f"count(*) FILTER (WHERE {sql_of(test)})" for test in parts)
    sql = BY_FILTERS.format(filters=filters, due=BITS[Fact.DUE], close_due=BITS[Fact.CLOSE_DUE])
    await (await connection.execute(sql, year)).fetchall()


async def to_numpy(connection: AsyncConnection, year: dict[str, Any]) -> None:
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(TO_NUMPY, year)
        answer = cursor.pgresult
        assert answer is not None
        columns = [array_of(answer.get_value(0, at), "i8") for at in range(4)]
    np.unique(np.column_stack(columns[:2]), axis=0, return_counts=True)


async def from_events(connection: AsyncConnection, year: dict[str, Any]) -> None:
    await (await connection.execute(FROM_EVENTS, year)).fetchall()


if __name__ == "__main__":
    main()
