"""What the trigger keeps of each case is what its events come to."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reports.histories import STATES, Histories, day
from wangge.geo.grid import Grid
from wangge.reports.case.facts import names_of
from wangge.reports.case.table import MOVES
from wangge.reports.figures.rebuilding import rebuild
from wangge.store.engine import Connection, connect


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def histories(connection: Connection, xinhua: Grid) -> Histories:
    return Histories(connection, xinhua, "lamp")


def kept(connection: Connection, case: tuple[int, Any]) -> tuple[Any, ...]:
    row = connection.execute(
        "SELECT facts, due_at, close_due_at, organisation_ids, since FROM report_facts "
        "WHERE id = %s AND received_at = %s",
        case,
    ).fetchone()
    assert row
    return (set(names_of(row[0])), *row[1:])


def test_the_facts_follow_the_moves(connection: Connection, histories: Histories) -> None:
    case = histories.case()
    assert kept(connection, case) == ({"received"}, None, None, None, day(0))
    histories.add(case, ("register", 0.1, {"step": "dispatch", "due_at": 0.2, "in_time": True}))
    assert kept(connection, case)[0] == {"received", "registered", "registered_in_time"}
    parties = [{"organisation": 9, "task": 1, "needed": True}, {"desk": 4}, {"organisation": 3}, {"organisation": 9}]
    histories.add(case, ("dispatch", 0.3, {"step": "handle", "due_at": 2.0, "in_time": False, "parties": parties}))
    assert kept(connection, case)[1:] == (day(2), day(2), [3, 9], day(0.3))
    histories.add(case, ("accept", 0.4), ("note", 0.5, {"step": "handle", "due_at": 99.0}))
    assert kept(connection, case)[1:] == (day(2), day(2), [3, 9], day(0.4))
    histories.add(case, ("report-back", 1, {"state": "handling"}))
    assert "handled" not in kept(connection, case)[0]
    histories.add(case, ("report-back", 1.5, {"step": "verify", "due_at": 3.0, "in_time": True}))
    facts, due, close_due, *_ = kept(connection, case)
    assert facts >= {"handled", "handled_in_time", "dispatched_late"}
    assert (due, close_due) == (day(2), day(3))
    histories.add(case, ("return", 1.6, {"step": "dispatch", "due_at": 1.7}))
    assert kept(connection, case)[1:3] == (None, None)


def test_a_case_rises_above_levels(connection: Connection, histories: Histories) -> None:
    def above(level: str | None, **facts: Any) -> list[int]:
        case = histories.case(("escalate", 1, {"level": level} | facts if level != "none" else facts))
        (value,) = connection.execute("SELECT facts >> 48 FROM report_facts WHERE id = %s", case[:1]).fetchone() or ()
        return [at for at in range(15) if value >> at & 1]

    levels = [level.key for level in histories.grid.levels]
    assert len(levels) == 3
    assert above(levels[1]) == [2]
    assert above(levels[0]) == [1, 2]
    assert above(None) == [0, 1, 2]
    assert above("none") == []
    assert rebuild(connection, mend=False).different == 0


def test_a_further_dispatch_does_not_take_back_what_was_said_of_the_first(
    connection: Connection, histories: Histories
) -> None:
    """The second one ends no step: parties are at work already."""
    for in_time, said in ((True, "dispatched_in_time"), (False, "dispatched_late")):
        case = histories.case(("register", 1, {"step": "dispatch", "due_at": 2.0}))
        histories.add(case, ("dispatch", 2, {"step": "handle", "due_at": 9.0, "in_time": in_time}))
        histories.add(case, ("dispatch", 3, {"step": "handle", "due_at": 9.0}))
        facts = kept(connection, case)[0]
        assert facts & {"dispatched_in_time", "dispatched_late"} == {said}
    assert rebuild(connection, mend=False).different == 0


def test_a_report_without_a_row_is_taken_up_at_its_first_move(connection: Connection, histories: Histories) -> None:
    case = histories.case()
    connection.execute("DELETE FROM report_facts")
    assert rebuild(connection, mend=False).different == 1
    histories.add(case, ("register", 1, {"in_time": True}))
    assert kept(connection, case)[0] == {"received", "registered", "registered_in_time"}
    assert rebuild(connection, mend=False).different == 0


def test_what_went_wrong_is_found_and_mended(connection: Connection, histories: Histories) -> None:
    starts = (0, 31, 62)
    cases = [histories.case(("register", start + 1), ("void", start + 2), received=start) for start in starts]
    connection.execute("UPDATE report_facts SET facts = 5 WHERE id = %s", cases[0][:1])
    connection.execute("DELETE FROM report_facts_past WHERE id = %s AND since > received_at", cases[1][:1])
    found = rebuild(connection, mend=False)
    assert (found.cases, found.versions, found.different) == (3, 9, 3)
    assert rebuild(connection, mend=True).different == 3
    assert rebuild(connection, mend=False).different == 0
    assert kept(connection, cases[0])[0] == {"received", "registered", "voided"}


FACTS = st.fixed_dictionaries(
    {},
    optional={
        "in_time": st.sampled_from([True, False, None]),
        "step": st.sampled_from(["register", "dispatch", "handle", "verify", "close", None]),
        "due_at": st.sampled_from([1.0, 2.5, 7.0, None]),
        "satisfied": st.booleans(),
        "level": st.sampled_from(["street", "community", "grid", "elsewhere", None]),
        "parties": st.lists(st.fixed_dictionaries({"organisation": st.integers(1, 3) | st.none()}), max_size=2)
        | st.none(),
        "state": st.sampled_from(sorted(set(STATES.values()))),
    },
)
EVENT = st.tuples(st.sampled_from(sorted(MOVES)), st.integers(0, 8), FACTS)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(EVENT, max_size=8), min_size=4, max_size=16))
def test_what_is_kept_is_what_the_events_come_to(histories: Histories, stories: list[list[tuple[Any, ...]]]) -> None:
    for events in stories:
        histories.case(*sorted(events, key=lambda event: event[1]))
    proof = rebuild(histories.connection, mend=False)
    assert proof.different == 0
    assert proof.cases >= len(stories)
