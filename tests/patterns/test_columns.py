"""Columns count what numpy counts, from rows, sums, lists and changes; what is unsound is refused."""

import os
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.crowd import BOX, CATEGORIES, FLAGS, crowd
from wangge.patterns.columns import places as numbering
from wangge.patterns.columns.counting import Counts, Question, Wanted, count
from wangge.patterns.columns.delta import Delta, create_delta
from wangge.patterns.columns.generation import Generation, OpenSegment
from wangge.patterns.columns.kernel import kernel
from wangge.patterns.columns.layout import CHANGE, Rows, lists_block, segment_block
from wangge.patterns.columns.manifest import Manifest, NoColumns, UnsoundColumns
from wangge.patterns.columns.writing import months_of, write_lists, write_segment
from wangge.reports.feed.events import Mark

CELLS = 422
DAYS = 100  # three months and a part of one


def generation_of(folder: Path, n: int, *, cells: int = CELLS, seed: int = 1) -> tuple[Generation, Rows]:
    """A generation of n synthetic reports, and the reports."""
    places, rows = crowd(n, DAYS, cells, seed)
    months = months_of(rows)
    kept = [
        write_segment(folder, str(month), rows.take(months == month), cells, len(CATEGORIES))
        for month in np.unique(months)
    ]
    entries = [(k + 1, k + 1001) for k in range(cells)]
    manifest = Manifest(
        "there", 1, 1, "", "UTC", 0, Mark(1, 1), 0.0, places, CATEGORIES, FLAGS, entries, kept, None, "delta"
    )
    manifest = replace(manifest, lists=write_lists(folder, Generation.open(folder, manifest)))
    manifest.write(folder)
    return Generation.open(folder, Manifest.read(folder)), rows


def changed(rows: Rows, n: int, seed: int = 2) -> tuple[NDArray[np.void], Rows]:
    """Changes of n reports to what others are, and the reports after them."""
    chance = np.random.default_rng(seed)
    which = chance.choice(len(rows.id), n, replace=False)
    after = Rows._make(column.copy() for column in rows)
    other = chance.integers(0, len(rows.id), n)
    for name in ("place", "cell", "category", "flags", "lon", "lat"):
        getattr(after, name)[which] = getattr(rows, name)[other]
    changes = np.zeros(2 * n, CHANGE)
    for part, of, weight in ((slice(None, n), rows, -1), (slice(n, None), after, 1)):
        changes["weight"][part] = weight
        for name in Rows._fields:
            changes[name][part] = getattr(of, name)[which]
    return changes, after


def expected(rows: Rows, question: Question, wanted: Wanted) -> Any:
    """What numpy counts: as Counts, but bins by column and line."""
    first, last = question.days
    keep = (rows.day >= first) & (rows.day <= last)
    if question.categories is not None:
        keep &= np.isin(rows.category, [k for k, code in enumerate(CATEGORIES) if code in question.categories])
    for at, wished in enumerate((question.states, question.urgencies, question.sources)):
        if wished is not None:
            keep &= np.isin(rows.flags, [k for k, flags in enumerate(FLAGS) if flags[at] in wished])
    if question.hours is not None:
        keep &= np.isin(rows.hour, list(question.hours))
    if question.cells is not None:
        keep &= np.isin(rows.cell + 1, list(question.cells))
    if question.here is not None:
        keep &= np.isin(rows.cell + 1001, list(question.here))
    if question.area is not None:
        keep &= shapely.intersects_xy(question.area, rows.lon, rows.lat)
    x, y = squares(rows)
    if question.tile is not None:
        z, column, line = question.tile
        keep &= (x >> 24 - z == column) & (y >> 24 - z == line)
    counts: Any = Counts(int(keep.sum()))
    if wanted.bins is not None:
        below = 24 - wanted.bins
        pairs, n = np.unique(np.stack((x[keep] >> below, y[keep] >> below)), axis=1, return_counts=True)
        counts.bins = dict(zip(zip(*pairs.tolist(), strict=True), n.tolist(), strict=True))
    counts.cells = np.bincount(rows.cell[keep], minlength=CELLS)
    counts.days = np.bincount(rows.day[keep].astype(int) - first, minlength=last - first + 1)
    counts.categories = np.bincount(rows.category[keep], minlength=256)
    counts.hours = np.bincount(rows.hour[keep], minlength=256)
    counts.flags = np.bincount(rows.flags[keep], minlength=256)
    return counts


def squares(rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    scale = 2.0**24
    x = np.floor((rows.lon + 180) / 360 * scale)
    y = np.floor((0.5 - np.log(np.tan(np.pi / 4 + np.radians(rows.lat) / 2)) / (2 * np.pi)) * scale)
    return x.astype(np.int64), y.astype(np.int64)


def assert_equal(found: Counts, right: Any, wanted: Wanted) -> None:
    assert found.total == right.total
    if wanted.bins is not None:
        assert found.bins is not None
        triples = zip(found.bins.x.tolist(), found.bins.y.tolist(), found.bins.count.tolist(), strict=True)
        assert {(x, y): n for x, y, n in triples} == right.bins
    for name in ("cells", "days", "categories", "hours", "flags"):
        if getattr(wanted, name):
            np.testing.assert_array_equal(getattr(found, name), getattr(right, name)[: len(getattr(found, name))])


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Generation, Rows, NDArray[np.void], Rows]:
    generation, rows = generation_of(tmp_path_factory.mktemp("columns"), 20_000)
    changes, after = changed(rows, 400)
    return generation, rows, changes, after


def some_of(values: list[str]) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from(values))


DATES = st.none() | st.dates(date(2021, 12, 28), date(2022, 4, 20))
TILES = st.none() | st.tuples(st.integers(12, 18), st.floats(BOX[0], BOX[2]), st.floats(BOX[1], BOX[3])).map(
    lambda t: (t[0], numbering.column_of(t[1], t[0]), numbering.line_of(t[2], t[0]))
)
RINGS = st.none() | st.lists(
    st.tuples(st.floats(BOX[0], BOX[2]), st.floats(BOX[1], BOX[3])), min_size=3, max_size=6, unique=True
).map(lambda ring: shapely.Polygon(ring).buffer(0.001))
QUESTIONS = st.builds(
    Question,
    DATES,
    DATES,
    some_of([*CATEGORIES, "unknown"]),
    some_of(["assigned", "closed", "merged", "never"]),
    some_of(["normal", "urgent"]),
    some_of(["a", "b"]),
    st.none() | st.frozensets(st.integers(0, 167)),
    st.none() | st.frozensets(st.integers(0, CELLS + 5)),
    st.none() | st.frozensets(st.integers(900, 1300)),
    TILES,
    RINGS,
)
WANTED = st.builds(Wanted, st.none() | st.integers(8, 20), *(st.booleans() for _ in range(5)))


@settings(max_examples=100)
@given(question=QUESTIONS, wanted=WANTED, with_changes=st.booleans())
def test_every_count_is_numpys(
    city: tuple[Generation, Rows, NDArray[np.void], Rows], question: Question, wanted: Wanted, with_changes: bool
) -> None:
    generation, rows, changes, after = city
    if question.since and question.until and question.since > question.until:
        question = replace(question, since=question.until, until=question.since)
    found = count(generation, changes if with_changes else None, question, wanted)
    assert_equal(found, expected(after if with_changes else rows, question, wanted), wanted)


@pytest.mark.parametrize("cells", [1, 70_000])
def test_few_and_many_cells(tmp_path: Path, cells: int) -> None:
    generation, rows = generation_of(tmp_path, 3000, cells=cells)
    half = Question(cells=frozenset(range(cells // 2)))
    for question in (Question(), Question(states=frozenset({"closed"})), half):
        found, right = count(generation, None, question, Wanted(cells=True)), expected(rows, question, Wanted())
        right.cells = np.append(right.cells, np.zeros(max(0, cells - len(right.cells)), int))
        assert_equal(found, right, Wanted(cells=True))


def test_sums_with_categories_are_used_and_right(tmp_path: Path) -> None:
    """A small city with many reports by cell: its sums know the categories, too."""
    generation, rows = generation_of(tmp_path, 40_000, cells=4)
    slots = np.frombuffer(generation.segments[0].block, "<u4", 2, 112)
    assert slots.tolist() == [2, len(CATEGORIES) + 1]
    question = Question(date(2022, 1, 10), date(2022, 3, 3), frozenset(CATEGORIES[2:9]), cells=frozenset({1, 3}))
    wanted = Wanted(cells=True, days=True, categories=True)
    assert_equal(count(generation, None, question, wanted), expected(rows, question, wanted), wanted)


def test_a_count_of_more_than_two_bytes_stands_in_parts() -> None:
    bins, counts = np.array([5, 6, 9], np.uint32), np.array([1, 200_000, 65_535], np.uint32)
    lists = kernel().Lists.open(lists_block([(bins, counts)]))
    assert lists.entries(0) == 6
    x, y, found = np.zeros((3, 6), np.uint32)
    assert lists.sum(0, 0, 0, 100, (0, 0, x, y, found)) == (3, int(found[:3].sum()))
    assert found[:3].tolist() == counts.tolist()


def test_what_is_truncated_or_altered_is_refused(tmp_path: Path) -> None:
    generation, _ = generation_of(tmp_path, 2000)
    for kept in (generation.manifest.segments[0], generation.manifest.lists):
        assert kept is not None
        path = tmp_path / kept.file
        whole = path.read_bytes()
        altered = bytearray(whole)
        altered[len(whole) // 2] ^= 1
        for wrong in (whole[:-1], whole[: len(whole) // 2], b"", bytes(altered), bytes(len(whole))):
            path.unlink()
            path.write_bytes(wrong)
            with pytest.raises(UnsoundColumns):
                Generation.open(tmp_path, generation.manifest)
        path.unlink()
        path.write_bytes(whole)
    cold = tmp_path / generation.manifest.segments[0].cold
    cold.write_bytes(bytes(cold.stat().st_size))
    with pytest.raises(UnsoundColumns):
        OpenSegment.open(tmp_path, generation.manifest.segments[0]).check_cold()


def test_the_manifest_is_refused_when_it_was_altered(tmp_path: Path) -> None:
    with pytest.raises(NoColumns):
        Manifest.read(tmp_path)
    generation_of(tmp_path, 500)
    path = tmp_path / "manifest.json"
    text = path.read_text()
    for wrong in (text.replace("2022-01", "2022-07"), text[:-5], "", "{}", "[]"):
        path.write_text(wrong)
        with pytest.raises(UnsoundColumns):
            Manifest.read(tmp_path)


def test_only_the_owner_reads_the_files(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        generation_of(tmp_path, 500)
        create_delta(tmp_path / "delta")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_a_generation_that_is_open_answers_after_its_files_are_gone(tmp_path: Path) -> None:
    generation, rows = generation_of(tmp_path, 500)
    for file in tmp_path.iterdir():
        file.unlink()
    assert count(generation, None, Question(states=frozenset({"closed"})), Wanted()).total
    assert count(generation, None, Question(), Wanted()).total == len(rows.id)


def test_changes_are_read_as_far_as_they_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "delta"
    create_delta(path)
    _, rows = crowd(50, DAYS)
    changes, _ = changed(rows, 20)
    writer, reader = Delta(path, Mark(1, 5), 1.0), Delta(path, Mark(1, 5), 1.0)
    writer.append(changes[:10], Mark(1, 9), 2.0)
    reader.read()
    assert (reader.mark, reader.read_at, len(reader.changes)) == (Mark(1, 9), 2.0, 10)
    held = reader.changes
    writer.append(changes[10:], Mark(2, 12), 3.0)
    whole = path.read_bytes()
    for cut in (1, 20, 47):
        path.write_bytes(whole[:-cut])
        reader.read()
        assert (reader.mark, len(reader.changes)) == (Mark(1, 9), 10)
    again = Delta(path, Mark(1, 5), 1.0)
    again.read()
    again.append(changes[10:30], Mark(1, 11), 4.0)  # over what a crash left
    reader.read()
    assert (reader.mark, reader.read_at, len(reader.changes)) == (Mark(1, 11), 4.0, 30)
    np.testing.assert_array_equal(held, changes[:10])
    altered = bytearray(path.read_bytes())
    altered[60] ^= 1
    path.write_bytes(altered)
    afresh = Delta(path, Mark(1, 5), 1.0)
    afresh.read()
    assert len(afresh.changes) == 0


@pytest.mark.parametrize(
    ("text", "sum_"),
    [(b"", 0xEF46DB3751D8E999), (b"abc", 0x44BC2CF5AD770999), (bytes(range(100)), None)],
)
def test_the_checksum_is_xxh64(text: bytes, sum_: int | None) -> None:
    found = kernel().checksum(text)
    if sum_ is not None:
        assert found == sum_
    assert kernel().checksum(text + b"x") != found


def test_large_territories_have_coarser_places_and_too_large_ones_none() -> None:
    assert numbering.Places.of(116.7, 38.2, 117.0, 38.4).zoom == 24
    assert numbering.Places.of(113.0, 36.0, 119.0, 42.0).zoom == 21
    with pytest.raises(numbering.TooLarge):
        numbering.Places.of(73.0, 18.0, 135.0, 53.0)


def test_a_block_of_unsound_bounds_is_refused() -> None:
    """Also where its checksum is right: whoever can write files can write checksums."""
    _, rows = crowd(20_000, 31, 4)
    block = bytearray(segment_block(rows.sorted(), 4, len(CATEGORIES)))
    for at, width in ((32, 8), *((40 + 8 * part, 8) for part in range(7)), *((96 + 4 * k, 4) for k in range(6))):
        for value in (2**31, 2 ** (8 * width) - 1):
            wrong = bytearray(block)
            wrong[at : at + width] = value.to_bytes(width, "little")
            wrong[24:32] = kernel().checksum(memoryview(wrong)[32:]).to_bytes(8, "little")
            with pytest.raises(ValueError):
                kernel().Segment.open(bytes(wrong))
