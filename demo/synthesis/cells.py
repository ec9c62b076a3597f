"""Cells get the codes and names that are real, and base grids the numbers that follow from their place."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from wangge.demo.synthesis.files import Row
from wangge.demo.synthesis.plan import Floats

__all__ = ["in_rows", "name_places", "shares_of"]

DIRECTIONS = {"东": (1, 0), "西": (-1, 0), "北": (0, 1), "南": (0, -1)}


def in_rows(polygons: Sequence[BaseGeometry] | npt.NDArray[np.object_]) -> list[int]:
    """The order of cells in rows from north to south, in a row from west to east.

    The rows are bands of equal height, from the top of the cells' common bounding box down to its
    bottom: as many as the square root of (cells · height / width), rounded, at least one. A cell
    belongs to the band that holds its centroid. Widths and heights are in metres.
    """
    west, south, east, north = shapely.total_bounds(polygons)
    width = (east - west) * np.cos(np.radians((south + north) / 2))
    rows = max(1, round(float(np.sqrt(len(polygons) * (north - south) / width))))
    centres = shapely.get_coordinates(shapely.centroid(polygons))
    row = np.floor((north - centres[:, 1]) / (north - south) * rows).astype(int)
    return [int(i) for i in np.lexsort((centres[:, 0], row))]


def name_places(row: Row, centres: Floats) -> list[int]:
    """For each community of a street the place it takes.

    A name that speaks of a direction takes the free place farthest in that direction; the rest follow
    in the order of their codes from north-west to south-east.
    """
    free = [int(i) for i in np.argsort(centres[:, 0] - centres[:, 1], kind="stable")]
    taken: dict[str, int] = {}
    for code, name in row.communities:
        heading = next((DIRECTIONS[c] for c in name if c in DIRECTIONS), None)
        if heading:
            farthest = max(free, key=lambda i: float(centres[i] @ heading))
            taken[code] = farthest
            free.remove(farthest)
    return [taken[code] if code in taken else free.pop(0) for code, _ in row.communities]


def shares_of(total: int, weights: Floats, least: int) -> list[int]:
    """Whole numbers near the weights' proportions that add up to the total, none below ``least``."""
    exact = np.maximum(weights / weights.sum() * total, least)
    while abs(exact.sum() - total) > 1e-9:
        loose = exact > least
        exact[loose] *= 1 + (total - exact.sum()) / exact[loose].sum()
        exact = np.maximum(exact, least)
    whole = np.floor(exact).astype(int)
    for i in np.argsort(whole - exact, kind="stable")[: total - whole.sum()]:
        whole[i] += 1
    return [int(n) for n in whole]
