"""Cases that anybody may see, of the categories that the territory declared public."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import BBox, Connection, CurrentGrid, Moderate
from wangge.api.schemas.common import Short
from wangge.geo.geojson import as_point
from wangge.reports.listing.public import public_cases

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["reports"])

GEOJSON = "application/geo+json"
MOST = 5000


@router.get(
    "/public-cases", response_class=Response, responses={200: {"content": {GEOJSON: {}}}}, dependencies=[Moderate]
)
async def list_public_cases(
    connection: Connection,
    grid: CurrentGrid,
    bbox: BBox,
    category: Annotated[Short | None, Query(description="Only cases of this category")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Most cases in the answer")] = MOST,
) -> Response:
    """Open cases, and those closed lately, of public categories as GeoJSON: category, state, place; no words, no times.

    `more` says whether there are more than the answer holds; then ask for a smaller box.
    """
    found = await public_cases(connection, grid.territory, limit + 1, category=category, bbox=bbox)
    features = [
        {
            "type": "Feature",
            "geometry": as_point(case.lon, case.lat),
            "properties": {"category": case.category, "state": case.state},
        }
        for case in found[:limit]
    ]
    document = {"type": "FeatureCollection", "features": features, "more": len(found) > limit}
    return Response(as_json(document), media_type=GEOJSON, headers={"Cache-Control": "no-cache"})
