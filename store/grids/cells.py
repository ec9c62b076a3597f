"""What a request asks about territories and cells."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from psycopg.rows import namedtuple_row

from wangge.store.engine import AsyncConnection, named_rows
from wangge.store.grids import queries

__all__ = ["cell_features", "describe_territories", "find_cell"]

CHUNK = 500


async def describe_territories(connection: AsyncConnection, territory: str | None = None) -> list[Any]:
    """Territories with their current edition, extent and number of cells by level; one of them or all."""
    return await named_rows(connection, queries.DESCRIBE_TERRITORIES, {"territory": territory})


async def cell_features(
    connection: AsyncConnection,
    edition_id: int,
    level: int,
    *,
    parent: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    shapes: bool = True,
    kinds: Sequence[str] = (),
    after: str | None = None,
    limit: int | None = None,
) -> AsyncIterator[Any]:
    """Cells of one level of an edition, streamed by code; shapes are GeoJSON text, null if not wanted.

    They begin after the cell with the code `after`, and are at most `limit`; of some kinds only where any is named.
    """
    parameters = _parameters(edition_id, level, parent=parent, bbox=bbox, shapes=shapes)
    parameters |= {"kinds": list(kinds) or None, "after": after, "limit": limit}
    async with connection.transaction(), connection.cursor("cells", row_factory=namedtuple_row) as cursor:
        cursor.itersize = CHUNK
        await cursor.execute(queries.CELL_FEATURES, parameters)
        async for row in cursor:
            yield row


async def find_cell(connection: AsyncConnection, edition_id: int, level: int, code: str) -> Any | None:
    """One cell of an edition, as `cell_features` gives it, or None."""
    rows = await named_rows(connection, queries.CELL_FEATURES, _parameters(edition_id, level, code=code))
    return rows[0] if rows else None


def _parameters(
    edition_id: int,
    level: int,
    *,
    code: str | None = None,
    parent: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    shapes: bool = True,
) -> dict[str, Any]:
    west, south, east, north = bbox or (None,) * 4
    return {
        "edition": edition_id,
        "level": level,
        "code": code,
        "parent": parent,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "shapes": shapes,
        "kinds": None,
        "after": None,
        "limit": None,
    }
