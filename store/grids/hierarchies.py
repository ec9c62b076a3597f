"""Which cells lay in which on a day: the cells of the edition that held then, without their shapes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wangge.geo.grid import Cell, Grid, Level
from wangge.store.engine import AsyncConnection
from wangge.store.grids import queries

__all__ = ["Hierarchies", "Hierarchy", "hierarchies"]


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The cells of an edition of a grid by what they lie in."""

    edition: str
    levels: Sequence[Level]
    cells: Sequence[Cell]

    def cell(self, level: str, code: str) -> Cell | None:
        """The cell of a level with a code."""
        return next((cell for cell in self.cells if cell.level == level and cell.code == code), None)


@dataclass(frozen=True, slots=True)
class Hierarchies:
    """The hierarchies of some days: since when each holds, in order; before the first of them it is the first."""

    held: Sequence[tuple[date, Hierarchy]]

    def on(self, day: date) -> Hierarchy:
        """The one that holds on a day."""
        return next((one for since, one in reversed(self.held) if since <= day), self.held[0][1])


async def hierarchies(connection: AsyncConnection, grid: Grid, first: date, last: date) -> Hierarchies:
    """The hierarchies of the published editions of a territory that hold between two days, both counted.

    Parameters
    ----------
    grid : of the current edition, whose cells need not be read.
    """
    rows = await (await connection.execute(queries.PUBLISHED_EDITIONS, {"territory": grid.territory})).fetchall()
    current = Hierarchy(grid.edition, grid.levels, list(grid.cells))
    before = [row for row in rows if row[0] <= first][-1:] or rows[:1]
    held = []
    for since, edition, label, levels in [
        *before,
        *(row for row in rows if first < row[0] <= last and row not in before),
    ]:
        held.append((since, current if label == grid.edition else await _read(connection, edition, label, levels)))
    return Hierarchies(held or [(date.min, current)])


async def _read(connection: AsyncConnection, edition: int, label: str, told: Sequence[dict[str, Any]]) -> Hierarchy:
    levels = [Level(level["key"], level["name"]) for level in told]
    rows = await (await connection.execute(queries.PLACES_OF_EDITION, {"edition": edition})).fetchall()
    cells = [Cell(id_, levels[level].key, code, name, tuple(path)) for id_, level, code, name, path in rows]
    return Hierarchy(label, levels, cells)
