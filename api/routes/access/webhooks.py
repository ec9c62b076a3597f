"""Webhooks: other systems are told what happens to the cases that those who add them may export."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.api.plumbing.deps import AppSettings, Connection, CurrentGrid, SignedLinks, Writing, require
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.webhooks import Deliveries, NewWebhook, ReplayBody, WebhookBody, Webhooks, WebhookSecret
from wangge.outgoing.webhooks import webhooks
from wangge.outgoing.webhooks.addresses import networks_of
from wangge.outgoing.webhooks.webhooks import TooManyWebhooks, UnknownWebhook, WebhookTaken
from wangge.reports.feed.events import FeedGone, Mark

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/webhooks", tags=["access"])

Exporter = Annotated[Person, require(Right.EXPORT)]
WebhookId = Annotated[int, Path(alias="webhook", ge=1, le=2**63 - 1)]


@router.get("", response_model=Webhooks)
async def list_webhooks(connection: Connection, grid: CurrentGrid, person: Exporter) -> dict[str, Any]:
    """One's own webhooks; all of them, to who administers the territory."""
    return {"webhooks": [asdict(one) for one in await webhooks.webhooks(connection, person, grid.territory)]}


@router.post("", status_code=201, response_model=NewWebhook)
@refuses(TooManyWebhooks, WebhookTaken)
async def add_webhook(
    response: Response,
    links: SignedLinks,
    connection: Writing,
    grid: CurrentGrid,
    person: Exporter,
    settings: AppSettings,
    body: WebhookBody,
) -> dict[str, Any]:
    """Have an address told what happens from now on to the cases that one may export, as CloudEvents, signed."""
    networks = networks_of(settings.webhook_networks)
    made, secret = await webhooks.add(
        connection, links, person, grid.territory, name=body.name, url=body.url, moves=body.moves, networks=networks
    )
    [one] = await webhooks.webhooks(connection, person, grid.territory, made)
    response.headers["Cache-Control"] = "no-store"
    return asdict(one) | {"secret": secret}


@router.delete("/{webhook}", status_code=204)
@refuses(UnknownWebhook)
async def remove_webhook(connection: Writing, grid: CurrentGrid, person: Exporter, webhook: WebhookId) -> None:
    """Tell it nothing more."""
    await webhooks.remove(connection, person, grid.territory, webhook)


@router.post("/{webhook}/secret", response_model=WebhookSecret)
@refuses(UnknownWebhook)
async def rotate_webhook(
    response: Response,
    links: SignedLinks,
    connection: Writing,
    grid: CurrentGrid,
    person: Exporter,
    webhook: WebhookId,
) -> dict[str, Any]:
    """Another secret. For a day messages are signed by both."""
    response.headers["Cache-Control"] = "no-store"
    return {"secret": await webhooks.rotate(connection, links, person, grid.territory, webhook)}


@router.post("/{webhook}/replay", status_code=204)
@refuses(UnknownWebhook, FeedGone)
async def replay_webhook(
    connection: Writing, grid: CurrentGrid, person: Exporter, webhook: WebhookId, body: ReplayBody
) -> None:
    """Tell it again everything that happened after a mark, each event under the id that it has."""
    await webhooks.replay(connection, person, grid.territory, webhook, Mark.parse(body.after))


@router.get("/{webhook}/deliveries", response_model=Deliveries)
@refuses(UnknownWebhook)
async def list_deliveries(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    person: Exporter,
    webhook: WebhookId,
    state: Annotated[Literal["waiting", "sent", "failed"] | None, Query(description="Only those in this state")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Only those before this one's id")] = None,
) -> dict[str, Any]:
    """What was sent to it, waits or was given up; the last first."""
    found = await webhooks.deliveries_of(
        connection, person, grid.territory, webhook, limit + 1, state=state, before=before
    )
    links = []
    if len(found) > limit:
        found = found[:limit]
        more = request.url.include_query_params(before=found[-1].id)
        href = f"{request.scope.get('root_path', '')}{more.path}?{more.query}"
        links.append({"rel": "next", "href": href, "type": "application/json"})
    return {"deliveries": [asdict(one) for one in found], "links": links}
