"""Draws the tiles of a collection: in any tile matrix set that is known, with what a query lets through."""

from functools import cache
from typing import TYPE_CHECKING, Any

from wangge.api.ogc import queries
from wangge.api.ogc.asking import Wanted
from wangge.api.ogc.collection import Collection
from wangge.api.ogc.reading import bounded
from wangge.geo.errors import WanggeError
from wangge.store.engine import AsyncConnection
from wangge.tilesets import UnknownTile

if TYPE_CHECKING:
    import morecantile

__all__ = ["MATRICES", "MAXZOOM", "UnknownMatrices", "draw", "limits_of", "matrices_of"]

MATRICES = {"WebMercatorQuad": 3857, "WorldCRS84Quad": 4326}
"""Tile matrix sets, each with the system that its tiles are in."""
MAXZOOM = 22
MARGIN = 64 / 4096
MERCATOR_LAT = 85.06
MOST_FEATURES = 20_000


class UnknownMatrices(WanggeError):
    """There are no tiles in such a tile matrix set. Facts: `matrices`, `known`."""

    kind = "unknown-matrices"


@cache
def _set(name: str) -> "morecantile.TileMatrixSet":
    import morecantile

    return morecantile.tms.get(name)


def _known(name: str) -> "morecantile.TileMatrixSet":
    if name not in MATRICES:
        raise UnknownMatrices(matrices=name[:64], known=list(MATRICES))
    return _set(name)


@cache
def _document(name: str) -> dict[str, Any]:
    told: dict[str, Any] = _set(name).model_dump(mode="json", exclude_none=True)
    return told


def _tile(column: int, row: int, zoom: int) -> "morecantile.Tile":
    import morecantile

    return morecantile.Tile(column, row, zoom)


def matrices_of(name: str) -> dict[str, Any]:
    """A tile matrix set as its document says it. Raises UnknownMatrices."""
    _known(name)
    return _document(name)


@cache
def limits_of(name: str, zoom: int, bbox: tuple[float, float, float, float]) -> dict[str, Any]:
    """The rows and columns of a matrix in which a box lies (west, south, east, north in degrees)."""
    matrices = _known(name)
    first, last = matrices.tile(bbox[0], bbox[3], zoom), matrices.tile(bbox[2], bbox[1], zoom)
    return {
        "tileMatrix": str(zoom),
        "minTileRow": first.y,
        "maxTileRow": last.y,
        "minTileCol": first.x,
        "maxTileCol": last.x,
    }


async def draw(
    connection: AsyncConnection, collection: Collection, wanted: Wanted, name: str, tile: tuple[int, int, int]
) -> bytes:
    """A tile as MVT, with one layer that is called as the collection is; empty where nothing is.

    Parameters
    ----------
    tile : its matrix (zoom), column and row.

    Raises
    ------
    UnknownMatrices, UnknownTile, BadQuery
    """
    matrices, (zoom, column, row) = _known(name), tile
    matrix = matrices.matrix(zoom) if 0 <= zoom <= MAXZOOM else None
    if matrix is None or not (0 <= column < matrix.matrixWidth and 0 <= row < matrix.matrixHeight):
        raise UnknownTile(z=zoom, x=column, y=row)
    here, around = (bounds(_tile(column, row, zoom)) for bounds in (matrices.xy_bounds, matrices.bounds))
    wide, high = (around.right - around.left) * MARGIN, (around.top - around.bottom) * MARGIN
    named = "geometry"
    while named in {one.name for one in collection.queryables}:
        named += "_"
    values = {
        "left": here.left,
        "bottom": here.bottom,
        "right": here.right,
        "top": here.top,
        "west": max(around.left - wide, -180.0),
        "south": max(around.bottom - high, -MERCATOR_LAT),
        "east": min(around.right + wide, 180.0),
        "north": min(around.top + high, MERCATOR_LAT),
        "layer": collection.id,
        "geometry": named,
        "most": MOST_FEATURES,
        "drawn_for": max(zoom + zoom % 2, 6),  # of the zooms that there are shapes for
    }
    srid = MATRICES[name]
    shape = collection.geometry if srid == collection.srid else f"ST_Transform({collection.geometry}, {srid})"
    if srid == 3857 and collection.simplified:
        shape = f"coalesce({collection.simplified}, {shape})"
    query = queries.TILE.format(
        columns="".join(f"{one.sql} AS {_quoted(one.name)}, " for one in collection.queryables),
        shape=shape,
        named=named,
        srid=srid,
        source=collection.source,
        where=" AND ".join(f"({one})" for one in (collection.where, *wanted.where)),
        geometry=collection.geometry,
        stored=collection.srid,
    )
    async with bounded(connection, filtered=wanted.filtered):
        asked = {**collection.values, **wanted.values, **values}
        drawn = await (await connection.execute(query, asked, prepare=False)).fetchone()
    return bytes(drawn[0]) if drawn and drawn[0] else b""


def _quoted(name: str) -> str:
    """A name of a property as one of a column, and not as a parameter."""
    return '"' + name.replace('"', '""').replace("%", "%%").replace("\0", "") + '"'
