"""Draw one vector tile, or say that the reader's copy is still right without drawing it."""

import hashlib
from typing import Any

import orjson

from wangge.access.person import Scope
from wangge.geo.errors import WanggeError
from wangge.reports.release.reading import Asked, Release
from wangge.store.engine import AsyncConnection, first_value
from wangge.store.grids.loading import UnknownEdition
from wangge.tilesets import queries
from wangge.tilesets.catalog import HEAT_MAXZOOM, RELEASED_MAXZOOM, HeatFilter, sql_version, unknown_territory

__all__ = [
    "UnknownTile",
    "backdrop_etag",
    "cells_etag",
    "draw_backdrop",
    "draw_cells",
    "draw_heat",
    "draw_released",
    "heat_etag",
    "released_density",
    "released_etag",
    "require_place",
]

MAXZOOM = 22
Places = frozenset[tuple[str, str]]
"""Cells, each by its level's key and its code."""


class UnknownTile(WanggeError):
    """There is no such tile: the zoom is beyond the last one, or the column or row beyond the zoom's edge."""

    kind = "unknown-tile"


async def cells_etag(
    connection: AsyncConnection, territory: str, edition: int, z: int, x: int, y: int, level: str | None = None
) -> str:
    """Strong validator of a tile of a published edition: the edition's content, the drawing, the place, the level.

    Raises
    ------
    UnknownTile, UnknownTerritory, UnknownEdition
    """
    require_place(z, x, y, MAXZOOM)
    found = await first_value(connection, queries.EDITION_HASH, {"edition": edition, "territory": territory})
    if found is None:
        if await first_value(connection, queries.REVISION, {"territory": territory}) is None:
            raise await unknown_territory(connection, territory)
        raise UnknownEdition(territory=territory, edition=edition)
    return _etag("cells", found, str(edition), z, x, y, level or "")


async def draw_cells(
    connection: AsyncConnection, edition: int, z: int, x: int, y: int, level: str | None = None
) -> bytes:
    """The tile of an edition's cells as MVT; empty where there is nothing. A level that is named is drawn earlier."""
    query = orjson.dumps({"edition": edition, "level": level}).decode()
    return await _drawn(connection, queries.DRAW_CELLS, {"z": z, "x": x, "y": y, "query": query})


def backdrop_etag(version: str, z: int, x: int, y: int) -> str:
    """Strong validator of a tile of a territory's backdrop: what it was made of, the place. Raises UnknownTile."""
    require_place(z, x, y, MAXZOOM)
    return _etag("backdrop", version, z, x, y)


async def draw_backdrop(connection: AsyncConnection, territory: str, z: int, x: int, y: int) -> bytes:
    """The tile of a territory's streets, water and so on as MVT; empty where there is nothing."""
    query = orjson.dumps({"territory": territory}).decode()
    return await _drawn(connection, queries.DRAW_BACKDROP, {"z": z, "x": x, "y": y, "query": query})


async def heat_etag(connection: AsyncConnection, scope: Scope, wanted: HeatFilter, z: int, x: int, y: int) -> str:
    """Strong validator of a heat tile: the revision of the territory's reports, the scope, the filter, the place.

    Read before the tile is drawn: a report that arrives in between makes the tile newer than its validator says,
    and the next question fetches it again.

    Raises
    ------
    UnknownTile, UnknownTerritory
    """
    require_place(z, x, y, HEAT_MAXZOOM)
    territory = scope.territory
    revision = await first_value(connection, queries.REVISION, {"territory": territory})
    if revision is None:
        raise await unknown_territory(connection, territory)
    return _etag("heat", str(revision), wanted.query(scope), z, x, y)


async def draw_heat(connection: AsyncConnection, scope: Scope, wanted: HeatFilter, z: int, x: int, y: int) -> bytes:
    """The tile of the report counts that somebody sees, as MVT; empty where there are none."""
    return await _drawn(connection, queries.DRAW_HEAT, {"z": z, "x": x, "y": y, "query": wanted.query(scope)})


def released_etag(
    release: Release | None, wanted: HeatFilter, z: int, x: int, y: int, without: Places = frozenset()
) -> str:
    """Strong validator of a tile of what was published: the release, the filter, the place. Raises UnknownTile."""
    require_place(z, x, y, RELEASED_MAXZOOM)
    return _etag("released", _released(release, wanted, without), z, x, y)


async def draw_released(
    connection: AsyncConnection,
    release: Release | None,
    wanted: HeatFilter,
    z: int,
    x: int,
    y: int,
    without: Places = frozenset(),
) -> bytes:
    """The tile of what a release tells, as MVT, `without` what it tells of some cells; empty where that is nothing."""
    if release is None:
        return b""
    parameters = {"z": z, "x": x, "y": y, "query": _released(release, wanted, without)}
    return await _drawn(connection, queries.DRAW_RELEASED_HEAT, parameters)


async def released_density(connection: AsyncConnection, release: Release | None, wanted: HeatFilter) -> float | None:
    """Published reports per m² that a twentieth of the cells exceed that have any; None when there are none."""
    if release is None:
        return None
    asked = Asked(wanted.category, wanted.group)
    what = {"about": asked.about.value, "value": asked.value, "depth": release.finest_of(asked.about)}
    where = {"release": release.id, "edition": release.edition_id}
    density: float | None = await first_value(connection, queries.RELEASED_DENSITY, where | what)
    return density


def _released(release: Release | None, wanted: HeatFilter, without: Places) -> str:
    """The JSON that the tile function takes; equal filters of one release give equal text."""
    asked = Asked(wanted.category, wanted.group)
    narrowed = {key: value for key, value in wanted.parameters().items() if key in {"cell", "level", "min_count"}}
    what = {"release": release.id if release else None, "about": asked.about.value, "value": asked.value}
    left_out = {"without": sorted(map(list, without))} if without else {}
    return orjson.dumps(what | narrowed | left_out).decode()


async def _drawn(connection: AsyncConnection, query: str, parameters: dict[str, Any]) -> bytes:
    """The bytes of a tile, which are needed as they are: in binary they come without being written in digits."""
    row = await (await connection.execute(query, parameters, binary=True)).fetchone()
    return bytes(row[0]) if row and row[0] else b""


def require_place(z: int, x: int, y: int, maxzoom: int) -> None:
    """Raise UnknownTile where the pyramid has no such tile."""
    if not (0 <= z <= maxzoom and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise UnknownTile(z=z, x=x, y=y, maxzoom=maxzoom)


def _etag(*parts: object) -> str:
    told = "\n".join(map(str, (sql_version(), *parts)))
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'
