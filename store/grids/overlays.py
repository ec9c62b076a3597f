"""The areas of other departments that are kept for a territory, by overlay and edition."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.geo.overlays.areas import Area, AreaEdition, Overlay, Overlays
from wangge.geo.overlays.lived import Kept
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, Connection
from wangge.store.grids import queries

__all__ = [
    "OverlayEdition",
    "UnknownOverlay",
    "edition_on",
    "households_text",
    "keep_counted",
    "keep_households",
    "kept_households",
    "list_overlays",
    "load_overlays",
    "overlays_of",
    "put_overlay",
    "remove_overlay",
    "require_area",
]


class UnknownOverlay(WanggeError):
    """The territory has no such overlay, or none on that day. Facts: `territory`, `overlay`, `known`."""

    kind = "unknown-overlay"


@dataclass(frozen=True, slots=True)
class OverlayEdition:
    """An edition of an overlay: from when it holds, until before when, and how many areas it has."""

    id: int
    key: str
    name: dict[str, str]
    valid_from: date
    valid_to: date | None
    source: str
    licence: str
    imported_at: datetime
    areas: int


def put_overlay(
    connection: Connection,
    territory: str,
    key: str,
    areas: Sequence[Area],
    *,
    valid_from: date,
    name: Mapping[str, str] | None = None,
    source: str = "",
    licence: str = "",
) -> None:
    """Keep areas as an edition of an overlay, in one transaction that also tells the running servers.

    An edition of the same day is replaced. `name` is by language; what it does not say stays.
    """
    told = {"territory": territory, "key": key, "valid_from": valid_from, "source": source, "licence": licence}
    shapes = np.array([area.geometry for area in areas], dtype=object)
    multi = np.array(
        [shape if shape.geom_type == "MultiPolygon" else shapely.multipolygons([shape]) for shape in shapes],
        dtype=object,
    )
    wkb = shapely.to_wkb(shapely.set_srid(multi, 4326), hex=True, include_srid=True)
    with connection.transaction():
        connection.execute(queries.PUT_OVERLAY, told | {"name": Jsonb(dict(name or {}))})
        connection.execute(queries.REMOVE_OVERLAY_EDITION, told)
        row = connection.execute(queries.PUT_OVERLAY_EDITION, told).fetchone()
        assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
        with connection.cursor().copy(queries.COPY_AREAS) as copy:
            for area, shape in zip(areas, wkb, strict=True):
                copy.write_row((row[0], area.code, area.name, shape))
        connection.execute("SELECT pg_notify(%s, %s)", (queries.CHANNEL, territory))


def remove_overlay(connection: Connection, territory: str, key: str, valid_from: date | None = None) -> None:
    """Keep an overlay no longer, or one edition of it; without its last one it is gone too. Raises UnknownOverlay."""
    told = {"territory": territory, "key": key, "valid_from": valid_from}
    with connection.transaction():
        statement = queries.REMOVE_OVERLAY if valid_from is None else queries.REMOVE_OVERLAY_EDITION
        if not connection.execute(statement, told).rowcount:
            known = sorted({one.key for one in list_overlays(connection, territory)})
            raise UnknownOverlay(territory=territory, overlay=key, known=known)
        connection.execute(queries.REMOVE_EMPTY_OVERLAYS, told)
        connection.execute("SELECT pg_notify(%s, %s)", (queries.CHANNEL, territory))


def list_overlays(connection: Connection, territory: str) -> list[OverlayEdition]:
    """The editions of every overlay, the newest of each first."""
    with connection.cursor(row_factory=class_row(OverlayEdition)) as cursor:
        return cursor.execute(queries.OVERLAY_EDITIONS, {"territory": territory}).fetchall()


async def overlays_of(connection: AsyncConnection, territory: str) -> list[OverlayEdition]:
    """The same for a request."""
    async with connection.cursor(row_factory=class_row(OverlayEdition)) as cursor:
        return await (await cursor.execute(queries.OVERLAY_EDITIONS, {"territory": territory})).fetchall()


def keep_households(connection: Connection, grid: Grid, key: str, edition: AreaEdition, kept: Kept, *, by: str) -> None:
    """Keep how many households live in each part of a base grid, until the areas or the grid are others.

    Who did is kept, with how many there are.

    Raises
    ------
    UnknownOverlay : the areas were replaced meanwhile.
    """
    with connection.transaction():
        if not connection.execute(queries.KEEP_HOUSEHOLDS, _keeping(edition, kept)).rowcount:
            raise _unknown(grid, key)
        connection.execute(*_recorded(grid, key, edition, kept, by))


async def keep_counted(
    connection: AsyncConnection, grid: Grid, key: str, edition: AreaEdition, kept: Kept, *, by: str
) -> None:
    """The same for a request, in its transaction."""
    if not (await connection.execute(queries.KEEP_HOUSEHOLDS, _keeping(edition, kept))).rowcount:
        raise _unknown(grid, key)
    await connection.execute(*_recorded(grid, key, edition, kept, by))


def _keeping(edition: AreaEdition, kept: Kept) -> dict[str, Any]:
    return {"edition": edition.id, "households": Jsonb(kept.as_json())}


def _recorded(grid: Grid, key: str, edition: AreaEdition, kept: Kept, by: str) -> tuple[Any, Any]:
    facts = {"valid_from": str(edition.valid_from), "households": kept.total, "households_inside": kept.inside}
    return recorded(by, [Change(Subject.OVERLAY, key, None, facts, grid.territory)])


def _unknown(grid: Grid, key: str) -> UnknownOverlay:
    return UnknownOverlay(territory=grid.territory, overlay=key, known=[one.key for one in grid.overlays])


def kept_households(connection: Connection, grid: Grid, edition: AreaEdition) -> Kept | None:
    """The households that were counted in the parts of these base grids; None where nobody counted."""
    told = {"edition": edition.id, "grid": grid.edition_id}
    row = connection.execute(queries.HOUSEHOLDS_OF_OVERLAY, told).fetchone()
    return Kept.parse(json.loads(row[0])) if row else None


async def households_text(connection: AsyncConnection, grid: Grid, edition: AreaEdition) -> str | None:
    """The same for a request, as JSON that `Kept.parse` reads."""
    told = {"edition": edition.id, "grid": grid.edition_id}
    row = await (await connection.execute(queries.HOUSEHOLDS_OF_OVERLAY, told)).fetchone()
    return str(row[0]) if row else None


def load_overlays(connection: Connection, territory: str) -> Overlays:
    """The overlays of a territory in memory."""
    areas: dict[int, list[Area]] = {}
    with connection.cursor(binary=True) as cursor:
        cursor.execute(queries.AREAS_OF_OVERLAYS, {"territory": territory})
        for edition, code, name, wkb in cursor:
            shape: Any = shapely.from_wkb(wkb)
            areas.setdefault(edition, []).append(Area(code, name, shape))
    editions: dict[str, list[AreaEdition]] = {}
    names: dict[str, dict[str, str]] = {}
    for one in list_overlays(connection, territory):
        names[one.key] = one.name
        editions.setdefault(one.key, []).append(AreaEdition(areas.get(one.id, []), one.valid_from, one.id))
    return Overlays([Overlay(key, names[key], tuple(found)) for key, found in editions.items()])


def require_area(grid: Grid, area: str) -> None:
    """Raise UnknownOverlay unless an overlay of a grid in memory has an area, written as key:code, in any edition."""
    key, _, code = area.partition(":")
    overlay = grid.overlays.get(key)
    if overlay is None or not any(edition.area(code) for edition in overlay.editions):
        raise UnknownOverlay(territory=grid.territory, overlay=area, known=[one.key for one in grid.overlays])


def edition_on(grid: Grid, key: str, day: date) -> AreaEdition:
    """What an overlay of a grid in memory holds on a day. Raises UnknownOverlay."""
    overlay = grid.overlays.get(key)
    found = overlay.on(day) if overlay else None
    if found is None:
        raise _unknown(grid, key)
    return found
