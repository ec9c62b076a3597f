"""`wangge serve`: the HTTP server."""

import resource
import time
from typing import Annotated

import psycopg
import structlog
import typer
import uvicorn

from wangge.api.app import create_app
from wangge.api.plumbing.observe import configure_logging
from wangge.api.plumbing.protocol import BoundedHttp
from wangge.geo.cover import kernel
from wangge.store.migrated import ensure_migrated
from wangge.store.postgres.cluster import ClusterFailed, database_url
from wangge.store.settings import Settings

__all__ = ["run", "serve"]

log = structlog.get_logger(__name__)

GRACE_S = 20
FILES = 512  # of the database, the columns, the logs
WAITS_S = (0.5, 1.0, 2.0, 4.0)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (WANGGE_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (WANGGE_PORT); 0: any free one.")] = None,
) -> None:
    """Serve the viewer, the API and the tiles. Ctrl-C ends it once the requests under way are answered."""
    changed = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    settings = Settings().model_copy(update=changed)
    kernel()  # said before a database is started for nothing
    configure_logging(settings)
    if settings.database_url is None:  # the embedded database is ours to keep up to date
        _prepare(settings)
    run(settings)


def _allow_files(connections: int) -> None:
    """Let this process have so many connections open and files besides, as far as it may by itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _prepare(settings: Settings) -> None:
    """Start and migrate the embedded database; when it dies meanwhile, again."""
    for wait_s in WAITS_S:
        try:
            return ensure_migrated(database_url(settings))
        except (psycopg.OperationalError, ClusterFailed) as error:
            log.warning("database lost while starting, trying again", error=str(error).strip())
            time.sleep(wait_s)
    return ensure_migrated(database_url(settings))


def run(settings: Settings) -> None:
    """Listen until told to stop."""
    _allow_files(settings.max_connections)
    uvicorn.run(
        create_app(settings),
        http=BoundedHttp,
        limit_concurrency=settings.max_connections,
        host=settings.host,
        port=settings.port,
        root_path=settings.root_path,
        log_config=None,
        ws="none",  # nothing here speaks WebSocket, and its library would be loaded
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        proxy_headers=False,  # read by a middleware of our own, which knows whom to believe
    )
