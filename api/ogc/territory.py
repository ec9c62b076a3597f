"""The territory that is asked about, as these pages tell of it; found once for each edition."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from weakref import WeakKeyDictionary

from fastapi import Depends, Request

from wangge.api.ogc import queries
from wangge.api.ogc.crs import offered
from wangge.api.plumbing.deps import Asker, CurrentGrid
from wangge.api.plumbing.problems import DatabaseUnavailable
from wangge.api.plumbing.refusals import refuses
from wangge.geo.grid import Grid
from wangge.store.engine import first_value
from wangge.store.grids.cells import describe_territories

__all__ = ["Described", "Territory"]

_KNOWN: WeakKeyDictionary[Grid, "Territory"] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Territory:
    """What is said of a territory as a whole.

    Attributes
    ----------
    bbox : west, south, east, north in degrees, WGS-84.
    first : the day from which there is an edition.
    crs : URIs of the systems that its features can be had in.
    """

    code: str
    name: Mapping[str, str]
    bbox: tuple[float, float, float, float]
    first: date
    source: str
    licence: str
    crs: tuple[str, ...]


# With a connection of its own, and only the first time: a route names it before one that it keeps.
@refuses(DatabaseUnavailable)
async def _described(request: Request, _: Asker, grid: CurrentGrid) -> Territory:
    if (known := _KNOWN.get(grid)) is not None:
        return known
    async with request.state.pool.connection() as connection:
        (row,) = await describe_territories(connection, grid.territory)
        first = await first_value(connection, queries.FIRST_EDITION, {"territory": grid.territory})
    bbox = (row.west, row.south, row.east, row.north)
    known = Territory(row.code, row.name, bbox, first, row.source, row.licence, tuple(offered(bbox)))
    _KNOWN[grid] = known
    return known


Described = Annotated[Territory, Depends(_described)]
