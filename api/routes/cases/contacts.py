"""How to answer a reporter, for those who must; and for auditors, who read it, and what was erased."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from wangge.access.person import NotAllowed, NotSignedIn
from wangge.access.roles import Right
from wangge.api.plumbing.deps import Asker, Connection, CurrentGrid, Writing, require
from wangge.api.plumbing.rate_limits import RateLimited, count_contact
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.access import ContactAnswer, ContactErasures, ContactReads
from wangge.api.schemas.forms import ONE_LINE
from wangge.reports.errors import UnknownReport
from wangge.reports.intake import contacts
from wangge.reports.intake.contacts import NoContact

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["access"])


@router.get("/reports/{number}/contact", response_model=ContactAnswer)
@refuses(UnknownReport, NoContact, NotSignedIn, NotAllowed, RateLimited)
async def get_contact(
    request: Request,
    response: Response,
    connection: Writing,
    grid: CurrentGrid,
    asker: Asker,
    number: Annotated[str, Path(description="Case number, such as 202601-000123-7", max_length=64)],
    reason: Annotated[str, Query(min_length=2, max_length=200, pattern=ONE_LINE, description="Why it is read")],
) -> dict[str, Any]:
    """How to answer the reporter. Who reads it, when and why is kept, for auditors."""
    count_contact(request, asker)
    found = await contacts.read_contact(connection, asker, grid.territory, number, reason)
    response.headers["Cache-Control"] = "no-store"
    return {"number": number, **asdict(found)}


@router.get("/audit/contact-reads", response_model=ContactReads, dependencies=[require(Right.READ_AUDIT)])
async def list_contact_reads(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Only readings before this one's id")] = None,
) -> dict[str, Any]:
    """Who read which reporter's contact, when and why; the last first."""
    rows = await contacts.readings(connection, grid.territory, limit + 1, before)
    here = f"{request.scope.get('root_path', '')}{request.url.path}"
    links = []
    if len(rows) > limit:
        rows = rows[:limit]
        href = f"{here}?limit={limit}&before={rows[-1].id}"
        links.append({"rel": "next", "href": href, "type": "application/json"})
    return {"reads": [asdict(row) for row in rows], "links": links}


@router.get("/audit/contact-erasures", response_model=ContactErasures, dependencies=[require(Right.READ_AUDIT)])
async def list_contact_erasures(
    connection: Connection, grid: CurrentGrid, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> dict[str, Any]:
    """What was erased, when and under which rule; the last first. Nothing of the contacts is kept."""
    return {"erasures": await contacts.erasures(connection, grid.territory, limit)}
