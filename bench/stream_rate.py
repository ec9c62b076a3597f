"""Streams of events: what a thousand of them weigh, and how long an event takes to all who are to hear of it.

    python -m bench.stream_rate [--streams 1000] [--whole 100] [--reports 60]

A server process over a city of 422 base grids. Of the streams some see the whole territory, the others one base grid
each. Reports are filed one after the other over HTTP; the time goes from before the request is sent to the line in the
reader's hands, for every reader who is to have it, and none else may. Readers and server share the machine.
"""

import argparse
import asyncio
import json
import os
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from bench.serving import HERE, served
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.geo.grid import Grid

ACCOUNTS = 100
MB = 1024


@dataclass
class Heard:
    """When each reader had the first event of which case: the group of the reader, then the number."""

    live: int = 0
    strays: int = 0
    again: int = 0
    lost: int = 0
    at: dict[str, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))


async def listen(url: str, token: str, group: str, heard: Heard) -> None:
    """Hold one stream open and note when events come; what is refused for the moment is tried again."""
    while not await _listen_once(url, token, group, heard):
        heard.again += 1
        await asyncio.sleep(1)


async def _listen_once(url: str, token: str, group: str, heard: Heard) -> bool:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = [f"GET {HERE}/events HTTP/1.1", "Host: bench", f"Authorization: Bearer {token}", "Accept-Encoding: br"]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    if b" 200 " not in await reader.readline():
        writer.close()
        return False
    name = b""
    async for line in reader:
        if line.startswith(b"event: "):
            name = line[7:].strip()
            heard.live += name == b"live"
        elif line.startswith(b"data: ") and name == b"case":
            event = json.loads(line[6:])
            if event["move"] == "receive":
                heard.at[group][event["number"]].append(time.perf_counter())
                heard.strays += group not in ("whole", event["cell"])
    heard.lost += 1
    return True


def memory(pid: int) -> tuple[float, float]:
    """Resident and private memory of a process, MB."""
    lines = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]]
    kb = {name.rstrip(":"): int(value) for name, value, _ in lines}
    return kb["Rss"] / MB, (kb["Private_Clean"] + kb["Private_Dirty"]) / MB


def spent(pid: int) -> float:
    """Processor time that a process has used so far, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def run(url: str, database_url: str, pid: int, grid: Grid, arguments: argparse.Namespace) -> None:
    """Open the streams, file the reports, and print what came of it."""
    cells = [leaf.code for leaf in grid.leaves]
    centre = [token_for(database_url, [Grant(Role.CENTRE, "xinhua")]) for _ in range(max(arguments.whole // 10, 1))]
    of_cell = {
        code: token_for(database_url, [Grant(Role.OFFICER, "xinhua", "grid", code)]) for code in cells[:ACCOUNTS]
    }
    named = list(of_cell)
    before = memory(pid)
    heard, tasks = Heard(), []
    for n in range(arguments.streams):
        group = "whole" if n < arguments.whole else named[n % len(named)]
        token = centre[n % len(centre)] if group == "whole" else of_cell[group]
        tasks.append(asyncio.create_task(listen(url, token, group, heard)))
        if n % 10 == 9:
            await asyncio.sleep(0.1)
    while heard.live < arguments.streams:
        await asyncio.sleep(0.1)
    await asyncio.sleep(2)
    opened, idle = memory(pid), spent(pid)
    await asyncio.sleep(30)
    idle = (spent(pid) - idle) / 30
    begun, used = time.perf_counter(), spent(pid)
    sent = await file(url, centre[0], grid, named, arguments.reports)
    await asyncio.sleep(2)
    took, used = time.perf_counter() - begun - 2, spent(pid) - used
    after = memory(pid)
    for task in tasks:
        task.cancel()
    waits = [at - sent[number][0] for group in heard.at.values() for number, ats in group.items() for at in ats]
    due = sum(
        arguments.whole + sum(1 for n in range(arguments.whole, arguments.streams) if named[n % len(named)] == code)
        for _, code in sent.values()
    )
    waits.sort()
    cuts = statistics.quantiles(waits, n=100)
    print(f"streams {arguments.streams}, of the whole territory {arguments.whole}; load {os.getloadavg()[0]:.1f}")
    for name, (resident, private) in {"before": before, "open": opened, "after": after}.items():
        print(f"{name}: resident {resident:.0f} MB, private {private:.0f} MB")
    print(f"a stream weighs {(opened[1] - before[1]) * 1024 / arguments.streams:.0f} kB")
    print(f"nothing happens: {idle:.1%} of a core")
    print(f"{len(sent)} reports in {took:.1f} s, {used / len(sent) * 1000:.0f} ms of the processor each")
    print(
        f"events had {len(waits)} of {due}, strays {heard.strays}, streams lost {heard.lost}, opened anew {heard.again}"
    )
    print(f"from request to reader: p50, p99, most: {cuts[49]:.3f}, {cuts[98]:.3f}, {waits[-1]:.3f} s")


async def file(url: str, token: str, grid: Grid, cells: list[str], reports: int) -> dict[str, tuple[float, str]]:
    """File reports in some base grids, one after the other; when each was sent, and where it lies."""
    sent = {}
    async with httpx2.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        for n in range(reports):
            cell = grid.cell("grid", cells[n * 7 % len(cells)])
            assert cell is not None
            assert cell.geometry is not None
            point = cell.geometry.representative_point()
            at = time.perf_counter()
            answer = await client.post(
                f"{HERE}/reports", json={"lon": point.x, "lat": point.y, "category": "lamp", "description": "x" * 200}
            )
            sent[answer.json()["number"]] = (at, cell.code)
            await asyncio.sleep(0.15)
    return sent


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--whole", type=int, default=100)
    parser.add_argument("--reports", type=int, default=60)
    arguments = parser.parse_args()
    with served("streams") as server:
        time.sleep(5)
        asyncio.run(run(server.url, server.database, server.process.pid, server.grid, arguments))
        began = time.monotonic()
        server.process.terminate()
        server.process.wait(60)
        print(f"ended in {time.monotonic() - began:.1f} s with all of them open")


if __name__ == "__main__":
    main()
