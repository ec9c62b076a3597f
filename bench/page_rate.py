"""A page of 1,000 reports as GeoJSON: ours against tipg over the same table.

Both servers run as one process each over one embedded PostGIS that holds Washington's shipped history, and are
asked in turn by one client, so that the machine's moods fall on both. Ours checks who asks, sorts the newest first, and
names the base grid and the cells above it; tipg answers with the columns of the table as they are.

    uv sync --group bench && .venv/bin/python -m bench.page_rate [--rounds 5] [--requests 30]
"""

import argparse
import asyncio
import http.client
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import orjson
import uvicorn
from psycopg.conninfo import conninfo_to_dict

from bench.cluster import own_cluster
from wangge.access.accounts import create_account, give
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.access.tokens import Lifetimes, new_tokens
from wangge.api.app import create_app
from wangge.api.cli.examples import OUTCOMES, REPORTS, WASHINGTON
from wangge.api.cli.reports import import_reports
from wangge.api.plumbing.observe import configure_logging
from wangge.duty.desks import publish
from wangge.geo.boundaries import read_boundaries
from wangge.reports.categories.categories import categories_for, put_categories
from wangge.store.engine import connect, connect_async
from wangge.store.grids.editions import import_edition
from wangge.store.migrate import upgrade
from wangge.store.settings import Settings

CITY = "washington"
BOUNDARIES = Path(__file__).parent.parent / "data" / "boundaries" / CITY
PORTS = {"wangge": 8941, "tipg": 8942}
PATHS = {
    "wangge": f"/api/v1/territories/{CITY}/reports?limit=1000&f=geojson",
    "tipg": "/collections/public.report/items?limit=1000&f=geojson",
}
GOAL = 3.0
LONG = timedelta(days=1)


def serve(which: str, url: str) -> None:
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - lines are made and written, as in production
    if which == "wangge":
        settings = Settings(database_url=url, log_format="json")
        configure_logging(settings)
        app = create_app(settings)
    else:
        os.environ |= {
            "DATABASE_URL": with_host(url),
            "TIPG_DB_SCHEMAS": '["public"]',
            "TIPG_DB_TABLES": '["public.report"]',
        }
        from tipg.main import app as theirs

        app = theirs
    uvicorn.run(app, port=PORTS[which], log_config=None, access_log=False)


def with_host(url: str) -> str:
    """The same with the socket's folder where a host stands, which tipg's settings ask for."""
    parts = conninfo_to_dict(url)
    return f"postgresql://{parts['user']}@{quote(str(parts['host']), safe='')}:{parts['port']}/{parts['dbname']}"


def fill(url: str) -> None:
    """Washington with the reports of its shipped history."""
    upgrade(url)
    with connect(url) as connection:
        if connection.execute("SELECT FROM report LIMIT 1").fetchone() is not None:
            return
        edition = import_edition(connection, read_boundaries(BOUNDARIES))
        put_categories(connection, CITY, categories_for(BOUNDARIES))
        publish(connection, CITY, edition.label)
    with tempfile.TemporaryDirectory() as folder:
        rejects = Path(folder) / "rejects.csv"
        os.environ["WANGGE_DATABASE_URL"] = url
        import_reports(
            REPORTS / "washington_2015_2016.csv.gz", CITY, WASHINGTON, OUTCOMES, ignore_offsets=True, rejects=rejects
        )
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


async def token(url: str) -> str:
    async with await connect_async(url) as connection:
        account = await create_account(connection, f"bench{time.time_ns()}", "Bench", "bench")
        await give(connection, account, Grant(Role.CENTRE, CITY), by="bench")
        return (await new_tokens(connection, account, Lifetimes(LONG, LONG))).access


def ask(which: str, headers: dict[str, str], requests: int) -> tuple[float, list[float], bytes]:
    """Ask for the page again and again over one connection; pages a second, each latency, and the last page."""
    connection = http.client.HTTPConnection("127.0.0.1", PORTS[which], timeout=60)
    latencies = []
    begun = time.perf_counter()
    for _ in range(requests):
        sent = time.perf_counter()
        connection.request("GET", PATHS[which], headers=headers)
        answer = connection.getresponse()
        page = answer.read()
        latencies.append(time.perf_counter() - sent)
        if answer.status != 200:
            raise RuntimeError(page.decode())
    rate = requests / (time.perf_counter() - begun)
    connection.close()
    return rate, latencies, page


def wait_for(which: str) -> None:
    for _ in range(120):
        try:
            ask(which, {}, 1)
        except (OSError, http.client.HTTPException):
            time.sleep(0.5)
        except RuntimeError:
            return
        else:
            return
    raise RuntimeError(which)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=30)
    parser.add_argument("--home", type=Path, help="keep the database there, and find it filled the next time")
    options = parser.parse_args()
    with own_cluster(options.home) as cluster:
        run(cluster.url, options)


def run(url: str, options: argparse.Namespace) -> None:
    fill(url)
    headers = {"Authorization": f"Bearer {asyncio.run(token(url))}"}
    servers = [multiprocessing.Process(target=serve, args=(which, url), daemon=True) for which in PORTS]
    for server in servers:
        server.start()
    rates: dict[str, list[float]] = {which: [] for which in PORTS}
    for which in PORTS:
        wait_for(which)
    for turn in range(options.rounds + 1):
        for which in PORTS:
            rate, latencies, page = ask(which, headers if which == "wangge" else {}, options.requests)
            features = orjson.loads(page)["features"]
            if turn:  # the first round warms up
                rates[which].append(rate)
                p50 = 1000 * statistics.median(latencies)
                print(
                    f"{which:7} {rate:6.1f} pages/s   p50 {p50:6.1f} ms   {len(features)} features, {len(page)} bytes"
                )
    for server in servers:
        server.terminate()
    for server in servers:
        server.join()
    ratio = statistics.median(a / b for a, b in zip(rates["wangge"], rates["tipg"], strict=True))
    print(f"wangge / tipg = {ratio:.2f}   (goal >= {GOAL})   load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
