"""Files of records: every form gives the same records, and what is broken is said, not lost."""

import gzip
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from wangge.geo.errors import WanggeError
from wangge.geo.files.batches import LONGEST_NAME, MOST_COLUMNS, MOST_NAMED, BrokenRecord, distinct, some_of
from wangge.geo.files.reading import (
    BrokenFile,
    FileCutShort,
    MalformedJson,
    RaggedRow,
    UnknownFormat,
    WrongDelimiter,
    WrongEncoding,
    open_records,
)

PLACES = [(116.87, 38.32, "飞线充电"), (116.88, 38.33, "道路\n破损")]


def feature(lon: float, lat: float, what: str) -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {"what": what},
    }


def frame() -> geopandas.GeoDataFrame:
    points = [shapely.Point(lon, lat) for lon, lat, _ in PLACES]
    return geopandas.GeoDataFrame({"what": [what for *_, what in PLACES]}, geometry=points, crs="EPSG:4326")


def write(folder: Path, form: str) -> Path:
    """The two places in one form of file."""
    path = folder / f"places.{form}"
    features = [feature(*place) for place in PLACES]
    match form:
        case "csv" | "csv.gz":
            text = "what,lon,lat\n" + "".join(f'"{what}",{lon},{lat}\n' for lon, lat, what in PLACES)
            path.write_bytes(gzip.compress(text.encode()) if form.endswith("gz") else text.encode())
        case "ndjson":
            path.write_text("\n".join(json.dumps(one) for one in features))
        case "geojsons":
            path.write_text("".join(f"\x1e{json.dumps(one, indent=1)}\n" for one in features))
        case "geojson":
            path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=2))
        case "json":
            path.write_text(json.dumps(features))
        case "parquet":
            frame().to_parquet(path)
        case "geoparquet":
            frame().to_crs("EPSG:4508").to_parquet(path, geometry_encoding="geoarrow")
        case "arrow":
            table = pa.table(frame().to_arrow(geometry_encoding="WKB"))
            with pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table)
        case "shp":
            frame().to_crs("EPSG:3857").to_file(path, encoding="utf-8")
        case _:
            frame().to_crs("EPSG:3857").to_file(path)
    return path


def read(path: Path, **options: object) -> tuple[list[dict[str, Any]], list[int], list[BrokenRecord]]:
    """All records of a file, their numbers, and the broken ones."""
    reader = open_records(path, **options)  # type: ignore[arg-type]
    records: list[dict[str, Any]] = []
    numbers: list[int] = []
    broken: list[BrokenRecord] = []
    for batch in reader:
        records += batch.table.to_pylist()
        numbers += batch.numbers.tolist()
        broken += batch.broken
    reader.close()
    return records, numbers, broken


@pytest.mark.parametrize(
    "form", ["ndjson", "geojsons", "geojson", "json", "parquet", "geoparquet", "arrow", "gpkg", "fgb"]
)
@pytest.mark.parametrize("batch_size", [1, 1000])
def test_every_form_gives_the_same_places(tmp_path: Path, form: str, batch_size: int) -> None:
    records, numbers, broken = read(write(tmp_path, form), batch_size=batch_size)
    by_text = {record["what"]: shapely.get_coordinates(shapely.from_wkb(record["geometry"])) for record in records}
    assert set(by_text) == {what for *_, what in PLACES}
    for lon, lat, what in PLACES:
        assert by_text[what] == pytest.approx(np.array([(lon, lat)]), abs=1e-9)
    assert (numbers, broken) == ([1, 2], [])


@pytest.mark.parametrize("form", ["csv", "csv.gz"])
def test_csv_is_text_with_its_line_breaks(tmp_path: Path, form: str) -> None:
    records, numbers, _ = read(write(tmp_path, form))
    assert records[1] == {"what": "道路\n破损", "lon": "116.88", "lat": "38.33"}
    assert numbers == [1, 2]


def test_batches_are_full_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("n\n" + "".join(f"{n}\n" for n in range(300_000)))
    sizes, seen = [], 0
    for batch in open_records(path, batch_size=70_000):
        sizes.append(len(batch.numbers))
        assert batch.numbers[0] == seen + 1
        assert batch.table.column("n")[0].as_py() == str(seen)
        seen += sizes[-1]
    assert sizes == [70_000] * 4 + [20_000]


def test_ragged_rows_are_set_aside_with_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("a,b\n1,2\n3\n4,5\n6,7,8\n9,10\n")
    records, numbers, broken = read(path)
    assert [record["a"] for record in records] == ["1", "4", "9"]
    assert numbers == [1, 3, 5]
    assert [(one.number, one.text) for one in broken] == [(2, "3"), (4, "6,7,8")]
    assert isinstance(broken[1].reason, RaggedRow)
    assert broken[1].reason.facts == {"expected": 2, "found": 3}


def test_a_malformed_line_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "lines.ndjson"
    path.write_text('{"lon": 1}\n{"lon": \n\n[1]\n{"lon": 4}\n')
    records, numbers, broken = read(path)
    assert records == [{"lon": 1}, {"lon": 4}]
    assert numbers == [1, 5]
    assert [one.number for one in broken] == [2, 4]
    assert all(isinstance(one.reason, MalformedJson) for one in broken)


def test_objects_in_a_record_are_spread(tmp_path: Path) -> None:
    path = tmp_path / "one.ndjson"
    path.write_text('{"lon": 1, "contact": {"phone": "1", "tags": [2]}}\n')
    assert read(path)[0] == [{"lon": 1, "contact_phone": "1", "contact_tags": "[2]"}]


def test_a_column_of_mixed_types_is_text(tmp_path: Path) -> None:
    path = tmp_path / "mixed.ndjson"
    path.write_text('{"lon": 1.5}\n{"lon": "x"}\n{"lon": null}\n')
    assert read(path)[0] == [{"lon": "1.5"}, {"lon": "x"}, {"lon": None}]


def test_an_old_geojson_with_a_crs_is_brought_to_wgs84(tmp_path: Path) -> None:
    path = tmp_path / "old.geojson"
    x, y = shapely.get_coordinates(frame().to_crs("EPSG:3857").geometry.iloc[0])[0]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature(x, y, "a")]}))
    found = shapely.get_coordinates(shapely.from_wkb(read(path)[0][0]["geometry"]))
    assert found == pytest.approx(np.array([(116.87, 38.32)]), abs=1e-9)


def refused(path: Path, **options: object) -> WanggeError:
    with pytest.raises(WanggeError) as caught:
        read(path, **options)
    return caught.value


def test_a_wrong_delimiter_names_the_header_and_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "semicolons.csv"
    path.write_text("lon;lat;category\n1;2;3\n")
    error = refused(path)
    assert isinstance(error, WrongDelimiter)
    assert error.facts["header"] == "lon;lat;category"
    assert error.facts["suggestion"] == ";"
    assert read(path, delimiter=";")[0] == [{"lon": "1", "lat": "2", "category": "3"}]


def test_a_tab_is_named_and_taken_by_name(tmp_path: Path) -> None:
    path = tmp_path / "tabs.csv"
    path.write_text("lon\tlat\n1\t2\n")
    assert refused(path).facts["suggestion"] == "tab"
    assert read(path, delimiter=r"\t")[0] == read(path, form="tsv")[0] == [{"lon": "1", "lat": "2"}]


@pytest.mark.parametrize(
    ("encoding", "text"), [("gb18030", "类别,描述\n电线,飞线充电\n"), ("cp1252", "a\ncafé résumé\n")]
)
def test_another_encoding_is_suggested_and_then_reads(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "encoded.csv"
    path.write_bytes(text.encode(encoding))
    error = refused(path)
    assert isinstance(error, WrongEncoding)
    assert error.facts["encoding"] == "utf-8"
    right = read(path, encoding=encoding)[0]
    assert list(right[0].values()) == text.splitlines()[1].split(",")
    if encoding == "gb18030":
        assert error.facts["suggestion"] == "gb18030"


def test_another_encoding_far_down_is_found_too(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 200_000 + "电,线\n".encode("gb18030"))
    assert isinstance(refused(path), WrongEncoding)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_understood(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "marked.csv"
    path.write_text("类别\n电线\n", encoding=encoding)
    assert read(path)[0] == [{"类别": "电线"}]


def test_a_truncated_gzip_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    lines = "".join(f"{n},{n * 7919 % 104729}\n" for n in range(400_000))
    whole = gzip.compress(("a,b\n" + lines).encode())
    path.write_bytes(whole[: len(whole) // 2])
    sizes = (len(batch.numbers) for batch in open_records(path, batch_size=1000))
    seen = 0
    with pytest.raises(FileCutShort) as caught:  # noqa: PT012 - what comes before the end is counted
        for size in sizes:
            seen += size
    assert seen > 10_000
    assert caught.value.facts["records"] == seen


@pytest.mark.parametrize("columns", [1, 2])  # with one, the record that is cut looks as whole as any other
def test_of_a_truncated_gzip_the_same_whole_records_come_every_time(tmp_path: Path, columns: int) -> None:
    path = tmp_path / "cut.csv.gz"
    records = [tuple(str(n * k * 7919 % 104729 + 100_000) for k in range(1, columns + 1)) for n in range(1, 150_000)]
    text = "".join(",".join(record) + "\n" for record in [("a", "b")[:columns], *records])
    whole = gzip.compress(text.encode())
    path.write_bytes(whole[: len(whole) // 2])
    told = set()
    for _ in range(10):
        found: list[tuple[str, ...]] = []
        with pytest.raises(FileCutShort):  # noqa: PT012 - what comes before the end is looked at
            for batch in open_records(path, batch_size=1000):
                assert not batch.broken
                found += zip(*(column.to_pylist() for column in batch.table.columns), strict=True)
        assert found == records[: len(found)]
        told.add(len(found))
    assert len(told) == 1
    assert told.pop() > 10_000


def test_a_truncated_geojson_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, "geojson")
    path.write_text(path.read_text()[:-40])
    reader = open_records(path)
    batches = iter(reader)
    assert next(batches).numbers.tolist() == [1]
    with pytest.raises(FileCutShort):
        next(batches)


@pytest.mark.parametrize("form", ["parquet", "gpkg", "arrow"])
def test_a_truncated_file_of_another_form_is_refused(tmp_path: Path, form: str) -> None:
    path = write(tmp_path, form)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    assert isinstance(refused(path), BrokenFile)


@pytest.mark.parametrize("form", ["parquet", "geoparquet", "arrow"])
def test_a_file_with_altered_bytes_is_read_or_refused(tmp_path: Path, form: str) -> None:
    """By a word of the program's own: what a library meets in it, or reads beyond it, is nobody's answer."""
    whole, dice = write(tmp_path, form).read_bytes(), random.Random(form)
    path, found = tmp_path / f"altered.{form}", Counter[str]()
    for _ in range(250):
        altered = bytearray(whole)
        for _ in range(dice.choice([1, 1, 2, 5])):
            altered[dice.randrange(len(altered))] = dice.randrange(256)
        path.write_bytes(altered)
        try:
            read(path)
            found["read"] += 1
        except BrokenFile:
            found["refused"] += 1
    assert min(found["read"], found["refused"]) > 10, found


def test_what_is_no_file_of_records_is_refused(tmp_path: Path) -> None:
    empty, binary, strange = tmp_path / "empty.csv", tmp_path / "binary.csv", tmp_path / "letter.docx"
    empty.touch()
    binary.write_bytes(bytes(range(256)))
    strange.touch()
    assert isinstance(refused(empty), BrokenFile)
    assert isinstance(refused(binary), BrokenFile)
    assert isinstance(refused(strange), UnknownFormat)


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "typed.parquet"
    table = pa.table({"lon": [1.5, None], "n": [1, 2]})
    pq.write_table(table, path)
    assert read(path)[0] == table.to_pylist()


def test_names_of_columns_are_made_distinct_in_order() -> None:
    names, repeated = distinct(Path(), ["a", "", "a", "a_2", "a", "a_2", "column_2"])
    assert names == ["a", "column_2", "a_3", "a_2", "a_4", "a_2_2", "column_2_2"]
    assert repeated == {"a", "a_2", "column_2"}


def test_as_many_columns_as_are_read_are_read_soon_and_one_more_is_refused(tmp_path: Path) -> None:
    assert distinct(Path(), ["a"] * MOST_COLUMNS)[0][-1] == f"a_{MOST_COLUMNS}"
    heads = [f"c{n}" for n in range(MOST_COLUMNS + 1)]
    (table := tmp_path / "wide.csv").write_text(",".join(heads) + "\n" + ",".join("1" for _ in heads) + "\n")
    records = [{"first": 1}, *(dict.fromkeys(heads[n::3], 1) for n in range(3))]
    (lines := tmp_path / "wide.ndjson").write_text("\n".join(map(json.dumps, records)))
    for path, before in ((table, 0), (lines, 3)):
        read: list[int] = []
        with pytest.raises(BrokenFile) as refused:
            read.extend(batch.table.num_rows for batch in open_records(path))
        facts = refused.value.facts
        assert (facts["reason"], facts["most"], facts["records"]) == ("many-columns", MOST_COLUMNS, before)
        assert sum(read) == before


def test_names_of_columns_are_told_in_bounds() -> None:
    assert some_of(["a", "b"]) == ["a", "b"]
    told = some_of(["灯" * 10**6] * 10**4)
    assert (len(told), told[-1], max(map(len, told))) == (MOST_NAMED + 1, "…", LONGEST_NAME + 1)


def test_progress_goes_from_nothing_to_all(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("n,filler\n" + "".join(f"{n},{'x' * 40}\n" for n in range(800_000)))
    reader = open_records(path, batch_size=20_000)
    shares = [reader.progress() for _ in reader]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1
    assert shares[-1] == 1
