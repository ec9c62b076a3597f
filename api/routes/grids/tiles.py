"""Vector tiles of cells and heat, their TileJSON, and a map style for each territory."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from wangge import tilesets
from wangge.access.person import Scope
from wangge.api.plumbing.addresses import base_of
from wangge.api.plumbing.cache_control import IMMUTABLE, REVALIDATE, holds
from wangge.api.plumbing.deps import (
    AppSettings,
    Connection,
    Counted,
    CurrentGrid,
    KeptColumns,
    Period,
    Readable,
    Seen,
)
from wangge.api.plumbing.refusals import refuses
from wangge.api.plumbing.releases import Spanned
from wangge.api.schemas.forms import NO_NUL, ONE_LINE
from wangge.reports.assets.assets import has_assets
from wangge.reports.release.reading import Release, release_for
from wangge.store.engine import AsyncConnection
from wangge.store.grids.backdrops import backdrops_of
from wangge.store.grids.loading import NoEdition, UnknownEdition, UnknownTerritory
from wangge.tilesets import Drawing, HeatFilter, UnknownTile
from wangge.tilesets.counted import CountedHeat, counted_heat

__all__ = ["CELL_TILES", "router"]

router = APIRouter(prefix="/tiles/{territory}", tags=["tiles"])

CELL_TILES = re.compile(r"/tiles/[^/]+/cells/\d+/\d+/\d+/\d+\.mvt")
"""Addresses of what never changes."""
MVT = "application/vnd.mapbox-vector-tile"
PRIVATE = "private, no-cache"  # what one is shown, no shared cache may hand to another

TAGGED = {"headers": {"ETag": {"description": "Its validator", "schema": {"type": "string"}}}}
HELD: dict[int | str, dict[str, Any]] = {304: TAGGED | {"description": "The reader has it (If-None-Match)"}}
DOCUMENT = HELD | {200: TAGGED | {"content": {"application/json": {"schema": {"type": "object"}}}}}
TILE = HELD | {
    200: TAGGED | {"content": {MVT: {"schema": {"type": "string", "format": "binary"}}}},
    204: TAGGED | {"description": "Nothing is to be drawn there"},
}

Territory = Annotated[str, Path(description="Code of the territory", max_length=64, pattern=NO_NUL)]
Edition = Annotated[int, Path(ge=1, lt=2**63)]
Coordinate = Annotated[int, Path(ge=0, lt=2**31)]
Drawn = Annotated[
    str | None,
    Query(alias="v", max_length=64, description="How tiles are drawn, as TileJSON says: a new one is a new address"),
]
Text = Query(max_length=100, pattern=ONE_LINE)


@dataclass(frozen=True, slots=True)
class Heat:
    """What a heat map is to show: the reports in a scope, or without one what a release tells; and which of them.

    `columns` count what is in a scope, where they may answer; the database does otherwise. `without` are cells of which
    a release is not drawn, because their reports are seen as they are.
    """

    scope: Scope | None
    release: Release | None
    wanted: HeatFilter
    columns: CountedHeat | None = None
    without: frozenset[tuple[str, str]] = frozenset()


async def heat_asked(
    grid: CurrentGrid,
    shelf: KeptColumns,
    connection: Connection,
    span: Spanned,
    counted: Counted,
    category: Annotated[str | None, Text] = None,
    group: Annotated[str | None, Text] = None,
    cell: Annotated[str | None, Text] = None,
    level: Annotated[str | None, Text] = None,
    min_count: Annotated[int, Query(ge=1, le=1_000_000, description="Leave out bins with fewer reports")] = 1,
    rest: Annotated[
        bool, Query(description="What was published of the cells that one does not see as they are, in place of these")
    ] = False,
) -> Heat:
    """The heat that a request's query parameters ask for."""
    cell = grid.code_of(cell, level) if cell else None
    wanted = HeatFilter(category, span.since, span.until, cell, level, min_count, group, span.period)
    if counted is not None and not rest:
        wanted = replace(wanted, period=None)
        return Heat(counted, None, wanted, await counted_heat(connection, shelf, grid, counted, wanted))
    release = await span.release(connection, grid)
    own = counted.cells if counted is not None else frozenset()
    if own is None:  # there is no rest
        release, own = None, frozenset()
    named = release.period.name if release else None
    return Heat(None, release, replace(wanted, period=named, since=None, until=None), without=own)


Wanted = Annotated[Heat, Depends(heat_asked)]


async def cases_asked(
    grid: CurrentGrid,
    period: Period,
    category: Annotated[str | None, Text] = None,
    group: Annotated[str | None, Text] = None,
    cell: Annotated[str | None, Text] = None,
    level: Annotated[str | None, Text] = None,
) -> HeatFilter:
    """Which open cases a request's query parameters ask for."""
    cell = grid.code_of(cell, level) if cell else None
    return HeatFilter(category, period.since, period.until, cell, level, group=group)


CasesWanted = Annotated[HeatFilter, Depends(cases_asked)]


@router.get("/cells.json", summary="TileJSON of the cells", responses=DOCUMENT)
@refuses(UnknownTerritory, NoEdition)
async def cells_json(request: Request, connection: Connection, territory: Territory) -> Response:
    """Where the tiles of the cells are, from which zoom on each level is drawn, and what its features tell."""
    drawing = await Drawing.of(connection, territory)
    return _document(request, tilesets.cells_tilejson(drawing, base_of(request)))


@router.get("/heat.json", summary="TileJSON of the heat of reports", responses=DOCUMENT)
@refuses(UnknownTerritory, NoEdition)
async def heat_json(request: Request, connection: Connection, territory: Territory, heat: Wanted) -> Response:
    """Where the tiles of the heat are, under the filters that are given here."""
    drawing = await Drawing.of(connection, territory)
    released = heat.scope is None
    return _document(
        request, tilesets.heat_tilejson(drawing, base_of(request), heat.wanted, released=released), PRIVATE
    )


@router.get("/backdrop.json", summary="TileJSON of the backdrop", responses=DOCUMENT)
@refuses(UnknownTerritory, NoEdition)
async def backdrop_json(request: Request, connection: Connection, territory: Territory) -> Response:
    """Where the tiles are of what is drawn under the grid, and which kinds of features there are."""
    drawing = await Drawing.of(connection, territory)
    backdrop = await backdrops_of(connection, territory)
    return _document(request, tilesets.backdrop_tilejson(drawing, base_of(request), backdrop))


@router.get("/style.json", summary="MapLibre style", responses=DOCUMENT)
@refuses(UnknownTerritory, NoEdition)
async def style_json(
    request: Request,
    connection: Connection,
    settings: AppSettings,
    territory: Territory,
    heat: Wanted,
    readable: Readable,
    theme: Literal["light", "dark"] = "light",
) -> Response:
    """A whole map: cells, names, and the heat under the filters given here. It needs no font and no other host."""
    drawing = await Drawing.of(connection, territory)
    backdrop = await backdrops_of(connection, territory)
    if heat.scope is None:
        density = await tilesets.released_density(connection, heat.release, heat.wanted)
    else:
        density = await _density(connection, drawing, heat.scope, heat)
    document = tilesets.style(
        drawing,
        base_of(request),
        heat.wanted,
        density=density,
        release=heat.release,
        public=heat.scope is None,
        theme=theme,
        settings=settings,
        backdrop=backdrop,
        rest=await _rest(connection, drawing, heat),
        cases=readable is not None,
        assets=readable is not None and await has_assets(connection, territory),
    )
    return _document(request, document, PRIVATE)


@router.get("/cells/{edition}/{z}/{x}/{y}.mvt", summary="Tile of cells", response_class=Response, responses=TILE)
@refuses(UnknownTerritory, UnknownEdition, UnknownTile)
async def cells_tile(
    request: Request,
    connection: Connection,
    territory: Territory,
    edition: Edition,
    z: Coordinate,
    x: Coordinate,
    y: Coordinate,
    level: Annotated[
        str | None,
        Query(max_length=100, pattern=ONE_LINE, description="A level that is drawn two zooms earlier"),
    ] = None,
    _: Drawn = None,
) -> Response:
    """Cells in one tile, each level a layer. An edition never changes, so the tile may be kept for ever."""
    etag = await tilesets.cells_etag(connection, territory, edition, z, x, y, level)
    headers = {"ETag": etag, "Cache-Control": IMMUTABLE}
    if holds(request, etag):
        return Response(status_code=304, headers=headers)
    return _tile(await tilesets.draw_cells(connection, edition, z, x, y, level), headers)


@router.get("/backdrop/{z}/{x}/{y}.mvt", summary="Tile of the backdrop", response_class=Response, responses=TILE)
@refuses(UnknownTile)
async def backdrop_tile(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    z: Coordinate,
    x: Coordinate,
    y: Coordinate,
    drawn: Drawn = None,
) -> Response:
    """Streets, water and so on in one tile, each kind a layer. Under the address of the TileJSON it never changes."""
    version = tilesets.backdrop_version(await backdrops_of(connection, grid.territory))
    etag = tilesets.backdrop_etag(version, z, x, y)
    headers = {"ETag": etag, "Cache-Control": IMMUTABLE if drawn == version else REVALIDATE}
    if holds(request, etag):
        return Response(status_code=304, headers=headers)
    return _tile(await tilesets.draw_backdrop(connection, grid.territory, z, x, y), headers)


@router.get("/heat/{z}/{x}/{y}.mvt", summary="Tile of report counts", response_class=Response, responses=TILE)
@refuses(UnknownTile)
async def heat_tile(
    request: Request, connection: Connection, heat: Wanted, z: Coordinate, x: Coordinate, y: Coordinate
) -> Response:
    """For staff what is in their cells, as it stands; for anybody else what was published of a period that is over."""
    if heat.scope is None:
        etag = tilesets.released_etag(heat.release, heat.wanted, z, x, y, heat.without)
    elif heat.columns is not None:
        etag = heat.columns.etag(z, x, y)
    else:
        etag = await tilesets.heat_etag(connection, heat.scope, heat.wanted, z, x, y)
    headers = {"ETag": etag, "Cache-Control": PRIVATE}
    if holds(request, etag):
        return Response(status_code=304, headers=headers)
    if heat.scope is None:
        return _tile(
            await tilesets.draw_released(connection, heat.release, heat.wanted, z, x, y, heat.without), headers
        )
    drawn = await heat.columns.draw(connection, z, x, y) if heat.columns is not None else None
    if drawn is None:
        drawn = await tilesets.draw_heat(connection, heat.scope, heat.wanted, z, x, y)
    return _tile(drawn, headers)


@router.get("/cases.json", summary="TileJSON of the open cases", responses=DOCUMENT)
@refuses(UnknownTerritory, NoEdition)
async def cases_json(
    request: Request, connection: Connection, territory: Territory, _: Seen, wanted: CasesWanted
) -> Response:
    """Where the tiles of the open cases are that one may read, under the filters that are given here."""
    drawing = await Drawing.of(connection, territory)
    return _document(request, tilesets.cases_tilejson(drawing, base_of(request), wanted), PRIVATE)


@router.get("/cases/{z}/{x}/{y}.mvt", summary="Tile of open cases", response_class=Response, responses=TILE)
@refuses(UnknownTerritory, UnknownTile)
async def cases_tile(
    request: Request,
    connection: Connection,
    seen: Seen,
    wanted: CasesWanted,
    z: Coordinate,
    x: Coordinate,
    y: Coordinate,
) -> Response:
    """The open cases that one may read: from zoom 15 on each at its place, before it those close together as one."""
    etag = await tilesets.cases_etag(connection, seen, wanted, z, x, y)
    headers = {"ETag": etag, "Cache-Control": PRIVATE}
    if holds(request, etag):
        return Response(status_code=304, headers=headers)
    return _tile(await tilesets.draw_cases(connection, seen, wanted, z, x, y), headers)


async def _rest(connection: AsyncConnection, drawing: Drawing, heat: Heat) -> tilesets.Rest | None:
    """What is drawn of the cells that are not the reader's: the newest month that was published; of the same kind."""
    if heat.scope is None or heat.scope.whole:
        return None
    release = await release_for(connection, drawing.territory, ZoneInfo(drawing.timezone))
    if release is None:
        return None
    wanted = HeatFilter(heat.wanted.category, group=heat.wanted.group, period=release.period.name)
    return tilesets.Rest(wanted, release, await tilesets.released_density(connection, release, wanted))


async def _density(connection: AsyncConnection, drawing: Drawing, scope: Scope, heat: Heat) -> float | None:
    """What a heat map calls hot."""
    if heat.columns is not None:
        return await heat.columns.density(connection)
    return await tilesets.hot_density(connection, drawing, heat.wanted, scope)


def _tile(tile: bytes, headers: Mapping[str, str]) -> Response:
    if not tile:
        return Response(status_code=204, headers=dict(headers))
    return Response(tile, media_type=MVT, headers=dict(headers))


def _document(request: Request, document: Mapping[str, Any], caching: str = REVALIDATE) -> Response:
    body = orjson.dumps(document)
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": etag, "Cache-Control": caching}
    if holds(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
