"""A city of 25,000 base grids in four levels: checked, repaired, published while another city is served, bundled.

    .venv/bin/python -m bench.large_grid [--cells 25000] [--vertices 60]

Each step is the command of a user, in a process of its own: seconds by the clock and of the processor, and the most
memory that the process had. While it is published, reports are sent to another city, one after the other.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx2

from bench.cluster import own_cluster
from bench.large_city import write_city
from wangge.duty.desks import publish
from wangge.geo.boundaries import read_boundaries
from wangge.reports.categories.categories import categories_for, put_categories
from wangge.store.engine import connect
from wangge.store.grids.editions import import_edition
from wangge.store.migrate import upgrade

WANGGE = (sys.executable, "-c", "from wangge.api.cli import main; main()")
XINHUA = Path(__file__).parent.parent / "data" / "boundaries" / "xinhua"
PORT = 8941
REPORTS = f"http://127.0.0.1:{PORT}/api/v1/territories/xinhua/reports"
CITY = f"http://127.0.0.1:{PORT}/api/v1/territories/large"


def step(name: str, *arguments: str, **settings: str) -> None:
    """Run a command of the program and print what it took, and how long it was at it after it first said something."""
    begun = time.perf_counter()
    command, environment = [*WANGGE, *arguments], os.environ | settings
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr
    said = [time.perf_counter() for _ in process.stderr]
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds, spent = time.perf_counter() - begun, used.ru_utime + used.ru_stime
    code = f"   exit code {process.returncode}" if process.returncode else ""
    if said:
        code += f"   of it {begun + seconds - said[0]:.1f} s in the database"
    print(f"{name:34} {seconds:7.1f} s   processor {spent:6.1f} s   {used.ru_maxrss / 1024:6.0f} MB{code}", flush=True)


def send_until(done: threading.Event, took: list[float]) -> None:
    """Send reports to the other city, one after the other; seconds of each that was stored."""
    with httpx2.Client(timeout=60) as client:
        while not done.is_set():
            begun = time.perf_counter()
            client.post(REPORTS, json={"lon": 116.8712, "lat": 38.3164, "category": "lamp"}).raise_for_status()
            took.append(time.perf_counter() - begun)
            done.wait(0.1)


def memory_of(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def await_status(url: str, seconds: float = 180) -> float:
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds:
        try:
            if httpx2.get(url).status_code == 200:
                return time.perf_counter() - begun
        except httpx2.TransportError:
            pass
        time.sleep(0.02)
    raise TimeoutError(url)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=25_000)
    parser.add_argument("--vertices", type=int, default=60)
    options = parser.parse_args()
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        run(cluster.url, Path(folder), options)
    print(f"load {os.getloadavg()[0]:.1f}")


def run(url: str, folder: Path, options: argparse.Namespace) -> None:
    large, damaged = folder / "large", folder / "damaged"
    write_city(large, options.cells, options.vertices)
    upgrade(url)
    with connect(url) as connection:
        edition = import_edition(connection, read_boundaries(XINHUA))
        put_categories(connection, "xinhua", categories_for(XINHUA))
        publish(connection, "xinhua", edition.label)
    settings = {
        "WANGGE_DATABASE_URL": url,
        "WANGGE_PORT": str(PORT),
        "WANGGE_INTAKE_RATE": "",
        "WANGGE_LOG_LEVEL": "error",
    }
    server = subprocess.Popen([*WANGGE, "serve"], env=os.environ | settings, stdout=subprocess.DEVNULL)
    try:
        await_status(f"http://127.0.0.1:{PORT}/readyz")
        before, took, done = memory_of(server.pid), list[float](), threading.Event()
        sender = threading.Thread(target=send_until, args=(done, took))
        sender.start()
        step("check, import and publish", "grid", "import", str(large), "--publish", **settings)
        served = await_status(f"{CITY}/locate?lon=116.8&lat=38.3")
        done.set()
        sender.join()
        print(f"   meanwhile {len(took)} reports of another city were stored, the slowest in {max(took):.2f} s")
        after = memory_of(server.pid)
        print(f"   the server had it {served:.2f} s later; its memory {before:.0f} MB before, {after:.0f} after")
    finally:
        server.terminate()
        server.wait()
    step("bundle", "grid", "bundle", "large", "-o", str(folder / "large.bundle"), **settings)
    step("check", "grid", "check", str(large))
    write_city(damaged, options.cells, options.vertices, damaged=True)
    step("check of a damaged one", "grid", "check", str(damaged))
    step("check --repair of it", "grid", "check", "--repair", str(damaged))


if __name__ == "__main__":
    main()
