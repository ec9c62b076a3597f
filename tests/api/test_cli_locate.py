"""`wangge locate`: every record comes back with its cells, with and without a database."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import shapely
import typer
from typer.testing import CliRunner, Result

from tests.conftest import BOUNDARIES, heed_interrupts
from wangge.api.cli.locate import locate
from wangge.geo.boundaries import read_boundaries
from wangge.geo.bundle import BadBundle, write_bundle
from wangge.geo.datum import Datum, from_wgs84
from wangge.geo.folders import grid_of
from wangge.geo.grid import Grid, Location, Outside

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
    assert (float(first["lon"]), float(first["lat"])) == pytest.approx((lon, lat), abs=1e-7)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow", "geojsonl", "geojson", "gpkg", "fgb"])
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


def test_one_source_of_the_grid_is_needed(tmp_path: Path, grid: Grid) -> None:
    path = tmp_path / "points.csv"
    path.write_text("lon,lat\n")
    assert wangge_locate(path).exit_code == 2
    assert wangge_locate(path, "--grid", XINHUA, "--territory", "xinhua").exit_code == 2
    write_bundle(grid, tmp_path / "xinhua.bundle")
    assert wangge_locate(path, "--grid", XINHUA, "--bundle", tmp_path / "xinhua.bundle").exit_code == 2


def test_a_bundle_gives_the_same(tmp_path: Path, grid: Grid) -> None:
    path, bundle = tmp_path / "points.csv", tmp_path / "xinhua.bundle"
    path.write_text("lon,lat\n" + "".join(f"{lon},{lat}\n" for lon, lat in [*corners(grid), (117.2, 38.3), (0, 0)]))
    write_bundle(grid, bundle)
    by_folder, by_bundle = (wangge_locate(path, *where) for where in (("--grid", XINHUA), ("--bundle", bundle)))
    assert by_bundle.stdout == by_folder.stdout
    assert "2 outside" in by_bundle.stderr


def test_a_cut_bundle_is_refused(tmp_path: Path, grid: Grid) -> None:
    path, bundle = tmp_path / "points.csv", tmp_path / "xinhua.bundle"
    path.write_text("lon,lat\n116.87,38.32\n")
    write_bundle(grid, bundle)
    bundle.write_bytes(bundle.read_bytes()[:-1000])
    assert isinstance(wangge_locate(path, "--bundle", bundle).exception, BadBundle)


def points_file(folder: Path, form: str, places: list[tuple[float, float]]) -> Path:
    """Places, one of them missing, in one form of file."""
    path = folder / f"points.{form}"
    lon, lat = zip(*places, strict=True)
    table = pa.table({"n": list(range(len(places))), "lon": [None, *lon[1:]], "lat": [None, *lat[1:]]})
    frame = geopandas.GeoDataFrame({"n": table["n"]}, geometry=[None, *shapely.points(places[1:])], crs="EPSG:4326")
    match form:
        case "csv":
            pyarrow.csv.write_csv(table, path)
        case "plain.parquet":
            pq.write_table(table, path)
        case "feather":
            with pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table)
        case "parquet":
            frame.to_parquet(path)
        case "point.parquet":
            frame.to_parquet(path, geometry_encoding="geoarrow")
        case "geojsonl":
            path.write_text("".join(f"\x1e{json.dumps(each)}\n" for each in frame.iterfeatures(na="keep")))
        case "geojson":
            path.write_text(json.dumps(frame.to_geo_dict()))
        case _:
            frame.to_file(path)
    return path


@pytest.mark.parametrize(
    "form", ["csv", "plain.parquet", "feather", "parquet", "point.parquet", "geojson", "geojsonl", "gpkg"]
)
def test_every_form_of_input_gives_the_same_cells(tmp_path: Path, grid: Grid, form: str) -> None:
    places = [(0.0, 0.0), *corners(grid)]
    out = tmp_path / "out.arrow"
    result = wangge_locate(points_file(tmp_path, form, places), "--grid", XINHUA, "-o", out, "--threads", 2)
    assert result.exit_code == 3
    found = {int(row["n"]): row for row in pa.ipc.open_file(out).read_all().to_pylist()}
    assert len(found) == len(places)
    assert (found[0]["grid_code"], found[0]["problem"]) == (None, "Value not usable: This field is required.")
    for n, place in enumerate(places[1:], 1):
        expected = grid.locate(*place)
        assert isinstance(expected, Location)
        assert (found[n]["grid_code"], found[n]["on_edge"]) == (expected.cell.code, expected.on_edge)
        assert shapely.from_wkb(found[n]["geometry"]).equals(shapely.Point(place))


def test_a_geometry_that_is_no_point_costs_only_its_own_row(tmp_path: Path) -> None:
    shapes = [shapely.Point(116.87, 38.32), shapely.box(0, 0, 1, 1), shapely.Point(), shapely.Point(38.32, 116.87)]
    path = tmp_path / "points.parquet"
    geopandas.GeoDataFrame({"n": range(4)}, geometry=shapes, crs="EPSG:4326").to_parquet(path)
    result = wangge_locate(path, "--grid", XINHUA)
    assert "1 inside, 0 outside, 3 without a usable place" in result.stderr
    first, *others = rows(result.stdout)
    assert first["problem"] == ""
    assert all(row["problem"].startswith("Value not usable: ") for row in others)
    assert len({row["problem"] for row in others}) == 2  # the last one looks like an exchange of lon and lat


def test_the_nearest_can_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("lon,lat\n117.2,38.3\n")
    (row,) = rows(wangge_locate(path, "--grid", XINHUA, "--no-nearest").stdout)
    assert (row["nearest_code"], row["nearest_m"]) == ("", "")


def test_a_second_run_keeps_the_codes_of_the_first(tmp_path: Path) -> None:
    once, twice = tmp_path / "once.parquet", tmp_path / "twice.parquet"
    path = tmp_path / "points.csv"
    path.write_text("lon,lat\n116.87,38.32\n117.2,38.3\n")
    wangge_locate(path, "--grid", XINHUA, "-o", once)
    assert wangge_locate(once, "--grid", XINHUA, "-o", twice).exit_code == 0
    for row in pq.read_table(twice).to_pylist():
        assert row["grid_code_before"] == row["grid_code"]
        assert row["nearest_m_before"] == row["nearest_m"]


def process(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from wangge.api.cli import main; main()", "locate", *map(str, arguments)]
    where = BOUNDARIES.parent.parent
    return subprocess.Popen(command, cwd=where, stderr=subprocess.DEVNULL, preexec_fn=heed_interrupts)


def peak_mb(*arguments: object) -> float:
    running = process(*arguments)
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0
    return usage.ru_maxrss / 1024


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for count in (100_000, 2_000_000):
        path = tmp_path / "points.parquet"
        columns = {"lon": np.full(count, 116.87), "lat": np.full(count, 38.32), "n": np.arange(count)}
        pq.write_table(pa.table(columns), path)
        peaks.append(peak_mb(path, "--grid", XINHUA, "-o", tmp_path / "out.parquet"))
        assert pq.read_metadata(tmp_path / "out.parquet").num_rows == count
    # All records at once would take 400 MB more.
    assert peaks[1] - peaks[0] < 150


def test_an_interrupted_run_leaves_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    path, folder = tmp_path / "points.csv", tmp_path / "out"
    path.write_text("lon,lat\n" + "116.87,38.32\n" * 3_000_000)
    folder.mkdir()
    running = process(path, "--grid", XINHUA, "-o", folder / "out.geojsonl")
    while not any(folder.iterdir()):
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    assert running.wait(20) == 130
    assert list(folder.iterdir()) == []
    path.write_text("lon,lat\n116.87,38.32\n")
    assert wangge_locate(path, "--grid", XINHUA, "-o", folder / "out.geojsonl").exit_code == 0
    assert [each.name for each in folder.iterdir()] == ["out.geojsonl"]
