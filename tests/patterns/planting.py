"""Reports that are planted where and when a test wants a cluster, and the look that finds it."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg

from wangge.access.scope import whole
from wangge.geo.grid import Grid
from wangge.patterns.findings.evidence import ground_of
from wangge.patterns.findings.nightly import look
from wangge.patterns.findings.telling import findings_of
from wangge.store.engine import connect

__all__ = ["LAST", "MIDNIGHT", "Reports", "looked", "plant"]

LAST = date(2026, 6, 30)
MIDNIGHT = datetime(2026, 6, 30, 16, tzinfo=UTC)  # in Cangzhou, after the last day
INSERT = """
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                    ambiguous, raw_lon, raw_lat, datum, geom)
SELECT at, 'xinhua', %s, cell, 'received', category, at, source, false, false, lon, lat, 'wgs84',
       ST_SetSRID(ST_MakePoint(lon, lat), 4326)
FROM unnest(%s::timestamptz[], %s::bigint[], %s::text[], %s::text[], %s::float8[], %s::float8[])
    AS t (at, cell, category, source, lon, lat)
RETURNING id, received_at
"""

MONTHS = "SELECT ensure_report_month(d::date) FROM generate_series(date '2026-01-01', '2026-08-01', '1 month') AS d"


class Reports:
    """Reports to be stored, each somewhere in its cell."""

    def __init__(self, grid: Grid, seed: int) -> None:
        self.grid, self.rng = grid, np.random.default_rng(seed)
        self.rows: list[tuple[Any, ...]] = []
        self.centres = [leaf.geometry.representative_point() for leaf in grid.leaves]  # type: ignore[union-attr]

    def add(self, cell: int, days_ago: float, category: str, source: str = "api") -> None:
        lon, lat = self.centres[cell].x, self.centres[cell].y
        lon, lat = lon + self.rng.normal(0, 1e-3), lat + self.rng.normal(0, 1e-3)
        at = MIDNIGHT - timedelta(days=days_ago)
        self.rows.append((at, self.grid.leaves[cell].id, category, source, lon, lat))

    def background(self, category: str, n: int, days: int = 90, source: str = "api") -> None:
        """Reports by households, by day, with a night without any."""
        homes = np.array([float(leaf.attributes["households"]) for leaf in self.grid.leaves])
        for cell in self.rng.choice(len(homes), n, p=homes / homes.sum()):
            self.add(int(cell), int(self.rng.integers(0, days)) + self.rng.uniform(0.1, 0.6), category, source)

    def store(self, url: str) -> list[tuple[int, datetime]]:
        columns = [list(column) for column in zip(*self.rows, strict=True)]
        with connect(url) as connection:
            connection.execute(MONTHS)
            return connection.execute(INSERT, (self.grid.edition_id, *columns)).fetchall()


def looked(url: str, grid: Grid, day: date, **more: Any) -> Any:
    async def run() -> Any:
        options = "-c timezone=UTC"
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, options=options) as connection:
            judged = await look(connection, grid, day, **more)
            return judged, await findings_of(connection, whole("xinhua"), since=day)

    return asyncio.run(run())


def plant(url: str, grid: Grid) -> list[int]:
    """A year's rhythm of three categories, and lamps that went out around one base grid last week. Gives its leaves."""
    reports = Reports(grid, 7)
    reports.background("lamp", 220)
    reports.background("parking", 300)
    reports.background("noise", 30)
    near: list[int] = ground_of(grid).zones.order[200, :3].tolist()
    for i in range(18):
        reports.add(near[i % 3], 0.1 + i * 0.35, "lamp")
    for i in range(60):  # an inspector's walk along pavements, filed in three hours
        reports.add(near[0], 2 + i * 0.002, "parking", "patrol")
    reports.store(url)
    return near
