"""Overlays: the areas of other departments, and how the grid lies under them."""

import asyncio
import json
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Path, Query, Response
from shapely.geometry import mapping

from wangge.access.roles import Right
from wangge.api.plumbing.accepting import GEOJSON, JSON
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import Connection, CurrentGrid, Unhurried, require
from wangge.api.plumbing.refusals import refuses
from wangge.api.plumbing.turns import Turns, to_its_end
from wangge.api.schemas.common import Day
from wangge.api.schemas.forms import NO_NUL
from wangge.api.schemas.overlays import Cuts, OverlayList
from wangge.geo.errors import WanggeError
from wangge.geo.geojson import DECIMALS
from wangge.geo.grid import Grid
from wangge.geo.overlays.areas import AreaEdition
from wangge.geo.overlays.lived import Kept
from wangge.planning.fusing import LEAST, as_answer, fused
from wangge.store.grids.overlays import UnknownOverlay, edition_on, households_text, overlays_of

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/overlays", tags=["locate"])

Key = Annotated[str, Path(max_length=31, pattern=NO_NUL, description="Key of the overlay")]
On = Annotated[Day | None, Query(description="As it holds on this day; today when left out")]


class OverlaysFull(WanggeError):
    """As many overlays are being laid over grids as may be. Facts: `retry_after_s`."""

    kind = "overlays-full"


TURNS = Turns(OverlaysFull)
"""To lay areas over a city takes seconds; the other threads are for requests that are short."""


@router.get("", response_model=OverlayList)
async def list_overlays(connection: Connection, grid: CurrentGrid) -> dict[str, Any]:
    """Whose areas are laid over the grid, with their editions, the newest first."""
    return {"overlays": await overlays_of(connection, grid.territory)}


@router.get("/{overlay}", responses={200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}})
@refuses(UnknownOverlay)
async def list_areas(grid: CurrentGrid, overlay: Key, on: On = None) -> Response:
    """The areas with their codes and names, as a FeatureCollection of GeoJSON."""
    edition = edition_on(grid, overlay, on or _today(grid))
    return Response(await asyncio.to_thread(_features, edition), media_type=GEOJSON)


@router.get("/{overlay}/cuts", response_model=Cuts, dependencies=[require(Right.READ_FIGURES), Unhurried])
@refuses(UnknownOverlay, OverlaysFull)
async def get_cuts(
    connection: Connection,
    grid: CurrentGrid,
    overlay: Key,
    on: On = None,
    least: Annotated[
        float,
        Query(
            ge=0,
            le=0.5,
            allow_inf_nan=False,
            description="Share of a base grid that counts as a part of it, in thousandths",
        ),
    ] = LEAST,
) -> Response:
    """Shares of each base grid by area, the base grids that borders cut, and a proposal that would end the cuts.

    The proposal gives each base grid to the area that has most of it; `moves` are what would change area by that.
    """
    edition = edition_on(grid, overlay, on or _today(grid))
    counted = await households_text(connection, grid, edition)
    async with TURNS.taken():
        body = await to_its_end(_cuts, grid, overlay, edition, round(least, 3), counted)
    return Response(body, media_type=JSON, headers={"Cache-Control": "private, no-cache"})


def _today(grid: Grid) -> date:
    return datetime.now(grid.timezone).date()


@lru_cache(maxsize=8)
def _cuts(grid: Grid, overlay: str, edition: AreaEdition, least: float, counted: str | None) -> bytes:
    kept = Kept.parse(json.loads(counted)) if counted else None
    about = {"overlay": overlay, "valid_from": edition.valid_from, "edition": grid.edition, "least": least}
    return as_json(about | as_answer(fused(grid.leaves, edition.areas, least, kept=kept)))


@lru_cache(maxsize=8)
def _features(edition: AreaEdition) -> bytes:
    """The areas as GeoJSON."""
    features = [
        {
            "type": "Feature",
            "id": area.code,
            "geometry": mapping(shapely.transform(area.geometry, lambda xy: xy.round(DECIMALS))),
            "properties": {"code": area.code, "name": area.name},
        }
        for area in edition.areas
    ]
    return as_json({"type": "FeatureCollection", "features": features})
