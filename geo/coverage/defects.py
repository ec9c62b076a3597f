"""A defect of a territory's boundaries."""

from dataclasses import dataclass, field
from typing import Any

from shapely.geometry.base import BaseGeometry

__all__ = ["Defect"]


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong: its kind, the cells, the size in m² and a place on the map, lon, lat WGS-84.

    `geometry` is what to draw, None where there is nothing to draw. `detail` says more, by kind.
    """

    kind: str
    level: str
    cells: tuple[str, ...]
    area_m2: float
    lon: float
    lat: float
    geometry: BaseGeometry | None
    detail: dict[str, Any] = field(default_factory=dict)
