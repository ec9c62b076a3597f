"""Integrity of the figures: how many cases each check finds, and which."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import Connection, CurrentGrid
from wangge.api.plumbing.pages import Page, encode_cursor
from wangge.api.routes.figures.indicators import Asked
from wangge.api.schemas.figures import Integrity, IntegrityCases
from wangge.reports.figures.integrity import Check, Suspect, count_suspects, suspects, thresholds
from wangge.reports.number import format_number

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/integrity", tags=["indicators"])
JSON = "application/json"


@router.get("", response_model=Integrity)
async def get_integrity(request: Request, connection: Connection, grid: CurrentGrid, question: Asked) -> dict[str, Any]:
    """What makes figures look better than they are: a finding is a question to people, not a verdict."""
    found = await count_suspects(connection, question)
    query = f"?{request.url.query}" if request.url.query else ""
    here = f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/integrity"
    return {
        "checks": [
            {
                "check": check,
                "cases": count,
                "thresholds": thresholds().get(check, {}),
                "links": [{"rel": "cases", "href": f"{here}/{check}/cases{query}", "type": JSON}],
            }
            for check, count in found.items()
        ]
    }


@router.get("/{check}/cases", response_model=IntegrityCases)
async def get_suspects(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    question: Asked,
    page: Page,
    check: Annotated[Check, Path()],
) -> Response:
    """The cases that a check finds, the newest first, a page at a time; follow the `next` link."""
    found = await suspects(connection, question, check, page.limit + 1, page.after)
    links = []
    if len(found) > page.limit:
        last = found[page.limit - 1]
        more = request.url.include_query_params(cursor=encode_cursor(last.received_at, last.id))
        href = f"{request.scope.get('root_path', '')}{more.path}?{more.query}"
        links.append({"rel": "next", "href": href, "type": JSON})
    root = f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/reports"
    answer = {"check": check, "cases": [_case(one, root) for one in found[: page.limit]], "links": links}
    return Response(as_json(answer), headers={"Cache-Control": "no-store"}, media_type=JSON)


def _case(one: Suspect, root: str) -> dict[str, Any]:
    number = format_number(one.received_at, one.id)
    return {
        "number": number,
        "received_at": one.received_at,
        "category": one.category,
        "state": one.state,
        "cell": {"level": one.level, "code": one.code, "name": one.name},
        "at": one.at,
        "actor": one.actor,
        "links": [{"rel": "self", "href": f"{root}/{number}", "type": JSON}],
    }
