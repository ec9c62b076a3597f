"""Everything that draws: vector tiles of cells, heat and backdrops, TileJSON, styles, and the planner's sheet."""

from wangge.tilesets.catalog import (
    Drawing,
    HeatFilter,
    backdrop_tilejson,
    backdrop_version,
    cells_tilejson,
    heat_tilejson,
    hot_density,
)
from wangge.tilesets.open_cases import cases_etag, cases_tilejson, draw_cases
from wangge.tilesets.styles import Rest, style
from wangge.tilesets.tiles import (
    UnknownTile,
    backdrop_etag,
    cells_etag,
    draw_backdrop,
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
    "Rest",
    "UnknownTile",
    "backdrop_etag",
    "backdrop_tilejson",
    "backdrop_version",
    "cases_etag",
    "cases_tilejson",
    "cells_etag",
    "cells_tilejson",
    "draw_backdrop",
    "draw_cases",
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
