"""How long after its 201 a report is counted, while many arrive a second.

    python -m bench.visible [--rate 500] [--seconds 20] [--behind 100000]

A server process over a city of 422 base grids that already has `behind` reports. Reports are filed over HTTP in
batches, ten a second, and counts are asked all the time over another connection; a batch is visible with the first
count that has it. Which answered, the columns or the database, is told too. All share the machine.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections import Counter, deque

import httpx2
import numpy as np
import orjson

from bench.serving import HERE, served
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.geo.grid import Grid

BATCHES = 10
"""In a second."""
Client = httpx2.AsyncClient


def bodies(grid: Grid, count: int, each: int, seed: int) -> list[bytes]:
    """Batches of reports, each somewhere in a base grid, as lines of JSON."""
    rng = np.random.default_rng(seed)
    points = [cell.geometry.representative_point() for cell in grid.leaves if cell.geometry is not None]
    drawn = rng.integers(0, len(points), (count, each))
    return [
        b"\n".join(orjson.dumps({"lon": points[i].x, "lat": points[i].y, "category": "lamp"}) for i in batch)
        for batch in drawn
    ]


async def send(client: Client, body: bytes) -> int:
    answer = await client.post(
        f"{HERE}/reports:batch", content=body, headers={"Content-Type": "application/x-ndjson"}, timeout=60
    )
    return int(answer.raise_for_status().json()["stored"])


async def counted(client: Client) -> tuple[int, str]:
    """How many reports there are, and where that was counted."""
    answer = (await client.post(f"{HERE}/counts", json={"by": ["day"]}, timeout=60)).raise_for_status().json()
    return int(answer["total"]), str(answer["source"])


async def run(url: str, token: str, grid: Grid, given: argparse.Namespace) -> None:
    """File, count and print."""
    async with Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        before = 0
        for body in bodies(grid, given.behind // 1000, 1000, 0):
            before += await send(client, body)
        while await counted(client) != (before, "columns"):
            await asyncio.sleep(0.2)
        filed, waiting = before, deque[tuple[int, float]]()
        waits: list[float] = []
        sources: Counter[str] = Counter()
        begun = time.perf_counter()

        async def file_all() -> None:
            nonlocal filed
            for n, body in enumerate(bodies(grid, given.seconds * BATCHES, given.rate // BATCHES, 1)):
                await asyncio.sleep(max(0.0, begun + n / BATCHES - time.perf_counter()))
                filed += await send(client, body)
                waiting.append((filed, time.perf_counter()))

        filing = asyncio.create_task(file_all())
        while not filing.done() or waiting:
            total, source = await counted(client)
            sources[source] += 1
            while waiting and waiting[0][0] <= total:
                waits.append(time.perf_counter() - waiting.popleft()[1])
            await asyncio.sleep(0.02)
        await filing
        took = time.perf_counter() - begun
    cuts = statistics.quantiles(waits, n=100)
    print(f"{filed - before} reports upon {before} in {took:.1f} s: {(filed - before) / took:.0f}/s")
    print(f"counts asked {sources.total() / took:.0f}/s, answered by {dict(sources)}")
    print(f"from 201 to counted: p50 {cuts[49]:.3f}, p99 {cuts[98]:.3f}, most {max(waits):.3f} s   (goal <= 1)")
    print(f"load {os.getloadavg()[0]:.1f}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=500, help="reports a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--behind", type=int, default=100_000, help="reports that are there before")
    given = parser.parse_args()
    with served(
        "visible", WANGGE_INTAKE_RATE=""
    ) as server:  # one client is one address here: a limit would be measured
        token = token_for(server.database, [Grant(Role.CENTRE, "xinhua")])
        asyncio.run(run(server.url, token, server.grid, given))


if __name__ == "__main__":
    main()
