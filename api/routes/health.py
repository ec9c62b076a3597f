"""Whether the service lives, whether it can work, and its metrics."""

from ipaddress import ip_address, ip_network

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from wangge.api.plumbing.deps import AppSettings, Grids
from wangge.api.plumbing.problems import DatabaseUnavailable, NotReady
from wangge.api.plumbing.refusals import refuses
from wangge.api.work import note_pool
from wangge.geo.errors import WanggeError

__all__ = ["NotFromHere", "router"]

router = APIRouter(tags=["operations"])


class NotFromHere(WanggeError):
    """Not given to the address that asks."""

    kind = "not-from-here"


def _is_among(request: Request, networks: list[str]) -> bool:
    """Whether a request comes from one of some networks; behind a proxy that is believed, where that says."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in networks)


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
@refuses(NotFromHere)
async def metrics(request: Request, settings: AppSettings) -> Response:
    """Metrics in the Prometheus text format, for the machines that watch: they count what is not for everybody."""
    if not _is_among(request, settings.metrics_from.split()):
        raise NotFromHere
    note_pool(request.state.pool)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
