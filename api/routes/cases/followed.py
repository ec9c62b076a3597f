"""A case for whoever reported it, who proves it by the secret that came with the receipt, and needs no account."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from wangge.access.links import Links
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import AppSettings, CaseNumber, CurrentGrid, Language, SignedLinks
from wangge.api.plumbing.if_match import TAGGED, IfMatch, etag
from wangge.api.plumbing.problems import BadField, DatabaseUnavailable
from wangge.api.plumbing.rate_limits import RateLimited, address_of
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.cases.photos import photo_links
from wangge.api.routes.grids.locate import cell_ref
from wangge.api.schemas.followed import FollowedCase, NewSecret, ReporterMoveBody, WeChatBody
from wangge.data import messages
from wangge.geo.grid import Grid
from wangge.outgoing.notices.wechat import BadWeChatCode, WeChatClosed, WeChatUnavailable, agree, read_wechat
from wangge.reports.case import actions
from wangge.reports.case.case import Arguments
from wangge.reports.case.lifecycle import State
from wangge.reports.errors import MoveRefused, UnknownReport
from wangge.reports.evidence.photos import UnknownPhoto
from wangge.reports.listing.places import places_of
from wangge.reports.reporter.following import Entry, Followed, follow
from wangge.reports.reporter.secrets import prove
from wangge.reports.reporter.secrets import replace_secret as replace_secret_of
from wangge.reports.reporter.stages import SATISFIED_FROM, Stage
from wangge.store.engine import AsyncConnection, snapshot

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["reports"])

JSON = "application/json"
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Vary": "Accept-Language"}

# In a header, because addresses are written down: by servers, proxies, browsers and whoever passes one on.
Secret = Annotated[str, Header(alias="Case-Secret", max_length=200, description="What came with the receipt")]


@router.get("/reports/{number}/followed", response_model=FollowedCase, responses=TAGGED)
@refuses(UnknownReport, RateLimited, DatabaseUnavailable)
async def get_followed(
    request: Request, grid: CurrentGrid, links: SignedLinks, language: Language, number: CaseNumber, secret: Secret = ""
) -> Response:
    """A case as its reporter follows it: how far it is, who answers, by when, and what they were told.

    A secret that is wrong, was replaced, or is of another case is answered as if there were no such case.
    """
    request.state.rates.count("follow", address_of(request))
    async with request.state.pool.connection() as connection, snapshot(connection):
        proven = await prove(connection, links, grid.territory, number, secret)
        followed = await follow(connection, grid, proven)
        answer = await _as_answer(connection, request, grid, links, followed, language)
    return Response(as_json(answer), 200, _headers(answer, language), media_type=JSON)


@router.post("/reports/{number}/followed/moves", response_model=FollowedCase, responses=TAGGED)
@refuses(UnknownReport, MoveRefused, UnknownPhoto, RateLimited, DatabaseUnavailable)
async def create_reporter_move(
    request: Request,
    grid: CurrentGrid,
    links: SignedLinks,
    language: Language,
    number: CaseNumber,
    version: IfMatch,
    body: ReporterMoveBody,
    secret: Secret = "",
) -> Response:
    """What the reporter says or does: add words or photos, withdraw, confirm, say that it is not fixed, rate.

    `If-Match` carries the ETag of the case as it was read.
    """
    request.state.rates.count("follow", address_of(request))
    async with request.state.pool.connection() as connection, connection.transaction():
        proven = await prove(connection, links, grid.territory, number, secret)
        request.state.rates.count("reporter", f"{grid.territory} {proven.number}")
        if body.move == "rate" and body.score is None:
            raise BadField(field="score", reason="missing")
        person, arguments = proven.reporter, _arguments(body)
        await actions.move(connection, person, grid, proven.number, body.move, arguments, if_match=version)
        followed = await follow(connection, grid, proven)
        answer = await _as_answer(connection, request, grid, links, followed, language)
    return Response(as_json(answer), 200, _headers(answer, language), media_type=JSON)


@router.post("/reports/{number}/followed/secret", response_model=NewSecret)
@refuses(UnknownReport, RateLimited, DatabaseUnavailable)
async def replace_secret(
    request: Request, grid: CurrentGrid, links: SignedLinks, number: CaseNumber, secret: Secret = ""
) -> Response:
    """Another secret for a case whose link has got into wrong hands; the one that was asked with is good no more."""
    request.state.rates.count("follow", address_of(request))
    async with request.state.pool.connection() as connection, connection.transaction():
        proven = await prove(connection, links, grid.territory, number, secret)
        request.state.rates.count("reporter", f"{grid.territory} {proven.number}")
        answer = {"secret": await replace_secret_of(connection, links, proven)}
    return Response(as_json(answer), 200, dict(PRIVATE), media_type=JSON)


@router.post("/reports/{number}/followed/wechat", status_code=204)
@refuses(UnknownReport, WeChatClosed, BadWeChatCode, WeChatUnavailable, RateLimited, DatabaseUnavailable)
async def agree_to_wechat(
    request: Request,
    settings: AppSettings,
    grid: CurrentGrid,
    links: SignedLinks,
    language: Language,
    number: CaseNumber,
    body: WeChatBody,
    secret: Secret = "",
) -> None:
    """Have what becomes of the case told in the mini-program: one message for each template that was accepted there.

    WeChat is asked who has the code, and what it answers is kept as a contact is, and as long. Of templates only those
    count that are set here.
    """
    request.state.rates.count("follow", address_of(request))
    async with request.state.pool.connection() as connection:
        proven = await prove(connection, links, grid.territory, number, secret)
    _ = proven.reporter  # who supports a case has no contact in it
    request.state.rates.count("reporter", f"{grid.territory} {proven.number}")
    wechat = read_wechat(settings.notice_gateway) if settings.notice_gateway else None
    if wechat is None:
        raise WeChatClosed
    told = set(wechat.templates.values())
    if templates := [one for one in body.templates if one in told]:
        openid = await wechat.openid_of(body.code)
        async with request.state.pool.connection() as connection:
            await agree(connection, proven.key, language, openid, templates)


def _arguments(body: ReporterMoveBody) -> Arguments:
    satisfied = None if body.score is None else body.score >= SATISFIED_FROM
    photos = tuple(dict.fromkeys(body.photos))
    return Arguments(note=body.note, reason=body.reason, photos=photos, satisfied=satisfied, score=body.score)


def _headers(answer: dict[str, Any], language: messages.Language) -> dict[str, str]:
    return PRIVATE | {"Content-Language": language} | etag(answer["version"])


async def _as_answer(
    connection: AsyncConnection,
    request: Request,
    grid: Grid,
    links: Links,
    followed: Followed,
    language: messages.Language,
) -> dict[str, Any]:
    case, standing, report, desk = followed.case, followed.standing, followed.report, followed.desk
    supporting = followed.supporting
    place = (await places_of(connection, grid, [report.cell_id]))[report.cell_id]
    parked = standing.state is State.PARKED
    return {
        "number": case.number,
        "territory": grid.territory,
        "version": case.version,
        "category": report.category,
        "description": "" if supporting else report.description,
        "received_at": case.received_at,
        "lon": None if supporting else report.lon,
        "lat": None if supporting else report.lat,
        "cell": cell_ref(place.cell),
        "ancestors": [cell_ref(cell) for cell in place.ancestors],
        "stage": followed.stage,
        "stages": [
            {"stage": one, "title": messages.word("stages", one, language), "since": followed.since.get(one)}
            for one in Stage
        ],
        "state": standing.state,
        "state_title": messages.word("states", standing.state, language),
        "due": {"step": standing.step, "at": None if parked else standing.due_at} if standing.step else None,
        "parked": parked,
        "merged": followed.merged,
        "desk": {"level": desk.level, "code": desk.code, "name": desk.name} if desk else None,
        "parties": list(followed.parties),
        "entries": [_entry(request, grid, links, entry, language) for entry in followed.entries],
        "moves": list(followed.moves),
        "reopen_until": followed.reopen_until,
        "supports": followed.supports,
        "supporting": supporting,
    }


def _entry(request: Request, grid: Grid, links: Links, entry: Entry, language: messages.Language) -> dict[str, Any]:
    photos = [
        {"id": str(photo.id), "width": photo.width, "height": photo.height}
        | photo_links(links, request, grid, photo.id, public=not entry.sent)
        for photo in entry.photos
    ]
    return {
        "at": entry.at,
        "move": entry.move,
        "title": messages.word("moves", entry.move, language),
        "own": entry.own,
        "text": entry.text,
        "score": entry.score,
        "photos": photos,
    }
