"""Connections: SQLAlchemy for requests, plain psycopg for bulk and for LISTEN."""

from typing import Any

import psycopg
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from store.settings import Settings

__all__ = ["AsyncConnection", "Connection", "connect", "create_engine", "driver_connection"]

Connection = psycopg.Connection[tuple[Any, ...]]
AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

CONNECT_TIMEOUT_S = 5


def create_engine(url: str, settings: Settings) -> AsyncEngine:
    """An async engine with a pool of `settings.pool_size` connections that are tested when taken."""
    arguments: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_S, "options": "-c timezone=UTC"}
    if settings.pgbouncer:
        arguments = {"connect_timeout": CONNECT_TIMEOUT_S, "prepare_threshold": None}
    return create_async_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=10,
        connect_args=arguments,
    )


def connect(url: str, *, autocommit: bool = False) -> Connection:
    """A psycopg connection for bulk work; leave it as a context manager to commit and close."""
    return psycopg.connect(url, autocommit=autocommit, connect_timeout=CONNECT_TIMEOUT_S, options="-c timezone=UTC")


async def driver_connection(session: AsyncSession) -> AsyncConnection:
    """The psycopg connection under a session, in the same transaction: for COPY, and for what must be quick."""
    raw = await (await session.connection()).get_raw_connection()
    connection = raw.driver_connection
    assert isinstance(connection, psycopg.AsyncConnection)  # noqa: S101 - the engine is made with psycopg
    return connection
