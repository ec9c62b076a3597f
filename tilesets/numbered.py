"""Assets as layers of a style, close in, for whoever may read cases; their tiles are those of their collection."""

from typing import Any
from urllib.parse import quote

from wangge.tilesets.heat import Expression, by_zoom

__all__ = ["ASSETS_ZOOM", "asset_layers", "assets_source"]

ASSETS_ZOOM = 16
"""From here on assets are drawn, and from one closer on their numbers."""


def assets_source(territory: str, base: str, bounds: list[float]) -> dict[str, Any]:
    """The source of a style: vector tiles of the collection."""
    tiles = f"{base}/ogc/{quote(territory, safe='')}/collections/assets/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
    return {"type": "vector", "tiles": [tiles], "minzoom": ASSETS_ZOOM, "maxzoom": 18, "bounds": bounds}


def asset_layers(ink: str, halo: str, fonts: list[str]) -> list[dict[str, Any]]:
    """Small rings, so that cases stand out before them, with their numbers closer in."""
    radius: Expression = by_zoom((ASSETS_ZOOM, 2.5), (19, 5))
    from_layer = {"source": "assets", "source-layer": "assets"}
    return [
        {
            "id": "assets",
            "type": "circle",
            **from_layer,
            "minzoom": ASSETS_ZOOM,
            "paint": {
                "circle-color": halo,
                "circle-radius": radius,
                "circle-stroke-color": ink,
                "circle-stroke-width": 1.25,
            },
        },
        {
            "id": "assets-number",
            "type": "symbol",
            **from_layer,
            "minzoom": ASSETS_ZOOM + 1,
            "layout": {
                "text-field": ["get", "number"],
                "text-font": fonts,
                "text-size": 10,
                "text-offset": [0, 0.7],
                "text-anchor": "top",
            },
            "paint": {"text-color": ink, "text-halo-color": halo, "text-halo-width": 1.2},
        },
    ]
