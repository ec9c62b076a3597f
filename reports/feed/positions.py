"""Positions by name: how far each follower has come, moved in the transaction of what it did."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from wangge.geo.errors import WanggeError
from wangge.reports.feed import queries
from wangge.reports.feed.events import BATCH, FeedEvent, Mark, Standing, read, standing
from wangge.store.engine import AsyncConnection

__all__ = [
    "Follower",
    "Taken",
    "Touched",
    "UnknownFollower",
    "enrol",
    "followers",
    "forget",
    "months_between",
    "move_to",
    "position",
    "touched",
]


class UnknownFollower(WanggeError):
    """Nobody follows the feed by that name. Facts: `name`, `known`."""

    kind = "unknown-follower"


@dataclass(frozen=True, slots=True)
class Taken:
    """The events that a follower is to do next. `anew` tells that the feed began anew since it last moved.

    What it keeps in the database was restored with its position and goes on from there; what it has told others,
    they may know of events that are numbered otherwise now.
    """

    events: list[FeedEvent]
    reached: Mark
    anew: bool


@dataclass(frozen=True, slots=True)
class Touched:
    """The months (UTC) of cases to which something happened, each with its territory, as in ("xinhua", "2025-06").

    `anew` tells that the feed began anew since the follower last moved, or does not have what followed: then it makes
    everything anew.
    """

    months: frozenset[tuple[str, str]]
    after: Mark
    reached: Mark
    anew: bool


class Follower(NamedTuple):
    """Somebody who follows by name: `behind` are the events not done, `behind_s` how long the first of them waits."""

    name: str
    incarnation: int
    position: int
    moved_at: datetime
    behind: int
    behind_s: float


async def enrol(connection: AsyncConnection, name: str, after: Mark | None = None) -> bool:
    """Keep a position by this name from now on, at first after a mark; false where there is one already.

    Parameters
    ----------
    after : the end of the feed if left out.

    Raises
    ------
    FeedGone
    """
    stands = await standing(connection, after.position if after else 0)
    after = after or stands.newest
    if not stands.keeps(after.position):
        raise stands.gone(after)
    parameters = {"name": name, "position": after.position}
    return await (await connection.execute(queries.ADD_POSITION, parameters)).fetchone() is not None


@asynccontextmanager
async def position(
    connection: AsyncConnection, name: str, *, territory: str | None = None, limit: int = BATCH
) -> AsyncIterator[Taken]:
    """Take the next events of a follower; it has moved past them when what was done with them is committed.

    What the body writes over the same connection is done exactly once: it is one transaction with the position, which
    nobody else moves meanwhile. What it does elsewhere is done at least once; the mark of an event tells the receiver
    which it has had. Where the body raises, nothing has happened.

    Raises
    ------
    UnknownFollower
    FeedGone : the position is not one of this feed.
    """
    async with connection.transaction():
        after, stands = await _hold(connection, name)
        if not stands.keeps(after.position):
            raise stands.gone(after)
        stretch = await read(connection, after.position, stands.newest, territory=territory, limit=limit)
        yield Taken(stretch.events, stretch.reached, anew=after.incarnation != stands.incarnation)
        await _move(connection, name, after, Mark(stands.incarnation, stretch.reached.position))


@asynccontextmanager
async def touched(connection: AsyncConnection, name: str) -> AsyncIterator[Touched]:
    """Take the months that were touched up to the end of the feed; the follower has moved there when this is committed.

    For what is made by the month and again from the tables, where one event more or less costs nothing. The position
    is held as long as the body takes, so that nobody else makes the same meanwhile. Raises UnknownFollower.
    """
    async with connection.transaction():
        after, stands = await _hold(connection, name)
        months = await months_between(connection, after.position, stands.newest.position)
        anew = after.incarnation != stands.incarnation or not stands.keeps(after.position)
        yield Touched(months, after, stands.newest, anew)
        await _move(connection, name, after, Mark(stands.incarnation, stands.newest.position))


async def months_between(connection: AsyncConnection, after: int, last: int) -> frozenset[tuple[str, str]]:
    """The months (UTC) of cases to which something happened after a position up to another, by territory."""
    rows = await (await connection.execute(queries.TOUCHED_MONTHS, {"after": after, "last": last})).fetchall()
    return frozenset((territory, month) for territory, month in rows)


async def _hold(connection: AsyncConnection, name: str) -> tuple[Mark, Standing]:
    """Where a follower is, locked until the end of the transaction, and how the feed stands seen from there."""
    held = await (await connection.execute(queries.HOLD_POSITION, {"name": name})).fetchone()
    if held is None:
        raise UnknownFollower(name=name, known=[follower.name for follower in await followers(connection)])
    incarnation, at = held
    return Mark(incarnation, at), await standing(connection, at)


async def _move(connection: AsyncConnection, name: str, after: Mark, reached: Mark) -> None:
    if reached != after:
        moved = {"name": name, "incarnation": reached.incarnation, "position": reached.position}
        await connection.execute(queries.MOVE_POSITION, moved)


async def move_to(connection: AsyncConnection, name: str, after: Mark) -> None:
    """Let a follower go on after another mark, before or behind where it is. Raises UnknownFollower, FeedGone."""
    stands = await standing(connection, after.position)
    if not stands.knows(after):
        raise stands.gone(after)
    moved = {"name": name, "incarnation": stands.incarnation, "position": after.position}
    if not (await connection.execute(queries.MOVE_POSITION, moved)).rowcount:
        raise UnknownFollower(name=name, known=[follower.name for follower in await followers(connection)])


async def followers(connection: AsyncConnection) -> list[Follower]:
    """Everybody who follows by name, and how far each is behind."""
    return [Follower(*row) for row in await (await connection.execute(queries.FOLLOWERS)).fetchall()]


async def forget(connection: AsyncConnection, name: str) -> None:
    """Keep no position by this name any more, and nothing in the feed for it. Raises UnknownFollower."""
    gone = await connection.execute(queries.FORGET_POSITION, (name,))
    if not gone.rowcount:
        raise UnknownFollower(name=name, known=[follower.name for follower in await followers(connection)])
