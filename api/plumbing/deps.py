"""What a route asks for, as nouns: who asks, a connection to read or to write, a grid, a period.

All of them are coroutines: a plain function would be sent to a thread for each request, which costs more than it does.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, TypedDict
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Query, Request
from psycopg_pool import AsyncConnectionPool

from wangge.access.asking import BadCredentials, by_bearer, by_session
from wangge.access.links import Links
from wangge.access.person import ANYONE, NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right
from wangge.access.scope import counted_by, read_by
from wangge.access.secrets import csrf_of
from wangge.api.exports import HomeExports
from wangge.api.plumbing.cookies import COOKIE, CSRF_HEADER
from wangge.api.plumbing.methods import path_of
from wangge.api.plumbing.observe import SAFE
from wangge.api.plumbing.photos import Photos
from wangge.api.plumbing.problems import BadField, CsrfMissing, DatabaseUnavailable, NotReady
from wangge.api.plumbing.proofs import HEADER, ProofWanted, check, digest_of, proof_key
from wangge.api.plumbing.rate_limits import RateLimited, Rates, address_of
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.forms import NO_NUL
from wangge.data import messages
from wangge.data.languages import negotiate
from wangge.geo.grid import Grid
from wangge.outgoing.streams import Streams
from wangge.patterns.columns.shelf import Shelf
from wangge.reports.bulk.export.jobs import Exports
from wangge.reports.text.suggesting import Models
from wangge.store.engine import AsyncConnection, snapshot
from wangge.store.grids.bundles import Bundles
from wangge.store.grids.live import LiveGrids
from wangge.store.grids.loading import UnknownTerritory
from wangge.store.settings import Settings

__all__ = [
    "AppSettings",
    "Asker",
    "BBox",
    "CaseNumber",
    "Connection",
    "Counted",
    "CurrentGrid",
    "Grids",
    "KeptBundles",
    "KeptColumns",
    "KeptExports",
    "Language",
    "Moderate",
    "Patient",
    "Period",
    "Proven",
    "Readable",
    "Reading",
    "Seen",
    "SignedLinks",
    "State",
    "Unasked",
    "Unhurried",
    "Writing",
    "asker_of",
    "instant",
    "require",
    "require_anywhere",
    "require_whole",
]


class State(TypedDict):
    """What the lifespan of the application holds.

    `written` is set after a request that may have changed something. `closing` is called when the server is told to
    stop, before it waits for the requests under way.
    """

    rates: Rates
    models: Models
    settings: Settings
    pool: AsyncConnectionPool[AsyncConnection]
    grids: LiveGrids
    bundles: Bundles
    shelf: Shelf
    written: asyncio.Event
    streams: Streams
    photos: Photos
    exports: HomeExports
    closing: Callable[[], None]


async def _settings(request: Request) -> Settings:
    settings: Settings = request.state.settings
    return settings


async def _grids(request: Request) -> LiveGrids:
    grids: LiveGrids = request.state.grids
    return grids


async def _bundles(request: Request) -> Bundles:
    bundles: Bundles = request.state.bundles
    return bundles


async def _shelf(request: Request) -> Shelf:
    shelf: Shelf = request.state.shelf
    return shelf


# A route names it before its connection: the first time it takes one for itself, and nobody may wait with another.
async def _links(request: Request) -> Links:
    links: Links = await request.state.photos.links(request.state.pool)
    return links


async def _exports(request: Request) -> Exports:
    exports: Exports = await request.state.exports.here(request.state.pool)
    return exports


SignedLinks = Annotated[Links, Depends(_links)]
AppSettings = Annotated[Settings, Depends(_settings)]
Grids = Annotated[LiveGrids, Depends(_grids)]
KeptBundles = Annotated[Bundles, Depends(_bundles)]
KeptExports = Annotated[Exports, Depends(_exports)]
KeptColumns = Annotated[Shelf, Depends(_shelf)]


@refuses(BadCredentials, CsrfMissing, DatabaseUnavailable)
async def _asker(request: Request) -> Person:
    return await asker_of(request)


async def asker_of(request: Request, *, trusting: bool = False, idling: bool = False) -> Person:
    """Who asks: by bearer token or key, or by the cookie of a session; anyone without.

    Parameters
    ----------
    trusting : a cookie is enough for a change, where nothing is changed yet.
    idling : this is nobody's doing: a session that is not used otherwise ends all the same.

    Raises
    ------
    BadCredentials, CsrfMissing
    """
    bearer, cookie = request.headers.get("authorization"), request.cookies.get(COOKIE)
    if bearer is None and cookie is None:
        return ANYONE
    if bearer is not None:
        scheme, _, secret = bearer.partition(" ")
        if scheme.lower() != "bearer":
            raise BadCredentials
        async with request.state.pool.connection() as connection:
            return await by_bearer(connection, secret.strip())
    assert cookie is not None  # noqa: S101 - one of the two is there
    # A page of another site can make the browser send the cookie along, but it cannot know this.
    told = request.headers.get(CSRF_HEADER, "")
    if not trusting and request.method not in SAFE and not hmac.compare_digest(told.encode(), csrf_of(cookie).encode()):
        raise CsrfMissing
    idle = timedelta(minutes=request.state.settings.session_idle_minutes)
    async with request.state.pool.connection() as connection:
        return (await by_session(connection, cookie, idle, used=not idling)).person


Asker = Annotated[Person, Depends(_asker)]

CaseNumber = Annotated[str, Path(pattern=NO_NUL, description="Case number, such as 202601-000123-7", max_length=64)]


# Who asks is found before a connection is taken for the work: whoever held one and waited for another would, with
# enough of them at once, wait for ever.
@refuses(DatabaseUnavailable)
async def _connection(request: Request, _: Asker) -> AsyncIterator[AsyncConnection]:
    async with request.state.pool.connection() as connection:
        yield connection


@refuses(DatabaseUnavailable)
async def _unasked(request: Request) -> AsyncIterator[AsyncConnection]:
    async with request.state.pool.connection() as connection:
        yield connection


@refuses(DatabaseUnavailable)
async def _reading(request: Request, _: Asker) -> AsyncIterator[AsyncConnection]:
    async with request.state.pool.connection() as connection, snapshot(connection):
        yield connection


@refuses(DatabaseUnavailable)
async def _writing(request: Request, _: Asker) -> AsyncIterator[AsyncConnection]:
    async with request.state.pool.connection() as connection, connection.transaction():
        yield connection


# scope="function": the commit happens before the answer leaves, so that no answer promises what is not stored.
Writing = Annotated[AsyncConnection, Depends(_writing, scope="function")]
# Not in a transaction: for what is one statement, which is one by itself and saves two round trips.
Connection = Annotated[AsyncConnection, Depends(_connection, scope="function")]
# For an answer out of several statements, which must be of one moment.
Reading = Annotated[AsyncConnection, Depends(_reading, scope="function")]
# For signing in, which a browser with a session that is over must be able to do.
Unasked = Annotated[AsyncConnection, Depends(_unasked, scope="function")]


@refuses(NotReady, UnknownTerritory)
async def _current_grid(request: Request, territory: Annotated[str, Path(description="Code of the territory")]) -> Grid:
    grids: LiveGrids = request.state.grids
    if not grids.ready and territory not in grids.territories():
        raise NotReady
    return grids[territory]


CurrentGrid = Annotated[Grid, Depends(_current_grid)]


@refuses(RateLimited)
async def _patient(request: Request, asker: Asker) -> None:
    if asker is ANYONE:
        request.state.rates.count("intake", address_of(request))


# The body has been read before: what is proven is what was sent, byte for byte.
@refuses(ProofWanted)
async def _proven(request: Request, asker: Asker, settings: AppSettings) -> None:
    if asker is ANYONE and settings.proof_cost:
        links: Links = await request.state.photos.links(request.state.pool)
        key = request.headers.get("idempotency-key")
        digest = digest_of(path_of(request.scope), await request.body(), key)
        if not key:
            raise ProofWanted  # each time it were another report
        check(request.headers.get(HEADER), digest, settings.proof_cost, proof_key(links))


@refuses(RateLimited)
async def _unhurried(request: Request, asker: Asker) -> None:
    if asker is ANYONE:
        request.state.rates.count("locate", address_of(request))


@refuses(RateLimited)
async def _moderate(request: Request, asker: Asker) -> None:
    if asker is ANYONE:
        request.state.rates.count("public", address_of(request))


Patient = Depends(_patient)
"""Refuses an address without an account that files more than it may."""
Proven = Depends(_proven)
"""Refuses what comes without an account and without the proof of work that is set."""
Unhurried = Depends(_unhurried)
"""The same of one that locates many points more often than it may."""


Moderate = Depends(_moderate)
"""The same of one that lists public cases more often than it may."""


def require(right: Right) -> Any:
    """A dependency that refuses whoever does not have a right in the territory of the path; it gives the Person."""

    @refuses(NotSignedIn, NotAllowed)
    async def having(asker: Asker, grid: CurrentGrid) -> Person:
        if not asker.may(right, grid.territory):
            raise asker.refusal(right, grid.territory)
        return asker

    return Depends(having)


def require_whole(right: Right, *others: Right) -> Any:
    """The same for the whole of the territory: the right, or one of the others, is had in all of its cells."""

    @refuses(NotSignedIn, NotAllowed)
    async def having(asker: Asker, grid: CurrentGrid) -> Person:
        rights = (right, *others)
        if not any(asker.may(one, grid.territory) and asker.scope(grid.territory, one).whole for one in rights):
            raise asker.refusal(right, grid.territory)
        return asker

    return Depends(having)


def require_anywhere(right: Right, *others: Right) -> Any:
    """The same where the path names no territory: the right, or one of the others, is had in some territory."""

    @refuses(NotSignedIn, NotAllowed)
    async def having(asker: Asker) -> Person:
        if not any(asker.may_anywhere(one) for one in (right, *others)):
            raise asker.refusal(right)
        return asker

    return Depends(having)


@refuses(NotSignedIn, NotAllowed)
async def _seen(asker: Asker, grid: CurrentGrid) -> Scope:
    return asker.scope(grid.territory, Right.READ)


async def _counted(asker: Asker, grid: CurrentGrid) -> Scope | None:
    return counted_by(asker, grid.territory)


async def _readable(asker: Asker, grid: CurrentGrid) -> Scope | None:
    return read_by(asker, grid.territory)


Seen = Annotated[Scope, Depends(_seen)]
"""Which cases the asker sees; whoever sees none is refused."""
Counted = Annotated[Scope | None, Depends(_counted)]
"""Which cases the asker sees counted as they are; None for anybody but staff, who sees what was published."""
Readable = Annotated[Scope | None, Depends(_readable)]
"""Which cases the asker sees; None for whoever sees none, where that is no refusal."""


async def _language(request: Request) -> messages.Language:
    return negotiate(request.headers.get("accept-language"))


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
