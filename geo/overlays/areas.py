"""Overlays: the areas of other departments, of which each point of a territory lies in one at most."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from wangge.geo.index import OUTSIDE, GridIndex

__all__ = ["Area", "AreaEdition", "Overlay", "Overlays", "Where"]


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """One area: a polygon or multipolygon in lon, lat WGS-84."""

    code: str
    name: str
    geometry: BaseGeometry


class AreaEdition:
    """The areas that a department worked by from a day on.

    A point belongs to the area with the lowest code among those that cover it, as with base grids.
    """

    def __init__(self, areas: Sequence[Area], valid_from: date, edition_id: int = 0) -> None:
        self.id = edition_id
        self.valid_from = valid_from
        self.areas = tuple(sorted(areas, key=lambda area: area.code))

    @cached_property
    def index(self) -> GridIndex:
        """Over the areas, in their order."""
        return GridIndex(np.array([area.geometry for area in self.areas], dtype=object))

    def area(self, code: str) -> Area | None:
        """The area with a code, or None."""
        return next((area for area in self.areas if area.code == code), None)

    def at(self, lon: float, lat: float) -> Area | None:
        """The area that covers a WGS-84 point, or None."""
        position, _ = self.index.locate(lon, lat)
        return None if position == OUTSIDE else self.areas[position]


@dataclass(frozen=True, slots=True)
class Overlay:
    """One department's areas: `editions` from the newest, `name` by language."""

    key: str
    name: dict[str, str]
    editions: tuple[AreaEdition, ...]

    def on(self, day: date) -> AreaEdition | None:
        """What holds on a day; None before the first edition."""
        return next((edition for edition in self.editions if edition.valid_from <= day), None)


class Where(NamedTuple):
    """The area of an overlay in which something lies."""

    overlay: str
    code: str
    name: str


class Overlays:
    """The overlays of a territory, in the order of their keys."""

    def __init__(self, overlays: Sequence[Overlay] = ()) -> None:
        self._by_key = {overlay.key: overlay for overlay in sorted(overlays, key=lambda overlay: overlay.key)}

    def __iter__(self) -> Iterator[Overlay]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: str) -> Overlay | None:
        """The overlay with a key, or None."""
        return self._by_key.get(key)

    @cached_property
    def version(self) -> tuple[int, ...]:
        """What changes with every change of what is stored: ids of all editions, ascending."""
        return tuple(sorted(edition.id for overlay in self for edition in overlay.editions))

    def at(self, lon: float, lat: float, day: date) -> list[Where]:
        """The area of each overlay that a point lies in on a day; overlays without one are left out."""
        found = ((one.key, edition.at(lon, lat)) for one in self if (edition := one.on(day)) is not None)
        return [Where(key, area.code, area.name) for key, area in found if area is not None]

    def codes(
        self, key: str, lon: NDArray[np.float64], lat: NDArray[np.float64], days: Sequence[date]
    ) -> list[str | None]:
        """Codes of the areas of one overlay in which n points lie, each on its day; None outside."""
        overlay = self._by_key[key]
        codes: list[str | None] = [None] * len(days)
        held = [overlay.on(day) for day in days]
        for edition in overlay.editions:
            chosen = np.flatnonzero([one is edition for one in held])
            hits = edition.index.locate_many(lon[chosen], lat[chosen])
            for place, position in zip(chosen.tolist(), hits.position.tolist(), strict=True):
                codes[place] = None if position == OUTSIDE else edition.areas[position].code
        return codes
