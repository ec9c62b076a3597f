"""What a route asks for, as nouns: a session to read, a connection to write, a grid, a language, a page, a period.

All of them are coroutines: a plain function would be sent to a thread for each request, which costs more than it does.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, TypedDict
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Query, Request
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from api import messages
from api.problems import BadField, NotReady
from geo.grid import Grid
from store.engine import AsyncConnection
from store.live import LiveGrids
from store.settings import Settings

__all__ = [
    "AppSettings",
    "BBox",
    "Connection",
    "CurrentGrid",
    "Grids",
    "Language",
    "Page",
    "Period",
    "Session",
    "State",
    "Writing",
    "encode_cursor",
    "instant",
]


class State(TypedDict):
    """What the lifespan of the application holds."""

    settings: Settings
    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    pool: AsyncConnectionPool[AsyncConnection]
    grids: LiveGrids


async def _settings(request: Request) -> Settings:
    settings: Settings = request.state.settings
    return settings


async def _grids(request: Request) -> LiveGrids:
    grids: LiveGrids = request.state.grids
    return grids


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.state.sessions() as session:
        yield session
        await session.commit()


async def _connection(request: Request) -> AsyncIterator[AsyncConnection]:
    async with request.state.pool.connection() as connection:
        yield connection


async def _writing(request: Request) -> AsyncIterator[AsyncConnection]:
    async with request.state.pool.connection() as connection, connection.transaction():
        yield connection


AppSettings = Annotated[Settings, Depends(_settings)]
Grids = Annotated[LiveGrids, Depends(_grids)]
# scope="function": the commit happens before the answer leaves, so that no answer promises what is not stored.
Session = Annotated[AsyncSession, Depends(_session, scope="function")]
Writing = Annotated[AsyncConnection, Depends(_writing, scope="function")]
# Not in a transaction: for what is one statement, which is one by itself and saves two round trips.
Connection = Annotated[AsyncConnection, Depends(_connection, scope="function")]


async def _current_grid(request: Request, territory: Annotated[str, Path(description="Code of the territory")]) -> Grid:
    grids: LiveGrids = request.state.grids
    if not grids.ready and territory not in grids.territories():
        raise NotReady
    return grids[territory]


CurrentGrid = Annotated[Grid, Depends(_current_grid)]


async def _language(request: Request) -> messages.Language:
    return messages.negotiate(request.headers.get("accept-language"))


Language = Annotated[messages.Language, Depends(_language)]


def instant(value: str, zone: ZoneInfo, *, field: str, end: bool = False) -> datetime:
    """A time in UTC from a date or an RFC 3339 time; without an offset it is in the territory's zone.

    A date names the start of its day, and with `end` the start of the next one, so that `to` includes its day.
    """
    text = value.strip().replace(" ", "+") if "T" in value else value.strip()
    try:
        if len(text) <= 10:
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadField(field=field, reason="datetime_parsing") from None


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, `since` inclusive and `until` exclusive, each None when open."""

    since: datetime | None
    until: datetime | None


async def _period(
    grid: CurrentGrid,
    since: Annotated[
        str | None, Query(alias="from", description="Received at or after: a date or an RFC 3339 time")
    ] = None,
    until: Annotated[
        str | None, Query(alias="to", description="Received before this time, or up to and including this date")
    ] = None,
) -> Span:
    return Span(
        instant(since, grid.timezone, field="from") if since else None,
        instant(until, grid.timezone, field="to", end=True) if until else None,
    )


Period = Annotated[Span, Depends(_period)]


async def _bbox(
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees, WGS-84")] = None,
) -> tuple[float, float, float, float] | None:
    if not bbox:
        return None
    try:
        west, south, east, north = (float(part) for part in bbox.split(","))
    except ValueError:
        raise BadField(field="bbox", reason="bbox") from None
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90 and west <= east):
        raise BadField(field="bbox", reason="bbox")
    return west, south, east, north


BBox = Annotated[tuple[float, float, float, float] | None, Depends(_bbox)]


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a list: at most `limit` entries `after` the (received_at, id) where the cursor stands."""

    limit: int
    after: tuple[datetime, int] | None


async def _page(
    limit: Annotated[int, Query(ge=1, le=1000, description="Most entries in this page")] = 100,
    cursor: Annotated[str | None, Query(max_length=100, description="From the next link of a page")] = None,
) -> Place:
    return Place(limit, _decode_cursor(cursor) if cursor else None)


Page = Annotated[Place, Depends(_page)]


def encode_cursor(received_at: datetime, report_id: int) -> str:
    """The opaque cursor of the place after a report."""
    micros = int((received_at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    return urlsafe_b64encode(f"{micros}.{report_id}".encode()).decode().rstrip("=")


def _decode_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        micros, report_id = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").split(".")
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros))
        if not 0 <= int(report_id) < 2**63:
            raise ValueError(cursor)
        return at, int(report_id)
    except (ValueError, OverflowError, binascii.Error):
        raise BadField(field="cursor", reason="cursor") from None
