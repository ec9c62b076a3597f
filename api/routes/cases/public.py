"""Cases that anybody may see, of the categories that the territory declared public."""

from datetime import tzinfo
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import AppSettings, BBox, Connection, CurrentGrid, Language, Moderate
from wangge.api.schemas.common import Short
from wangge.data import messages
from wangge.geo.geojson import as_point
from wangge.reports.listing.public import public_cases
from wangge.reports.number import format_number
from wangge.reports.reporter.stages import STAGES, Stage

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["reports"])

GEOJSON = "application/geo+json"
MOST = 5000


@router.get(
    "/public-cases", response_class=Response, responses={200: {"content": {GEOJSON: {}}}}, dependencies=[Moderate]
)
async def list_public_cases(
    connection: Connection,
    settings: AppSettings,
    grid: CurrentGrid,
    language: Language,
    bbox: BBox,
    category: Annotated[Short | None, Query(description="Only cases of this category")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Most cases in the answer")] = MOST,
) -> Response:
    """Open cases, and those closed lately, of public categories as GeoJSON: category, state, stage and place; no words.

    Those of categories whose places are told exactly have `number`, `since` and `supports` too. `stages` names the
    stages. `more` says whether there are more than the answer holds; then ask for a smaller box. `mail` says
    whether one can hear of an area by e-mail.
    """
    found = await public_cases(connection, grid.territory, limit + 1, category=category, bbox=bbox)
    features = [
        {
            "type": "Feature",
            "geometry": as_point(case.lon, case.lat),
            "properties": _properties(case, grid.timezone),
        }
        for case in found[:limit]
    ]
    stages = [{"stage": stage, "title": messages.word("stages", stage, language)} for stage in Stage]
    document = {"type": "FeatureCollection", "features": features, "stages": stages, "more": len(found) > limit}
    document["mail"] = settings.smtp_host is not None
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language", "Content-Language": language}
    return Response(as_json(document), media_type=GEOJSON, headers=headers)


def _properties(case: Any, zone: tzinfo) -> dict[str, Any]:
    told = {"category": case.category, "state": case.state, "stage": STAGES[case.state]}
    if not case.exact:
        return told
    since = case.received_at.astimezone(zone).date()
    return told | {"number": format_number(case.received_at, case.id), "since": since, "supports": case.supports}
