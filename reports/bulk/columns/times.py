"""Columns of times, typed or in the many ways that people write them, in UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["TimeColumn", "times"]

DAY = r"\d{4}-\d\d-\d\d"
CLOCK = r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
NAIVE = rf"^{DAY}([ T]{CLOCK})?$"
AWARE = rf"^{DAY}[ T]{CLOCK}(Z|[+-]\d\d(:?\d\d)?)$"
LOOSE = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<mo>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
    r"(?:[ T]*(?P<h>\d{1,2})\s*[:时点]\s*(?P<mi>\d{1,2})分?(?::?\s*(?P<s>\d{1,2})(?:[.,](?P<f>\d+))?秒?)?)?"
    r"\s*(?P<zone>[Zz]|[+-]\d\d:?(?:\d\d)?)?"
)
# A zone after a time of day; the day of a date alone looks like one.
OFFSET = r"(\d:\d\d(?::\d\d(?:[.,]\d+)?)?秒?)\s*(?:[Zz]|[+-]\d\d:?(?:\d\d)?)$"
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
    zone : of times without one; at the change from summer time the earlier of two, after a gap the later.
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
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _written(pc.utf8_trim_whitespace(column.cast(pa.string())), zone)
    there = np.array(pc.is_valid(column).to_numpy(zero_copy_only=False), dtype=np.bool_)
    return TimeColumn(np.full(len(column), "NaT", dtype="datetime64[us]"), there, none)


def _local(column: pa.Array) -> pa.Array:
    """The times of a column as the clock on the wall showed them, by whatever zone they name."""
    if pa.types.is_timestamp(column.type) and column.type.tz:
        return pc.local_timestamp(column)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        written = pc.utf8_trim_whitespace(column.cast(pa.string()))
        return pc.replace_substring_regex(written, OFFSET, r"\1")
    return column


def _written(text: pa.Array, zone: ZoneInfo | None) -> TimeColumn:
    text = pc.if_else(pc.equal(text, ""), None, text)
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
    return TimeColumn(_instants(instants), unreadable, np.zeros(len(local), np.bool_))


def _loosely(text: str) -> datetime | None:
    """A time written year, month, day in an irregular way; None when it is not one."""
    found = LOOSE.fullmatch(text)
    if not found:
        return None
    clock = [int(found[part] or 0) for part in ("y", "mo", "d", "h", "mi", "s")]
    micros = int((found["f"] or "0")[:6].ljust(6, "0"))
    try:
        return datetime(*clock, micros, tzinfo=_offset(found["zone"]))  # type: ignore[arg-type, misc]
    except ValueError:
        return None


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
