"""Tiles of cells: drawn, from memory and not at all (304); against tipg, and bare FastAPI with the same bytes.

Washington's two levels lie in one embedded PostGIS. Every server is a process of its own, asked in turn over one
connection without compression. tipg draws the base grids alone, as they are in the table; ours all levels with names.
Martin (`cargo install martin`) is asked too where its program is named: for the table as tipg is, without its cache and
with it, and for our function, whose tiles are ours.

    uv sync --group bench && .venv/bin/python -m bench.tiles [--rounds 5] [--requests 200] [--martin PROGRAM]
"""

import argparse
import http.client
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response
from psycopg.conninfo import make_conninfo

from bench.cluster import own_cluster
from bench.page_rate import BOUNDARIES, CITY, with_host
from wangge.api.app import create_app
from wangge.api.plumbing.observe import configure_logging
from wangge.duty.desks import publish
from wangge.geo.boundaries import read_boundaries
from wangge.store.engine import connect
from wangge.store.grids.editions import import_edition
from wangge.store.migrate import upgrade
from wangge.store.settings import Settings

PORTS = {"drawing": 8943, "kept": 8944, "tipg": 8945, "bare": 8946, "martin": 8947, "martin, kept": 8948}
TILES = [(12, x, y) for x in (1171, 1172) for y in (1566, 1567)]
"""Of zoom 12, over Washington."""
DRAWN = {"drawn", "tipg", "Martin, the table", "Martin, our function"}


def serve(which: str, url: str, body: bytes) -> None:
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - lines are made and written, as in production
    if which in {"drawing", "kept"}:
        home = Path(tempfile.mkdtemp())
        megabytes = 32 if which == "kept" else 0
        settings = Settings(database_url=url, log_format="json", home=home, tile_cache_mb=megabytes, columns_s=0)
        configure_logging(settings)
        app = create_app(settings)
    elif which == "bare":
        app = FastAPI()

        @app.get("/tiles/{z}/{x}/{y}")
        async def tile(z: int, x: int, y: int) -> Response:
            return Response(body, media_type="application/vnd.mapbox-vector-tile", headers={"ETag": f'"{z}{x}{y}"'})
    else:
        os.environ |= {
            "DATABASE_URL": with_host(url),
            "TIPG_DB_SCHEMAS": '["public"]',
            "TIPG_DB_TABLES": '["public.leaf"]',
            "TIPG_MAX_FEATURES_PER_TILE": "100000",
        }
        from tipg.main import app as theirs

        app = theirs
    uvicorn.run(app, port=PORTS[which], log_config=None, access_log=False)


def fill(url: str) -> int:
    """Washington's grid, and its base grids as a table of their own for tipg; id of the edition."""
    upgrade(url)
    with connect(url) as connection:
        edition = import_edition(connection, read_boundaries(BOUNDARIES))
        publish(connection, CITY, edition.label)
        connection.execute(
            "CREATE TABLE leaf AS SELECT id, code, name, geom FROM cell WHERE edition_id = %s AND level = 1",
            (edition.id,),
        )
        connection.execute("CREATE INDEX ON leaf USING gist (geom)")
        connection.execute("ALTER TABLE leaf ADD PRIMARY KEY (id)")
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return edition.id


def ask(port: int, paths: Sequence[str], requests: int, headers: dict[str, str]) -> tuple[float, int, bytes, str]:
    """Requests a second over one connection, and status, body and ETag of the last answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begun = time.perf_counter()
    for n in range(requests):
        connection.request("GET", paths[n % len(paths)], headers={"Accept-Encoding": "identity"} | headers)
        answer = connection.getresponse()
        body = answer.read()
    rate = requests / (time.perf_counter() - begun)
    connection.close()
    return rate, answer.status, body, answer.headers.get("ETag", "")


def wait_for(port: int, path: str) -> bytes:
    for _ in range(240):
        try:
            _, status, body, _ = ask(port, [path], 1, {})
        except (OSError, http.client.HTTPException):
            time.sleep(0.25)
            continue
        if status == 200:
            return body
        time.sleep(0.25)
    raise RuntimeError(f"no tile from {path} at port {port}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--martin", help="its program")
    options = parser.parse_args()
    with own_cluster() as cluster:
        url = make_conninfo(cluster.url)
        edition = fill(url)
        with martin(options.martin, url):
            run(url, edition, options.rounds, options.requests, options.martin is not None)


@contextmanager
def martin(program: str | None, url: str) -> Iterator[None]:
    """Martin over the database, twice: without a cache and with one; nothing where no program is named."""
    cached = {"martin": "0", "martin, kept": "64"} if program else {}
    servers = [
        subprocess.Popen(
            [program, "--listen-addresses", f"127.0.0.1:{PORTS[name]}", "--cache-size", megabytes, with_host(url)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for name, megabytes in cached.items()
        if program
    ]
    try:
        yield
    finally:
        for server in servers:
            server.terminate()
            server.wait()


def run(url: str, edition: int, rounds: int, requests: int, with_martin: bool) -> None:
    ours = [f"/tiles/{CITY}/cells/{edition}/{z}/{x}/{y}.mvt" for z, x, y in TILES]
    theirs = [f"/collections/public.leaf/tiles/WebMercatorQuad/{z}/{x}/{y}" for z, x, y in TILES]
    servers = [start(which, url, b"") for which in ("drawing", "kept", "tipg")]
    body = wait_for(PORTS["kept"], ours[0])
    servers.append(start("bare", url, body))
    bare = [f"/tiles/{z}/{x}/{y}" for z, x, y in TILES]
    wait_for(PORTS["drawing"], ours[0]), wait_for(PORTS["tipg"], theirs[0]), wait_for(PORTS["bare"], bare[0])
    _, _, _, etag = ask(PORTS["kept"], ours[:1], 1, {})
    held = {"If-None-Match": etag}
    questions: dict[str, tuple[int, Sequence[str], dict[str, str]]] = {
        "drawn": (PORTS["drawing"], ours, {}),
        "tipg": (PORTS["tipg"], theirs, {}),
        "kept": (PORTS["kept"], ours[:1], {}),
        "bare FastAPI, same bytes": (PORTS["bare"], bare[:1], {}),
        "304": (PORTS["kept"], ours[:1], held),
        "/healthz": (PORTS["kept"], ["/healthz"], {}),
    }
    if with_martin:
        table = [f"/leaf/{z}/{x}/{y}" for z, x, y in TILES]
        function = [f"/wangge_cells/{z}/{x}/{y}?edition={edition}" for z, x, y in TILES]
        wait_for(PORTS["martin"], table[0]), wait_for(PORTS["martin, kept"], table[0])
        questions |= {
            "Martin, the table": (PORTS["martin"], table, {}),
            "Martin, our function": (PORTS["martin"], function, {}),
            "Martin, kept": (PORTS["martin, kept"], function[:1], {}),
        }
    rates: dict[str, list[float]] = {name: [] for name in questions}
    for turn in range(rounds + 1):
        for name, (port, paths, headers) in questions.items():
            count = requests if name in DRAWN else 10 * requests
            rate, status, answered, _ = ask(port, paths, count, headers)
            if status != (304 if headers else 200):
                raise RuntimeError(f"{name}: {status}")
            if turn:  # the first round warms up
                rates[name].append(rate)
                print(f"{name:26} {rate:8.0f}/s   {len(answered):6} bytes")
    for server in servers:
        server.terminate()
        server.join()
    compared: list[tuple[str, str, float | None]] = [
        *(("drawn", "tipg", None), ("kept", "bare FastAPI, same bytes", 0.9), ("304", "/healthz", 0.9)),
        *(("drawn", "Martin, the table", 1.5), ("drawn", "Martin, our function", None), ("kept", "Martin, kept", 0.5)),
    ]
    for a, b, goal in compared:
        if b not in rates:
            continue
        ratio = statistics.median(x / y for x, y in zip(rates[a], rates[b], strict=True))
        print(f"{a} / {b} = {ratio:.2f}" + (f"   (goal >= {goal})" if goal else ""))
    print(f"load {os.getloadavg()[0]:.1f}")


def start(which: str, url: str, body: bytes) -> multiprocessing.Process:
    server = multiprocessing.Process(target=serve, args=(which, url, body), daemon=True)
    server.start()
    return server


if __name__ == "__main__":
    main()
