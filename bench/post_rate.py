"""POST of a report against a bare FastAPI + psycopg endpoint that inserts the same rows.

Both servers run as one process each over one embedded PostGIS, and are loaded in turn by one client, so that the
machine's moods fall on both. Prints requests a second, latencies, and the ratios.

    .venv/bin/python -m bench.post_rate [--rounds 7] [--requests 2000] [--connections 16]
"""

import argparse
import asyncio
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
import uvicorn
from fastapi import FastAPI, Request
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

from bench.cluster import own_cluster
from wangge.api.app import create_app
from wangge.api.plumbing.observe import configure_logging
from wangge.duty.desks import publish
from wangge.geo.boundaries import read_boundaries
from wangge.reports.categories.categories import categories_for, put_categories
from wangge.store.engine import connect
from wangge.store.grids.editions import import_edition
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade
from wangge.store.settings import Settings

BOUNDARIES = Path(__file__).parent.parent / "data" / "boundaries" / "xinhua"
PORTS = {"wangge": 8941, "bare": 8942}
POOL = 8

# The rows that Wangge writes for a report, with the cell given instead of found.
INSERT = """
WITH r AS (
    INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, description, occurred_at,
                        source, on_edge, ambiguous, accuracy_m, raw_lon, raw_lat, datum, geom)
    VALUES (now(), 'xinhua', %(edition)s, %(cell)s, 'assigned', %(category)s, %(description)s, now(), 'api', false,
            false, NULL, %(lon)s, %(lat)s, 'wgs84', ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326))
    RETURNING id, received_at
), e AS (
    INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor, move)
    SELECT id, received_at, 'xinhua', s, received_at, 'bare', m
    FROM r, (VALUES ('received', 'receive'), ('assigned', 'assign')) AS o (s, m)
), v AS (
    INSERT INTO report_revision AS t (territory_code, slot, n) VALUES ('xinhua', pg_backend_pid() %% 16, 1)
    ON CONFLICT (territory_code, slot) DO UPDATE SET n = t.n + 1
)
SELECT id, received_at FROM r
"""


class Body(BaseModel):
    lon: float
    lat: float
    category: str
    description: str = ""


def bare_app(url: str, edition: int, cell: int) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        async with AsyncConnectionPool(url, min_size=POOL, max_size=POOL) as pool:
            yield {"pool": pool}

    app = FastAPI(lifespan=lifespan)

    @app.post("/reports", status_code=201)
    async def create(request: Request, body: Body) -> dict[str, Any]:
        async with request.state.pool.connection() as connection:
            cursor = await connection.execute(INSERT, {"edition": edition, "cell": cell, **body.model_dump()})
            report_id, received_at = await cursor.fetchone()
        return {"id": report_id, "received_at": received_at}

    return app


def serve(which: str, url: str, edition: int, cell: int) -> None:
    # One client is one address here; a limit on it would be what is measured.
    settings = Settings(database_url=url, pool_size=POOL, log_format="json", intake_rate="")
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - lines are made and written, as in production
    configure_logging(settings)
    app = create_app(settings) if which == "wangge" else bare_app(url, edition, cell)
    uvicorn.run(app, port=PORTS[which], log_config=None, access_log=False)


async def load(port: int, path: str, bodies: list[bytes], connections: int) -> tuple[float, list[float]]:
    """Send the bodies over some connections; gives requests a second and each latency in seconds."""
    queue = iter(bodies)
    latencies: list[float] = []

    async def sender() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in queue:
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            head += f"Content-Length: {len(body)}\r\n\r\n"
            begun = time.perf_counter()
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            content = await reader.readexactly(length)
            latencies.append(time.perf_counter() - begun)
            if not answer.startswith(b"HTTP/1.1 201"):
                raise RuntimeError(answer.decode() + content.decode())
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(connections)))
    return len(bodies) / (time.perf_counter() - begun), latencies


def make_bodies(shapes: list[Any], count: int) -> list[bytes]:
    """Reports at random places inside the territory."""
    rng = np.random.default_rng(int(datetime.now(UTC).timestamp()))
    points = [shapes[i].representative_point() for i in rng.integers(0, len(shapes), count)]
    where = shapely.get_coordinates(points).tolist()
    return [orjson.dumps({"lon": x, "lat": y, "category": "lamp", "description": "路灯不亮"}) for x, y in where]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    with own_cluster() as cluster:
        run(cluster.url, options)


def run(url: str, options: argparse.Namespace) -> None:
    upgrade(url)
    with connect(url) as connection:
        edition = import_edition(connection, read_boundaries(BOUNDARIES))
        put_categories(connection, "xinhua", categories_for(BOUNDARIES))
        publish(connection, "xinhua", edition.label)
        grid = load_grid(connection, "xinhua")
    arguments = (url, grid.edition_id, grid.leaves[0].id)
    paths = {"wangge": "/api/v1/territories/xinhua/reports", "bare": "/reports"}
    servers = [multiprocessing.Process(target=serve, args=(which, *arguments), daemon=True) for which in PORTS]
    for server in servers:
        server.start()
    time.sleep(6)
    rates: dict[str, list[float]] = {which: [] for which in PORTS}
    slow: dict[str, list[float]] = {which: [] for which in PORTS}
    shapes = [cell.geometry for cell in grid.leaves]
    for turn in range(options.rounds + 1):
        for which in PORTS:
            bodies = make_bodies(shapes, options.requests)
            rate, latencies = asyncio.run(load(PORTS[which], paths[which], bodies, options.connections))
            if turn:  # the first round warms up
                rates[which].append(rate)
                slow[which].append(float(np.percentile(latencies, 99)))
                p50 = np.percentile(latencies, 50) * 1000
                print(f"{which:7} {rate:7.0f} req/s   p50 {p50:6.1f} ms   p99 {slow[which][-1] * 1000:6.1f} ms")
    for server in servers:
        server.terminate()
    ratio = statistics.median(a / b for a, b in zip(rates["wangge"], rates["bare"], strict=True))
    tail = statistics.median(a / b for a, b in zip(slow["wangge"], slow["bare"], strict=True))
    print(f"rate  wangge / bare = {ratio:.2f}   (goal >= 0.5)")
    print(f"p99   wangge / bare = {tail:.2f}   (goal <= 3)")


if __name__ == "__main__":
    main()
