"""Each shape by itself: is it a polygon at all, is it valid, can its coordinates be where the territory is."""

import math
import re
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from wangge.geo.boundaries import LevelCells
from wangge.geo.coverage.defects import Defect
from wangge.geo.coverage.measure import area_m2

__all__ = ["drawn", "invalid_polygon", "sound"]

_GEOD = Geod(ellps="WGS84")
# No place is this far from the chief city of its time zone.
_FARTHEST_M = 6_000_000.0
_PLACE = re.compile(r"\[(\S+) (\S+)\]")


def drawn(cells: LevelCells, timezone: str) -> NDArray[np.bool_]:
    """Which of the n cells have a place that can be believed."""
    believed: NDArray[np.bool_] = (_guesses(cells, timezone) == "") & ~shapely.is_empty(cells.geometries)
    return believed


def sound(cells: LevelCells, timezone: str) -> tuple[list[Defect], NDArray[np.bool_]]:
    """The shapes that cannot be used as they are, and which of the n cells have a place that can be believed."""
    empty = shapely.is_empty(cells.geometries)
    guesses = _guesses(cells, timezone)
    believed = (guesses == "") & ~empty
    defects = [_nowhere(cells, [int(row)], "empty-geometry") for row in np.flatnonzero(empty)]
    for guess in sorted(set(guesses[~empty]) - {""}):
        rows = np.flatnonzero((guesses == guess) & ~empty).tolist()
        defects.append(_nowhere(cells, rows, "implausible-coordinates", looks_like=guess))
    invalid = np.flatnonzero(believed & ~shapely.is_valid(cells.geometries))
    defects += [invalid_polygon(cells, int(row)) for row in invalid]
    return defects, believed


def _nowhere(cells: LevelCells, rows: list[int], kind: str, **detail: Any) -> Defect:
    bounds = shapely.bounds(cells.geometries[rows])
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    west, south, east, north = [*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0)] if len(bounds) else [0.0] * 4
    lon, lat = float(west + east) / 2, float(south + north) / 2
    if detail:
        detail["bounds"] = [round(float(edge), 6) for edge in (west, south, east, north)]
    return Defect(kind, cells.spec.key, tuple(cells.codes[row] for row in rows), 0.0, lon, lat, None, detail)


def invalid_polygon(cells: LevelCells, row: int) -> Defect:
    """The defect of an invalid cell: the reason, in GEOS' words, and the place of the fault."""
    shape = cells.geometries[row]
    reason = shapely.is_valid_reason(shape)
    found = _PLACE.search(reason)
    place = shapely.Point(float(found[1]), float(found[2])) if found else shapely.point_on_surface(shape)
    return Defect(
        "invalid-polygon",
        cells.spec.key,
        (cells.codes[row],),
        float(area_m2(np.array([shapely.make_valid(shape, method="structure")]))[0]),
        place.x,
        place.y,
        shape,
        {"reason": reason.split("[")[0]},
    )


def _guesses(cells: LevelCells, timezone: str) -> NDArray[np.str_]:
    """What the coordinates of each cell look like instead of degrees: '' where they can be degrees."""
    west, south, east, north = shapely.bounds(cells.geometries).T
    across = np.maximum(np.abs(west), np.abs(east))
    up = np.maximum(np.abs(south), np.abs(north))
    guesses = np.full(len(across), "", dtype="U16")
    guesses[~((across <= 180) & (up <= 90))] = "projected"
    guesses[(across <= 90) & (up > 90) & (up <= 180)] = "swapped"
    xy, cell = shapely.get_coordinates(cells.geometries, return_index=True)
    guesses[cell[~np.isfinite(xy).all(axis=1)]] = "not-a-number"
    city = _chief_city(timezone)
    if city is None:
        return guesses
    lon, lat = (west + east) / 2, (south + north) / 2
    rows = np.flatnonzero(guesses == "")
    as_read = _distances(city, lon[rows], lat[rows])
    far, as_read = rows[as_read > _FARTHEST_M], as_read[as_read > _FARTHEST_M]
    swapped = np.where(np.abs(lon[far]) <= 90, _distances(city, lat[far], np.clip(lon[far], -90, 90)), math.inf)
    guesses[far] = np.where(swapped < as_read / 2, "swapped", "elsewhere")
    return guesses


def _distances(city: tuple[float, float], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from a city to n places."""
    return np.asarray(_GEOD.inv(np.full(len(lon), city[0]), np.full(len(lon), city[1]), lon, lat)[2])


@cache
def _chief_city(timezone: str) -> tuple[float, float] | None:
    """Where a time zone's chief city lies, lon, lat, by the time zone database; None for UTC and old names."""
    for line in (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8").splitlines():
        columns = line.split("\t")
        if not line.startswith("#") and columns[2] == timezone:
            lat, lon = re.findall(r"[+-]\d+", columns[1])
            return _degrees(lon, 4), _degrees(lat, 3)
    return None


def _degrees(text: str, width: int) -> float:
    """Degrees of ±DDMM, ±DDMMSS, ±DDDMM or ±DDDMMSS, ISO 6709; `width` counts sign and degrees."""
    sign = -1.0 if text[0] == "-" else 1.0
    minutes, seconds = text[width : width + 2], text[width + 2 :] or "0"
    return sign * (int(text[1:width]) + int(minutes) / 60 + int(seconds) / 3600)
