"""Territories, their categories and their cells."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from wangge.access.person import Person
from wangge.access.scope import counted_by, whole
from wangge.api.plumbing.addresses import with_query
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.cache_control import REVALIDATE, holds
from wangge.api.plumbing.deps import Asker, BBox, Connection, Counted, CurrentGrid, Grids, KeptColumns, Reading
from wangge.api.plumbing.problems import UnknownLevel
from wangge.api.plumbing.refusals import refuses
from wangge.api.plumbing.releases import Spanned
from wangge.api.routes.grids.cell_pages import (
    CELLS,
    GEOJSON,
    MOST_CELLS,
    as_page,
    code_of,
    cursor_of,
    depth_of,
    page_etag,
)
from wangge.api.routes.grids.locate import cell_ref
from wangge.api.schemas.common import KIND, GridKind, Short
from wangge.api.schemas.grids import Releases, Territories, Territory
from wangge.geo.geojson import AREA_DECIMALS
from wangge.geo.grid import Grid
from wangge.patterns.columns.shelf import Shelf
from wangge.patterns.counts.by_columns import total_of
from wangge.reports.errors import UnknownCell
from wangge.reports.listing.counts import figures_of, report_counts
from wangge.reports.listing.filters import ReportFilter
from wangge.reports.release.reading import (
    Asked,
    published_figures,
    published_totals,
    release_as_answer,
    releases_of,
)
from wangge.store.engine import AsyncConnection
from wangge.store.grids.cells import cell_features, describe_territories, find_cell

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories", tags=["territories"])
Totals = tuple[int | None, date | None]
LevelKey = Annotated[Short, Query(description="Key of a level; the base grids when left out")]


def _territory(row: Any, totals: Totals, root: str) -> dict[str, Any]:
    """A territory as it stands in an answer."""
    here = f"{root}/api/v1/territories/{row.code}"
    links = [
        ("self", here, "application/json"),
        ("cells", f"{here}/cells", GEOJSON),
        ("reports", f"{here}/reports", "application/json"),
        ("locate", f"{here}/locate", "application/json"),
        ("bundle", f"{here}/bundle", "application/zip"),
        ("categories", f"{here}/categories", "application/json"),
        ("releases", f"{here}/releases", "application/json"),
        ("tilejson", f"{root}/tiles/{row.code}/cells.json", "application/json"),
        ("style", f"{root}/tiles/{row.code}/style.json", "application/json"),
    ]
    return {
        "code": row.code,
        "name": row.name,
        "timezone": row.timezone,
        "synthetic": row.synthetic,
        "edition": row.edition,
        "valid_from": row.valid_from,
        "source": row.source,
        "licence": row.licence,
        "bbox": [row.west, row.south, row.east, row.north],
        "levels": [
            {"key": level["key"], "name": level["name"], "count": row.counts.get(str(i), 0)}
            for i, level in enumerate(row.levels)
        ],
        "special": row.special,
        "reports": totals[0],
        "newest": totals[1],
        "links": [{"rel": rel, "href": href, "type": media} for rel, href, media in links],
    }


@router.get("", response_model=Territories)
async def list_territories(
    request: Request, connection: Reading, asker: Asker, grids: Grids, shelf: KeptColumns
) -> dict[str, Any]:
    """Every territory with a published grid."""
    root = request.scope.get("root_path", "")
    rows = await describe_territories(connection)
    loaded = {code: grids[code] for code in grids.territories()}
    counts = await _totals(connection, {row.code: row.timezone for row in rows}, asker, loaded, shelf)
    return {"territories": [_territory(row, counts[row.code], root) for row in rows]}


@router.get("/{territory}", response_model=Territory)
async def get_territory(
    request: Request, connection: Reading, grid: CurrentGrid, asker: Asker, shelf: KeptColumns
) -> dict[str, Any]:
    """One territory with its current edition."""
    counts = await _totals(connection, {grid.territory: grid.timezone.key}, asker, {grid.territory: grid}, shelf)
    row = (await describe_territories(connection, grid.territory))[0]
    return _territory(row, counts[row.code], request.scope.get("root_path", ""))


async def _totals(
    connection: AsyncConnection, zones: Mapping[str, str], asker: Person, grids: Mapping[str, Grid], shelf: Shelf
) -> dict[str, Totals]:
    """How many reports each territory has and the day of the newest; to whom they are not counted, what was published.

    Parameters
    ----------
    zones : territories with their time zones.
    grids, shelf : by which columns tell, where they may; the database does of the others.
    """
    scopes = {code: counted_by(asker, code) for code in zones}
    whole_of = [code for code, scope in scopes.items() if scope is not None and scope.whole]
    live: dict[str, Totals] = dict.fromkeys(whole_of, (0, None))
    for code in grids.keys() & live.keys():
        if (told := await total_of(connection, shelf, grids[code])) is not None:
            live[code] = told
            whole_of.remove(code)
    counts = await report_counts(connection, map(whole, whole_of))
    for code, (count, newest) in counts.items():
        live[code] = (count, newest.astimezone(ZoneInfo(zones[code])).date())
    published = await published_totals(connection, zones.keys() - live.keys())
    return dict.fromkeys(zones, (None, None)) | published | live


@router.get("/{territory}/cells", response_class=Response, responses=CELLS)
@refuses(UnknownLevel)
async def list_cells(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    bbox: BBox,
    level: LevelKey | None = None,
    parent: Annotated[Short | None, Query(description="Code of the cell above")] = None,
    kinds: Annotated[
        list[GridKind] | None, Query(alias="kind", max_length=20, description=f"{KIND}; may be repeated")
    ] = None,
    geometry: Annotated[bool, Query(description="False: codes and names only, each geometry is null")] = True,
    limit: Annotated[int, Query(ge=1, le=MOST_CELLS, description="Most cells in this page")] = MOST_CELLS,
    cursor: Annotated[str | None, Query(max_length=400, description="From the next link of a page")] = None,
) -> Response:
    """The cells of one level as a GeoJSON FeatureCollection, by code, a page at a time; follow the `next` link."""
    depth = depth_of(grid, level) if level else len(grid.levels) - 1
    after = code_of(cursor) if cursor else None
    parent = grid.code_of(parent, grid.levels[depth - 1].key if depth else None) if parent else None
    here = f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/cells"
    etag = page_etag(grid, here, depth, parent, bbox, kinds, geometry, limit, after)
    headers = {"ETag": etag, "Cache-Control": REVALIDATE}
    if holds(request, etag):
        return Response(status_code=304, headers=headers)
    features = cell_features(
        connection, grid.edition_id, depth, parent=parent, bbox=bbox, kinds=kinds or (), shapes=geometry,
        limit=limit + 1, after=after,
    )  # fmt: skip
    found = [row async for row in features]
    links = [("self", with_query(request, here))]
    if len(found) > limit:
        links.append(("next", with_query(request, here, cursor=cursor_of(found[limit - 1].code))))
    return as_page([_as_feature(grid, row) for row in found[:limit]], links, headers)


@router.get("/{territory}/cells/{level}/{code}", response_class=Response, responses={200: {"content": {GEOJSON: {}}}})
@refuses(UnknownLevel, UnknownCell)
async def get_cell(
    connection: Connection,
    grid: CurrentGrid,
    span: Spanned,
    counted: Counted,
    level: Annotated[Short, Path(description="Key of the level")],
    code: Annotated[Short, Path(description="Code of the cell")],
    category: Annotated[Short | None, Query(description="Count only this category")] = None,
    group: Annotated[Short | None, Query(description="Count only the categories of this group")] = None,
) -> Response:
    """One cell as a GeoJSON Feature with the cells above it and its figures.

    Without an account, and outside one's cells, the figures are those of a published release (`figures.release`).
    """
    depth = depth_of(grid, level)
    code = grid.code_of(code, level)
    cell = grid.cell(level, code)
    row = await find_cell(connection, grid.edition_id, depth, code)
    if cell is None or row is None:
        raise UnknownCell(level=level, code=code)
    above_it = grid.ancestors(cell)
    if counted is not None and counted.covers((each.level, each.code) for each in (cell, *above_it)):
        where = ReportFilter(
            grid.territory,
            cell=code,
            level=level,
            categories=(category,) if category else (),
            groups=(group,) if group else (),
            since=span.since,
            until=span.until,
        )
        figures = await figures_of(connection, where, counted, grid.timezone.key)
    else:
        release = await span.release(connection, grid)
        figures = await published_figures(connection, release, Asked(category, group), (level, code))
    more = {"ancestors": [cell_ref(above) for above in above_it], "figures": figures}
    return Response(_as_feature(grid, row, more), media_type=GEOJSON)


@router.get("/{territory}/releases", response_model=Releases)
async def list_releases(connection: Connection, grid: CurrentGrid) -> dict[str, Any]:
    """The periods of which counts were published, the newest first."""
    found = await releases_of(connection, grid.territory)
    return {"releases": [release_as_answer(release) for release in found]}


def _as_feature(grid: Grid, row: Any, more: dict[str, Any] | None = None) -> bytes:
    """A cell as a GeoJSON Feature."""
    properties = {
        **row.attributes,
        "code": row.code,
        "name": row.name,
        "level": grid.levels[row.level].key,
        "parent": row.path[-2] if row.level else None,
        "area_m2": round(row.area_m2, AREA_DECIMALS),
        "purpose": row.purpose,
        "edition": grid.edition,
        **(more or {}),
    }
    return as_json(
        {"type": "Feature", "id": row.code, "geometry": orjson.Fragment(row.geometry), "properties": properties}
    )
