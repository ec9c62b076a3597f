"""Assets: 100,000 lamps imported, imported again, and the nearest asked for over HTTP: python -m bench.assets

Xinhua in a database of its own; the lamps are drawn at random inside it. The nearest are asked for one after the other
over a connection that is kept, each time at another place, of a server process beside. The goal is 20 ms at the 99th
percentile.
"""

import asyncio
import csv
import http.client
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import uvicorn
from numpy.typing import NDArray

from bench.cluster import own_cluster
from wangge.api.app import create_app
from wangge.api.plumbing.observe import configure_logging
from wangge.data import DATA
from wangge.geo.boundaries import read_boundaries
from wangge.geo.files.reading import open_records
from wangge.geo.grid import OUTSIDE, Grid
from wangge.reports.assets.kinds import AssetKind, put_kinds
from wangge.reports.bulk.assets import AssetImport
from wangge.reports.categories.categories import categories_for, put_categories
from wangge.store.engine import connect, connect_async
from wangge.store.grids.editions import import_edition, publish
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade
from wangge.store.settings import Settings

PORT = 8957
LAMPS = 100_000
ASKED = 2_000
"""Questions that are counted, after a tenth of them that are not."""
FOLDER = DATA / "boundaries" / "xinhua"


def points(grid: Grid, count: int, seed: int) -> NDArray[np.float64]:
    """Points inside a grid, (count, 2) degrees."""
    west, south, east, north = grid.bbox
    drawn = np.random.default_rng(seed).uniform((west, south), (east, north), (count * 4, 2))
    inside: NDArray[np.float64] = drawn[grid.locate_many(drawn[:, 0], drawn[:, 1]).position != OUTSIDE][:count]
    assert len(inside) == count
    return inside


def write(path: Path, places: NDArray[np.float64]) -> None:
    """A CSV of lamps at these places."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("number", "lon", "lat"))
        writer.writerows((f"LD-{n:06}", f"{x:.7f}", f"{y:.7f}") for n, (x, y) in enumerate(places.tolist()))


async def put(url: str, grid: Grid, path: Path) -> str:
    """Import a file of lamps; what became of it, and how long that took."""
    async with await connect_async(url) as connection:
        await put_kinds(connection, "xinhua", [AssetKind("lamp", {"en": "Lamp", "zh": "路灯"}, ("lamp",))], by="bench")
        reader = open_records(path)
        begun = time.perf_counter()
        run = AssetImport(reader, grid, "lamp", mapping={}, by="bench", reject=lambda *_: None, advance=lambda _: None)
        totals = await run.run(connection)
        reader.close()
    told = f"{totals.new} new, {totals.changed} changed, {totals.same} as before, {totals.gone} gone"
    return f"{told}: {time.perf_counter() - begun:.1f} s"


def serve(url: str, home: Path) -> None:
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - lines are made and written, as in production
    settings = Settings(database_url=url, home=home, log_format="json", locate_rate="", sweep_s=0, release_s=0)
    configure_logging(settings)
    uvicorn.run(create_app(settings), port=PORT, log_config=None, access_log=False)


def ask(grid: Grid) -> NDArray[np.float64]:
    """Milliseconds of each question for the nearest; a server that is not there yet is waited for."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    took = []
    for x, y in points(grid, ASKED + ASKED // 10, 2).tolist():
        query = urlencode({"category": "lamp", "lon": x, "lat": y, "accuracy": 30})
        begun = time.perf_counter()
        connection.request("GET", f"/api/v1/territories/xinhua/assets/nearest?{query}")
        answer = connection.getresponse()
        body = answer.read()
        took.append((time.perf_counter() - begun) * 1000)
        assert answer.status == 200, body
    return np.array(took[ASKED // 10 :])


def processor_s(process: int) -> float:
    """Seconds for which a process has worked."""
    told = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def wait() -> None:
    for _ in range(600):
        try:
            probe = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
            probe.request("GET", "/readyz")
            if probe.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError


def run(url: str, folder: Path) -> None:
    upgrade(url)
    with connect(url) as connection:
        edition = import_edition(connection, read_boundaries(FOLDER))
        put_categories(connection, edition.territory, categories_for(FOLDER))
        publish(connection, edition.territory, edition.label)
    with connect(url) as connection:
        grid = load_grid(connection, "xinhua")
    places = points(grid, LAMPS, 1)
    write(folder / "lamps.csv", places)
    print("first import:", asyncio.run(put(url, grid, folder / "lamps.csv")))
    print("the same again:", asyncio.run(put(url, grid, folder / "lamps.csv")))
    places[:1000] = points(grid, 1000, 3)
    write(folder / "lamps.csv", places[:-500])
    print("another:", asyncio.run(put(url, grid, folder / "lamps.csv")))
    print(f"memory at the most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(url, folder / "home"))
    server.start()
    try:
        wait()
        worked = processor_s(server.pid or 0)
        took = ask(grid)
        worked = processor_s(server.pid or 0) - worked
    finally:
        server.terminate()
        server.join()
    half, most = np.percentile(took, (50, 99))
    print(f"nearest of {LAMPS} over HTTP, {len(took)} times: {half:.1f} ms p50, {most:.1f} ms p99")
    print(f"load {os.getloadavg()[0]:.1f}")
    print(f"processor time of the server: {worked / (ASKED * 1.1) * 1000:.2f} ms each")


def main() -> None:
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        run(cluster.url, Path(folder))


if __name__ == "__main__":
    main()
