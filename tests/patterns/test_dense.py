"""Dense places of sessions as a file: a planted crowd is found where it is, and one person's list is no crowd."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from typer.testing import CliRunner, Result

from tests.conftest import clone
from tests.patterns.planting import Reports
from wangge.api.cli.main import build
from wangge.reports.errors import UnknownCategory
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster


@pytest.fixture(scope="module")
def city(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    for url in clone(cluster, furnished):
        with connect(url) as connection:
            grid = load_grid(connection, "xinhua")
        reports = Reports(grid, 3)
        reports.background("lamp", 150)
        crowd, walk = 200, 350
        for n in range(40):
            reports.add(crowd, 0.5 + 2 * n, "lamp")
        for n in range(40):  # within an hour
            reports.add(walk, 5 + n * 0.0005, "lamp")
        reports.store(url)
        centre = reports.centres
        yield {"url": url, "crowd": centre[crowd], "walk": centre[walk], "home": tmp_path_factory.mktemp("home")}


def dense(city: dict[str, Any], *arguments: str) -> Result:
    env = {"WANGGE_DATABASE_URL": city["url"], "WANGGE_HOME": str(city["home"]), "WANGGE_LANG": "en", "COLUMNS": "400"}
    command = ["findings", "dense", "xinhua", "--day", "2026-06-30", *arguments]
    return CliRunner().invoke(build("findings"), command, env=env)


def test_a_crowd_is_found_and_a_walk_is_none(city: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "dense.geojson"
    result = dense(city, "--category", "lamp", "--least", "15", "-o", str(file))
    assert result.exit_code == 0, result.output
    features = json.loads(file.read_text("utf-8"))["features"]
    hulls = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    assert [hull.distance(city["crowd"]) < 2e-3 for hull in hulls][:1] == [True]
    assert features[0]["properties"]["sessions"] >= 15
    assert not [hull for hull in hulls if hull.covers(city["walk"])]
    few = dense(city, "--category", "lamp", "--days", "1", "-o", str(tmp_path / "none.geojson"))
    assert few.exit_code == 0
    assert json.loads((tmp_path / "none.geojson").read_text())["features"] == []


def test_a_category_that_is_none_is_told(city: dict[str, Any], tmp_path: Path) -> None:
    refused = dense(city, "--category", "lmap", "-o", str(tmp_path / "x.geojson"))
    assert isinstance(refused.exception, UnknownCategory)
    assert not list(tmp_path.iterdir())
