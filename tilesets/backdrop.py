"""How a backdrop is drawn: quiet under the grid, its names fainter than those of cells."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wangge.geo.backdrop.kinds import BackdropKind
from wangge.tilesets.heat import by_zoom

__all__ = ["INKS", "Inks", "ground_layers", "name_layers"]


@dataclass(frozen=True, slots=True)
class Inks:
    """Colours of one theme."""

    water: str
    park: str
    building: str
    street: str
    railway: str
    name: str
    halo: str


INKS = {
    "light": Inks(
        water="#bcd5e6",
        park="#d3e5c8",
        building="#e2ded6",
        street="#b9b2a6",
        railway="#8d86a0",
        name="#565d68",
        halo="rgba(255,255,255,0.85)",
    ),
    "dark": Inks(
        water="#1c3549",
        park="#1d3324",
        building="#262b34",
        street="#454d59",
        railway="#5f5a78",
        name="#a9b3c0",
        halo="rgba(13,17,23,0.8)",
    ),
}
AREAS = (BackdropKind.WATER, BackdropKind.PARK, BackdropKind.BUILDING)
NAMED = (
    (BackdropKind.STREET, 14),
    (BackdropKind.WATER, 13),
    (BackdropKind.PARK, 14),
    (BackdropKind.PLACE, 14),
    (BackdropKind.STATION, 12),
)
"""From which zoom on names are written; what comes later has its place first."""


def ground_layers(kinds: Iterable[str], theme: str) -> list[dict[str, Any]]:
    """The layers that lie under the cells, for the kinds that there are."""
    inks, there = INKS[theme], set(kinds)
    layers = [_area(kind, getattr(inks, kind.value)) for kind in AREAS if kind in there]
    if BackdropKind.WATER in there:
        layers.append(_line(BackdropKind.WATER, inks.water, by_zoom((10, 0.8), (16, 3)), suffix="-line"))
    if BackdropKind.STREET in there:
        layers.append(_line(BackdropKind.STREET, inks.street, by_zoom((10, 0.5), (14, 1.6), (18, 7))))
    if BackdropKind.RAILWAY in there:
        layers.append(_line(BackdropKind.RAILWAY, inks.railway, by_zoom((10, 1), (16, 2.4)), dashes=[3, 1.5]))
    return layers


def name_layers(kinds: Iterable[str], theme: str, fonts: list[str]) -> list[dict[str, Any]]:
    """The layers of names, which lie over the cells and give way to their names."""
    inks, there = INKS[theme], set(kinds)
    layers = []
    for kind, zoom in NAMED:
        if kind not in there:
            continue
        along = {"symbol-placement": "line", "symbol-spacing": 320} if kind == BackdropKind.STREET else {}
        layers.append(
            {
                "id": f"backdrop-{kind.value}-name",
                "type": "symbol",
                "source": "backdrop",
                "source-layer": kind.value,
                "minzoom": zoom,
                "filter": ["has", "name"],
                "layout": {
                    "text-field": ["get", "name"],
                    "text-font": fonts,
                    "text-size": by_zoom((zoom, 10.5), (zoom + 4, 13)),
                    "text-max-width": 8,
                    "text-padding": 8,
                    **along,
                },
                "paint": {"text-color": inks.name, "text-halo-color": inks.halo, "text-halo-width": 1.4},
            }
        )
    if BackdropKind.STATION in there:
        layers.insert(0, _dot(BackdropKind.STATION, inks.railway, inks.halo))
    return layers


def _area(kind: BackdropKind, colour: str) -> dict[str, Any]:
    return {
        "id": f"backdrop-{kind.value}",
        "type": "fill",
        "source": "backdrop",
        "source-layer": kind.value,
        "filter": ["==", ["geometry-type"], "Polygon"],
        "paint": {"fill-color": colour},
    }


def _line(
    kind: BackdropKind, colour: str, width: Any, *, dashes: list[float] | None = None, suffix: str = ""
) -> dict[str, Any]:
    dashed = {"line-dasharray": dashes} if dashes else {}
    return {
        "id": f"backdrop-{kind.value}{suffix}",
        "type": "line",
        "source": "backdrop",
        "source-layer": kind.value,
        "filter": ["==", ["geometry-type"], "LineString"],
        "layout": {"line-join": "round", "line-cap": "butt" if dashes else "round"},
        "paint": {"line-color": colour, "line-width": width, **dashed},
    }


def _dot(kind: BackdropKind, colour: str, halo: str) -> dict[str, Any]:
    return {
        "id": f"backdrop-{kind.value}",
        "type": "circle",
        "source": "backdrop",
        "source-layer": kind.value,
        "minzoom": 11,
        "filter": ["==", ["geometry-type"], "Point"],
        "paint": {
            "circle-color": colour,
            "circle-radius": by_zoom((11, 2), (16, 5)),
            "circle-stroke-color": halo,
            "circle-stroke-width": 1.2,
        },
    }
