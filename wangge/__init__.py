"""Wangge, a spatial grid service for cities: the grid in memory, for notebooks and other programs.

A folder of boundaries, or a bundle that `wangge grid bundle` wrote, becomes a `Grid`, which puts points into cells:

>>> import wangge
>>> from wangge.data import DATA
>>> grid = wangge.grid_of(wangge.read_boundaries(DATA / "boundaries" / "xinhua"))
>>> found = grid.locate(116.8712, 38.3164)
>>> found.cell.code, [cell.name for cell in found.ancestors]
('130902001002001', ['建设北街街道', '院东社区居民委员会'])

What Chinese maps and phones give is shifted; `Datum` names by what, and takes it off:

>>> lon, lat = wangge.to_wgs84(116.8773, 38.3169, wangge.Datum.GCJ02)
>>> grid.locate(lon, lat).cell.code
'130902001002001'

Many points at once go in as arrays; a position is the place of a base grid in `grid.leaves`, `wangge.OUTSIDE` none:

>>> hits = grid.locate_many([116.8712, 100.0], [38.3164, 0.0])
>>> grid.codes(hits.position).to_pylist()
['130902001002001', None]

Neither the service (FastAPI) nor its database (SQLAlchemy) is imported for any of this.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wangge.geo.boundaries import read_boundaries
    from wangge.geo.bundle import open_bundle, write_bundle
    from wangge.geo.datum import Datum, from_wgs84, to_wgs84
    from wangge.geo.errors import WanggeError
    from wangge.geo.folders import grid_of
    from wangge.geo.grid import OUTSIDE, Cell, Grid, Location, Outside

__all__ = [
    "OUTSIDE",
    "Cell",
    "Datum",
    "Grid",
    "Location",
    "Outside",
    "WanggeError",
    "from_wgs84",
    "grid_of",
    "open_bundle",
    "read_boundaries",
    "to_wgs84",
    "write_bundle",
]

_HOMES = {
    "boundaries": ("read_boundaries",),
    "bundle": ("open_bundle", "write_bundle"),
    "datum": ("Datum", "from_wgs84", "to_wgs84"),
    "errors": ("WanggeError",),
    "folders": ("grid_of",),
    "grid": ("OUTSIDE", "Cell", "Grid", "Location", "Outside"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first asked for, so that `import wangge` itself costs nothing."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"wangge.geo.{_HOME_OF[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
