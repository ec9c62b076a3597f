"""`wangge grid` as its user meets it: what is printed, what is stored, and the exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner, Result

from tests.conftest import BOUNDARIES
from tests.geo.builders import box, two_streets, write_folder
from wangge.api.cli.grid import app
from wangge.geo.boundaries import Boundaries, read_boundaries
from wangge.store.engine import connect
from wangge.store.grids.editions import list_editions

pytestmark = pytest.mark.usefixtures("english_terminal")

NARROW = {"A5": box(-200, 100, -99.7, 200)}
WIDE = {"A5": box(-200, 100, -95, 200)}


@pytest.fixture
def stored(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A migrated database that the command line uses."""
    monkeypatch.setenv("WANGGE_DATABASE_URL", empty_database)
    return empty_database


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refusal(*arguments: str | Path) -> Any:
    result = run(*arguments)
    assert result.exception is not None
    return result.exception


def folder(path: Path, boundaries: Boundaries) -> Path:
    return write_folder(path / "territory", boundaries)


# ---- check


def test_a_sound_territory_is_said_to_be_sound() -> None:
    result = run("check", BOUNDARIES / "washington")
    assert result.exit_code == 0
    assert "no defects (40 anc, 296 smd)" in result.stdout


def test_defects_are_a_table_and_exit_code_1(tmp_path: Path) -> None:
    result = run("check", folder(tmp_path, two_streets(**WIDE)))
    assert result.exit_code == 1
    overlap = next(line for line in result.stdout.splitlines() if line.startswith("overlap"))
    assert "A5 A6" in overlap
    assert " 500 " in overlap
    assert "38.30" in overlap


def test_defects_as_json_and_as_a_map(tmp_path: Path) -> None:
    territory = folder(tmp_path, two_streets(**WIDE))
    map_file = tmp_path / "defects.geojson"
    result = run("check", territory, "--json", "--defects", map_file)
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["clean"] is False
    assert told["cells"] == {"street": 2, "grid": 18}
    overlap = next(defect for defect in told["defects"] if defect["kind"] == "overlap")
    assert (overlap["level"], overlap["cells"]) == ("grid", ["A5", "A6"])
    assert overlap["area_m2"] == pytest.approx(500, rel=1e-3)
    drawn = geopandas.read_file(map_file)
    assert len(drawn) == len(told["defects"])
    shape = drawn[drawn["kind"] == "overlap"].geometry.iloc[0]
    assert shape.covers(shapely.Point(overlap["lon"], overlap["lat"]))


def test_repair_lists_what_it_does_and_what_remains(tmp_path: Path) -> None:
    result = run("check", folder(tmp_path, two_streets(**NARROW)), "--repair")
    assert result.exit_code == 0
    assert "the lowest code keeps it" in result.stdout
    assert "no defects" in result.stdout


def test_the_tolerance_is_the_readers(tmp_path: Path) -> None:
    territory = folder(tmp_path, two_streets(**WIDE))
    assert run("check", territory, "--repair").exit_code == 1
    assert run("check", territory, "--repair", "--tolerance", "6").exit_code == 0
    assert run("check", territory, "--tolerance", "0").exit_code == 2


def test_a_reference_outline_is_held_against_the_territory() -> None:
    outline = BOUNDARIES / "xinhua" / "source" / "outline.geojson"
    assert run("check", BOUNDARIES / "xinhua", "--reference", outline).exit_code == 0
    elsewhere = BOUNDARIES / "hejian" / "source" / "outline.geojson"
    result = run("check", BOUNDARIES / "xinhua", "--reference", elsewhere)
    assert result.exit_code == 1
    assert "outside reference" in result.stdout


def test_chinese_readers_read_chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_LANG", "zh")
    result = run("check", folder(tmp_path, two_streets(**WIDE)))
    assert "重叠" in result.stdout


def test_a_bad_file_is_one_line_on_standard_error(tmp_path: Path) -> None:
    """Through the real command, in a process of its own: no traceback, exit code 1."""
    territory = write_folder(tmp_path / "t", two_streets(), suffix="gpkg")
    file = territory / "grid.gpkg"
    file.write_bytes(file.read_bytes()[:40_000])
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "from wangge.api.cli import main; main()", "grid", "check", str(territory)],
        capture_output=True, text=True, env=environment, cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "grid.gpkg" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout


# ---- import


def test_import_stores_an_edition_once_and_publishes_it(stored: str, tmp_path: Path) -> None:
    territory = folder(tmp_path, two_streets())
    first = run("import", territory)
    assert first.exit_code == 0, first.output
    assert "20 cells" in first.stdout
    again = run("import", territory, "--publish")
    assert "stored before" in again.stdout
    assert "published" in again.stdout
    with connect(stored) as connection:
        edition = list_editions(connection, "testland")
        categories = connection.execute("SELECT count(*) FROM category").fetchone()
    assert [(row["label"], row["current"], row["cells"]) for row in edition] == [("1", True, 18)]
    assert categories is not None
    assert categories[0] > 0


def test_open_defects_are_refused_unless_someone_says_why(stored: str, tmp_path: Path) -> None:
    territory = folder(tmp_path, two_streets(**WIDE))
    error = refusal("import", territory)
    assert (error.kind, error.facts["count"]) == ("open-defects", 3)
    assert refusal("import", territory, "--accept-defects", "  ").kind == "open-defects"
    with connect(stored) as connection:
        assert list_editions(connection) == []
    accepted = run("import", territory, "--accept-defects", "the square is shared until the survey of May")
    assert accepted.exit_code == 0, accepted.output
    with connect(stored) as connection:
        edition = list_editions(connection)[0]
    assert edition["accepted_defects"] == "the square is shared until the survey of May"
    assert ("overlap", ["A5", "A6"]) in [(defect["kind"], defect["cells"]) for defect in edition["defects"]]


def test_what_was_repaired_is_kept_with_the_edition(stored: str, tmp_path: Path) -> None:
    result = run("import", folder(tmp_path, two_streets(**NARROW)), "--repair")
    assert result.exit_code == 0, result.output
    with connect(stored) as connection:
        edition = list_editions(connection)[0]
    assert "overlap" in {change["kind"] for change in edition["repairs"]}
    assert (edition["defects"], edition["accepted_defects"]) == ([], None)


def test_an_edition_never_changes(stored: str, tmp_path: Path) -> None:
    run("import", folder(tmp_path, two_streets()))
    moved = two_streets(A5=box(-200, 100, -99, 200), A6=box(-99, 100, 0, 200))
    error = refusal("import", folder(tmp_path, moved), "--accept-defects", "a try")
    assert error.kind == "edition-differs"


# ---- list, show, export


@pytest.fixture
def washington(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with Washington and Xinhua published, that the command line uses."""
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)


@pytest.mark.usefixtures("washington")
def test_list_and_show_tell_what_is_stored() -> None:
    listed = run("list")
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == ["washington", "xinhua"]
    told = json.loads(run("show", "washington", "--json").stdout)
    assert told["cells"] == {"anc": 40, "smd": 296}
    assert told["licence"].startswith("CC BY 4.0")
    assert "296 smd" in run("show", "washington").stdout
    assert refusal("show", "atlantis").kind == "unknown-territory"
    assert refusal("show", "washington", "--edition", "1848").kind == "unknown-edition"


@pytest.mark.usefixtures("washington")
@pytest.mark.parametrize("suffix", ["geojson", "geojsonl", "gpkg", "fgb", "parquet", "csv"])
def test_export_gives_back_what_was_imported(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"cells.{suffix}"
    result = run("export", "xinhua", "-o", file, "--level", "grid")
    assert result.exit_code == 0, result.output
    if suffix == "csv":
        assert len(file.read_text(encoding="utf-8").splitlines()) == 423
        return
    read = geopandas.read_parquet if suffix == "parquet" else geopandas.read_file
    exported = read(file).set_index("code").sort_index()
    given = read_boundaries(BOUNDARIES / "xinhua").levels[-1]
    order = np.argsort(given.codes)
    assert list(exported.index) == sorted(given.codes)
    assert list(exported["parent"]) == [given.parents[row] for row in order]
    assert list(exported["households"]) == [given.attributes[row]["households"] for row in order]
    apart = shapely.hausdorff_distance(exported.geometry.array, given.geometries[order])
    assert apart.max() < 1e-6


@pytest.mark.usefixtures("washington")
def test_a_geopackage_takes_every_level(tmp_path: Path) -> None:
    file = tmp_path / "xinhua.gpkg"
    assert run("export", "xinhua", "-o", file).exit_code == 0
    assert {name for name, _ in pyogrio.list_layers(file)} == {"street", "community", "grid"}
    assert refusal("export", "xinhua", "-o", file, "--level", "village").facts["expected"] == "street, community, grid"


@pytest.mark.usefixtures("washington")
def test_an_export_can_be_imported_again(tmp_path: Path) -> None:
    """What leaves as GeoJSON proves to be the same sound grid."""
    for level in ("street", "community", "grid"):
        assert run("export", "xinhua", "-o", tmp_path / f"{level}.geojson", "--level", level).exit_code == 0
    toml = (BOUNDARIES / "xinhua" / "manifest.toml").read_text(encoding="utf-8")
    for was, level in (("streets", "street"), ("communities", "community"), ("grids", "grid")):
        toml = toml.replace(f'"{was}.geojson"', f'"{level}.geojson"')
    for parent in ("street", "community"):
        toml = toml.replace(f'parent = "{parent}"', 'parent = "parent"')
    (tmp_path / "manifest.toml").write_text(toml, encoding="utf-8")
    result = run("check", tmp_path)
    assert result.exit_code == 0, result.stdout
