"""The heat of reports as a layer of a style, and what its colours mean in reports per km²."""

import math
from collections.abc import Sequence
from typing import Any

from wangge.tilesets.catalog import HEAT_MAXZOOM, RELEASED_MAXZOOM, TILE_PX, Drawing

__all__ = ["Expression", "by_zoom", "heat_layer", "hottest"]

HEAT_RADIUS = 26
HEAT_ENDS = 15
GROUND_M = 40_075_016.686
BINS = 64

Expression = list[Any]


def heat_layer(
    drawing: Drawing,
    colours: Sequence[tuple[float, str]],
    density: float | None,
    *,
    public: bool,
    source: str = "heat",
) -> dict[str, Any]:
    """Kernel density of the bins' counts, the same place equally hot at every zoom up to the finest bins.

    What was published is no finer than cells: closer in its bins run into one another, and then it is drawn no more.
    Close in staff see cases instead, and no lattice of bins.
    """
    ramp = [part for stop in colours for part in stop]
    intensity = _heat_intensity(drawing, density, RELEASED_MAXZOOM if public else HEAT_MAXZOOM)
    return {
        "id": source,
        "type": "heatmap",
        "source": source,
        **({} if public else {"maxzoom": HEAT_ENDS}),
        "source-layer": "heat",
        "paint": {
            "heatmap-weight": ["get", "count"],
            "heatmap-intensity": by_zoom(*intensity, base=3),
            "heatmap-radius": PUBLIC_RADIUS if public else STAFF_RADIUS,
            "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], *ramp],
            "heatmap-opacity": by_zoom((13, 0.9), (15.5, 0)) if public else by_zoom((14, 0.9), (HEAT_ENDS, 0)),
        },
    }


def _heat_intensity(drawing: Drawing, density: float | None, finest: int) -> list[tuple[int, float]]:
    """Intensity by zoom at which the ramp ends where reports lie as densely as `density`, per m².

    MapLibre adds up 0.3989 · exp(-4.5 · (d / radius)²) of every point, so an even field of one report in each bin,
    `px` pixels apart, has the value 0.3989 · 2π · (radius / 3)² / px². Closer in, bins hold fewer reports, by 4 for
    every zoom, and the intensity grows so. Once a base grid is wider than the radius, the density inside it is no
    longer even: from there it only doubles, and stops where one lonely report would look like a cluster.
    """
    lonely = 0.5
    field = _even_field(HEAT_RADIUS)
    even = drawing.levels[-1].labelzoom - 1
    stops = []
    for zoom in range(6, finest + 1):
        wanted = 2 ** max(0, zoom - even) / (field * density * _bin_m2(drawing, min(zoom, even))) if density else lonely
        stops.append((zoom, min(lonely, wanted)))
    return stops


def hottest(drawing: Drawing, density: float | None, *, public: bool) -> list[tuple[int, float]]:
    """Reports per km² where the ramp ends, (zoom, number); none where there are none."""
    if not density:
        return []
    return [
        (zoom, float(f"{1e6 / (_even_field(_radius_at(zoom)) * intensity * _bin_m2(drawing, zoom)):.3g}"))
        for zoom, intensity in _heat_intensity(drawing, density, RELEASED_MAXZOOM if public else HEAT_MAXZOOM)
    ]


def _even_field(radius: float) -> float:
    """What MapLibre adds up where there is one report in every bin."""
    return 0.3989 * 2 * math.pi * (radius / 3) ** 2 / (TILE_PX / BINS) ** 2


def _bin_m2(drawing: Drawing, zoom: int) -> float:
    ground = GROUND_M * math.cos(math.radians((drawing.bbox[1] + drawing.bbox[3]) / 2))
    return float((ground / 2**zoom / BINS) ** 2)


def _radius_at(zoom: int) -> float:
    """The radius at a zoom, as MapLibre reads STAFF_RADIUS and PUBLIC_RADIUS up to the finest tiles."""
    (low, small), (high, large) = RADIUS
    between = (2 ** (min(max(zoom, low), high) - low) - 1) / (2 ** (high - low) - 1)
    return float(small + (large - small) * between)


def by_zoom(*stops: tuple[float, float], base: float = 1) -> Expression:
    """A value that runs through the stops (zoom, value); `base` 2 doubles it from zoom to zoom."""
    return ["interpolate", ["exponential", base], ["zoom"], *(part for stop in stops for part in stop)]


RADIUS = ((9, 18), (11, HEAT_RADIUS))
"""Pixels by zoom; from the finest tiles on it grows with the ground."""
STAFF_RADIUS = by_zoom(*RADIUS, (HEAT_MAXZOOM, HEAT_RADIUS), (17, 120), base=2)
PUBLIC_RADIUS = by_zoom(*RADIUS, (RELEASED_MAXZOOM, HEAT_RADIUS), (15, 8 * HEAT_RADIUS), base=2)
