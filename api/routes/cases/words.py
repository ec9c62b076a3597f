"""What the words of a report say: of which category it may be, and which open cases may be the same matter."""

from typing import Any

from fastapi import APIRouter, Request

from wangge.access.person import ANYONE
from wangge.api.plumbing.deps import Asker, CaseNumber, Connection, CurrentGrid, Language, Reading, Seen
from wangge.api.plumbing.rate_limits import RateLimited, address_of
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.words import Doubles, Suggestions, WordsBody
from wangge.data import messages
from wangge.reports.errors import UnknownReport
from wangge.reports.listing import reading
from wangge.reports.number import format_number, parse_number
from wangge.reports.text.doubles import LIKELY
from wangge.reports.text.finding import doubles_of
from wangge.reports.text.suggesting import Models

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["reports"])


@router.post("/categories/suggestions", response_model=Suggestions)
@refuses(RateLimited)
async def suggest_categories(
    request: Request, connection: Connection, grid: CurrentGrid, asker: Asker, body: WordsBody
) -> dict[str, Any]:
    """Categories that a text may be of, at most three; none where nothing is sure.

    By what was learned from the territory's closed cases, on this server; by names and words, where nothing was. The
    text is not kept.
    """
    if asker is ANYONE:
        request.state.rates.count("suggest", address_of(request))
    models: Models = request.state.models
    found = await models.suggest(connection, grid.territory, body.description)
    return {"suggestions": [{"category": one.category, "confidence": one.confidence} for one in found]}


@router.get("/reports/{number}/doubles", response_model=Doubles)
@refuses(UnknownReport)
async def list_doubles(connection: Reading, seen: Seen, language: Language, number: CaseNumber) -> dict[str, Any]:
    """Open cases that may be the same matter as one, the likeliest first, each with what speaks for it.

    Place, time, kind, words and photos count; only cases that one sees are told of.
    """
    parsed = parse_number(number)
    row = await reading.find_report(connection, seen, *parsed) if parsed else None
    if row is None:
        raise UnknownReport(number=number)
    found = await doubles_of(connection, seen, row)
    return {
        "cases": [
            {
                "number": format_number(case.received_at, case.id),
                "received_at": case.received_at,
                "version": case.version,
                "state": case.state,
                "state_title": messages.word("states", case.state, language),
                "description": case.description,
                "chance": one.chance,
                "likely": one.chance >= LIKELY,
                "metres": round(one.metres, 1),
                "hours": one.hours,
                "same_category": one.same_category,
                "words": one.words,
                "photos": one.photos,
                "same_asset": one.same_asset,
            }
            for case, one in found
        ]
    }
