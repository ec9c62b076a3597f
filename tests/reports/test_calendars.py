"""Working time against a slow oracle that counts minutes; make-up days as the authorities set them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wangge.reports.policy.calendars import MIDNIGHT, WorkingCalendar, supported_holidays, working_calendar

Hours = tuple[tuple[time, time], ...]

OFFICE = ((time(8, 30), time(12)), (time(14), time(18)))
NIGHT = ((time(0), time(1, 30)), (time(1, 45), time(2, 40)), (time(22), MIDNIGHT))
ALL_DAY = ((time(0), MIDNIGHT),)
MINUTE = timedelta(minutes=1)
WINDOW = timedelta(days=21)

# Zone, hours, holidays, and the day on which a window of three weeks begins: holidays with make-up days, the clock
# put forward and back by an hour and by half an hour, and the day that Samoa left out.
PLACES = [
    ("Asia/Shanghai", OFFICE, "CN", date(2025, 9, 22)),
    ("Asia/Shanghai", OFFICE, "CN", date(2025, 1, 20)),
    ("America/New_York", NIGHT, "US-DC", date(2026, 3, 1)),
    ("America/New_York", NIGHT, "US-DC", date(2026, 10, 20)),
    ("America/New_York", ALL_DAY, None, date(2026, 10, 20)),
    ("Australia/Lord_Howe", NIGHT, None, date(2026, 9, 25)),
    ("Australia/Lord_Howe", NIGHT, None, date(2026, 3, 27)),
    ("Pacific/Apia", OFFICE, None, date(2011, 12, 20)),
    ("Asia/Taipei", OFFICE, "TW", date(2023, 1, 1)),
]


def calendar_of(place: int) -> WorkingCalendar:
    zone, hours, holidays, _ = PLACES[place]
    return working_calendar(zone, hours, frozenset({5, 6}), holidays)


@cache
def worked_minutes(place: int) -> tuple[datetime, list[bool]]:
    """The window's first minute, and whether each of its minutes is worked, asked of the clock on the wall."""
    zone, hours, _, day = PLACES[place]
    first = datetime.combine(day, time(), UTC)
    return first, list(_minutes(ZoneInfo(zone), hours, calendar_of(place), first))


def _minutes(zone: ZoneInfo, hours: Hours, calendar: WorkingCalendar, first: datetime) -> Iterator[bool]:
    today, latest = None, time()
    for minute in range(-24 * 60, WINDOW // MINUTE):  # from the day before, so that the first day is seen whole
        wall = (first + minute * MINUTE).astimezone(zone)
        # The latest time that the clock has shown today: an hour that comes twice is past when it comes again.
        latest = max(latest, wall.time()) if wall.date() == today else wall.time()
        today = wall.date()
        worked = calendar.is_working_day(today) and any(since <= latest < until for since, until in hours)
        if minute >= 0:
            yield worked


places = st.integers(0, len(PLACES) - 1)
minutes = st.integers(0, WINDOW // MINUTE)


@given(places, minutes, minutes)
@settings(max_examples=400, deadline=None)
def test_working_time_between_is_what_counting_gives(place: int, a: int, b: int) -> None:
    first, worked = worked_minutes(place)
    found = calendar_of(place).between(first + a * MINUTE, first + b * MINUTE)
    assert found == sum(worked[a:b]) * MINUTE


@given(places, minutes, st.integers(1, 3000))
@settings(max_examples=400, deadline=None)
def test_adding_working_time_is_what_counting_gives(place: int, start: int, amount: int) -> None:
    first, worked = worked_minutes(place)
    counted = [minute for minute in range(start, len(worked)) if worked[minute]]
    if len(counted) < amount:
        return
    found = calendar_of(place).add(first + start * MINUTE, amount * MINUTE)
    assert found == first + (counted[amount - 1] + 1) * MINUTE


@given(places, minutes, st.integers(1, 3000))
@settings(max_examples=400, deadline=None)
def test_taking_working_time_away_is_what_counting_back_gives(place: int, end: int, amount: int) -> None:
    first, worked = worked_minutes(place)
    counted = [minute for minute in range(end - 1, -1, -1) if worked[minute]]
    if len(counted) < amount:
        return
    found = calendar_of(place).add(first + end * MINUTE, -amount * MINUTE)
    assert found == first + counted[amount - 1] * MINUTE


moments = st.timedeltas(timedelta(0), timedelta(days=45 * 365)).map(
    lambda since: datetime(1995, 1, 1, tzinfo=UTC) + since
)
spans = st.timedeltas(timedelta(0), timedelta(hours=4000))


@given(places, moments, spans)
@settings(deadline=None)
def test_what_is_added_lies_between_to_the_microsecond(place: int, start: datetime, amount: timedelta) -> None:
    calendar = calendar_of(place)
    end = calendar.add(start, amount)
    assert calendar.between(start, end) == amount
    assert not amount or calendar.between(start, end - timedelta(microseconds=1)) < amount
    assert calendar.between(calendar.add(start, -amount), start) == amount


@given(places, moments, moments, moments)
@settings(deadline=None)
def test_spans_of_working_time_add_up(place: int, a: datetime, b: datetime, c: datetime) -> None:
    calendar = calendar_of(place)
    a, b, c = sorted((a, b, c))
    assert calendar.between(a, c) == calendar.between(a, b) + calendar.between(b, c)
    assert calendar.between(c, a) == timedelta(0) or a == c


@pytest.mark.parametrize(
    ("holidays", "worked", "rest"),
    [
        # The General Office of the State Council on 2025 and 2026
        (
            "CN",
            ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11", "2026-01-04", "2026-02-28"],
            ["2025-01-28", "2025-02-04", "2025-05-05", "2026-02-23", *(f"2025-10-0{day}" for day in range(1, 9))],
        ),
        # The Directorate-General of Personnel Administration on 2023
        ("TW", ["2023-01-07", "2023-02-04", "2023-06-17", "2023-09-23"], ["2023-01-20", "2023-06-23", "2023-10-10"]),
        ("US-DC", ["2025-11-28", "2026-04-17"], ["2025-11-27", "2026-04-16", "2026-07-03"]),
    ],
)
def test_holidays_and_make_up_days_are_the_published_ones(holidays: str, worked: list[str], rest: list[str]) -> None:
    calendar = working_calendar("UTC", OFFICE, frozenset({5, 6}), holidays)
    assert [day for day in worked if not calendar.is_working_day(date.fromisoformat(day))] == []
    assert [day for day in rest if calendar.is_working_day(date.fromisoformat(day))] == []


def test_a_make_up_sunday_is_worked_and_the_week_of_the_national_day_is_not() -> None:
    calendar = working_calendar("Asia/Shanghai", OFFICE, frozenset({5, 6}), "CN")
    eve = datetime(2025, 9, 30, 17, tzinfo=calendar.zone)
    assert calendar.add(eve, timedelta(hours=2)) == datetime(2025, 10, 9, 9, 30, tzinfo=calendar.zone)
    friday = datetime(2025, 9, 26, 17, tzinfo=calendar.zone)
    assert calendar.add(friday, calendar.day_length) == datetime(2025, 9, 28, 17, tzinfo=calendar.zone)


def test_a_day_of_the_territory_goes_before_every_rule() -> None:
    days = frozenset({(date(2025, 10, 1), True), (date(2025, 9, 29), False)})
    calendar = working_calendar("Asia/Shanghai", OFFICE, frozenset({5, 6}), "CN", days)
    assert calendar.is_working_day(date(2025, 10, 1))
    assert not calendar.is_working_day(date(2025, 9, 29))
    start = datetime(2025, 9, 28, 18, tzinfo=calendar.zone)
    assert calendar.between(start, start + timedelta(days=1)) == timedelta(0)


def test_years_are_found_in_any_order() -> None:
    rules = ("Asia/Shanghai", OFFICE, frozenset({5, 6}), "CN")
    asked = [datetime(year, 5, 20, tzinfo=UTC) for year in (2025, 2011, 2031, 2019)]
    one = working_calendar(*rules)
    for moment in asked:
        working_calendar.cache_clear()
        fresh = working_calendar(*rules)
        assert one.add(moment, timedelta(hours=300)) == fresh.add(moment, timedelta(hours=300))


def test_what_the_library_knows_can_be_asked() -> None:
    assert supported_holidays("CN")
    assert supported_holidays("US-DC")
    assert not supported_holidays("US-XX")
    assert not supported_holidays("ZZ")
    assert not supported_holidays("CN-")
