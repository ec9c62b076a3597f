"""The bulletin of a month as PDF, for whoever may see figures, of the cells that they see."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from wangge.api.plumbing.deps import Asker, CurrentGrid, Language
from wangge.api.plumbing.problems import DatabaseUnavailable
from wangge.api.plumbing.rate_limits import RateLimited
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.figures.findings import Figures
from wangge.api.schemas.forms import NO_NUL
from wangge.data import messages
from wangge.store.engine import snapshot
from wangge.tilesets.bulletin.gathering import Gathered, gather
from wangge.tilesets.bulletin.months import BadMonth, month_over
from wangge.tilesets.bulletin.printing import BadTemplate, NoFont, print_bulletin, template_of
from wangge.tilesets.bulletin.wording import content_of

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["indicators"])

PDF = "application/pdf"
FILE = {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}, "description": "The bulletin"}
AT_ONCE = asyncio.Semaphore(1)
"""So many threads of a process set bulletins; the others are for requests that are short."""


@router.get("/bulletin", response_class=Response, responses={200: FILE})
@refuses(BadMonth, RateLimited, DatabaseUnavailable, NoFont, BadTemplate)
async def get_bulletin(
    request: Request,
    asker: Asker,
    grid: CurrentGrid,
    scope: Figures,
    language: Language,
    month: Annotated[str, Query(max_length=20, pattern=NO_NUL, description="A month that is over, such as 2025-06")],
    lang: Annotated[messages.Language | None, Query(description="Language of the bulletin")] = None,
) -> Response:
    """The bulletin of a month on two to four pages: figures, map, ranking, findings and what they rest on.

    Cases received in the month count as they stood when it was over.
    """
    now = datetime.now(UTC)
    wanted = month_over(month, grid.timezone, now)
    request.state.rates.count("bulletin", asker.name)
    # Setting takes a second, for which no connection is held.
    async with request.state.pool.connection() as connection, snapshot(connection):
        gathered = await gather(connection, grid, scope, wanted, now)
    async with AT_ONCE:
        made = await asyncio.to_thread(_printed, request, gathered, lang or language)
    name = re.sub(r"[^\w.-]+", "_", f"{grid.territory}-{wanted}.pdf", flags=re.ASCII)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made, headers=headers | {"Vary": "Accept-Language"}, media_type=PDF)


def _printed(request: Request, gathered: Gathered, language: messages.Language) -> bytes:
    template = template_of(request.state.settings.home, gathered.grid.territory)
    return print_bulletin(content_of(gathered, language), gathered.printed, template)
