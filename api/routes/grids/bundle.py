"""The bundle of a territory: its grid in one file, for look-ups without a network."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from wangge.api.plumbing.cache_control import IMMUTABLE, REVALIDATE, holds
from wangge.api.plumbing.deps import CurrentGrid, KeptBundles
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.forms import NOT_EMPTY
from wangge.store.grids.loading import UnknownEdition

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["territories"])

ZIP = "application/zip"
FILE = {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}, "description": "The bundle"}


@router.get(
    "/bundle",
    response_class=FileResponse,
    responses={200: FILE, 206: FILE, 304: {"description": "The reader has it (If-None-Match)"}},
)
@refuses(UnknownEdition)
async def get_bundle(
    request: Request,
    grid: CurrentGrid,
    bundles: KeptBundles,
    edition: Annotated[
        str | None, Query(max_length=200, pattern=NOT_EMPTY, description="Label; the current edition if left out")
    ] = None,
) -> Response:
    """An edition in one file, for `wangge locate --bundle` and for phones: its cells and the index of its base grids.

    It is a ZIP archive that holds `manifest.json`, `cells.parquet` (GeoParquet) and `cover.bin`. The ETag changes with
    the edition; ranges are answered, so that a download can be gone on with.
    """
    bundle = await bundles.of(grid, edition)
    etag = f'"{bundle.tag}"'
    headers = {"ETag": etag, "Cache-Control": REVALIDATE if edition is None else IMMUTABLE}
    if holds(request, etag):
        return Response(status_code=304, headers=headers)
    name = re.sub(r"[^\w.-]+", "_", f"{grid.territory}-{bundle.edition}.bundle")
    return FileResponse(bundle.path, headers=headers, media_type=ZIP, filename=name)
