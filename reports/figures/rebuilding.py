"""Makes what is kept for the figures anew from the events, and proves that it is the same, or puts it right."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from psycopg import sql

from wangge.reports.figures import queries
from wangge.reports.figures.following import Happening, versions
from wangge.reports.figures.keeping import COUNTED
from wangge.store.engine import Connection

__all__ = ["Proof", "rebuild"]

CASES = 20_000  # by their ids, in memory at once
MONTH = len("report_event_")


@dataclass(slots=True)
class Proof:
    """What a run has come to: months, cases and versions made anew, and rows that were kept otherwise."""

    months: int = 0
    cases: int = 0
    versions: int = 0
    different: int = 0
    mended: bool = False


def rebuild(connection: Connection, *, mend: bool, advance: Callable[[Proof], None] = lambda _: None) -> Proof:
    """Follow every case through its events again and compare; with `mend`, what differs is put right.

    A month is one transaction of the connection, which is in autocommit. While a month is mended, nothing is written to
    it; a comparison alone sees one moment and hinders nobody.
    """
    levels: dict[str, list[str]] = dict(connection.execute(queries.LEVELS_OF_TERRITORIES).fetchall())
    proof = Proof(mended=mend)
    for (part,) in connection.execute(queries.EVENT_MONTHS).fetchall():
        with connection.transaction():
            _month(connection, part[MONTH:], levels, proof, mend=mend)
        proof.months += 1
        advance(proof)
    return proof


def _month(connection: Connection, month: str, levels: dict[str, list[str]], proof: Proof, *, mend: bool) -> None:
    parts = {
        name: sql.Identifier(f"report_{table}_{month}")
        for name, table in (("event", "event"), ("facts", "facts"), ("past", "facts_past"))
    } | {"report": sql.Identifier(f"report_{month}")}
    if mend:
        connection.execute(sql.SQL(queries.HOLD_MONTH).format(**parts))
    else:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    connection.execute(queries.CREATE_FRESH)
    low, high = connection.execute(sql.SQL(queries.IDS_OF_MONTH).format(**parts)).fetchall()[0]
    events = sql.SQL(queries.EVENTS_OF_MONTH).format(**parts)
    for first in range(low or 0, (high or -1) + 1, CASES):
        parameters = {"first": first, "past": first + CASES, "counted": sorted(COUNTED)}
        rows = connection.execute(events, parameters).fetchall()
        with connection.cursor().copy(queries.COPY_FRESH) as copy:
            for row in _fresh(rows, levels):
                copy.write_row(row)
                proof.versions += 1
    cases, different = connection.execute(sql.SQL(queries.COMPARE_MONTH).format(**parts)).fetchall()[0]
    proof.cases += cases
    proof.different += different
    if mend and different:
        for statement in queries.MEND_MONTH:
            connection.execute(sql.SQL(statement).format(**parts))


def _fresh(rows: list[Any], levels: dict[str, list[str]]) -> Iterator[tuple[Any, ...]]:
    """The versions of some cases, as rows; `rows` are their events in order, or one without a move where there is none.

    A row is (id, received_at, territory_code, move, state, at, facts).
    """
    for (case, received_at, territory), group in groupby(rows, key=lambda row: row[:3]):
        events = (Happening(*row[3:]) for row in group if row[3] is not None)
        for since, until, kept in versions(received_at, events, levels[territory], COUNTED):
            bodies = list(kept.organisations) or None
            yield case, received_at, since, until, kept.facts, kept.due_at, kept.close_due_at, bodies
