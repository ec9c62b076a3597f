"""Places by their names: what of a territory's backdrop, or of its list of places, is called so."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from wangge.access.person import ANYONE
from wangge.api.plumbing.deps import Asker, Connection, CurrentGrid
from wangge.api.plumbing.rate_limits import RateLimited, address_of
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.grids.locate import cell_ref
from wangge.api.schemas.forms import ONE_LINE
from wangge.api.schemas.grids import CellRef
from wangge.geo.backdrop.kinds import BackdropKind
from wangge.geo.grid import Location
from wangge.store.grids.places import find_places, has_names

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["locate"])


class NamedPlace(BaseModel):
    """Something with a name: a point on it, the box around all of it, and the base grid of the point."""

    kind: BackdropKind | Literal["address"]
    name: str
    lon: float
    lat: float
    bbox: tuple[float, float, float, float] = Field(description="West, south, east, north in degrees")
    cell: CellRef | None = Field(description="None where the point lies outside the territory")


class NamedPlaces(BaseModel):
    places: list[NamedPlace]
    any: bool = Field(description="Whether anything in the territory is found by its name")


Words = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=100,
        pattern=ONE_LINE,
        description="A name, a part of one, its pinyin or the initials of that; none to ask whether there are names",
    ),
]
Limit = Annotated[int, Query(ge=1, le=50)]


@router.get("/places", response_model=NamedPlaces, summary="Places by their names")
@refuses(RateLimited)
async def list_places(
    request: Request, grid: CurrentGrid, asker: Asker, connection: Connection, q: Words = None, limit: Limit = 12
) -> dict[str, Any]:
    """Streets, stations, addresses and so on that are called so: the same name first, then what begins with it."""
    if asker is ANYONE:
        request.state.rates.count("places", address_of(request))
    places = await find_places(connection, grid.territory, q, limit) if q else []
    return {
        "places": [
            {
                "kind": place.kind,
                "name": place.name,
                "lon": round(place.lon, 7),
                "lat": round(place.lat, 7),
                "bbox": [round(value, 7) for value in (place.west, place.south, place.east, place.north)],
                "cell": cell_ref(found.cell)
                if isinstance(found := grid.locate(place.lon, place.lat), Location)
                else None,
            }
            for place in places
        ],
        "any": bool(places) or await has_names(connection, grid.territory),
    }
