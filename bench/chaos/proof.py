"""What must hold in the end of everything that was acknowledged."""

import asyncio
from collections.abc import Iterator

from bench.chaos.load import Load
from wangge.reports.case.checking import contradictions
from wangge.reports.feed.sequencing import tick
from wangge.reports.figures.rebuilding import rebuild
from wangge.reports.number import format_number, parse_number
from wangge.store.engine import Connection, connect, connect_async

__all__ = ["prove"]

STORED = "SELECT description, id, received_at FROM report WHERE parent_id IS NULL"
EVENTS = """
SELECT report_id, version, move, count(*) FROM report_event WHERE move NOT IN ('receive', 'assign') GROUP BY 1, 2, 3
"""
TWICE = "SELECT report_id, version FROM report_event WHERE move <> 'receive' GROUP BY 1, 2 HAVING count(*) > 1"
NOT_FED = """
SELECT (SELECT count(*) FROM report_event e WHERE NOT EXISTS (SELECT FROM feed f WHERE f.event_id = e.id)),
       (SELECT count(*) - count(DISTINCT event_id) FROM feed),
       (SELECT max(position) - count(*) FROM feed),
       (SELECT count(*) FROM (
            SELECT event_id < lag(event_id) OVER (PARTITION BY report_id ORDER BY position) AS back FROM feed
        ) o WHERE back)
"""


def prove(url: str, load: Load) -> Iterator[tuple[str, int]]:
    """Everything that must be 0, with what it is."""
    with connect(url, autocommit=True) as connection:
        yield from _reports(connection, load)
        yield from _moves(connection, load)
        yield "cases whose row is not what their events say", sum(1 for _ in contradictions(connection))
        yield "rows of figures that are not what the events say", rebuild(connection, mend=False).different
        asyncio.run(_tick(url))
        missing, doubled, gaps, back = connection.execute(NOT_FED).fetchall()[0]
        yield "events that are not in the feed", missing
        yield "events that are in the feed twice", doubled
        yield "gaps in the feed's positions", gaps
        yield "events that stand before an earlier one of their case", back


def _reports(connection: Connection, load: Load) -> Iterator[tuple[str, int]]:
    stored: dict[str, list[str]] = {}
    for description, report_id, received_at in connection.execute(STORED):
        stored.setdefault(description, []).append(format_number(received_at, report_id))
    yield "acknowledged reports that are lost", len(load.reports.keys() - stored.keys())
    yield "reports that are there twice", sum(len(numbers) > 1 for numbers in stored.values())
    told = {(text, number) for text, number in load.reports.items() if number}
    yield "reports under another number than was told", sum(stored.get(text) != [number] for text, number in told)
    strange = stored.keys() - load.reports.keys() - load.given_up
    yield "reports that nobody has sent", len(strange)


def _moves(connection: Connection, load: Load) -> Iterator[tuple[str, int]]:
    made = {(report_id, version, move): n for report_id, version, move, n in connection.execute(EVENTS)}
    told = {(_id(number), version, move) for number, version, move in load.moves}
    yield "acknowledged moves that are lost", len(told - made.keys())
    yield "versions of a case with two events", len(connection.execute(TWICE).fetchall())


def _id(number: str) -> int:
    parsed = parse_number(number)
    assert parsed is not None
    return parsed[1]


async def _tick(url: str) -> None:
    async with await connect_async(url) as connection:
        while await tick(connection) != 0:
            await asyncio.sleep(0.05)
