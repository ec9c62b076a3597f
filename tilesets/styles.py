"""A MapLibre style for a territory: calm cells, names with halos, and the heat of its reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from wangge.data.languages import spoken
from wangge.reports.release.reading import Release, release_as_answer
from wangge.store.grids.backdrops import Backdrop
from wangge.store.settings import Settings
from wangge.tilesets.backdrop import ground_layers, name_layers
from wangge.tilesets.catalog import (
    BACKDROP_MAXZOOM,
    CELLS_MAXZOOM,
    HEAT_MAXZOOM,
    RELEASED_MAXZOOM,
    Drawing,
    DrawnLevel,
    HeatFilter,
    attribution_of,
    backdrop_url,
    cells_url,
    cells_version,
    heat_url,
)
from wangge.tilesets.heat import Expression, by_zoom, heat_layer, hottest
from wangge.tilesets.numbered import asset_layers, assets_source
from wangge.tilesets.open_cases import CASES_MAXZOOM, STANDINGS, CaseColours, case_layers, cases_url

__all__ = ["THEMES", "Rest", "Theme", "style"]

FONTS = ["Noto Sans CJK SC", "Noto Sans SC", "sans-serif"]
"""No glyphs are fetched: MapLibre draws these with the fonts of the reader's machine."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of one theme.

    `hues` tint the top level's cells, `special` the special grids; `heat` runs from nothing to the hottest.
    """

    background: str
    hues: tuple[str, ...]
    line: str
    ink: str
    halo: str
    accent: str
    special: str
    heat: tuple[tuple[float, str], ...]
    basemap_opacity: float
    cases: CaseColours


@dataclass(frozen=True, slots=True)
class Rest:
    """What was published of the cells that are not the reader's own, where these are only a part of the territory.

    `wanted` asks for the tiles, `density` is what counts as hot of it.
    """

    wanted: HeatFilter
    release: Release
    density: float | None


THEMES: dict[str, Theme] = {
    "light": Theme(
        background="#f7f6f2",
        hues=("#e3ecdf", "#dfe9f0", "#f2e8d9", "#e9e3ef", "#f1e1e0", "#dcecea"),
        line="#44546a",
        ink="#2a3544",
        halo="rgba(255,255,255,0.88)",
        accent="#0b6bcb",
        special="#7a3e9d",
        heat=(
            (0.03, "rgba(255,205,110,0)"),
            (0.15, "rgba(255,200,96,0.38)"),
            (0.35, "rgba(250,157,58,0.7)"),
            (0.6, "rgba(226,83,79,0.8)"),
            (0.8, "rgba(171,37,110,0.85)"),
            (1, "rgba(98,16,116,0.9)"),
        ),
        basemap_opacity=0.75,
        cases=CaseColours(
            ("#c4420a", "#e69f00", "#0072b2", "#75808f"), rim="#ffffff", number="#ffffff", halo="#2a3544"
        ),
    ),
    "dark": Theme(
        background="#14181f",
        hues=("#1d2a26", "#1b2733", "#2a261e", "#25222f", "#2c2124", "#1a2a2c"),
        line="#9fb0c6",
        ink="#dfe6ef",
        halo="rgba(13,17,23,0.85)",
        accent="#6cb6ff",
        special="#c79bf0",
        # from dim to bright, so that the hottest places stand out of the dark ground too
        heat=(
            (0.03, "rgba(168,104,20,0)"),
            (0.15, "rgba(168,104,20,0.42)"),
            (0.35, "rgba(222,134,38,0.72)"),
            (0.6, "rgba(236,92,74,0.82)"),
            (0.8, "rgba(232,88,160,0.88)"),
            (1, "rgba(246,172,255,0.94)"),
        ),
        basemap_opacity=0.45,
        cases=CaseColours(
            ("#ff7a45", "#f4c542", "#6cb6ff", "#9aa7b5"), rim="#0d1117", number="#0d1117", halo="rgba(0,0,0,0)"
        ),
    ),
}


def style(
    drawing: Drawing,
    base: str,
    wanted: HeatFilter,
    *,
    density: float | None,
    release: Release | None = None,
    public: bool = False,
    theme: Literal["light", "dark"],
    settings: Settings,
    backdrop: Sequence[Backdrop] = (),
    rest: Rest | None = None,
    cases: bool = False,
    assets: bool = False,
) -> dict[str, Any]:
    """The style of a territory, MapLibre style specification 8, for MapLibre GL JS 5.11 or later.

    Parameters
    ----------
    base : address of the service, without a slash at its end.
    wanted : which reports the heat counts.
    density : reports per m² that count as hot (see `hot_density`); None when there are none.
    public, release : that what was published is drawn, and of which period.
    backdrop : what lies under the cells where there is no base map.
    rest : what was published of the cells that are not the reader's, where there is any.
    cases : whether the reader may read cases.
    assets : whether there are assets that the reader may see.
    """
    colours = THEMES[theme]
    west, south, east, north = drawing.bbox
    bounds = [west, south, east, north]
    basemap = _basemap(settings)
    layers: list[dict[str, Any]] = [
        {"id": "background", "type": "background", "paint": {"background-color": colours.background}}
    ]
    if basemap:
        paint = {"raster-opacity": colours.basemap_opacity}
        layers.append({"id": "basemap", "type": "raster", "source": "basemap", "paint": paint})
    kinds = [] if basemap else [part.kind for part in backdrop]
    layers += ground_layers(kinds, theme)
    over = bool(basemap or kinds)
    layers += [_fill(drawing, at, colours, over_basemap=over) for at in range(len(drawing.levels))]
    layers += [_special_fill(drawing.levels[-1], colours)] if drawing.special else []
    if rest:
        layers.append(heat_layer(drawing, colours.heat, rest.density, public=True, source="heat-rest"))
    layers.append(heat_layer(drawing, colours.heat, density, public=public))
    lowest_first = range(len(drawing.levels) - 1, -1, -1)
    layers += [_line(drawing.levels[at], at, colours) for at in lowest_first]
    layers += [_special_line(drawing.levels[-1], colours)] if drawing.special else []
    layers += name_layers(kinds, theme, FONTS)  # the last that is drawn is the first to have its place
    layers += [_label(drawing.levels[at], at, colours) for at in lowest_first]
    if assets:
        layers += asset_layers(colours.ink, colours.halo, FONTS)
    if cases:
        layers += case_layers(colours.cases, FONTS)
    return {
        "version": 8,
        "name": spoken(drawing.name, otherwise=drawing.territory),
        "metadata": {
            "wangge:territory": drawing.territory,
            "wangge:edition": drawing.edition,
            "wangge:synthetic": drawing.synthetic,
            "wangge:theme": theme,
            "wangge:bounds": bounds,
            "wangge:datum": settings.basemap_datum if basemap else "wgs84",
            "wangge:public": public,
            "wangge:hottest": hottest(drawing, density, public=public),
            "wangge:release": release_as_answer(release) if release else None,
            "wangge:archive": _archive(drawing, settings),
            "wangge:rest": release_as_answer(rest.release) if rest else None,
            "wangge:special": colours.special if drawing.special else None,
            "wangge:cases": dict(zip(STANDINGS, colours.cases.standings, strict=True)) if cases else None,
        },
        "center": [(west + east) / 2, (south + north) / 2],
        "zoom": drawing.whole_zoom,
        "sources": {
            **({"basemap": basemap} if basemap else {}),
            **({"backdrop": _backdrop(drawing, base, backdrop)} if kinds else {}),
            "cells": {
                "type": "vector",
                "tiles": [cells_url(drawing, base)],
                "minzoom": 0,
                "maxzoom": CELLS_MAXZOOM,
                "bounds": bounds,
                "attribution": drawing.attribution,
            },
            "heat": _counted(
                drawing, heat_url(drawing.territory, base, wanted), RELEASED_MAXZOOM if public else HEAT_MAXZOOM
            ),
            **({"heat-rest": _counted(drawing, _rest_url(drawing, base, rest), RELEASED_MAXZOOM)} if rest else {}),
            **({"assets": assets_source(drawing.territory, base, bounds)} if assets else {}),
            **(
                {"cases": _counted(drawing, cases_url(drawing.territory, base, wanted), CASES_MAXZOOM)} if cases else {}
            ),
        },
        "layers": layers,
    }


def _counted(drawing: Drawing, tiles: str, maxzoom: int) -> dict[str, Any]:
    return {"type": "vector", "tiles": [tiles], "minzoom": 0, "maxzoom": maxzoom, "bounds": list(drawing.bbox)}


def _rest_url(drawing: Drawing, base: str, rest: Rest) -> str:
    return f"{heat_url(drawing.territory, base, rest.wanted)}&rest=true"  # its period is named


def _backdrop(drawing: Drawing, base: str, backdrop: Sequence[Backdrop]) -> dict[str, Any]:
    return {
        "type": "vector",
        "tiles": [backdrop_url(drawing.territory, base, backdrop)],
        "minzoom": 0,
        "maxzoom": BACKDROP_MAXZOOM,
        "attribution": attribution_of(backdrop),
    }


def _archive(drawing: Drawing, settings: Settings) -> dict[str, str] | None:
    """Where the tiles of the cells lie as a file, and of which version it must be to be drawn instead."""
    if settings.cells_archive is None:
        return None
    url = settings.cells_archive.replace("{territory}", quote(drawing.territory))
    return {"url": url, "version": cells_version(drawing)}


def _basemap(settings: Settings) -> dict[str, Any] | None:
    """The raster source of the settings; a .pmtiles address is for viewers that know the pmtiles protocol."""
    url = settings.basemap_url
    if not url:
        return None
    source: dict[str, Any] = {"type": "raster", "tileSize": 256, "attribution": settings.basemap_attribution}
    if url.split("?")[0].endswith(".pmtiles"):
        return {**source, "url": f"pmtiles://{url}"}
    return {**source, "tiles": [url]}


TINT, PALE_TINT = 0.24, 0.14
"""How strongly a chosen cell, and one that is pointed at, are coloured."""


def _fill(drawing: Drawing, at: int, colours: Theme, *, over_basemap: bool) -> dict[str, Any]:
    """Pale hues on the top level; below it nothing but what the reader points at or chose."""
    level = drawing.levels[at]
    pointed: Expression = ["boolean", ["feature-state", "hover"], False]
    chosen: Expression = ["boolean", ["feature-state", "selected"], False]
    if at == 0:
        colour: Expression | str = ["case", ["any", pointed, chosen], colours.accent, _hue(colours, drawing.top_codes)]
        opacity = ["case", chosen, TINT, pointed, PALE_TINT, 0.45 if over_basemap else 1.0]
    else:  # pale in itself, for programs that know no feature states and take them all for opaque
        red, green, blue = (int(colours.accent[i : i + 2], 16) for i in (1, 3, 5))
        colour = f"rgba({red}, {green}, {blue}, {TINT})"
        opacity = ["case", chosen, 1, pointed, PALE_TINT / TINT, 0]
    return {
        "id": f"cells-{level.key}-fill",
        "type": "fill",
        "source": "cells",
        "source-layer": level.key,
        "minzoom": level.minzoom,
        "paint": {
            "fill-color": colour,
            "fill-opacity": opacity,
            "fill-antialias": False,
        },
    }


def _hue(colours: Theme, top_codes: tuple[str, ...]) -> Expression | str:
    if not top_codes:
        return colours.hues[0]
    pairs: list[Any] = []
    for place, hue in enumerate(colours.hues):
        codes = list(top_codes[place :: len(colours.hues)])
        if codes:
            pairs += [codes, hue]
    return ["match", ["get", "code"], *pairs, colours.hues[0]]


def _line(level: DrawnLevel, at: int, colours: Theme) -> dict[str, Any]:
    """Strongest on top: each level's lines are half as wide as those of the level above it."""
    weight = 0.5**at
    return {
        "id": f"cells-{level.key}-line",
        "type": "line",
        "source": "cells",
        "source-layer": level.key,
        "minzoom": level.minzoom,
        "layout": {"line-join": "round", "line-cap": "round"},
        "paint": {
            "line-color": ["case", ["boolean", ["feature-state", "selected"], False], colours.accent, colours.line],
            "line-width": by_zoom((9, 0.4 + 0.8 * weight), (13, 0.5 + 1.5 * weight), (17, 0.8 + 3.2 * weight)),
            "line-opacity": by_zoom((level.minzoom, 0.25 + 0.5 * weight), (level.minzoom + 2, 0.35 + 0.5 * weight)),
        },
    }


SPECIAL = ["has", "purpose"]


def _special_fill(level: DrawnLevel, colours: Theme) -> dict[str, Any]:
    """Special grids, tinted under the heat."""
    return {
        "id": f"cells-{level.key}-special-fill",
        "type": "fill",
        "source": "cells",
        "source-layer": level.key,
        "minzoom": level.minzoom,
        "filter": SPECIAL,
        "paint": {"fill-color": colours.special, "fill-opacity": 0.16, "fill-antialias": False},
    }


def _special_line(level: DrawnLevel, colours: Theme) -> dict[str, Any]:
    """The borders of special grids, broken, so that they are told from others without colours too."""
    return {
        "id": f"cells-{level.key}-special-line",
        "type": "line",
        "source": "cells",
        "source-layer": level.key,
        "minzoom": level.minzoom,
        "filter": SPECIAL,
        "layout": {"line-join": "round"},
        "paint": {
            "line-color": colours.special,
            "line-width": by_zoom((11, 1.2), (14, 2.2), (17, 3.4)),
            "line-dasharray": [3, 2],
        },
    }


def _label(level: DrawnLevel, at: int, colours: Theme) -> dict[str, Any]:
    size = max(10.5, 15 - 2 * at)
    return {
        "id": f"cells-{level.key}-label",
        "type": "symbol",
        "source": "cells",
        "source-layer": "labels",
        "minzoom": max(level.minzoom, level.labelzoom - 1),
        "filter": ["==", ["get", "level"], level.key],
        "layout": {
            "text-field": ["coalesce", ["get", "name"], ["get", "code"]],
            "text-font": FONTS,
            "text-size": by_zoom((level.labelzoom, size), (level.labelzoom + 4, size + 4)),
            "text-max-width": 8,
            "text-padding": 6,
            "text-letter-spacing": 0.06 if at == 0 else 0,
        },
        "paint": {
            "text-color": colours.ink,
            "text-opacity": 1 if at == 0 else 0.86,
            "text-halo-color": colours.halo,
            "text-halo-width": 1.6,
            "text-halo-blur": 0.4,
        },
    }
