"""A synthetic city's reports in columns: hot spots, streets of them, seasons, skewed categories, three years."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.columns.counting import day_number
from wangge.patterns.columns.layout import Rows
from wangge.patterns.columns.places import FINEST, Places

__all__ = ["BOX", "CATEGORIES", "FLAGS", "FROM", "crowd"]

BOX = (116.75, 38.22, 116.98, 38.40)
"""Some 20 × 20 km at Cangzhou."""

FROM = date(2022, 1, 1)
CATEGORIES = [f"c{k:02}" for k in range(20)]
STATES = ("assigned", "dispatched", "handling", "closed", "confirmed", "merged")
FLAGS = [
    (state, urgency, source) for state in STATES for urgency in ("normal", "urgent") for source in ("api", "import")
]

_STATES = np.array([0.1, 0.1, 0.1, 0.4, 0.25, 0.05])
_SPOTS = 500


def crowd(n: int, days: int = 1096, cells: int = 422, seed: int = 136) -> tuple[Places, Rows]:
    """n reports over so many days, in the order of their days."""
    chance = np.random.default_rng(seed)
    west, south, east, north = BOX
    spot = chance.integers(0, _SPOTS, n)
    centre = np.column_stack((chance.uniform(west, east, _SPOTS), chance.uniform(south, north, _SPOTS)))
    spread = chance.uniform(0.0002, 0.006, _SPOTS)
    lon = np.clip(centre[spot, 0] + chance.normal(0, spread[spot]), west, east)
    lat = np.clip(centre[spot, 1] + chance.normal(0, spread[spot]), south, north)
    day = np.sort(chance.integers(0, days, n)).astype(np.uint16) + np.uint16(day_number(FROM))
    weights = 1 / np.arange(1, len(CATEGORIES) + 1) ** 0.8
    category = chance.choice(len(CATEGORIES), n, p=weights / weights.sum()).astype(np.uint8)
    state = chance.choice(len(STATES), n, p=_STATES)
    flags = state * 4 + (chance.random(n) < 0.1) * 2 + (chance.random(n) < 0.2)
    weekday = day.astype(np.int64) % 7  # 1900-01-01 was a Monday
    hour = weekday * 24 + np.clip(chance.normal(14, 5, n), 0, 23).astype(np.int64)
    places = Places.of(*BOX)
    number = places.number(*mercator(lon, lat))
    assert number is not None
    across = round(cells**0.5)
    cell = _square(lon, west, east, across) * across + _square(lat, south, north, across)
    cell = np.minimum(cell, cells - 1)
    rows = Rows(number, day, hour.astype("u1"), category, flags.astype("u1"), cell.astype("u4"), np.arange(n), lon, lat)
    return places, rows


def mercator(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Columns and lines of the squares of zoom 24."""
    scale = 2.0**FINEST
    x = np.floor((lon + 180) / 360 * scale)
    y = np.floor((0.5 - np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) / (2 * np.pi)) * scale)
    return x.astype(np.int64), y.astype(np.int64)


def _square(at: NDArray[np.float64], low: float, high: float, across: int) -> NDArray[np.int64]:
    return np.minimum(((at - low) / (high - low) * across).astype(np.int64), across - 1)
