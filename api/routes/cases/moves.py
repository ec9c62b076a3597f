"""The moves of cases over HTTP, each under the version that the asker has read: one, or many one after the other."""

import hashlib
from typing import Annotated, Any

import orjson
import psycopg
import structlog
from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from wangge.access.person import NotAllowed, NotSignedIn, Person
from wangge.access.roles import Right
from wangge.api.plumbing.accepting import JSON
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import CaseNumber, CurrentGrid, Language, require
from wangge.api.plumbing.idempotency import REPLAYED, IdempotencyKey
from wangge.api.plumbing.if_match import TAGGED, IfMatch, etag
from wangge.api.plumbing.problems import BadField, DatabaseUnavailable, field_error, render
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.cases.answers import link
from wangge.api.routes.cases.histories import standing
from wangge.api.routes.cases.reports import here_of
from wangge.api.schemas.case import MOVE_NAMES, BulkMove, BulkMovesAnswer, BulkMovesBody, MoveBody, Moved
from wangge.data import messages
from wangge.geo.datum import to_wgs84
from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.reports.assets.assets import FarAsset, WrongAsset
from wangge.reports.case import actions
from wangge.reports.case.case import Arguments, PartyAsked
from wangge.reports.errors import IdempotencyConflict, MoveRefused, OutsideGrid, UnknownCategory, UnknownReport
from wangge.reports.evidence.photos import UnknownPhoto
from wangge.reports.keys.claiming import SenderKey
from wangge.store.engine import DatabaseFull, is_full
from wangge.store.versions import NoCondition

__all__ = ["router"]

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["cases"])


@router.post("/reports/{number}/moves", response_model=Moved, responses=TAGGED)
@refuses(UnknownReport, MoveRefused, NotAllowed, NotSignedIn, OutsideGrid, UnknownCategory, UnknownPhoto)
@refuses(IdempotencyConflict, WrongAsset, FarAsset)
async def create_move(
    request: Request,
    grid: CurrentGrid,
    asker: Annotated[Person, require(Right.MOVE)],
    language: Language,
    number: CaseNumber,
    version: IfMatch,
    body: MoveBody,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make a move of a case.

    `If-Match` carries the ETag of the case as it was read: whoever comes second is told so (412). A refused move (409)
    says which moves are open to the asker. Sent again under the same `Idempotency-Key`, it is not made again, and the
    answer is the case as it stands.
    """
    key = None
    if idempotency_key is not None:
        digest = hashlib.sha256(f"{number} {body.model_dump_json()}".encode()).hexdigest()
        key = SenderKey(asker.sender(grid.territory), idempotency_key, digest)
    answer = await _make(request, asker, grid, language, number, version, body, key)
    headers = {"Content-Language": language, "Vary": "Accept-Language"} | etag(answer["version"])
    if answer.pop("known"):
        headers |= REPLAYED
    return Response(as_json(answer), 200, headers, media_type="application/json")


@router.post("/reports/moves", response_model=BulkMovesAnswer)
@refuses(NotAllowed, NotSignedIn)
async def create_moves(
    request: Request,
    grid: CurrentGrid,
    asker: Annotated[Person, require(Right.MOVE)],
    language: Language,
    body: BulkMovesBody,
) -> Response:
    """Make up to 100 moves, each by itself and in order, as if each had been sent alone.

    `version` is what `If-Match` is to a single one. Each is answered with its `status`, and with the `case` as it
    stands then or the `problem`; one that is refused changes nothing of the others.
    """
    results: list[dict[str, Any]] = []
    away: WanggeError | None = None
    for entry in body.moves:
        # Once the database is away, nobody waits for it a hundred times.
        outcome = away or await _outcome(request, asker, grid, language, entry)
        if isinstance(outcome, DatabaseUnavailable | DatabaseFull):
            away = outcome
        number = entry.get("number") if isinstance(entry, dict) else None
        told: dict[str, Any] = {"number": number if isinstance(number, str) else None}
        if isinstance(outcome, WanggeError):
            problem = render(outcome.kind, outcome.facts, language, request.url.path)
            results.append(told | {"status": problem["status"], "problem": problem})
        else:
            outcome.pop("known")
            results.append(told | {"status": 200, "case": outcome})
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    return Response(orjson.dumps({"results": results}, default=str, option=orjson.OPT_UTC_Z), 200, headers, JSON)


class Unexpected(WanggeError):
    """One of several moves failed for a reason that nobody foresaw. Facts: `request_id`."""

    kind = "internal"


async def _outcome(
    request: Request, asker: Person, grid: Grid, language: messages.Language, entry: Any
) -> dict[str, Any] | WanggeError:
    """The case after one of several moves, or why it was not made."""
    try:
        if isinstance(entry, dict) and "version" not in entry:
            return NoCondition()
        move = BulkMove.model_validate(entry)
        version = None if move.version == "*" else move.version
        return await _make(request, asker, grid, language, move.number, version, move)
    except WanggeError as refusal:
        return refusal
    except ValidationError as error:
        return BadField(errors=[field_error(found, language) for found in error.errors()])
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        return DatabaseFull() if is_full(error) else DatabaseUnavailable()
    except Exception as error:
        log.error("unexpected error", request_id=request.state.request_id, exc_info=error)
        return Unexpected(request_id=request.state.request_id)


async def _make(
    request: Request,
    asker: Person,
    grid: Grid,
    language: messages.Language,
    number: str,
    version: int | None,
    body: MoveBody,
    key: SenderKey | None = None,
) -> dict[str, Any]:
    """One move, committed before it is answered, and before anything else is asked."""
    if body.move not in MOVE_NAMES:
        raise BadField(field="move", reason="enum", expected=MOVE_NAMES)
    async with request.state.pool.connection() as connection, connection.transaction():
        moved = await actions.move(
            connection, asker, grid, number, body.move, _arguments(body), if_match=version, key=key
        )
    case = moved.case
    return {
        "known": moved.known,
        "number": case.number,
        "state": case.state,
        "version": case.version,
        "step": case.step,
        "due_at": case.due_at,
        "links": [link("self", f"{here_of(request, grid)}/{case.number}", JSON)],
    } | standing(moved, language)


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
        photos=tuple(dict.fromkeys(body.photos)),
        parties=tuple(parties),
        task=body.task,
        desk=body.desk,
        until=body.until,
        into=body.into,
        point=point,
        category=body.category,
        urgency=body.urgency,
        asset=body.asset,
        description=body.description,
        satisfied=body.satisfied,
        score=body.score,
        same_parties=body.same_parties,
    )
