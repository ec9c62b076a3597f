"""Connections: SQLAlchemy for requests, plain psycopg for bulk and for LISTEN."""

from typing import Any

import psycopg
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from store.settings import Settings

__all__ = ["Connection", "connect", "create_engine"]

Connection = psycopg.Connection[tuple[Any, ...]]

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
