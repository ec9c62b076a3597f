"""Limits: which one holds, when a step is due, when it is nearly due, what parking does to it, when a case rises."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wangge.reports.policy.calendars import working_calendar
from wangge.reports.policy.policy import RISING, Limit, Policy, Step, Urgency

CALENDAR = working_calendar("Asia/Shanghai", ((time(8, 30), time(12)), (time(14), time(18))), frozenset({5, 6}), "CN")
HOUR = timedelta(hours=1)
NORMAL, URGENT = Urgency.NORMAL, Urgency.URGENT
HANDLE = Step.HANDLE


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CALENDAR.zone)


def policy(**limits: Limit) -> Policy:
    """A policy whose limits of handling are named category_urgency, with `any` for every one."""
    parsed = {}
    for name, limit in limits.items():
        category, _, urgency = name.partition("_")
        key = (None if category == "any" else category, HANDLE, None if urgency == "any" else Urgency(urgency))
        parsed[key] = limit
    return Policy(CALENDAR, parsed, {"grid": Limit(4 * HOUR, working=True), "street": Limit(48 * HOUR)})


def test_the_most_specific_limit_holds() -> None:
    all_four = {
        "lamp_urgent": Limit(1 * HOUR),
        "lamp_any": Limit(2 * HOUR),
        "any_urgent": Limit(3 * HOUR),
        "any_any": Limit(4 * HOUR),
    }
    while all_four:
        assert policy(**all_four).limit(HANDLE, "lamp", URGENT) == next(iter(all_four.values()))
        del all_four[next(iter(all_four))]
    assert policy().limit(HANDLE, "lamp", URGENT) is None
    assert policy(lamp_urgent=Limit(HOUR)).limit(HANDLE, "lamp", NORMAL) is None
    assert policy(any_any=Limit(HOUR)).limit(Step.CLOSE, "lamp", NORMAL) is None


def test_a_limit_runs_on_the_wall_or_in_working_time() -> None:
    found = policy(lamp_any=Limit(2 * HOUR, working=True), manhole_any=Limit(2 * HOUR))
    friday = local(2026, 11, 20, 17, 30)
    assert found.due(HANDLE, "manhole", NORMAL, friday) == local(2026, 11, 20, 19, 30)
    assert found.due(HANDLE, "lamp", NORMAL, friday) == local(2026, 11, 23, 10)
    assert found.due(HANDLE, "noise", NORMAL, friday) is None


def test_nearly_due_is_a_fifth_of_the_limit_before_the_deadline() -> None:
    found = policy(lamp_any=Limit(5 * HOUR, working=True), manhole_any=Limit(5 * HOUR))
    assert found.warn_at(HANDLE, "lamp", NORMAL, local(2026, 11, 23, 9)) == local(2026, 11, 20, 17, 30)
    assert found.warn_at(HANDLE, "manhole", NORMAL, local(2026, 11, 23, 9)) == local(2026, 11, 23, 8)
    assert found.warn_at(HANDLE, "noise", NORMAL, local(2026, 11, 23, 9)) is None


def test_the_limit_of_its_urgency_holds_in_all_that_becomes_of_a_case() -> None:
    found = policy(lamp_urgent=Limit(5 * HOUR), lamp_any=Limit(10 * HOUR, working=True))
    friday, parked, back = local(2026, 11, 20, 9), local(2026, 11, 20, 17), local(2026, 11, 24, 8, 30)
    due = found.due(HANDLE, "lamp", URGENT, friday)
    assert due == local(2026, 11, 20, 14)
    assert found.warn_at(HANDLE, "lamp", URGENT, due) == due - HOUR
    assert found.alarm_at(HANDLE, "lamp", URGENT, due=due, level=None, level_since=None) == due - HOUR
    assert found.resumed(HANDLE, "lamp", URGENT, parked + 2 * HOUR, parked, back) == back + 2 * HOUR


def test_a_parked_case_comes_back_with_the_time_it_had_left() -> None:
    found = policy(lamp_any=Limit(5 * HOUR, working=True), manhole_any=Limit(5 * HOUR))
    parked, back = local(2026, 11, 20, 17), local(2026, 11, 24, 8, 30)
    assert found.resumed(HANDLE, "lamp", NORMAL, local(2026, 11, 23, 9), parked, back) == local(2026, 11, 24, 10)
    assert found.resumed(HANDLE, "manhole", NORMAL, local(2026, 11, 20, 19), parked, back) == back + 2 * HOUR
    late = local(2026, 11, 20, 16)
    assert found.resumed(HANDLE, "lamp", NORMAL, late, parked, back) == late


def test_a_deadline_that_has_come_when_a_case_is_parked_has_passed() -> None:
    found = policy(lamp_any=Limit(5 * HOUR, working=True), manhole_any=Limit(5 * HOUR))
    parked, back = local(2026, 11, 20, 17), local(2026, 11, 24, 8, 30)
    moment = timedelta(microseconds=1)
    for category in ("lamp", "manhole", "noise"):
        assert found.resumed(HANDLE, category, NORMAL, parked, parked, back) == parked
        assert found.resumed(HANDLE, category, NORMAL, parked + moment, parked, back) == back + moment


def test_without_a_limit_of_its_own_a_level_or_a_step_stands_still_by_the_clock_on_the_wall() -> None:
    found = policy(lamp_any=Limit(5 * HOUR, working=True))
    since, parked, back = local(2026, 11, 20, 12), local(2026, 11, 20, 17), local(2026, 11, 24, 9)
    assert found.held_since("community", since, parked, back) == back - 5 * HOUR
    assert found.held_since(None, since, parked, back) == back - 5 * HOUR
    assert found.resumed(HANDLE, "noise", NORMAL, parked + 3 * HOUR, parked, back) == back + 3 * HOUR


def test_what_a_policy_says_unless_it_says_otherwise() -> None:
    found = Policy(CALENDAR)
    assert (found.warn, found.reopen_days, dict(found.limits), dict(found.levels)) == (0.8, 7, {}, {})
    assert Limit(HOUR) == Limit(HOUR, working=False)


def test_a_step_without_a_deadline_lets_a_case_rise_and_no_more() -> None:
    since = local(2026, 11, 20, 9)
    found = policy()
    assert found.alarm_at(HANDLE, "lamp", NORMAL, due=None, level="street", level_since=since) == since + 48 * HOUR
    assert found.alarm_at(HANDLE, "lamp", NORMAL, due=None, level=None, level_since=None) is None


def test_a_case_rises_until_it_is_reported_back() -> None:
    assert {step for step in Step if step in RISING} == {Step.REGISTER, Step.DISPATCH, Step.HANDLE}
    since, due = local(2026, 11, 20, 9), local(2026, 11, 30, 9)
    for step in Step:
        alarm = policy().alarm_at(step, "lamp", NORMAL, due=due, level="grid", level_since=since)
        assert alarm == (local(2026, 11, 20, 15) if step in RISING else due)


def test_a_level_gets_back_the_time_that_it_had_left_before_the_case_was_parked() -> None:
    found, since = policy(), local(2026, 11, 20, 16)
    parked, back = local(2026, 11, 20, 17), local(2026, 11, 24, 8, 30)
    assert found.rises_at("grid", found.held_since("grid", since, parked, back)) == local(2026, 11, 24, 11, 30)
    assert found.held_since("street", since, parked, back) == back - HOUR


def test_each_level_has_its_own_time_and_the_centre_has_none_above() -> None:
    found = policy()
    since = local(2026, 11, 20, 16)
    assert found.rises_at("grid", since) == local(2026, 11, 23, 10, 30)
    assert found.rises_at("street", since) == since + 48 * HOUR
    assert found.rises_at("community", since) is None
    assert found.rises_at(None, since) is None
    assert found.rises_at("grid", None) is None


def test_the_alarm_is_the_next_thing_that_becomes_of_a_case() -> None:
    found = policy(lamp_any=Limit(10 * HOUR))
    due, since = local(2026, 11, 20, 20), local(2026, 11, 20, 9)

    def alarm(step: Step | None = HANDLE, level: str | None = "grid", **marks: bool) -> datetime | None:
        return found.alarm_at(step, "lamp", NORMAL, due=due, level=level, level_since=since, **marks)

    rises = local(2026, 11, 20, 15)
    assert alarm() == rises
    assert alarm(level=None) == due - 2 * HOUR
    assert alarm(level=None, nearly_due=True) == due
    assert alarm(level=None, nearly_due=True, overdue=True) is None
    assert alarm(nearly_due=True, overdue=True) == rises
    assert alarm(step=None) is None
    assert alarm(step=Step.VERIFY) == due, "a solved matter does not rise, and this step has no limit to warn of"


steps = st.timedeltas(timedelta(minutes=1), timedelta(days=20))
moments = st.timedeltas(timedelta(0), timedelta(days=3 * 365)).map(
    lambda since: datetime(2024, 1, 1, tzinfo=UTC) + since
)


@given(moments, steps, st.booleans(), st.floats(0.01, 0.99))
@settings(deadline=None)
def test_the_warning_lies_between_the_start_and_the_deadline(
    start: datetime, amount: timedelta, working: bool, warn: float
) -> None:
    found = Policy(CALENDAR, {(None, HANDLE, None): Limit(amount, working)}, warn=warn)
    due = found.due(HANDLE, "lamp", NORMAL, start)
    assert due is not None
    warning = found.warn_at(HANDLE, "lamp", NORMAL, due)
    assert warning is not None
    assert start <= warning <= due


@given(moments, steps, st.booleans(), st.timedeltas(timedelta(0), timedelta(days=30)), st.floats(0, 0.99))
@settings(deadline=None)
def test_parking_takes_nothing_from_the_time_left(
    start: datetime, amount: timedelta, working: bool, parked: timedelta, share: float
) -> None:
    found = Policy(CALENDAR, {(None, HANDLE, None): Limit(amount, working)})
    due = found.due(HANDLE, "lamp", NORMAL, start)
    assert due is not None
    parked_at = start + (due - start) * share
    again = found.resumed(HANDLE, "lamp", NORMAL, due, parked_at, parked_at + parked)
    if working:
        assert CALENDAR.between(parked_at + parked, again) == CALENDAR.between(parked_at, due)
    else:
        assert again == due + parked


@pytest.mark.parametrize("urgency", list(Urgency))
def test_moments_come_back_in_utc(urgency: Urgency) -> None:
    found = policy(any_any=Limit(HOUR, working=True)).due(HANDLE, "x", urgency, local(2026, 11, 20, 9))
    assert found is not None
    assert found.tzinfo is UTC
