"""Connections to the database, all of them psycopg's: the pool that requests share, and one for a command."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from psycopg_pool import AsyncConnectionPool
from psycopg_pool.base import AttemptWithBackoff

from wangge.geo.errors import WanggeError
from wangge.store.settings import Settings

__all__ = [
    "AsyncConnection",
    "Connection",
    "DatabaseFull",
    "connect",
    "connect_async",
    "create_pool",
    "database_of",
    "first_value",
    "in_parts",
    "is_full",
    "named_rows",
    "snapshot",
]

Connection = psycopg.Connection[tuple[Any, ...]]
AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

CONNECT_TIMEOUT_S = 5
DISK_FULL, IO_ERROR = "53100", "58030"
POOL_TIMEOUT_S = 4
"""Clients commonly give up after five seconds, and would not read the 503 that comes later."""


# While the database is away the pool asks for it every second. By itself it would wait twice as long each time, and
# after two minutes answer nobody for another one, though the database is back.
AttemptWithBackoff.DELAY_BACKOFF = 1.0


class DatabaseFull(WanggeError):
    """The database has no room left on its disk."""

    kind = "database-full"


def is_full(error: Exception) -> bool:
    """Whether PostgreSQL gave up because its disk, or a quota on it, is used up."""
    if not isinstance(error, psycopg.Error):
        return False
    # A file that cannot be written to is told as an error of input and output; the words are the system's.
    return error.sqlstate == DISK_FULL or (error.sqlstate == IO_ERROR and "space left" in str(error))


def create_pool(
    url: str, settings: Settings, cursor: type[psycopg.AsyncCursor[Any]] | None = None
) -> AsyncConnectionPool[AsyncConnection]:
    """The pool of all requests, not open yet; a broken connection is replaced by itself.

    Its connections are in autocommit: a single statement is a transaction of its own, and more than one open theirs
    explicitly. `cursor` is by which their statements go, where that is not psycopg's own.
    """
    arguments: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_S, "autocommit": True}
    arguments |= {"cursor_factory": cursor} if cursor else {}
    arguments |= {"prepare_threshold": None} if settings.pgbouncer else {"options": _options(settings)}
    return AsyncConnectionPool(
        url, kwargs=arguments, min_size=1, max_size=settings.pool_size, timeout=POOL_TIMEOUT_S, open=False
    )


def _options(settings: Settings) -> str:
    """What a request may take: neither its statement nor its pauses within a transaction are waited for without end.

    PgBouncer takes no options; where it stands in between, they belong to the role (docs/operations.md).
    """
    limit = round(settings.statement_s * 1000)
    return f"-c timezone=UTC -c statement_timeout={limit} -c idle_in_transaction_session_timeout={limit}"


async def connect_async(url: str) -> AsyncConnection:
    """A psycopg connection like those of the pool, for a command; leave it as a context manager to close it."""
    return await psycopg.AsyncConnection.connect(
        url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, options="-c timezone=UTC"
    )


def connect(url: str, *, autocommit: bool = False) -> Connection:
    """A psycopg connection for bulk work; leave it as a context manager to commit and close."""
    return psycopg.connect(url, autocommit=autocommit, connect_timeout=CONNECT_TIMEOUT_S, options="-c timezone=UTC")


@asynccontextmanager
async def snapshot(connection: AsyncConnection) -> AsyncIterator[None]:
    """Within it, every statement of a connection in autocommit reads the same moment, and none can write."""
    await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    try:
        yield
    finally:
        await connection.rollback()


async def named_rows(
    connection: AsyncConnection,
    query: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    prepare: bool | None = None,
) -> list[Any]:
    """The rows that a query gives, each with its columns as attributes.

    Parameters
    ----------
    prepare : False where the plan depends on the parameters, so that it is made for them each time.
    """
    async with connection.cursor(row_factory=namedtuple_row) as cursor:
        await cursor.execute(query, parameters, prepare=prepare)
        return await cursor.fetchall()


async def first_value(connection: AsyncConnection, query: str, parameters: Mapping[str, Any]) -> Any:
    """The first column of the first row that a query gives; None when it gives none."""
    row = await (await connection.execute(query, parameters)).fetchone()
    return row[0] if row else None


async def database_of(connection: AsyncConnection) -> str:
    """Which database it is, on whichever of its servers: another one is another, though it bears the same name."""
    cursor = await connection.execute(
        "SELECT concat_ws('/', system_identifier, d.oid) FROM pg_control_system(), pg_database d"
        " WHERE d.datname = current_database()"
    )
    found = await cursor.fetchone()
    return str(found[0]) if found else ""


@contextmanager
def in_parts(
    url: str, query: str, parameters: Mapping[str, Any], size: int
) -> Iterator[Iterator[list[tuple[Any, ...]]]]:
    """The rows of a query in parts of at most `size`, all of one moment, in memory that does not grow with them."""
    with connect(url) as connection, psycopg.ServerCursor(connection, "parts") as cursor:
        cursor.execute(query, parameters, binary=True)
        yield iter(lambda: cursor.fetchmany(size), [])
