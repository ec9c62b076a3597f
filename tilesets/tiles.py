"""Draw one vector tile, or say that the reader's copy is still right without drawing it."""

import hashlib

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from wangge.access.scope import View
from wangge.geo.errors import WanggeError
from wangge.store.grids.loading import UnknownEdition
from wangge.tilesets import queries
from wangge.tilesets.catalog import HEAT_MAXZOOM, HeatFilter, sql_version, unknown_territory

__all__ = ["UnknownTile", "cells_etag", "draw_cells", "draw_heat", "heat_etag"]

MAXZOOM = 22


class UnknownTile(WanggeError):
    """There is no such tile: the zoom is beyond the last one, or the column or row beyond the zoom's edge."""

    kind = "unknown-tile"


async def cells_etag(session: AsyncSession, territory: str, edition: int, z: int, x: int, y: int) -> str:
    """Strong validator of a tile of a published edition: the edition's content, the drawing, the place.

    Raises
    ------
    UnknownTile, UnknownTerritory, UnknownEdition
    """
    _require_place(z, x, y, MAXZOOM)
    found = (await session.execute(queries.EDITION_HASH, {"edition": edition, "territory": territory})).scalar()
    if found is None:
        if (await session.execute(queries.REVISION, {"territory": territory})).first() is None:
            raise await unknown_territory(session, territory)
        raise UnknownEdition(territory=territory, edition=edition)
    return _etag("cells", found, str(edition), z, x, y)


async def draw_cells(session: AsyncSession, edition: int, z: int, x: int, y: int) -> bytes:
    """The tile of an edition's cells as MVT; empty where there is nothing."""
    query = orjson.dumps({"edition": edition}).decode()
    return bytes((await session.execute(queries.DRAW_CELLS, {"z": z, "x": x, "y": y, "query": query})).scalar() or b"")


async def heat_etag(session: AsyncSession, view: View, wanted: HeatFilter, z: int, x: int, y: int) -> str:
    """Strong validator of a heat tile: the revision of the territory's reports, the view, the filter, the place.

    Read before the tile is drawn: a report that arrives in between makes the tile newer than its validator says,
    and the next question fetches it again.

    Raises
    ------
    UnknownTile, UnknownTerritory
    """
    _require_place(z, x, y, HEAT_MAXZOOM)
    territory = view.scope.territory
    revision = (await session.execute(queries.REVISION, {"territory": territory})).scalar()
    if revision is None:
        raise await unknown_territory(session, territory)
    return _etag("heat", str(revision), wanted.query(view), z, x, y)


async def draw_heat(session: AsyncSession, view: View, wanted: HeatFilter, z: int, x: int, y: int) -> bytes:
    """The tile of the report counts that somebody sees, as MVT; empty where there are none."""
    place = {"z": z, "x": x, "y": y, "query": wanted.query(view)}
    return bytes((await session.execute(queries.DRAW_HEAT, place)).scalar() or b"")


def _require_place(z: int, x: int, y: int, maxzoom: int) -> None:
    if not (0 <= z <= maxzoom and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise UnknownTile(z=z, x=x, y=y, maxzoom=maxzoom)


def _etag(*parts: object) -> str:
    told = "\n".join(map(str, (sql_version(), *parts)))
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'
