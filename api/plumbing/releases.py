"""Which counts a request asks for: of a span of time for staff, of a published period for everybody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query

from wangge.api.plumbing.deps import CurrentGrid, Period
from wangge.api.plumbing.refusals import refuses
from wangge.geo.grid import Grid
from wangge.reports.release.periods import FORM, parse_period
from wangge.reports.release.reading import NotReleased, Release, release_for
from wangge.store.engine import AsyncConnection

__all__ = ["Spanned", "Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A span of time, `since` inclusive and `until` exclusive, and what it is called where it was asked for by name."""

    since: datetime | None
    until: datetime | None
    period: str | None

    async def release(self, connection: AsyncConnection, grid: Grid) -> Release | None:
        """What was published of it; the newest month where nothing is asked for, None where that is nothing.

        Raises
        ------
        NotReleased
        """
        if self.period is not None:
            return await release_for(connection, grid.territory, grid.timezone, period=self.period)
        return await release_for(connection, grid.territory, grid.timezone, since=self.since, until=self.until)


@refuses(NotReleased)
async def _spanned(
    grid: CurrentGrid,
    span: Period,
    period: Annotated[
        str | None,
        Query(pattern=FORM, description="A year, a month or a week: 2026, 2026-03, 2026-03-w2; before from and to"),
    ] = None,
) -> Wanted:
    if period is None:
        return Wanted(span.since, span.until, None)
    return Wanted(*parse_period(period).instants(grid.timezone), period)


Spanned = Annotated[Wanted, Depends(_spanned)]
"""The span that is asked for; without an account only one that was published."""
