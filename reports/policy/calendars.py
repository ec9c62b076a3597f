"""Working time: the hours of a territory's working days, exact over holidays, make-up days and changes of the clock."""

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.util import find_spec, module_from_spec
from itertools import accumulate
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from holidays import HolidayBase

__all__ = ["MIDNIGHT", "Shift", "WorkingCalendar", "holiday_names", "supported_holidays", "working_calendar"]

Shift = tuple[time, time]
"""From and until, on the clock of the wall; until may be MIDNIGHT, the end of the day."""

MIDNIGHT = time.max

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@lru_cache(maxsize=256)
def working_calendar(
    zone: str,
    hours: tuple[Shift, ...],
    rest: frozenset[int] = frozenset({5, 6}),
    holidays: str | None = None,
    days: frozenset[tuple[date, bool]] = frozenset(),
) -> "WorkingCalendar":
    """The calendar with these rules; asked for again, the same one with the days that it knows already.

    Parameters
    ----------
    zone : IANA name of the time zone.
    hours : shifts of a working day, in order, not overlapping; at least one.
    rest : weekdays without work, Monday is 0.
    holidays : a country such as "CN" or a part of one such as "US-DC", as the library `holidays` names them.
    days : single days that are working days (True) or not, whatever the rules say.
    """
    known = _named_days(holidays) if holidays else None
    return WorkingCalendar(ZoneInfo(zone), hours, rest, known, dict(days))


@lru_cache(maxsize=64)
def holiday_names(holidays: str, language: str) -> "HolidayBase":
    """The holidays of a country by day, named in a language (en, zh) where the library has it, else in its own."""
    spoken = _named_days(holidays).supported_languages
    return _named_days(holidays, next((known for known in spoken if known.startswith(language)), None))


def _named_days(holidays: str, language: str | None = None) -> "HolidayBase":
    from holidays import country_holidays  # a territory without a policy needs no holidays

    _hold_back("holidays.countries")
    country, _, part = holidays.partition("-")
    return country_holidays(country, subdiv=part or None, language=language)


def _hold_back(package: str) -> None:
    """Name a package without running it: its modules are loaded when they are asked for, where it loads them all.

    The package of all countries takes 14 MB and a third of a second, in the middle of the first report.
    """
    spec = find_spec(package) if package not in sys.modules else None
    if spec is not None:
        sys.modules.setdefault(package, module_from_spec(spec))


def supported_holidays(holidays: str) -> bool:
    """Whether the holidays of a country, or of a part of one, are known."""
    from holidays.registry import EntityLoader

    country, dash, part = holidays.partition("-")
    known = country in EntityLoader.get_country_codes(include_aliases=False)
    return known and (not dash or part in _named_days(country).subdivisions)


@dataclass(frozen=True)
class _Table:
    """The shifts of a run of years, in microseconds since 1970, with the working time before and after each."""

    first: int
    last: int
    starts: list[int]
    ends: list[int]
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.after.extend(accumulate(end - start for start, end in zip(self.starts, self.ends, strict=True)))
        self.before.extend([0, *self.after[:-1]])

    def worked(self, moment: int) -> int:
        """Working time from the table's beginning to a moment."""
        shift = bisect_right(self.starts, moment) - 1
        return 0 if shift < 0 else self.before[shift] + min(moment, self.ends[shift]) - self.starts[shift]


class WorkingCalendar:
    """The working time of one place. A question costs some microseconds once the years that it spans are known."""

    def __init__(
        self,
        zone: ZoneInfo,
        hours: tuple[Shift, ...],
        rest: frozenset[int] = frozenset({5, 6}),
        holidays: "HolidayBase | None" = None,
        days: dict[date, bool] | None = None,
    ) -> None:
        self.zone, self.hours, self.rest = zone, hours, rest
        self._holidays, self._days = holidays, days or {}
        self._known: _Table | None = None

    @property
    def day_length(self) -> timedelta:
        """Working time of an ordinary working day."""
        return sum((_on_the_wall(until) - _on_the_wall(start) for start, until in self.hours), timedelta())

    def is_working_day(self, day: date) -> bool:
        """Whether a day is worked: as the territory says, else a make-up day, else no day of rest and no holiday."""
        if day in self._days:
            return self._days[day]
        # Asked first, because asking makes the library look the year up, its make-up days too.
        holiday = self._holidays is not None and day in self._holidays
        if self._holidays is not None and day in self._holidays.weekend_workdays:
            return True
        return day.weekday() not in self.rest and not holiday

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The first moment at which `amount` of working time has passed since `start`.

        With an amount below zero, the last moment from which that much passes until `start`.
        """
        moment, span = _micros(start), amount // _MICROSECOND
        table = self._table(start.year - 1, start.year + 1)
        while span > 0:
            target = table.worked(moment) + span
            shift = bisect_left(table.after, target)
            if shift < len(table.after):
                return _moment(table.starts[shift] + target - table.before[shift])
            table = self._table(table.first, table.last + 1)
        while span < 0:
            target = table.worked(moment) + span
            if target >= 0:
                shift = bisect_right(table.before, target) - 1
                return _moment(table.starts[shift] + target - table.before[shift])
            table = self._table(table.first - 1, table.last)
        return start.astimezone(UTC)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end`, zero when there is none or `end` is the earlier."""
        if end <= start:
            return timedelta()
        table = self._table(start.year - 1, end.year + 1)
        return (table.worked(_micros(end)) - table.worked(_micros(start))) * _MICROSECOND

    def _table(self, first: int, last: int) -> _Table:
        """The shifts of the years from `first` to `last`, and of whichever else are known."""
        known = self._known
        if known is not None and known.first <= first and last <= known.last:
            return known
        if known is None:
            found = _Table(first, last, *self._columns(range(first, last + 1)))
        else:
            earlier = self._columns(range(first, known.first))
            later = self._columns(range(known.last + 1, last + 1))
            starts, ends = earlier[0] + known.starts + later[0], earlier[1] + known.ends + later[1]
            found = _Table(min(first, known.first), max(last, known.last), starts, ends)
        self._known = found
        return found

    def _columns(self, years: Iterable[int]) -> tuple[list[int], list[int]]:
        shifts = [shift for year in years for shift in self._shifts(year)]
        return [start for start, _ in shifts], [end for _, end in shifts]

    def _shifts(self, year: int) -> Iterator[tuple[int, int]]:
        """The shifts of a year that last at all: one may fall into the hour that the clock skips."""
        day = date(year, 1, 1)
        while day.year == year:
            if self.is_working_day(day):
                for since, until in self.hours:
                    start, end = self._instant(day, since), self._instant(day, until)
                    if start < end:
                        yield start, end
            day += _DAY

    def _instant(self, day: date, clock: time) -> int:
        """When the clock reaches a time of a day: the first moment at which it shows that time or a later one."""
        if clock == MIDNIGHT:
            day, clock = day + _DAY, time()
        wall = datetime.combine(day, clock, self.zone)
        instant = wall.astimezone(UTC)
        if instant.astimezone(self.zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
            return _micros(instant)
        return self._jump(_micros(wall.replace(fold=1)), _micros(instant))

    def _jump(self, low: int, high: int) -> int:
        """The moment between two at which the clock is put forward."""
        before = _moment(low).astimezone(self.zone).utcoffset()
        while high - low > 1:
            middle = (low + high) // 2
            if _moment(middle).astimezone(self.zone).utcoffset() == before:
                low = middle
            else:
                high = middle
        return high


def _on_the_wall(clock: time) -> timedelta:
    if clock == MIDNIGHT:
        return _DAY
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND
