"""Notices: refused by the link in them, asked for by staff, and listed for those who look after them."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from wangge.access.accounts import account_of, set_account
from wangge.access.person import NotSignedIn, Person
from wangge.access.roles import Right
from wangge.access.secrets import digest
from wangge.api.plumbing.cookies import COOKIE
from wangge.api.plumbing.deps import (
    AppSettings,
    Asker,
    Connection,
    CurrentGrid,
    Language,
    SignedLinks,
    Writing,
    require_whole,
)
from wangge.api.plumbing.rate_limits import RateLimited, address_of
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.forms import ASCII
from wangge.api.schemas.notices import Notices, OwnNotices, OwnNoticesBody, OwnPush, OwnPushBody
from wangge.outgoing.notices.devices import has_device, put_device, remove_device
from wangge.outgoing.notices.gateway import read_gateway
from wangge.outgoing.notices.push import public_key
from wangge.outgoing.notices.records import Record, State, UnknownNotice, records, try_again
from wangge.outgoing.notices.refusing import UnknownLink, refuse, want_again
from wangge.outgoing.notices.wechat import read_wechat
from wangge.outgoing.webhooks.addresses import BadAddress, networks_of
from wangge.store.engine import AsyncConnection

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["cases"])

Token = Annotated[str, Path(pattern=ASCII, max_length=100, description="From the link in a notice")]
Overseer = require_whole(Right.EDIT_ACCOUNTS, Right.READ_AUDIT)


@router.post("/notices/{token}/refusal", status_code=204)
@refuses(UnknownLink, RateLimited)
async def refuse_notices(request: Request, links: SignedLinks, connection: Connection, token: Token) -> None:
    """Send no more notices to the address that got this link. Mailboxes do so with one click (RFC 8058)."""
    request.state.rates.count("follow", address_of(request))
    await refuse(connection, links, token)


@router.delete("/notices/{token}/refusal", status_code=204)
@refuses(UnknownLink, RateLimited)
async def want_notices_again(request: Request, links: SignedLinks, connection: Connection, token: Token) -> None:
    """Send notices to that address again."""
    request.state.rates.count("follow", address_of(request))
    await want_again(connection, links, token)


@router.get("/sessions/notices", response_model=OwnNotices)
@refuses(NotSignedIn)
async def get_own_notices(response: Response, connection: Connection, asker: Asker) -> dict[str, Any]:
    """Whether notices come to the address of one's own account."""
    response.headers["Cache-Control"] = "no-store"
    return await _own(connection, _account(asker))


@router.put("/sessions/notices", response_model=OwnNotices)
@refuses(NotSignedIn)
async def put_own_notices(
    connection: Writing, asker: Asker, language: Language, body: OwnNoticesBody
) -> dict[str, Any]:
    """Have notices, or none, of what waits at one's own desk; in the language in which they are asked for."""
    account = _account(asker)
    await set_account(connection, account, [("notices", language if body.on else None)], asker.name)
    return await _own(connection, account)


@router.get("/sessions/push", response_model=OwnPush)
@refuses(NotSignedIn)
async def get_own_push(
    request: Request,
    response: Response,
    settings: AppSettings,
    links: SignedLinks,
    connection: Connection,
    asker: Asker,
) -> dict[str, Any]:
    """Whether this browser is told what waits for who is signed in with it, and what it needs to be."""
    response.headers["Cache-Control"] = "no-store"
    key = public_key(links) if settings.push_contact else None
    return {"on": await has_device(connection, _session(request, asker)), "key": key}


@router.put("/sessions/push", status_code=204)
@refuses(NotSignedIn, BadAddress)
async def put_own_push(
    request: Request, settings: AppSettings, connection: Connection, asker: Asker, language: Language, body: OwnPushBody
) -> None:
    """Have this browser told of what waits at one's own desk, until one signs out of it; in the language asked in."""
    networks = networks_of(settings.webhook_networks)
    session = _session(request, asker)
    await put_device(connection, session, networks, body.endpoint, body.key, body.auth, language)


@router.delete("/sessions/push", status_code=204)
@refuses(NotSignedIn)
async def delete_own_push(request: Request, connection: Connection, asker: Asker) -> None:
    """Have this browser told nothing any more."""
    await remove_device(connection, _session(request, asker))


@router.get("/territories/{territory}/notices", response_model=Notices, dependencies=[Overseer])
async def list_notices(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    settings: AppSettings,
    state: Annotated[State | None, Query(description="Only those in this state")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Only messages before this one's id")] = None,
) -> dict[str, Any]:
    """What was sent, is to be sent, or could not be; the last first. Of addresses only the ends are shown."""
    found = await records(connection, grid.territory, limit + 1, state=state, before=before)
    links = []
    if len(found) > limit:
        found = found[:limit]
        more = request.url.include_query_params(before=found[-1].id)
        href = f"{request.scope.get('root_path', '')}{more.path}?{more.query}"
        links.append({"rel": "next", "href": href, "type": "application/json"})
    file = settings.notice_gateway
    ways = {
        "email": settings.smtp_host,
        "gateway": file and read_gateway(file),
        "wechat": file and read_wechat(file),
        "push": settings.push_contact,
    }
    return {
        "ways": [way for way, place in ways.items() if place],
        "notices": [_as_answer(one) for one in found],
        "links": links,
    }


@router.post(
    "/territories/{territory}/notices/{notice}/tries",
    status_code=204,
    dependencies=[require_whole(Right.EDIT_ACCOUNTS)],
)
@refuses(UnknownNotice)
async def retry_notice(
    connection: Writing, grid: CurrentGrid, notice: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> None:
    """Try a message again that was given up."""
    await try_again(connection, grid.territory, notice)


def _session(request: Request, asker: Person) -> bytes:
    """By what the session of a browser is known; who asks by a token has none. Raises NotSignedIn."""
    cookie = request.cookies.get(COOKIE)
    if asker.account is None or cookie is None or "authorization" in request.headers:
        raise NotSignedIn
    return digest(cookie)


def _account(asker: Person) -> int:
    if asker.account is None:
        raise NotSignedIn
    return asker.account


async def _own(connection: AsyncConnection, account: int) -> dict[str, Any]:
    found = await account_of(connection, account)
    return {"on": found.notices is not None, "email": found.email, "language": found.notices}


def _as_answer(record: Record) -> dict[str, Any]:
    told = asdict(record)
    told["news"] = [{"kind": kind, "number": number} for kind, number in record.told]
    return told
