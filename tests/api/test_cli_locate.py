"""`wangge locate`: every record comes back with its cells, with and without a database."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
import typer
from click.testing import Result
from typer.testing import CliRunner

from api.cli.locate import locate
from geo.boundaries import read_boundaries
from geo.datum import Datum, from_wgs84
from geo.folders import grid_of
from geo.grid import Grid, Location, Outside
from tests.conftest import BOUNDARIES

XINHUA = BOUNDARIES / "xinhua"


@pytest.fixture(scope="module")
def grid() -> Grid:
    return grid_of(read_boundaries(XINHUA))


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_LANG", "en")
    monkeypatch.setenv("WANGGE_HOME", "/nonexistent/no-database-here")


def wangge_locate(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(locate)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def corners(grid: Grid) -> list[tuple[float, float]]:
    """Corners of cells, which lie on edges, and points inside."""
    shapes = [leaf.geometry for leaf in grid.leaves[::30]]
    points = np.vstack(
        [shapely.get_coordinates(shapes)[::9], shapely.get_coordinates(shapely.point_on_surface(shapes))]
    )
    return [(float(lon), float(lat)) for lon, lat in points]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_a_folder_is_enough_and_agrees_with_the_grid(grid: Grid, tmp_path: Path) -> None:
    points = corners(grid)
    path = tmp_path / "points.csv"
    path.write_text("id,lon,lat\n" + "".join(f"{n},{lon},{lat}\n" for n, (lon, lat) in enumerate(points)))
    result = wangge_locate(path, "--grid", XINHUA)
    assert result.exit_code == 0, result.output
    found = rows(result.stdout)
    assert [row["id"] for row in found] == [str(n) for n in range(len(points))]
    for row, (lon, lat) in zip(found, points, strict=True):
        expected = grid.locate(lon, lat)
        assert isinstance(expected, Location)
        assert (row["street_code"], row["community_code"], row["grid_code"]) == expected.cell.path
        assert row["on_edge"] == str(expected.on_edge).lower()
        assert (row["edition"], row["synthetic"]) == (grid.edition, "true")
    assert {row["on_edge"] for row in found} == {"true", "false"}


def test_the_database_gives_the_same(
    database: str, tmp_path: Path, grid: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    path = tmp_path / "points.csv"
    path.write_text("lon,lat\n" + "".join(f"{lon},{lat}\n" for lon, lat in corners(grid)))
    by_folder, by_database = (
        wangge_locate(path, *where).stdout for where in (("--grid", XINHUA), ("--territory", "xinhua"))
    )
    assert by_folder == by_database
    assert len(rows(by_folder)) > 20


def test_outside_names_the_nearest_and_nonsense_stays_with_its_problem(grid: Grid, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("id,lon,lat\nout,117.2,38.3\nbad,east,38.3\nnone,,\nin,116.87,38.32\n")
    result = wangge_locate(path, "--grid", XINHUA)
    assert result.exit_code == 3
    assert "1 inside, 1 outside, 2 without a usable place" in result.stderr
    out, bad, none, inside = rows(result.stdout)
    expected = grid.locate(117.2, 38.3)
    assert isinstance(expected, Outside)
    assert expected.nearest is not None
    assert (out["grid_code"], out["nearest_code"]) == ("", expected.nearest.code)
    assert float(out["nearest_m"]) == pytest.approx(expected.distance_m, abs=0.1)
    assert bad["problem"] == "Value not usable: Expected a number."
    assert none["problem"] == "Value not usable: This field is required."
    assert (inside["problem"], inside["nearest_code"]) == ("", "")


def test_datum_and_accuracy_count(grid: Grid, tmp_path: Path) -> None:
    lon, lat = 116.87, 38.32
    x, y = from_wgs84(lon, lat, Datum.GCJ02)
    path = tmp_path / "points.csv"
    path.write_text(f"经度,纬度,m\n{x},{y},5000\n{x},{y},0.5\n")
    columns = ("--map", "lon=经度", "--map", "lat=纬度", "--map", "accuracy=m")
    first, second = rows(wangge_locate(path, "--grid", XINHUA, "--datum", "gcj02", *columns).stdout)
    expected = grid.locate(lon, lat)
    assert isinstance(expected, Location)
    assert first["grid_code"] == second["grid_code"] == expected.cell.code
    assert (first["ambiguous"], second["ambiguous"]) == ("true", "false")
    assert (float(first["lon"]), float(first["lat"])) == (pytest.approx(lon, abs=1e-7), pytest.approx(lat, abs=1e-7))


@pytest.mark.parametrize("suffix", ["csv", "parquet", "geojsonl", "geojson", "gpkg", "fgb"])
def test_json_of_changing_shape_comes_out_whole(tmp_path: Path, suffix: str) -> None:
    records: list[dict[str, Any]] = [
        {"lon": 116.87, "lat": 38.32, "n": 1},
        {"lon": "116.87", "lat": 38.32, "n": "two", "late": True},
    ]
    path = tmp_path / "points.ndjson"
    filler = [records[0]] * 20_000  # so that the second shape comes in a later batch
    path.write_text("\n".join(json.dumps(record) for record in [*filler, records[1]]))
    out = tmp_path / f"out.{suffix}"
    result = wangge_locate(path, "--grid", XINHUA, "-o", out)
    assert result.exit_code == 0, result.output
    assert "20001 inside" in result.stderr
    if suffix == "parquet":
        last = pq.read_table(out).slice(20_000).to_pylist()[0]
        assert (last["n"], last["late"], last["grid_code"][:6]) == ("two", True, "130902")
    if suffix == "geojsonl":
        assert json.loads(out.read_text().split("\x1e")[-1])["properties"]["n"] == "two"


def test_one_source_of_the_grid_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("lon,lat\n")
    assert wangge_locate(path).exit_code == 2
    assert wangge_locate(path, "--grid", XINHUA, "--territory", "xinhua").exit_code == 2
