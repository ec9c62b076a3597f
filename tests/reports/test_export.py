"""Reports on their way out: what is asked for, all of it, of one moment, without contact data."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.reports.test_importing import places, write_csv
from wangge.access.scope import whole
from wangge.geo.files.reading import open_records
from wangge.geo.grid import Grid
from wangge.reports.bulk.export.reports import report_layer
from wangge.reports.bulk.importing import Import
from wangge.reports.listing.filters import ReportFilter
from wangge.reports.number import parse_number
from wangge.store.engine import connect


@pytest.fixture
def filled(database: str, xinhua: Grid, tmp_path: Path) -> str:
    """A database with 600 reports of Xinhua, of two categories, some with contact data."""
    records = places(xinhua, 600)
    for n, record in enumerate(records):
        record["category"] = "lamp" if n % 3 == 0 else "wiring"
        record["contact_phone"] = "0317-5550100" if n % 2 else ""
    path = write_csv(tmp_path / "reports.csv", records)
    reader = open_records(path)
    asyncio.run(Import(path, reader, xinhua, mapping={}, reject=lambda *_: None).run(database))
    return database


def exported(url: str, grid: Grid, **where: Any) -> list[dict[str, Any]]:
    with report_layer(url, grid, ReportFilter(grid.territory, **where), whole(grid.territory)) as layer:
        return [record for batch in layer for record in batch.to_pylist()]


def test_everything_comes_out_the_oldest_first(filled: str, xinhua: Grid) -> None:
    records = exported(filled, xinhua)
    assert len({record["number"] for record in records}) == 600
    assert [record["received_at"] for record in records] == sorted(record["received_at"] for record in records)
    for record in records:
        month, _ = parse_number(record["number"]) or (None, None)
        assert month is not None
        assert (month.year, month.month) == (record["received_at"].year, record["received_at"].month)
        leaf = xinhua.cell("grid", record["grid_code"])
        assert leaf is not None
        assert (record["street_code"], record["community_code"], record["grid_code"]) == leaf.path
        assert shapely.covers(leaf.geometry, shapely.from_wkb(record["geometry"]))


def test_synthetic_is_said_and_contacts_are_not(filled: str, xinhua: Grid) -> None:
    with report_layer(filled, xinhua, ReportFilter("xinhua"), whole("xinhua")) as layer:
        assert layer.metadata["synthetic"] is True
        assert "合成" in str(layer.metadata["notice"])
        records = [record for batch in layer for record in batch.to_pylist()]
    assert all(record["synthetic"] is True for record in records)
    assert "0317-5550100" not in str(records)


def test_filters(filled: str, xinhua: Grid) -> None:
    everything = exported(filled, xinhua)
    lamps = exported(filled, xinhua, categories=("lamp",))
    assert len(lamps) == 200
    assert {record["category"] for record in lamps} == {"lamp"}
    street = everything[0]["street_code"]
    there = exported(filled, xinhua, cell=street, level="street")
    assert len(there) == sum(record["street_code"] == street for record in everything) > 0
    since, until = datetime(2024, 6, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)
    period = exported(filled, xinhua, since=since, until=until)
    assert len(period) == sum(since <= record["received_at"] < until for record in everything) > 0
    box = (116.85, 38.30, 116.88, 38.33)
    inside = [shapely.intersects(shapely.box(*box), shapely.from_wkb(record["geometry"])) for record in everything]
    assert len(exported(filled, xinhua, bbox=box)) == sum(inside) > 0
    assert exported(filled, xinhua, states=("received",)) == []


def test_an_export_is_of_one_moment(filled: str, xinhua: Grid) -> None:
    with report_layer(filled, xinhua, ReportFilter("xinhua"), whole("xinhua")) as layer:
        batches = iter(layer)
        with connect(filled) as connection:
            connection.execute("UPDATE report SET category = 'noise' WHERE category = 'lamp'")
        records = [record for batch in batches for record in batch.to_pylist()]
    assert sum(record["category"] == "lamp" for record in records) == 200


MEASURED = """
import sys
from wangge.access.scope import whole
from wangge.geo.files.writing import write
from pathlib import Path
from wangge.reports.bulk.export.reports import report_layer
from wangge.reports.listing.filters import ReportFilter
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
url, path, category = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
with connect(url) as connection:
    grid = load_grid(connection, "xinhua")
with report_layer(url, grid, ReportFilter("xinhua", categories=(category,)), whole("xinhua")) as layer:
    written = write(layer, path)
(peak,) = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(written, int(peak) // 1024)
"""
MULTIPLY = """
INSERT INTO report SELECT nextval('report_id_seq'), received_at, territory_code, edition_id, cell_id, state, 'noise',
    repeat(md5(n::text), 30), occurred_at, source, on_edge, ambiguous, accuracy_m, raw_lon, raw_lat, datum, NULL, geom
FROM report, generate_series(1, 200) n
WHERE category = 'lamp'
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_export(filled: str, tmp_path: Path) -> None:
    """40,000 reports, 500 MB as Python objects, leave in little more memory than 400 do."""
    with connect(filled) as connection:
        connection.execute("ALTER TABLE report DISABLE TRIGGER words")  # nobody searches here
        connection.execute(MULTIPLY)
    peaks = []
    for category, expected in (("wiring", 400), ("noise", 40_000)):
        command = [sys.executable, "-c", MEASURED, filled, str(tmp_path / "out.geojson"), category]
        written, peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert int(written) == expected
        peaks.append(int(peak))
    assert peaks[1] - peaks[0] < 120, peaks
