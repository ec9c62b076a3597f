"""Reads the features of a collection: a page, one by its id, how many there are."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg

from wangge.api.ogc import queries
from wangge.api.ogc.asking import Wanted, bad
from wangge.api.ogc.collection import Collection, Order
from wangge.api.ogc.crs import WGS84, Crs, stored_in, texts_of
from wangge.api.ogc.cursors import after
from wangge.store.engine import AsyncConnection

__all__ = ["FEW", "Page", "bounded", "count_features", "read_one", "read_page"]

Feature = dict[str, Any]
FEW = 500
"""Features that are written at once; more are written in a thread."""


@dataclass(frozen=True, slots=True)
class Page:
    """Features as GeoJSON, and the place after the last where there are more."""

    features: Sequence[Feature]
    next: Sequence[Any] | None


async def read_page(connection: AsyncConnection, collection: Collection, wanted: Wanted) -> Page:
    """A page of a collection. Raises BadQuery where the values of the query cannot be reckoned with."""
    conditions, values = [collection.where, *wanted.where], {**collection.values, **wanted.values}
    if wanted.after is not None:
        later, more = after(wanted.order, wanted.after)
        conditions.append(later)
        values |= more
    async with bounded(connection, filtered=wanted.filtered):
        rows = await _rows(connection, collection, wanted.crs, conditions, values, wanted.order, wanted.limit + 1)
    width = len(wanted.order)
    further = rows[wanted.limit - 1][-width:] if len(rows) > wanted.limit else None
    shown = [row[:-width] for row in rows[: wanted.limit]]
    if len(shown) > FEW:  # the others need not wait until so many are put together
        return Page(await asyncio.to_thread(_features, collection, shown, wanted.names), further)
    return Page(_features(collection, shown, wanted.names), further)


async def read_one(connection: AsyncConnection, collection: Collection, name: str, crs: Crs) -> Feature | None:
    """The feature with an id, or None."""
    found = collection.one(name) if "\0" not in name else None
    if found is None:
        return None
    values = dict(collection.values) | found[1]
    rows = await _rows(connection, collection, crs, [collection.where, found[0]], values, (), 1, prepare=None)
    return next(iter(_features(collection, rows, None)), None)


async def count_features(connection: AsyncConnection, collection: Collection, wanted: Wanted) -> int | None:
    """How many features of a collection a query lets through; None where counting is not cheap."""
    if not collection.counted:
        return None
    where = " AND ".join(f"({one})" for one in (collection.where, *wanted.where))
    query = queries.COUNT.format(source=collection.source, where=where)
    async with bounded(connection, filtered=wanted.filtered):
        row = await (await connection.execute(query, {**collection.values, **wanted.values}, prepare=False)).fetchone()
    return int(row[0]) if row else 0


@asynccontextmanager
async def bounded(connection: AsyncConnection, *, filtered: bool) -> AsyncIterator[None]:
    """Lets what somebody thought out take so long and no longer, and answers what it cannot reckon with."""
    if not filtered:
        yield
        return
    try:
        async with connection.transaction():
            await connection.execute(queries.BOUND)
            yield
    except psycopg.errors.QueryCanceled:
        bad("filter", "filter_costly")
    except (psycopg.DataError, psycopg.InternalError):
        bad("filter", "filter_values")


async def _rows(
    connection: AsyncConnection,
    collection: Collection,
    crs: Crs,
    conditions: Sequence[str],
    values: Mapping[str, Any],
    order: Sequence[Order],
    limit: int,
    prepare: bool | None = False,
) -> list[tuple[Any, ...]]:
    """Rows of the properties, the geometry as GeoJSON text, and what they are in order by.

    Parameters
    ----------
    prepare : None where one plan is good for whatever is asked, and is kept.
    """
    known = stored_in(crs)
    geometry, within = collection.geometry, known or WGS84
    if within != collection.srid:
        geometry = f"ST_Transform({geometry}, {within})"
    if known is None:
        geometry = f"ST_AsBinary({geometry})"  # the database would look a system up by its name for every feature
    else:
        geometry = f"ST_AsGeoJSON({f'ST_FlipCoordinates({geometry})' if crs.swapped else geometry}, {crs.decimals}, 0)"
    query = queries.PAGE.format(
        columns=", ".join(one.sql for one in collection.properties),
        geometry=", ".join([geometry, *(one.sql for one in order)]),
        source=collection.source,
        where=" AND ".join(f"({one})" for one in conditions),
        order=", ".join(f"{one.sql} {'DESC' if one.descending else 'ASC'}" for one in order) or "1",
    )
    rows = await (await connection.execute(query, dict(values) | {"limit": limit}, prepare=prepare)).fetchall()
    if known is not None or not rows:
        return rows
    at = len(collection.properties)
    texts = await asyncio.to_thread(texts_of, [row[at] for row in rows], crs)
    return [(*row[:at], text, *row[at + 1 :]) for row, text in zip(rows, texts, strict=True)]


def _features(collection: Collection, rows: Sequence[tuple[Any, ...]], names: frozenset[str] | None) -> list[Feature]:
    told = [one.name for one in collection.properties]
    features: list[Feature] = []
    for row in rows:
        properties = dict(zip(told, row, strict=False))
        name = collection.id_of(properties)
        if collection.told is not None:
            collection.told(properties)
        if names is not None:
            properties = {key: value for key, value in properties.items() if key in names}
        shape = row[-1]
        geometry = orjson.Fragment(shape) if shape is not None else None
        features.append({"type": "Feature", "id": name, "geometry": geometry, "properties": properties})
    return features
