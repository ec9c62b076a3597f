"""The service under kills, with everything going on at once.

    python -m bench.chaos [--kills 150] [--seed 1] [--servers 2] [--minutes 60]

Four clients file reports under idempotency keys, one sends batches and one imports files, both by external ids, and
four make whatever moves are open; each sends again what was not answered, as clients do. Meanwhile parts are killed by
SIGKILL: a server process, PostgreSQL's postmaster, one of its sessions, an import. The next kill waits until there is
work going on again. In the end everything that was acknowledged must be there once, rows must be what events say, and
the feed must be whole; exit code 1 otherwise.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import shapely

from bench.chaos.load import Load
from bench.chaos.proof import prove
from bench.chaos.servers import Servers
from tests.conftest import BOUNDARIES, load_territory
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade
from wangge.store.postgres.cluster import Cluster

LEAST_DONE = 10
"""What must have been acknowledged since the last kill before the next one, unless that takes too long."""
PATIENCE_S = 60.0


async def torment(servers: Servers, load: Load, kills: int, minutes: float, dice: random.Random) -> None:
    """Kill so often, or for so long, under load, and let what is begun come to its end."""
    running, until = asyncio.create_task(load.run()), time.monotonic() + minutes * 60
    while servers.killed.total() < kills and time.monotonic() < until:
        before, since = load.done(), time.monotonic()
        while load.done() < before + LEAST_DONE and time.monotonic() - since < PATIENCE_S and not running.done():
            await asyncio.sleep(0.05)
            servers.see_to()
        if running.done():
            break
        await asyncio.sleep(dice.uniform(0, 1))
        if servers.kill_something(dice) and servers.killed.total() % 10 == 0:
            print(f"{servers.killed.total()} kills, {load.done():,} acknowledged", flush=True)
    load.ends.set()
    while not running.done():
        servers.see_to()
        await asyncio.sleep(0.2)
    await running


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60, help="at most")
    parser.add_argument("--servers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wangge-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # the server's own user must get in
        cluster = Cluster(home)
        try:
            whole = run(home, cluster, options)
        finally:
            cluster.stop()
    sys.exit(0 if whole else 1)


def run(home: Path, cluster: Cluster, options: argparse.Namespace) -> bool:
    """Make a city, torment it, and say what became of it; whether all of it held."""
    cluster.start()
    upgrade(cluster.url)
    with connect(cluster.url) as connection:
        load_territory(connection, BOUNDARIES / "xinhua")
        leaves = load_grid(connection, "xinhua").leaves
    shapes = [leaf.geometry for leaf in leaves]
    points = [(lon, lat) for lon, lat in shapely.get_coordinates(shapely.point_on_surface(shapes)).tolist()]
    everything = [Grant(Role.CENTRE), Grant(Role.ADMINISTRATOR)]
    tokens = [token_for(cluster.url, everything) for _ in range(2)]
    servers = Servers(home, options.servers)
    load = Load(servers, points, tokens, home, options.seed)
    begun = time.monotonic()
    try:
        asyncio.run(torment(servers, load, options.kills, options.minutes, random.Random(options.seed)))
        took = time.monotonic() - begun
        found = list(prove(cluster.url, load))
    finally:
        servers.stop()
    killed = ", ".join(f"{n} {kind}" for kind, n in sorted(servers.killed.items()))
    print(f"{servers.killed.total()} kills ({killed}) in {took:.0f} s, load average {os.getloadavg()[0]:.1f}")
    print(f"{len(load.reports):,} reports and {len(load.moves):,} moves acknowledged, {len(load.given_up)} given up")
    print("answers: " + ", ".join(f"{n:,} × {kind}" for kind, n in load.answers.most_common()))
    for what, n in found:
        print(f"{n:>7,}  {what}")
    return all(n == 0 for _, n in found)


if __name__ == "__main__":
    main()
