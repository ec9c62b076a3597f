"""Heat and density for staff, counted in the columns; where these may not answer, the database draws."""

import hashlib
import math
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from wangge.access.person import Scope
from wangge.access.scope import as_json
from wangge.geo.grid import Grid
from wangge.patterns.columns.shelf import Columns, Shelf
from wangge.patterns.counts.asked import Asked, By, Filter
from wangge.patterns.counts.by_columns import Seen, count_in_columns, seen_by, usable
from wangge.store.engine import AsyncConnection
from wangge.tilesets import queries
from wangge.tilesets.catalog import HEAT_MAXZOOM, HeatFilter
from wangge.tilesets.points import points_tile
from wangge.tilesets.tiles import require_place

__all__ = ["CountedHeat", "counted_heat", "heat_bins"]

EARTH_M = 40075016.686
LEAST_M = 28
EXTENT = 4096


def heat_bins(z: int, y: int) -> int:
    """Bins across a heat tile, as `wangge_heat_bins` says."""
    side = EARTH_M / 2**z / math.cosh(math.pi * (1 - 2 * (y + 0.5) / 2**z)) / LEAST_M
    return 1 << max(0, min(6, math.floor(math.log2(side))))


class CountedHeat(NamedTuple):
    """The heat that somebody asks for, of columns as they are now."""

    columns: Columns
    grid: Grid
    scope: Scope
    seen: Seen
    wanted: HeatFilter
    filter: Filter

    def etag(self, z: int, x: int, y: int) -> str:
        """Strong validator of a tile: what the columns hold and the scope shows, the filter, the place.

        Raises
        ------
        UnknownTile
        """
        require_place(z, x, y, HEAT_MAXZOOM)
        others = self.seen.others.tobytes() if self.seen.others is not None else b""
        held = (self.columns.generation.manifest.generation, len(self.columns.changes))
        what = (held, as_json(self.scope), self.wanted.query(self.scope), z, x, y)
        return f'"c{hashlib.sha256(repr(what).encode() + others).hexdigest()[:24]}"'

    async def draw(self, connection: AsyncConnection, z: int, x: int, y: int) -> bytes | None:
        """The tile as MVT, as `wangge_heat` draws it; None where the columns cannot."""
        across = heat_bins(z, y)
        zoom = z + across.bit_length() - 1
        asked = Asked(self.scope, self.filter, frozenset({By.BIN}), zoom)
        tile = (z, x, y) if z >= self.columns.generation.manifest.places.coarsest else None
        counted = await count_in_columns(connection, self.columns, asked, self.seen, tile)
        if counted is None or counted.bins is None:
            return None
        bins = counted.bins
        column, line = bins.x.astype(np.int64) - x * across, bins.y.astype(np.int64) - y * across
        inside = (column >= 0) & (column < across) & (line >= 0) & (line < across)
        inside &= bins.count >= self.wanted.min_count
        column, line, numbers = column[inside], line[inside], bins.count[inside]
        order = np.lexsort((column, line))
        size = EXTENT // across
        middle = (column[order] * size + size // 2).tolist(), (line[order] * size + size // 2).tolist()
        return points_tile("heat", *middle, "count", numbers[order].tolist(), EXTENT)

    async def density(self, connection: AsyncConnection) -> float | None:
        """Reports per m² that only a twentieth of the base grids with such reports exceed; None without any.

        Whatever cell the filter names, as for the database's: all of the territory is on the scale.
        """
        wanted = Filter(since=self.filter.since, until=self.filter.until, categories=self.filter.categories)
        asked = Asked(self.scope, wanted, frozenset({By.CELL}))
        counted = await count_in_columns(connection, self.columns, asked, self.seen)
        if counted is None or not counted.cells:
            return None
        where = {"edition": self.grid.edition_id, "base": len(self.grid.levels) - 1}
        areas: dict[int, float] = dict(await (await connection.execute(queries.AREAS, where)).fetchall())
        return float(np.quantile([n / max(areas[cell], 1) for cell, n in counted.cells.items()], 0.95))


async def counted_heat(
    connection: AsyncConnection, shelf: Shelf, grid: Grid, scope: Scope, wanted: HeatFilter
) -> CountedHeat | None:
    """The heat as columns count it; None where they may not answer, or know no such span or group."""
    days = _days(wanted, grid.timezone)
    if days is None or wanted.group is not None:
        return None
    columns = await usable(connection, shelf, grid)
    seen = await seen_by(connection, columns, scope) if columns else None
    if columns is None or seen is None:
        return None
    levels = [wanted.level] if wanted.level else [level.key for level in grid.levels]
    cells = None if wanted.cell is None else frozenset((level, wanted.cell) for level in levels)
    categories = None if wanted.category is None else frozenset({wanted.category})
    return CountedHeat(columns, grid, scope, seen, wanted, Filter(*days, categories=categories, cells=cells))


def _days(wanted: HeatFilter, zone: ZoneInfo) -> tuple[date | None, date | None] | None:
    """First and last local day of the span; None where it does not begin and end with a day."""
    bounds = []
    for bound in (wanted.since, wanted.until):
        local = bound.astimezone(zone) if bound else None
        if local and bound and datetime(local.year, local.month, local.day, tzinfo=zone).astimezone(UTC) != bound:
            return None
        bounds.append(local.date() if local else None)
    since, past = bounds
    return since, past - timedelta(days=1) if past else None
