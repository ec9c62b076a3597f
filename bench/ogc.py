"""Features by OGC API: ours against tipg and pygeoapi over the same tables, in one run.

A page of 1,000 reports, the 296 polygons of Washington's base grids, one of them by its id. One process each over one
embedded PostGIS that holds Washington's shipped history, asked in turn by one client over one connection. Ours checks
who asks, gives the newest first and names the base grid; the others give the columns of the table as they are.

The peers come from an environment of their own:

    python -m venv peers && peers/bin/pip install tipg uvicorn pygeoapi psycopg2-binary geoalchemy2
    python -m bench.ogc --peers peers/bin/python [--rounds 5] [--requests 20] [--home DIR]
"""

import argparse
import asyncio
import http.client
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from psycopg.conninfo import conninfo_to_dict

from bench.cluster import own_cluster
from bench.page_rate import CITY, fill, token, with_host
from wangge.api.app import create_app
from wangge.api.plumbing.observe import configure_logging
from wangge.store.engine import connect
from wangge.store.settings import Settings

PORTS = {"wangge": 8951, "tipg": 8952, "pygeoapi": 8953}
GOAL = 3.0
LEVEL, POLYGONS = 1, 296
# Of the peers one cannot write a table with two geometries; so both have the cells with one.
CELLS = """
DROP TABLE IF EXISTS bench_cell;
CREATE TABLE bench_cell AS SELECT id, edition_id, level, code, name, area_m2, geom FROM cell;
ALTER TABLE bench_cell ADD PRIMARY KEY (id);
"""


def serve(url: str) -> None:
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - lines are made and written, as in production
    settings = Settings(database_url=url, log_format="json", sweep_s=0, release_s=0)
    configure_logging(settings)
    uvicorn.run(create_app(settings), port=PORTS["wangge"], log_config=None, access_log=False)


def resource(url: str, table: str) -> dict[str, Any]:
    """A table as pygeoapi's configuration describes it."""
    parts = conninfo_to_dict(url)
    data = {"host": parts["host"], "port": int(str(parts["port"])), "dbname": parts["dbname"], "user": parts["user"]}
    provider = {
        "type": "feature",
        "name": "PostgreSQL",
        "data": data | {"password": "", "search_path": ["public"]},
        "id_field": "id",
        "table": table,
        "geom_field": "geom",
        "storage_crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    }
    return {
        "type": "collection",
        "title": table,
        "description": table,
        "keywords": [table],
        "links": [],
        "extents": {"spatial": {"bbox": [-180, -90, 180, 90], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
        "providers": [provider],
    }


def configuration(url: str) -> dict[str, Any]:
    """pygeoapi's, for the tables that are asked for."""
    port = PORTS["pygeoapi"]
    named = {"name": "bench", "url": "http://127.0.0.1"}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "language": "en-US",
            "limits": {"default_items": 10, "max_items": 10_000},
            "map": {"url": "http://127.0.0.1/{z}/{x}/{y}.png", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "bench",
                "description": "bench",
                "keywords": ["bench"],
                "keywords_type": "theme",
                "terms_of_service": "none",
                "url": "http://127.0.0.1",
            },
            "license": named,
            "provider": named,
            "contact": {"name": "bench", "email": "bench@example.org"},
        },
        "resources": {table: resource(url, table) for table in ("report", "bench_cell")},
    }


@contextmanager
def served(url: str, peers: Path) -> Iterator[None]:
    """All three, until the end."""
    with tempfile.TemporaryDirectory() as folder:
        written, described = Path(folder) / "pygeoapi.yml", Path(folder) / "openapi.yml"
        written.write_text(json.dumps(configuration(url)))  # which is YAML
        told = {"PYGEOAPI_CONFIG": str(written), "PYGEOAPI_OPENAPI": str(described)}
        told |= {
            "DATABASE_URL": with_host(url),
            "TIPG_DB_SCHEMAS": '["public"]',
            "TIPG_MAX_FEATURES_PER_QUERY": "10000",
        }
        told |= {"TIPG_DB_TABLES": '["public.report", "public.bench_cell"]'}
        environment = os.environ | told
        generate = [str(peers.with_name("pygeoapi")), "openapi", "generate", str(written), "--output-file"]
        subprocess.run([*generate, str(described)], env=environment, check=True, capture_output=True)
        running = [
            subprocess.Popen(
                [peers, "-m", "uvicorn", app, "--port", str(PORTS[name]), "--log-level", "critical", "--no-access-log"],
                env=environment,
            )
            for name, app in (("tipg", "tipg.main:app"), ("pygeoapi", "pygeoapi.starlette_app:APP"))
        ]
        ours = multiprocessing.Process(target=serve, args=(url,), daemon=True)
        ours.start()
        try:
            yield
        finally:
            ours.terminate()
            for process in running:
                process.terminate()
                process.wait(20)
            ours.join(20)


def questions(url: str) -> Mapping[str, tuple[int, Mapping[str, str]]]:
    """What is asked of whom, and how many features the answer has."""
    with connect(url) as connection:
        row = connection.execute("SELECT id, code FROM bench_cell WHERE level = %s LIMIT 1", (LEVEL,)).fetchone()
    assert row is not None
    here = f"/ogc/{CITY}/collections"
    return {
        "a page of 1,000 reports": (
            1000,
            {
                "wangge": f"{here}/reports/items?limit=1000&f=json",
                "tipg": "/collections/public.report/items?limit=1000&f=geojson",
                "pygeoapi": "/collections/report/items?limit=1000&f=json",
            },
        ),
        f"{POLYGONS} polygons": (
            POLYGONS,
            {
                "wangge": f"{here}/cells-smd/items?limit=1000&f=json",
                "tipg": f"/collections/public.bench_cell/items?limit=1000&level={LEVEL}&f=geojson",
                "pygeoapi": f"/collections/bench_cell/items?limit=1000&level={LEVEL}&f=json",
            },
        ),
        "one polygon": (
            1,
            {
                "wangge": f"{here}/cells-smd/items/{row[1]}?f=json",
                "tipg": f"/collections/public.bench_cell/items/{row[0]}?f=geojson",
                "pygeoapi": f"/collections/bench_cell/items/{row[0]}?f=json",
            },
        ),
    }


def ask(which: str, path: str, secret: str, requests: int) -> tuple[float, list[float], int]:
    """Ask again and again over one connection: answers a second, each latency in ms, features in the last one."""
    connection = http.client.HTTPConnection("127.0.0.1", PORTS[which], timeout=60)
    headers = {"Authorization": f"Bearer {secret}"} if which == "wangge" else {}
    took = []
    begun = time.perf_counter()
    for _ in range(requests):
        sent = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        took.append(1000 * (time.perf_counter() - sent))
        if answer.status != 200:
            raise RuntimeError(f"{which} {path}: {answer.status} {body[:500]!r}")
    rate = requests / (time.perf_counter() - begun)
    connection.close()
    document = orjson.loads(body)
    return rate, took, len(document["features"]) if "features" in document else 1


def wait_for(which: str) -> None:
    for _ in range(240):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORTS[which], timeout=10)
            connection.request("GET", "/collections" if which != "wangge" else f"/ogc/{CITY}")
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.5)
    raise RuntimeError(which)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, required=True, help="the Python of the peers' environment")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--home", type=Path, help="keep the database there, and find it filled the next time")
    options = parser.parse_args()
    with own_cluster(options.home) as cluster:
        fill(cluster.url)
        with connect(cluster.url) as connection:
            connection.execute(CELLS)
        secret = asyncio.run(token(cluster.url))
        with served(cluster.url, options.peers):
            for which in PORTS:
                wait_for(which)
            for what, (features, paths) in questions(cluster.url).items():
                measure(what, features, paths, secret, options)


def measure(what: str, features: int, paths: Mapping[str, str], secret: str, options: argparse.Namespace) -> None:
    rates: dict[str, list[float]] = {which: [] for which in PORTS}
    latencies: dict[str, list[float]] = {which: [] for which in PORTS}
    for turn in range(options.rounds + 1):
        for which in PORTS:
            rate, took, found = ask(which, paths[which], secret, options.requests)
            assert found == features, (which, found)
            if turn:  # the first round warms up
                rates[which].append(rate)
                latencies[which] += took
    print(what)
    for which in PORTS:
        ratios = [a / b for a, b in zip(rates["wangge"], rates[which], strict=True)]
        ordered = sorted(latencies[which])
        print(
            f"  {which:9} p50 {statistics.median(ordered):7.1f} ms   p99 {ordered[int(len(ordered) * 0.99)]:7.1f} ms"
            f"   ours is {statistics.median(ratios):5.2f} x as fast"
        )
    print(f"  (goal >= {GOAL})   load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
