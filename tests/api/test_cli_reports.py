"""`wangge reports` and `wangge categories`, as they are used."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
import pytest
from typer.testing import CliRunner, Result

from tests.conftest import ROOT, heed_interrupts
from tests.reports.test_importing import count, places, write_csv
from wangge.api.cli import categories, reports
from wangge.geo.errors import WanggeError
from wangge.geo.files.reading import WrongDelimiter, WrongEncoding
from wangge.geo.files.writing import WRITABLE
from wangge.geo.grid import Grid
from wangge.reports.bulk.columns.fields import MissingColumn
from wangge.reports.errors import UnknownCategory, UnknownCell
from wangge.store.engine import connect
from wangge.store.grids.loading import UnknownTerritory

SUFFIX = {"geojsonseq": "geojsonl"}


@pytest.fixture(autouse=True)
def _here(database: str, english_terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)


def wangge(*arguments: object, app: Any = reports.app) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refused(*arguments: object, app: Any = reports.app) -> WanggeError:
    result = wangge(*arguments, app=app)
    assert isinstance(result.exception, WanggeError), result.output
    return result.exception


def rejects_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_an_import_says_what_it_did(database: str, xinhua: Grid, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", places(xinhua, 30))
    first, again = (wangge("import", path, "--territory", "xinhua") for _ in range(2))
    assert first.exit_code == again.exit_code == 0
    assert "30 records read, 30 stored, 0 already there, 0 refused" in first.stderr
    assert "30 records read, 0 stored, 30 already there, 0 refused" in again.stderr
    assert count(database) == 30
    assert list(tmp_path.iterdir()) == [path]


def test_refused_records_are_kept_corrected_and_imported(database: str, xinhua: Grid, tmp_path: Path) -> None:
    records = [{"id": record.pop("external_id")} | record for record in places(xinhua, 10)]
    records[2]["lon"] = "east"
    records[5]["category"] = "dragons"
    records[7]["lon"] = 117.5
    path = write_csv(tmp_path / "a.csv", records)
    with path.open("a") as file:
        file.write("broken,row\n")
    command = ("import", path, "-t", "xinhua", "--map", "external_id=ID")
    result = wangge(*command)
    assert result.exit_code == 3
    assert "11 records read, 7 stored, 0 already there, 4 refused" in result.stderr
    assert "Outside the territory" in result.stderr
    assert "(lon) Expected a number." in result.stderr

    rejects = rejects_of(tmp_path / "a.csv.rejects.csv")
    assert [(row["rejected_record"], row["rejected_field"], row["rejected_got"]) for row in rejects[:2]] == [
        ("3", "lon", "east"),
        ("6", "category", "dragons"),
    ]
    assert rejects[0]["rejected_expected"] == "Expected a number."
    assert "wiring" in rejects[1]["rejected_expected"]
    assert "away" in rejects[2]["rejected_expected"]
    assert rejects[3]["rejected_got"] == "broken,row"
    assert rejects[1]["description"] == records[5]["description"]

    for row, right in zip(rejects, (records[2], records[5], records[7]), strict=False):
        row |= {"lon": str(places(xinhua, 1)[0]["lon"]), "lat": str(places(xinhua, 1)[0]["lat"]), "category": "lamp"}
        assert row["id"] == right["id"]
    corrected = write_csv(tmp_path / "corrected.csv", rejects[:3])
    assert wangge("import", corrected, *command[2:]).exit_code == 0
    assert count(database) == 10


def test_the_terminal_says_what_was_expected(xinhua: Grid, tmp_path: Path) -> None:
    records = places(xinhua, 3)
    records[0]["accuracy"] = "20000"
    path = write_csv(tmp_path / "a.csv", [record | {"urgency": "soon"} for record in records[1:]] + records[:1])
    result = wangge("import", path, "-t", "xinhua")
    assert result.exit_code == 3
    assert "2  Value not usable (urgency) Expected one of normal, urgent." in result.stderr
    assert "(accuracy)" in result.stderr
    assert "10000" in result.stderr
    assert "—" not in result.stderr


def test_a_second_run_without_refusals_leaves_no_old_rejects(xinhua: Grid, tmp_path: Path) -> None:
    (record,) = places(xinhua, 1)
    path = write_csv(tmp_path / "a.csv", [record | {"lon": "?"}])
    assert wangge("import", path, "-t", "xinhua").exit_code == 3
    write_csv(path, [record])
    assert wangge("import", path, "-t", "xinhua").exit_code == 0
    assert list(tmp_path.iterdir()) == [path]


def test_rejects_speak_chinese(xinhua: Grid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_LANG", "zh")
    path = write_csv(tmp_path / "a.csv", [record | {"lat": "北"} for record in places(xinhua, 1)])
    rejects = tmp_path / "拒绝.csv"
    result = wangge("import", path, "-t", "xinhua", "--rejects", rejects)
    assert "拒绝 1 条" in result.stderr
    assert rejects_of(rejects)[0]["rejected_expected"] == "应为数字。"


def test_records_of_any_shape_keep_what_they_held(xinhua: Grid, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    (good,) = places(xinhua, 1)
    path.write_text("\n".join([json.dumps(good), "{oops", json.dumps(good | {"lon": "x", "colour": "red"})]))
    assert wangge("import", path, "-t", "xinhua", "--batch-size", 1).exit_code == 3
    broken, wrong = rejects_of(tmp_path / "a.ndjson.rejects.csv")
    assert (broken["rejected_record"], broken["rejected_got"]) == ("2", "{oops")
    assert (wrong["description"], json.loads(wrong["rejected_other"])) == (good["description"], {"colour": "red"})


def test_what_is_wrong_with_the_file_is_said_before_anything_is_stored(
    database: str, xinhua: Grid, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv", places(xinhua, 5))
    missing = refused("import", path, "-t", "xinhua", "--map", "lon=LONGITUDE")
    assert isinstance(missing, MissingColumn)
    assert missing.facts["columns"][:2] == ["lon", "lat"]
    assert isinstance(refused("import", path, "-t", "xinhua", "--delimiter", ";"), WrongDelimiter)
    chinese = tmp_path / "gbk.csv"
    chinese.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    assert isinstance(refused("import", chinese, "-t", "xinhua"), WrongEncoding)
    assert isinstance(refused("import", path, "-t", "atlantis"), UnknownTerritory)
    assert wangge("import", path, "-t", "xinhua", "--map", "lon").exit_code == 2
    assert wangge("import", tmp_path / "none.csv", "-t", "xinhua").exit_code == 2
    assert count(database) == 0
    assert wangge("import", chinese, "-t", "xinhua", "--encoding", "gb18030").exit_code == 0
    with connect(database) as connection:
        assert connection.execute("SELECT min(description) FROM report").fetchone() == ("第0件，含\n换行",)


def test_ctrl_c_stops_between_batches_and_says_how_far(database: str, xinhua: Grid, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", places(xinhua, 40_000))
    command = [
        sys.executable,
        "-c",
        "from wangge.api.cli.reports import app; app()",
        "import",
        str(path),
        "-t",
        "xinhua",
    ]
    process = subprocess.Popen(
        [*command, "--batch-size", "200"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NO_COLOR": "1"},
        cwd=ROOT,
        preexec_fn=heed_interrupts,
    )
    while count(database) == 0:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    stored = count(database)
    assert 0 < stored < 40_000
    assert stored % 200 == 0
    assert f"{stored} stored" in said
    assert "Run it again to go on" in said
    assert count(database, "report_event") == 2 * stored


@pytest.mark.parametrize("form", WRITABLE)
def test_export_writes_every_form(xinhua: Grid, tmp_path: Path, form: str) -> None:
    wangge("import", write_csv(tmp_path / "a.csv", places(xinhua, 12)), "-t", "xinhua")
    path = tmp_path / f"out.{SUFFIX.get(form, form)}"
    result = wangge("export", "xinhua", "-o", path)
    assert result.exit_code == 0, result.output
    assert "12 reports" in result.stderr
    if form == "parquet":
        import geopandas

        frame = geopandas.read_parquet(path)
    elif form == "arrow":
        frame = pa.ipc.open_file(path).read_all().to_pandas()
    else:
        frame = pyogrio.read_dataframe(path, layer=0)
    assert len(frame) == 12
    assert frame.synthetic.astype(str).str.lower().isin({"true", "1"}).all()
    assert set(frame.external_id) == {f"x-{n}" for n in range(12)}


def test_export_filters_and_streams_to_the_terminal(xinhua: Grid, tmp_path: Path) -> None:
    wangge("import", write_csv(tmp_path / "a.csv", places(xinhua, 12)), "-t", "xinhua")
    period = ("--from", "2024-01-01", "--to", "2025-01-01")
    said = wangge("export", "xinhua", "-o", "-", *period).stdout
    features = [json.loads(line) for line in said.split("\x1e")[1:]]
    assert len(features) == 6
    assert {feature["properties"]["received_at"][:4] for feature in features} == {"2024"}
    code = features[0]["properties"]["grid_code"]
    only = wangge("export", "xinhua", "-o", "-", "--format", "csv", "--cell", code, "--level", "grid").stdout
    assert next(csv.DictReader(only.splitlines()))["grid_code"] == code


def test_export_refuses_what_does_not_exist(tmp_path: Path) -> None:
    path = tmp_path / "out.geojson"
    assert isinstance(refused("export", "atlantis", "-o", path), UnknownTerritory)
    assert isinstance(refused("export", "xinhua", "-o", path, "--category", "dragons"), UnknownCategory)
    assert isinstance(refused("export", "xinhua", "-o", path, "--cell", "1"), UnknownCell)
    assert refused("export", "xinhua", "-o", tmp_path / "out.docx").kind == "unknown-format"
    assert refused("export", "xinhua", "-o", "-", "--format", "gpkg").kind == "cannot-write"
    assert wangge("export", "xinhua", "-o", path, "--bbox", "1,2,3").exit_code == 2
    assert wangge("export", "xinhua", "-o", path, "--from", "soon").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_categories_are_added_renamed_and_listed(tmp_path: Path) -> None:
    path = tmp_path / "categories.toml"
    path.write_text('[[categories]]\ncode = "dragons"\nname = { en = "Dragons", zh = "龙" }\n', encoding="utf-8")
    before = json.loads(wangge("list", "-t", "xinhua", "--json", app=categories.app).stdout)["categories"]
    assert wangge("import", path, "-t", "xinhua", app=categories.app).exit_code == 0
    after = json.loads(wangge("list", "-t", "xinhua", "--json", app=categories.app).stdout)["categories"]
    told = {"code": "dragons", "name": {"en": "Dragons", "zh": "龙"}, "group": None, "public": "counts"}
    assert told | {"photos": "none", "reports": 0} in after
    assert len(after) == len(before) + 1
    assert isinstance(refused("import", path, "-t", "atlantis", app=categories.app), UnknownTerritory)
    assert "Dragons" in wangge("list", "-t", "xinhua", app=categories.app).stdout
