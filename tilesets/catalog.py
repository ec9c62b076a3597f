"""What can be drawn of a territory, and how it is announced: TileJSON 3.0.0."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from wangge.access.person import Scope
from wangge.access.scope import as_json, scope_as_facts
from wangge.data.languages import spoken
from wangge.data.messages import in_all
from wangge.store.engine import AsyncConnection, first_value, named_rows
from wangge.store.grids.backdrops import Backdrop
from wangge.store.grids.loading import NoEdition, UnknownTerritory
from wangge.tilesets import queries

__all__ = [
    "BACKDROP_MAXZOOM",
    "CELLS_MAXZOOM",
    "HEAT_MAXZOOM",
    "RELEASED_MAXZOOM",
    "TILE_PX",
    "Drawing",
    "DrawnLevel",
    "HeatFilter",
    "attribution_of",
    "backdrop_tilejson",
    "backdrop_url",
    "backdrop_version",
    "cells_tilejson",
    "cells_url",
    "cells_version",
    "heat_tilejson",
    "heat_url",
    "hot_density",
    "sql_version",
    "tilejson_head",
    "unknown_territory",
]

CELLS_MAXZOOM = 15
"""A unit of the tile's own coordinates is 0.3 m here; clients scale further in."""
TILE_PX = 512
BACKDROP_MAXZOOM = 15
HEAT_MAXZOOM = 14
"""A bin measures about 30 m here, and no map shows a report's place more exactly."""
RELEASED_MAXZOOM = 12
"""A bin measures about 120 m here; what is published is no finer, and clients scale further in."""

CELL_FIELDS = {
    "code": "String: the cell's code",
    "name": "String: its name",
    "level": "String: its level's key",
    "parent": "String: code of the cell it lies in; not on the top level",
    "purpose": "String: what a special grid is for; not on others",
}


@dataclass(frozen=True, slots=True)
class DrawnLevel:
    """A level, the number of its cells, and the zooms from which its cells and its names are drawn."""

    key: str
    name: dict[str, str]
    cells: int
    minzoom: int
    labelzoom: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that styles and TileJSON say about the current edition of a territory. `bbox` is west, south, east, north.

    `special` says whether there are special grids.
    """

    territory: str
    name: dict[str, str]
    timezone: str
    edition_id: int
    edition: str
    hash: str
    source: str
    licence: str
    synthetic: bool
    bbox: tuple[float, float, float, float]
    levels: tuple[DrawnLevel, ...]
    top_codes: tuple[str, ...]
    special: bool

    @property
    def attribution(self) -> str:
        """Source and licence, and that the territory is synthetic where it is."""
        said = f"{self.source} · {self.licence}"
        return f"{' / '.join(in_all('sheet', 'synthetic').values())} · {said}" if self.synthetic else said

    @property
    def whole_zoom(self) -> float:
        """Zoom at which the whole territory fits into 700 by 700 pixels, in tiles of 512 pixels."""
        west, south, east, north = self.bbox
        across = max(east - west, (north - south) / math.cos(math.radians((south + north) / 2)), 1e-6) / 360
        return round(min(16.0, max(0.0, math.log2(700 / TILE_PX / across))), 2)

    @classmethod
    async def of(cls, connection: AsyncConnection, territory: str) -> "Drawing":
        """The drawing of a territory's current edition.

        Raises
        ------
        UnknownTerritory, NoEdition
        """
        found = await named_rows(connection, queries.TERRITORY, {"territory": territory})
        if not found:
            raise await unknown_territory(connection, territory)
        row = found[0]
        if row.id is None:
            raise NoEdition(territory=territory)
        levels = await named_rows(connection, queries.LEVELS, {"edition": row.id})
        codes = await named_rows(connection, queries.TOP_CODES, {"edition": row.id})
        return cls(
            territory=row.code,
            name=row.name,
            timezone=row.timezone,
            edition_id=row.id,
            edition=row.label,
            hash=row.hash,
            source=row.source,
            licence=row.licence,
            synthetic=row.synthetic,
            bbox=(row.west, row.south, row.east, row.north),
            levels=tuple(
                DrawnLevel(lv.key, row.levels[lv.level]["name"], lv.cells, lv.minzoom, lv.labelzoom) for lv in levels
            ),
            top_codes=tuple(top.code for top in codes),
            special=row.special,
        )


@dataclass(frozen=True, slots=True)
class HeatFilter:
    """Which reports a heat map counts: all of a territory's, or those that every given part allows.

    `since` is inclusive, `until` exclusive, both with a time zone; `period` is what the span is called where it is a
    published one. `cell` is a code, of the level whose key is `level`.
    """

    category: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    cell: str | None = None
    level: str | None = None
    min_count: int = 1
    group: str | None = None
    period: str | None = None

    def parameters(self) -> dict[str, str]:
        """What is given, by the names that the tile function and the URL use."""
        given = {
            "category": self.category,
            "group": self.group,
            "period": self.period,
            "from": self.since.isoformat() if self.since else None,
            "to": self.until.isoformat() if self.until else None,
            "cell": self.cell,
            "level": self.level,
            "min_count": str(self.min_count) if self.min_count > 1 else None,
        }
        return {key: value for key, value in given.items() if value is not None}

    def query(self, scope: Scope) -> str:
        """The JSON that the tile function takes for a viewer; equal filters and scopes give equal text."""
        seen = scope_as_facts(scope)
        within = {"scope": seen} if seen is not None else {}
        return orjson.dumps({"territory": scope.territory, **self.parameters(), **within}).decode()


async def hot_density(connection: AsyncConnection, drawing: Drawing, wanted: HeatFilter, scope: Scope) -> float | None:
    """Reports per m² that only a twentieth of the base grids with such reports exceed; None when there are none."""
    asked = {"since": wanted.since, "until": wanted.until, "category": wanted.category}
    place = {"territory": drawing.territory, "level": drawing.levels[-1].key}
    seen = {"scope": as_json(scope)}
    density: float | None = await first_value(connection, queries.DENSITY, {**place, **asked, **seen})
    return density


async def unknown_territory(connection: AsyncConnection, territory: str) -> UnknownTerritory:
    """The refusal of a code that no territory has, naming those that exist."""
    known = await (await connection.execute(queries.KNOWN_TERRITORIES)).fetchall()
    return UnknownTerritory(territory=territory, known=[code for (code,) in known])


@cache
def sql_version() -> str:
    """A short hash of the functions that draw, so that a better drawing is not hidden by a cached one."""
    found = [
        (file.name, file.read_bytes()) for file in files("wangge.tilesets.sql").iterdir() if file.name.endswith(".sql")
    ]
    return hashlib.sha256(repr(sorted(found)).encode()).hexdigest()[:8]


def cells_url(drawing: Drawing, base: str) -> str:
    """Address template of the cell tiles; it changes with the edition and with the way they are drawn."""
    return f"{base}/tiles/{quote(drawing.territory)}/cells/{drawing.edition_id}/{{z}}/{{x}}/{{y}}.mvt?v={sql_version()}"


def cells_version(drawing: Drawing) -> str:
    """What the tiles of the cells were drawn from and how: an archive of another one is of other cells."""
    return f"{drawing.hash}.{sql_version()}"


def backdrop_version(backdrop: Sequence[Backdrop]) -> str:
    """A short hash of what a backdrop was made of and of the way it is drawn: another one is another address."""
    made = sorted((part.kind, part.imported_at.isoformat(), part.features) for part in backdrop)
    return hashlib.sha256(repr((sql_version(), made)).encode()).hexdigest()[:12]


def backdrop_url(territory: str, base: str, backdrop: Sequence[Backdrop]) -> str:
    """Address template of the tiles of a territory's backdrop."""
    return f"{base}/tiles/{quote(territory)}/backdrop/{{z}}/{{x}}/{{y}}.mvt?v={backdrop_version(backdrop)}"


def heat_url(territory: str, base: str, wanted: HeatFilter) -> str:
    """Address template of the heat tiles of one filter."""
    parameters = wanted.parameters()
    asked = f"?{urlencode(parameters)}" if parameters else ""
    return f"{base}/tiles/{quote(territory)}/heat/{{z}}/{{x}}/{{y}}.mvt{asked}"


def cells_tilejson(drawing: Drawing, base: str) -> dict[str, Any]:
    """TileJSON of the cells: a polygon layer for each level, and the layer "labels"; `base` has no slash at its end."""
    layers = [
        {
            "id": level.key,
            "description": f"{level.cells} cells: {' / '.join(level.name.values())}",
            "minzoom": level.minzoom,
            "maxzoom": CELLS_MAXZOOM,
            "fields": CELL_FIELDS,
        }
        for level in drawing.levels
    ]
    labels = {
        "id": "labels",
        "description": "One point inside every cell, for its name",
        "minzoom": 0,
        "maxzoom": CELLS_MAXZOOM,
        "fields": CELL_FIELDS,
    }
    return {
        **tilejson_head(drawing, "cells", CELLS_MAXZOOM),
        "description": f"Cells of edition {drawing.edition}",
        "version": "1.0.0",
        "tiles": [cells_url(drawing, base)],
        "vector_layers": [*layers, labels],
    }


def backdrop_tilejson(drawing: Drawing, base: str, backdrop: Sequence[Backdrop]) -> dict[str, Any]:
    """TileJSON of the backdrop: a layer for each kind, with a "name"; none where nothing was imported."""
    layers = [
        {
            "id": part.kind,
            "description": f"{part.features} features",
            "minzoom": 0,
            "maxzoom": BACKDROP_MAXZOOM,
            "fields": {"name": "String: what it is called; not on those without a name"},
        }
        for part in backdrop
    ]
    return {
        **tilejson_head(drawing, "backdrop", BACKDROP_MAXZOOM),
        "attribution": attribution_of(backdrop),
        "description": "What is drawn under the grid",
        "tiles": [backdrop_url(drawing.territory, base, backdrop)],
        "vector_layers": layers,
    }


def attribution_of(backdrop: Sequence[Backdrop]) -> str:
    """Sources and licences of a backdrop, each once."""
    said = (" · ".join(filter(None, (part.source, part.licence))) for part in backdrop)
    return "; ".join(dict.fromkeys(filter(None, said)))


def heat_tilejson(drawing: Drawing, base: str, wanted: HeatFilter, *, released: bool = False) -> dict[str, Any]:
    """TileJSON of the heat tiles of one filter: the layer "heat", points with a "count"; those of a release or live."""
    maxzoom = RELEASED_MAXZOOM if released else HEAT_MAXZOOM
    counts = "Published numbers, spread over cells" if released else "Numbers of reports in bins of about 30 m"
    return {
        **tilejson_head(drawing, "heat", maxzoom),
        "description": counts,
        "tiles": [heat_url(drawing.territory, base, wanted)],
        "vector_layers": [
            {
                "id": "heat",
                "description": "The middle of every bin that holds reports",
                "minzoom": 0,
                "maxzoom": maxzoom,
                "fields": {"count": "Number: reports in the bin"},
            }
        ],
    }


def tilejson_head(drawing: Drawing, layer: str, maxzoom: int) -> dict[str, Any]:
    """What the TileJSON of every layer of a territory says first."""
    west, south, east, north = drawing.bbox
    return {
        "tilejson": "3.0.0",
        "name": f"{spoken(drawing.name, otherwise=drawing.territory)}: {layer}",
        "attribution": drawing.attribution,
        "scheme": "xyz",
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, round(drawing.whole_zoom)],
        "minzoom": 0,
        "maxzoom": maxzoom,
    }
