"""What lives as long as a server process: the pool, the grids, the chores, and what requests share."""

import asyncio
import ctypes
import gc
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from fastapi import FastAPI

from wangge.api import archive, background, webhooks
from wangge.api.exports import HomeExports, make_exports
from wangge.api.in_step import keep_peers_in_step
from wangge.api.notices import notice_chores
from wangge.api.plumbing.deps import State
from wangge.api.plumbing.photos import Photos
from wangge.api.plumbing.rate_limits import Rates
from wangge.api.plumbing.tracing import traced_cursor
from wangge.api.work import watch_work
from wangge.outgoing.notices.ways import Ways
from wangge.outgoing.streams import Streams
from wangge.patterns.columns.shelf import Shelf
from wangge.reports.text.suggesting import Models
from wangge.store.engine import create_pool
from wangge.store.grids.bundles import Bundles
from wangge.store.grids.live import LiveGrids
from wangge.store.postgres.cluster import ClusterFailed, database_url
from wangge.store.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

__all__ = ["lifespan_of"]

log = structlog.get_logger(__name__)

START_S = 10


def lifespan_of(
    settings: Settings, tracing: "TracerProvider | None"
) -> Callable[[FastAPI], AbstractAsyncContextManager[State]]:
    """What an application with these settings begins with and ends with."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        url = await _url_of(settings)
        pool = create_pool(url, settings, traced_cursor(tracing) if tracing else None)
        await pool.open()
        months = asyncio.Event()
        state = State(
            settings=settings,
            pool=pool,
            grids=LiveGrids(partial(database_url, settings)),
            bundles=Bundles(settings.home / "bundles", partial(database_url, settings)),
            shelf=Shelf(settings.home if settings.columns_s else None),
            rates=Rates.of(settings),
            models=Models(),
            written=asyncio.Event(),
            streams=(streams := Streams(settings.max_streams, settings.max_streams_of_one)),
            photos=Photos.of(settings.home, settings.photo_store),
            exports=HomeExports(settings.home, timedelta(hours=settings.export_hours), settings.exports_mb * 1_000_000),
            closing=streams.close,
        )
        tasks = [asyncio.create_task(chore) for chore in _chores(url, state, months)]
        with suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                await state["grids"].loaded.wait()
                await months.wait()
        _settle()
        yield state
        streams.close()
        await state["photos"].darkroom.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        state["bundles"].close()
        await pool.close()
        if tracing:
            await asyncio.to_thread(tracing.shutdown)  # sends what it still has

    return lifespan


def _chores(url: str, state: State, months: asyncio.Event) -> Iterator[Coroutine[Any, Any, None]]:
    """What the process does by itself; `months` is set once reports can be stored."""
    settings, pool, grids = state["settings"], state["pool"], state["grids"]
    yield grids.follow()
    yield background.keep_months_ahead(pool, months)
    yield background.forget_in_time(pool, settings, state["photos"].pictures)
    yield background.number_events(url, state["written"])
    yield watch_work(pool)
    yield background.look_nightly(url, settings.home, grids)
    yield background.look_after_feed(pool, timedelta(days=settings.feed_days))
    yield background.tell_streams(url, settings, state["streams"])
    yield webhooks.make_ready(url, settings)
    yield webhooks.send_webhooks(pool, settings, state["photos"].links)
    yield from notice_chores(url, pool, Ways.of(settings), state["photos"].links)
    yield make_exports(url, pool, state["exports"])
    if settings.sweep_s:
        yield background.sweep_regularly(pool, settings.sweep_s)
    if settings.release_s:
        yield background.release_regularly(pool, settings.public_step, settings.release_s)
    if settings.open311_s:
        yield keep_peers_in_step(url, pool, grids, settings)
    if settings.archive and settings.archive_s:
        yield archive.keep_archive(url, settings.home, settings.archive, settings.archive_s)
    if settings.columns_s:
        yield background.keep_columns(url, settings.home, grids.territories, settings.columns_s)


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
