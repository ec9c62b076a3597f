"""The same matter, known already: found before it is reported again, and supported instead."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from wangge.access.person import ANYONE
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import Asker, CaseNumber, Connection, CurrentGrid, Language, Patient, Proven, SignedLinks
from wangge.api.plumbing.rate_limits import RateLimited, address_of
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.assets import AssetNumber
from wangge.api.schemas.common import Lat, Lon, Short
from wangge.api.schemas.followed import SimilarCases, Support, SupportBody
from wangge.data import messages
from wangge.geo.datum import Datum, to_wgs84
from wangge.reports.assets.assets import UnknownAsset, find_asset
from wangge.reports.errors import UnknownReport
from wangge.reports.number import format_number, parse_number
from wangge.reports.reporter.stages import STAGES
from wangge.reports.reporter.supporting import similar, support, supports_of

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["reports"])


@router.get("/similar", response_model=SimilarCases)
@refuses(RateLimited)
async def list_similar(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    language: Language,
    lon: Annotated[Lon, Query()],
    lat: Annotated[Lat, Query()],
    category: Annotated[Short, Query()],
    datum: Annotated[Datum, Query(description="Datum of lon and lat")] = Datum.WGS84,
    asset: Annotated[AssetNumber | None, Query(description="Number of the asset that it is about")] = None,
) -> dict[str, Any]:
    """Open cases of a public category within 100 m, to be supported instead of reported again; of others, none.

    Those of the same asset come first, where everybody may know the place of such cases.
    """
    request.state.rates.count("follow", address_of(request))
    x, y = (float(value) for value in to_wgs84(lon, lat, datum))
    if asset is not None:
        try:
            asset = (await find_asset(connection, grid.territory, asset)).number
        except UnknownAsset:
            asset = None  # it is being typed
    found = await similar(connection, grid, x, y, category, asset)
    return {
        "cases": [
            {
                "number": format_number(case.received_at, case.id),
                "since": case.received_at.astimezone(grid.timezone).date(),
                "stage": STAGES[case.state],
                "stage_title": messages.word("stages", STAGES[case.state], language),
                "distance_m": round(case.metres, -1),
                "supports": case.supports,
                "same_asset": bool(case.same_asset),
            }
            for case in found
        ]
    }


@router.post("/reports/{number}/supports", status_code=201, response_model=Support, dependencies=[Patient, Proven])
@refuses(UnknownReport, RateLimited)
async def create_support(
    request: Request,
    links: SignedLinks,
    connection: Connection,
    grid: CurrentGrid,
    asker: Asker,
    number: CaseNumber,
    body: SupportBody,
) -> Response:
    """Support a case of a public category: "me too". It is followed by the `secret`; once from each device.

    What a device calls itself is its own word: an address without an account supports one case a few times, no more.
    A case that has ended, is of another category, or is not there, is answered alike (404).
    """
    if asker is ANYONE:
        request.state.rates.count("support", f"{address_of(request)} {grid.territory} {parse_number(number)}")
    key, secret = await support(connection, links, grid.territory, number, body.device)
    answer = {"number": format_number(key[1], key[0]), "secret": secret, "supports": await supports_of(connection, key)}
    return Response(as_json(answer), 201, {"Cache-Control": "no-store"}, media_type="application/json")
