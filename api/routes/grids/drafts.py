"""Drafts of editions: begun, listed, proven and discarded here; their base grids are drawn through /ogc."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from wangge.api.plumbing.accepting import JSON
from wangge.api.plumbing.addresses import base_of
from wangge.api.plumbing.deps import Connection, Language, Writing
from wangge.api.plumbing.if_match import MADE, IfMatch, etag
from wangge.api.plumbing.problems import DatabaseUnavailable
from wangge.api.plumbing.reach import Planning
from wangge.api.plumbing.refusals import refuses
from wangge.api.plumbing.turns import Turns, to_its_end
from wangge.api.schemas.drafts import Defects, DraftBody, DraftInfo, DraftList
from wangge.data import messages
from wangge.geo.errors import WanggeError
from wangge.planning.drafts.drafts import (
    Draft,
    DraftTaken,
    Listed,
    TooManyDrafts,
    UnknownDraft,
    begin,
    discard,
    drafts,
    find_draft,
)
from wangge.planning.drafts.redrawn import Rows, boundaries_of, rows_of_draft
from wangge.store.engine import snapshot

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/drafts", tags=["territories"])

Label = Annotated[str, Path(alias="draft", max_length=63, description="What the edition will be called")]


class DraftsFull(WanggeError):
    """As many drafts are being proven as may be. Facts: `retry_after_s`."""

    kind = "drafts-full"


MOST_TOLD = 500
TURNS = Turns(DraftsFull)
"""To prove a city takes seconds; the other threads are for requests that are short."""


@router.get("", response_model=DraftList)
async def list_drafts(request: Request, connection: Connection, reach: Planning) -> dict[str, Any]:
    """Drafts of the territory, the newest first; each leads to its base grids, which any GIS draws by OGC API."""
    territory = reach.grid.territory
    return {"drafts": [_as_answer(request, territory, one) for one in await drafts(connection, territory)]}


@router.post("", status_code=201, response_model=DraftInfo, responses=MADE)
@refuses(DraftTaken, TooManyDrafts)
async def begin_draft(
    request: Request, response: Response, connection: Writing, reach: Planning, body: DraftBody
) -> dict[str, Any]:
    """Begin a draft with the base grids of the current edition."""
    territory, edition, since = reach.grid.territory, reach.grid.edition_id, body.valid_from
    await begin(connection, territory, body.label, edition=edition, valid_from=since, by=reach.person.name)
    made = next(one for one in await drafts(connection, territory) if one.label == body.label)
    answer = _as_answer(request, territory, made)
    response.headers["Location"] = answer["links"][0]["href"]
    response.headers.update(etag(made.version))
    return answer


@router.delete("/{draft}", status_code=204)
@refuses(UnknownDraft)
async def discard_draft(connection: Writing, reach: Planning, draft: Label, version: IfMatch) -> None:
    """Throw a draft away. `If-Match` carries its version as it was read: who drew in it since is not lost (412)."""
    await discard(connection, reach.grid.territory, draft, by=reach.person.name, version=version)


@router.get("/{draft}/defects", response_model=Defects)
@refuses(UnknownDraft, DraftsFull, DatabaseUnavailable)
async def get_draft_defects(request: Request, reach: Planning, language: Language, draft: Label) -> dict[str, Any]:
    """What is wrong with a draft: overlaps, gaps, shapes that are not sound. A clean one can be stored."""
    territory = reach.grid.territory
    async with TURNS.taken():
        # Who waits for the thread holds no connection.
        async with request.state.pool.connection() as connection, snapshot(connection):
            found = await find_draft(connection, territory, draft)
            rows = await rows_of_draft(connection, found)
        count, defects = await to_its_end(_defects, territory, found, rows, language)
    return {"clean": not count, "count": count, "defects": defects}


def _defects(territory: str, draft: Draft, rows: Rows, language: messages.Language) -> tuple[int, list[dict[str, Any]]]:
    from wangge.geo.coverage import check  # PROJ's side of the house

    found, told = check(boundaries_of(territory, draft, rows)), []
    for one in found[:MOST_TOLD]:
        facts = {name: "—" if value == [] else value for name, value in one.detail.items()}
        title, meaning = messages.text(f"defect-{one.kind}", facts, language)
        about = {"kind": one.kind, "level": one.level, "cells": list(one.cells), "area_m2": round(one.area_m2, 4)}
        place = {"lon": one.lon, "lat": one.lat}
        told.append(about | place | {"title": title, "meaning": meaning, "detail": one.detail})
    return len(found), told


def _as_answer(request: Request, territory: str, one: Listed) -> dict[str, Any]:
    base = base_of(request)
    links = [
        {"rel": "collection", "href": f"{base}/ogc/{territory}/collections/draft-{one.label}", "type": JSON},
        {
            "rel": "defects",
            "href": f"{base}/api/v1/territories/{territory}/drafts/{one.label}/defects",
            "type": JSON,
        },
    ]
    return asdict(one) | {"version": one.version, "links": links}
