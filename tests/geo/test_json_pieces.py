"""JSON files: records are found in any layout and any blocks; what is wrong with one costs that one."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.geo.test_reading import feature, read, refused
from wangge.geo.files.batches import BrokenFile, FileCutShort
from wangge.geo.files.jsonpieces import Elements
from wangge.geo.files.strictjson import repeated_key

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(st.sampled_from('a"\\{}[],: é'), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab"\\', max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(
    elements=st.lists(JSON, max_size=6),
    before=st.dictionaries(st.sampled_from(["type", "x", "meta"]), JSON, max_size=2),
    after=st.dictionaries(st.sampled_from(["y", "z"]), JSON, max_size=2),
    size=st.integers(1, 50),
    indent=st.sampled_from([None, 1]),
)
def test_the_elements_of_any_document_are_found_in_blocks_of_any_size(
    elements: list[Any], before: dict[str, Any], after: dict[str, Any], size: int, indent: int | None
) -> None:
    document = before | {"features": elements} | after
    text = json.dumps(document, indent=indent, ensure_ascii=False).encode()
    found = Elements((text[at : at + size] for at in range(0, len(text), size)), collection=True)
    assert [json.loads(piece) for piece in found] == elements
    assert json.loads(found.envelope) == document | {"features": []}


@given(JSON)
def test_no_sound_value_repeats_a_key(value: Any) -> None:
    assert repeated_key(json.dumps(value).encode(), value) is None


def collection(path: Path, *features: str, more: str = "", encoding: str = "utf-8") -> Path:
    path.write_text(f'{{"type": "FeatureCollection"{more}, "features": [{", ".join(features)}]}}', encoding=encoding)
    return path


def texts(*names: str) -> list[str]:
    return [json.dumps(feature(116.87, 38.32, name)) for name in names]


DEEP = '{"type": "Feature", "geometry": null, "properties": {"what": ' + "[" * 600 + "]" * 600 + "}}"
TWICE = '{"type": "Feature", "geometry": null, "properties": {"what": "a", "what": "b"}}'
HALF = '{"type": "Feature", "geometry": null, "properties": {"what": "\\ud800"}}'


@pytest.mark.parametrize(
    "wrong", [DEEP, "[" * 2000 + "]" * 2000, TWICE, HALF, '{"type": "Feature", "x": 1,}', "7", "{}", '{"a": {}}']
)
@pytest.mark.parametrize("form", ["geojson", "ndjson", "geojsons"])
def test_what_is_wrong_with_a_record_costs_that_record(tmp_path: Path, wrong: str, form: str) -> None:
    path = tmp_path / f"a.{form}"
    one, other = texts("one", "other")
    if form == "geojson":
        collection(path, wrong, one, wrong, other)
    else:
        begins = "\x1e" if form == "geojsons" else ""
        path.write_text("".join(f"{begins}{text}\n" for text in (wrong, one, wrong, other)))
    records, numbers, broken = read(path, batch_size=1)
    assert [record["what"] for record in records] == ["one", "other"]
    assert (numbers, [one.number for one in broken]) == ([2, 4], [1, 3])


def test_the_key_that_stands_twice_is_named(tmp_path: Path) -> None:
    (broken,) = read(collection(tmp_path / "a.geojson", TWICE))[2]
    assert broken.reason.facts == {"reason": "repeated-key", "key": "what"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("form", ["geojson", "ndjson", "json"])
def test_a_mark_tells_the_encoding(tmp_path: Path, encoding: str, form: str) -> None:
    path = tmp_path / f"a.{form}"
    one, other = texts("灯", "路")
    text = {"ndjson": f"{one}\n{other}\n", "json": f"[{one}, {other}]"}.get(form)
    if text is None:
        collection(path, one, other, encoding=encoding)
    else:
        path.write_text(text, encoding=encoding)
    assert [record["what"] for record in read(path)[0]] == ["灯", "路"]


def test_another_encoding_is_suggested_and_then_read(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    text = json.dumps({"type": "FeatureCollection", "features": [feature(1, 2, "路灯不亮")]}, ensure_ascii=False)
    path.write_bytes(text.encode("gb18030"))
    assert refused(path).facts["suggestion"] == "gb18030"
    assert read(path, encoding="gb18030")[0][0]["what"] == "路灯不亮"


@pytest.mark.parametrize("text", ['{"type":"FeatureCollection","features":[]}', "[]", "[\n]\n", ""])
@pytest.mark.parametrize("name", ["a.geojson", "a.geojson.gz"])
def test_a_file_without_records_has_none(tmp_path: Path, text: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    assert read(path) == ([], [], [])


@pytest.mark.parametrize("where", ["before", "after"])
def test_the_crs_of_an_old_collection_is_followed_wherever_it_stands(tmp_path: Path, where: str) -> None:
    x, y = 13010042.472398832, 4624219.448393887
    crs = ', "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}'
    path = collection(tmp_path / "a.geojson", json.dumps(feature(x, y, "a")), more=crs if where == "before" else "")
    if where == "after":
        path.write_text(path.read_text()[:-1] + crs + "}")
    (record,) = read(path)[0]
    assert shapely.from_wkb(record["geometry"]).x == pytest.approx(116.87, abs=0.01)
    if where == "after":
        packed = tmp_path / "b.geojson.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        assert refused(packed).facts["reason"] == "crs-late"


@pytest.mark.parametrize("member", ['{"type": "link", "properties": {"href": "x"}}', '"EPSG:3857"', "{}"])
def test_a_crs_that_nobody_knows_is_refused(tmp_path: Path, member: str) -> None:
    path = collection(tmp_path / "a.geojson", *texts("a"), more=f', "crs": {member}')
    assert refused(path).facts["reason"] == "crs-unknown"


def test_a_property_that_is_called_crs_is_none(tmp_path: Path) -> None:
    odd = feature(116.87, 38.32, "a")
    odd["properties"] = {"what": "a", "crs": {"type": "name", "properties": {"name": "EPSG:3857"}}}
    (record,) = read(collection(tmp_path / "a.geojson", json.dumps(odd)))[0]
    assert shapely.from_wkb(record["geometry"]).x == 116.87


@pytest.mark.parametrize(
    ("tail", "error"), [("", FileCutShort), (', "features": []}', BrokenFile), ("}}", BrokenFile), ("} x", BrokenFile)]
)
def test_how_a_document_ends_is_said_after_its_records(tmp_path: Path, tail: str, error: type[Exception]) -> None:
    path = collection(tmp_path / "a.geojson", *texts("a", "b"))
    path.write_text((path.read_text()[:-2] if not tail else path.read_text()[:-1]) + tail)
    from wangge.geo.files.reading import open_records

    batches = iter(open_records(path, batch_size=1))
    assert [next(batches).numbers.tolist(), next(batches).numbers.tolist()] == [[1], [2]]
    with pytest.raises(error):
        next(batches)


def test_columns_come_from_the_first_records_that_can_be_read(tmp_path: Path) -> None:
    from wangge.geo.files.reading import open_records

    path = tmp_path / "a.ndjson"
    path.write_text("{\n{\n" + texts("a")[0] + "\n")
    reader = open_records(path, batch_size=1)
    assert reader.columns == ["geometry", "what"]
    assert [len(batch.broken) for batch in reader] == [1, 1, 0]
