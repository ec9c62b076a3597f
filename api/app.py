"""The application: routes, middleware, and what lives as long as the server."""

import asyncio
import ctypes
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version

import psycopg
import structlog
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from wangge.access.tokens import forget_expired
from wangge.api.background import (
    keep_columns,
    look_after_feed,
    look_nightly,
    number_events,
    release_regularly,
    sweep_regularly,
    tell_streams,
)
from wangge.api.plumbing import problems
from wangge.api.plumbing.bodies import Bodies
from wangge.api.plumbing.content_encoding import ContentEncoding
from wangge.api.plumbing.cross_origin import CrossOrigin
from wangge.api.plumbing.deps import State
from wangge.api.plumbing.description import ABOUT, TAGS, describe, operation_id
from wangge.api.plumbing.guard import Guard
from wangge.api.plumbing.kept_answers import KeptAnswers
from wangge.api.plumbing.methods import Heads
from wangge.api.plumbing.observe import Observe
from wangge.api.plumbing.photos import Photos
from wangge.api.plumbing.proxies import Proxies
from wangge.api.plumbing.query_names import Known
from wangge.api.plumbing.rate_limits import Rates
from wangge.api.plumbing.tracing import Traced, provider_of, traced_cursor
from wangge.api.routes import description, health
from wangge.api.routes.access import accounts, keys, oidc, sessions, tokens
from wangge.api.routes.cases import (
    batch,
    categories,
    contacts,
    events,
    lists,
    moves,
    photos,
    public,
    queues,
    reports,
    templates,
)
from wangge.api.routes.duty import desks, meetings, officers, organisations, policy, rules
from wangge.api.routes.figures import (
    bulletin,
    cell_statistics,
    comparison,
    counts,
    emerging,
    findings,
    indicators,
    integrity,
)
from wangge.api.routes.grids import bundle, locate, territories, tiles
from wangge.api.routes.viewer import mount_viewer
from wangge.api.work import watch_work
from wangge.data import messages
from wangge.data.languages import NEAREST
from wangge.geo.cover import kernel
from wangge.outgoing.streams import Streams
from wangge.patterns.columns.kernel import kernel as scan
from wangge.patterns.columns.shelf import Shelf
from wangge.reports.evidence.photos import erase_photos
from wangge.reports.evidence.pictures import Pictures, PicturesUnavailable
from wangge.reports.intake.contacts import erase_contacts
from wangge.reports.intake.months import ensure_months_ahead
from wangge.store.engine import AsyncConnection, create_pool
from wangge.store.grids.bundles import Bundles
from wangge.store.grids.live import LiveGrids
from wangge.store.postgres.cluster import ClusterFailed, database_url
from wangge.store.settings import Settings

__all__ = ["create_app"]

log = structlog.get_logger(__name__)

# The busiest first.
ROUTES = (
    lists,
    reports,
    moves,
    queues,
    events,
    batch,
    photos,
    locate,
    territories,
    categories,
    templates,
    public,
    bundle,
    tiles,
    counts,
    desks,
    officers,
    organisations,
    rules,
    meetings,
    sessions,
    tokens,
    oidc,
    contacts,
    accounts,
    keys,
    policy,
    indicators,
    integrity,
    findings,
    bulletin,
    comparison,
    cell_statistics,
    emerging,
    health,
    description,
)

START_S = 10
MONTHS_EVERY_S = 6 * 3600
ERASE_EVERY_S = 3600


def create_app(settings: Settings) -> FastAPI:
    """The ASGI application for these settings; nothing of ours is read from the environment.

    Raises
    ------
    KernelMissing, MissingExtra
    """
    kernel()
    scan()
    tracing = provider_of(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        url = await _url_of(settings)
        pool = create_pool(url, settings, traced_cursor(tracing) if tracing else None)
        await pool.open()
        grids = LiveGrids(partial(database_url, settings))
        bundles = Bundles(settings.home / "bundles", partial(database_url, settings))
        photographs = Photos.of(settings.home, settings.photo_store)
        streams = Streams(settings.max_streams, settings.max_streams_of_one)
        months, written = asyncio.Event(), asyncio.Event()
        tasks = [
            asyncio.create_task(grids.follow()),
            asyncio.create_task(_keep_months_ahead(pool, months)),
            asyncio.create_task(_forget_in_time(pool, settings, photographs.pictures)),
            asyncio.create_task(number_events(url, written)),
            asyncio.create_task(watch_work(pool)),
            asyncio.create_task(look_nightly(url, settings.home, grids)),
            asyncio.create_task(look_after_feed(pool, timedelta(days=settings.feed_days))),
            asyncio.create_task(tell_streams(url, settings, streams)),
        ]
        if settings.sweep_s:
            tasks.append(asyncio.create_task(sweep_regularly(pool, settings.sweep_s)))
        if settings.release_s:
            tasks.append(asyncio.create_task(release_regularly(pool, settings.public_step, settings.release_s)))
        if settings.columns_s:
            keeping = keep_columns(url, settings.home, grids.territories, settings.columns_s)
            tasks.append(asyncio.create_task(keeping))
        with suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                await grids.loaded.wait()
                await months.wait()
        _settle()
        yield State(
            settings=settings,
            pool=pool,
            grids=grids,
            bundles=bundles,
            shelf=Shelf(settings.home if settings.columns_s else None),
            rates=Rates(
                settings.sign_in_rate,
                settings.intake_rate,
                settings.locate_rate,
                settings.bulletin_rate,
                settings.contact_rate,
                settings.photo_rate,
            ),
            written=written,
            streams=streams,
            photos=photographs,
            closing=streams.close,
        )
        streams.close()
        photographs.darkroom.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        bundles.close()
        await pool.close()
        if tracing:
            await asyncio.to_thread(tracing.shutdown)  # sends what it still has

    app = FastAPI(
        title="Wangge",
        version=version("wangge"),
        servers=[{"url": "/"}],
        **ABOUT,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # given out by a route of our own
        openapi_tags=[{"name": name, "description": messages.word("tags", name, NEAREST)} for name in TAGS],
        generate_unique_id_function=operation_id,
    )
    for module in ROUTES:
        app.include_router(module.router, dependencies=[Known])
    mount_viewer(app, settings)
    problems.install(app)
    describe(app)
    # The last added is the outermost.
    app.add_middleware(Bodies, settings=settings)
    app.add_middleware(ContentEncoding)
    app.add_middleware(KeptAnswers, paths=tiles.CELL_TILES, most_bytes=settings.tile_cache_mb << 20)
    app.add_middleware(Heads)
    app.add_middleware(CrossOrigin, settings=settings)
    app.add_middleware(Guard)
    if tracing:
        app.add_middleware(Traced, provider=tracing)
    app.add_middleware(Observe)
    app.add_middleware(Proxies, trusted=settings.trusted_proxies)
    return app


async def _url_of(settings: Settings) -> str:
    """URL of the database, the embedded one started; one that dies while it starts is started again."""
    for wait_s in (0.5, 1.0, 2.0, 4.0):
        try:
            return await asyncio.to_thread(database_url, settings)
        except (psycopg.OperationalError, ClusterFailed) as error:
            log.warning("database lost while starting, trying again", error=str(error).strip())
            await asyncio.sleep(wait_s)
    return await asyncio.to_thread(database_url, settings)


def _settle() -> None:
    """What lives as long as the server is not looked through again, and what loading it needed is given back."""
    gc.collect()
    gc.freeze()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc keeps it otherwise
        trim(0)


async def _keep_months_ahead(pool: AsyncConnectionPool[AsyncConnection], done: asyncio.Event) -> None:
    """See to it that the partitions of the months to come exist; `done` is set once reports can be stored."""
    while True:
        try:
            async with pool.connection() as connection:
                await ensure_months_ahead(connection, needed=True)
                done.set()
                await ensure_months_ahead(connection)
            await asyncio.sleep(MONTHS_EVERY_S)
        except (psycopg.Error, PoolTimeout, OSError) as error:
            log.warning("months ahead not ensured, trying again", error=str(error).strip())
            await asyncio.sleep(5)


async def _forget_in_time(pool: AsyncConnectionPool[AsyncConnection], settings: Settings, pictures: Pictures) -> None:
    """Erase contacts and photos whose time is over, and sessions and tokens that nobody can use any more."""
    closed, received = timedelta(days=settings.contact_days), timedelta(days=settings.contact_days_open)
    shown = timedelta(days=settings.photo_days), timedelta(days=settings.photo_days_open)
    while True:
        try:
            async with pool.connection() as connection:
                count = await erase_contacts(connection, datetime.now(UTC), closed, received, "wangge")
                await forget_expired(connection)
            photos_erased = await erase_photos(pool, pictures, datetime.now(UTC), *shown)
            if count or photos_erased:
                log.info("erased in time", contacts=count, photos=photos_erased)
            await asyncio.sleep(ERASE_EVERY_S)
        except (psycopg.Error, PoolTimeout, OSError, PicturesUnavailable) as error:
            log.warning("contacts or photos not erased, trying again", error=str(error).strip())
            await asyncio.sleep(60)
