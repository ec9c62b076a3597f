"""Moves × states × roles, decided in memory: what is offered is what the table says, and it can be done."""

from copy import deepcopy
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from tests.reports.village import CELLS, DESKS, NOW, case, person, setting
from wangge.access.person import Grant, NotAllowed, Person
from wangge.access.roles import Right, Role
from wangge.reports.case.case import Arguments, Case, PartyAsked, Spot
from wangge.reports.case.lifecycle import RUNNING, STEPS, Kind, Standing, State
from wangge.reports.case.moves.carrying import EFFECTS, carry, offers
from wangge.reports.case.table import MOVES
from wangge.reports.errors import MoveRefused, UnknownReport


def given(name: str) -> Arguments:
    """What a move needs, and no more."""
    values: dict[Kind, Any] = {
        Kind.TEXT: "because",
        Kind.FLAG: True,
        Kind.TIME: NOW + timedelta(days=30),
        Kind.POINT: (116.9, 38.3),
        Kind.CASE: "202603-000002-0",
    }
    needs = {need.name: values[need.kind] for need in MOVES[name].needs if need.required}
    if name == "add":
        needs["note"] = "because"
    if name == "name-asset":
        needs["asset"] = "LD-2"
    if name == "transfer":
        needs["desk"] = DESKS[None]
    if name == "merge":
        needs["original"] = case(State.ASSIGNED)
    if name == "relocate":
        needs["spot"] = Spot(116.9, 38.3, 3, 1, "1", CELLS)
    if name == "dispatch":
        needs["parties"] = (PartyAsked(desk=DESKS[CELLS[0]]),)
    return Arguments(**needs)


def fits(name: str, stands: Case) -> bool:
    """Whether a task is at the point that a move is about."""
    move = MOVES[name]
    if name in ("grant-extension", "refuse-extension"):
        return False  # none was asked for
    return not move.tasks or any(task.state in move.tasks for task in stands.tasks)


@pytest.mark.parametrize("role", Role)
def test_what_is_offered_is_what_the_table_says(role: Role) -> None:
    town = setting()
    for state in State:
        stands = case(state)
        seen = role is not Role.RESIDENT and (role is not Role.ORGANISATION or bool(stands.tasks))
        expected = [
            name
            for name, move in MOVES.items()
            if seen and state in move.sources and role in move.roles and fits(name, stands)
        ]
        assert [offer.move.name for offer in offers(stands, person(role), town, NOW)] == expected, (role, state)


@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_what_is_offered_can_be_done_and_nothing_else(name: str) -> None:
    town = setting()
    for state, role in product(State, Role):
        stands = case(state)
        offered = name in [offer.move.name for offer in offers(stands, person(role), town, NOW)]
        before = deepcopy(stands)
        if offered:
            carry(stands, person(role), name, given(name), NOW, town)
            assert stands.state in MOVES[name].leads(before.state)
            assert stands.step == STEPS.get(stands.resumes or stands.state)
            judged = before.step == MOVES[name].ends is not None and before.due_at is not None
            assert ("in_time" in stands.events[0].facts) == judged
            (event,) = stands.events
            assert (event.move, event.state, event.version) == (name, stands.state, before.version + 1)
            assert (stands.alarm_at is not None) <= (stands.state in RUNNING)
            continue
        with pytest.raises((MoveRefused, NotAllowed, UnknownReport)):
            carry(stands, person(role), name, given(name), NOW, town)
        assert not stands.events
        assert (stands.state, stands.version, stands.due_at) == (before.state, before.version, before.due_at)


def test_every_effect_is_of_a_move_that_somebody_makes() -> None:
    assert EFFECTS.keys() <= {name for name, move in MOVES.items() if move.standing is not Standing.SERVICE}


def test_a_key_that_may_not_move_sees_and_does_nothing() -> None:
    service = Person(1, "service", (Grant(Role.CENTRE, "town"),), frozenset({Right.READ}))
    assert offers(case(State.ASSIGNED), service, setting(), NOW) == []
    with pytest.raises(NotAllowed):
        carry(case(State.ASSIGNED), service, "register", Arguments(), NOW, setting())


def test_without_parties_the_rules_say_who() -> None:
    stands = case(State.REGISTERED)
    carry(stands, person(Role.CENTRE), "dispatch", Arguments(), NOW, setting())
    assert stands.tasks[0].desk == DESKS[CELLS[-1]]
    assert stands.events[0].facts["why"]["rule"] is None
