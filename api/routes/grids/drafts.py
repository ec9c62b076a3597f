"""Drafts of editions: begun, listed, proven and discarded here; their base grids are drawn through /ogc."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.api.plumbing.accepting import JSON
from wangge.api.plumbing.addresses import base_of
from wangge.api.plumbing.deps import Connection, CurrentGrid, Language, Writing, require
from wangge.api.plumbing.problems import DatabaseUnavailable
from wangge.api.plumbing.refusals import refuses
from wangge.api.plumbing.turns import Turns
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

PLANS = [require(Right.PLAN)]
Planner = Annotated[Person, require(Right.PLAN)]
Label = Annotated[str, Path(alias="draft", max_length=63, description="What the edition will be called")]


class DraftsFull(WanggeError):
    """As many drafts are being proven as may be. Facts: `retry_after_s`."""

    kind = "drafts-full"


TURNS = Turns(DraftsFull)
"""To prove a city takes seconds; the other threads are for requests that are short."""


@router.get("", response_model=DraftList, dependencies=PLANS)
async def list_drafts(request: Request, connection: Connection, grid: CurrentGrid) -> dict[str, Any]:
    """Drafts of the territory, the newest first; each leads to its base grids, which any GIS draws by OGC API."""
    return {"drafts": [_as_answer(request, grid.territory, one) for one in await drafts(connection, grid.territory)]}


@router.post("", status_code=201, response_model=DraftInfo)
@refuses(DraftTaken, TooManyDrafts)
async def begin_draft(
    request: Request, response: Response, connection: Writing, grid: CurrentGrid, person: Planner, body: DraftBody
) -> dict[str, Any]:
    """Begin a draft with the base grids of the current edition."""
    edition, since = grid.edition_id, body.valid_from
    await begin(connection, grid.territory, body.label, edition=edition, valid_from=since, by=person.name)
    made = next(one for one in await drafts(connection, grid.territory) if one.label == body.label)
    answer = _as_answer(request, grid.territory, made)
    response.headers["Location"] = answer["links"][0]["href"]
    return answer


@router.delete("/{draft}", status_code=204)
@refuses(UnknownDraft)
async def discard_draft(connection: Writing, grid: CurrentGrid, person: Planner, draft: Label) -> None:
    """Throw a draft away."""
    await discard(connection, grid.territory, draft, by=person.name)


@router.get("/{draft}/defects", response_model=Defects, dependencies=PLANS)
@refuses(UnknownDraft, DraftsFull, DatabaseUnavailable)
async def get_draft_defects(request: Request, grid: CurrentGrid, language: Language, draft: Label) -> dict[str, Any]:
    """What is wrong with a draft: overlaps, gaps, shapes that are not sound. A clean one can be stored."""
    async with TURNS.taken():
        # Who waits for the thread holds no connection.
        async with request.state.pool.connection() as connection, snapshot(connection):
            found = await find_draft(connection, grid.territory, draft)
            rows = await rows_of_draft(connection, found)
        defects = await asyncio.to_thread(_defects, grid.territory, found, rows, language)
    return {"clean": not defects, "defects": defects}


def _defects(territory: str, draft: Draft, rows: Rows, language: messages.Language) -> list[dict[str, Any]]:
    from wangge.geo.coverage import check  # PROJ's side of the house

    told = []
    for one in check(boundaries_of(territory, draft, rows)):
        facts = {name: "—" if value == [] else value for name, value in one.detail.items()}
        title, meaning = messages.text(f"defect-{one.kind}", facts, language)
        about = {"kind": one.kind, "level": one.level, "cells": list(one.cells), "area_m2": round(one.area_m2, 4)}
        place = {"lon": one.lon, "lat": one.lat}
        told.append(about | place | {"title": title, "meaning": meaning, "detail": one.detail})
    return told


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
    return asdict(one) | {"links": links}
