"""Moves × states × roles, decided in memory: what is offered is what the table says, and it can be done."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from wangge.access.person import Grant, NotAllowed, Person
from wangge.access.roles import Right, Role
from wangge.duty.routing import Body, Directory, Rules
from wangge.geo.grid import Cell, Grid, Level
from wangge.reports.case.case import Arguments, Case, PartyAsked, Spot, Task
from wangge.reports.case.lifecycle import MOVES, RUNNING, Kind, Standing, State, TaskState, open_moves
from wangge.reports.case.moves.carrying import EFFECTS, carry, offers
from wangge.reports.case.setting import Setting
from wangge.reports.errors import MoveRefused, UnknownReport
from wangge.reports.policy.policies import default_policy
from wangge.reports.policy.policy import Step, Urgency

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
CELLS = (("street", "A"), ("community", "A1"), ("grid", "A11"))
DESKS = {place: 10 + i for i, place in enumerate(CELLS)} | {None: 1}
POWER = 7
PLACES: dict[Role, tuple[str | None, str | None, int | None]] = {
    Role.OFFICER: ("grid", "A11", None),
    Role.ASSISTANT: ("grid", "A11", None),
    Role.COMMUNITY_DESK: ("community", "A1", None),
    Role.STREET_DESK: ("street", "A", None),
    Role.ORGANISATION: (None, None, POWER),
}
STEPS = {
    State.ASSIGNED: Step.REGISTER,
    State.REGISTERED: Step.DISPATCH,
    State.REPORTED: Step.VERIFY,
    State.VERIFIED: Step.CLOSE,
}
WORKING = {
    State.DISPATCHED: TaskState.DISPATCHED,
    State.ACCEPTED: TaskState.ACCEPTED,
    State.HANDLING: TaskState.HANDLING,
}


def setting() -> Setting:
    path = [code for _, code in CELLS]
    cells = [Cell(i + 1, level, code, code, tuple(path[: i + 1])) for i, (level, code) in enumerate(CELLS)]
    grid = object.__new__(Grid)  # without shapes: nothing here is looked up by its place
    grid.territory, grid.edition, grid.edition_id, grid.timezone = "town", "1", 1, UTC
    grid.levels = tuple(Level(level, {}) for level, _ in CELLS)
    grid._by_code = {(cell.level, cell.code): cell for cell in cells}
    policy = default_policy().policy("Asia/Shanghai", {})
    return Setting(grid, policy, Directory(DESKS, {}, [Body(POWER, "power", "company")]), Rules())


def person(role: Role, name: str = "li.na") -> Person:
    level, code, organisation = PLACES.get(role, (None, None, None))
    grants = () if role is Role.RESIDENT else (Grant(role, "town", level, code, organisation),)
    return Person(1, name, grants)


def case(state: State) -> Case:
    """A case of the base grid's desk in a state, with a task of an organisation where parties have it."""
    stands = Case(
        id=1,
        received_at=NOW - timedelta(hours=1),
        territory="town",
        state=state,
        version=3,
        category="lamp",
        urgency=Urgency.NORMAL,
        edition="1",
        cells=CELLS,
        desk=DESKS[CELLS[-1]],
        level="grid",
        level_since=NOW,
        step=STEPS.get(state, Step.HANDLE) if state in RUNNING else None,
        due_at=NOW + timedelta(days=1) if state in RUNNING else None,
    )
    if state is State.PARKED:
        stands.parked_at, stands.resumes, stands.step = NOW, State.REGISTERED, Step.DISPATCH
    if state in (State.CLOSED, State.CONFIRMED):
        stands.closed_at = NOW
    if state in WORKING or state is State.REPORTED:
        task = Task(POWER, None, True, NOW, NOW + timedelta(days=1), id=5, handler="the company")
        task.state = WORKING.get(state, TaskState.REPORTED)
        stands.tasks.append(task)
    return stands


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
    if name.endswith("-extension") and move.standing is Standing.DESK:
        return False  # none was asked for
    return not move.tasks or any(task.state in move.tasks for task in stands.tasks)


@pytest.mark.parametrize("role", Role)
def test_what_is_offered_is_what_the_table_says(role: Role) -> None:
    town = setting()
    for state in State:
        stands = case(state)
        seen = role is not Role.RESIDENT and (role is not Role.ORGANISATION or bool(stands.tasks))
        expected = [m.name for m in open_moves(state, [role]) if seen and fits(m.name, stands)]
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
            (event,) = stands.events
            assert (event.move, event.state, event.version) == (name, stands.state, before.version + 1)
            assert (stands.alarm_at is not None) <= (stands.state in RUNNING)
            continue
        with pytest.raises((MoveRefused, NotAllowed, UnknownReport)):
            carry(stands, person(role), name, given(name), NOW, town)
        assert not stands.events
        assert (stands.state, stands.version, stands.due_at) == (before.state, before.version, before.due_at)


def test_every_move_that_somebody_makes_has_an_effect_and_no_other() -> None:
    assert EFFECTS.keys() == {name for name, move in MOVES.items() if move.standing is not Standing.SERVICE}


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
