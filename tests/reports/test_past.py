"""The past of imported reports: events, rows and figures that agree, and rows whose past cannot be."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reports.test_importing import places, run, write_csv
from wangge.access.scope import whole
from wangge.geo.grid import Grid
from wangge.reports.bulk.columns.history import Outcome
from wangge.reports.case.checking import contradictions
from wangge.reports.case.facts import names_of
from wangge.reports.figures.counting import Question
from wangge.reports.figures.indicators import expanded, shipped
from wangge.reports.figures.rebuilding import rebuild
from wangge.reports.figures.tabling import tabled
from wangge.store.engine import Connection, connect, connect_async

DAY = "2026-03-{:02}T08:00:00Z"


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, autocommit=True) as connection:
        yield connection


def rows(grid: Grid, *pasts: dict[str, Any]) -> list[dict[str, Any]]:
    """Reports of the first of March, each with a past; days are days of that month."""
    told = []
    for place, past in zip(places(grid, len(pasts)), pasts, strict=True):
        days = {name: DAY.format(value) if isinstance(value, int) else value for name, value in past.items()}
        told.append(place | {"occurred_at": DAY.format(1), "received_at": DAY.format(1)} | days)
    return told


def moves(connection: Connection, external_id: str) -> list[tuple[str, str, int]]:
    """Moves of a report with the state after each and the day of the month."""
    found = connection.execute(
        "SELECT e.move, e.state, extract(day FROM e.at)::integer "
        "FROM report r JOIN report_event e ON e.report_id = r.id "
        "WHERE r.external_id = %s ORDER BY e.id",
        (external_id,),
    )
    return found.fetchall()


def facts(connection: Connection, external_id: str) -> set[str]:
    row = connection.execute(
        "SELECT f.facts FROM report r JOIN report_facts f ON f.id = r.id WHERE r.external_id = %s", (external_id,)
    ).fetchone()
    assert row
    return set(names_of(row[0]))


def test_what_a_file_tells_becomes_events(connection: Connection, database: str, xinhua: Grid, tmp_path: Path) -> None:
    told = rows(
        xinhua,
        {},
        {"due_at": 9, "urgency": "urgent"},
        {"due_at": 9, "closed_at": 5, "outcome": "CLOSED", "urgency": "Normal"},
        {"due_at": 9, "handled_at": 12, "closed_at": 14, "outcome": "Done!"},
        {"handled_at": 3},
        {"due_at": 9, "closed_at": 4, "outcome": "void"},
        {"outcome": "duplicate", "due_at": 9},
    )
    done, refused = run(database, xinhua, write_csv(tmp_path / "past.csv", told), outcomes={"done!": Outcome.CLOSED})
    assert (done.stored, refused) == (7, [])
    start = [("receive", "received", 1), ("assign", "assigned", 1)]
    sent = [*start, ("register", "registered", 1), ("dispatch", "dispatched", 1)]
    urgent = connection.execute("SELECT external_id FROM report WHERE urgency = 'urgent'").fetchall()
    assert urgent == [("x-1",)]
    assert moves(connection, "x-0") == start
    assert moves(connection, "x-1") == sent
    closed = [("report-back", "reported", 5), ("verify", "verified", 5), ("close", "closed", 5)]
    assert moves(connection, "x-2") == [*sent, *closed]
    late = [("report-back", "reported", 12), ("verify", "verified", 12), ("close", "closed", 14)]
    assert moves(connection, "x-3") == [*sent, *late]
    assert moves(connection, "x-4") == [*sent, ("report-back", "reported", 3)]
    assert moves(connection, "x-5") == [*sent, ("void", "voided", 4)]
    assert moves(connection, "x-6") == [*start, ("refuse", "refused", 1)]
    assert {"handled_in_time", "closed"} <= facts(connection, "x-2")
    assert {"handled_late", "closed"} <= facts(connection, "x-3")
    assert facts(connection, "x-4") == {"received", "registered", "dispatched", "handled", "imported"}
    assert rebuild(connection, mend=False).different == 0
    assert list(contradictions(connection)) == []


async def test_what_a_file_does_not_tell_has_no_figure(database: str, xinhua: Grid, tmp_path: Path) -> None:
    """Nobody wrote down whether a case came back, rose or was answered; that none did is not known either."""
    told = rows(
        xinhua,
        {"due_at": 9, "closed_at": 5, "outcome": "closed"},
        {"due_at": 9, "handled_at": 12, "closed_at": 14, "outcome": "closed"},
        {"due_at": 9, "closed_at": 4, "outcome": "void"},
        {"outcome": "duplicate", "due_at": 9},
    )
    # In a thread, for the tests' own loop runs already.
    await asyncio.to_thread(run, database, xinhua, write_csv(tmp_path / "past.csv", told))
    async with await connect_async(database) as connection:
        question = Question(whole("xinhua"), datetime.now(UTC))
        table = await tabled(connection, xinhua, question, expanded(shipped(), xinhua.levels))
    found = {one.key: figure.value for one, figure in zip(table.indicators, table.total, strict=True)}
    assert {key for key, value in found.items() if value is not None} == {
        "received", "closed", "handling", "on-time-handling", "closure", "closure-of-received", "on-time-closure",
    }  # fmt: skip
    assert (found["received"], found["on-time-handling"]) == (4, 50)


@pytest.mark.parametrize(
    ("past", "field", "reason"),
    [
        ({"due_at": "2026-02-27T00:00Z"}, "due_at", "datetime_before_earlier"),
        ({"handled_at": "2026-02-27T00:00Z"}, "handled_at", "datetime_before_earlier"),
        ({"handled_at": 5, "closed_at": 4}, "closed_at", "datetime_before_earlier"),
        ({"outcome": "closed"}, "handled_at", "missing"),
        ({"outcome": "open", "closed_at": 5}, "outcome", "open_but_ended"),
        ({"outcome": "mislaid"}, "outcome", "enum"),
        ({"closed_at": "2126-01-01T00:00Z"}, "closed_at", "datetime_future"),
        ({"due_at": "soon"}, "due_at", "datetime_parsing"),
    ],
)
def test_a_past_that_cannot_be_is_refused(
    database: str, xinhua: Grid, tmp_path: Path, past: dict[str, Any], field: str, reason: str
) -> None:
    done, refused = run(database, xinhua, write_csv(tmp_path / "past.csv", rows(xinhua, past, {"due_at": 31})))
    assert done.stored == 1
    assert [(one.field, one.error.facts["reason"]) for one in refused] == [(field, reason)]


PAST = st.fixed_dictionaries(
    {},
    optional={
        "due_at": st.integers(1, 9),
        "handled_at": st.integers(1, 9),
        "closed_at": st.integers(1, 9),
        "outcome": st.sampled_from(["", *Outcome]),
    },
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PAST, min_size=1, max_size=40))
def test_events_rows_and_figures_agree(
    connection: Connection, database: str, xinhua: Grid, tmp_path: Path, pasts: list[dict[str, Any]]
) -> None:
    told = [row | {"external_id": ""} for row in rows(xinhua, {"due_at": ""}, *pasts)]
    run(database, xinhua, write_csv(tmp_path / "past.csv", told))
    assert rebuild(connection, mend=False).different == 0
    assert list(contradictions(connection)) == []
