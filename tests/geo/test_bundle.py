"""Bundles: the same answers out of one file, and a file that is not whole is refused with a reason."""

import dataclasses
import hashlib
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import geopandas
import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.draws import DRAWS
from tests.conftest import BOUNDARIES, ROOT
from tests.geo.builders import two_streets
from wangge.data import messages
from wangge.data.languages import LANGUAGES
from wangge.geo.boundaries import read_boundaries
from wangge.geo.bundle import VERSION, BadBundle, NewerBundle, open_bundle, write_bundle
from wangge.geo.cover import OUTSIDE, Cover, UnsoundCover
from wangge.geo.folders import grid_of
from wangge.geo.grid import Grid


@pytest.fixture(scope="module")
def grid() -> Grid:
    return grid_of(two_streets())


@pytest.fixture(scope="module")
def whole(grid: Grid, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("bundles") / "testland.bundle"
    write_bundle(grid, path)
    return path.read_bytes()


def asked(grid: Grid, points: np.ndarray) -> tuple[list[int], list[bool], list[list[str | None]]]:
    hits = grid.locate_many(points[:, 0], points[:, 1])
    codes = [grid.codes(hits.position, level.key).to_pylist() for level in grid.levels]
    return hits.position.tolist(), hits.on_edge.tolist(), codes


@pytest.mark.parametrize("territory", ["xinhua", "washington", "taipei"])
def test_it_answers_as_the_grid_does(territory: str, tmp_path: Path) -> None:
    grid = grid_of(read_boundaries(BOUNDARIES / territory))
    write_bundle(grid, tmp_path / "a.bundle")
    opened = open_bundle(tmp_path / "a.bundle")
    rng = np.random.default_rng(5)
    points = np.concatenate([DRAWS[draw](grid.index.polygons, 500, rng) for draw in DRAWS])
    assert asked(opened, points) == asked(grid, points)
    for lon, lat in points[::97]:
        assert opened.index.locate(lon, lat) == grid.index.locate(lon, lat)
        if abs(lon) <= 180 and abs(lat) <= 90:
            near, expected = opened.nearest(lon, lat), grid.nearest(lon, lat)
            assert (near.nearest and near.nearest.code, near.distance_m) == (
                expected.nearest and expected.nearest.code,
                expected.distance_m,
            )


def test_it_says_which_edition_it_is(grid: Grid, whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(whole)
    opened = open_bundle(tmp_path / "a")
    for fact in ("territory", "edition", "hash", "timezone", "synthetic", "levels"):
        assert getattr(opened, fact) == getattr(grid, fact), fact
    assert {(c.level, c.code, c.name, c.path) for c in opened.cells} == {
        (c.level, c.code, c.name, c.path) for c in grid.cells
    }
    assert opened.hash


def test_the_same_edition_makes_the_same_bytes(grid: Grid, whole: bytes, tmp_path: Path) -> None:
    write_bundle(grid_of(two_streets()), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == whole
    write_bundle(open_bundle(tmp_path / "again"), tmp_path / "from a bundle")
    assert (tmp_path / "from a bundle").read_bytes() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "from a bundle"]


def test_other_programs_can_read_it(grid: Grid, whole: bytes) -> None:
    with ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["manifest.json", "cells.parquet", "cover.bin"]
        manifest = orjson.loads(archive.read("manifest.json"))
        frame = geopandas.read_parquet(io.BytesIO(archive.read("cells.parquet")))
    assert (manifest["version"], manifest["base_cells"]) == (VERSION, len(grid.leaves))
    leaves = frame[frame["level"] == "grid"]
    assert leaves["code"].tolist() == [leaf.code for leaf in grid.leaves]
    assert shapely.equals(leaves.geometry.to_numpy(), grid.index.polygons).all()


def test_an_interrupted_write_leaves_what_was_there(grid: Grid, tmp_path: Path) -> None:
    target = tmp_path / "a.bundle"
    target.write_bytes(b"before")
    broken = dataclasses.replace(grid.leaves[0], name=object())  # type: ignore[arg-type]
    unwritable = Grid(
        "x", "1", grid.levels, [broken, *grid.leaves[1:], *(c for c in grid.cells if c.level == "street")]
    )
    with pytest.raises(Exception, match="object"):
        write_bundle(unwritable, target)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def refused(path: Path) -> str:
    """What an unusable bundle is refused with, after seeing that it can be said in both languages."""
    with pytest.raises((BadBundle, NewerBundle)) as caught:
        open_bundle(path)
    assert caught.value.facts["file"] == path.name
    for language in LANGUAGES:
        title, detail = messages.text(caught.value.kind, caught.value.facts, language)
        assert path.name in detail
        assert "—" not in title + detail
        assert title.isascii() == (language == "en")
    return str(caught.value)


def test_every_truncation_is_refused(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.bundle"
    for length in {*range(0, len(whole), 61), *range(200), *range(len(whole) - 400, len(whole))}:
        path.write_bytes(whole[:length])
        refused(path)


def same_as_before(path: Path, grid: Grid) -> bool:
    """Whether the file can be opened, and then as if nothing had been done to it."""
    try:
        opened = open_bundle(path)
    except (BadBundle, NewerBundle):
        return False
    centres = shapely.get_coordinates(shapely.point_on_surface(grid.index.polygons))
    assert asked(opened, centres) == asked(grid, centres)
    facts = ("territory", "edition", "hash", "timezone", "synthetic", "levels")
    assert [getattr(opened, fact) for fact in facts] == [getattr(grid, fact) for fact in facts]
    assert [cell.path for cell in opened.leaves] == [cell.path for cell in grid.leaves]
    return True


def test_every_altered_byte_is_refused_or_makes_no_difference(grid: Grid, whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "altered.bundle"
    with ZipFile(io.BytesIO(whole)) as archive:
        members = {info.filename: info for info in archive.infolist()}
    harmless = []
    directory = whole.rindex(b"PK\x05\x06") - 3 * 46 - 200
    step = max(1, len(whole) // 1500)
    for at in {*range(0, len(whole), step), *range(directory, len(whole)), *range(80)}:
        for change in (0x01, 0x80):
            altered = bytearray(whole)
            altered[at] ^= change
            path.write_bytes(altered)
            if same_as_before(path, grid):
                harmless.append(at)
    # What may change unnoticed are dates, rights and padding in the heads of the archive, never what it holds.
    for info in members.values():
        start = whole.index(b"PK\x03\x04", info.header_offset)
        length = 30 + int.from_bytes(whole[start + 26 : start + 28], "little")
        length += int.from_bytes(whole[start + 28 : start + 30], "little")
        assert not [at for at in harmless if start + length <= at < start + length + info.file_size]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"PK", "zip"),
        (b"not a bundle at all" * 100, "zip"),
        (bytes(range(256)) * 50, "zip"),
    ],
    ids=["empty", "two bytes", "text", "bytes"],
)
def test_what_is_something_else_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.bundle"
    path.write_bytes(content)
    assert says in refused(path)


def test_directories_and_missing_files_are_refused(tmp_path: Path) -> None:
    assert re.search("(?i)directory", refused(tmp_path))
    assert re.search("(?i)no such file", refused(tmp_path / "none.bundle"))


def repacked(whole: bytes, path: Path, change: Callable[[dict[str, bytes]], None], form: int = ZIP_STORED) -> Path:
    """The bundle with its members changed, and the digests in the manifest made to fit again."""
    with ZipFile(io.BytesIO(whole)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with ZipFile(path, "w", form) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def with_manifest(**changed: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = orjson.dumps(orjson.loads(members["manifest.json"]) | changed)

    return change


def test_a_newer_bundle_says_so(whole: bytes, tmp_path: Path) -> None:
    path = repacked(whole, tmp_path / "new.bundle", with_manifest(version=VERSION + 1))
    with pytest.raises(NewerBundle) as caught:
        open_bundle(path)
    assert caught.value.facts == {"file": "new.bundle", "version": VERSION + 1, "known": VERSION}
    refused(path)


@pytest.mark.parametrize(
    "change",
    [
        with_manifest(format="another"),
        with_manifest(version="1"),
        with_manifest(levels=[]),
        with_manifest(levels=7),
        with_manifest(timezone="Middle/Earth"),
        with_manifest(timezone="../../etc/passwd"),
        with_manifest(base_cells=1),
        with_manifest(sha256={}),
        lambda members: members.pop("manifest.json"),
        lambda members: members.pop("cells.parquet"),
        lambda members: members.pop("cover.bin"),
        lambda members: members.update({"manifest.json": b"{"}),
        lambda members: members.update({"manifest.json": b"[]"}),
        lambda members: members.update({"manifest.json": b" " * (2 << 20)}),
        lambda members: members.update({"cells.parquet": b"PAR1"}),
        lambda members: members.clear(),
    ],
)
def test_a_strange_archive_is_refused(whole: bytes, tmp_path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    refused(repacked(whole, tmp_path / "x.bundle", change))


def test_a_foreign_and_a_compressed_archive_are_refused(whole: bytes, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "foreign.zip", "w") as archive:
        archive.writestr("hello.txt", "hello")
    refused(tmp_path / "foreign.zip")
    refused(repacked(whole, tmp_path / "small.bundle", lambda _: None, ZIP_DEFLATED))


def test_a_cover_that_was_swapped_with_its_digest_is_still_looked_through(whole: bytes, tmp_path: Path) -> None:
    def swap(members: dict[str, bytes]) -> None:
        members["cover.bin"] = members["cover.bin"][:-8]
        manifest = orjson.loads(members["manifest.json"])
        manifest["sha256"]["cover.bin"] = hashlib.sha256(members["cover.bin"]).hexdigest()
        members["manifest.json"] = orjson.dumps(manifest)

    assert re.search("length|begin", refused(repacked(whole, tmp_path / "x.bundle", swap)))


edits = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True), st.sampled_from(["flip", "cut", "insert", "zero"]), st.binary(max_size=9)
    ),
    min_size=1,
    max_size=4,
)


def edited(content: bytes, changes: list[tuple[float, str, bytes]]) -> bytes:
    altered = bytearray(content)
    for share, kind, given_bytes in changes:
        at = int(share * len(altered))
        if kind == "flip" and at < len(altered):
            altered[at] ^= (given_bytes or b"\xff")[0] or 1
        elif kind == "cut":
            del altered[at : at + len(given_bytes)]
        elif kind == "insert":
            altered[at:at] = given_bytes
        elif kind == "zero":
            altered[at : at + 16] = bytes(min(16, len(altered) - at))
    return bytes(altered)


@settings(max_examples=300, deadline=None)
@given(changes=edits)
def test_any_edit_is_refused_or_makes_no_difference(
    grid: Grid, whole: bytes, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[float, str, bytes]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "edited.bundle"
    path.write_bytes(edited(whole, changes))
    same_as_before(path, grid)


@settings(max_examples=500, deadline=None)
@given(changes=edits)
def test_an_edited_cover_never_answers_what_cannot_be(grid: Grid, changes: list[tuple[float, str, bytes]]) -> None:
    """As an attacker would, who recomputes the digest: the index itself looks at everything before it is used."""
    block = np.frombuffer(edited(bytes(grid.index.cover.block), changes), np.uint8)
    try:
        cover = Cover.opened(block)
    except UnsoundCover:
        return
    rng = np.random.default_rng(3)
    points = np.concatenate([DRAWS[draw](grid.index.polygons, 200, rng) for draw in "UOVEAN"])
    hits = cover.locate_many(points[:, 0], points[:, 1])
    assert ((hits.position >= OUTSIDE) & (hits.position < len(cover))).all()


SHARE = """
import sys, time
from pathlib import Path
from wangge.geo.bundle import open_bundle
grid = open_bundle(Path(sys.argv[1]))
grid.locate_many([116.87] * 100_000, [38.32] * 100_000)
grid.index.cover.block.tobytes()
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="reads /proc")
def test_processes_share_one_copy(tmp_path: Path) -> None:
    """What several processes have mapped counts once: each has a share of it."""
    path = tmp_path / "xinhua.bundle"
    grid = grid_of(read_boundaries(BOUNDARIES / "xinhua"))
    write_bundle(grid, path)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SHARE, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        for process in running:
            assert process.stdout
            assert process.stdout.readline() == "open\n"
        size = len(grid.index.cover.block) / 1024
        for process in running:
            mappings = Path(f"/proc/{process.pid}/smaps").read_text().split("VmFlags:")
            (mapped,) = (mapping for mapping in mappings if str(path) in mapping)
            kilobytes = {
                line.split()[0]: int(line.split()[1]) for line in mapped.splitlines() if re.match(r"\w+:\s+\d", line)
            }
            assert kilobytes["Rss:"] >= 0.9 * size
            assert kilobytes["Private_Dirty:"] == 0
            assert kilobytes["Pss:"] < 0.6 * kilobytes["Rss:"]
    finally:
        for process in running:
            process.communicate()


def test_it_stays_open_when_its_file_is_replaced(grid: Grid, whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    path.write_bytes(whole)
    opened = open_bundle(path)
    write_bundle(grid_of(two_streets(A1=None)), path)
    shutil.rmtree(tmp_path)
    points = DRAWS["B"](grid.index.polygons, 1_000, np.random.default_rng(1))
    assert asked(opened, points) == asked(grid, points)
