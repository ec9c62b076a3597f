"""Connections: SQLAlchemy for questions, psycopg for writing, for bulk and for LISTEN."""

from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from wangge.store.settings import Settings

__all__ = ["AsyncConnection", "Connection", "connect", "connect_async", "create_engine", "create_pool"]

Connection = psycopg.Connection[tuple[Any, ...]]
AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

CONNECT_TIMEOUT_S = 5
POOL_TIMEOUT_S = 10


def create_engine(url: str, settings: Settings) -> AsyncEngine:
    """An async engine with a pool of `settings.pool_size` connections that are tested when taken."""
    arguments: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_S, "options": "-c timezone=UTC"}
    if settings.pgbouncer:
        arguments = {"connect_timeout": CONNECT_TIMEOUT_S, "prepare_threshold": None}
    return create_async_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        connect_args=arguments,
    )


def create_pool(url: str, settings: Settings) -> AsyncConnectionPool[AsyncConnection]:
    """A pool of psycopg connections for writing, not open yet; a broken connection is replaced by itself.

    They are in autocommit: a single statement is a transaction of its own, and more than one open theirs explicitly.
    """
    arguments: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_S, "autocommit": True}
    arguments |= {"prepare_threshold": None} if settings.pgbouncer else {"options": "-c timezone=UTC"}
    return AsyncConnectionPool(
        url, kwargs=arguments, min_size=1, max_size=settings.pool_size, timeout=POOL_TIMEOUT_S, open=False
    )


async def connect_async(url: str) -> AsyncConnection:
    """A psycopg connection like those of the pool, for a command; leave it as a context manager to close it."""
    return await psycopg.AsyncConnection.connect(
        url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, options="-c timezone=UTC"
    )


def connect(url: str, *, autocommit: bool = False) -> Connection:
    """A psycopg connection for bulk work; leave it as a context manager to commit and close."""
    return psycopg.connect(url, autocommit=autocommit, connect_timeout=CONNECT_TIMEOUT_S, options="-c timezone=UTC")
