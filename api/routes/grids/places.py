"""Places by their names: what of a territory's backdrop is called so."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from wangge.api.plumbing.deps import Connection, CurrentGrid
from wangge.api.routes.grids.locate import cell_ref
from wangge.api.schemas.common import CellRef
from wangge.api.schemas.forms import ONE_LINE
from wangge.geo.backdrop.kinds import BackdropKind
from wangge.geo.grid import Location
from wangge.store.grids.backdrops import find_places

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["locate"])


class NamedPlace(BaseModel):
    """Something with a name: a point on it, the box around all of it, and the base grid of the point."""

    kind: BackdropKind
    name: str
    lon: float
    lat: float
    bbox: tuple[float, float, float, float] = Field(description="West, south, east, north in degrees")
    cell: CellRef | None = Field(description="None where the point lies outside the territory")


class NamedPlaces(BaseModel):
    places: list[NamedPlace]


Words = Annotated[str, Query(min_length=1, max_length=100, pattern=ONE_LINE, description="A name, or a part of one")]
Limit = Annotated[int, Query(ge=1, le=50)]


@router.get("/places", response_model=NamedPlaces, summary="Places by their names")
async def list_places(grid: CurrentGrid, connection: Connection, q: Words, limit: Limit = 12) -> dict[str, Any]:
    """Streets, stations, parks and so on that are called so: the same name first, then what begins with it."""
    places = await find_places(connection, grid.territory, q, limit)
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
        ]
    }
