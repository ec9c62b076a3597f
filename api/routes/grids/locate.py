"""Which base grid is this? One point or many."""

import asyncio
import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from wangge.api.plumbing.deps import AppSettings, CurrentGrid, Unhurried
from wangge.api.plumbing.problems import BadField
from wangge.api.schemas.common import Accuracy, Lat, Lon
from wangge.api.schemas.grids import LocateAnswer, LocateBody, LocateManyAnswer
from wangge.geo.datum import Datum, to_wgs84
from wangge.geo.grid import Cell, CellShare, Grid, Location
from wangge.geo.overlays.areas import Where

__all__ = ["area_refs", "candidate_refs", "cell_ref", "router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["locate"])

AT_ONCE = asyncio.Semaphore(2)
"""So many threads of a process look many points up; the others are for requests that are short."""


def cell_ref(cell: Cell) -> dict[str, str | None]:
    """A cell as it stands in an answer."""
    return {"level": cell.level, "code": cell.code, "name": cell.name, "purpose": cell.purpose}


def candidate_refs(candidates: Iterable[CellShare]) -> list[dict[str, Any]]:
    """The base grids that an error circle touches as they stand in an answer, each with its share of the circle."""
    return [{"code": cell.code, "name": cell.name, "share": round(share, 4)} for cell, share in candidates]


def area_refs(areas: Iterable[Where]) -> list[dict[str, str]]:
    """The areas of overlays as they stand in an answer."""
    return [where._asdict() for where in areas]


@router.get("/locate", response_model=LocateAnswer)
async def locate(
    grid: CurrentGrid,
    lon: Annotated[Lon, Query()],
    lat: Annotated[Lat, Query()],
    datum: Annotated[Datum, Query(description="Datum of lon and lat")] = Datum.WGS84,
    accuracy: Annotated[Accuracy | None, Query()] = None,
) -> dict[str, Any]:
    """The base grid of a point with the cells above it; outside, the nearest one and its distance in metres."""
    x, y = (float(value) for value in to_wgs84(lon, lat, datum))
    found = grid.locate(x, y)
    candidates = grid.candidates(x, y, accuracy) if accuracy else []
    inside = isinstance(found, Location)
    near = found.nearest if not isinstance(found, Location) else None
    return {
        "lon": x,
        "lat": y,
        "edition": grid.edition,
        "cell": cell_ref(found.cell) if isinstance(found, Location) else None,
        "ancestors": [cell_ref(cell) for cell in found.ancestors] if isinstance(found, Location) else [],
        "on_edge": isinstance(found, Location) and found.on_edge,
        "ambiguous": len(candidates) > 1,
        "candidates": candidate_refs(candidates),
        "areas": area_refs(grid.areas_at(x, y, datetime.now(UTC))),
        "nearest": None
        if inside or near is None or isinstance(found, Location)
        else {"code": near.code, "name": near.name, "distance_m": round(found.distance_m, 1)},
    }


SHAPE = LocateBody.model_json_schema(ref_template="#/components/schemas/{model}")
SHAPE.pop("$defs")  # they stand there already, for other bodies name them too
BODY = {"required": True, "content": {"application/json": {"schema": SHAPE}}}


@router.post(
    "/locate",
    response_model=LocateManyAnswer,
    dependencies=[Unhurried],
    openapi_extra={"requestBody": BODY},
)
async def locate_many(request: Request, grid: CurrentGrid, settings: AppSettings) -> Response:
    """The base grids of many points, in the order of the points; `cell` is null outside."""
    sent = await request.body()
    async with AT_ONCE:
        content = await asyncio.to_thread(_located, grid, sent, settings.max_locate_points)
    return Response(content, media_type="application/json")


def _located(grid: Grid, sent: bytes, most: int) -> bytes:
    """The answer, read and made beside the event loop, which goes on serving others meanwhile."""
    try:
        body = LocateBody.model_validate_json(sent)
    except ValidationError as error:
        raise RequestValidationError(_faults(sent, error)) from None
    if len(body.points) > most:
        raise BadField(field="points", reason="too_long", max_length=most)
    points = np.array(body.points, dtype=np.float64).reshape(-1, 2)
    hits = grid.locate_many(*to_wgs84(points[:, 0], points[:, 1], body.datum))
    outside: dict[str, Any] = {"cell": None, "path": [], "on_edge": False}
    leaves = grid.leaves
    results = [
        {"cell": leaves[i].code, "path": leaves[i].path, "on_edge": edge} if i >= 0 else outside
        for i, edge in zip(hits.position.tolist(), hits.on_edge.tolist(), strict=True)
    ]
    return orjson.dumps({"edition": grid.edition, "results": results})


def _faults(sent: bytes, error: ValidationError) -> list[Any]:
    """What is wrong with a body, by the kinds of error that other bodies are refused with."""
    with suppress(ValueError):  # what is no JSON at all was said by the first reading
        try:
            LocateBody.model_validate(json.loads(sent))
        except ValidationError as plainer:
            error = plainer
    return [one | {"loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
