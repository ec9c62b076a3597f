"""Open cases as a layer of tiles: points by deadline close in, clusters farther out, for whoever may read the cases."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from wangge.access.person import Scope
from wangge.access.scope import as_json
from wangge.reports.listing.filters import ReportFilter, looked_up_matching
from wangge.reports.number import format_number
from wangge.store.engine import AsyncConnection, first_value, named_rows
from wangge.tilesets import queries
from wangge.tilesets.catalog import Drawing, HeatFilter, sql_version, tilejson_head, unknown_territory
from wangge.tilesets.heat import Expression, by_zoom
from wangge.tilesets.points import described_points_tile
from wangge.tilesets.tiles import require_place

__all__ = [
    "CASES_MAXZOOM",
    "STANDINGS",
    "CaseColours",
    "case_layers",
    "cases_etag",
    "cases_tilejson",
    "cases_url",
    "draw_cases",
]

CASES_MAXZOOM = 15
"""From here on each case is a point at its place; farther out, those within 32 pixels are one."""
EXTENT = 4096
CLUSTERS, PLACES = 16, 1024
STANDINGS = ("overdue", "nearly_due", "due", "undated")
"""How the most pressing case of a point stands; a parked case has no deadline."""
NAMED = 20
HAIR = 1e-9


@dataclass(frozen=True, slots=True)
class CaseColours:
    """Colours of the points in the order of STANDINGS, of their rim, and of the numbers on them."""

    standings: tuple[str, str, str, str]
    rim: str
    number: str
    halo: str


async def cases_etag(connection: AsyncConnection, scope: Scope, wanted: HeatFilter, z: int, x: int, y: int) -> str:
    """Strong validator of a tile: the revision of the territory's reports, the scope, the filter, the place.

    Read before the tile is drawn, as for the heat.

    Raises
    ------
    UnknownTile, UnknownTerritory
    """
    require_place(z, x, y, CASES_MAXZOOM)
    revision = await first_value(connection, queries.REVISION, {"territory": scope.territory})
    if revision is None:
        raise await unknown_territory(connection, scope.territory)
    told = (sql_version(), revision, scope.territory, as_json(scope), wanted.parameters(), z, x, y)
    return f'"o{hashlib.sha256(repr(told).encode()).hexdigest()[:24]}"'


async def draw_cases(connection: AsyncConnection, scope: Scope, wanted: HeatFilter, z: int, x: int, y: int) -> bytes:
    """The tile of the open cases in a scope as MVT; empty where there are none. A case lies in one tile of a zoom."""
    n = 1 << z
    west, south, east, north = x / n * 360 - 180, _latitude((y + 1) / n), (x + 1) / n * 360 - 180, _latitude(y / n)
    where = ReportFilter(
        scope.territory,
        (west - HAIR, south - HAIR, east + HAIR, north + HAIR),
        wanted.cell,
        wanted.level,
        categories=(wanted.category,) if wanted.category else (),
        groups=(wanted.group,) if wanted.group else (),
        since=wanted.since,
        until=wanted.until,
        is_open=True,
    )
    condition, values, *_ = await looked_up_matching(connection, where, scope)
    size = EXTENT // (PLACES if z == CASES_MAXZOOM else CLUSTERS)
    place = {"columns": n, "x": x, "y": y, "extent": EXTENT, "size": size, "named": NAMED}
    rows = await named_rows(connection, queries.OPEN_CASES.format(where=condition), values | place, prepare=False)
    points = [
        {
            "cases": row.cases,
            "overdue": row.overdue,
            "nearly_due": row.nearly_due,
            "standing": STANDINGS[row.standing],
            "numbers": _numbers(row.ids, row.received),
        }
        for row in rows
    ]
    return described_points_tile("cases", [row.u for row in rows], [row.v for row in rows], points, EXTENT)


def _latitude(share: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * share))))


def _numbers(ids: Sequence[int], received: Sequence[datetime]) -> str:
    return ",".join(format_number(at, key) for key, at in zip(ids, received, strict=True))


def cases_url(territory: str, base: str, wanted: HeatFilter) -> str:
    """Address template of the tiles of open cases under one filter."""
    parameters = {key: value for key, value in wanted.parameters().items() if key not in {"period", "min_count"}}
    asked = f"?{urlencode(parameters)}" if parameters else ""
    return f"{base}/tiles/{quote(territory)}/cases/{{z}}/{{x}}/{{y}}.mvt{asked}"


def cases_tilejson(drawing: Drawing, base: str, wanted: HeatFilter) -> dict[str, Any]:
    """TileJSON of the open cases: the layer "cases"."""
    return {
        **tilejson_head(drawing, "cases", CASES_MAXZOOM),
        "description": "Open cases that one may read: points from zoom 15 on, clusters before it",
        "tiles": [cases_url(drawing.territory, base, wanted)],
        "vector_layers": [
            {
                "id": "cases",
                "description": "A case, or several that lie close together",
                "minzoom": 0,
                "maxzoom": CASES_MAXZOOM,
                "fields": {
                    "cases": "Number: how many",
                    "overdue": "Number: of them, whose deadline has passed",
                    "nearly_due": "Number: of them, whose deadline is near",
                    "standing": f"String: of the most pressing one: {', '.join(STANDINGS)}",
                    "numbers": f"String: their numbers with commas between, the most pressing first; at most {NAMED}",
                },
            }
        ],
    }


def case_layers(colours: CaseColours, fonts: list[str]) -> list[dict[str, Any]]:
    """Layers of a style: clusters up to zoom 15, not visible at first, and from there on the cases.

    Size tells what colour does: what is overdue is the largest.
    """
    standing: Expression = ["get", "standing"]
    colour: Expression = ["match", standing]
    sizes: Expression = ["match", standing, "overdue", 1.3, "nearly_due", 1.15, 1.0]
    for key, value in zip(STANDINGS[:-1], colours.standings, strict=False):
        colour += [key, value]
    colour.append(colours.standings[-1])
    pressing_last: Expression = ["match", standing, "overdue", 3, "nearly_due", 2, "due", 1, 0]
    from_layer = {"source": "cases", "source-layer": "cases"}
    rim = {"circle-stroke-color": colours.rim, "circle-stroke-width": 1.5}
    number = {"text-color": colours.number, "text-halo-color": colours.halo, "text-halo-width": 1}
    return [
        {
            "id": "cases-clusters",
            "type": "circle",
            **from_layer,
            "maxzoom": CASES_MAXZOOM,
            "layout": {"visibility": "none", "circle-sort-key": pressing_last},
            "paint": {
                "circle-color": colour,
                "circle-opacity": 0.9,
                "circle-radius": ["interpolate", ["linear"], ["get", "cases"], 1, 6, 10, 10, 100, 16, 1000, 24],
                **rim,
            },
        },
        {
            "id": "cases-clusters-number",
            "type": "symbol",
            **from_layer,
            "maxzoom": CASES_MAXZOOM,
            "filter": [">", ["get", "cases"], 1],
            "layout": {
                "visibility": "none",
                "text-field": ["to-string", ["get", "cases"]],
                "text-font": fonts,
                "text-size": 11,
                "text-allow-overlap": True,
            },
            "paint": number,
        },
        {
            "id": "cases",
            "type": "circle",
            **from_layer,
            "minzoom": CASES_MAXZOOM,
            "layout": {"circle-sort-key": pressing_last},
            "paint": {
                "circle-color": colour,
                "circle-radius": by_zoom((15, ["*", 5, sizes]), (18, ["*", 9, sizes])),  # type: ignore[arg-type]
                **rim,
            },
        },
        {
            "id": "cases-number",
            "type": "symbol",
            **from_layer,
            "minzoom": CASES_MAXZOOM,
            "filter": [">", ["get", "cases"], 1],
            "layout": {
                "text-field": ["to-string", ["get", "cases"]],
                "text-font": fonts,
                "text-size": by_zoom((15, 9), (18, 13)),
            },
            "paint": number,
        },
    ]
