"""Counts by the database: the oracle of the columns, and what answers while there are none."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import orjson
import shapely

from wangge.access.scope import condition
from wangge.geo.grid import Grid
from wangge.patterns.columns.raster import Bins
from wangge.patterns.counts import queries
from wangge.patterns.counts.asked import HOURS, MOST_BINS, Asked, By, Counted, Filter, Source, Why
from wangge.store.engine import AsyncConnection

__all__ = ["count_in_database", "leaves_of"]

_DAYS = frozenset({By.DAY, By.WEEK, By.MONTH})


async def leaves_of(connection: AsyncConnection, territory: str, cells: frozenset[tuple[str, str]] | None) -> Any:
    """Ids of the base grids, of every edition, that lie in cells; None for None."""
    if cells is None:
        return None
    where = {"territory": territory, "cells": orjson.dumps(sorted(map(list, cells))).decode()}
    return sorted({row[0] for row in await (await connection.execute(queries.LEAVES, where)).fetchall()})


async def count_in_database(connection: AsyncConnection, grid: Grid, asked: Asked, why: Why | None = None) -> Counted:
    """Count the reports of a question in the database; all of one moment, for it is one statement."""
    scope, parameters = condition(asked.scope, "r")
    leaves = await leaves_of(connection, grid.territory, asked.filter.cells)
    wanted = ["total", *sorted({"day" if by in _DAYS else by.value for by in asked.by})]
    questions = "\nUNION ALL\n".join(f"({queries.BY[what]})" for what in wanted)
    parameters |= _parameters(grid, asked.filter) | {"leaves": leaves, "scale": float(1 << asked.zoom)}
    parameters["most_bins"] = MOST_BINS + 1
    statement = queries.REPORTS.format(scope=scope, questions=questions)
    found: dict[str, list[tuple[Any, Any, int]]] = {what: [] for what in wanted}
    async with connection.cursor() as cursor:
        await cursor.execute(statement, parameters)
        async for what, text, number, count in cursor:
            found[what].append((text, number, count))
    return _counted(found, asked.zoom, why)


def _parameters(grid: Grid, wanted: Filter) -> dict[str, Any]:
    hours, area = wanted.week_hours, wanted.area
    sets = {name: getattr(wanted, name) for name in ("categories", "states", "urgencies", "sources")}
    return {
        "zone": grid.timezone.key,
        "edition": grid.edition_id,
        "leaf": len(grid.levels) - 1,
        "since": wanted.since,
        "until": wanted.until,
        "hours": None if hours is None else sorted(hours),
        "area": None if area is None else shapely.to_wkb(area),
    } | {name: None if values is None else sorted(values) for name, values in sets.items()}


def _counted(found: Mapping[str, list[tuple[Any, Any, int]]], zoom: int, why: Why | None) -> Counted:
    counted = Counted(found["total"][0][2], Source.DATABASE, why)
    if "cell" in found:
        counted.cells = {number: count for _, number, count in found["cell"]}
    if "day" in found:
        counted.days = {date.fromisoformat(text): count for text, _, count in sorted(found["day"])}
    if "category" in found:
        counted.categories = {text: count for text, _, count in found["category"]}
    if "state" in found:
        counted.states = {text: count for text, _, count in found["state"]}
    if "hour" in found:
        hours = {number: count for _, number, count in found["hour"]}
        counted.hours = [hours.get(hour, 0) for hour in range(HOURS)]
    if "bin" in found:
        bins = [(number, int(text), count) for text, number, count in found["bin"]]
        x, y, n = np.ascontiguousarray(np.array(bins, np.uint32).reshape(-1, 3).T)
        counted.bins = Bins(zoom, x, y, n)
    return counted
