"""Campaigns over HTTP: declared and ended, looked at place by place, and their boards."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from wangge.access.person import Person, Scope
from wangge.access.roles import Right
from wangge.api.plumbing.deps import Asker, Connection, CurrentGrid, Language, Reading, Seen, Writing, require
from wangge.api.plumbing.if_match import TAGGED, MaybeIfMatch, etag
from wangge.api.plumbing.problems import BadField
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.grids.locate import cell_ref
from wangge.api.schemas.campaigns import AnswerBody, Campaign, CampaignBoard, CampaignBody, CampaignPlaces, Campaigns
from wangge.api.schemas.common import Short
from wangge.api.schemas.forms import KEY_NAME
from wangge.data import messages
from wangge.data.languages import in_every_language
from wangge.geo.grid import Grid
from wangge.reports.campaigns import campaigns as kept
from wangge.reports.campaigns.board import Place, UnknownPlace, answer_place, board_of, places_of, within
from wangge.reports.campaigns.campaigns import CampaignOver, UnknownCampaign, campaigns_of, find_campaign
from wangge.reports.errors import BadArgument, CategoryInUse

__all__ = ["board_answer", "campaign_from", "router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/campaigns", tags=["reports"])
Editor = Annotated[Person, require(Right.EDIT_RULES)]
Code = Annotated[str, Path(alias="campaign", pattern=KEY_NAME, max_length=60, description="Code of a campaign")]


@router.get("", response_model=Campaigns)
async def list_campaigns(connection: Connection, grid: CurrentGrid, asker: Asker) -> dict[str, Any]:
    """Campaigns that run, with the categories that are reported in them; to staff also those planned, and over.

    Staff are told the checklists with the points in their own cells; whoever edits rules, with all of them.
    """
    staff = asker.may(Right.READ, grid.territory)
    today = None if staff else datetime.now(grid.timezone).date()
    found = await campaigns_of(connection, grid.territory, on=today)
    if staff and not asker.may(Right.EDIT_RULES, grid.territory):
        seen = asker.scope(grid.territory, Right.READ)
        found = [within(one, grid, seen) for one in found]
    return {"campaigns": [_as_answer(one, grid, staff) for one in found]}


@router.put("/{campaign}", response_model=Campaign, responses=TAGGED)
@refuses(CampaignOver, CategoryInUse, BadArgument)
async def write_campaign(
    response: Response,
    connection: Writing,
    grid: CurrentGrid,
    editor: Editor,
    code: Code,
    body: CampaignBody,
    version: MaybeIfMatch,
) -> dict[str, Any]:
    """Declare a campaign, or change one that is not over: its days, area, categories, checklists."""
    await kept.put_campaign(connection, grid, campaign_from(code, body), by=editor.name, expected=version)
    return await _stored(response, connection, grid, code)


@router.post("/{campaign}/end", response_model=Campaign, responses=TAGGED)
@refuses(UnknownCampaign, CampaignOver)
async def end_campaign(
    response: Response, connection: Writing, grid: CurrentGrid, editor: Editor, code: Code
) -> dict[str, Any]:
    """End a campaign now, before its last day. Its cases go on; no new ones come in."""
    await kept.end_campaign(connection, grid, code, by=editor.name)
    return await _stored(response, connection, grid, code)


@router.get("/{campaign}/places", response_model=CampaignPlaces)
@refuses(UnknownCampaign)
async def list_campaign_places(connection: Connection, grid: CurrentGrid, seen: Seen, code: Code) -> dict[str, Any]:
    """What is to be looked at in one's cells, and what was seen there last."""
    campaign = await find_campaign(connection, grid.territory, code)
    return {"places": [_place(one) for one in await places_of(connection, grid, campaign, seen)]}


@router.post("/{campaign}/answers", status_code=204)
@refuses(UnknownCampaign, UnknownPlace, CampaignOver, BadArgument)
async def answer_campaign_place(
    connection: Writing,
    grid: CurrentGrid,
    asker: Annotated[Person, require(Right.CHECK)],
    code: Code,
    body: AnswerBody,
) -> None:
    """Tell what was seen at a place of a checklist. Who looked is not kept: places are counted, and not people."""
    campaign = await find_campaign(connection, grid.territory, code)
    await answer_place(
        *(connection, grid, campaign, asker.scope(grid.territory, Right.CHECK)),
        sent=body.id,
        checklist=body.checklist,
        place=body.place,
        answers=body.answers,
        now=datetime.now(UTC),
        seen_at=body.seen_at,
    )


@router.get("/{campaign}/board", response_model=CampaignBoard)
@refuses(UnknownCampaign)
async def get_campaign_board(
    connection: Reading,
    grid: CurrentGrid,
    asker: Annotated[Person, require(Right.READ_FIGURES)],
    language: Language,
    code: Code,
    level: Annotated[Short | None, Query(description="Of the cells; by default the one above the base grids")] = None,
) -> dict[str, Any]:
    """How a campaign stands in one's cells: places looked at, cases by state, by cell and by day. Nobody is ranked."""
    campaign = await find_campaign(connection, grid.territory, code)
    seen = asker.scope(grid.territory, Right.READ_FIGURES)
    return await board_answer(connection, grid, campaign, seen, level, language)


async def board_answer(
    connection: Connection,
    grid: Grid,
    campaign: kept.Campaign,
    seen: Scope,
    level: str | None,
    language: messages.Language,
) -> dict[str, Any]:
    """A board as it is told. Raises BadField where there is no such level."""
    keys = [one.key for one in grid.levels]
    level = level or keys[max(0, len(keys) - 2)]
    if level not in keys:
        raise BadField(field="level", reason="unknown_level", expected=keys)
    board = await board_of(connection, grid, campaign, seen, level)
    states = {state: messages.word("states", state, language) for state in board.by_state}
    return {
        "campaign": _as_answer(within(campaign, grid, seen), grid, True),
        "level": level,
        "cases": sum(board.by_state.values()),
        "open": board.open,
        "overdue": board.overdue,
        "by_state": [{"state": one, "title": states[one], "count": n} for one, n in board.by_state.items()],
        "checklists": [_progress(one, board.places) for one in campaign.checklists],
        "cells": [row._asdict() | {"cell": cell_ref(row.cell)} for row in board.rows],
        "days": [
            {"day": day, "received": received, "closed": closed, "looked_at": looked}
            for day, received, closed, looked in board.days
        ],
    }


def campaign_from(code: str, body: CampaignBody) -> kept.Campaign:
    """A campaign as it is declared."""
    return kept.Campaign(
        code,
        _named(body.name),
        body.since,
        body.until,
        tuple((cell.level, cell.code) for cell in body.cells),
        tuple(kept.CampaignCategory(one.code, _named(one.name), one.urgency) for one in body.categories),
        tuple(
            kept.Checklist(
                one.code,
                _named(one.name),
                tuple(kept.Question(each.code, _named(each.name), each.kind) for each in one.questions),
                one.level,
                tuple(kept.Point(each.code, each.name, each.lon, each.lat) for each in one.points),
            )
            for one in body.checklists
        ),
    )


async def _stored(response: Response, connection: Connection, grid: Grid, code: str) -> dict[str, Any]:
    campaign = await find_campaign(connection, grid.territory, code)
    response.headers.update(etag(campaign.version))
    return _as_answer(campaign, grid, True)


def _named(name: Any) -> dict[str, str]:
    found = in_every_language(name)
    if not found:
        raise BadField(field="name", reason="missing")
    return found


def _as_answer(campaign: kept.Campaign, grid: Grid, staff: bool) -> dict[str, Any]:
    return asdict(campaign) | {
        "stage": campaign.stage(datetime.now(grid.timezone).date()),
        "cells": [{"level": level, "code": code} for level, code in campaign.cells],
        "checklists": [asdict(one) for one in campaign.checklists] if staff else None,
    }


def _place(place: Place) -> dict[str, Any]:
    told = {"code": place.code, "name": place.name, "lon": place.lon, "lat": place.lat, "answers": place.answers}
    return told | {"checklist": place.checklist.code, "cell": cell_ref(place.cell), "looked_at": place.at}


def _progress(checklist: kept.Checklist, places: Iterable[Place]) -> dict[str, Any]:
    mine = [place for place in places if place.checklist.code == checklist.code]

    def count(question: str, *wanted: Any) -> int:
        return sum(any(place.answers.get(question) is one for one in wanted) for place in mine)

    return {
        "code": checklist.code,
        "name": checklist.name,
        "places": len(mine),
        "looked_at": sum(place.at is not None for place in mine),
        "questions": [
            {
                "code": one.code,
                "name": one.name,
                "yes": count(one.code, True),
                "no": count(one.code, False),
                "texts": sum(isinstance(place.answers.get(one.code), str) for place in mine),
            }
            for one in checklist.questions
        ],
    }
