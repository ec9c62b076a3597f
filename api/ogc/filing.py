"""OGC API – Features, Part 4, for reports: a feature that is made is a report that is filed, by the same rules as any.

What follows is the business of moves: a report is not replaced, changed or taken away.
"""

from typing import Any

import orjson
import shapely
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from shapely.geometry import Point

from wangge.access.person import NotAllowed, NotSignedIn
from wangge.api.ogc.answering import here_of
from wangge.api.ogc.collections import FILED
from wangge.api.ogc.crs import WGS84, Crs, transformed
from wangge.api.ogc.edited import SAYS_WHAT, crs_of_content
from wangge.api.ogc.features import TAG
from wangge.api.ogc.territory import Described
from wangge.api.plumbing.deps import Asker, Connection, CurrentGrid, Language, Patient, Proven, SignedLinks
from wangge.api.plumbing.idempotency import IdempotencyKey
from wangge.api.plumbing.problems import BadField
from wangge.api.plumbing.query_names import BadQuery
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.cases.reports import create_report
from wangge.api.schemas.drafts import FeatureBody
from wangge.api.schemas.reports import ReportBody
from wangge.geo.grid import Grid
from wangge.reports.bulk.export.reports import report_columns
from wangge.reports.errors import OutsideGrid, UnknownCategory
from wangge.reports.fields import In

__all__ = ["router"]

router = APIRouter(prefix="/ogc/{territory}/collections/reports", tags=[TAG], include_in_schema=False)


@router.post("/items", status_code=201, dependencies=[Patient, Proven, *SAYS_WHAT])
@refuses(BadQuery, OutsideGrid, UnknownCategory, by_content=(NotSignedIn, NotAllowed))
async def ogc_file(
    request: Request, links: SignedLinks, territory: Described, connection: Connection, grid: CurrentGrid,
    asker: Asker, language: Language, body: FeatureBody, idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """File a report. The answer is the report as our own API tells it, with the `secret` by which it is followed."""
    report = _report(body, grid, crs_of_content(request, territory.crs))
    filed = await create_report(request, links, connection, grid, asker, language, report, idempotency_key)
    number = orjson.loads(filed.body)["number"]
    filed.headers["Location"] = here_of(request, territory.code, "collections", "reports", "items", number)
    return filed


def _report(sent: FeatureBody, grid: Grid, crs: Crs) -> ReportBody:
    """A feature as the report that our own API takes. Raises BadField, RequestValidationError."""
    told: dict[str, Any] = {}
    known = {column.name for column in report_columns(grid, In.ANSWER | In.FILE)}
    for name, value in (sent.properties or {}).items():
        if name in FILED:
            if value is not None:
                told[FILED[name]] = value
        elif name not in known and name != "id":
            raise BadField(field=f"properties.{name[:64]}", reason="extra_forbidden")
    place = _place(sent.geometry, crs)
    try:
        return ReportBody.model_validate(told | {"lon": place.x, "lat": place.y})
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from None


def _place(told: dict[str, Any] | None, crs: Crs) -> Point:
    try:
        if told is None or told.get("type") != "Point":
            raise ValueError
        drawn = shapely.from_geojson(orjson.dumps({"type": "Point", "coordinates": told.get("coordinates")}))
        place = transformed(drawn, crs, WGS84)
        if not isinstance(place, Point) or place.is_empty:
            raise ValueError
        return place
    except (ValueError, TypeError, shapely.errors.ShapelyError):
        raise BadField(field="geometry", reason="point") from None
