"""Pages to browse by: plain HTML with a drawing of what is listed; no script, nothing from elsewhere."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from math import cos, radians
from typing import Any
from urllib.parse import quote

import orjson
import shapely
from shapely.geometry import shape

from wangge.api.ogc.answering import Link
from wangge.data import messages
from wangge.data.languages import Language

__all__ = ["Html", "collections_page", "document_page", "feature_page", "features_page", "page"]

WIDTH, HEIGHT = 720, 420
MOST_SHOWN = 500
"""Features on a page."""
MOST_COLUMNS = 8
Crumbs = Sequence[tuple[str, str]]


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def _text(value: Any) -> str:
    """A value as a cell shows it."""
    if isinstance(value, Html):
        return value
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return escape("" if value is None else str(value))


def _link(href: str, text: str) -> Html:
    return Html(f'<a href="{escape(href)}">{escape(text)}</a>')


def page(root: str, title: str, body: str, language: Language, crumbs: Crumbs, links: Sequence[Link]) -> str:
    """A whole page.

    Parameters
    ----------
    root : address of the service, where the style sheets lie.
    crumbs : the way here, each with its address and name.
    """
    way = " / ".join(_link(href, name) for href, name in crumbs)
    others = "".join(
        f'<link rel="{escape(one.rel)}" href="{escape(one.href)}" type="{escape(one.type)}">' for one in links
    )
    forms = " · ".join(
        _link(one.href, one.title or messages.word("ogc", f"rel-{one.rel.rpartition('/')[2]}", language))
        for one in links
        if one.rel != "self"
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f'<link rel="icon" href="{root}/web/icon.svg" type="image/svg+xml">'
        f'<link rel="stylesheet" href="{root}/web/css/base.css"><link rel="stylesheet" href="{root}/web/css/ogc.css">'
        f'{others}</head><body><header><nav aria-label="{_word("way", language)}">{way}</nav></header>'
        f'<main><h1>{escape(title)}</h1>{body}</main><footer><nav aria-label="{_word("links", language)}">{forms}'
        f"</nav></footer></body></html>"
    )


def _word(name: str, language: Language, **facts: Any) -> str:
    return escape(messages.word("ogc", name, language, **facts))


def document_page(document: Mapping[str, Any], description: str) -> str:
    """The body of a page that shows a document as it is."""
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
    return f'<p>{escape(description)}</p><pre tabindex="0">{escape(text)}</pre>'


def collections_page(rows: Sequence[tuple[str, str, str]]) -> str:
    """The body of a list: address, title and description of each."""
    told = "".join(f"<li>{_link(href, title)}<p>{escape(text)}</p></li>" for href, title, text in rows)
    return f'<ul class="list">{told}</ul>'


def features_page(features: Sequence[Mapping[str, Any]], here: str, note: str, *, drawn: bool) -> str:
    """The body of a page of features: drawn, and as a table.

    Parameters
    ----------
    here : address of the items.
    drawn : whether x goes to the right and y up, so that they can be drawn.
    """
    named = [(f"{here}/{quote(str(one['id']), safe=':')}", str(one["id"]), one) for one in features]
    drawing = _drawing([(href, name, one["geometry"]) for href, name, one in named]) if drawn else ""
    names = list(features[0]["properties"])[:MOST_COLUMNS] if features else []
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("id", *names))
    rows = "".join(
        f'<tr><th scope="row">{_link(href, name)}</th>'
        + "".join(f"<td>{_text(one['properties'].get(each))}</td>" for each in names)
        + "</tr>"
        for href, name, one in named
    )
    table = f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    return f"<p>{escape(note)}</p>{drawing}{table if features else ''}"


def feature_page(feature: Mapping[str, Any], *, drawn: bool) -> str:
    """The body of the page of one feature."""
    drawing = _drawing([("", str(feature["id"]), feature["geometry"])]) if drawn else ""
    told = "".join(f"<dt>{escape(name)}</dt><dd>{_text(value)}</dd>" for name, value in feature["properties"].items())
    return f'{drawing}<dl class="facts">{told}</dl>'


def _drawing(of: Sequence[tuple[str, str, Any]]) -> str:
    """Geometries as one drawing, each with a link; empty where there is nothing to draw."""
    shapes = [(href, name, shape(orjson.loads(orjson.dumps(one)))) for href, name, one in of if one]
    shapes = [each for each in shapes if not each[2].is_empty]
    if not shapes:
        return ""
    west, south, east, north = shapely.total_bounds([each[2] for each in shapes])
    # Degrees of longitude are shorter; what is drawn keeps its form.
    across = max(0.05, cos(radians(min(90.0, abs(south + north) / 2))))
    width, height = max((east - west) * across, 1e-4), max(north - south, 1e-4)
    scale = min((WIDTH - 24) / width, (HEIGHT - 24) / height)
    left, top = (WIDTH - width * scale) / 2, (HEIGHT - height * scale) / 2

    def at(x: float, y: float) -> str:
        return f"{left + (x - west) * across * scale:.1f} {top + (north - y) * scale:.1f}"

    told = "".join(_drawn(href, name, one, at) for href, name, one in shapes)
    return f'<svg class="map" viewBox="0 0 {WIDTH} {HEIGHT}" role="group">{told}</svg>'


def _drawn(href: str, name: str, one: Any, at: Callable[[float, float], str]) -> str:
    kind = "area" if one.geom_type.endswith("Polygon") else "way"
    if one.geom_type == "Point":
        x, y = at(one.x, one.y).split(" ")
        mark = f'<circle cx="{x}" cy="{y}" r="4"></circle>'
    else:
        path = "".join(_path(part, at) for part in getattr(one, "geoms", [one]))
        mark = f'<path class="{kind}" d="{path}"></path>'
    title = f"<title>{escape(name)}</title>{mark}"
    return f'<a href="{escape(href)}" tabindex="-1">{title}</a>' if href else f"<g>{title}</g>"


def _path(part: Any, at: Callable[[float, float], str]) -> str:
    def lines() -> Iterator[str]:
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            points = " L".join(at(x, y) for x, y in shapely.get_coordinates(ring))
            yield f"M{points}" + ("Z" if part.geom_type == "Polygon" else "")

    return "".join(lines())
