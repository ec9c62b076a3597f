"""Overlays: the areas of other departments, and how the grid lies under them."""

import asyncio
import json
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path as File
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Path, Query, Request, Response
from shapely.geometry import mapping

from wangge.access.roles import Right
from wangge.api.plumbing.accepting import GEOJSON, JSON
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import Connection, CurrentGrid, Unhurried, require
from wangge.api.plumbing.problems import DatabaseUnavailable, UnsupportedMediaType
from wangge.api.plumbing.reach import Ruling
from wangge.api.plumbing.refusals import refuses
from wangge.api.plumbing.turns import APART, FilesFull, Turns, to_its_end
from wangge.api.schemas.common import Day, Short
from wangge.api.schemas.forms import NO_NUL
from wangge.api.schemas.overlays import Cuts, HouseholdsCounted, OverlayList
from wangge.duty.findings import BadEntries
from wangge.geo.apart import SUFFIXES, TooMuchInside, homes_apart
from wangge.geo.datum import Datum
from wangge.geo.errors import WanggeError
from wangge.geo.files.faults import BadFeature, MissingField, NoFeatures, UnreadableFile
from wangge.geo.files.layers import MissingLayer
from wangge.geo.geojson import DECIMALS
from wangge.geo.grid import Grid
from wangge.geo.overlays.areas import AreaEdition
from wangge.geo.overlays.lived import Kept
from wangge.planning.fusing import LEAST, as_answer, counted, fused
from wangge.store.grids.overlays import UnknownOverlay, edition_on, households_text, keep_counted, overlays_of

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/overlays", tags=["locate"])

Key = Annotated[str, Path(max_length=31, pattern=NO_NUL, description="Key of the overlay")]
On = Annotated[Day | None, Query(description="As it holds on this day; today when left out")]


class OverlaysFull(WanggeError):
    """As many overlays are being laid over grids as may be. Facts: `retry_after_s`."""

    kind = "overlays-full"


FORMS = ("application/geo+json", "application/geopackage+sqlite3", "application/vnd.apache.parquet")
LAYERS = {b"{": "geojson"} | SUFFIXES
"""How files begin, by what their names end in."""
SPACE = b"\xef\xbb\xbf \t\r\n"
BODY = {
    "requestBody": {
        "required": True,
        "content": {form: {"schema": {"type": "string", "format": "binary"}} for form in FORMS},
    }
}
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


@router.post("/{overlay}/households:import", response_model=HouseholdsCounted, openapi_extra=BODY)
@refuses(
    UnknownOverlay,
    UnsupportedMediaType,
    BadEntries,
    BadFeature,
    NoFeatures,
    MissingField,
    MissingLayer,
    UnreadableFile,
    TooMuchInside,
    FilesFull,
    OverlaysFull,
    DatabaseUnavailable,
)
async def import_households(
    request: Request,
    reach: Ruling,
    overlay: Key,
    on: On = None,
    field: Annotated[Short | None, Query(description="Of their number; without one each record is one")] = None,
    layer: Annotated[Short | None, Query(description="Of a GeoPackage that has several")] = None,
    datum: Annotated[Datum, Query(description="Of coordinates that are degrees")] = Datum.WGS84,
    dry_run: Annotated[bool, Query(description="Only say how many there are")] = False,
) -> dict[str, Any]:
    """Count the households of a layer in each part of a base grid, and keep the counts and not the file.

    Points (addresses, buildings) or polygons (blocks) as GeoJSON, GeoPackage or GeoParquet. All is taken, or nothing.
    """
    from wangge.geo.overlays.households import Homes  # it takes a while to import

    grid = reach.grid
    edition = edition_on(grid, overlay, on or _today(grid))
    sent = await request.body()
    suffix = next((suffix for magic, suffix in LAYERS.items() if sent.lstrip(SPACE).startswith(magic)), None)
    if suffix is None:
        raise UnsupportedMediaType(expected=", ".join(FORMS))
    with TemporaryDirectory() as folder:
        file, homes = File(folder) / f"households.{suffix}", File(folder) / "homes"
        await asyncio.to_thread(file.write_bytes, sent)
        async with APART.taken():
            await homes_apart(file, homes, grid.bbox, field=field, layer=layer, datum=datum)
        async with TURNS.taken():
            kept = await to_its_end(lambda: counted(grid, edition.areas, Homes.load(homes)))
    if not dry_run:
        async with request.state.pool.connection() as connection, connection.transaction():
            await keep_counted(connection, grid, overlay, edition, kept, by=reach.person.name)
    return {"stored": not dry_run, "valid_from": edition.valid_from, "total": kept.total, "inside": kept.inside}


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
