"""Reports: file one, read one."""

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from wangge.access.person import NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right, Role
from wangge.access.scope import whole
from wangge.api.plumbing.accepting import GEOJSON, JSON, json_or_geojson
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import (
    Asker,
    CaseNumber,
    Connection,
    CurrentGrid,
    Language,
    Patient,
    Proven,
    Reading,
    Seen,
    SignedLinks,
)
from wangge.api.plumbing.idempotency import REPLAYED, IdempotencyKey
from wangge.api.plumbing.if_match import TAGGED, etag
from wangge.api.plumbing.problems import BadField
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.cases.answers import as_answers, as_feature, as_filed
from wangge.api.routes.cases.histories import history
from wangge.api.routes.cases.photos import photo_answers
from wangge.api.routes.grids.locate import candidate_refs
from wangge.api.schemas.case import CaseDetail
from wangge.api.schemas.reports import FiledReport, ReportBody
from wangge.duty.routing import Party
from wangge.geo.grid import Grid
from wangge.reports.assets.assets import FarAsset, WrongAsset
from wangge.reports.case import actions
from wangge.reports.case.at_once import handle_at_once
from wangge.reports.errors import IdempotencyConflict, MoveRefused, OutsideGrid, UnknownCategory, UnknownReport
from wangge.reports.evidence.photos import UnknownPhoto, photos_of
from wangge.reports.intake.answers import answers_of, check_answers, keep_answers
from wangge.reports.intake.submitting import Behalf, Contact, Submission, submit
from wangge.reports.listing import reading
from wangge.reports.number import month_of, parse_number
from wangge.reports.policy.policy import Urgency
from wangge.reports.reporter.secrets import secret_for, secret_of_new
from wangge.reports.reporter.supporting import supports_of
from wangge.reports.times import CLOCK_SKEW, EARLIEST

__all__ = ["check_time", "here_of", "router", "submission_of"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["reports"])

PATROL = "patrol"
"""Source of what those find who walk through their cells: they find where they are sent, so they are counted apart."""
PATROLS = {Role.OFFICER, Role.ASSISTANT}


@router.post("/reports", status_code=201, response_model=FiledReport, dependencies=[Patient, Proven])
@refuses(
    *(OutsideGrid, UnknownCategory, UnknownPhoto, WrongAsset, FarAsset, IdempotencyConflict),
    by_content=(NotSignedIn, NotAllowed, MoveRefused),
)
async def create_report(
    request: Request,
    links: SignedLinks,
    connection: Connection,
    grid: CurrentGrid,
    asker: Asker,
    language: Language,
    body: ReportBody,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """File a report. It is put into its base grid at once; outside the territory it is refused with the nearest.

    Staff file `on_behalf` of another, who agreed to it. `secret` goes to whoever reported it, who follows the case by
    it; sent again, the report has the same.
    """
    check_time(body.occurred_at, field="occurred_at")
    if (body.external_id is not None or body.urgency is not Urgency.NORMAL) and not asker.sender(grid.territory):
        raise asker.refusal(Right.FILE, grid.territory)
    digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest() if idempotency_key else None
    if body.on_behalf is not None and not asker.sender(grid.territory):
        raise asker.refusal(Right.FILE, grid.territory)
    patrols = body.on_behalf is None and any(grant.role in PATROLS for grant in asker.grants_in(grid.territory))
    source = PATROL if patrols else "api"
    if body.handled is not None and not asker.may(Right.MOVE, grid.territory):
        raise asker.refusal(Right.MOVE, grid.territory)
    answers = await check_answers(connection, grid.territory, body.category, body.answers) if body.answers else []
    async with connection.transaction() if body.handled or answers else nullcontext():
        receipt, placement = await submit(
            connection,
            grid,
            submission_of(body, language, by=asker.name),
            source=source,
            # Of whoever is not known, a key is good for one body alone: another's cannot be in its way.
            owner=asker.sender(grid.territory) or f"anyone {digest}",
            idempotency_key=idempotency_key,
            digest=digest,
            seen_at=body.occurred_at if asker.sender(grid.territory) else None,
        )
        if not receipt.known:
            await keep_answers(connection, (receipt.id, receipt.received_at), answers)
        if body.handled is not None and not receipt.known:
            note, shown = body.handled.note, tuple(dict.fromkeys(body.handled.photos))
            await handle_at_once(connection, asker, grid, (receipt.id, receipt.received_at), note=note, photos=shown)
    here = here_of(request, grid)
    secret = None
    # Who finds a matter on duty, or has seen to it, does not judge how it was handled.
    if source != PATROL and body.handled is None and (not receipt.known or _own(body, idempotency_key)):
        key = receipt.id, receipt.received_at
        known = receipt.known and await secret_for(connection, links, grid.territory, key)
        secret = known or secret_of_new(links, grid.territory, key)
    row = None
    if receipt.known and (seen := _seen_again(asker, grid.territory, body, idempotency_key)):
        row = await reading.find_report(connection, seen, month_of(receipt.received_at)[0], receipt.id)
    if body.handled is not None and not receipt.known:
        row = await reading.find_report(connection, whole(grid.territory), month_of(receipt.received_at)[0], receipt.id)
    row = row or as_filed(receipt, placement, body, grid)
    answer = (await as_answers(connection, grid, [row], here))[0] | {"secret": secret}
    headers = {"Location": answer["links"][0]["href"], "Cache-Control": "no-store"}
    if receipt.known:
        headers |= REPLAYED
    return Response(as_json(answer), 201, headers, media_type=JSON)


@router.get("/reports/{number}", response_model=CaseDetail, responses={200: TAGGED[200] | {"content": {GEOJSON: {}}}})
@refuses(UnknownReport)
async def get_report(
    request: Request,
    connection: Reading,
    grid: CurrentGrid,
    asker: Asker,
    seen: Seen,
    language: Language,
    number: CaseNumber,
    f: Annotated[Literal["json", "geojson"] | None, Query()] = None,
) -> Response:
    """One case: what happened to it, the tasks in it, and the moves that are open to the asker.

    Outside one's cells there is none. The ETag is what a move's `If-Match` asks for.
    """
    parsed = parse_number(number)
    row = await reading.find_report(connection, seen, *parsed) if parsed else None
    if row is None:
        raise UnknownReport(number=number)
    moved = await actions.moves_open(connection, asker, grid, (row.id, row.received_at))
    events = await reading.events_of(connection, row.id, row.received_at)
    tasks = await reading.tasks_of(connection, row.id)
    parties = await reading.parties_of(connection, grid.territory, moved.cells) if moved.offers else []
    before = await reading.assignments_of(connection, row.id, row.received_at)
    (answer,) = await as_answers(connection, grid, [row], here_of(request, grid))
    answer |= history(moved, events, tasks, language)
    answer["parties"] = _parties(parties, moved.routed)
    answer["assignments"] = [_assignment(each) for each in before]
    rows = await photos_of(connection, (row.id, row.received_at))
    answer["photos"] = await photo_answers(request, grid, rows, language)
    answer["answers"] = await answers_of(connection, (row.id, row.received_at))
    answer["supports"] = await supports_of(connection, (row.id, row.received_at))
    answer["candidates"] = candidate_refs(grid.candidates(row.lon, row.lat, row.accuracy_m) if row.ambiguous else [])
    headers = {"Vary": "Accept, Accept-Language", "Content-Language": language} | etag(answer["version"])
    if json_or_geojson(request, f) == GEOJSON:
        return Response(as_json(as_feature(answer)), headers=headers, media_type=GEOJSON)
    return Response(as_json(answer), headers=headers, media_type=JSON)


def check_time(at: datetime | None, *, field: str) -> None:
    """Refuse a time at which nothing can have been seen. Raises BadField."""
    if at is not None and at > datetime.now(UTC) + CLOCK_SKEW:
        raise BadField(field=field, reason="datetime_future")
    if at is not None and at < EARLIEST:
        raise BadField(field=field, reason="datetime_early", earliest=EARLIEST.date())


def _seen_again(asker: Person, territory: str, body: ReportBody, idempotency_key: str | None) -> Scope | None:
    """Where the asker may look up a report that was known already.

    An Idempotency-Key proves that it is the asker's own. An id of another system proves nothing: whoever may not read
    the report is answered with what they sent, and its number.
    """
    if _own(body, idempotency_key):
        return whole(territory)
    try:
        return asker.scope(territory, Right.READ)
    except (NotSignedIn, NotAllowed):
        return None


def _own(body: ReportBody, idempotency_key: str | None) -> bool:
    """Whether a report that was known already is the asker's own."""
    return idempotency_key is not None and body.external_id is None


def submission_of(body: ReportBody, language: str | None = None, *, by: str = "") -> Submission:
    """A report as intake takes it; `by` is who files it, where it is on behalf of another."""
    contact = body.contact
    return Submission(
        lon=body.lon,
        lat=body.lat,
        category=body.category,
        datum=body.datum,
        accuracy_m=body.accuracy,
        description=body.description,
        occurred_at=body.occurred_at,
        contact=Contact(contact.name, contact.phone, contact.email, language) if contact else None,
        external_id=body.external_id,
        urgency=body.urgency,
        asset=body.asset,
        photos=tuple(dict.fromkeys(body.photos)),
        on_behalf=Behalf(by, body.on_behalf) if body.on_behalf else None,
    )


def here_of(request: Request, grid: Grid) -> str:
    return f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/reports"


def _parties(rows: Sequence[Any], routed: Sequence[Party]) -> list[dict[str, Any]]:
    """Who may be given a task, those first that the routing rules name."""
    named = {(party.desk, party.organisation) for party in routed}
    told = [row._asdict() | {"routed": (row.desk, row.organisation) in named} for row in rows]
    return sorted(told, key=lambda party: not party["routed"])


def _assignment(row: Any) -> dict[str, Any]:
    """An earlier assignment of a report as it stands in an answer."""
    cell = {"level": row.level, "code": row.code, "name": row.name}
    return {"cell": cell, "edition": row.edition, "until": row.until}
