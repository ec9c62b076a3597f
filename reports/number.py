"""Case numbers: year and month, a running number and a check digit, as in 202601-000123-7.

The check digit (Damm's algorithm) exposes every single wrong digit and every swap of neighbours, the usual slips of
a number that is read out over the telephone.
"""

import re
from datetime import UTC, datetime

from stdnum import damm

__all__ = ["format_number", "month_of", "parse_number"]

_NUMBER = re.compile(r"\s*(\d{4})(\d{2})-?(\d{6,19})-?(\d)\s*", re.ASCII)

FIRST_YEAR, LAST_YEAR = 1900, 9998
"""Of the last month that a time can name there is no end."""


def format_number(received_at: datetime, report_id: int) -> str:
    """The case number of a report that was received at a time (any zone) and has an id.

    >>> format_number(datetime(2026, 1, 31, 12, tzinfo=UTC), 123)
    '202601-000123-7'
    """
    at = received_at.astimezone(UTC)
    month, running = f"{at.year:04d}{at.month:02d}", f"{report_id:06d}"
    return f"{month}-{running}-{damm.calc_check_digit(month + running)}"


def parse_number(number: str) -> tuple[datetime, int] | None:
    """The first moment of the month (UTC) and the id that a case number names; None when it is none.

    Hyphens and surrounding blanks may be missing or extra; a wrong check digit gives None.
    """
    found = _NUMBER.fullmatch(number)
    if not found:
        return None
    year, month, running, check = found.groups()
    if damm.calc_check_digit(year + month + running) != check or not 1 <= int(month) <= 12:
        return None
    if not FIRST_YEAR <= int(year) <= LAST_YEAR or int(running) >= 2**63:
        return None
    return datetime(int(year), int(month), 1, tzinfo=UTC), int(running)


def month_of(time: datetime) -> tuple[datetime, datetime]:
    """The first moment of the month (UTC) that a time lies in, and of the month after it.

    >>> month_of(datetime(2026, 12, 31, 12, tzinfo=UTC))[1]
    datetime.datetime(2027, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    first = time.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
