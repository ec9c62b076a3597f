"""A saved cover comes back as it was; whatever else lies in the file, a look-up stays inside it.

The altered covers are tried in a process of its own, so that a crash is seen as what it is.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from bench.cities import city, polygon_sets
from bench.draws import DRAWS
from tests.conftest import ROOT
from wangge.geo.cover import Cover, UnsoundCover
from wangge.geo.index import GridIndex

SETS = polygon_sets()
HEADER = 128


@pytest.fixture(scope="module", params=["shared", "overlapping", "lattice"])
def index(request: pytest.FixtureRequest) -> GridIndex:
    return GridIndex(SETS[request.param](3))


def points_of(index: GridIndex, count: int = 300) -> np.ndarray:
    rng = np.random.default_rng(11)
    return np.concatenate([DRAWS[draw](index.polygons, count, rng) for draw in DRAWS])


def test_a_saved_cover_gives_the_same_answers(index: GridIndex, tmp_path: Path) -> None:
    path = tmp_path / "cover.bin"
    index.save(path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == bytes(index.cover.block)
    loaded = Cover.load(path)
    assert len(loaded) == len(index)
    x, y = points_of(index).T
    for mine, theirs in zip(loaded.locate_many(x, y), index.locate_many(x, y), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert [loaded.locate(*point) for point in zip(x[:99], y[:99], strict=True)] == [
        index.locate(*point) for point in zip(x[:99], y[:99], strict=True)
    ]


def test_an_index_over_a_loaded_cover_needs_no_polygons_for_a_look_up(index: GridIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "cover.bin")

    def polygons() -> np.ndarray:
        raise AssertionError("nobody asked for them")

    again = GridIndex(polygons, Cover.load(tmp_path / "cover.bin"))
    assert len(again) == len(index)
    x, y = points_of(index, 20).T
    np.testing.assert_array_equal(again.locate_many(x, y).position, index.locate_many(x, y).position)


def test_a_cover_is_saved_over_the_one_before(index: GridIndex, tmp_path: Path) -> None:
    path = tmp_path / "cover.bin"
    GridIndex([shapely.box(0, 0, 1, 1)]).save(path)
    before = Cover.load(path)
    index.save(path)
    assert len(Cover.load(path)) == len(index)
    assert before.locate(0.5, 0.5) == (0, False)  # who has it open keeps it


def test_an_empty_cover_can_be_saved(tmp_path: Path) -> None:
    GridIndex([]).save(tmp_path / "cover.bin")
    loaded = Cover.load(tmp_path / "cover.bin")
    assert (len(loaded), loaded.locate(0, 0)) == (0, (-1, False))


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, lambda block: np.frombuffer(block, np.uint8)])
def test_any_buffer_will_do_and_is_kept_alive(index: GridIndex, form: type) -> None:
    opened = Cover.opened(form(bytes(index.cover.block)))
    x, y = points_of(index, 20).T
    np.testing.assert_array_equal(opened.locate_many(x, y).position, index.locate_many(x, y).position)
    assert bytes(opened.block) == bytes(index.cover.block)
    with pytest.raises((TypeError, BufferError)):
        opened.block[0] = 0  # nobody may change it under a look-up


def test_truncation_at_any_length_is_refused(index: GridIndex, tmp_path: Path) -> None:
    whole = bytes(index.cover.block)
    path = tmp_path / "cover.bin"
    for length in {*range(HEADER + 40), *range(0, len(whole), max(1, len(whole) // 200)), len(whole) - 1}:
        path.write_bytes(whole[:length])
        with pytest.raises(UnsoundCover):
            Cover.load(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(UnsoundCover, match="length"):
        Cover.load(path)


@pytest.mark.parametrize(
    ("at", "value", "says"),
    [
        (0, b"X", "not a cover"),
        (8, b"\x01", "another version"),
        (12, b"\x01\x02\x03\x04", "byte order"),
    ],
)
def test_the_reason_is_said(index: GridIndex, at: int, value: bytes, says: str) -> None:
    altered = bytearray(index.cover.block)
    altered[at : at + len(value)] = value
    with pytest.raises(UnsoundCover, match=says):
        Cover.opened(altered)


@pytest.mark.parametrize("value", [b"\0" * 8, b"\xff" * 8, np.float64("inf").tobytes(), np.float64("nan").tobytes()])
def test_a_head_that_cannot_be_is_refused(index: GridIndex, value: bytes) -> None:
    whole = bytes(index.cover.block)
    for at in range(0, 88, 8):
        altered = bytearray(whole)
        altered[at : at + 8] = value
        if bytes(altered) == whole:
            continue
        try:
            cover = Cover.opened(altered)
        except UnsoundCover:
            continue
        # Where the grid begins, and how far it is rounded, may be anything finite.
        assert value == b"\0" * 8
        x, y = points_of(index, 20).T
        assert (cover.locate_many(x, y).position < len(cover)).all()


def test_a_cover_that_does_not_lie_on_a_multiple_of_8_is_refused(index: GridIndex) -> None:
    shifted = np.zeros(len(index.cover.block) + 1, np.uint8)
    shifted[1:] = np.frombuffer(index.cover.block, np.uint8)
    with pytest.raises(UnsoundCover, match="multiple of 8"):
        Cover.opened(shifted[1:])


# Alters a cover again and again and looks points up in what is let through; says how often, or dies.
FUZZ = """
import sys
import numpy as np
from wangge.geo.cover import Cover, UnsoundCover

whole = np.fromfile(sys.argv[1], np.uint8)
points = np.load(sys.argv[2])
seed, rounds = int(sys.argv[3]), int(sys.argv[4])
rng = np.random.default_rng(seed)
parts = [(0, 128), (128, len(whole) // 4 * 4)]
let_through = 0
for _ in range(rounds):
    block = whole.copy()
    for _ in range(rng.integers(1, 6)):
        first, past = parts[rng.choice(2, p=[0.1, 0.9])]
        at = int(rng.integers(first // 4, past // 4)) * 4
        word = block[at : at + 4].view("<u4")
        kind = rng.integers(5)
        if kind == 0:
            word ^= np.uint32(1 << rng.integers(32))
        elif kind == 1:
            word[:] = rng.integers(2**32, dtype=np.uint64)
        elif kind == 2:
            word += np.uint32(rng.integers(-3, 4) % 2**32)
        elif kind == 3:
            word[:] = rng.choice([0, 1, 2**24 - 1, 2**24, 2**30 - 1, 2**30, 2**31 - 1, 2**31, 2**32 - 1])
        else:  # another word of the same part, as a pointer to somewhere else
            other = int(rng.integers(first // 4, past // 4)) * 4
            word[:] = block[other : other + 4].view("<u4")
    try:
        cover = Cover.opened(block)
    except UnsoundCover:
        continue
    let_through += 1
    hits = cover.locate_many(points[:, 0], points[:, 1], threads=1)
    assert ((hits.position >= -1) & (hits.position < len(cover))).all()
    for x, y in points[::41].tolist():
        position, on_edge = cover.locate(x, y)
        assert -1 <= position < len(cover)
        assert on_edge in (True, False)
print(let_through)
"""


def test_an_altered_cover_is_refused_or_stays_inside_itself(index: GridIndex, tmp_path: Path) -> None:
    small = GridIndex(city(40, 30)) if len(index.cover.block) > 2_000_000 else index
    small.save(tmp_path / "cover.bin")
    points = points_of(small, 60)
    # Whatever the altered grid of the header says is inside.
    far = np.random.default_rng(2).normal(scale=[[1e3], [1e6], [1e300]], size=(20, 3, 1)).reshape(-1, 1)
    np.save(tmp_path / "points.npy", np.concatenate([points, np.column_stack([far, far[::-1]])]))
    rounds = 1_500
    command = [sys.executable, "-c", FUZZ, str(tmp_path / "cover.bin"), str(tmp_path / "points.npy"), "5", str(rounds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert rounds / 20 < int(done.stdout) < rounds  # both happen, so both are tried
