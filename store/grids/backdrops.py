"""What is kept of a territory to be drawn under its grid, by kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import shapely
from psycopg.rows import class_row

from wangge.geo.backdrop.kinds import BackdropKind, Features
from wangge.geo.backdrop.spelling import spellings
from wangge.geo.errors import WanggeError
from wangge.store.engine import AsyncConnection, Connection
from wangge.store.grids import queries
from wangge.store.grids.loading import NoEdition

__all__ = [
    "Backdrop",
    "NoBackdrop",
    "backdrops_of",
    "neighbourhood",
    "put_backdrop",
    "remove_backdrop",
]

MERCATOR = 3857


class NoBackdrop(WanggeError):
    """The territory has no features of that kind."""

    kind = "no-backdrop"


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The features of one kind: how many, where from, under which licence, and since when."""

    kind: str
    source: str
    licence: str
    features: int
    imported_at: datetime


def neighbourhood(connection: Connection, territory: str) -> tuple[float, float, float, float]:
    """West, south, east, north of what is worth drawing: the territory and a quarter of it around. Raises NoEdition."""
    found = connection.execute(queries.BOUNDS_OF_TERRITORY, {"territory": territory}).fetchone()
    if found is None or found[0] is None:
        raise NoEdition(territory=territory)
    west, south, east, north = found
    across, up = (east - west) / 4, (north - south) / 4
    return west - across, south - up, east + across, north + up


def put_backdrop(
    connection: Connection,
    territory: str,
    kind: BackdropKind,
    features: Features,
    *,
    source: str = "",
    licence: str = "",
) -> None:
    """Keep features in the place of those of their kind, in one transaction."""
    told = {"territory": territory, "kind": kind.value, "source": source, "licence": licence}
    shapes = shapely.to_wkb(shapely.set_srid(features.shapes, MERCATOR), hex=True, include_srid=True)
    with connection.transaction():
        connection.execute(queries.REMOVE_BACKDROP, told)
        connection.execute(queries.PUT_BACKDROP, told | {"features": len(shapes)})
        with connection.cursor().copy(queries.COPY_BACKDROP) as copy:
            for name, zoom, shape in zip(features.names, features.zooms, shapes, strict=True):
                copy.write_row((territory, kind.value, name, zoom, shape))
        names = list(dict.fromkeys(name for name in features.names if name is not None))
        connection.execute(queries.FORGET_NAMES, told)
        connection.execute(queries.NAME_BACKDROP, told | {"names": names, "spelt": spellings(names)})


def remove_backdrop(connection: Connection, territory: str, kind: BackdropKind) -> None:
    """Keep the features of a kind no longer. Raises NoBackdrop."""
    told = {"territory": territory, "kind": kind.value}
    with connection.transaction():
        if not connection.execute(queries.REMOVE_BACKDROP, told).rowcount:
            raise NoBackdrop(territory=territory, what=kind.value)
        connection.execute(queries.FORGET_NAMES, told)


async def backdrops_of(connection: AsyncConnection, territory: str) -> Sequence[Backdrop]:
    """What a territory has, by kind."""
    async with connection.cursor(row_factory=class_row(Backdrop)) as cursor:
        return await (await cursor.execute(queries.BACKDROPS, {"territory": territory})).fetchall()
