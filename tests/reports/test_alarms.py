"""What becomes of a case by itself, decided in memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reports.test_policy import CALENDAR
from wangge.reports.clock.alarms import Desk, Outcome, Watched, above, next_alarm, ring
from wangge.reports.policy.policy import RISING, Limit, Policy, Step, Urgency

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 2, 1, tzinfo=UTC)
LEVELS = ("grid", "community", "street")
CELLS = (("street", "S"), ("community", "C"), ("grid", "G"))
DESKS = {("grid", "G"): 1, ("community", "C"): 2, ("street", "S"): 3, None: 4}


def case(**changed: Any) -> Watched:
    """A case that began at START at its base grid's desk and is due ten hours later."""
    found = Watched(
        id=1,
        received_at=START,
        territory="xinhua",
        state="handling",
        category="lamp",
        urgency="normal",
        step="handle",
        due_at=START + 10 * HOUR,
        nearly_due=False,
        overdue=False,
        desk=1,
        level="grid",
        level_since=START,
        cell_id=1,
        version=5,
        alarm_at=START,
    )
    return found._replace(**changed)


def policy(**levels: int) -> Policy:
    """Ten hours of handling, and as many hours at each level as are named."""
    times = {level: Limit(hours * HOUR) for level, hours in levels.items()}
    return Policy(CALENDAR, {(None, Step.HANDLE, None): Limit(10 * HOUR)}, times)


def moves(outcome: Outcome) -> list[str]:
    return [move for move, _ in outcome.events()]


def test_a_case_is_warned_of_and_then_overdue_once_each() -> None:
    watched, found = case(), policy()
    assert next_alarm(watched, found) == START + 8 * HOUR
    outcome = ring(watched, found, START + 8 * HOUR, None)
    assert (moves(outcome), outcome.alarm_at) == (["warn"], START + 10 * HOUR)
    outcome = ring(case(nearly_due=True), found, START + 10 * HOUR, None)
    assert (moves(outcome), outcome.alarm_at) == (["expire"], None)
    assert moves(ring(case(overdue=True), found, START + 99 * HOUR, None)) == []


def test_a_deadline_that_passed_unwatched_is_marked_without_a_warning() -> None:
    assert moves(ring(case(), policy(), START + 11 * HOUR, None)) == ["expire"]


def test_one_moment_may_bring_a_deadline_and_a_rise() -> None:
    outcome = ring(case(), policy(grid=6), START + 11 * HOUR, Desk(2, "community"))
    assert [(move, facts.get("desk")) for move, facts in outcome.events()] == [("expire", None), ("escalate", 2)]
    _, facts = list(outcome.events())[1]
    assert facts == {
        "step": "handle",
        "due_at": START + 10 * HOUR,
        "from_desk": 1,
        "desk": 2,
        "level": "community",
        "by": "clock",
    }


def test_the_level_above_has_its_time_from_when_it_gets_the_case() -> None:
    found = policy(grid=6, community=20)
    outcome = ring(case(due_at=None), found, START + 9 * HOUR, Desk(2, "community"))
    assert outcome.alarm_at == START + 29 * HOUR


def test_where_nobody_is_above_a_case_stays_and_the_clock_leaves_it_alone() -> None:
    outcome = ring(case(due_at=None), policy(grid=6), START + 6 * HOUR, None)
    assert (moves(outcome), outcome.alarm_at) == ([], None)


def test_a_solved_matter_does_not_rise() -> None:
    assert moves(ring(case(step="verify", due_at=None), policy(grid=6), START + 9 * HOUR, Desk(2, "community"))) == []


def test_the_desk_above_is_the_next_that_is_manned_and_at_last_the_centre_s() -> None:
    assert above(CELLS, "grid", DESKS) == Desk(2, "community")
    assert above(CELLS, "grid", {key: desk for key, desk in DESKS.items() if desk != 2}) == Desk(3, "street")
    assert above(CELLS, "street", DESKS) == Desk(4, None)
    assert above(CELLS, None, DESKS) is None
    assert above(CELLS, "street", {}) is None
    assert above(CELLS, "a level of another edition", DESKS) == Desk(4, None)


spans = st.timedeltas(timedelta(minutes=1), timedelta(days=10))
limits = st.builds(Limit, spans, st.booleans())


@given(
    st.sampled_from(Step),
    limits,
    st.fixed_dictionaries({}, optional=dict.fromkeys(LEVELS, limits)),
    st.lists(st.timedeltas(timedelta(0), timedelta(days=4)), min_size=1, max_size=30),
)
@settings(deadline=None)
def test_whenever_the_clock_looks_a_case_goes_upwards_and_each_thing_happens_once(
    step: Step, limit: Limit, levels: dict[str, Limit], pauses: list[timedelta]
) -> None:
    found = Policy(CALENDAR, {(None, step, None): limit}, levels)
    due = found.due(step, "lamp", Urgency.NORMAL, START)
    assert due is not None
    watched, now, told = case(step=step.value, due_at=due), START, []
    for pause in pauses:
        now += pause
        outcome = ring(watched, found, now, above(CELLS, watched.level, DESKS))
        told += [(move, facts) for move, facts in outcome.events()]
        assert outcome.alarm_at is None or outcome.alarm_at > now
        watched = watched._replace(
            nearly_due=watched.nearly_due or outcome.warned, overdue=watched.overdue or outcome.expired
        )
        if outcome.risen:
            watched = watched._replace(desk=outcome.risen.id, level=outcome.risen.level, level_since=now)
        assert watched.overdue == (due <= now)
    names = [move for move, _ in told]
    assert names.count("warn") <= 1
    assert names.count("expire") == (due <= now)
    assert "warn" not in names[names.index("expire") :] if "expire" in names else True
    risen = [(facts["from_desk"], facts["desk"]) for move, facts in told if move == "escalate"]
    assert risen == [(1, 2), (2, 3), (3, 4)][: len(risen)]
    assert not risen or step in RISING
