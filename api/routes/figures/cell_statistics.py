"""Gi*, local Moran and smoothed rates of the base grids, for those who know them; and from how many on they hold."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import CurrentGrid, KeptColumns
from wangge.api.plumbing.problems import BadField, DatabaseUnavailable
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.figures.findings import Figures
from wangge.api.schemas.common import Day
from wangge.api.schemas.counts import CellStatistics
from wangge.api.schemas.forms import ONE_LINE
from wangge.data.messages import in_all
from wangge.patterns.counts.answering import answer
from wangge.patterns.counts.asked import Asked, By, Filter
from wangge.reports.categories.categories import check_categories
from wangge.reports.errors import UnknownCategory

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["indicators"])

AT_ONCE = asyncio.Semaphore(1)
"""So many threads of a process compute; the others are for requests that are short."""
Code = Annotated[str, Query(max_length=200, pattern=ONE_LINE)]


@router.get("/cell-statistics", response_model=CellStatistics)
@refuses(BadField, UnknownCategory, DatabaseUnavailable)
async def get_cell_statistics(
    request: Request,
    grid: CurrentGrid,
    scope: Figures,
    shelf: KeptColumns,
    since: Annotated[Day | None, Query(alias="from", description="First day, by the territory's clock")] = None,
    until: Annotated[Day | None, Query(alias="to", description="Last day, included")] = None,
    category: Code | None = None,
) -> Response:
    """Of the base grids that one answers for, among themselves: counts, Gi*, local Moran, empirical-Bayes rates.

    They are no claims: below `misleading_below` reports a base grid, hot spots are found where nothing clusters.
    """
    from wangge.patterns.counts.classical import classical  # SciPy, which other requests do without

    if since and until and until < since:
        raise BadField(field="to", reason="period")
    wanted = Filter(since=since, until=until, categories=None if category is None else frozenset({category}))
    # Who waits for the thread holds no connection.
    async with request.state.pool.connection() as connection:
        await check_categories(connection, grid.territory, wanted.categories or ())
        counted = await answer(connection, shelf, grid, Asked(scope, wanted, frozenset({By.CELL})))
    async with AT_ONCE:
        found = await asyncio.to_thread(classical, grid, scope, counted.cells or {})
    document: dict[str, Any] = {"territory": grid.territory, "edition": grid.edition, "source": counted.source}
    document |= asdict(found) | {"misleading": found.misleading}
    document["note"] = in_all("statistics", "misleading" if found.misleading else "enough")
    return Response(as_json(document), media_type="application/json", headers={"Cache-Control": "no-store"})
