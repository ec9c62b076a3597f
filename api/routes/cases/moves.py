"""The moves of a case over HTTP: one at a time, under the version that the asker has read."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from wangge.access.person import NotAllowed, NotSignedIn, Person
from wangge.access.roles import Right
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import CaseNumber, CurrentGrid, Language, require
from wangge.api.plumbing.if_match import TAGGED, IfMatch, etag
from wangge.api.plumbing.problems import BadField
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.cases.answers import link
from wangge.api.routes.cases.histories import standing
from wangge.api.routes.cases.reports import here_of
from wangge.api.schemas.case import MOVE_NAMES, MoveBody, Moved
from wangge.geo.datum import to_wgs84
from wangge.reports.case import actions
from wangge.reports.case.case import Arguments, PartyAsked
from wangge.reports.errors import MoveRefused, OutsideGrid, UnknownCategory, UnknownReport

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["cases"])


@router.post("/reports/{number}/moves", response_model=Moved, responses=TAGGED)
@refuses(UnknownReport, MoveRefused, NotAllowed, NotSignedIn, OutsideGrid, UnknownCategory)
async def create_move(
    request: Request,
    grid: CurrentGrid,
    asker: Annotated[Person, require(Right.MOVE)],
    language: Language,
    number: CaseNumber,
    version: IfMatch,
    body: MoveBody,
) -> Response:
    """Make a move of a case.

    `If-Match` carries the ETag of the case as it was read: whoever comes second is told so (412). A refused move (409)
    says which moves are open to the asker.
    """
    if body.move not in MOVE_NAMES:
        raise BadField(field="move", reason="enum", expected=MOVE_NAMES)
    # Committed before the answer, and before anything else is asked.
    async with request.state.pool.connection() as connection, connection.transaction():
        moved = await actions.move(connection, asker, grid, number, body.move, _arguments(body), if_match=version)
    case = moved.case
    answer: dict[str, Any] = {
        "number": case.number,
        "state": case.state,
        "version": case.version,
        "step": case.step,
        "due_at": case.due_at,
        "links": [link("self", f"{here_of(request, grid)}/{case.number}", "application/json")],
    }
    headers = {"Content-Language": language, "Vary": "Accept-Language"} | etag(case.version)
    return Response(as_json(answer | standing(moved, language)), 200, headers, media_type="application/json")


def _arguments(body: MoveBody) -> Arguments:
    parties = [PartyAsked(party.organisation, party.desk, party.needed, party.due_at) for party in body.parties]
    point = None
    if body.point is not None:
        lon, lat = (float(value) for value in to_wgs84(body.point.lon, body.point.lat, body.point.datum))
        point = lon, lat
    return Arguments(
        note=body.note,
        reason=body.reason,
        evidence=tuple(body.evidence),
        parties=tuple(parties),
        task=body.task,
        desk=body.desk,
        until=body.until,
        into=body.into,
        point=point,
        category=body.category,
        urgency=body.urgency,
        description=body.description,
        satisfied=body.satisfied,
        same_parties=body.same_parties,
    )
