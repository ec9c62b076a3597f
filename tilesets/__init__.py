"""Everything that draws: vector tiles of cells and heat, TileJSON, styles, and the planner's sheet."""

from wangge.tilesets.catalog import Drawing, HeatFilter, cells_tilejson, heat_tilejson, hot_density
from wangge.tilesets.styles import style
from wangge.tilesets.tiles import (
    UnknownTile,
    cells_etag,
    draw_cells,
    draw_heat,
    draw_released,
    heat_etag,
    released_density,
    released_etag,
)

__all__ = [
    "Drawing",
    "HeatFilter",
    "UnknownTile",
    "cells_etag",
    "cells_tilejson",
    "draw_cells",
    "draw_heat",
    "draw_released",
    "heat_etag",
    "heat_tilejson",
    "hot_density",
    "released_density",
    "released_etag",
    "style",
]
