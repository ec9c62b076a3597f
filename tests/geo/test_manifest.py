"""A manifest: read as it stands, and each mistake told with its key."""

from datetime import date
from pathlib import Path

import pytest

from wangge.geo.datum import Datum
from wangge.geo.files.vector import MissingFile
from wangge.geo.manifest import BadManifest, read_manifest

GOOD = """
code = "xinhua"
name = { en = "Xinhua District", zh = "新华区" }
timezone = "Asia/Shanghai"
edition = "2026-01"
valid_from = 2026-01-01
datum = "gcj02"
source = "survey"
licence = "CC0-1.0"
synthetic = false

[[levels]]
key = "street"
name = { en = "Street", zh = "街道" }
file = "cells.gpkg"
layer = "street"
code = "code"
label = "name"

[[levels]]
key = "grid"
name = { zh = "网格" }
file = "cells.gpkg"
code = "code"
parent = "street"
attributes = ["households"]
"""


def write(folder: Path, text: str) -> Path:
    (folder / "manifest.toml").write_text(text, encoding="utf-8")
    return folder


def test_every_key_is_read(tmp_path: Path) -> None:
    manifest = read_manifest(write(tmp_path, GOOD))
    assert (manifest.code, manifest.edition, manifest.timezone) == ("xinhua", "2026-01", "Asia/Shanghai")
    assert (manifest.valid_from, manifest.datum, manifest.synthetic) == (date(2026, 1, 1), Datum.GCJ02, False)
    street, grid = manifest.levels
    assert (street.layer, street.label, street.parent, street.attributes) == ("street", "name", None, ())
    assert (grid.layer, grid.label, grid.parent, grid.attributes) == (None, None, "street", ("households",))
    assert grid.name == {"en": "网格", "zh": "网格"}


@pytest.mark.parametrize(
    ("was", "becomes", "key"),
    [
        ('code = "xinhua"', "", "code"),
        ('code = "xinhua"', 'code = "Xin Hua"', "code"),
        ('code = "xinhua"', 'code = "xinhua"\nedtion = "2"', "edtion"),
        ('timezone = "Asia/Shanghai"', 'timezone = "Asia/Cangzhou"', "timezone"),
        ("valid_from = 2026-01-01", 'valid_from = "2026-01-01"', "valid_from"),
        ("valid_from = 2026-01-01", "valid_from = 2026-01-01T00:00:00Z", "valid_from"),
        ('datum = "gcj02"', 'datum = "mars"', "datum"),
        ("synthetic = false", 'synthetic = "no"', "synthetic"),
        ('edition = "2026-01"', 'edition = " "', "edition"),
        ('name = { en = "Xinhua District", zh = "新华区" }', 'name = "Xinhua"', "name"),
        ('layer = "street"', 'layer = "street"\npurpose = "use"', "levels[0].purpose"),
        ('attributes = ["households"]', "purpose = 7", "levels[1].purpose"),
        ('name = { en = "Xinhua District", zh = "新华区" }', "name = {}", "name"),
        ('name = { en = "Xinhua District", zh = "新华区" }', 'name = { fr = "Xinhua" }', "name.fr"),
        ('parent = "street"\n', "", "levels[1].parent"),
        ('key = "grid"', 'key = "street"', "levels[1].key"),
        ('key = "grid"', 'key = "labels"', "levels[1].key"),
        ('attributes = ["households"]', "attributes = [1]", "levels[1].attributes"),
        ('attributes = ["households"]', 'atributes = ["households"]', "levels[1].atributes"),
        ('file = "cells.gpkg"\nlayer', 'file = "../cells.gpkg"\nlayer', "levels[0].file"),
        ('file = "cells.gpkg"\nlayer', 'file = "/etc/passwd"\nlayer', "levels[0].file"),
        ('file = "cells.gpkg"\nlayer', 'file = "a\\u0000b"\nlayer', "levels[0].file"),
    ],
)
def test_a_mistake_is_told_with_its_key(tmp_path: Path, was: str, becomes: str, key: str) -> None:
    assert was in GOOD
    with pytest.raises(BadManifest) as refusal:
        read_manifest(write(tmp_path, GOOD.replace(was, becomes, 1)))
    assert refusal.value.facts["key"] == key
    assert refusal.value.facts["expected"]
    assert refusal.value.facts["file"].endswith("manifest.toml")


def test_a_misspelt_key_is_told_with_the_one_meant(tmp_path: Path) -> None:
    with pytest.raises(BadManifest) as refusal:
        read_manifest(write(tmp_path, GOOD.replace("attributes", "atributes")))
    assert "attributes" in refusal.value.facts["expected"]


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "cells.gpkg").symlink_to(tmp_path / "secret.gpkg")
    with pytest.raises(BadManifest) as refusal:
        read_manifest(write(tmp_path / "in", GOOD))
    assert refusal.value.facts["key"] == "levels[0].file"


def test_levels_are_needed(tmp_path: Path) -> None:
    with pytest.raises(BadManifest) as refusal:
        read_manifest(write(tmp_path, GOOD.split("[[levels]]")[0]))
    assert refusal.value.facts["key"] == "levels"


@pytest.mark.parametrize("text", ["code = ", "levels = [1]\n" + GOOD.split("[[levels]]")[0]])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadManifest):
        read_manifest(write(tmp_path, text))


def test_other_encodings_and_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        read_manifest(tmp_path)
    (tmp_path / "manifest.toml").write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(BadManifest):
        read_manifest(tmp_path)
