"""A planner's sheet of many reports: how long it takes to write, to open, and to move from month to month.

    python -m bench.sheet [--reports 100000]

Reports of a year, around the middles of Xinhua's base grids, in a PostGIS of its own; the sheet is opened from the disk
in headless Chromium at 1440 × 900, whose pictures the processor draws. A step is measured to the second frame after it.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from bench.cluster import own_cluster
from wangge.access.scope import whole
from wangge.geo.boundaries import read_boundaries
from wangge.geo.grid import Grid
from wangge.store.engine import connect, connect_async
from wangge.store.grids.editions import import_edition, publish
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade
from wangge.tilesets import Drawing, HeatFilter
from wangge.tilesets.sheet import draw_sheet

XINHUA = Path(__file__).parent.parent / "data" / "boundaries" / "xinhua"
MONTHS = "SELECT ensure_report_month(d::date) FROM generate_series(date '2025-01-01', '2026-01-01', '1 month') AS d"
INSERT = """
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                    ambiguous, raw_lon, raw_lat, datum, geom)
SELECT '2025-01-01'::timestamptz + minute * interval '1 minute', 'xinhua', %s, cell, 'assigned', 'lamp', '2025-01-01',
       'bench', false, false, lon, lat, 'wgs84', ST_SetSRID(ST_MakePoint(lon, lat), 4326)
FROM unnest(%s::int[], %s::bigint[], %s::float8[], %s::float8[]) AS t (minute, cell, lon, lat)
"""
STEP = """async (month) => {
    const slider = document.getElementById('month');
    const began = performance.now();
    slider.value = month;
    slider.dispatchEvent(new Event('input'));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - began;
}"""


def places(grid: Grid, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Base grids (ids), longitudes and latitudes of n reports inside the territory."""
    chance = np.random.default_rng(136)
    spots = np.array([leaf.geometry.representative_point().coords[0] for leaf in grid.leaves])  # type: ignore[union-attr]
    near = spots[chance.choice(len(spots), 2 * n, p=_skewed(len(spots), chance))]
    lon, lat = (near + chance.normal(0, 0.002, near.shape)).T
    found = grid.locate_many(lon, lat)
    inside = np.flatnonzero(found.position >= 0)[:n]
    return grid.leaf_ids[found.position[inside]], lon[inside], lat[inside]


def _skewed(n: int, chance: np.random.Generator) -> np.ndarray:
    shares: np.ndarray = chance.dirichlet(np.full(n, 0.5))
    return shares


async def drawn(url: str) -> str:
    async with await connect_async(url) as connection:
        drawing = await Drawing.of(connection, "xinhua")
        return await draw_sheet(connection, drawing, HeatFilter(), whole("xinhua"), "en")


def look(file: Path) -> tuple[float, list[float]]:
    """Milliseconds until the sheet is there, and of each step."""
    program = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        began = time.perf_counter()
        page.goto(file.as_uri())
        page.wait_for_selector(".leaflet-interactive")
        opened = (time.perf_counter() - began) * 1000
        page.evaluate(STEP, 1)
        steps = [page.evaluate(STEP, month) for month in (*range(1, 13), *range(12, -1, -1))]
        browser.close()
    return opened, steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=100_000)
    n = parser.parse_args().reports
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        url = cluster.create_database("sheet")
        upgrade(url)
        with connect(url) as connection:
            edition = import_edition(connection, read_boundaries(XINHUA))
            publish(connection, "xinhua", edition.label)
        with connect(url) as connection:
            grid = load_grid(connection, "xinhua")
            cells, lon, lat = places(grid, n)
            minutes = np.random.default_rng(1).integers(0, 365 * 1440, len(cells))
            connection.execute("INSERT INTO category VALUES ('xinhua', 'lamp', '{}')")
            connection.execute(MONTHS)
            values = (grid.edition_id, minutes.tolist(), cells.tolist(), lon.tolist(), lat.tolist())
            connection.execute(INSERT, values)
        began = time.perf_counter()
        file = Path(folder) / "sheet.html"
        file.write_text(asyncio.run(drawn(url)), encoding="utf-8")
        wrote = time.perf_counter() - began
        opened, steps = look(file)
        size = file.stat().st_size / 1e6
    print(f"{len(cells):,} reports: written in {wrote:.1f} s, {size:.1f} MB, opened in {opened:.0f} ms")
    print(
        f"a step of the slider {statistics.median(steps):.0f} ms (most {max(steps):.0f}); load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
