"""Boundaries are read the same from every format, CRS and datum; a bad file is refused with its place."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely

from tests.geo.builders import box, flat, level, manifest, manifest_toml, spec, two_streets, write_folder
from wangge.geo.boundaries import BadCell, Boundaries, LevelCells, edition_hash, read_boundaries, read_outline
from wangge.geo.datum import Datum, from_wgs84
from wangge.geo.errors import WanggeError
from wangge.geo.files.vector import MissingField, MissingFile, MissingLayer, UnreadableFile
from wangge.geo.manifest import BadManifest

SUFFIXES = ["geojson", "geojsonl", "gpkg", "shp", "fgb", "parquet"]


@pytest.fixture
def territory() -> Boundaries:
    """Two streets whose grids carry attributes."""
    streets, grids = two_streets().levels
    attributed = replace(
        grids,
        spec=replace(grids.spec, attributes=("homes", "kind")),
        attributes=[{"homes": 300 + i, "kind": None if i == 4 else "flats"} for i in range(len(grids.codes))],
    )
    return Boundaries(manifest(streets.spec, attributed.spec), (streets, attributed))


def rows(cells: LevelCells) -> list[tuple[Any, ...]]:
    """What a level says of its cells, in the order of codes: some formats order their records by place."""
    columns = zip(cells.codes, cells.names, cells.parents, cells.attributes, strict=True)
    return sorted(columns, key=lambda row: row[0])


def same_places(read: LevelCells, built: LevelCells) -> bool:
    order = [built.codes.index(code) for code in read.codes]
    apart = shapely.hausdorff_distance(shapely.boundary(read.geometries), shapely.boundary(built.geometries[order]))
    return bool((apart < 1e-8).all())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_reads_the_same(tmp_path: Path, territory: Boundaries, suffix: str) -> None:
    read = read_boundaries(write_folder(tmp_path, territory, suffix=suffix))
    for level_read, level_built in zip(read.levels, territory.levels, strict=True):
        assert rows(level_read) == rows(level_built)
        assert same_places(level_read, level_built)
    assert edition_hash(read) == edition_hash(territory)


def test_what_special_grids_are_for_is_read_and_makes_another_edition(tmp_path: Path, territory: Boundaries) -> None:
    streets, grids = territory.levels
    uses = ["park" if at == 3 else None for at in range(len(grids.codes))]

    def folder(name: str, uses: list[str | None]) -> Path:
        where = tmp_path / name
        where.mkdir()
        told = [{**kept, "use": use} for kept, use in zip(grids.attributes, uses, strict=True)]
        spec_ = replace(grids.spec, attributes=(*grids.spec.attributes, "use"))
        write_folder(where, replace(territory, levels=(streets, replace(grids, spec=spec_, attributes=told))))
        with (where / "manifest.toml").open("a", encoding="utf-8") as file:  # of its last level
            file.write('purpose = "use"\n')
        return where

    read = read_boundaries(folder("good", uses))
    assert list(read.levels[1].purposes) == uses
    assert read.levels[0].purposes == ()
    assert edition_hash(read) != edition_hash(territory)
    assert edition_hash(read_boundaries(folder("none", [None] * len(uses)))) == edition_hash(territory)
    with pytest.raises(BadCell) as refused:
        read_boundaries(folder("bad", ["parks", *uses[1:]]))
    assert (refused.value.facts["record"], refused.value.facts["field"]) == (1, "use")
    assert "did you mean park?" in refused.value.facts["expected"]


@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:32650", "EPSG:3857", "EPSG:4490", "EPSG:4610"])
def test_the_files_own_crs_is_honoured(tmp_path: Path, territory: Boundaries, crs: str) -> None:
    read = read_boundaries(write_folder(tmp_path, territory, suffix="gpkg", crs=crs))
    assert all(same_places(a, b) for a, b in zip(read.levels, territory.levels, strict=True))


@pytest.mark.parametrize("datum", Datum)
def test_the_manifests_datum_is_undone(tmp_path: Path, territory: Boundaries, datum: Datum) -> None:
    def shift(xy: Any) -> Any:
        return np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], datum))

    levels = tuple(replace(cells, geometries=shapely.transform(cells.geometries, shift)) for cells in territory.levels)
    shifted = Boundaries(replace(territory.manifest, datum=datum), levels)
    read = read_boundaries(write_folder(tmp_path, shifted))
    assert all(same_places(a, b) for a, b in zip(read.levels, territory.levels, strict=True))


def test_a_crs_that_is_never_shifted_contradicts_gcj02(tmp_path: Path, territory: Boundaries) -> None:
    claimed = replace(territory, manifest=replace(territory.manifest, datum=Datum.GCJ02))
    with pytest.raises(BadManifest) as refusal:
        read_boundaries(write_folder(tmp_path, claimed, suffix="gpkg", crs="EPSG:4610"))
    assert refusal.value.facts["key"] == "datum"


def test_numbers_are_codes_without_a_point(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame({"code": [1.0, 20.0]}, geometry=[box(0, 0, 9, 9), box(9, 0, 18, 9)], crs=4326)
    frame.to_file(tmp_path / "grid.geojson")
    toml = manifest_toml(manifest(replace(spec("grid"), label=None, parent=None)))
    (tmp_path / "manifest.toml").write_text(toml.replace('label = "None"\n', ""))
    cells = read_boundaries(tmp_path).levels[0]
    assert cells.codes == cells.names == ["1", "20"]


# ---- the hash of an edition


def test_the_hash_does_not_know_the_order_of_rows_nor_the_start_of_a_ring(territory: Boundaries) -> None:
    streets, grids = territory.levels
    turned = level(
        grids.spec,
        {
            code: shapely.Polygon(np.roll(shape.exterior.coords[:-1], 1, axis=0)[::-1])
            for code, shape in reversed(list(zip(grids.codes, grids.geometries, strict=True)))
        },
        dict(zip(grids.codes, grids.parents, strict=True)),  # type: ignore[arg-type]
    )
    turned = replace(turned, attributes=grids.attributes[::-1])
    assert edition_hash(replace(territory, levels=(streets, turned))) == edition_hash(territory)


@pytest.mark.parametrize("change", ["codes", "names", "parents", "attributes", "geometries"])
def test_the_hash_knows_every_part_of_a_cell(territory: Boundaries, change: str) -> None:
    streets, grids = territory.levels
    other: Any = {
        "codes": ["Z1", *grids.codes[1:]],
        "names": ["another", *grids.names[1:]],
        "parents": ["B", *grids.parents[1:]],
        "attributes": [{"homes": 1, "kind": "flats"}, *grids.attributes[1:]],
        "geometries": np.array([box(-300, 0, -200, 100.001), *grids.geometries[1:]], dtype=object),
    }[change]
    changed = replace(territory, levels=(streets, replace(grids, **{change: other})))
    assert edition_hash(changed) != edition_hash(territory)


# ---- bad files: a refusal with its place, and never a traceback


def folder_of(folder: Path, content: bytes, name: str = "grid.geojson", level_spec: Any = None) -> Path:
    given = level_spec or replace(spec("grid"), parent=None)
    (folder / "manifest.toml").write_text(manifest_toml(manifest(given), suffix=name.partition(".")[2]))
    (folder / name).write_bytes(content)
    return folder


def collection(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def feature(code: Any, geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"code": code, "name": "n"}, "geometry": geometry}


SQUARE = {"type": "Polygon", "coordinates": [[[116, 38], [116.1, 38], [116.1, 38.1], [116, 38.1], [116, 38]]]}


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "geojson", "geojsonl", "parquet", "dbf", "shp"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    rows = {f"{i:03d}": box(i * 10, 0, i * 10 + 10, 10) for i in range(200)}
    folder = write_folder(tmp_path, flat(rows), suffix="shp" if suffix == "dbf" else suffix)
    file = folder / f"grid.{suffix}"
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises((UnreadableFile, BadCell)) as refusal:
        read_boundaries(folder)
    assert "grid." in refusal.value.facts["file"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "unreadable-file"),
        (b"not a map", "unreadable-file"),
        (b'{"type": "FeatureCollection", "features": [{]}', "unreadable-file"),
        (b"<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>", "unreadable-file"),
        (collection(), "missing-field"),
        (collection(feature("a", SQUARE), feature(None, SQUARE)), "bad-cell"),
        (collection(feature("a", SQUARE), feature("  ", SQUARE)), "bad-cell"),
        (collection(feature("a", SQUARE), feature("b", None)), "bad-cell"),
        (collection(feature("a", SQUARE), feature("b", {"type": "Point", "coordinates": [116, 38]})), "bad-cell"),
    ],
)
def test_bad_content_is_refused(tmp_path: Path, content: bytes, kind: str) -> None:
    with pytest.raises(WanggeError) as refusal:
        read_boundaries(folder_of(tmp_path, content))
    assert refusal.value.kind == kind
    assert refusal.value.facts["file"].endswith("grid.geojson")
    if kind == "bad-cell":
        assert refusal.value.facts["record"] == 2
        assert refusal.value.facts["expected"]


def test_a_missing_file_layer_or_field_is_told(tmp_path: Path, territory: Boundaries) -> None:
    folder = write_folder(tmp_path, territory, suffix="gpkg")
    toml = (folder / "manifest.toml").read_text()

    def refusal(was: str, becomes: str) -> dict[str, Any]:
        (folder / "manifest.toml").write_text(toml.replace(was, becomes))
        with pytest.raises((MissingFile, MissingLayer, MissingField)) as caught:
            read_boundaries(folder)
        return {"kind": caught.value.kind, **caught.value.facts}

    assert refusal("grid.gpkg", "grids.gpkg")["kind"] == "missing-file"
    told = refusal('file = "grid.gpkg"', 'file = "grid.gpkg"\nlayer = "village"')
    assert (told["kind"], told["layer"], told["expected"]) == ("missing-layer", "village", "grid")
    told = refusal("['homes', 'kind']", "['homes', 'floors']")
    assert (told["kind"], told["field"]) == ("missing-field", "floors")
    assert "homes" in told["expected"]


def test_of_several_layers_one_must_be_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, flat({"a": box(0, 0, 9, 9)}), suffix="gpkg")
    frame = pyogrio.read_dataframe(folder / "grid.gpkg")
    pyogrio.write_dataframe(frame, folder / "grid.gpkg", layer="other", append=True)
    with pytest.raises(MissingLayer) as refusal:
        read_boundaries(folder)
    assert refusal.value.facts["expected"] == "grid, other"
    assert refusal.value.kind == "which-layer"  # none was named, so none is missing


def test_an_outline_is_one_shape_in_wgs84(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(geometry=[box(0, 0, 100, 100), box(100, 0, 200, 100)], crs=4326)
    frame.to_crs("EPSG:4547").to_file(tmp_path / "outline.gpkg")
    outline = read_outline(tmp_path / "outline.gpkg")
    assert outline.symmetric_difference(box(0, 0, 200, 100)).area < 1e-12
