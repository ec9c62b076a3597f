"""Where a point belongs: its datum, its base grid, and the cells that its error circle touches."""

from dataclasses import dataclass, field
from typing import Any

from wangge.geo.datum import Datum, to_wgs84
from wangge.geo.grid import CellShare, Grid, Location, Outside
from wangge.reports.errors import OutsideGrid

__all__ = ["Placement", "nearest", "place"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a point belongs: its WGS-84 coordinates, its base grid, and the cells its error circle touches."""

    lon: float
    lat: float
    location: Location
    candidates: list[CellShare] = field(default_factory=list)

    @property
    def ambiguous(self) -> bool:
        """Whether the error circle reaches into another base grid."""
        return len(self.candidates) > 1


def place(grid: Grid, lon: float, lat: float, datum: Datum, accuracy_m: float | None = None) -> Placement:
    """Put a point into its base grid.

    Raises
    ------
    OutsideGrid : with the nearest base grid and its distance.
    """
    x, y = (float(value) for value in to_wgs84(lon, lat, datum))
    found = grid.locate(x, y)
    if isinstance(found, Outside):
        swapped = grid.index.locate(lat, lon)[0] >= 0
        raise OutsideGrid(nearest=nearest(found), swapped=swapped, zero=lon == 0 == lat)
    return Placement(x, y, found, grid.candidates(x, y, accuracy_m) if accuracy_m else [])


def nearest(outside: Outside) -> dict[str, Any] | None:
    """The nearest base grid of a point outside, as facts for the answer."""
    cell = outside.nearest
    return {"code": cell.code, "name": cell.name, "distance_m": round(outside.distance_m, 1)} if cell else None
