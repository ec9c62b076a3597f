"""Which part of a territory is asked about: a cell of any level, or a circle."""

from typing import Annotated

from fastapi import Depends, Query

from wangge.api.plumbing.deps import CurrentGrid, Reading
from wangge.api.plumbing.problems import BadField
from wangge.api.schemas.common import Short
from wangge.geo.grid import Grid
from wangge.reports.listing.public import MOST_METRES, Area
from wangge.reports.listing.reading import is_cell
from wangge.store.engine import AsyncConnection

__all__ = ["AskedArea", "area_of", "check_cell"]


async def check_cell(connection: AsyncConnection, grid: Grid, code: str | None, level: str | None) -> None:
    """Refuse a cell that there is not: one that is misspelt gives nothing, which looks like an answer.

    Raises
    ------
    BadField
    """
    levels = [one.key for one in grid.levels]
    if level is not None and level not in levels:
        raise BadField(field="level", reason="unknown_level", expected=levels)
    if level is not None and code is None:
        raise BadField(field="cell", reason="missing")
    if code is not None and not await is_cell(connection, grid, code, level):
        raise BadField(field="cell", reason="unknown_cell", level=f" ({level})" if level else "")


async def area_of(
    connection: AsyncConnection, grid: Grid, cell: str | None, level: str | None, circle: str | None
) -> Area:
    """The part that a cell, or a circle as lon,lat,metres, is; all of it without either. Raises BadField."""
    code = grid.code_of(cell, level) if cell else None
    await check_cell(connection, grid, code, level)
    if not circle:
        return Area(code, level)
    try:
        lon, lat, metres = (float(part) for part in circle.split(","))
    except ValueError:
        raise BadField(field="circle", reason="circle") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90 and 0 < metres <= MOST_METRES):
        raise BadField(field="circle", reason="circle")
    return Area(code, level, lon, lat, metres)


async def _asked_area(
    connection: Reading,
    grid: CurrentGrid,
    cell: Annotated[Short | None, Query(description="Only in this cell, by its code")] = None,
    level: Annotated[Short | None, Query(description="Level of that cell, where a code stands on several")] = None,
    circle: Annotated[str | None, Query(description="Only within: lon,lat,metres; WGS-84")] = None,
) -> Area:
    return await area_of(connection, grid, cell, level, circle)


AskedArea = Annotated[Area, Depends(_asked_area, scope="function")]
