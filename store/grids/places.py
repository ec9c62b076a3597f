"""Places by their names: of a backdrop, and of a list; found by parts of them, by pinyin and by initials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from psycopg.rows import class_row

from wangge.geo.backdrop.spelling import letters_of, spellings
from wangge.geo.errors import WanggeError
from wangge.store.engine import AsyncConnection, Connection, first_value
from wangge.store.grids import queries

if TYPE_CHECKING:
    from wangge.geo.backdrop.listing import Listed

__all__ = [
    "ADDRESS",
    "NoPlaces",
    "Place",
    "PlaceList",
    "find_places",
    "has_names",
    "list_of",
    "put_list",
    "remove_list",
]

ADDRESS = "address"
"""The kind of what comes from a list; others are the kinds of a backdrop."""


class NoPlaces(WanggeError):
    """The territory has no list of places. Facts: `territory`."""

    kind = "no-places"


@dataclass(frozen=True, slots=True)
class Place:
    """Something that has a name: a point on it, and the box around all of it, in degrees."""

    kind: str
    name: str
    lon: float
    lat: float
    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class PlaceList:
    """The list of a territory: where from, under which licence, how many, since when."""

    source: str
    licence: str
    places: int
    imported_at: datetime


def put_list(connection: Connection, territory: str, listed: "Listed", *, source: str = "", licence: str = "") -> None:
    """Keep a list of places in the place of the one that was there, in one transaction."""
    told = {"territory": territory, "kind": ADDRESS, "source": source, "licence": licence}
    with connection.transaction():
        connection.execute(queries.PUT_LIST, told | {"places": len(listed.names)})
        connection.execute(queries.FORGET_NAMES, told)
        with connection.cursor().copy(queries.COPY_NAMES) as copy:
            rows = zip(listed.names, spellings(listed.names), listed.lons, listed.lats, strict=True)
            for name, spelt, lon, lat in rows:
                copy.write_row((territory, ADDRESS, name, spelt, lon, lat, lon, lat, lon, lat))
    connection.execute("ANALYZE place_name")  # what is common and what is rare decides how it is looked for


def remove_list(connection: Connection, territory: str) -> None:
    """Keep the list of a territory no longer. Raises NoPlaces."""
    told = {"territory": territory, "kind": ADDRESS}
    with connection.transaction():
        if not connection.execute(queries.REMOVE_LIST, told).rowcount:
            raise NoPlaces(territory=territory)
        connection.execute(queries.FORGET_NAMES, told)


def list_of(connection: Connection, territory: str) -> PlaceList | None:
    """The list that a territory has."""
    with connection.cursor(row_factory=class_row(PlaceList)) as cursor:
        return cursor.execute(queries.PLACE_LIST, {"territory": territory}).fetchone()


async def has_names(connection: AsyncConnection, territory: str) -> bool:
    """Whether anything in a territory is found by its name."""
    return bool(await first_value(connection, queries.HAS_NAMES, {"territory": territory}))


async def find_places(connection: AsyncConnection, territory: str, words: str, limit: int) -> Sequence[Place]:
    """What bears a name in which these words stand: the same first, then what begins so, then the shortest.

    What is spelt so, by pinyin or by initials, comes after what begins so, and last what has the letters further on.
    """
    letters = letters_of(words)
    asked: dict[str, object] = {"territory": territory, "words": words, "letters": letters}
    ways = [queries.PLACES, queries.PLACES_WITHIN]
    if letters:  # where many names are spelt so, no other is looked for: one index has the letters of both
        ways = [queries.PLACES, queries.PLACES_SPELT, queries.PLACES_WITHIN, queries.PLACES_SPELT_WITHIN]
        if letters == words.casefold():  # the last way finds what the one before it does
            ways.remove(queries.PLACES_WITHIN)
    found: dict[tuple[str, str], Place] = {}
    async with connection.cursor(row_factory=class_row(Place)) as cursor:
        for way in ways:
            if len(found) < limit:
                # What is common and what is rare is found in other ways, so that it is planned for each word.
                await cursor.execute(way, asked | {"limit": limit}, prepare=False)
                for place in await cursor.fetchall():
                    found.setdefault((place.kind, place.name), place)
    return list(found.values())[:limit]
