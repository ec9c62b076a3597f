"""Reads the reports of a year as arrays, with who made them as a number that names nobody."""

from datetime import date

import numpy as np
import shapely

from wangge.geo.grid import Grid
from wangge.patterns.findings import queries
from wangge.patterns.findings.evidence import Gathered, Ground
from wangge.patterns.statistics.merging import Filed
from wangge.reports.categories.categories import category_codes
from wangge.store.engine import AsyncConnection

__all__ = ["DAYS", "gather"]

DAYS = 365
BATCH = 50_000


async def gather(connection: AsyncConnection, grid: Grid, ground: Ground, last: date) -> Gathered:
    """The reports of the year up to a day, which is over."""
    categories = await category_codes(connection, grid.territory)
    parameters = {
        "territory": grid.territory,
        "zone": grid.timezone.key,
        "last": last,
        "days": DAYS,
        "leaves": grid.leaf_ids.tolist(),
        "categories": list(categories),
    }
    parts = [np.empty((0, 9))]
    async with connection.transaction(), connection.cursor("reports_of_a_year") as cursor:
        await cursor.execute(queries.REPORTS_OF_A_YEAR, parameters)
        while rows := await cursor.fetchmany(BATCH):
            parts.append(np.array(rows, float))
    numbers, at, age, cell, category, patrol, lon, lat, reporter = np.concatenate(parts).T
    flat = shapely.get_coordinates(ground.plane.to_metres(shapely.points(lon, lat))) if len(lon) else np.empty((0, 2))
    kind = category.astype(int) * 2 + patrol.astype(int)
    return Gathered(
        last,
        list(categories),
        numbers.astype(np.int64),
        cell.astype(np.int64),
        age.astype(np.int64),
        category.astype(np.int64),
        patrol.astype(bool),
        Filed(flat[:, 0], flat[:, 1], at, kind, reporter.astype(np.int64)),
    )
