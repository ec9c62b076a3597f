"""Other Open311 servers that a territory is kept in step with: declared, tried, looked after."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.api.plumbing.deps import (
    AppSettings,
    Connection,
    CurrentGrid,
    Language,
    Writing,
    require_whole,
)
from wangge.api.plumbing.if_match import TAGGED, MaybeIfMatch, etag
from wangge.api.plumbing.problems import BadField, render
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.forms import PEER_NAME
from wangge.api.schemas.peers import PeerBody, PeerInfo, Peers, PeerTrial, UntakenRequests
from wangge.geo.grid import Grid
from wangge.outgoing.open311 import peers
from wangge.outgoing.open311.declared import BadPeer, Peer, parse_peer
from wangge.outgoing.open311.keys import key_of
from wangge.outgoing.open311.line import Line, PeerUnavailable
from wangge.outgoing.open311.peers import TooManyPeers, UnknownPeer
from wangge.outgoing.webhooks.addresses import networks_of
from wangge.store.engine import AsyncConnection
from wangge.store.settings import Settings
from wangge.store.versions import Stale

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/peers", tags=["access"])

Overseer = require_whole(Right.EDIT_ACCOUNTS, Right.READ_AUDIT)
Administrator = Annotated[Person, require_whole(Right.EDIT_ACCOUNTS)]
Name = Annotated[str, Path(alias="peer", pattern=PEER_NAME, description="What the server is called here")]
TRIAL_S = 10.0
MOST_SERVICES = 1000
DECLARED = ("program", "format", "page_size", "updates", "since", "status", "pull", "push")


@router.get("", response_model=Peers, dependencies=[Overseer])
async def list_peers(connection: Connection, grid: CurrentGrid, settings: AppSettings) -> dict[str, Any]:
    """Every server that the territory is kept in step with: what was done, what waits, what failed."""
    found = await peers.peers(connection, networks_of(settings.webhook_networks), grid.territory, broken=True)
    return {"peers": await _as_answers(connection, found), "every_s": settings.open311_s}


@router.put("/{peer}", response_model=PeerInfo, responses=TAGGED)
@refuses(TooManyPeers, BadField)
async def write_peer(
    response: Response,
    connection: Writing,
    grid: CurrentGrid,
    person: Administrator,
    settings: AppSettings,
    name: Name,
    body: PeerBody,
    version: MaybeIfMatch,
) -> dict[str, Any]:
    """Declare a server, or declare it anew; what is paired stays."""
    document = body.model_dump(exclude_none=True, exclude={"key"}) | {"name": name}
    try:
        declared = parse_peer(document, grid.territory, networks_of(settings.webhook_networks))
        await peers.add(connection, grid, document, declared, person.name, key=body.key, expected=version)
    except BadPeer as error:
        field, _, which = str(error.facts["field"]).partition(": ")
        expected = f"{error.facts['expected']} ({which})" if which else error.facts["expected"]
        raise BadField(field=field, reason="enum", expected=expected) from None
    [answer] = await _as_answers(connection, [await _one(connection, settings, grid, name)])
    response.headers.update(etag(answer["version"]))
    return answer


@router.delete("/{peer}", status_code=204)
@refuses(UnknownPeer, Stale)
async def remove_peer(
    connection: Writing,
    grid: CurrentGrid,
    person: Administrator,
    settings: AppSettings,
    name: Name,
    version: MaybeIfMatch,
) -> None:
    """Keep in step with it no more; requests there and cases here stay as they are."""
    one = await _one(connection, settings, grid, name)
    if version not in (None, one.version):
        raise Stale(version=one.version)
    await peers.remove(connection, grid.territory, one, person.name)


# It takes a connection to the database for a moment only: the other server may take as long as it likes to answer.
@router.post("/{peer}/trial", response_model=PeerTrial, dependencies=[require_whole(Right.EDIT_ACCOUNTS)])
@refuses(UnknownPeer, PeerUnavailable)
async def try_peer(request: Request, grid: CurrentGrid, settings: AppSettings, name: Name) -> dict[str, Any]:
    """Ask it now which services it has. Nothing is taken and nothing posted."""
    async with request.state.pool.connection() as connection:
        one = await _one(connection, settings, grid, name)
        key = await key_of(connection, settings, one)
    if one.broken:
        raise PeerUnavailable(name=name, reason=one.error)
    async with Line(one, key, networks_of(settings.webhook_networks), TRIAL_S) as line:
        told = await line.get("services")
    found = [(entry["service_code"], entry.get("service_name")) for entry in told if entry.get("service_code")]
    return {
        "services": [
            {"code": code, "name": called, "category": one.category_of(code)} for code, called in found[:MOST_SERVICES]
        ]
    }


@router.get("/{peer}/untaken", response_model=UntakenRequests, dependencies=[Overseer])
@refuses(UnknownPeer)
async def list_untaken(
    connection: Connection,
    grid: CurrentGrid,
    settings: AppSettings,
    language: Language,
    name: Name,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """What could not be taken here or was not taken there, and why; it is tried again in every turn."""
    one = await _one(connection, settings, grid, name)
    return {
        "requests": [
            {
                "origin": each.origin,
                "number": each.number,
                "tries": each.tries,
                "tried_at": each.tried_at,
                "reason": render(each.reason, each.facts, language, "")["detail"],
            }
            for each in await peers.untaken(connection, one, limit)
        ]
    }


async def _one(connection: AsyncConnection, settings: Settings, grid: Grid, name: str) -> Peer:
    (one,) = await peers.peers(connection, networks_of(settings.webhook_networks), grid.territory, name, broken=True)
    return one


async def _as_answers(connection: AsyncConnection, found: list[Peer]) -> list[dict[str, Any]]:
    counted = await peers.counts(connection, found)
    return [
        {name: getattr(one, name) for name in DECLARED}
        | {name: getattr(one, name) for name in ("name", "url", "states", "keyed", "looked_at", "last", "error")}
        | {name: getattr(one, name) for name in ("created_at", "created_by", "version")}
        | {"jurisdiction_id": one.jurisdiction, "cells": [":".join(pair) for pair in one.cells] if one.cells else None}
        | asdict(counted[one.id])
        for one in found
    ]
