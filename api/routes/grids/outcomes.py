"""How long it takes here and how much is solved, for everybody, from what was published."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from wangge.api.plumbing.deps import Connection, CurrentGrid
from wangge.api.plumbing.problems import BadField, UnknownLevel
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.grids.cell_pages import depth_of
from wangge.api.schemas.common import Short
from wangge.api.schemas.grids import Outcomes
from wangge.geo.grid import Grid
from wangge.reports.errors import UnknownCell
from wangge.reports.release.outcomes import DAYS, outcomes_of, shares_of
from wangge.reports.release.periods import About

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["territories"])


@router.get("/outcomes", response_model=Outcomes)
@refuses(UnknownLevel, UnknownCell)
async def get_outcomes(
    connection: Connection,
    grid: CurrentGrid,
    cell: Annotated[Short | None, Query(description="Code of a cell; the whole territory when left out")] = None,
    level: Annotated[Short | None, Query(description="Key of its level; the base grids when left out")] = None,
) -> dict[str, Any]:
    """How many cases there were in the last year, and how many were closed within days, by category.

    From published counts alone, to everybody the same. A cell that is smaller than those that are told of is answered
    with the one that it lies in.
    """
    if level is not None and cell is None:
        raise BadField(field="cell", reason="missing")
    path = _path(grid, level, cell) if cell is not None else {}
    found = await outcomes_of(connection, grid.territory, path, grid.edition_id)
    by_category = [
        {"category": value, **shares_of(counts)}
        for (kind, value), counts in found.counts.items()
        if kind == About.CATEGORY and counts.get(0)
    ]
    return {
        "from": found.since,
        "to": found.until and found.until - timedelta(days=1),
        "step": found.step,
        "edition": found.edition,
        "level": found.level,
        "cell": found.code,
        "finest": found.finest,
        "days": DAYS,
        "all": shares_of(found.counts.get((About.ALL.value, ""), {})),
        "by_category": sorted(by_category, key=lambda one: (-one["cases"], one["category"])),
    }


def _path(grid: Grid, level: str | None, code: str) -> dict[str, str]:
    """Codes by level of a cell and those above it. Raises UnknownLevel, UnknownCell."""
    key = level or grid.levels[-1].key
    depth_of(grid, key)
    cell = grid.cell(key, grid.code_of(code, key))
    if cell is None:
        raise UnknownCell(level=key, code=code)
    return {each.level: each.code for each in (*grid.ancestors(cell), cell)}
