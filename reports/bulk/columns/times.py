"""Columns of times, typed or in the many ways that people write them, in UTC."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wangge.geo.files.soundtexts import is_text
from wangge.geo.files.spelledcolumns import narrow_column, trimmed
from wangge.reports.bulk.columns.values import texts

__all__ = ["TimeColumn", "no_time", "times"]

DAY = r"\d{4}-\d\d-\d\d"
CLOCK = r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
NAIVE = rf"^{DAY}([ T]{CLOCK})?$"
AWARE = rf"^{DAY}[ T]{CLOCK}(Z|[+-]\d\d(:?\d\d)?)$"
ZONE = r"\s*(?P<zone>[Zz]|[+-]\d\d:?(?:\d\d)?)?"
LOOSE = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<mo>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
    r"(?:[ Tt]*(?P<h>\d{1,2})\s*[:时点]\s*(?P<mi>\d{1,2})分?(?::?\s*(?P<s>\d{1,2})(?:[.,](?P<f>\d+))?秒?)?)?" + ZONE
)
# A zone after a time of day; the day of a date alone looks like one.
OFFSET = r"(\d:\d\d(?::\d\d(?:[.,]\d+)?)?秒?|[Tt]\d\d(?:\d\d){0,2}(?:[.,]\d+)?)\s*(?:[Zz]|[+-]\d\d:?(?:\d\d)?)$"
# ISO 8601: a day by month, by week or by number, and a time, each with its signs between or all without.
EXTENDED = re.compile(
    r"(?:(?P<y>\d{4})-(?P<mo>\d\d)-(?P<d>\d\d)|(?P<wy>\d{4})-W(?P<w>\d\d)-(?P<wd>[1-7])|(?P<oy>\d{4})-(?P<o>\d{3}))"
    r"(?:[ Tt](?P<h>\d\d)(?::(?P<mi>\d\d)(?::(?P<s>\d\d)(?:[.,](?P<f>\d+))?)?)?" + ZONE + ")?"
)
BASIC = re.compile(
    r"(?:(?P<y>\d{4})(?P<mo>\d\d)(?P<d>\d\d)|(?P<wy>\d{4})W(?P<w>\d\d)(?P<wd>[1-7])|(?P<oy>\d{4})(?P<o>\d{3})(?=T))"
    r"(?:[ Tt]?(?P<h>\d\d)(?P<mi>\d\d)(?:(?P<s>\d\d)(?:[.,](?P<f>\d+))?)?" + ZONE + ")?"
)
DAYS = re.compile(r"\d{5}(\.\d+)?")
"""A day as spreadsheets count them, since the end of 1899."""
SECONDS = re.compile(r"1\d{9}(\d{3})?(\.\d+)?")
"""Seconds or milliseconds since 1970, this century."""
FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - of a clock on no wall
US = pa.timestamp("us")
US_UTC = pa.timestamp("us", "UTC")


class TimeColumn(NamedTuple):
    """n times: datetime64[us] in UTC, NaT where there is none; rows that make no time; rows that lack a zone."""

    values: NDArray[np.datetime64]
    unreadable: NDArray[np.bool_]
    zoneless: NDArray[np.bool_]


def times(column: pa.Array, zone: ZoneInfo | None, *, as_local: bool = False) -> TimeColumn:
    """The times of a column: typed, ISO 8601, or year-month-day with any of - / . 年月日 between.

    Parameters
    ----------
    zone : of times without one. Of two that a clock shows at the end of summer time it is the earlier; in the hour that
        is left out at its beginning, the clock that was not put forward yet is meant (RFC 5545), as Python has it.
        None: they are reported as zoneless.
    as_local : what zone the times name is wrong: they are times without one.
    """
    none = np.zeros(len(column), np.bool_)
    if as_local:
        column = _local(column)
    if pa.types.is_timestamp(column.type) and column.type.tz:
        return TimeColumn(_instants(column.cast(US_UTC, safe=False)), none, none)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        local = column.cast(US, safe=False)
        return _placed(local, none, zone)
    if is_text(column.type):
        return _written(trimmed(narrow_column(column)), zone)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return _written(texts(column).values, zone)
    there = np.array(pc.is_valid(column).to_numpy(zero_copy_only=False), dtype=np.bool_)
    return TimeColumn(np.full(len(column), "NaT", dtype="datetime64[us]"), there, none)


def _local(column: pa.Array) -> pa.Array:
    """The times of a column as the clock on the wall showed them, by whatever zone they name."""
    if pa.types.is_timestamp(column.type) and column.type.tz:
        return pc.local_timestamp(column)
    if is_text(column.type):
        return pc.replace_substring_regex(trimmed(narrow_column(column)), OFFSET, r"\1")
    return column


def _written(text: pa.Array, zone: ZoneInfo | None) -> TimeColumn:
    naive, aware = pc.match_substring_regex(text, NAIVE), pc.match_substring_regex(text, AWARE)
    try:
        local = pc.if_else(naive, text, None).cast(US)
        instants = _instants(pc.if_else(aware, text, None).cast(US_UTC))
        regular = _flags(pc.or_(naive, aware))
    except pa.ArrowInvalid:  # a 30th of February: find out which
        local = pa.nulls(len(text), US)
        instants = _instants(pa.nulls(len(text), US_UTC))
        regular = np.zeros(len(text), np.bool_)
    loose = np.flatnonzero(~regular & _flags(pc.is_valid(text)))
    unreadable = np.zeros(len(text), np.bool_)
    locals_ = np.array(local.to_numpy(zero_copy_only=False), dtype="datetime64[us]")
    for row in loose.tolist():
        moment = _loosely(text[row].as_py())
        if moment is None:
            unreadable[row] = True
        elif moment.tzinfo is None:
            locals_[row] = np.datetime64(moment, "us")
        else:
            instants[row] = np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
    placed = _placed(pa.array(locals_, US), unreadable, zone)
    return TimeColumn(np.where(np.isnat(instants), placed.values, instants), unreadable, placed.zoneless)


def _placed(local: pa.Array, unreadable: NDArray[np.bool_], zone: ZoneInfo | None) -> TimeColumn:
    """Local times in a zone, or marked as lacking one."""
    if zone is None:
        nowhere = np.full(len(local), "NaT", dtype="datetime64[us]")
        return TimeColumn(nowhere, unreadable, _flags(pc.is_valid(local)))
    instants = pc.assume_timezone(local, zone.key, ambiguous="earliest", nonexistent="latest")
    found = _instants(instants)
    clocks = pc.local_timestamp(instants)
    for row in np.flatnonzero(_flags(pc.not_equal(clocks, local))).tolist():  # no clock ever showed this
        moment = local[row].as_py().replace(tzinfo=zone).astimezone(UTC)
        found[row] = np.datetime64(moment.replace(tzinfo=None), "us")
    return TimeColumn(found, unreadable, np.zeros(len(local), np.bool_))


def no_time(value: Any) -> tuple[str, dict[str, str]]:
    """Why a value is no time, as the wording has it, and the time that is probably meant."""
    text = f"{value:.15g}" if isinstance(value, float) else str(value).strip()
    try:
        if DAYS.fullmatch(text):
            return "datetime_day_number", {"meant": (FIRST_DAY + timedelta(days=float(text))).isoformat(" ", "minutes")}
        if SECONDS.fullmatch(text):
            seconds = float(text) / (1000 if float(text) >= 1e12 else 1)
            return "datetime_epoch", {"meant": datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")}
    except (OverflowError, ValueError, OSError):
        pass
    return "datetime_parsing", {}


def _loosely(text: str) -> datetime | None:
    """A time written in one of the less usual ways; None when it is none."""
    for form in (EXTENDED, BASIC, LOOSE):
        if found := form.fullmatch(text):
            break
    else:
        return None
    told = found.groupdict()
    hour, minute, second = (int(told[part] or 0) for part in ("h", "mi", "s"))
    micros = int((told["f"] or "0")[:6].ljust(6, "0"))
    try:
        day = _day(told)
        if (hour, minute, second, micros) == (24, 0, 0, 0):  # the end of a day
            day, hour = day + timedelta(days=1), 0
        return datetime(day.year, day.month, day.day, hour, minute, second, micros, tzinfo=_offset(told["zone"]))
    except (ValueError, OverflowError):
        return None


def _day(told: Mapping[str, str | None]) -> date:
    """A day by its month, its week or its number in the year. Raises ValueError."""
    if told.get("wy"):
        return date.fromisocalendar(int(told["wy"] or 0), int(told["w"] or 0), int(told["wd"] or 0))
    if told.get("oy"):
        return datetime.strptime(f"{told['oy']} {told['o']}", "%Y %j").date()  # noqa: DTZ007 - a day alone
    return date(int(told["y"] or 0), int(told["mo"] or 0), int(told["d"] or 0))


def _offset(zone: str | None) -> timezone | None:
    if not zone:
        return None
    if zone in "Zz":
        return UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if zone[0] == "-" else offset)


def _instants(column: pa.Array) -> NDArray[np.datetime64]:
    return np.array(column.to_numpy(zero_copy_only=False), dtype="datetime64[us]")


def _flags(column: pa.Array) -> NDArray[np.bool_]:
    return np.array(pc.fill_null(column, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
