"""What was changed in administering, for those who administer or audit."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from wangge.access.changes import changes_told
from wangge.access.person import NotAllowed, NotSignedIn
from wangge.api.plumbing.deps import Asker, Connection, CurrentGrid
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.access import AdministrativeChanges
from wangge.api.schemas.common import Short
from wangge.store.changes import Subject

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["access"])


@router.get("/audit/changes", response_model=AdministrativeChanges)
@refuses(NotSignedIn, NotAllowed)
async def list_changes(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    asker: Asker,
    kind: Annotated[Subject | None, Query(description="Only of this kind")] = None,
    item: Annotated[Short | None, Query(description="Only of this one: a login, a number, a code")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Only changes before this one's id")] = None,
) -> dict[str, Any]:
    """What was changed of accounts, roster, organisations, limits, texts and keys: by whom, and what stood before."""
    found = await changes_told(connection, asker, grid.territory, limit + 1, kind=kind, item=item, before=before)
    links = []
    if len(found) > limit:
        found = found[:limit]
        more = request.url.include_query_params(before=found[-1]["id"])
        href = f"{request.scope.get('root_path', '')}{more.path}?{more.query}"
        links.append({"rel": "next", "href": href, "type": "application/json"})
    return {"changes": found, "links": links}
