"""What stood out over the months: hot and cold spots that emerged, lasted or went away, for whoever may see figures."""

from typing import Any

from fastapi import APIRouter, Response

from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import Connection, CurrentGrid
from wangge.api.routes.figures.findings import Figures
from wangge.api.schemas.findings import Emerging
from wangge.patterns.findings.emerged import as_answer, emerged
from wangge.reports.categories.categories import categories_of

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["indicators"])
NOTHING: dict[str, Any] = {"day": None, "months": [], "why": None, "note": None, "places": [], "too_few": []}


@router.get("/emerging", response_model=Emerging)
async def get_emerging(connection: Connection, grid: CurrentGrid, scope: Figures) -> Response:
    """Base grids of one's own that were hot or cold spots over the last whole months, each in a sentence.

    Residents' sessions are judged against households, all categories together and each that has enough.
    """
    found = await emerged(connection, grid, scope)
    categories = (await categories_of(connection, grid.territory)).entries
    answer = NOTHING if found is None else as_answer(found, {one.code: dict(one.name) for one in categories})
    return Response(as_json(answer), headers={"Cache-Control": "no-store"}, media_type="application/json")
