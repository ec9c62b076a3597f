"""What a backdrop's features are, and the features as they are drawn."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["LAST_ZOOM", "BackdropKind", "Features"]

LAST_ZOOM = 15


class BackdropKind(StrEnum):
    """What a backdrop's feature is."""

    WATER = "water"
    PARK = "park"
    BUILDING = "building"
    RAILWAY = "railway"
    STREET = "street"
    STATION = "station"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Features:
    """The n features of a file that lie near a territory.

    `shapes` are in Web Mercator (EPSG:3857), `zooms` say from which zoom on each is drawn; `left_out` are the records
    that lie elsewhere or have no shape.
    """

    names: list[str | None]
    shapes: NDArray[np.object_]
    zooms: list[int]
    left_out: int
