"""To hear of an area by e-mail: asked for, confirmed and ended by a link, without an account."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from wangge.api.plumbing.deps import AppSettings, Connection, CurrentGrid, Language, Proven, SignedLinks, Writing
from wangge.api.plumbing.problems import BadField
from wangge.api.plumbing.rate_limits import RateLimited, address_of
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.cases.area import area_of
from wangge.api.schemas.forms import ASCII
from wangge.api.schemas.notices import AreaSubscription, AreaSubscriptionBody
from wangge.data.languages import spoken
from wangge.outgoing.areas.sending import name_of_area
from wangge.outgoing.areas.subscribing import AreaMailClosed, ask, confirm, end, is_open, subscription_of
from wangge.outgoing.notices.recipients import mailbox_of
from wangge.outgoing.notices.refusing import UnknownLink
from wangge.outgoing.notices.timing import Timing
from wangge.reports.categories.categories import categories_of
from wangge.reports.errors import UnknownCategory

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["reports"])

Token = Annotated[str, Path(pattern=ASCII, max_length=100, description="From the link in a message")]
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@router.post("/territories/{territory}/area-subscriptions", status_code=204, dependencies=[Proven])
@refuses(AreaMailClosed, UnknownCategory, RateLimited)
async def create_area_subscription(
    request: Request,
    settings: AppSettings,
    links: SignedLinks,
    connection: Writing,
    grid: CurrentGrid,
    language: Language,
    body: AreaSubscriptionBody,
) -> Response:
    """Ask to be told of an area by e-mail, once a day at most: what is new of public cases, and in which step it is.

    A message with a link goes to the address, and nothing more unless it is confirmed there within a day. The answer
    is the same whether or not anything is sent: an address that has not answered a few times is asked no more that day.
    """
    if settings.smtp_host is None or not await is_open(connection, grid.territory):
        raise AreaMailClosed
    request.state.rates.count("subscribe", address_of(request))
    if (mailbox := mailbox_of(body.email)) is None:
        raise BadField(field="email", reason="email")
    if body.cell is not None and body.circle is not None:
        raise BadField(field="circle", reason="circle")
    area = await area_of(connection, grid, body.cell, body.level, body.circle)
    told = {one.code for one in (await categories_of(connection, grid.territory)).entries if one.public == "exact"}
    for code in body.categories:
        if code not in told:
            raise UnknownCategory(category=code, known=sorted(told))
    await ask(connection, links, grid.territory, mailbox, language, area, body.categories)
    return Response(status_code=204, headers=PRIVATE)


@router.get("/area-subscriptions/{token}", response_model=AreaSubscription)
@refuses(UnknownLink, RateLimited)
async def get_area_subscription(
    request: Request, response: Response, links: SignedLinks, connection: Connection, language: Language, token: Token
) -> dict[str, Any]:
    """What a link in a message is for: which area of which territory, and whether that is confirmed."""
    request.state.rates.count("follow", address_of(request))
    response.headers.update(PRIVATE | {"Vary": "Accept-Language"})
    found = await subscription_of(connection, links, token)
    names = {one.code: one.name for one in (await categories_of(connection, found.territory)).entries}
    return {
        "territory": found.territory,
        "area": await name_of_area(connection, found, language),
        "categories": [spoken(names.get(code, {}), language, code) for code in found.categories],
        "confirmed": found.confirmed_at is not None,
    }


@router.post("/area-subscriptions/{token}/confirmation", status_code=204)
@refuses(UnknownLink, RateLimited)
async def confirm_area_subscription(
    request: Request, settings: AppSettings, links: SignedLinks, connection: Writing, token: Token
) -> None:
    """Have messages of the area come, from the next morning on."""
    request.state.rates.count("follow", address_of(request))
    timing = Timing.of(settings.notice_gather_s, settings.notice_pause_minutes, settings.notice_quiet)
    await confirm(connection, links, token, timing)


@router.post("/area-subscriptions/{token}/erasure", status_code=204)
@refuses(UnknownLink, RateLimited)
async def erase_area_subscription(request: Request, links: SignedLinks, connection: Connection, token: Token) -> None:
    """Have no more messages of the area: it is erased, with the address. Mailboxes do so with one click (RFC 8058)."""
    request.state.rates.count("follow", address_of(request))
    await end(connection, links, token)
