"""Two periods or two kinds beside each other, cell by cell, of the reports that somebody may read."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Response

from wangge.access.person import NotAllowed, NotSignedIn
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import CurrentGrid, KeptColumns, Reading, Seen
from wangge.api.plumbing.problems import BadField, UnknownLevel
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.figures.counts import filter_of
from wangge.api.schemas.counts import Comparison, ComparisonBody
from wangge.patterns.comparison.asked import Asked, BadComparison
from wangge.patterns.comparison.telling import as_answer
from wangge.reports.categories.categories import check_categories
from wangge.reports.errors import UnknownCategory, UnknownCell
from wangge.store.grids.overlays import UnknownOverlay

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["indicators"])


@router.post("/comparison", response_model=Comparison)
@refuses(NotSignedIn, NotAllowed, BadField, BadComparison, UnknownCategory, UnknownCell, UnknownLevel, UnknownOverlay)
async def compare(
    grid: CurrentGrid, scope: Seen, body: ComparisonBody, connection: Reading, shelf: KeptColumns
) -> Response:
    """Where there is more or less than before, or more of one kind than of another, and how sure that is.

    Reports are counted as they came, repeats among them. Under 30 of both sides a cell has an interval only.
    """
    from wangge.patterns.comparison.comparing import compare_cells  # SciPy, which other requests do without

    levels = [level.key for level in grid.levels]
    level = body.level or levels[0]
    if level not in levels:
        raise UnknownLevel(level=level, known=levels)
    before, after = (filter_of(grid, side, body) for side in (body.before, body.after))
    await check_categories(connection, grid.territory, {*(before.categories or ()), *(after.categories or ())})
    today = datetime.now(UTC).astimezone(grid.timezone).date()
    asked = Asked.of(scope, before, after, level, body.against, today)
    found = await compare_cells(connection, shelf, grid, asked)
    document: dict[str, Any] = {"territory": grid.territory, "edition": grid.edition} | as_answer(found)
    return Response(as_json(document), media_type="application/json", headers={"Cache-Control": "private, no-store"})
