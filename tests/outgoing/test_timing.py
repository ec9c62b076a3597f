"""When a message goes out: gathered, apart from the last one, and not at night."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.outgoing.delivery.deliveries import back_off
from wangge.outgoing.notices.timing import Timing

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = Timing.of(60, 30, "21:00-08:00")


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2027-03-01T{clock}+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("timing", "now", "last", "due"),
    [
        (NIGHT, "10:00:00", None, "10:01:00"),
        (NIGHT, "10:00:00", "09:45:00", "10:15:00"),
        (NIGHT, "10:00:00", "09:00:00", "10:01:00"),
        (NIGHT, "03:00:00", None, "08:00:00"),
        (NIGHT, "20:45:00", "20:40:00", "08:00:00+1"),
        (NIGHT, "20:59:30", None, "08:00:00+1"),
        (Timing.of(0, 0, "12:00-13:30"), "12:10:00", None, "13:30:00"),
        (Timing.of(0, 0, "12:00-13:30"), "13:30:00", None, "13:30:00"),
        (Timing.of(0, 0, ""), "03:00:00", None, "03:00:00"),
    ],
)
def test_a_message_waits_for_what_follows_and_for_the_morning(
    timing: Timing, now: str, last: str | None, due: str
) -> None:
    clock, _, days = due.partition("+")
    expected = at(clock) + timedelta(days=int(days or 0))
    assert timing.due(at(now), at(last) if last else None, ZONE) == expected


@given(st.integers(0, 2 * 366 * 24 * 60), st.sampled_from(["Europe/Rome", "Asia/Shanghai"]))
def test_nobody_is_woken(minutes: int, zone: str) -> None:
    moment = at("00:00:00") + timedelta(minutes=minutes)
    due = NIGHT.waking(moment, ZoneInfo(zone))
    assert moment <= due <= moment + timedelta(hours=12)
    assert 8 <= due.astimezone(ZoneInfo(zone)).hour < 21


def test_tries_come_further_and_further_apart() -> None:
    waits = [back_off(attempts) for attempts in range(1, 30)]
    assert timedelta(seconds=25) < waits[0] < timedelta(seconds=35)
    assert waits[3] > waits[0] * 4
    assert max(waits) < timedelta(hours=7)
