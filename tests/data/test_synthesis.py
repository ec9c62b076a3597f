"""Whoever runs the generator gets the files that are shipped."""

import gzip
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest

ROOT = Path(__file__).parents[2]
MADE = {
    "xinhua": ["streets.geojson", "communities.geojson", "grids.geojson"],
    "washington": ["anc.geojson"],
    "taipei": ["districts.geojson", "villages.geojson"],
}


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    names = [*MADE, "hejian", "reports", "staff", "courses", "villages", "countryside", "lamps"]
    command = [sys.executable, "-m", "wangge.demo.synthesis", *names, "--to", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize(("territory", "name"), [(t, name) for t, names in MADE.items() for name in names])
def test_cells_come_out_byte_for_byte(again: Path, territory: str, name: str) -> None:
    file = Path("boundaries") / territory / name
    assert (again / file).read_bytes() == (ROOT / "data" / file).read_bytes()


@pytest.mark.parametrize("layer", ["township", "village", "grid"])
def test_hejian_comes_out_feature_for_feature(again: Path, layer: str) -> None:
    made, shipped = (
        gpd.read_file(root / "boundaries" / "hejian" / "cells.gpkg", layer=layer) for root in (again, ROOT / "data")
    )
    assert made.drop(columns="geometry").equals(shipped.drop(columns="geometry"))
    assert made.geometry.to_wkb().equals(shipped.geometry.to_wkb())


PEOPLE = (
    "xinhua/roster.csv",
    "xinhua/leave.csv",
    "xinhua/organisations.toml",
    "xinhua/members.csv",
    "hejian/roster.csv",
)


@pytest.mark.parametrize("name", [*PEOPLE, "hejian/roster.csv"])
def test_people_come_out_byte_for_byte(again: Path, name: str) -> None:
    file = Path("boundaries") / name
    assert (again / file).read_bytes() == (ROOT / "data" / file).read_bytes()


@pytest.mark.parametrize(
    "name", [f"{city}_2025{what}.csv.gz" for city in ("xinhua", "hejian") for what in ("", "_courses")]
)
def test_reports_come_out_byte_for_byte(again: Path, name: str) -> None:
    file = Path("reports") / name
    assert gzip.decompress((again / file).read_bytes()) == gzip.decompress((ROOT / "data" / file).read_bytes())


def test_lamps_come_out_byte_for_byte(again: Path) -> None:
    file = Path("assets") / "xinhua" / "lamp.csv"
    assert (again / file).read_bytes() == (ROOT / "data" / file).read_bytes()


def test_villages_come_out_byte_for_byte(again: Path) -> None:
    files = [
        *(ROOT / "data" / "attributes" / "hejian").glob("*.csv"),
        *(ROOT / "data" / "overlays" / "hejian").glob("*.geojson"),
    ]
    assert len(files) == 4
    for file in files:
        assert (again / file.relative_to(ROOT / "data")).read_bytes() == file.read_bytes()


def test_unknown_name_is_refused_with_the_known_ones() -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "wangge.demo.synthesis", "atlantis"], cwd=ROOT, capture_output=True, text=True
    )
    assert refused.returncode == 2
    assert "xinhua" in refused.stderr
