"""Files as offices have them: nothing in them is merged, dropped or bent in silence."""

import csv
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import geopandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from tests.conftest import clone
from tests.reports.test_importing import rows, run, write_csv
from wangge.geo.errors import WanggeError
from wangge.geo.files.digesting import DIGEST_BATCH
from wangge.geo.files.reading import open_records
from wangge.geo.grid import Grid
from wangge.reports.bulk.columns.fields import DoubleColumn, MissingPlace, columns_by_field, unused_columns
from wangge.reports.bulk.columns.spots import NotDegrees
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster

HERE = {"lon": 116.8712, "lat": 38.3164, "category": "lamp"}


@pytest.fixture(scope="module")
def url(cluster: Cluster, furnished: str) -> Iterator[str]:
    """A database that the tests of this module share; each uses ids of its own."""
    yield from clone(cluster, furnished)


@pytest.fixture(scope="module")
def xinhua(url: str) -> Grid:
    """Xinhua's published grid in memory."""
    with connect(url) as connection:
        return load_grid(connection, "xinhua")


@pytest.fixture
def stored(url: str, xinhua: Grid, tmp_path: Path) -> Callable[..., list[Any]]:
    """Imports records as CSV; the reasons of what is refused."""

    def importing(*records: dict[str, Any], **options: Any) -> list[Any]:
        path = write_csv(tmp_path / "a.csv", [HERE | record for record in records])
        return [one.error.facts.get("reason", one.error.kind) for one in run(url, xinhua, path, **options)[1]]

    return importing


@pytest.mark.parametrize("code", ["2.02503E+11", "2,02503E+11", "2.02503e+17", "2E+11"])
def test_an_id_that_a_spreadsheet_rounded_is_refused(stored: Callable[..., list[Any]], code: str) -> None:
    assert stored({"external_id": code}, {"external_id": code}) == ["rounded", "rounded"]
    assert stored({"external_id": f"12E3-{code[:1]}"}, {"external_id": "7E12"}) == []


def test_a_number_is_one_id_in_every_form(url: str, xinhua: Grid, tmp_path: Path) -> None:
    told = ["4711", "4711.0", " 4711 ", "４７１１", '="4711"', "'4711"]
    totals = [run(url, xinhua, write_csv(tmp_path / "a.csv", [HERE | {"external_id": one}]))[0] for one in told]
    for column in (pa.array([4711.0, None]), pa.array([4711, None]), pa.array(["4711", None])):
        path = tmp_path / "a.parquet"
        pq.write_table(pa.table({name: [value] * 2 for name, value in HERE.items()} | {"external_id": column}), path)
        totals.append(run(url, xinhua, path)[0])
    path = tmp_path / "a.ndjson"
    path.write_text("\n".join(json.dumps(HERE | {"external_id": one}) for one in (4711, 4711.0, "4711")))
    totals.append(run(url, xinhua, path)[0])
    assert [total.known for total in totals] == [0, 1, 1, 1, 1, 1, 1, 1, 1, 3]
    assert rows(url, "SELECT external_id FROM report WHERE external_id LIKE '%4711%'") == [("4711",)]
    assert run(url, xinhua, write_csv(tmp_path / "b.csv", [HERE | {"external_id": "04711"}]))[0].stored == 1


@pytest.mark.parametrize("number", [2.0**60, 202503000123456789])
def test_a_number_that_its_column_cannot_hold_is_no_id(url: str, xinhua: Grid, tmp_path: Path, number: float) -> None:
    path = tmp_path / "a.parquet"
    ids = pa.array([float(number)])
    pq.write_table(pa.table({name: [value] for name, value in HERE.items()} | {"external_id": ids}), path)
    assert [one.error.facts["reason"] for one in run(url, xinhua, path)[1]] == ["rounded"]


def test_what_stands_twice_in_a_file_is_counted(url: str, xinhua: Grid, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HERE | {"external_id": one} for one in ("t-1", "t-2", "t-1", "t-1")])
    assert [(one.known, one.repeated) for one in (run(url, xinhua, path)[0], run(url, xinhua, path)[0])] == [
        (2, 2),
        (4, 0),
    ]
    assert run(url, xinhua, path, batch_size=1)[0].repeated == 0


def frame(*notes: str) -> geopandas.GeoDataFrame:
    point = shapely.Point(116.8712, 38.3164)
    return geopandas.GeoDataFrame(
        {"category": "lamp", "descriptio": list(notes)}, geometry=[point] * len(notes), crs="EPSG:4326"
    )


def test_two_shapefiles_of_the_same_points_are_two(url: str, xinhua: Grid, tmp_path: Path) -> None:
    for day in ("monday", "tuesday"):
        frame(f"seen on {day}").to_file(tmp_path / f"{day}.shp", encoding="utf-8")
    shutil.copytree(tmp_path, tmp_path / "again")
    found = [run(url, xinhua, path)[0].stored for path in sorted(tmp_path.rglob("*.shp"))]
    assert found == [1, 1, 0, 0]
    assert len(rows(url, "SELECT 1 FROM report WHERE description LIKE 'seen on %'")) == 2


def test_a_geopackage_that_was_only_viewed_is_the_same(url: str, xinhua: Grid, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    frame("viewed").to_file(path, engine="pyogrio")
    before = path.read_bytes()
    assert run(url, xinhua, path)[0].stored == 1
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE layer_styles (id INTEGER)")
        database.commit()
    assert path.read_bytes() != before
    assert run(url, xinhua, path)[0].stored == 0


def test_the_same_records_are_known_in_any_packing(url: str, xinhua: Grid, tmp_path: Path) -> None:
    import gzip

    text = "lon,lat,category,description\n116.8712,38.3164,lamp,灯坏了 packed\n"
    plain, packed, chinese = tmp_path / "a.csv", tmp_path / "a.csv.gz", tmp_path / "b.csv"
    plain.write_text(text, encoding="utf-8-sig")
    packed.write_bytes(gzip.compress(text.replace("\n", "\r\n").encode()))
    chinese.write_bytes(text.encode("gb18030"))
    assert [run(url, xinhua, path)[0].stored for path in (plain, packed)] == [1, 0]
    again = partial(open_records, chinese, encoding="gb18030", batch_size=DIGEST_BATCH)
    from wangge.geo.files.digesting import content_digest

    assert content_digest(again()) == content_digest(open_records(plain, batch_size=DIGEST_BATCH))


def test_of_several_layers_one_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    for layer in ("january", "february"):
        frame(layer).to_file(path, layer=layer, engine="pyogrio")
    with pytest.raises(WanggeError) as refusal:
        open_records(path)
    assert refusal.value.facts["expected"] == "january, february"
    (batch,) = open_records(path, layer="february")
    assert batch.table.column("descriptio").to_pylist() == ["february"]


def test_a_chinese_shapefile_that_does_not_say_its_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.shp"
    frame("路灯不亮").to_file(path, encoding="gb18030")
    path.with_suffix(".cpg").unlink()
    with pytest.raises(WanggeError) as refusal:
        open_records(path)
    assert refusal.value.facts["suggestion"] == "gb18030"
    (batch,) = open_records(path, encoding="gb18030")
    assert batch.table.column("descriptio").to_pylist() == ["路灯不亮"]
    frame("lamp out").to_file(path, encoding="ascii")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    assert len([*open_records(path)]) == 1


def test_bytes_are_text_where_they_are_utf8(url: str, xinhua: Grid, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    texts = pa.array(["路灯 bytes".encode(), "灯坏".encode("gb18030")])
    pq.write_table(pa.table({name: [value] * 2 for name, value in HERE.items()} | {"description": texts}), path)
    (refused,) = run(url, xinhua, path)[1]
    assert (refused.error.facts["reason"], refused.got) == ("string_unicode", "灯坏".encode("gb18030").hex())
    assert rows(url, "SELECT 1 FROM report WHERE description = '路灯 bytes'") == [(1,)]


def test_texts_that_are_not_utf8_cost_their_record(url: str, xinhua: Grid, tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    bad = pa.array(["灯坏".encode("gb18030"), b"fine"], pa.binary()).view(pa.string())
    table = pa.table({name: [value] * 2 for name, value in HERE.items()} | {"note": bad})
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    totals, (refused,) = run(url, xinhua, path)
    assert (totals.stored, refused.number, refused.error.kind) == (1, 1, "no-text")


@pytest.mark.parametrize("columns", [("lon", "lat", "Lon"), ("Lon", "LON", "lat"), ("lon", "lat", "lat")])
def test_no_column_wins_over_another_in_silence(columns: tuple[str, ...]) -> None:
    repeated = {name for name in columns if columns.count(name) > 1}
    with pytest.raises(DoubleColumn):
        columns_by_field([*dict.fromkeys(columns), "category"], {}, repeated=repeated)


def test_a_column_that_is_named_ends_the_doubt() -> None:
    assert columns_by_field(["lon", "Lon", "lat", "category"], {"lon": "Lon"})["lon"] == "Lon"


def test_columns_that_are_not_used_are_told_with_what_they_resemble() -> None:
    columns = ["lon", "lat", "category", "occured_at", "externalid", "colour", "at", "rejected_reason", "联系电话"]
    mapping = columns_by_field(columns, {})
    assert unused_columns(columns, mapping) == {
        "occured_at": "occurred_at",
        "externalid": "external_id",
        "colour": None,
        "at": None,
        "联系电话": "contact_phone",
    }


@pytest.mark.parametrize(
    ("columns", "hint"),
    [
        (["location", "kind"], "geometry=location"),
        (["Longitude", "Latitude"], "lon=Longitude lat=Latitude"),
        (["经度", "纬度"], "lon=经度 lat=纬度"),
        (["a", "b"], ""),
    ],
)
def test_columns_that_may_be_the_place_are_named(columns: list[str], hint: str) -> None:
    with pytest.raises(MissingPlace) as refusal:
        columns_by_field(columns, {})
    assert refusal.value.facts["hint"] == hint


def test_a_shapefile_keeps_but_the_beginning_of_a_name() -> None:
    mapping = columns_by_field(["descriptio", "external_i", "category", "geometry"], {})
    assert (mapping["description"], mapping["external_id"]) == ("descriptio", "external_i")


def test_columns_that_only_later_records_have_are_read(url: str, xinhua: Grid, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text("".join(json.dumps(HERE | more) + "\n" for more in ({}, {"external_id": "later"})))
    assert run(url, xinhua, path, batch_size=1)[0].stored == 2
    assert rows(url, "SELECT 1 FROM report WHERE external_id = 'later'") == [(1,)]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"lon": "116,8712"}, "float_comma"),
        ({"lon": "116°52'16\"E"}, "float_degrees"),
        ({"lon": "116度52分16秒"}, "float_degrees"),
        ({"lon": "116.871.200"}, "float_parsing"),
        ({"lon": "488762.2", "lat": "4242508.1"}, "metres"),
        ({"lon": "0", "lat": "0"}, "outside-grid"),
        ({"occurred_at": "45717.5"}, "datetime_day_number"),
        ({"occurred_at": "1740787200"}, "datetime_epoch"),
        ({"occurred_at": "1740787200000"}, "datetime_epoch"),
        ({"occurred_at": "soon"}, "datetime_parsing"),
        ({"occurred_at": "2025-03-05 10:00", "received_at": "2025-03-05 09:00"}, "datetime_after_received"),
        ({"contact_phone": "call me"}, "phone"),
        ({"external_id": "[7]"}, "string_type"),
        ({"asset": "true"}, "string_type"),
    ],
)
def test_what_was_probably_meant_is_said(stored: Callable[..., list[Any]], values: dict[str, str], reason: str) -> None:
    assert stored(values) == [reason]


@pytest.mark.parametrize(
    "values",
    [
        {"lon": "１１６．８７１２", "lat": "３８．３１６４"},
        {"datum": "WGS-84"},
        {"datum": "CGCS 2000"},
        {"datum": "ｗｇｓ８４", "urgency": " Normal\u00a0"},
        {"occurred_at": "2025-03-05 10:00", "received_at": "2025-03-05 09:58"},
        {"contact_phone": "０３１７－５５５０１０１", "category": "lamp\u3000"},
    ],
)
def test_what_is_clear_is_read(stored: Callable[..., list[Any]], values: dict[str, str]) -> None:
    assert stored(values) == []


def test_a_point_in_one_column_is_read_as_wkt_and_not_as_two_numbers(url: str, xinhua: Grid, tmp_path: Path) -> None:
    wkt = "(116.8712 38.3164)"
    told = [f"POINT {wkt}", f"SRID=4326;POINT {wkt}", f"MULTIPOINT ({wkt})", "(38.3164, 116.8712)", "38.3164 116.8712"]
    records = [{"where": one, "category": "lamp", "external_id": f"p-{n}"} for n, one in enumerate(told)]
    totals, refused = run(url, xinhua, write_csv(tmp_path / "a.csv", records), mapping={"geometry": "where"})
    assert totals.stored == 3
    assert [one.error.facts["reason"] for one in refused] == ["point_pair", "point_pair"]


def test_metres_in_a_whole_file_are_said_once(url: str, xinhua: Grid, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HERE | {"lon": 488762.2 + n, "lat": 4242508.1} for n in range(1500)])
    with pytest.raises(NotDegrees) as refusal:
        run(url, xinhua, path)
    assert refusal.value.facts == {"records": 1000, "got": "488762.2, 4242508.1"}


def test_formulas_go_out_guarded_and_come_back(url: str, xinhua: Grid, tmp_path: Path) -> None:
    from tests.reports.test_round_trip import export

    told = '=HYPERLINK("http://x","y")'
    run(url, xinhua, write_csv(tmp_path / "a.csv", [HERE | {"external_id": "'=1+1", "description": told}]))
    assert rows(url, "SELECT description FROM report WHERE external_id = '=1+1'") == [(told,)]
    path = tmp_path / "out.csv"
    export(url, xinhua, path)
    with path.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'" + told in cells
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "\t"))]
