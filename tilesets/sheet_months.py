"""The heat of a planner's sheet month by month: what its slider needs, as JSON inside the page."""

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from string import Template
from typing import Any

import orjson

from wangge.data.languages import Language
from wangge.data.messages import word

__all__ = ["months_of", "months_panel", "months_script", "places_of"]

PANEL = Template(
    '<h2 id="month-title">$title</h2>'
    '<div class="months"><input type="range" id="month" min="0" max="$last" value="0" aria-labelledby="month-title">'
    '<button type="button" id="month-play">$play</button><output id="month-said" for="month">$whole</output></div>'
)

Place = tuple[float, float]


def months_of(points: Sequence[Any]) -> list[str]:
    """The months that have reports, in order."""
    return sorted({point.month for point in points})


def places_of(points: Sequence[Any]) -> dict[Place, int]:
    """Reports of all months by rounded place (lat, lon)."""
    places: dict[Place, int] = defaultdict(int)
    for point in points:
        places[round(point.lat, 3), round(point.lon, 3)] += point.reports
    return dict(places)


def months_panel(points: Sequence[Any], language: Language) -> str:
    """The slider; nothing where there is one month at most."""
    months = months_of(points)
    if len(months) < 2:
        return ""
    said = {name: escape(word("sheet", name, language)) for name in ("months", "play", "all-time")}
    return PANEL.substitute(title=said["months"], play=said["play"], whole=said["all-time"], last=len(months))


def months_script(points: Sequence[Any], code: str, heat: str, page: str, language: Language) -> str:
    """What moves the heat; nothing where there is one month at most.

    Parameters
    ----------
    code : the script, a function.
    heat, page : names of the layer and of the map in the page.
    """
    names = months_of(points)
    if len(names) < 2:
        return ""
    places = {place: at for at, place in enumerate(places_of(points))}
    months: dict[str, dict[str, Any]] = {name: {"name": name, "at": [], "n": []} for name in names}
    for point in points:
        month = months[point.month]
        month["at"].append(places[round(point.lat, 3), round(point.lon, 3)])
        month["n"].append(point.reports)
    words = {"all": word("sheet", "all-time", language)}
    words |= {name: word("sheet", name, language) for name in ("play", "stop")}
    busiest = max(sum(month["n"]) for month in months.values())
    told = {
        "places": list(places),
        "months": list(months.values()),
        "scale": round(busiest / sum(point.reports for point in points), 4),  # of one scale for all months
        "words": words,
    }
    held = orjson.dumps(told).decode().replace("<", "\\u003c")
    begin = f"({code.rstrip()})({{ heat: {heat}, map: {page}, ...{held} }})"
    return f'addEventListener("DOMContentLoaded", () => {{ {begin} }});'  # the layers are made further down
