"""Assets: those around a place that a report may be about, one by its number, and lists for staff."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from wangge.access.roles import Right
from wangge.api.plumbing.accepting import JSON
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import Asker, BBox, Connection, CurrentGrid, Unhurried, require
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.grids.cell_pages import code_of, cursor_of
from wangge.api.routes.grids.locate import cell_ref
from wangge.api.schemas.assets import Asset, AssetNumber, AssetPage, NearAssets
from wangge.api.schemas.common import Accuracy, Lat, Lon, Short
from wangge.api.schemas.forms import NO_NUL
from wangge.geo.datum import Datum, to_wgs84
from wangge.geo.grid import Grid, Location
from wangge.reports.assets.assets import LONGEST, UnknownAsset, find_asset, list_assets, nearest_assets
from wangge.reports.assets.kinds import UnknownAssetKind, require_kind

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/assets", tags=["locate"])


@router.get("/nearest", response_model=NearAssets, dependencies=[Unhurried])
async def list_nearest_assets(
    connection: Connection,
    grid: CurrentGrid,
    asker: Asker,
    lon: Annotated[Lon, Query()],
    lat: Annotated[Lat, Query()],
    category: Annotated[Short, Query()],
    accuracy: Annotated[Accuracy | None, Query()] = None,
    datum: Annotated[Datum, Query(description="Datum of lon and lat")] = Datum.WGS84,
) -> dict[str, Any]:
    """What a report of a category may be about around a place: as far as the place is unsure, from 50 to 200 m."""
    x, y = (float(value) for value in to_wgs84(lon, lat, datum))
    found = await nearest_assets(connection, grid.territory, category, x, y, accuracy)
    whole = asker.may(Right.READ, grid.territory)
    return {"assets": [_as_answer(row, grid, whole) | {"distance_m": round(row.metres, 1)} for row in found]}


@router.get("", response_model=AssetPage, dependencies=[require(Right.READ)])
@refuses(UnknownAssetKind)
async def list_all_assets(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    bbox: BBox,
    kind: Annotated[Short | None, Query(description="Code of a kind")] = None,
    number: Annotated[AssetNumber | None, Query(description="How their numbers begin")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most entries in this page")] = 100,
    cursor: Annotated[str | None, Query(max_length=400, description="From the next link of a page")] = None,
) -> Response:
    """Assets by number, a page after the other; in a box, of a kind, with how numbers begin, where these are given."""
    if kind is not None:
        await require_kind(connection, grid.territory, kind)
    after = code_of(cursor) if cursor else ""
    rows = await list_assets(
        connection, grid.territory, limit=limit + 1, after=after, kind=kind, begins=number, bbox=bbox
    )
    links = [{"rel": "self", "href": _address(request), "type": JSON}]
    if len(rows) > limit:
        rows = rows[:limit]
        following = _address(request, cursor=cursor_of(rows[-1].number))
        links.append({"rel": "next", "href": following, "type": JSON})
    return Response(as_json({"assets": [_as_answer(row, grid, True) for row in rows], "links": links}), media_type=JSON)


@router.get("/{number:path}", response_model=Asset, dependencies=[Unhurried])
@refuses(UnknownAsset)
async def get_asset(
    connection: Connection,
    grid: CurrentGrid,
    asker: Asker,
    number: Annotated[str, Path(min_length=1, max_length=LONGEST, pattern=NO_NUL, description="As its plate has it")],
) -> dict[str, Any]:
    """One asset by its number; capital and small letters are the same."""
    row = await find_asset(connection, grid.territory, number)
    return _as_answer(row, grid, asker.may(Right.READ, grid.territory))


def _as_answer(row: Any, grid: Grid, whole: bool) -> dict[str, Any]:
    """`whole` tells everything that is kept of it."""
    found = grid.locate(row.lon, row.lat)
    return {
        "number": row.number,
        "kind": {"code": row.kind, "name": row.kind_name},
        "name": row.name,
        "lon": row.lon,
        "lat": row.lat,
        "cell": cell_ref(found.cell) if isinstance(found, Location) else None,
        "attributes": row.attributes if whole else None,
    }


def _address(request: Request, **changed: str) -> str:
    url = request.url.include_query_params(**changed)
    return f"{url.path}?{url.query}" if url.query else url.path
