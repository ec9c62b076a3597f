"""A planner's sheet: one HTML file with the counts of every base grid and the heat, which opens without a network."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from html import escape
from importlib.resources import files
from string import Template
from typing import Any
from zoneinfo import ZoneInfo

import folium
import numpy as np
import orjson
import shapely
from branca.element import Element, Figure
from folium.plugins import HeatMap
from folium.template import Template as FoliumTemplate

from wangge.access.person import Scope
from wangge.access.scope import as_json, condition
from wangge.data.languages import Language, spoken
from wangge.data.messages import word
from wangge.patterns.findings.telling import findings_of, last_run, sentence
from wangge.store.engine import AsyncConnection, named_rows
from wangge.tilesets import queries
from wangge.tilesets.catalog import Drawing, HeatFilter
from wangge.tilesets.classes import Classes
from wangge.tilesets.sheet_months import months_panel, months_script, places_of
from wangge.tilesets.styles import THEMES

__all__ = ["category_names", "draw_sheet"]

LINE = THEMES["light"].line
FOUND = "#7a1fa2"
ROOMY = 12
"""Up to so many names of the top level are written large."""
SIMPLIFIED = 2e-5
"""Degrees, about 2 m."""


class _Markup(Element):
    """Markup that is put into the page as it is; branca would read a plain string as a template."""

    _template = FoliumTemplate("{{ this.markup }}")

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.markup = markup


async def category_names(connection: AsyncConnection, territory: str) -> dict[str, dict[str, str]]:
    """The categories of a territory by their codes; each name maps a language to it."""
    found = await named_rows(connection, queries.CATEGORY_NAMES, {"territory": territory})
    return {category.code: category.name for category in found}


async def draw_sheet(
    connection: AsyncConnection, drawing: Drawing, wanted: HeatFilter, scope: Scope, language: Language
) -> str:
    """One HTML page: counts of every base grid, heat (also by months), findings, a legend, where the grid is from.

    Every script, style and image is inside the page; it has no base map. Of the filter, the category and the time
    are used; findings are those of the last look, of that category.
    """
    asked = {
        "territory": drawing.territory,
        "level": drawing.levels[-1].key,
        "since": wanted.since,
        "until": wanted.until,
        "category": wanted.category,
        "scope": as_json(scope),
        "zone": drawing.timezone,
    }
    cells = await named_rows(connection, queries.COUNTED_CELLS, asked)
    base = {"edition": drawing.edition_id, "base": len(drawing.levels) - 1}
    outlines = await named_rows(connection, queries.OUTLINES, base)
    seen, values = condition(scope, "r")
    points = await named_rows(connection, queries.COARSE_POINTS.format(scope=seen), asked | values)
    categories = await category_names(connection, drawing.territory)

    counts = [cell.reports for cell in cells]
    classes = Classes.of(counts)
    figure, page = _page(drawing)
    _choropleth(drawing, cells, classes, language).add_to(page)
    heat = _heat(points, drawing, language).add_to(page)
    _lines(outlines).add_to(page)
    _findings(await _found(connection, scope, wanted.category), language).add_to(page)
    folium.LayerControl(collapsed=False).add_to(page)

    called = spoken(categories.get(wanted.category or "", {}), language, wanted.category or "")
    category = called or word("sheet", "all-categories", language)
    about = f"{category} · {_period(wanted, ZoneInfo(drawing.timezone), language)}"
    panel = _panel(drawing, about, classes.rows(counts), sum(counts), months_panel(points, language), language)
    figure.html.add_child(_Markup(panel), name="sheet")
    script = months_script(points, _asset("sheet.js"), heat.get_name(), page.get_name(), language)
    figure.script.add_child(_Markup(script), name="months")
    figure.title = escape(_title(drawing, language))
    return str(figure.render())


def _page(drawing: Drawing) -> tuple[Figure, folium.Map]:
    """An empty map of the territory whose scripts and styles are inside it, where folium would link to other hosts."""
    west, south, east, north = drawing.bbox
    figure = Figure()
    page = folium.Map(tiles=None, zoom_snap=0.25, control_scale=True, attribution_control=False)
    figure.add_child(page)
    page.fit_bounds([[south, west], [north, east]], padding=(20, 20))
    folium.map.CustomPane("lines", z_index=450, pointer_events=False).add_to(page)
    # Bootstrap, jQuery and icon fonts are for pop-ups and markers; there are none.
    page.default_js, page.default_css = [], []
    for name in ("leaflet.css", "sheet.css"):
        figure.header.add_child(_Markup(f"<style>{_asset(name)}</style>"), name=name)
    for name in ("leaflet.js", "leaflet-heat.js"):
        figure.header.add_child(_Markup(f"<script>{_asset(name)}</script>"), name=name)
    return figure, page


def _choropleth(drawing: Drawing, cells: Sequence[Any], classes: Classes, language: Language) -> folium.GeoJson:
    """The base grids in the colours of their counts, with a tooltip each."""
    features = [
        {
            "type": "Feature",
            "geometry": shape,
            # The tooltip writes these as markup.
            "properties": {
                "name": escape(cell.name),
                "parent": escape(cell.parent or ""),
                "code": escape(cell.code),
                "reports": cell.reports,
                "density": round(cell.reports / cell.area_m2 * 1e6, 1),
                "colour": classes.colour(cell.reports),
            },
        }
        for cell, shape in zip(cells, _shapes(cells), strict=True)
    ]
    levels = [spoken(level.name, language) for level in drawing.levels[-2:]]
    told = {"name": levels[-1], "parent": levels[0], "code": word("sheet", "code", language)}
    told |= {"reports": word("sheet", "counts", language), "density": word("sheet", "density", language)}
    if len(levels) == 1:
        del told["parent"]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=word("sheet", "legend", language, level=levels[-1]),
        # One of the two is shown at a time: laid over each other, neither's colours could be read.
        overlay=False,
        style_function=_painted,
        highlight_function=_pointed_at,
        tooltip=folium.GeoJsonTooltip(list(told), [escape(text) for text in told.values()], sticky=True),
    )


def _painted(feature: dict[str, Any]) -> dict[str, Any]:
    colour = feature["properties"]["colour"]
    return {"fillColor": colour, "fillOpacity": 0.9, "color": LINE, "weight": 0.5, "opacity": 0.45}


def _pointed_at(_feature: dict[str, Any]) -> dict[str, Any]:
    return {"weight": 2.5, "color": THEMES["light"].accent, "opacity": 1}


def _heat(points: Sequence[Any], drawing: Drawing, language: Language) -> HeatMap:
    """Density of the coarse points; the ramp ends at what a twentieth of the places exceed when the whole is seen."""
    radius, blur = 14, 12
    # Leaflet's tiles are half as wide as those that the style's zoom counts in.
    zoom = drawing.whole_zoom + 1
    # leaflet.heat adds up what lies within half a kernel, and halves every weight for each zoom short of the last.
    near = (radius + blur) / 2 * 360 / (256 * 2**zoom)
    places: Counter[tuple[int, int]] = Counter()
    for (lat, lon), reports in places_of(points).items():
        places[int(lon // near), int(lat // near)] += reports
    hottest = float(np.quantile(list(places.values()), 0.95)) if places else 1.0
    heat = HeatMap(  # type: ignore[no-untyped-call]
        [[lat, lon, reports] for (lat, lon), reports in places_of(points).items()],
        name=word("sheet", "heat", language),
        min_opacity=0.0,
        max_zoom=18,
        max=2 * hottest / 2 ** (18 - zoom),
        radius=radius,
        blur=blur,
        gradient=dict(THEMES["light"].heat[1:]),
        overlay=False,
        show=False,
    )
    heat.default_js = []
    return heat


async def _found(connection: AsyncConnection, scope: Scope, category: str | None) -> list[Any]:
    """What the last look found, with its shapes; of all categories where none is given."""
    run = await last_run(connection, scope.territory)
    rows = await findings_of(connection, scope, since=run["day"], shapes=True) if run else []
    return [row for row in rows if category in (None, row.category)]


def _findings(rows: Sequence[Any], language: Language) -> folium.FeatureGroup:
    """Outlines of what was found, each with its sentence."""
    group = folium.FeatureGroup(name=word("sheet", "findings", language), control=bool(rows))
    features = [
        {
            "type": "Feature",
            "geometry": orjson.loads(row.geometry),
            "properties": {"kind": row.kind, "sentence": escape(sentence(row, language))},
        }
        for row in rows
    ]
    if features:
        folium.GeoJson(
            {"type": "FeatureCollection", "features": features},
            style_function=_found_style,
            tooltip=folium.GeoJsonTooltip(["sentence"], labels=False, sticky=True, class_name="sentence"),
        ).add_to(group)
    return group


def _found_style(feature: dict[str, Any]) -> dict[str, Any]:
    dashes = "6 4" if feature["properties"]["kind"] == "lately" else "1 5"
    return {"fillOpacity": 0.04, "fillColor": FOUND, "color": FOUND, "weight": 2.5, "dashArray": dashes}


def _lines(outlines: Sequence[Any]) -> folium.FeatureGroup:
    """The lines of the levels above the base grids, stronger towards the top, and the names of the top level."""
    group = folium.FeatureGroup(control=False)
    features = [
        {"type": "Feature", "properties": {"level": cell.level}, "geometry": shape}
        for cell, shape in zip(outlines, _shapes(outlines), strict=True)
    ]
    if not features:
        return group
    lines = {"type": "FeatureCollection", "features": features[::-1]}
    folium.GeoJson(lines, style_function=_outlined, interactive=False, pane="lines").add_to(group)
    top = [cell for cell in outlines if cell.level == 0]
    kind = "name" if len(top) <= ROOMY else "name small"
    for cell in top:
        icon = folium.DivIcon(html=f'<div class="{kind}">{escape(cell.name)}</div>', icon_size=(0, 0))
        folium.Marker((cell.lat, cell.lon), icon=icon, interactive=False, keyboard=False).add_to(group)
    return group


def _shapes(cells: Sequence[Any]) -> list[Any]:
    """GeoJSON geometries of the cells, level by level as coverages: simplified by 2 m, and still without gaps."""
    shapes = shapely.from_wkb([bytes(cell.shape) for cell in cells])
    levels = np.array([cell.level for cell in cells])
    for level in np.unique(levels):
        shapes[levels == level] = shapely.coverage_simplify(shapes[levels == level], SIMPLIFIED)
    return [orjson.loads(text) for text in shapely.to_geojson(shapely.transform(shapes, lambda xy: xy.round(6)))]


def _outlined(feature: dict[str, Any]) -> dict[str, Any]:
    weight = 2.2 / 2 ** feature["properties"]["level"]
    return {"fill": False, "color": LINE, "weight": weight, "opacity": 0.85}


def _panel(
    drawing: Drawing, scope: str, rows: Sequence[tuple[str, str, int]], total: int, months: str, language: Language
) -> str:
    level = spoken(drawing.levels[-1].name, language)
    said = {name: word("sheet", name, language) for name in ("reports", "heat", "few", "many", "synthetic")}
    classes = "".join(
        f'<li><i style="background:{colour}"></i><span>{span}</span><span>{cells:,}</span></li>'
        for colour, span, cells in rows
    )
    return Template(_asset("sheet.html")).substitute(
        {key: escape(text) for key, text in said.items()}
        | {
            "title": escape(_title(drawing, language)),
            "synthetic": f'<span class="synthetic">{said["synthetic"]}</span>' if drawing.synthetic else "",
            "scope": escape(scope),
            "total": f"{total:,}",
            "legend": escape(word("sheet", "legend", language, level=level)),
            "classes": classes,
            "months": months,
            "ramp": ",".join(f"{colour} {stop:.0%}" for stop, colour in THEMES["light"].heat),
            "edition": escape(word("sheet", "edition", language, edition=drawing.edition)),
            "source": escape(drawing.source),
            "licence": escape(drawing.licence),
        }
    )


def _title(drawing: Drawing, language: Language) -> str:
    level = spoken(drawing.levels[-1].name, language)
    territory = spoken(drawing.name, language, drawing.territory)
    return word("sheet", "title", language, territory=territory, level=level)


def _period(wanted: HeatFilter, zone: ZoneInfo, language: Language) -> str:
    """The time asked for, in the territory's days, the last one included."""
    since = f"{wanted.since.astimezone(zone):%Y-%m-%d}" if wanted.since else None
    until = f"{wanted.until.astimezone(zone) - timedelta(microseconds=1):%Y-%m-%d}" if wanted.until else None
    key = {(True, True): "between", (True, False): "since", (False, True): "until"}.get((bool(since), bool(until)))
    return word("sheet", key or "all-time", language, since=since, until=until)


def _asset(name: str) -> str:
    return (files("wangge.tilesets") / "assets" / name).read_text(encoding="utf-8")
