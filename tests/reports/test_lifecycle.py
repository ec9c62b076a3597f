"""The table of moves by itself: what it says of every state, role and move."""

from dataclasses import replace

import pytest

from wangge.access.roles import Role
from wangge.reports.case.lifecycle import (
    ENDED,
    OPEN,
    OPENED,
    OPENING,
    RUNNING,
    STEPS,
    UNSOLVED,
    Standing,
    State,
    TaskState,
    is_returned,
)
from wangge.reports.case.table import MOVES
from wangge.reports.policy.policy import RISING, Step, Urgency

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


def test_only_these_roles_ever_move_a_case() -> None:
    movers = {role for move in MOVES.values() for role in move.roles}
    assert set(Role) - movers == {Role.PLANNER, Role.ADMINISTRATOR, Role.AUDITOR}


@pytest.mark.parametrize(
    ("role", "moves"),
    [
        (Role.ORGANISATION, {"accept", "return", "start", "report-back", "ask-extension", "note"}),
        (Role.ASSISTANT, {"accept", "return", "start", "report-back", "ask-extension", "note"}),
        (Role.RESIDENT, {"confirm", "reopen", "withdraw", "add", "rate"}),
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


def test_the_words_that_are_stored_stay_as_they_are() -> None:
    assert " ".join(State) == (
        "received assigned registered dispatched accepted handling reported verified closed confirmed parked refused "
        "merged voided withdrawn"
    )
    assert " ".join(TaskState) == "dispatched accepted handling reported returned cancelled"
    assert " ".join(Step) == "register dispatch handle verify close"
    assert " ".join(Urgency) == "normal urgent"


def test_a_step_runs_in_every_state_in_which_somebody_has_to_act() -> None:
    assert set(STEPS) == RUNNING - {State.RECEIVED}
    assert {state for state, step in STEPS.items() if step in RISING} == UNSOLVED
    assert list(dict.fromkeys(STEPS.values())) == list(Step), "they come one after the other"


def test_each_step_is_ended_by_one_move_that_is_made_in_it_and_leads_on() -> None:
    ending = {move.ends: move for move in MOVES.values() if move.ends}
    assert list(ending) == list(Step)
    for step, move in ending.items():
        assert {state for state, runs in STEPS.items() if runs is step} & move.sources
        assert move.ending
        assert all(STEPS.get(state) is not step for state in move.ending)


def test_a_case_is_handed_to_other_parties_only_while_parties_have_it() -> None:
    transfer = MOVES["transfer"]
    with_parties = {State.DISPATCHED, State.ACCEPTED, State.HANDLING}
    for state in transfer.sources:
        assert transfer.leads(state) == (with_parties if state in with_parties else {state})
    assert MOVES["note"].leads(State.CLOSED) == {State.CLOSED}
    assert MOVES["reopen"].leads(State.CLOSED) == {State.REGISTERED, State.DISPATCHED}


def test_reporting_back_ends_handling_only_where_nobody_else_has_to() -> None:
    assert MOVES["report-back"].ending == {State.REPORTED}
    assert MOVES["return"].ending == frozenset()
    assert MOVES["close"].ending == {State.CLOSED}
    assert MOVES["dispatch"].ending == {State.DISPATCHED, State.ACCEPTED, State.HANDLING}


def test_a_reason_is_asked_for_wherever_somebody_may_ask_why() -> None:
    asks = {name for name, move in MOVES.items() if any(n.name == "reason" and n.required for n in move.needs)}
    assert {"refuse", "return", "reject", "reopen", "transfer", "escalate", "park", "void", "relocate"} <= asks
    assert RUNNING < OPEN


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("name", sorted(MOVES))
def test_a_case_is_returned_until_somebody_takes_it_up_or_it_is_done(name: str, state: State, before: bool) -> None:
    told = is_returned(MOVES[name], state, before=before)
    if name in {"return", "reject", "reopen"}:
        assert told is True
    elif name == "dispatch" or state in ENDED or state in {State.REPORTED, State.VERIFIED}:
        assert told is False, "dispatched anew, done or over"
    else:
        assert told is before


def test_no_move_asks_of_no_task_that_it_wants_more_time() -> None:
    with pytest.raises(ValueError, match="assign is about no task"):
        replace(MOVES["assign"], asked=True)
    assert replace(MOVES["accept"], asked=True).asked
    assert not replace(MOVES["assign"], stays=True).asked
