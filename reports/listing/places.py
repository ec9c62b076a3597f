"""Where reports are, in words: by the grid in memory, and by the database where they lie in another edition."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from wangge.geo.grid import Cell, Grid
from wangge.geo.purposes import Purpose
from wangge.reports.listing import queries
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["Whereabouts", "places_of"]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A base grid, the cells above it from the top, and the edition that they are of."""

    cell: Cell
    ancestors: tuple[Cell, ...]
    edition: str
    synthetic: bool


async def places_of(connection: AsyncConnection, grid: Grid, cells: Collection[int]) -> Mapping[int, Whereabouts]:
    """Base grids by their ids. Those of the grid in memory cost nothing; editions never change, so neither ages."""
    here = {cell.id: cell for each in set(cells) if (cell := grid.leaf(each))}
    places = {
        each: Whereabouts(cell, grid.ancestors(cell), grid.edition, grid.synthetic) for each, cell in here.items()
    }
    elsewhere = set(cells) - here.keys()
    if elsewhere:
        for row in await named_rows(connection, queries.PLACES, {"cells": list(elsewhere)}):
            keys = [level["key"] for level in row.levels]
            above = [
                Cell(0, key, code, name, tuple(row.path[: depth + 1]))
                for depth, (key, code, name) in enumerate(zip(keys, row.path, row.names, strict=False))
            ]
            purpose = Purpose(row.purpose) if row.purpose else None
            cell = Cell(row.id, keys[-1], row.code, row.name, tuple(row.path), purpose=purpose)
            places[row.id] = Whereabouts(cell, tuple(above), row.edition, row.synthetic)
    return places
