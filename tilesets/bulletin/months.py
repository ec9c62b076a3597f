"""Months of a territory's own time."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from wangge.geo.errors import WanggeError

__all__ = ["BadMonth", "Month", "month_over"]

_WRITTEN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
EARLIEST = 1970


class BadMonth(WanggeError):
    """No month that is over, written as 2025-06. Facts: `month`, `latest`."""

    kind = "bad-month"


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in a time zone; `since` is its first moment, `until` the first one after it, both UTC."""

    year: int
    month: int
    zone: ZoneInfo

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self._moved(1).first_day - timedelta(days=1)

    @property
    def since(self) -> datetime:
        """When it begins."""
        return datetime(self.year, self.month, 1, tzinfo=self.zone).astimezone(UTC)

    @property
    def until(self) -> datetime:
        """When it is over."""
        return self._moved(1).since

    @property
    def before(self) -> "Month":
        """The month before it."""
        return self._moved(-1)

    @property
    def year_before(self) -> "Month":
        """The same month of the year before."""
        return self._moved(-12)

    def _moved(self, months: int) -> "Month":
        years, month = divmod(self.month - 1 + months, 12)
        return Month(self.year + years, month + 1, self.zone)


def month_over(text: str, zone: ZoneInfo, now: datetime) -> Month:
    """The month that is written as 2025-06.

    Raises
    ------
    BadMonth : when it is written otherwise, is not over yet, or lies before 1970.
    """
    local = now.astimezone(zone)
    latest = Month(local.year, local.month, zone).before
    found = _WRITTEN.fullmatch(text)
    month = Month(int(found[1]), int(found[2]), zone) if found and int(found[1]) >= EARLIEST else None
    if month is None or month.until > now:
        raise BadMonth(month=text[:20], latest=str(latest))
    return month
