"""What a request asks about territories and cells."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from wangge.store.grids import queries

DESCRIBE_TERRITORIES = text(queries.DESCRIBE_TERRITORIES)
CELL_FEATURES = text(queries.CELL_FEATURES)

__all__ = ["cell_features", "describe_territories"]


async def describe_territories(session: AsyncSession, territory: str | None = None) -> list[Any]:
    """Territories with their current edition, extent and number of cells by level; one of them or all."""
    return list(await session.execute(DESCRIBE_TERRITORIES, {"territory": territory}))


async def cell_features(
    session: AsyncSession,
    edition_id: int,
    *,
    level: int | None = None,
    code: str | None = None,
    parent: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    shapes: bool = True,
) -> AsyncIterator[Any]:
    """Cells of an edition, streamed in the order of level and code; shapes are GeoJSON text, null if not wanted."""
    west, south, east, north = bbox or (None,) * 4
    parameters = {
        "edition": edition_id,
        "level": level,
        "code": code,
        "parent": parent,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "shapes": shapes,
    }
    result = await session.stream(CELL_FEATURES, parameters)
    async for row in result:
        yield row
