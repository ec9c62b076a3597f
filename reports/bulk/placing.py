"""Puts many spots into their base grids at once: datum to WGS-84, position, edge and ambiguity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wangge.geo.ambiguity import Ambiguity
from wangge.geo.errors import WanggeError
from wangge.geo.grid import OUTSIDE, CellShare, Grid
from wangge.reports.bulk.columns.sieve import Sieve
from wangge.reports.bulk.columns.spots import Spots, in_wgs84
from wangge.reports.errors import OutsideGrid
from wangge.reports.placement import nearest

__all__ = ["NothingInside", "Placer", "Places"]

MANY = 1000
MOST_NEAREST = 2000  # in one batch; beyond that, which cell is nearest helps nobody


class NothingInside(WanggeError):
    """Of the first many records, not one lies in the territory: the file or the reading of it is wrong."""

    kind = "nothing-inside"


@dataclass(frozen=True, slots=True)
class Places:
    """Where n spots belong: WGS-84 coordinates, position among the grid's leaves, and what is uncertain.

    `candidates` has the base grids that the error circle touches of each spot where these are several.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    position: NDArray[np.int32]
    on_edge: NDArray[np.bool_]
    candidates: Mapping[int, Sequence[CellShare]]

    @property
    def ambiguous(self) -> NDArray[np.bool_]:
        """Which of the spots have several candidates."""
        ambiguous = np.zeros(len(self.lon), dtype=np.bool_)
        ambiguous[list(self.candidates)] = True
        return ambiguous


class Placer:
    """Places spots in one grid by the rules of `intake.place`.

    Parameters
    ----------
    suspicious : stop with NothingInside when the first 1,000 or more points that make sense are all outside.
    """

    def __init__(self, grid: Grid, *, suspicious: bool = False) -> None:
        self.grid = grid
        self._suspicious = suspicious
        self._ambiguity = Ambiguity(grid)
        self._placed = 0

    def place(self, spots: Spots, sieve: Sieve) -> Places:
        """The places of n spots; those outside fall from the sieve, with the nearest base grid."""
        lon, lat = in_wgs84(spots, sieve.standing)
        position, on_edge = self.grid.locate_many(lon, lat)
        outside = (position == OUTSIDE) & sieve.standing
        if self._suspicious:
            self._look_out(spots, sieve.standing, outside)
        accuracy = np.where(position == OUTSIDE, np.nan, spots.accuracy)
        candidates = self._ambiguity.candidates(lon, lat, accuracy)
        self._refuse(spots, lon, lat, outside, sieve)
        return Places(lon, lat, position, on_edge, candidates)

    def _look_out(self, spots: Spots, standing: NDArray[np.bool_], outside: NDArray[np.bool_]) -> None:
        """Stop before anything is stored when a whole file is evidently out of place."""
        self._placed += int((standing & ~outside).sum())
        if self._placed or int(outside.sum()) < MANY:
            return
        swapped = self.grid.locate_many(spots.lat[outside], spots.lon[outside]).position != OUTSIDE
        west, south, east, north = self.grid.bbox
        raise NothingInside(
            territory=self.grid.territory,
            records=int(outside.sum()),
            swapped=int(swapped.sum()),
            lon=float(spots.lon[outside][0]),
            lat=float(spots.lat[outside][0]),
            bbox=[round(edge, 4) for edge in (west, south, east, north)],
        )

    def _refuse(
        self,
        spots: Spots,
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        outside: NDArray[np.bool_],
        sieve: Sieve,
    ) -> None:
        rows = sieve.falling(outside)
        swapped = self.grid.locate_many(spots.lat[rows], spots.lon[rows]).position != OUTSIDE
        for count, row in enumerate(rows):
            near = nearest(self.grid.nearest(lon[row], lat[row])) if count < MOST_NEAREST else None
            said = f"{spots.lon[row]}, {spots.lat[row]}"
            sieve.refuse(row, "lon, lat", said, OutsideGrid(nearest=near, swapped=bool(swapped[count])))
