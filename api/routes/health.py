"""Whether the service lives, whether it can work, and its metrics."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from wangge.api.plumbing.deps import Grids
from wangge.api.plumbing.problems import DatabaseUnavailable, NotReady
from wangge.api.plumbing.refusals import refuses

__all__ = ["router"]

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Alive: the process answers. It says nothing about the database."""
    return {"status": "ok"}


@router.get("/readyz")
@refuses(NotReady, DatabaseUnavailable)
async def readyz(request: Request, grids: Grids) -> dict[str, object]:
    """Ready: the grids are in memory and the database answers; otherwise 503."""
    if not grids.ready:
        raise NotReady
    async with request.state.pool.connection() as connection:  # as a request takes it
        await connection.execute("SELECT 1")
    return {"status": "ok", "territories": {code: grids[code].edition for code in grids.territories()}}


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics() -> Response:
    """Metrics in the Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
