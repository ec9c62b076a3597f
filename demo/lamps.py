"""Some reports of lamps say which one is meant: the nearest in the register, as people do who read its plate. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from math import cos, radians

import numpy as np
import shapely
from numpy.typing import NDArray

from wangge.demo.courses import Filed
from wangge.demo.today import chance

__all__ = ["name_lamps"]

NAMED = 0.4
"""Share of the reports of lamps that name one."""

NEAR_M = 60.0
METRES_PER_DEGREE = 111_320.0


def name_lamps(told: Sequence[Filed], numbers: Sequence[str], places: NDArray[np.float64]) -> list[Filed]:
    """A year whose reports of lamps name one, some of them, and have no other number.

    Parameters
    ----------
    places : lon and lat of each lamp, WGS-84, of shape (lamps, 2).
    """
    scale = np.array([METRES_PER_DEGREE * cos(radians(float(places[0, 1]))), METRES_PER_DEGREE])
    near = shapely.STRtree(shapely.points(places * scale))

    def number(filed: Filed) -> str:
        if filed.record["category"] != "lamp" or chance(f"lamp {filed.key}") >= NAMED:
            return ""
        here = shapely.Point(np.array([float(filed.record["lon"]), float(filed.record["lat"])]) * scale)
        found = near.query_nearest(here, max_distance=NEAR_M, all_matches=False)
        return numbers[int(found[0])] if len(found) else ""

    return [replace(filed, record=filed.record | {"asset": number(filed)}) for filed in told]
