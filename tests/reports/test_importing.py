"""A file of reports: every record is stored once in its cell, or refused with the reason."""

import asyncio
import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from wangge.geo.datum import Datum, from_wgs84
from wangge.geo.files.batches import Batch
from wangge.geo.files.reading import FileCutShort, open_records
from wangge.geo.grid import Grid, Location
from wangge.reports.bulk.columns.fields import MissingColumn, MissingPlace, UnknownField, columns_by_field
from wangge.reports.bulk.importing import Import, Refused, Totals
from wangge.reports.bulk.placing import NothingInside
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid

AT = "2025-03-04T05:06:07+08:00"


def places(grid: Grid, count: int) -> list[dict[str, Any]]:
    """Reports inside base grids, one after the other."""
    points = shapely.get_coordinates(shapely.point_on_surface([leaf.geometry for leaf in grid.leaves]))
    return [
        {
            "lon": float(points[n % len(points)][0]),
            "lat": float(points[n % len(points)][1]),
            "category": "wiring",
            "description": f"第{n}件，含\n换行",
            "occurred_at": f"{2024 + n % 2}-{n % 12 + 1:02}-15T08:00:00+08:00",
            "external_id": f"x-{n}",
        }
        for n in range(count)
    ]


def write_csv(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for record in records for key in record)))
        writer.writeheader()
        writer.writerows(records)
    return path


def run(url: str, grid: Grid, path: Path, **options: Any) -> tuple[Totals, list[Refused]]:
    """Import a file."""
    refused: list[Refused] = []
    batch_size = options.pop("batch_size", 1000)
    mapping = options.pop("mapping", {})

    def reject(_: Batch, found: Sequence[Refused]) -> None:
        refused.extend(found)

    reader = open_records(path, batch_size=batch_size)
    totals = asyncio.run(Import(path, reader, grid, mapping=mapping, reject=reject, **options).run(url))
    reader.close()
    assert totals.read == totals.stored + totals.known + totals.refused
    assert totals.refused == len(refused)
    return totals, refused


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def count(url: str, table: str = "report") -> int:
    return int(rows(url, f"SELECT count(*) FROM {table}")[0][0])


def test_every_record_is_stored_in_its_cell(database: str, xinhua: Grid, tmp_path: Path) -> None:
    records = places(xinhua, 900)
    totals, refused = run(database, xinhua, write_csv(tmp_path / "a.csv", records), batch_size=250)
    assert (totals.stored, refused) == (900, [])
    stored = rows(
        database,
        """SELECT r.external_id, c.code, r.description, r.occurred_at, r.received_at, r.state, r.source, r.raw_lon,
                  ST_X(r.geom), r.datum, r.accuracy_m, k.report_id = r.id AND k.received_at = r.received_at
           FROM report r JOIN cell c ON c.id = r.cell_id AND c.edition_id = r.edition_id
           JOIN report_key k ON k.key = r.external_id AND k.kind = 'external' AND k.territory_code = 'xinhua'""",
    )
    by_id = {row[0]: row for row in stored}
    for record in records:
        _, code, description, occurred, received, state, source, raw, lon, datum, accuracy, keyed = by_id[
            record["external_id"]
        ]
        found = xinhua.locate(record["lon"], record["lat"])
        assert isinstance(found, Location)
        assert code == found.cell.code
        assert description == record["description"]
        assert occurred == received == datetime.fromisoformat(record["occurred_at"])
        assert (state, source, datum, accuracy, keyed) == ("assigned", "import", "wgs84", None, True)
        assert raw == lon == record["lon"]
    events = rows(database, "SELECT report_id, state, at FROM report_event ORDER BY report_id, id")
    assert [state for _, state, _ in events] == ["received", "assigned"] * 900
    assert count(database, "report_revision") == 1


def test_running_again_stores_nothing_twice(database: str, xinhua: Grid, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", places(xinhua, 500))
    run(database, xinhua, path, batch_size=200)
    totals, _ = run(database, xinhua, path, batch_size=77)
    assert (totals.stored, totals.known) == (0, 500)
    assert (count(database), count(database, "report_event")) == (500, 1000)


def test_running_again_is_safe_without_ids(database: str, xinhua: Grid, tmp_path: Path) -> None:
    records = [{k: v for k, v in record.items() if k != "external_id"} for record in places(xinhua, 300)]
    path = write_csv(tmp_path / "a.csv", [records[0], *records])  # twins without an id are two reports
    assert run(database, xinhua, path)[0].stored == 301
    assert run(database, xinhua, path, batch_size=100)[0].known == 301
    assert rows(database, "SELECT count(external_id) FROM report") == [(0,)]
    longer = write_csv(tmp_path / "b.csv", records)
    assert run(database, xinhua, longer)[0].stored == 300


def test_an_id_that_stands_twice_is_stored_once(database: str, xinhua: Grid, tmp_path: Path) -> None:
    first, second, third = places(xinhua, 3)
    second["external_id"] = third["external_id"] = first["external_id"]
    for batch_size in (2, 1000):
        path = write_csv(tmp_path / "a.csv", [first, second, third])
        run(database, xinhua, path, batch_size=batch_size)
        assert rows(database, "SELECT raw_lon FROM report") == [(first["lon"],)]


def test_two_imports_at_once_store_each_report_once(database: str, xinhua: Grid, tmp_path: Path) -> None:
    forth = places(xinhua, 2000)
    paths = [write_csv(tmp_path / "a.csv", forth), write_csv(tmp_path / "b.csv", forth[::-1])]

    async def both() -> list[Totals]:
        readers = [open_records(path, batch_size=300) for path in paths]
        imports = [
            Import(path, reader, xinhua, mapping={}, reject=lambda *_: None)
            for path, reader in zip(paths, readers, strict=True)
        ]
        return await asyncio.gather(*(one.run(database) for one in imports))

    totals = asyncio.run(both())
    assert [one.read for one in totals] == [2000, 2000]
    assert sum(one.stored for one in totals) == sum(one.known for one in totals) == 2000
    assert (count(database), count(database, "report_key")) == (2000, 2000)


@pytest.mark.parametrize("field", ["urgency", "datum", "description"])
def test_bytes_where_a_word_is_wanted_are_refused_by_record(
    database: str, xinhua: Grid, tmp_path: Path, field: str
) -> None:
    frame = pd.DataFrame(places(xinhua, 3))
    frame[field] = [b"\xff", None, b"\xc2"]
    frame.to_parquet(tmp_path / "calls.parquet")
    totals, refused = run(database, xinhua, tmp_path / "calls.parquet")
    assert (totals.stored, [one.field for one in refused]) == (1, [field, field])


@pytest.mark.parametrize("form", ["ndjson", "geojson", "parquet", "gpkg", "hex", "wkt"])
def test_every_form_of_file_gives_the_same_reports(database: str, xinhua: Grid, tmp_path: Path, form: str) -> None:
    records = places(xinhua, 40)
    run(database, xinhua, write_csv(tmp_path / "a.csv", records))
    query = "SELECT cell_id, category, description, occurred_at, received_at, geom FROM report ORDER BY external_id"
    expected = rows(database, query)
    with connect(database) as connection:
        connection.execute("DELETE FROM report_key")
        connection.execute("ALTER TABLE report_event DISABLE TRIGGER append_only")
        connection.execute("DELETE FROM report_event")
        connection.execute("DELETE FROM report")
    path = tmp_path / f"b.{form}"
    frame = pd.DataFrame(records).drop(columns=["lon", "lat"])
    frame = geopandas.GeoDataFrame(frame, geometry=[shapely.Point(r["lon"], r["lat"]) for r in records], crs=4326)
    if form == "ndjson":
        path.write_text("\n".join(json.dumps(record) for record in records))
    elif form == "geojson":
        path.write_text(frame.to_json())
    elif form == "parquet":
        frame.assign(occurred_at=pd.to_datetime(frame.occurred_at, utc=True)).to_parquet(path)
    elif form == "gpkg":
        frame.assign(occurred_at=pd.to_datetime(frame.occurred_at, utc=True)).to_file(path)
    else:
        path = tmp_path / "b.csv"
        shapes = shapely.to_wkb(frame.geometry, hex=True) if form == "hex" else frame.geometry.map(repr_wkt)
        pd.DataFrame(frame.drop(columns="geometry")).assign(Geometry=shapes).to_csv(path, index=False)
    totals, refused = run(database, xinhua, path)
    assert (totals.stored, refused) == (40, [])
    assert rows(database, query) == expected


def repr_wkt(shape: shapely.Geometry) -> str:
    return shapely.to_wkt(shape, rounding_precision=-1)


def test_each_record_may_have_its_datum(database: str, xinhua: Grid, tmp_path: Path) -> None:
    lon, lat = 116.87, 38.32
    records = []
    for datum in Datum:
        x, y = from_wgs84(lon, lat, datum)
        records.append({"lon": float(x), "lat": float(y), "datum": datum.value.upper(), "category": "wiring"})
    records.append({"lon": records[2]["lon"], "lat": records[2]["lat"], "datum": "", "category": "wiring"})
    run(database, xinhua, write_csv(tmp_path / "a.csv", records), datum=Datum.GCJ02)
    stored = rows(database, "SELECT datum, raw_lon, ST_X(geom), ST_Y(geom) FROM report ORDER BY id")
    assert [row[0] for row in stored] == ["wgs84", "cgcs2000", "gcj02", "bd09", "gcj02"]
    assert [row[1] for row in stored] == [record["lon"] for record in records]
    for *_, x, y in stored:
        assert (x, y) == (pytest.approx(lon, abs=1e-8), pytest.approx(lat, abs=1e-8))


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2025-03-04T05:06:07Z", "2025-03-04 05:06:07"),
        ("2025-03-04 05:06:07+08:00", "2025-03-03 21:06:07"),
        ("2025-03-04 05:06:07.123456+0800", "2025-03-03 21:06:07.123456"),
        ("2025-03-04 05:06:07", "2025-03-03 21:06:07"),
        ("2025-03-04 05:06", "2025-03-03 21:06:00"),
        ("2025-03-04", "2025-03-03 16:00:00"),
        ("2025/3/4 5:06", "2025-03-03 21:06:00"),
        ("2025年3月4日 5时06分", "2025-03-03 21:06:00"),
        ("2025.03.04", "2025-03-03 16:00:00"),
    ],
)
def test_times_are_read_as_people_write_them(
    database: str, xinhua: Grid, tmp_path: Path, written: str, utc: str
) -> None:
    records = [record | {"occurred_at": written} for record in places(xinhua, 1)]
    assert run(database, xinhua, write_csv(tmp_path / "a.csv", records))[0].stored == 1
    expected = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert rows(database, "SELECT occurred_at, received_at FROM report") == [(expected, expected)]


def test_a_time_that_is_none_is_now(database: str, xinhua: Grid, tmp_path: Path) -> None:
    texts = ["", "1970-01-01 00:00:00+00:00", "1970-01-01", AT]
    records = [record | {"occurred_at": text} for record, text in zip(places(xinhua, 4), texts, strict=True)]
    records[3]["received_at"] = "1970-01-01 08:00:00"
    run(database, xinhua, write_csv(tmp_path / "a.csv", records))
    *nones, given = rows(database, "SELECT occurred_at, received_at FROM report ORDER BY id")
    for occurred, received in nones:
        assert occurred == received
        assert datetime.now(UTC) - received < timedelta(minutes=2)
    assert given == (datetime.fromisoformat(AT),) * 2


def test_received_is_kept_beside_occurred(database: str, xinhua: Grid, tmp_path: Path) -> None:
    later = "2025-04-01T00:00:00+08:00"
    records = [record | {"occurred_at": AT, "received_at": later} for record in places(xinhua, 1)]
    run(database, xinhua, write_csv(tmp_path / "a.csv", records))
    times = tuple(map(datetime.fromisoformat, (AT, later)))
    assert rows(database, "SELECT occurred_at, received_at FROM report") == [times]
    assert rows(database, "SELECT DISTINCT at FROM report_event") == [times[1:]]


REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"lon": "abc"}, "lon", "float_parsing"),
    ({"lon": "NaN"}, "lon", "float_parsing"),
    ({"lon": "116,87"}, "lon", "float_comma"),
    ({"lat": ""}, "lat", "missing"),
    ({"lon": "inf"}, "lon", "float_parsing"),
    ({"lon": "1e999"}, "lon", "finite_number"),
    ({"lon": 38.32, "lat": 116.87}, "lat", "swapped"),
    ({"lon": 200}, "lon", "less_than_equal"),
    ({"accuracy": "-5"}, "accuracy", "greater_than"),
    ({"datum": "nad27"}, "datum", "enum"),
    ({"category": ""}, "category", "missing"),
    ({"description": "长" * 4001}, "description", "string_too_long"),
    ({"occurred_at": "gestern"}, "occurred_at", "datetime_parsing"),
    ({"occurred_at": "2025-02-30"}, "occurred_at", "datetime_parsing"),
    ({"occurred_at": "03/04/2025"}, "occurred_at", "datetime_parsing"),
    ({"occurred_at": "2199-01-01"}, "occurred_at", "datetime_future"),
    ({"received_at": "2199-01-01"}, "received_at", "datetime_future"),
    ({"occurred_at": "0025-01-01"}, "occurred_at", "datetime_early"),
    ({"contact_email": "nobody"}, "contact_email", "email"),
]


def test_what_is_wrong_is_refused_with_its_reason(database: str, xinhua: Grid, tmp_path: Path) -> None:
    records = [record | wrong for record, (wrong, *_) in zip(places(xinhua, 100), REFUSALS, strict=False)]
    good = places(xinhua, 200)[150:]
    totals, refused = run(database, xinhua, write_csv(tmp_path / "a.csv", [*good, *records]), batch_size=7)
    assert totals.stored == len(good)
    for found, (wrong, field, reason) in zip(refused, REFUSALS, strict=True):
        assert (found.field, found.error.facts["reason"]) == (field, reason), wrong
        assert found.got == str(wrong[field])
    assert [found.number for found in refused] == list(range(len(good) + 1, len(good) + len(records) + 1))


def test_outside_is_refused_with_the_nearest(database: str, xinhua: Grid, tmp_path: Path) -> None:
    (inside,) = places(xinhua, 1)
    records = [inside, inside | {"lon": 117.5, "external_id": "far"}]
    _, (refused,) = run(database, xinhua, write_csv(tmp_path / "a.csv", records))
    near = xinhua.nearest(117.5, inside["lat"])
    assert near.nearest is not None
    assert refused.error.kind == "outside-grid"
    assert refused.error.facts["nearest"]["code"] == near.nearest.code
    assert refused.error.facts["nearest"]["distance_m"] == pytest.approx(near.distance_m, abs=0.1)
    assert refused.error.facts["swapped"] is False


def test_an_unknown_category_names_the_known_ones(database: str, xinhua: Grid, tmp_path: Path) -> None:
    records = [record | {"category": "dragons"} for record in places(xinhua, 2)]
    path = write_csv(tmp_path / "a.csv", records)
    _, refused = run(database, xinhua, path)
    assert [one.error.kind for one in refused] == ["unknown-category"] * 2
    assert "wiring" in refused[0].error.facts["known"]
    assert run(database, xinhua, path, add_categories=True)[0].stored == 2
    assert ("dragons",) in rows(database, "SELECT code FROM category WHERE territory_code = 'xinhua'")


def test_contacts_are_stored_apart(database: str, xinhua: Grid, tmp_path: Path) -> None:
    one, two = places(xinhua, 2)
    records = [one | {"contact_name": "王", "contact_phone": "0317-123", "contact_email": ""}, two]
    run(database, xinhua, write_csv(tmp_path / "a.csv", records))
    contacts = rows(
        database,
        "SELECT external_id, name, phone, email FROM report_contact c JOIN report r ON r.id = c.report_id",
    )
    assert contacts == [("x-0", "王", "0317-123", None)]


def test_a_file_of_another_place_is_stopped_at_once(database: str, xinhua: Grid, tmp_path: Path) -> None:
    records = [record | {"lon": record["lon"] - 40} for record in places(xinhua, 3000)]
    with pytest.raises(NothingInside) as caught:
        run(database, xinhua, write_csv(tmp_path / "a.csv", records))
    assert caught.value.facts["records"] == 1000
    assert count(database) == 0


def test_exchanged_axes_are_noticed(database: str, tmp_path: Path) -> None:
    """In Washington an exchanged pair is still a pair of degrees."""
    with connect(database) as connection:
        washington = load_grid(connection, "washington")
    points = shapely.get_coordinates(shapely.point_on_surface([leaf.geometry for leaf in washington.leaves]))
    records = [{"lon": lat, "lat": lon, "category": "S0391"} for lon, lat in np.tile(points, (4, 1)).tolist()]
    _, refused = run(database, washington, write_csv(tmp_path / "few.csv", records[:5]))
    assert [one.error.facts["swapped"] for one in refused] == [True] * 5
    with pytest.raises(NothingInside) as caught:
        run(database, washington, write_csv(tmp_path / "many.csv", records))
    assert caught.value.facts["swapped"] == caught.value.facts["records"] >= 1000


def test_a_file_cut_short_keeps_what_came_before(database: str, xinhua: Grid, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", places(xinhua, 9_000))
    whole = gzip.compress(path.read_bytes())
    cut = tmp_path / "a.csv.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileCutShort):
        run(database, xinhua, cut, batch_size=1000)
    before = count(database)
    assert 1000 < before < 9_000
    totals, _ = run(database, xinhua, path, batch_size=20_000)
    assert (totals.known, totals.stored) == (before, 9_000 - before)


def test_an_interrupted_import_goes_on_without_doubles(database: str, xinhua: Grid, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", places(xinhua, 3000))

    async def interrupted() -> None:
        task = asyncio.current_task()
        assert task is not None

        def advance(totals: Totals) -> None:
            if totals.stored >= 1000:
                task.cancel()

        reader = open_records(path, batch_size=500)
        await Import(path, reader, xinhua, mapping={}, reject=lambda *_: None, advance=advance).run(database)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(interrupted())
    before = count(database)
    assert before in (1000, 1500)
    assert (count(database, "report_event"), count(database, "report_key")) == (2 * before, before)
    totals, _ = run(database, xinhua, path)
    assert (totals.known, totals.stored) == (before, 3000 - before)


def test_columns_are_found_by_name_in_any_case() -> None:
    columns = ["ID", "Lon", "LAT", "CATEGORY", "SERVICECODE"]
    assert columns_by_field(columns, {}) == {"lon": "Lon", "lat": "LAT", "category": "CATEGORY"}
    given = {"category": "servicecode", "external_id": "ID"}
    assert columns_by_field(columns, given) | given == {
        "lon": "Lon",
        "lat": "LAT",
        "category": "servicecode",
        "external_id": "ID",
    }


@pytest.mark.parametrize(
    ("columns", "given", "error"),
    [
        (["lon", "lat", "category"], {"lon": "LONG"}, MissingColumn),
        (["lon", "lat"], {}, MissingColumn),
        (["x", "y", "category"], {}, MissingPlace),
        (["lon", "lat", "category"], {"colour": "lon"}, UnknownField),
    ],
)
def test_what_a_mapping_lacks_is_named(columns: list[str], given: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        columns_by_field(columns, given)
    facts = caught.value.facts  # type: ignore[attr-defined]
    assert facts.get("columns", columns) == columns


MEASURED = """
import asyncio, sys
from pathlib import Path
from wangge.geo.files.reading import open_records
from wangge.reports.bulk.importing import Import
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
url, path = sys.argv[1], Path(sys.argv[2])
with connect(url) as connection:
    grid = load_grid(connection, "xinhua")
run = Import(path, open_records(path, batch_size=200), grid, mapping={}, reject=lambda *_: None)
stored = asyncio.run(run.run(url)).stored
(peak,) = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(stored, int(peak) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_file(database: str, xinhua: Grid, tmp_path: Path) -> None:
    """A file of 108 MB costs no more than one of 36: neither it nor what is made of it is ever held whole.

    Both are long enough for the import to have warmed up: the first thousands cost 20 MB more than the first.
    """
    with connect(database) as connection:
        connection.execute("ALTER TABLE report DISABLE TRIGGER words")  # nobody searches here
    peaks = []
    for number in (3_000, 9_000):
        records = places(xinhua, number)
        for record in records:
            record["description"] = f"{record['external_id']} {'长' * 3980}"
            record["external_id"] += f"-{number}"
        path = write_csv(tmp_path / f"{number}.csv", records)
        command = [sys.executable, "-c", MEASURED, database, str(path)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert int(said[0]) == number
        peaks.append(int(said[1]))
    assert peaks[1] - peaks[0] < 30, peaks
