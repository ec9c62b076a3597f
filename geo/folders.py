"""A boundaries folder as a grid in memory, without any database."""

from dataclasses import replace

from wangge.geo.boundaries import Boundaries, edition_hash
from wangge.geo.grid import Cell, Grid, Level

__all__ = ["grid_of"]


def grid_of(boundaries: Boundaries) -> Grid:
    """The grid of a boundaries folder; its cells have no ids of a store."""
    manifest = boundaries.manifest
    cells: list[Cell] = []
    above: dict[str, tuple[str, ...]] = {}
    for depth, level in enumerate(boundaries.levels):
        paths: dict[str, tuple[str, ...]] = {}
        for i, code in enumerate(level.codes):
            paths[code] = (*(above.get(level.parents[i] or "", ()) if depth else ()), code)
            purpose = level.purposes[i] if level.purposes else None
            cell = Cell(len(cells), level.spec.key, code, level.names[i], paths[code], level.geometries[i])
            cells.append(replace(cell, purpose=purpose) if purpose else cell)
        above = paths
    levels = [Level(level.spec.key, level.spec.name) for level in boundaries.levels]
    return Grid(
        manifest.code,
        manifest.edition,
        levels,
        cells,
        timezone=manifest.timezone,
        synthetic=manifest.synthetic,
        hash=edition_hash(boundaries),
    )
