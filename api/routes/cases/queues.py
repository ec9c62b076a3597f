"""What lies on a desk, the most pressing first."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from wangge.access.person import Scope
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import CurrentGrid, Language, Reading, Seen
from wangge.api.plumbing.pages import DuePage, SortedPlace
from wangge.api.plumbing.problems import BadField
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.cases.answers import as_rows, link
from wangge.api.routes.cases.lists import cursor_after
from wangge.api.routes.cases.reports import here_of
from wangge.api.schemas.case import Queue
from wangge.api.schemas.common import Short
from wangge.data import messages
from wangge.geo.grid import Grid
from wangge.reports.case.lifecycle import OPEN, State
from wangge.reports.errors import UnknownCell
from wangge.reports.listing import reading
from wangge.reports.listing.filters import ReportFilter
from wangge.store.engine import AsyncConnection

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/desks", tags=["cases"])

States = Annotated[
    list[State] | None,
    Query(alias="state", description="Only in these states; all open ones but the parked, when left out"),
]


@router.get("/centre/queue", response_model=Queue)
@refuses(UnknownCell)
async def get_queue_of_centre(
    request: Request,
    connection: Reading,
    grid: CurrentGrid,
    seen: Seen,
    page: DuePage,
    language: Language,
    states: States = None,
) -> Response:
    """What lies on the desk of the command centre. Overdue comes first, then by deadline, then what has none."""
    if not seen.whole:
        raise UnknownCell(level="centre", code="")
    return await _queue(request, connection, grid, seen, None, page, language, states)


@router.get("/{level}/{code}/queue", response_model=Queue)
@refuses(UnknownCell)
async def get_queue(
    request: Request,
    connection: Reading,
    grid: CurrentGrid,
    seen: Seen,
    page: DuePage,
    language: Language,
    level: Annotated[Short, Path(description="Key of the level")],
    code: Annotated[Short, Path(description="Code of the cell")],
    states: States = None,
) -> Response:
    """What lies on the desk of a cell. Overdue comes first, then by deadline, then what has none."""
    code = grid.code_of(code, level)
    cell = grid.cell(level, code)
    path = zip((one.key for one in grid.levels), cell.path, strict=False) if cell else ()
    if cell is None or not seen.covers(path):
        raise UnknownCell(level=level, code=code)
    return await _queue(request, connection, grid, seen, (level, code), page, language, states)


async def _queue(
    request: Request,
    connection: AsyncConnection,
    grid: Grid,
    seen: Scope,
    at: tuple[str, str] | None,
    page: SortedPlace,
    language: messages.Language,
    states: list[State] | None,
) -> Response:
    wanted = frozenset(states or OPEN - {State.PARKED})
    if not wanted <= OPEN:
        raise BadField(field="state", reason="enum", expected=sorted(OPEN))
    desk = await reading.desk_at(connection, grid.territory, at)
    if desk is None:
        level, code = at or ("centre", "")
        raise UnknownCell(level=level, code=code)
    where = ReportFilter(grid.territory, states=tuple(sorted(wanted)), desk=desk)
    rows = await reading.list_reports(connection, where, seen, page.limit + 1, page.sort, page.after)
    links = [link("self", _address(request), "application/json")]
    if len(rows) > page.limit:
        rows = rows[: page.limit]
        links.append(link("next", _address(request, cursor=cursor_after(rows, page)), "application/json"))
    here = here_of(request, grid)
    answer = {"desk": desk, "reports": await as_rows(connection, grid, rows, here, language), "links": links}
    headers = {"Vary": "Accept-Language", "Content-Language": language}
    return Response(as_json(answer), headers=headers, media_type="application/json")


def _address(request: Request, **changed: str) -> str:
    url = request.url.include_query_params(**changed)
    return f"{url.path}?{url.query}" if url.query else url.path
