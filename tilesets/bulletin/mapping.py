"""The map of a bulletin: base grids in the colours of their counts, as one SVG of paths without words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from wangge.geo.grid import Grid
from wangge.tilesets.classes import Classes

__all__ = ["Label", "Map", "draw_map"]

WIDE = 1000.0
TALLEST = 900.0
"""Units of the SVG; a map that is taller than wide is made so narrow that it is no taller than this."""
SIMPLIFIED = 1.0
UNSEEN_COLOUR = "#eeeae4"
LINE, STRONG = "#9aa5a8", "#37474f"


@dataclass(frozen=True, slots=True)
class Label:
    """A name, and where it stands as shares of the map's width and height from its upper left corner."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Map:
    """A drawn map: `rows` of its legend are colour, span of counts, number of cells; `unseen` cells show no count."""

    svg: str
    width: float
    height: float
    labels: list[Label]
    rows: list[tuple[str, str, int]]
    unseen: int
    unseen_colour: str = UNSEEN_COLOUR


def draw_map(grid: Grid, counts: Mapping[str, int], outlines: Sequence[Any]) -> Map:
    """The base grids of a grid in the colours of their counts.

    Parameters
    ----------
    counts : by code; a base grid that is missing is drawn as one whose count is not shown.
    outlines : cells of the levels above, with `level`, `name`, `shape` (WKB), `lon` and `lat` of the name.
    """
    whole = np.array([leaf.geometry for leaf in grid.leaves], dtype=object)
    frame = _Frame.of(whole)
    seen = [counts[leaf.code] for leaf in grid.leaves if leaf.code in counts]
    classes = Classes.of(seen)
    paths = []
    for leaf, shape in zip(grid.leaves, frame.placed(whole), strict=True):
        colour = classes.colour(counts[leaf.code]) if leaf.code in counts else UNSEEN_COLOUR
        paths.append(f'<path fill="{colour}" d="{_path(shape)}"/>')
    fine = f'<g stroke="{LINE}" stroke-width="0.6" stroke-linejoin="round" fill-rule="evenodd">{"".join(paths)}</g>'
    size = f'width="{frame.width:g}" height="{frame.height:g}" viewBox="0 0 {frame.width:g} {frame.height:g}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{fine}{_lines(frame, outlines)}</svg>'
    top = [cell for cell in outlines if cell.level == 0]
    labels = [Label(cell.name, *frame.share(cell.lon, cell.lat)) for cell in top]
    return Map(svg, frame.width, frame.height, labels, classes.rows(seen), len(grid.leaves) - len(seen))


@dataclass(frozen=True, slots=True)
class _Frame:
    """How degrees become units of the SVG: both axes at the scale of the middle latitude."""

    west: float
    north: float
    across: float
    down: float
    width: float
    height: float

    @classmethod
    def of(cls, shapes: NDArray[Any]) -> "_Frame":
        west, south, east, north = map(float, shapely.total_bounds(shapes))
        narrow = math.cos(math.radians((south + north) / 2))
        wide, tall = max((east - west) * narrow, 1e-9), max(north - south, 1e-9)
        scale = min(WIDE / wide, TALLEST / tall)
        return cls(west, north, scale * narrow, scale, wide * scale, tall * scale)

    def placed(self, shapes: NDArray[Any]) -> NDArray[Any]:
        """Shapes of one coverage in units, simplified without gaps between them."""

        def place(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
            return (degrees - (self.west, self.north)) * (self.across, -self.down)

        result: NDArray[Any] = shapely.coverage_simplify(shapely.transform(shapes, place), SIMPLIFIED)
        return result

    def share(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self.across / self.width, (self.north - lat) * self.down / self.height


def _lines(frame: _Frame, outlines: Sequence[Any]) -> str:
    """The lines of the levels above the base grids, stronger towards the top."""
    drawn = []
    for level in sorted({cell.level for cell in outlines}, reverse=True):
        shapes = shapely.from_wkb([bytes(cell.shape) for cell in outlines if cell.level == level])
        paths = "".join(_path(shape) for shape in frame.placed(np.array(shapes, dtype=object)))
        drawn.append(f'<path fill="none" stroke="{STRONG}" stroke-width="{2.4 / 2**level:g}" d="{paths}"/>')
    return "".join(drawn)


def _path(shape: Any) -> str:
    """The rings of a polygon or of several, as the data of a path, to a tenth of a unit."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    parts = []
    for ring in rings:
        xy = shapely.get_coordinates(ring)[:-1].round(1)
        parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in xy.tolist()) + "Z")
    return "".join(parts)
