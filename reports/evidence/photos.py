"""Photos from sending to erasure: taken in, made a report's, shown, and gone when their time is over.

Nothing is lost or left by halves. A row comes before its pictures and says when they are there; only then may a report
have the photo. It is doomed before its pictures go, and goes after them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from psycopg_pool import AsyncConnectionPool

from wangge.access.person import Scope
from wangge.access.scope import condition
from wangge.geo.errors import WanggeError
from wangge.reports.errors import IdempotencyConflict
from wangge.reports.evidence import queries
from wangge.reports.evidence.developed import Developed, Hint
from wangge.reports.evidence.pictures import Pictures
from wangge.reports.times import EARLIEST
from wangge.store.engine import AsyncConnection, named_rows

__all__ = [
    "MOST",
    "PENDING",
    "Erasure",
    "Taken",
    "UnknownPhoto",
    "attach",
    "erase_photos",
    "erasures",
    "is_seen",
    "keep",
    "photos_of",
    "put_covered",
    "signing_key",
    "taken_before",
]

MOST = 9
"""Photos of one report or one move."""

PENDING = timedelta(days=1)
"""How long a photo waits for its report."""

BATCH = 50


class UnknownPhoto(WanggeError):
    """A photo that is not there, is another's to give, or has a report already. Facts: `known`, the others."""

    kind = "unknown-photo"


@dataclass(frozen=True, slots=True)
class Taken:
    """A photo that waits for its report; `place` is what the camera said, lon and lat in WGS-84."""

    id: UUID
    taken_at: datetime | None
    expires_at: datetime
    width: int
    height: int
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """Photos of cases that went because their time was over."""

    id: int
    at: datetime
    count: int
    report_ids: list[int]


async def keep(
    pool: AsyncConnectionPool[AsyncConnection],
    pictures: Pictures,
    territory: str,
    zone: ZoneInfo,
    owner: str,
    data: bytes,
    developed: Developed,
    key: str | None = None,
) -> Taken:
    """Store a photo. No connection is held while its pictures are stored.

    Parameters
    ----------
    owner : who sends it, see `Person.sender`; only they may give it to a report.
    data : the file as it was sent, of which only the SHA-256 is kept.
    key : the owner's, see `taken_before`.

    Raises
    ------
    PicturesUnavailable
    """
    photo, hint = uuid4(), developed.hint
    taken_at = _moment(hint, zone)
    row = {
        "id": photo,
        "territory": territory,
        "owner": owner,
        "key": key,
        "width": developed.width,
        "height": developed.height,
        "likeness": developed.likeness,
        "digest": sha256(data).digest(),
        "taken_at": taken_at,
        "lon": hint.lon,
        "lat": hint.lat,
    }
    async with pool.connection() as connection:
        await connection.execute(queries.FREE_KEY, row)
        if await (await connection.execute(queries.EXPECT, row)).fetchone() is None:
            # Sent twice at the same moment: both are taken in, and the key is the other's.
            await connection.execute(queries.EXPECT, row | {"key": None})
    await pictures.put(territory, photo, {"large": developed.large, "small": developed.small})
    async with pool.connection() as connection:
        stored = await (await connection.execute(queries.STORED, {"id": photo})).fetchone()
    if stored is None:  # it took a day, and was given up meanwhile
        raise UnknownPhoto(known=[])
    place = (hint.lon, hint.lat) if hint.lon is not None and hint.lat is not None else None
    return Taken(photo, taken_at, stored[0] + PENDING, developed.width, developed.height, place)


async def taken_before(connection: AsyncConnection, territory: str, owner: str, key: str, data: bytes) -> Taken | None:
    """The photo that its owner has sent under a key before; None where there is none, or it is gone.

    Raises
    ------
    IdempotencyConflict : it was another file.
    """
    wanted = {"territory": territory, "owner": owner, "key": key}
    for row in await named_rows(connection, queries.PHOTO_OF_KEY, wanted):
        if bytes(row.digest) != sha256(data).digest():
            raise IdempotencyConflict(key=key)
        place = (row.lon, row.lat) if row.lon is not None else None
        return Taken(row.id, row.taken_at, row.sent_at + PENDING, row.width, row.height, place)
    return None


async def attach(
    connection: AsyncConnection,
    territory: str,
    owner: str,
    photos: Sequence[UUID],
    report: tuple[int, datetime],
    version: int,
) -> None:
    """Give photos to a report, as a part of the connection's transaction.

    Parameters
    ----------
    report : id and moment of receipt.
    version : of the event that they come with.

    Raises
    ------
    UnknownPhoto : one of them is not the owner's to give; then none is given.
    """
    if not photos:
        return
    given = {
        "ids": list(photos),
        "territory": territory,
        "owner": owner,
        "report": report[0],
        "received_at": report[1],
        "version": version,
    }
    found = {row[0] for row in await (await connection.execute(queries.ATTACH, given)).fetchall()}
    if len(found) < len(photos):
        raise UnknownPhoto(known=[str(photo) for photo in photos if photo in found])


async def photos_of(connection: AsyncConnection, report: tuple[int, datetime]) -> list[Any]:
    """The photos of a report, in the order in which they came, each with the move that it came with."""
    key = {"id": report[0], "received_at": report[1]}
    return await named_rows(connection, queries.PHOTOS_OF_REPORT, key)


async def put_covered(
    pool: AsyncConnectionPool[AsyncConnection],
    pictures: Pictures,
    territory: str,
    photo: UUID,
    made: tuple[bytes, bytes],
    by: str,
) -> None:
    """Store what the public sees of a photo, in the place of what it saw before.

    Raises
    ------
    PicturesUnavailable
    UnknownPhoto : it was erased meanwhile; then nothing of it stays.
    """
    await pictures.put(territory, photo, {"public-large": made[0], "public-small": made[1]})
    async with pool.connection() as connection:
        done = await connection.execute(queries.COVERED, {"id": photo, "actor": by})
    if not done.rowcount:
        await pictures.delete(territory, photo)
        raise UnknownPhoto(known=[])


async def signing_key(connection: AsyncConnection) -> bytes:
    """What links are signed with, the same for all servers of a database."""
    row = await (await connection.execute(queries.SIGNING_KEY)).fetchone()
    assert row is not None  # noqa: S101 - made with its table
    return bytes(row[0])


async def is_seen(connection: AsyncConnection, territory: str, photo: UUID, scope: Scope | None) -> bool:
    """Whether there is such a photo, and somebody with a scope sees the case that it is of.

    Parameters
    ----------
    scope : None for whoever has a link that was signed.
    """
    wanted: dict[str, Any] = {"id": photo, "territory": territory}
    query = queries.PHOTO
    if scope is not None:
        seen, values = condition(scope)
        query, wanted = queries.PHOTO_SEEN.replace("{scope}", seen), wanted | values
    return await (await connection.execute(query, wanted)).fetchone() is not None


async def erase_photos(
    pool: AsyncConnectionPool[AsyncConnection],
    pictures: Pictures,
    now: datetime,
    after_closing: timedelta,
    after_receipt: timedelta,
) -> int:
    """Erase photos whose time is over, and those that no report came for; how many.

    Parameters
    ----------
    after_closing, after_receipt : the time counts from a case's closing; of one that was never closed, from receipt.

    Raises
    ------
    PicturesUnavailable : the rest stays doomed, and goes the next time.
    """
    limits = {"closed_before": now - after_closing, "received_before": now - after_receipt}
    async with pool.connection() as connection:
        await connection.execute(queries.DOOM_PENDING, {"sent_before": now - PENDING})
        await connection.execute(queries.DOOM_OVERDUE, limits)
    erased = 0
    while True:
        async with pool.connection() as connection, connection.transaction():
            rows = await (await connection.execute(queries.TO_GO, {"limit": BATCH})).fetchall()
            for photo, territory in rows:
                await pictures.delete(territory, photo)
            await connection.execute(queries.ERASE, {"ids": [photo for photo, _ in rows]})
        erased += len(rows)
        if len(rows) < BATCH:
            return erased


async def erasures(connection: AsyncConnection, territory: str, limit: int) -> list[Erasure]:
    """What was erased in a territory, the last first."""
    rows = await connection.execute(queries.ERASURES, {"territory": territory, "limit": limit})
    return [Erasure(*row) for row in await rows.fetchall()]


def _moment(hint: Hint, zone: ZoneInfo) -> datetime | None:
    """When the camera says that it was; by the territory's clock where it did not know its own offset."""
    if hint.taken_at is None:
        return None
    time = datetime.fromisoformat(hint.taken_at)
    time = (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)
    return time if EARLIEST < time < datetime.now(UTC) + timedelta(days=1) else None  # a clock that was never set
