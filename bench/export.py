"""How long it takes to write all reports into a file, beside GDAL's ogr2ogr, which reads the same table of PostGIS.

    python -m bench.export [--cases 1000000] [--runs 3] [--home DIR] [--forms gpkg,fgb,csv]

Each file is written by a process of its own: `wangge reports export`, and `ogr2ogr` with the columns of the table that
an export tells, but without cells' codes, edition and case number, for which it would have to join and to count. The
time is that of the whole process, its start with it; the memory is the most that was resident. The goal is 1.5 times
the rate of ogr2ogr, in memory that does not grow with the reports: a tenth of them is written first.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.cluster import own_cluster
from bench.million import CITY, fill
from wangge.reports.fields import FIELDS, In
from wangge.store.engine import connect

GOAL = 1.5
DRIVERS = {"gpkg": "GPKG", "fgb": "FlatGeobuf", "csv": "CSV", "geojson": "GeoJSON", "geojsonseq": "GeoJSONSeq"}
COLUMNS = [field.name for field in FIELDS if In.ROW | In.FILE in field.places and field.name != "geom"]


class Took(NamedTuple):
    """Seconds, and the most that the process held in MB."""

    seconds: float
    most_mb: float


def took(command: list[str], url: str) -> Took:
    """Run a command to its end."""
    environment = os.environ | {"WANGGE_DATABASE_URL": url, "PG_USE_COPY": "YES"}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    most_kb = 0
    while process.poll() is None:
        most_kb = max(most_kb, _most_resident(process.pid))
        time.sleep(0.02)
    if process.returncode:
        raise RuntimeError(f"{command[0]} left with {process.returncode}")
    return Took(time.perf_counter() - began, most_kb / 1024)


def _most_resident(pid: int) -> int:
    """The most kB that a process held so far. What the system tells in the end begins with what its parent held."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:  # it has just ended
        return 0
    return int(found[1]) if found else 0


def ours(path: Path, until: str) -> list[str]:
    """The command that writes ours, up to a day."""
    start = [sys.executable, "-c", "from wangge.api.cli import main; main()"]
    return [*start, "reports", "export", CITY, "-o", str(path), "--to", until]


def theirs(path: Path, until: str, url: str, form: str) -> list[str]:
    """The command of the peer."""
    chosen = ", ".join([*COLUMNS, "geom"])
    query = f"SELECT {chosen} FROM report WHERE territory_code = '{CITY}' AND received_at < '{until}'"
    geometry = ["-lco", "GEOMETRY=AS_XY"] if form == "csv" else []
    return ["ogr2ogr", "-f", DRIVERS[form], str(path), url, "-sql", query, "-nln", "reports", *geometry]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--forms", default="gpkg,fgb,csv")
    parser.add_argument("--home", type=Path, help="keep the database there, and find it filled the next time")
    options = parser.parse_args()
    with own_cluster(options.home) as cluster, tempfile.TemporaryDirectory() as folder:
        fill(cluster.url, options.cases)
        with connect(cluster.url) as connection:
            row = connection.execute(
                "SELECT count(*), percentile_disc(0.1) WITHIN GROUP (ORDER BY received_at) FROM report"
            ).fetchone()
        assert row is not None
        count, tenth = row[0], row[1].isoformat()
        print(f"{count:,} reports, median of {options.runs}; load {os.getloadavg()[0]:.1f}")
        print(f"{'':12}{'ours s':>9}{'MB':>7}{'MB of a tenth':>15}{'ogr2ogr s':>11}{'MB':>7}{'times':>7}")
        for form in options.forms.split(","):
            found: dict[str, list[Took]] = {"ours": [], "theirs": []}
            path = Path(folder) / f"a.{form}"
            some = took(ours(path, tenth), cluster.url)
            for _ in range(options.runs):
                for who, command in {
                    "ours": ours(path, "2100-01-01T00:00:00Z"),
                    "theirs": theirs(path, "2100-01-01", cluster.url, form),
                }.items():
                    path.unlink(missing_ok=True)
                    found[who].append(took(command, cluster.url))
            we, they = (median(one.seconds for one in found[who]) for who in ("ours", "theirs"))
            most = {who: max(one.most_mb for one in found[who]) for who in found}
            print(
                f"{form:12}{we:9.1f}{most['ours']:7.0f}{some.most_mb:15.0f}{they:11.1f}{most['theirs']:7.0f}"
                f"{they / we:7.2f}{'' if they / we >= GOAL else '*'}",
                flush=True,
            )
        print(f"* under {GOAL} times   load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
