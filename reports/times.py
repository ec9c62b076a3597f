"""Which times are believed of what somebody says or a device wrote."""

from datetime import UTC, datetime, timedelta

__all__ = ["CLOCK_SKEW", "EARLIEST"]

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No report and no photo is older; a clock that was never set says 1970."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far a report may lie in the future: phones are not all on time."""
