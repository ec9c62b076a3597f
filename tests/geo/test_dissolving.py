"""Levels that are made of the one below on request, and files whose CRS the manifest names."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from tests.geo.builders import PLANE, box, flat, manifest, manifest_toml, spec, two_streets, write_folder
from wangge.geo.boundaries import BadCell, read_boundaries
from wangge.geo.coverage import check
from wangge.geo.manifest import BadManifest, read_manifest

HEAD = manifest_toml(manifest()).strip()
DRAWN = """
[[levels]]
key = "grid"
name = { en = "Grid", zh = "网格" }
file = "grids.gpkg"
code = "code"
parent = "street"
"""
DISSOLVED = """
[[levels]]
key = "district"
name = { en = "District", zh = "区" }
dissolve = true

[[levels]]
key = "street"
name = { en = "Street", zh = "街道" }
dissolve = true
label = "street_name"
parent = "district"
"""


def folder(path: Path, levels: str = DISSOLVED + DRAWN, **changed: Sequence[str | None]) -> Path:
    """Eighteen base grids alone, which name their street and district."""
    grids = two_streets().levels[1]
    streets = [code[0] for code in grids.codes]
    columns = {
        "code": grids.codes,
        "street": streets,
        "district": ["D"] * 18,
        "street_name": [f"{s} Street" for s in streets],
    }
    frame = geopandas.GeoDataFrame(columns | changed, geometry=grids.geometries, crs="EPSG:4326")
    frame.to_file(path / "grids.gpkg", engine="pyogrio")
    (path / "manifest.toml").write_text(HEAD + "\n" + levels, encoding="utf-8")
    return path


def test_levels_above_are_dissolved_from_what_the_base_grids_name(tmp_path: Path) -> None:
    boundaries = read_boundaries(folder(tmp_path))
    district, street, grid = boundaries.levels
    assert (district.codes, street.codes, len(grid.codes)) == (["D"], ["A", "B"], 18)
    assert (street.names, street.parents) == (["A Street", "B Street"], ["D", "D"])
    drawn = two_streets().levels[0].geometries
    assert shapely.equals(street.geometries, drawn).all()
    assert check(boundaries) == []


def test_a_record_without_a_parent_is_told_by_the_check(tmp_path: Path) -> None:
    lost: list[str | None] = [None, *("A" * 8), *("B" * 9)]
    kinds = {(defect.kind, defect.cells) for defect in check(read_boundaries(folder(tmp_path, street=lost)))}
    assert ("missing-parent", ("A1",)) in kinds


def test_records_of_one_cell_that_name_two_parents_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCell) as refused:
        read_boundaries(folder(tmp_path, district=["D"] * 17 + ["E"]))
    assert (refused.value.facts["record"], refused.value.facts["field"]) == (18, "district")


@pytest.mark.parametrize(
    ("levels", "key"),
    [
        (DRAWN + "dissolve = true\n", "levels[0].dissolve"),
        (DISSOLVED.replace("dissolve = true\nlabel", 'dissolve = true\ncode = "x"\nlabel') + DRAWN, "levels[1].code"),
        (DISSOLVED.replace("true", '"yes"') + DRAWN, "levels[0].dissolve"),
    ],
)
def test_what_cannot_be_dissolved_is_told_with_its_key(tmp_path: Path, levels: str, key: str) -> None:
    (tmp_path / "manifest.toml").write_text(HEAD + "\n" + levels, encoding="utf-8")
    with pytest.raises(BadManifest) as refused:
        read_manifest(tmp_path)
    assert refused.value.facts["key"] == key


def test_the_same_file_for_two_levels_says_what_to_do(tmp_path: Path) -> None:
    """Each base grid's record is read as a street of its own: the codes stand nine times, and nothing more is said."""
    twice = DRAWN.replace('"grid"\n', '"street"\n').replace('code = "code"', 'code = "street"') + DRAWN
    defects = check(read_boundaries(folder(tmp_path, twice)))
    assert {(defect.kind, defect.level, defect.cells) for defect in defects} == {
        ("duplicate-code", "street", ("A",)),
        ("duplicate-code", "street", ("B",)),
    }


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize("stamped", ["EPSG:4326", None])
def test_the_manifest_names_the_crs_of_a_file_with_none_or_a_wrong_one(tmp_path: Path, stamped: str | None) -> None:
    cells = two_streets().levels[1]
    frame = geopandas.GeoDataFrame({"code": cells.codes}, geometry=cells.geometries, crs="EPSG:4326").to_crs(
        "EPSG:32650"
    )
    frame.set_crs(stamped, allow_override=True).to_file(tmp_path / "grid.gpkg", engine="pyogrio")
    one = replace(spec("grid"), label="code", parent=None)
    text = manifest_toml(manifest(one), suffix="gpkg", extra=['crs = "EPSG:32650"'])
    (tmp_path / "manifest.toml").write_text(text)
    read = read_boundaries(tmp_path).levels[0].geometries
    apart = shapely.hausdorff_distance(PLANE.to_metres(read), PLANE.to_metres(cells.geometries))
    assert np.max(apart) < 0.01


def test_a_crs_that_is_none_is_told_with_its_key(tmp_path: Path) -> None:
    write_folder(tmp_path, flat({"a": box(0, 0, 100, 100)}))
    path = tmp_path / "manifest.toml"
    path.write_text(path.read_text().replace("synthetic", 'crs = "EPSG:99999999"\nsynthetic'))
    with pytest.raises(BadManifest) as refused:
        read_boundaries(tmp_path)
    assert refused.value.facts["key"] == "crs"
