"""Integrity of the figures: how many cases each check finds, and which."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import Connection, CurrentGrid, Language, Reading
from wangge.api.plumbing.pages import Page, encode_cursor
from wangge.api.routes.figures.indicators import Asked
from wangge.api.schemas.figures import Integrity, IntegrityCases, OddClosings
from wangge.data import messages
from wangge.reports.figures.closings import OddCase, oddest
from wangge.reports.figures.integrity import Check, Suspect, count_suspects, suspects, thresholds
from wangge.reports.figures.oddity import Reason, Said
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


@router.get("/closings", response_model=OddClosings)
async def get_odd_closings(
    request: Request,
    connection: Reading,
    grid: CurrentGrid,
    question: Asked,
    language: Language,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """Closed cases by how odd their closing is, each for reasons in words. Cases are ranked, never persons."""
    ranking = await oddest(connection, question, limit)
    root = f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/reports"
    cases = [_odd_case(one, root, language) for one in ranking.cases]
    answer = {"cases": cases, "odd": ranking.odd, "compared": ranking.compared}
    headers = {"Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept-Language"}
    return Response(as_json(answer), headers=headers, media_type=JSON)


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


def _odd_case(one: OddCase, root: str, language: messages.Language) -> dict[str, Any]:
    closing = one.odd.closing
    number = format_number(closing.received_at, closing.id)
    return {
        "number": number,
        "received_at": closing.received_at,
        "closed_at": closing.closed_at,
        "category": one.category,
        "state": one.state,
        "cell": {"level": one.level, "code": one.code, "name": one.name},
        "score": one.odd.score,
        "reasons": [_odd_reason(said, number, language) for said in one.odd.reasons],
        "links": [{"rel": "self", "href": f"{root}/{number}", "type": JSON}],
    }


def _odd_reason(said: Said, number: str, language: messages.Language) -> dict[str, Any]:
    word, facts, other = said.reason.value, dict(said.facts), None
    if said.reason is Reason.SAME_PHOTO:
        other = format_number(facts.pop("received_at"), facts.pop("id"))
        word, other = ("same-photo-before", None) if other == number else (word, other)
    if "days" in facts:
        word = "photo-before-days"
    title = messages.word("oddities", word, language, **facts)
    return {"reason": said.reason, "title": title, "points": said.points, "case": other}
