"""What the colours of the heat mean: the number in the legend is the density at which the ramp ends."""

import math
from types import SimpleNamespace
from typing import Any, cast

import pytest

from wangge.tilesets.catalog import HEAT_MAXZOOM, RELEASED_MAXZOOM, Drawing
from wangge.tilesets.heat import heat_layer, hottest

DRAWING = cast("Drawing", SimpleNamespace(bbox=(116.8, 38.2, 117.0, 38.4), levels=(SimpleNamespace(labelzoom=14.0),)))


def at(expression: list[Any], zoom: float) -> float:
    """An exponential interpolation as MapLibre reads it."""
    (base, stops) = (expression[1][1], list(zip(expression[3::2], expression[4::2], strict=True)))
    below = max((stop for stop in stops if stop[0] <= zoom), default=stops[0])
    above = min((stop for stop in stops if stop[0] >= zoom), default=stops[-1])
    span, past = above[0] - below[0], zoom - below[0]
    share = 0 if not span else past / span if base == 1 else (base**past - 1) / (base**span - 1)
    return float(below[1] + (above[1] - below[1]) * share)


@pytest.mark.parametrize(("public", "finest"), [(False, HEAT_MAXZOOM), (True, RELEASED_MAXZOOM)])
def test_an_even_field_as_dense_as_the_legend_says_is_drawn_in_the_last_colour(public: bool, finest: int) -> None:
    paint = heat_layer(DRAWING, [(0.1, "red")], 120e-6, public=public)["paint"]
    told = dict(hottest(DRAWING, 120e-6, public=public))
    assert set(told) == set(range(6, finest + 1))
    for zoom, per_km2 in told.items():
        side_m = 40_075_016.686 * math.cos(math.radians(38.3)) / 2**zoom / 64
        weight = per_km2 * (side_m / 1000) ** 2  # reports in each bin, which is 512 / 64 pixels wide
        radius, intensity = at(paint["heatmap-radius"], zoom), at(paint["heatmap-intensity"], zoom)
        reach = range(-8, 9)
        field = sum(
            0.3989 * math.exp(-4.5 * (64 * (x * x + y * y)) / radius**2)
            for x in reach
            for y in reach
            if 64 * (x * x + y * y) < radius**2
        )
        assert field * weight * intensity == pytest.approx(1, rel=0.05), zoom


def test_where_nothing_is_drawn_there_is_no_number() -> None:
    assert hottest(DRAWING, None, public=False) == []
