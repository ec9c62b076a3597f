"""What the moves make of the facts of a case."""

import itertools
from typing import Any

import pytest

from tests.reports.histories import day
from wangge.reports.case.facts import (
    BITS,
    FACT_CHANGES,
    LEVEL_SHIFT,
    MOST_LEVELS,
    Fact,
    FactChange,
    _change,
    bits,
    facts_after,
    names_of,
)
from wangge.reports.case.table import MOVES
from wangge.reports.figures.following import Happening, Kept, follow, versions
from wangge.reports.policy.policy import Step

LEVELS = ("street", "community", "grid")
STANDS = {"report-back": "reported"}  # elsewhere it makes no difference


def after(*moves: tuple[Any, ...], facts: int = BITS[Fact.RECEIVED]) -> set[str]:
    """The facts after moves, each with what its event tells and, if it matters, the state that it led to."""
    for name, told, *state in moves:
        facts = facts_after(facts, name, state[0] if state else STANDS.get(name, ""), told, LEVELS)
    return set(names_of(facts)) - {"received"}


@pytest.mark.parametrize(
    ("move", "done"),
    [
        ("register", "registered"),
        ("dispatch", "dispatched"),
        ("report-back", "handled"),
        ("verify", "verified"),
        ("close", "closed"),
    ],
)
def test_a_move_that_ends_a_step_says_done_and_in_time_or_late(move: str, done: str) -> None:
    assert after((move, {"in_time": True})) == {done, f"{done}_in_time"}
    assert after((move, {"in_time": False})) == {done, f"{done}_late"}
    assert after((move, {})) == after((move, {"in_time": None})) == {done}
    assert after((move, {"in_time": False}), (move, {"in_time": True})) == {done, f"{done}_in_time"}
    assert after((move, {"in_time": True}), (move, {"in_time": False})) == {done, f"{done}_late"}
    assert after((move, {"in_time": True}), (move, {})) == {done, f"{done}_in_time"}, "it ended nothing anew"


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ("refuse", {"refused"}),
        ("merge", {"merged"}),
        ("accept", {"accepted"}),
        ("start", set()),
        ("return", {"returned"}),
        ("reject", {"reworked", "rejected"}),
        ("confirm", {"confirmed"}),
        ("reopen", {"reworked", "reopened"}),
        ("transfer", {"transferred"}),
        ("grant-extension", {"extended"}),
        ("park", {"parked"}),
        ("resume", set()),
        ("urge", {"urged"}),
        ("void", {"voided"}),
        ("withdraw", {"withdrawn"}),
        ("split", {"split"}),
        ("relocate", set()),
        ("escalate", {"escalated"}),
        ("answer", {"answered"}),
        ("rate", {"rated"}),
    ],
)
def test_any_other_move_says_this_and_nothing_of_time(move: str, said: set[str]) -> None:
    assert after((move, {})) == after((move, {"in_time": True})) == said


def test_what_a_file_of_another_system_tells_is_said_where_it_tells_so() -> None:
    assert after(("register", {"imported": True})) == {"registered", "imported"}
    assert after(("refuse", {"imported": True})) == {"refused", "imported"}
    assert after(("register", {"imported": False})) == {"registered"}


def test_the_table_says_of_each_move_what_follows_from_the_step_that_it_ends() -> None:
    assert {name: _change(MOVES[name]) for name in FACT_CHANGES} == dict(FACT_CHANGES)
    assert all(isinstance(_change(move), FactChange) for move in MOVES.values())
    assert {name for name, change in FACT_CHANGES.items() if change.moves_row} == {"register", "relocate"}


def test_moves_that_say_nothing_change_nothing() -> None:
    silent = set(MOVES) - set(FACT_CHANGES)
    assert silent >= {"receive", "assign", "ask-extension", "refuse-extension", "note", "warn", "expire", "redraw"}
    for move in silent:
        assert facts_after(12345, move, "", {"in_time": True, "satisfied": True, "level": None}, LEVELS) == 12345


def test_one_of_several_who_reports_back_has_not_handled_the_case() -> None:
    for state in ("handling", "registered"):
        assert after(("report-back", {}, state)) == set()
    assert after(("report-back", {"in_time": True}, "reported")) == {"handled", "handled_in_time"}


WHOLE = [(move, {"in_time": True}) for move in ("register", "dispatch", "report-back", "verify")]
SENT = {"registered", "registered_in_time", "dispatched", "dispatched_in_time"}


def test_work_that_is_rejected_is_not_handled_any_more() -> None:
    assert after(*WHOLE, ("reject", {})) == SENT | {"reworked", "rejected"}


def test_a_reopened_case_is_neither_closed_nor_handled_any_more() -> None:
    closed = [*WHOLE, ("close", {"in_time": False}), ("confirm", {}), ("rate", {"satisfied": True})]
    assert after(*closed) >= {"closed", "closed_late", "confirmed", "verified", "handled"}
    assert after(*closed, ("reopen", {})) == SENT | {"rated", "satisfied", "reworked", "reopened"}


def test_what_is_undone_is_said_no_more() -> None:
    assert after(("accept", {}), ("return", {})) == {"returned"}
    assert after(("refuse", {}), ("register", {})) == {"registered"}
    assert after(("park", {}), ("resume", {})) == set()


def test_the_last_rating_counts() -> None:
    content, not_content = ("rate", {"satisfied": True}), ("rate", {"satisfied": False})
    assert after(content) == {"rated", "satisfied"}
    assert after(content, not_content) == {"rated"}
    assert after(not_content, content) == {"rated", "satisfied"}
    assert after(("rate", {"satisfied": "yes"})) == {"rated"}


def test_who_escalates_rises_above_the_levels_left_below() -> None:
    def above(levels: tuple[str, ...] = LEVELS, **told: Any) -> list[int]:
        facts = facts_after(0, "escalate", "", told, levels) >> LEVEL_SHIFT
        return [at for at in range(facts.bit_length()) if facts >> at & 1]

    assert above(level="community") == [2]
    assert above(level="street") == [1, 2]
    assert above(level="grid") == []
    assert above(level=None) == [0, 1, 2], "the centre is above all of them"
    assert above(level="ward") == [0, 1, 2]
    assert above(desk=4) == [], "an old event, which does not tell where it rose to"
    many = tuple(f"level {at}" for at in range(MOST_LEVELS + 5))
    assert above(many, level=None) == list(range(MOST_LEVELS))
    assert facts_after(0, "escalate", "", {"desk": 4}, LEVELS) == BITS[Fact.ESCALATED]
    assert facts_after(0, "transfer", "", {"level": None}, LEVELS) == BITS[Fact.TRANSFERRED]


def test_every_fact_has_a_bit_of_its_own_below_the_levels() -> None:
    assert list(BITS.values()) == [1 << at for at in range(len(BITS))], "stored facts are read by them"
    assert max(BITS.values()) < 1 << LEVEL_SHIFT
    assert LEVEL_SHIFT + MOST_LEVELS <= 63, "a bigint has no more"
    assert (BITS[Fact.RECEIVED], BITS[Fact.CLOSED], BITS[Fact.CLOSE_DUE]) == (1, 1 << 19, 1 << 36)
    assert all(bits(a, b) == BITS[a] + BITS[b] for a, b in itertools.combinations(BITS, 2))
    made = {fact for change in FACT_CHANGES.values() for fact in (*change.sets, *(change.timed or ()))}
    assert made | {Fact.RECEIVED, Fact.SATISFIED, Fact.DUE, Fact.CLOSE_DUE, Fact.IMPORTED} == set(BITS)


def test_names_are_those_of_the_bits_that_are_set() -> None:
    assert names_of(0) == []
    assert names_of(bits(Fact.CLOSED, Fact.RECEIVED) | 1 << LEVEL_SHIFT) == ["received", "closed"]


def test_limits_are_kept_from_the_dispatch_on() -> None:
    def due(*steps: tuple[Step | None, float | None]) -> tuple[Any, Any]:
        kept = Kept()
        for step, at in steps:
            facts = {"step": step, "due_at": None if at is None else day(at).isoformat()}
            kept = follow(kept, Happening("accept", "", day(0), facts), LEVELS)
        return kept.due_at, kept.close_due_at

    handle, verify, close = (Step.HANDLE, 2.0), (Step.VERIFY, 3.0), (Step.CLOSE, 4.0)
    assert due((Step.REGISTER, 1.0)) == due((Step.DISPATCH, 1.0)) == (None, None)
    assert due(handle) == (day(2), day(2))
    assert due(handle, verify) == (day(2), day(3))
    assert due(handle, verify, close) == due(handle, verify, close, (None, None)) == (day(2), day(4))
    assert due(handle, (None, 9.0)) == (day(2), day(2))
    assert due(handle, (Step.HANDLE, None)) == (day(2), day(2))
    assert due(handle, verify, (Step.DISPATCH, 5.0)) == due(handle, (Step.REGISTER, None)) == (None, None)


def test_bodies_that_ever_had_a_case_stay_its_bodies() -> None:
    kept = Kept(organisations=(5,))
    parties = [{"organisation": body} for body in (700, None, 5, 64, 2)] + [{"desk": 3}]
    kept = follow(kept, Happening("dispatch", "dispatched", day(0), {"parties": parties}), LEVELS)
    assert kept.organisations == (2, 5, 64, 700)
    assert follow(kept, Happening("dispatch", "", day(0), {"parties": None}), LEVELS).organisations == (2, 5, 64, 700)


def test_versions_are_the_instants_at_which_something_else_held() -> None:
    counted = frozenset(FACT_CHANGES)
    events = [
        Happening("register", "registered", day(1)),
        Happening("note", "registered", day(2)),
        Happening("register", "registered", day(3)),  # says what held already
        Happening("park", "parked", day(4)),
        Happening("resume", "registered", day(4)),  # in the same instant
        Happening("void", "voided", day(5)),
    ]
    found = versions(day(0), events, LEVELS, counted)
    assert [(one.since, one.until) for one in found] == [
        (day(0), day(1)),
        (day(1), day(4)),
        (day(4), day(5)),
        (day(5), None),
    ]
    assert [names_of(one.kept.facts)[1:] for one in found] == [
        [],
        ["registered"],
        ["registered"],
        ["registered", "voided"],
    ]
