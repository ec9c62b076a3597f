"""The clock of a case as its moves start and end it: which step runs, until when, and what was in time. In memory."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from tests.reports.village import CELLS, DESKS, NOW, POWER, WATER, case, person, setting
from wangge.access.roles import Role
from wangge.reports.case.case import Arguments, Case, PartyAsked, Task
from wangge.reports.case.lifecycle import LIVE, OPENED, State, TaskState
from wangge.reports.case.moves.carrying import Offer, carry, offers
from wangge.reports.case.setting import Setting
from wangge.reports.errors import BadArgument, MoveRefused
from wangge.reports.policy.calendars import working_calendar
from wangge.reports.policy.policies import default_policy
from wangge.reports.policy.policy import Limit, Policy, Step

HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
LIMITS = {Step.REGISTER: HOUR, Step.DISPATCH: 2 * HOUR, Step.HANDLE: 10 * HOUR, Step.VERIFY: 5 * HOUR, Step.CLOSE: HOUR}
POLICY = Policy(
    working_calendar("UTC", ((time(8), time(16)),)),
    {(None, step, None): Limit(limit) for step, limit in LIMITS.items()},
)
CENTRE, COMPANY = person(Role.CENTRE), person(Role.ORGANISATION, "the company")
OTHER = person(Role.ORGANISATION, "the waterworks", WATER)
BOTH = (PartyAsked(organisation=POWER), PartyAsked(organisation=WATER))


class Life:
    """A case that is carried on, hour by hour."""

    def __init__(self, start: Case, town: Setting | None = None) -> None:
        self.case, self.town, self.now = start, town or setting(POLICY), NOW

    def make(self, name: str, who: Any = CENTRE, hours: float = 1, **given: Any) -> dict[str, Any]:
        """A move some hours after the last one; the facts of its event. New tasks get an id, as if they were stored."""
        self.now += hours * HOUR
        arguments = {"reason": "because", "note": "done"} | given
        carry(self.case, who, name, Arguments(**arguments), self.now, self.town)
        for number, task in enumerate(self.case.tasks, 5):
            task.id = task.id or number
        return dict(self.case.events[-1].facts)

    @property
    def stands(self) -> tuple[State, Step | None, timedelta | None]:
        """State, step, and how long it has from the last move on."""
        due = self.case.due_at
        return self.case.state, self.case.step, None if due is None else due - self.now


def assigned() -> Life:
    """A case that has just been filed."""
    start = case(State.ASSIGNED)
    start.due_at = NOW + LIMITS[Step.REGISTER]
    return Life(start)


def registered() -> Life:
    life = assigned()
    life.make("register", hours=0)
    return life


def dispatched(*parties: PartyAsked) -> Life:
    """A case that has just been dispatched, to POWER unless it is said."""
    life = registered()
    life.make("dispatch", hours=0, parties=parties or BOTH[:1])
    return life


def accepted() -> Life:
    life = dispatched()
    life.make("accept", COMPANY, 0)
    return life


def reported() -> Life:
    life = accepted()
    life.make("report-back", COMPANY, 0)
    return life


def verified() -> Life:
    life = reported()
    life.make("verify", hours=0)
    return life


def closed() -> Life:
    life = verified()
    life.make("close", hours=0)
    return life


UNDONE = LIVE | {TaskState.RETURNED}
ENDING = [
    (assigned, "register", {}, CENTRE, Step.REGISTER),
    (registered, "dispatch", {"parties": BOTH[:1]}, CENTRE, Step.DISPATCH),
    (accepted, "report-back", {}, COMPANY, Step.HANDLE),
    (reported, "verify", {}, CENTRE, Step.VERIFY),
    (verified, "close", {}, CENTRE, Step.CLOSE),
]


def test_each_step_starts_with_its_whole_limit_when_the_one_before_ends() -> None:
    life = assigned()
    assert (life.case.state, life.case.in_step) == (OPENED, Step.REGISTER)
    seen = []
    walk: list[tuple[str, Any, dict[str, Any]]] = [
        ("register", CENTRE, {}),
        ("dispatch", CENTRE, {"parties": BOTH[:1]}),
        ("accept", COMPANY, {}),
        ("start", COMPANY, {}),
        ("report-back", COMPANY, {}),
        ("verify", CENTRE, {}),
        ("close", CENTRE, {}),
        ("confirm", CENTRE, {}),
    ]
    for name, who, given in walk:
        facts = life.make(name, who, **given)
        assert (facts["step"], facts["due_at"]) == (life.case.step, life.case.due_at)
        seen.append((name, *life.stands, facts.get("in_time")))
    assert seen == [
        ("register", State.REGISTERED, Step.DISPATCH, 2 * HOUR, True),
        ("dispatch", State.DISPATCHED, Step.HANDLE, 10 * HOUR, True),
        ("accept", State.ACCEPTED, Step.HANDLE, 9 * HOUR, None),
        ("start", State.HANDLING, Step.HANDLE, 8 * HOUR, None),
        ("report-back", State.REPORTED, Step.VERIFY, 5 * HOUR, True),
        ("verify", State.VERIFIED, Step.CLOSE, HOUR, True),
        ("close", State.CLOSED, None, None, True),
        ("confirm", State.CONFIRMED, None, None, None),
    ]


@pytest.mark.parametrize(("begin", "move", "given", "who", "step"), ENDING)
def test_a_step_is_in_time_until_the_moment_it_is_due(
    begin: Any, move: str, given: dict[str, Any], who: Any, step: Step
) -> None:
    for late, told in ((timedelta(0), True), (MOMENT, False)):
        life = begin()
        assert life.make(move, who, (LIMITS[step] + late) / HOUR, **given)["in_time"] is told
    life = begin()
    life.case.due_at = None
    assert "in_time" not in life.make(move, who, 10_000, **given), "without a limit there is nothing to judge"


def test_what_begins_anew_is_neither_nearly_due_nor_overdue() -> None:
    life = assigned()
    life.case.nearly_due = life.case.overdue = True
    life.make("note")
    assert (life.case.nearly_due, life.case.overdue) == (True, True)
    life.make("register")
    assert (life.case.nearly_due, life.case.overdue) == (False, False)


def test_handling_ends_with_the_last_needed_party_and_is_due_when_it_is() -> None:
    parties = (
        PartyAsked(organisation=POWER, due_at=NOW + 5 * HOUR),
        PartyAsked(organisation=WATER, due_at=NOW + 8 * HOUR),
        PartyAsked(desk=DESKS[CELLS[0]], needed=False, due_at=NOW + 20 * HOUR),
    )
    life = dispatched(*parties)
    assert life.stands == (State.DISPATCHED, Step.HANDLE, 8 * HOUR)
    life.make("accept", OTHER)
    assert "in_time" not in life.make("report-back", OTHER)
    assert life.stands == (State.HANDLING, Step.HANDLE, 6 * HOUR)
    life.make("accept", COMPANY)
    assert life.make("report-back", COMPANY)["in_time"] is True
    assert life.stands == (State.REPORTED, Step.VERIFY, 5 * HOUR)


def test_a_case_that_its_only_party_returned_is_to_be_dispatched_anew() -> None:
    life = dispatched()
    facts = life.make("return", COMPANY)
    assert ("in_time" in facts, life.stands) == (False, (State.REGISTERED, Step.DISPATCH, 2 * HOUR))
    assert [task.state for task in life.case.tasks] == [TaskState.RETURNED]
    facts = life.make("dispatch", hours=3, parties=BOTH[:1])
    assert (facts["in_time"], life.stands) == (False, (State.DISPATCHED, Step.HANDLE, 10 * HOUR))
    assert life.case.tasks[0].state is TaskState.CANCELLED


def test_after_one_of_two_returned_the_other_s_time_counts() -> None:
    early, late = (PartyAsked(organisation=o, due_at=NOW + h * HOUR) for o, h in ((POWER, 5), (WATER, 8)))
    life = dispatched(early, late)
    life.case.nearly_due = True
    facts = life.make("return", OTHER)
    assert ("in_time" in facts, life.stands) == (False, (State.DISPATCHED, Step.HANDLE, 4 * HOUR))
    assert life.case.nearly_due is False
    life.make("accept", COMPANY)
    assert "in_time" not in life.make("report-back", COMPANY), "the other's part is nobody's"
    assert life.stands == (State.REGISTERED, Step.DISPATCH, 2 * HOUR)


def test_a_further_party_ends_no_step_and_prolongs_handling() -> None:
    life = dispatched()
    facts = life.make("dispatch", hours=3, parties=BOTH[1:])
    assert ("in_time" in facts, life.stands) == (False, (State.DISPATCHED, Step.HANDLE, 10 * HOUR))
    life.case.nearly_due = True
    life.make("dispatch", parties=(PartyAsked(desk=DESKS[None], due_at=life.now + 2 * HOUR),))
    assert life.stands == (State.DISPATCHED, Step.HANDLE, 9 * HOUR)
    assert life.case.nearly_due is True, "its deadline is the one that was warned of"


def test_work_that_is_rejected_has_its_whole_time_again() -> None:
    life = reported()
    life.case.overdue = True
    facts = life.make("reject", hours=6)
    assert ("in_time" in facts, life.stands) == (False, (State.HANDLING, Step.HANDLE, 10 * HOUR))
    assert (life.case.overdue, life.case.tasks[0].state) == (False, TaskState.HANDLING)
    assert life.case.tasks[0].reported_at is None


def test_a_reopened_case_is_to_be_dispatched_or_goes_to_those_who_had_it() -> None:
    life = closed()
    assert "in_time" not in life.make("reopen", hours=50)
    assert life.stands == (State.REGISTERED, Step.DISPATCH, 2 * HOUR)
    assert [task.state for task in life.case.tasks] == [TaskState.CANCELLED]
    life = closed()
    assert "in_time" not in life.make("reopen", hours=50, same_parties=True)
    assert life.stands == (State.DISPATCHED, Step.HANDLE, 10 * HOUR)
    assert [task.state for task in life.case.tasks] == [TaskState.CANCELLED, TaskState.DISPATCHED]
    assert life.case.closed_at is None


@pytest.mark.parametrize("name", ["refuse", "merge", "void", "withdraw"])
def test_a_case_that_ends_otherwise_keeps_and_breaks_no_limit(name: str) -> None:
    life = assigned() if name == "refuse" else dispatched(*BOTH)
    if life.case.tasks:
        life.make("return", OTHER, 0)
    given = {"original": case(State.ASSIGNED)} | ({"into": "202603-000002-0"} if name == "merge" else {})
    facts = life.make(name, hours=99, **given)
    assert ("in_time" in facts, life.case.step, life.case.due_at, life.case.alarm_at) == (False, None, None, None)
    assert {task.state for task in life.case.tasks} <= {TaskState.CANCELLED}


def with_all_tasks(state: State) -> Life:
    """A case in a state, with a task in each of the states that a task can be in."""
    start = case(state)
    start.tasks = [Task(None, 100 + n, True, NOW, None, n, stands) for n, stands in enumerate(TaskState, 5)]
    return Life(start)


@pytest.mark.parametrize("name", ["merge", "void", "withdraw"])
def test_with_its_case_every_task_ends_that_was_not_done(name: str) -> None:
    life = with_all_tasks(State.HANDLING)
    given: dict[str, Any] = {"into": "202603-000002-0", "original": case(State.ASSIGNED)} if name == "merge" else {}
    life.make(name, **given)
    assert {task.state for task in life.case.tasks} == {TaskState.CANCELLED, TaskState.REPORTED}
    assert [task.version for task in life.case.tasks] == [1 + (stands in UNDONE) for stands in TaskState]


def test_a_reopened_case_has_no_task_of_before() -> None:
    life = with_all_tasks(State.CLOSED)
    life.make("reopen")
    assert {task.state for task in life.case.tasks} == {TaskState.CANCELLED}


def test_a_further_dispatch_cancels_what_was_returned_and_nothing_else() -> None:
    life = with_all_tasks(State.HANDLING)
    life.make("dispatch", parties=BOTH[:1])
    changed = [task.id for task, stands in zip(life.case.tasks, TaskState, strict=False) if task.state is not stands]
    assert changed == [5 + list(TaskState).index(TaskState.RETURNED)]


@pytest.mark.parametrize(
    ("name", "taken", "becomes"),
    [
        ("accept", {TaskState.DISPATCHED}, TaskState.ACCEPTED),
        ("start", {TaskState.DISPATCHED, TaskState.ACCEPTED}, TaskState.HANDLING),
        ("return", LIVE, TaskState.RETURNED),
        ("report-back", {TaskState.ACCEPTED, TaskState.HANDLING}, TaskState.REPORTED),
        ("reject", {TaskState.REPORTED}, TaskState.HANDLING),
        ("ask-extension", LIVE, None),
        ("grant-extension", LIVE, None),
        ("refuse-extension", LIVE, None),
    ],
)
def test_a_move_takes_tasks_that_stand_here_and_leaves_them_there(
    name: str, taken: set[TaskState], becomes: TaskState | None
) -> None:
    for stands in TaskState:
        life = Life(case(State.REPORTED if name == "reject" else State.HANDLING))
        (task,) = life.case.tasks
        task.state, task.asked_until = stands, NOW + 90 * HOUR
        available = {offer.move.name: offer.tasks for offer in offers(life.case, CENTRE, life.town, NOW)}
        assert available.get(name) == ((task,) if stands in taken else None)
        if stands in taken:
            life.make(name, until=NOW + 99 * HOUR)
            assert (task.state, task.version) == (becomes or stands, 2)


def test_what_was_reported_stays_so_when_a_case_is_voided() -> None:
    life = dispatched(*BOTH)
    life.make("accept", COMPANY)
    life.make("report-back", COMPANY)
    life.make("void")
    assert [task.state for task in life.case.tasks] == [TaskState.REPORTED, TaskState.CANCELLED]


@pytest.mark.parametrize("begin", [assigned, registered, dispatched])
def test_a_parked_case_keeps_its_step_and_what_was_left_of_it(begin: Any) -> None:
    life = begin()
    life.case.nearly_due = True
    state, step, left = life.stands
    facts = life.make("park", hours=0.5)
    assert (life.case.state, life.case.step, life.case.in_step, facts["due_at"]) == (State.PARKED, step, step, None)
    assert life.case.alarm_at is None
    assert "in_time" not in life.make("resume", hours=500)
    assert life.stands == (state, step, left - HOUR / 2)
    assert life.case.nearly_due is True
    assert all(task.due_at == life.case.due_at for task in life.case.tasks)


@pytest.mark.parametrize("late", [False, True])
def test_a_party_that_has_reported_keeps_its_deadline_beside_that_of_the_case(late: bool) -> None:
    """Its limit is the case's as long as the others are at work; parked or not, it was as much in time as it was."""
    first = PartyAsked(organisation=POWER, due_at=NOW + (2 if late else 8) * HOUR)
    second = PartyAsked(organisation=WATER, due_at=NOW + (1 if late else 5) * HOUR)
    life = dispatched(first, second)
    life.make("accept", COMPANY)
    life.make("report-back", COMPANY, hours=2)
    due = [task.due_at for task in life.case.tasks]
    life.make("park", hours=1)
    facts = life.make("resume", hours=100)
    moved = timedelta(0) if late else 100 * HOUR
    assert [task.due_at for task in life.case.tasks] == [at + moved for at in due if at is not None]
    assert life.case.due_at == life.case.tasks[0].due_at
    assert [(told["task"].id, told["due_at"]) for told in facts["parties"]] == [
        (task.id, task.due_at) for task in life.case.tasks
    ]
    if not late:
        before = life.case.due_at
        life.make("dispatch", parties=(PartyAsked(desk=DESKS[CELLS[0]], due_at=life.now + 2 * HOUR),))
        assert life.case.due_at == before, "another party with less time changes nothing"


RISES = replace(POLICY, levels={"grid": Limit(24 * HOUR), "community": Limit(48 * HOUR)})


def test_a_level_gets_back_what_it_had_left_when_its_case_was_parked() -> None:
    life = assigned()
    life.town = setting(RISES)
    life.make("park", hours=3)
    life.make("resume", hours=100)
    assert life.case.level_since == life.now - 3 * HOUR
    life.make("park", hours=1)
    life.make("resume", hours=100)
    assert life.case.level_since == life.now - 4 * HOUR


def test_a_desk_that_got_a_case_while_it_was_parked_has_its_whole_time() -> None:
    life = assigned()
    life.town = setting(RISES)
    life.make("park", hours=3)
    life.case.level, life.case.level_since = "community", life.now + 50 * HOUR
    life.make("resume", hours=100)
    assert life.case.level_since == life.now


def test_a_case_that_lies_at_the_centre_is_parked_and_goes_on_too() -> None:
    life = dispatched(*BOTH)
    life.case.level = life.case.level_since = None
    before = [task.version for task in life.case.tasks]
    life.make("return", OTHER, 0)
    life.make("park")
    life.make("resume")
    assert (life.case.level_since, life.stands[1:]) == (None, (Step.HANDLE, 9 * HOUR))
    assert [task.version for task in life.case.tasks] == [before[0] + 1, before[1] + 1]


def test_without_limits_nothing_is_due_and_nothing_rings() -> None:
    life = Life(case(State.REGISTERED), setting(replace(POLICY, limits={})))
    life.make("dispatch", parties=BOTH)
    assert life.stands == (State.DISPATCHED, Step.HANDLE, None)
    life.make("park")
    life.make("resume")
    assert (life.stands, life.case.alarm_at) == ((State.DISPATCHED, Step.HANDLE, None), None)


def test_the_alarm_is_set_for_what_is_still_to_happen() -> None:
    life = dispatched()
    life.town = setting(RISES)
    seen = []
    for nearly_due, overdue in ((False, False), (True, False), (True, True)):
        life.case.nearly_due, life.case.overdue = nearly_due, overdue
        life.make("note", hours=0)
        seen.append(life.case.alarm_at)
    assert seen == [NOW + 8 * HOUR, NOW + 10 * HOUR, NOW + 24 * HOUR]
    life.make("accept", COMPANY)
    life.make("report-back", COMPANY)
    assert life.case.alarm_at == life.now + 4 * HOUR, "from the report back on, it rises no more"
    life.make("void")
    assert life.case.alarm_at is None


def test_a_case_that_ends_while_it_is_parked_has_no_clock_any_more() -> None:
    life = dispatched()
    life.make("park")
    life.make("withdraw")
    assert (life.case.step, life.case.due_at, life.case.resumes, life.case.parked_at) == (None, None, None, None)


def test_other_parties_take_over_the_time_of_the_one_before() -> None:
    life = dispatched()
    facts = life.make("transfer", hours=4, parties=BOTH[1:])
    assert ("in_time" in facts, life.stands) == (False, (State.DISPATCHED, Step.HANDLE, 6 * HOUR))
    assert [task.state for task in life.case.tasks] == [TaskState.CANCELLED, TaskState.DISPATCHED]
    life.make("transfer", hours=1, parties=(PartyAsked(organisation=POWER, due_at=life.now + 9 * HOUR),))
    assert life.stands == (State.DISPATCHED, Step.HANDLE, 8 * HOUR)
    life.make("transfer", hours=1, parties=(PartyAsked(organisation=WATER, due_at=life.now + 2 * HOUR),))
    assert life.stands == (State.DISPATCHED, Step.HANDLE, HOUR), "the former party's time counts no more"


def test_an_extension_that_was_asked_for_moves_the_deadline() -> None:
    life = dispatched(*BOTH)

    def open_now() -> dict[str, Offer]:
        return {offer.move.name: offer for offer in offers(life.case, CENTRE, life.town, life.now)}

    assert not {"grant-extension", "refuse-extension"} & open_now().keys()
    life.make("ask-extension", OTHER, until=life.now + 30 * HOUR)
    assert open_now()["grant-extension"].tasks == (life.case.tasks[1],)
    facts = life.make("grant-extension")
    assert ("in_time" in facts, life.stands) == (False, (State.DISPATCHED, Step.HANDLE, 28 * HOUR))
    assert "grant-extension" not in open_now()


def test_a_child_begins_as_a_report_does() -> None:
    life = dispatched()
    life.make("split", hours=3, description="another matter")
    ((child, _),) = life.case.children
    assert (child.state, child.step, child.due_at) == (OPENED, Step.REGISTER, life.now + HOUR)
    assert (life.case.state, life.case.step) == (State.DISPATCHED, Step.HANDLE)


@pytest.mark.parametrize(
    ("policy", "days"),
    [
        (Policy(POLICY.calendar), 7),
        (default_policy().policy("UTC", {}), 7),
        (Policy(POLICY.calendar, reopen_days=0), 0),
    ],
)
def test_the_reporter_may_reopen_for_so_many_days(policy: Policy, days: int) -> None:
    for late, open_still in ((timedelta(0), True), (MOMENT, False)):
        start = case(State.CLOSED)
        assert start.closed_at is not None
        life = Life(start, setting(policy))
        now = start.closed_at + timedelta(days=days) + late
        assert ("reopen" in [offer.move.name for offer in offers(start, CENTRE, life.town, now)]) is open_still
        if not open_still:
            with pytest.raises(MoveRefused) as refused:
                carry(start, CENTRE, "reopen", Arguments(reason="again"), now, life.town)
            assert refused.value.facts["why"] == "too-late"
    start.closed_at = None  # a closing that nobody dated
    assert "reopen" in [offer.move.name for offer in offers(start, CENTRE, life.town, now)]


def test_a_case_rises_desk_by_desk_and_not_above_the_centre() -> None:
    life, seen = assigned(), []
    for _ in range(3):
        life.make("escalate")
        seen.append((life.case.desk, life.case.level))
    assert seen == [(DESKS[CELLS[1]], "community"), (DESKS[CELLS[0]], "street"), (DESKS[None], None)]
    assert life.stands[:2] == (State.ASSIGNED, Step.REGISTER)
    with pytest.raises(MoveRefused) as refused:
        life.make("escalate")
    assert refused.value.facts["why"] == "at-the-top"


def test_a_deadline_lies_ahead_but_not_in_another_decade() -> None:
    until: list[tuple[datetime, str | None]] = [
        (NOW, "datetime_past"),
        (NOW + MOMENT, None),
        (NOW + timedelta(days=3660), None),
        (NOW + timedelta(days=3660) + MOMENT, "too_late"),
    ]
    for moment, wrong in until:
        life = assigned()
        if wrong is None:
            life.make("park", hours=0, until=moment)
            continue
        with pytest.raises(BadArgument) as refused:
            life.make("park", hours=0, until=moment)
        assert refused.value.facts == {"field": "until", "reason": wrong}
