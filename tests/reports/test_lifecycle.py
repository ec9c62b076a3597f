"""The table of moves by itself: what it says of every state, role and move."""

from collections.abc import Iterator
from itertools import product

import pytest

from wangge.access.roles import Role
from wangge.reports.case.lifecycle import ENDED, MOVES, OPEN, OPENED, OPENING, RUNNING, Standing, State, open_moves
from wangge.reports.policy.policy import Step

OF_THE_SERVICE = {"receive", "assign", "warn", "expire", "redraw"}


def reachable(start: State) -> set[State]:
    """States that a case may come to from one of them."""
    found, ahead = {start}, [start]
    while ahead:
        state = ahead.pop()
        for move in MOVES.values():
            if state in move.sources:
                ahead += set(move.targets) - found
                found |= set(move.targets)
    return found


def test_every_state_can_be_reached_from_intake() -> None:
    assert reachable(State.RECEIVED) == set(State)


@pytest.mark.parametrize("state", sorted(OPEN))
def test_every_open_case_can_come_to_its_end(state: State) -> None:
    assert State.CONFIRMED in reachable(state)
    assert reachable(state) & ENDED


def test_what_is_at_its_end_stays_there_unless_the_reporter_reopens_it() -> None:
    for move in MOVES.values():
        leaving = [state for state in move.sources & ENDED if move.targets]
        assert leaving == ([] if move.name not in {"confirm", "reopen"} else [State.CLOSED])


def test_intake_follows_the_table() -> None:
    state = None
    for name, target in OPENING.items():
        assert state in MOVES[name].sources or (state is None and not MOVES[name].sources)
        assert target in MOVES[name].targets
        state = target
    assert state == OPENED


def test_the_service_s_own_moves_are_open_to_nobody() -> None:
    own = {move.name for move in MOVES.values() if move.standing is Standing.SERVICE}
    assert own == OF_THE_SERVICE == {move.name for move in MOVES.values() if not move.roles}
    for state in State:
        assert not OF_THE_SERVICE & {move.name for move in open_moves(state, list(Role))}


def every() -> Iterator[tuple[str, State, Role]]:
    yield from product(MOVES, State, Role)


def test_a_move_is_open_exactly_where_its_sources_and_roles_meet() -> None:
    for name, state, role in every():
        move = MOVES[name]
        is_open = name in {one.name for one in open_moves(state, [role])}
        assert is_open == (state in move.sources and role in move.roles), (name, state, role)


def test_only_these_roles_ever_move_a_case() -> None:
    movers = {role for _, _, role in every() if any(role in move.roles for move in MOVES.values())}
    assert set(Role) - movers == {Role.PLANNER, Role.ADMINISTRATOR, Role.AUDITOR}


@pytest.mark.parametrize(
    ("role", "moves"),
    [
        (Role.ORGANISATION, {"accept", "return", "start", "report-back", "ask-extension", "note"}),
        (Role.ASSISTANT, {"accept", "return", "start", "report-back", "ask-extension", "note"}),
        (Role.RESIDENT, {"confirm", "reopen", "withdraw", "rate"}),
    ],
)
def test_those_who_only_handle_or_report_have_these_moves(role: Role, moves: set[str]) -> None:
    assert {name for name, move in MOVES.items() if role in move.roles} == moves


def test_only_the_centre_voids_and_no_officer_closes() -> None:
    assert MOVES["void"].roles == {Role.CENTRE}
    for name in ("close", "park", "resume", "grant-extension", "refuse-extension", "merge", "split", "refuse", "urge"):
        assert Role.OFFICER not in MOVES[name].roles


def test_who_handled_a_case_neither_verifies_it_nor_grants_its_own_extension() -> None:
    assert {name for name, move in MOVES.items() if move.not_handler} == {
        "verify",
        "reject",
        "grant-extension",
        "refuse-extension",
    }


def test_each_step_is_started_and_ended_by_moves() -> None:
    assert {move.starts for move in MOVES.values()} - {None} == set(Step)
    assert [move.name for move in MOVES.values() if move.ends] == [
        "register",
        "dispatch",
        "report-back",
        "verify",
        "close",
    ]
    assert [move.ends for move in MOVES.values() if move.ends] == list(Step)


def test_a_reason_is_asked_for_wherever_somebody_may_ask_why() -> None:
    asks = {name for name, move in MOVES.items() if any(n.name == "reason" and n.required for n in move.needs)}
    assert {"refuse", "return", "reject", "reopen", "transfer", "escalate", "park", "void", "relocate"} <= asks
    assert RUNNING < OPEN
