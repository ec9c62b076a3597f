"""Spans of time as people write them: "10min", "2h", "3d", "4 working hours", "1 working day"."""

import re
from datetime import timedelta
from fractions import Fraction

from wangge.reports.policy.policy import Limit

__all__ = ["LONGEST", "parse_limit"]

LONGEST = timedelta(days=3650)

_SPAN = re.compile(
    r"(?P<number>\d{1,6}(?:\.\d{1,3})?)\s*(?P<working>working\s+)?"
    r"(?:(?P<minute>min|minutes?)|(?P<hour>h|hours?)|(?P<day>d|days?))"
)
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def parse_limit(text: str, day_length: timedelta = _DAY) -> Limit | None:
    """The limit that a text names, None where it names none that is longer than nothing and at most ten years.

    A day of the clock is 24 hours. A working day is as much working time as an ordinary working day has, so that one
    that begins at ten o'clock ends at ten on the next working day.

    Parameters
    ----------
    day_length : working time of an ordinary working day.
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        return None
    working = found["working"] is not None
    day = day_length if working else _DAY
    unit = day if found["day"] else _HOUR if found["hour"] else _MINUTE
    span = Fraction(found["number"]) * (unit // _MICROSECOND)
    if not 0 < span <= LONGEST // _MICROSECOND:
        return None
    return Limit(round(span) * _MICROSECOND, working)
