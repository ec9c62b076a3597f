"""How soon the program is there: `wangge --help`, and `wangge serve` from the command to the first ready answer.

    python bench/start.py [--home .wangge] [--runs 5] [--wangge .venv/bin/wangge]

The database of the home folder is started first if it is down, so that what is timed is the program's own start over a
warm one. Memory is what Linux says of the server once it is ready: all pages that it has mapped (RSS), and those that
it alone has (USS). Processor time is told beside the clock, which other programs on the machine disturb.
"""

import argparse
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

READY_S, HELP_S, RSS_MB, USS_MB = 1.5, 0.25, 200, 100
WAIT_S = 60


def help_once(program: str, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds by the clock and of the processor until the list of commands is printed."""
    before, begun = _spent(), time.perf_counter()
    subprocess.run([program, "--help"], env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun, _spent() - before


def serve_once(program: str, environment: dict[str, str]) -> tuple[float, float, float, float]:
    """Seconds by the clock and of the processor until the server is ready; its RSS and USS then, megabytes."""
    port = _free_port()
    begun = time.perf_counter()
    command = [program, "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while not _is_ready(port):
            if server.poll() is not None or time.perf_counter() - begun > WAIT_S:
                sys.exit(f"the server did not become ready: {server.stderr.read().decode() if server.stderr else ''}")
            time.sleep(0.005)
        ready = time.perf_counter() - begun
        return ready, _processor_time(server.pid), *_memory(server.pid)
    finally:
        server.terminate()
        server.wait()


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _memory(pid: int) -> tuple[float, float]:
    lines = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]]
    kb = {line[0].rstrip(":"): int(line[1]) for line in lines}
    return kb["Rss"] / 1024, (kb["Private_Clean"] + kb["Private_Dirty"]) / 1024


def _processor_time(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _line(name: str, values: list[float], goal: float, unit: str) -> None:
    print(f"{name:28} {statistics.median(values):8.2f} {min(values):8.2f} {goal:8.2f} {unit}")


def main() -> None:
    """Print the median and the best of each, beside the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=Path(".wangge"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--wangge", default=str(Path(sys.executable).with_name("wangge")))
    given = parser.parse_args()
    environment = os.environ | {"WANGGE_HOME": str(given.home), "WANGGE_LOG_LEVEL": "warning"}
    subprocess.run([given.wangge, "db", "start"], env=environment, stdout=subprocess.DEVNULL, check=True)

    def repeated(run: Callable[[str, dict[str, str]], tuple[float, ...]]) -> list[tuple[float, ...]]:
        run(given.wangge, environment)  # the files are in the system's memory from then on
        return [run(given.wangge, environment) for _ in range(given.runs)]

    helps, serves = repeated(help_once), repeated(serve_once)
    print(f"{'':28} {'median':>8} {'best':>8} {'goal':>8}")
    _line("--help", [one[0] for one in helps], HELP_S, "s")
    _line("--help, processor", [one[1] for one in helps], HELP_S, "s")
    _line("serve to ready", [one[0] for one in serves], READY_S, "s")
    _line("serve to ready, processor", [one[1] for one in serves], READY_S, "s")
    _line("resident (RSS)", [one[2] for one in serves], RSS_MB, "MB")
    _line("private (USS)", [one[3] for one in serves], USS_MB, "MB")


if __name__ == "__main__":
    main()
