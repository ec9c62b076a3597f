"""Which cells lay in which on a day: the cells of the edition that held then, without their shapes."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from wangge.geo.grid import Cell, Grid, Level
from wangge.store.engine import AsyncConnection
from wangge.store.grids import queries

__all__ = ["Hierarchies", "Hierarchy", "Read", "hierarchies", "read_hierarchies"]

MOST_KEPT = 4
"""Editions of a territory beside the current one; those of a city have tens of thousands of cells."""


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


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of an edition: of each cell its id, depth, code, name and path."""

    edition: int
    label: str
    levels: Sequence[Mapping[str, Any]]
    rows: Sequence[tuple[Any, ...]]


# An edition never changes. What was made of it goes with the grid in memory: another database has other editions.
_KEPT: WeakKeyDictionary[Grid, OrderedDict[int, Hierarchy]] = WeakKeyDictionary()


async def read_hierarchies(
    connection: AsyncConnection, grid: Grid, first: date, last: date
) -> list[tuple[date, Hierarchy | Read]]:
    """The published editions of a territory that hold between two days, both counted, for `hierarchies`.

    Parameters
    ----------
    grid : of the current edition, whose cells need not be read.
    """
    rows = await (await connection.execute(queries.PUBLISHED_EDITIONS, {"territory": grid.territory})).fetchall()
    current = Hierarchy(grid.edition, grid.levels, list(grid.cells))
    before = [row for row in rows if row[0] <= first][-1:] or rows[:1]
    kept = _KEPT.setdefault(grid, OrderedDict())
    found: list[tuple[date, Hierarchy | Read]] = []
    for since, edition, label, levels in [
        *before,
        *(row for row in rows if first < row[0] <= last and row not in before),
    ]:
        held: Hierarchy | Read | None = current if label == grid.edition else kept.get(edition)
        if held is None:
            cells = await (await connection.execute(queries.PLACES_OF_EDITION, {"edition": edition})).fetchall()
            held = Read(edition, label, levels, cells)
        found.append((since, held))
    return found or [(date.min, current)]


def hierarchies(grid: Grid, read: Sequence[tuple[date, Hierarchy | Read]]) -> Hierarchies:
    """The hierarchies of what was read. Of a city it takes a good part of a second: work for a thread."""
    return Hierarchies([(since, _made(grid, one) if isinstance(one, Read) else one) for since, one in read])


def _made(grid: Grid, read: Read) -> Hierarchy:
    levels = [Level(level["key"], level["name"]) for level in read.levels]
    cells = [Cell(id_, levels[level].key, code, name, tuple(path)) for id_, level, code, name, path in read.rows]
    made, kept = Hierarchy(read.label, levels, cells), _KEPT.setdefault(grid, OrderedDict())
    kept[read.edition] = made
    while len(kept) > MOST_KEPT:
        kept.popitem(last=False)
    return made
