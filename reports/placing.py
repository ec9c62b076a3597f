"""Puts many drafts into their base grids at once: datum to WGS-84, position, edge and ambiguity."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.ambiguity import Ambiguity
from geo.datum import Datum, to_wgs84
from geo.errors import WanggeError
from geo.grid import OUTSIDE, Grid
from reports.errors import OutsideGrid
from reports.intake import nearest
from reports.parsing import Drafts
from reports.sieve import Sieve

__all__ = ["NothingInside", "Placer", "Places"]

MANY = 1000
MOST_NEAREST = 2000  # in one batch; beyond that, which cell is nearest helps nobody


class NothingInside(WanggeError):
    """Of the first many records, not one lies in the territory: the file or the reading of it is wrong."""

    kind = "nothing-inside"


@dataclass(frozen=True, slots=True)
class Places:
    """Where n drafts belong: WGS-84 coordinates, position among the grid's leaves, and what is uncertain."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    position: NDArray[np.int32]
    on_edge: NDArray[np.bool_]
    ambiguous: NDArray[np.bool_]


class Placer:
    """Places drafts in one grid by the rules of `intake.place`."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._ambiguity = Ambiguity(grid)
        self._placed = 0

    def place(self, drafts: Drafts, sieve: Sieve) -> Places:
        """The places of n drafts; those outside fall from the sieve, with the nearest base grid.

        Raises
        ------
        NothingInside : the first 1,000 or more points that make sense are all outside.
        """
        lon, lat = drafts.lon.copy(), drafts.lat.copy()
        for name in np.unique(drafts.datum).tolist():
            rows = (drafts.datum == name) & sieve.standing
            lon[rows], lat[rows] = to_wgs84(drafts.lon[rows], drafts.lat[rows], Datum(name))
        lon[~sieve.standing] = lat[~sieve.standing] = np.nan
        position, on_edge = self.grid.locate_many(lon, lat)
        outside = (position == OUTSIDE) & sieve.standing
        self._look_out(drafts, sieve.standing, outside)
        accuracy = np.where(position == OUTSIDE, np.nan, drafts.accuracy)
        ambiguous = self._ambiguity.of(lon, lat, accuracy)
        self._refuse(drafts, lon, lat, outside, sieve)
        return Places(lon, lat, position, on_edge, ambiguous)

    def _look_out(self, drafts: Drafts, standing: NDArray[np.bool_], outside: NDArray[np.bool_]) -> None:
        """Stop before anything is stored when a whole file is evidently out of place."""
        self._placed += int((standing & ~outside).sum())
        if self._placed or int(outside.sum()) < MANY:
            return
        swapped = self.grid.locate_many(drafts.lat[outside], drafts.lon[outside]).position != OUTSIDE
        west, south, east, north = self.grid.bbox
        raise NothingInside(
            territory=self.grid.territory,
            records=int(outside.sum()),
            swapped=int(swapped.sum()),
            lon=float(drafts.lon[outside][0]),
            lat=float(drafts.lat[outside][0]),
            bbox=[round(edge, 4) for edge in (west, south, east, north)],
        )

    def _refuse(
        self,
        drafts: Drafts,
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        outside: NDArray[np.bool_],
        sieve: Sieve,
    ) -> None:
        rows = sieve.falling(outside)
        swapped = self.grid.locate_many(drafts.lat[rows], drafts.lon[rows]).position != OUTSIDE
        for count, row in enumerate(rows):
            near = nearest(self.grid.nearest(lon[row], lat[row])) if count < MOST_NEAREST else None
            said = pa.array([f"{drafts.lon[row]!s}, {drafts.lat[row]!s}"])
            error = OutsideGrid(nearest=near, swapped=bool(swapped[count]))
            sieve.refuse(row, "lon, lat", said[0].as_py(), error)
