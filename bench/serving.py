"""A server process of a benchmark's own over a city of 422 base grids, ended afterwards."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.cluster import own_cluster
from tests.conftest import await_ready, free_port, load_territory
from wangge.geo.grid import Grid
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade

__all__ = ["BOUNDARIES", "HERE", "Served", "served"]

ROOT = Path(__file__).parent.parent
BOUNDARIES = ROOT / "data" / "boundaries" / "xinhua"
HERE = "/api/v1/territories/xinhua"
SERVE = [sys.executable, "-c", "from wangge.api.cli import main; main()", "serve"]


class Served(NamedTuple):
    """A server that answers, its process, and what it serves."""

    url: str
    process: "subprocess.Popen[bytes]"
    database: str
    grid: Grid


@contextmanager
def served(name: str, **settings: str) -> Iterator[Served]:
    """A server over a new database of a name, with settings as the environment has them."""
    with own_cluster() as cluster:
        database = cluster.create_database(name)
        upgrade(database)
        with connect(database) as connection:
            load_territory(connection, BOUNDARIES)
        with connect(database) as connection:
            grid = load_grid(connection, "xinhua")
        port = free_port()
        given = {"WANGGE_DATABASE_URL": database, "WANGGE_HOME": str(cluster.home), "WANGGE_PORT": str(port)}
        environment = os.environ | given | {"WANGGE_LOG_LEVEL": "error"} | settings
        process = subprocess.Popen(SERVE, env=environment, cwd=ROOT)
        url = f"http://127.0.0.1:{port}"
        try:
            await_ready(url, process)
            yield Served(url, process, database, grid)
        finally:
            process.terminate()
            process.wait(60)
