"""Repair makes what is safe exact, moves nothing further than the tolerance, and leaves the rest alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from tests.conftest import BOUNDARIES
from tests.geo.builders import PLANE, box, flat, manifest, manifest_toml, nested, polygon, spec, two_streets
from wangge.geo.boundaries import Boundaries, edition_hash, read_boundaries
from wangge.geo.coverage import Repair, check, repair

TOLERANCE_M = 0.5


def kinds(repairs: list[Repair]) -> set[tuple[str, tuple[str, ...]]]:
    return {(change.kind, change.cells) for change in repairs}


def cell(boundaries: Boundaries, code: str) -> BaseGeometry:
    level = boundaries.levels[0 if len(code) == 1 else -1]
    found: BaseGeometry = level.geometries[level.codes.index(code)]
    return found


def furthest_m(before: Boundaries, after: Boundaries) -> float:
    """How far any cell's line moved, in metres."""
    pairs = zip(before.levels, after.levels, strict=True)
    return max(
        float(shapely.hausdorff_distance(PLANE.to_metres(old.geometries), PLANE.to_metres(new.geometries)).max())
        for old, new in pairs
    )


def exactly_shared(boundaries: Boundaries) -> bool:
    """Whether every level is a coverage in its very coordinates, and each parent exactly its children."""
    flush = all(shapely.coverage_is_valid(level.geometries) for level in boundaries.levels)
    for above, below in zip(boundaries.levels[:-1], boundaries.levels[1:], strict=True):
        family = np.array(below.parents)
        unions = [shapely.union_all(below.geometries[family == code]) for code in above.codes]
        flush &= bool(shapely.equals(above.geometries, np.array(unions, dtype=object)).all())
    return flush


@pytest.mark.parametrize("territory", ["washington", "taipei", "xinhua", "hejian"])
def test_a_clean_territory_is_left_exactly_as_it_is(territory: str) -> None:
    boundaries = read_boundaries(BOUNDARIES / territory)
    repaired, repairs = repair(boundaries)
    assert repairs == []
    for old, new in zip(boundaries.levels, repaired.levels, strict=True):
        assert shapely.equals_identical(old.geometries, new.geometries).all()


def test_the_invalid_village_of_taipei_is_repaired_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "village.geojson").write_bytes((BOUNDARIES / "taipei" / "source" / "villages.geojson").read_bytes())
    village = replace(spec("village"), code="VILLCODE", label="VILLNAME", parent=None)
    (tmp_path / "manifest.toml").write_text(manifest_toml(manifest(village, timezone="Asia/Taipei")))
    published = read_boundaries(tmp_path)
    repaired, repairs = repair(published)
    assert kinds(repairs) == {("ring", ("63000080037",))}
    assert repairs[0].area_m2 < 0.01
    assert check(repaired) == []
    same = shapely.equals_identical(published.levels[0].geometries, repaired.levels[0].geometries)
    assert (~same).sum() == 1


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ({"A5": box(-200, 100, -99.7, 200)}, ("overlap", ("A5", "A6"))),
        ({"A5": box(-200, 100, -100.3, 200)}, ("gap", ("A5", "A6"))),
        ({"A1": box(-300, 0, -200.3, 100)}, ("gap", ("A1", "A2"))),
        ({"A6": box(-100, 100, 0.3, 200)}, ("overlap", ("A6", "B4"))),
        ({"A6": box(-100, 100, 0.3, 200)}, ("parent", ("A",))),
        ({"A6": box(-100, 100, -0.3, 200)}, ("gap", ("A6", "B4"))),
        ({"A6": box(-100, 100, 0.3, 200), "B4": box(0.3, 100, 100, 200)}, ("parent", ("B",))),
        (
            {"A5": polygon((-200, 100), (-150, 100), (-100, 100), (-100, 200), (-200, 200))},
            ("noding", ("A2", "A5")),
        ),
        (
            {"A5": polygon((-200, 100), (-100, 100), (-100, 200), (-150, 200), (-150, 250), (-150, 200), (-200, 200))},
            ("ring", ("A5",)),
        ),
    ],
    ids=[
        "narrow overlap", "narrow gap", "slit at the rim", "overlap across a parent", "its parent", "gap at a parent",
        "moved border", "un-noded edge", "spike",
    ],
)  # fmt: skip
def test_what_is_safe_is_repaired_to_the_last_digit(
    broken: dict[str, BaseGeometry], expected: tuple[str, tuple[str, ...]]
) -> None:
    boundaries = two_streets(**broken)
    assert check(boundaries)
    repaired, repairs = repair(boundaries, tolerance_m=TOLERANCE_M)
    assert expected in kinds(repairs)
    assert check(repaired) == []
    assert exactly_shared(repaired)
    if expected[0] != "ring":  # a spike has a length and no area
        assert furthest_m(boundaries, repaired) <= TOLERANCE_M
    again, more = repair(repaired, tolerance_m=TOLERANCE_M)
    assert more == []
    assert edition_hash(again) == edition_hash(repaired)


def test_a_narrow_overlap_stays_with_the_lowest_code() -> None:
    wide = box(-200, 100, -99.7, 200)
    repaired, _ = repair(two_streets(A5=wide))
    strip = shapely.Point(PLANE.to_lonlat(shapely.Point(-99.85, 150)))
    assert cell(repaired, "A5").covers(strip)
    assert not cell(repaired, "A6").covers(strip)


@pytest.mark.parametrize(
    "broken",
    [
        {"A5": box(-200, 100, -95, 200)},
        {"A5": box(-200, 100, -105, 200)},
        {"A5": None},
        {"A5": shapely.Polygon()},
        {"A6": box(-100, 100, 8, 200), "B4": box(8, 100, 100, 200)},
    ],
    ids=["overlap", "gap", "missing cell", "empty cell", "wide shift"],
)
def test_what_is_not_safe_stays_a_defect(broken: dict[str, BaseGeometry]) -> None:
    boundaries = two_streets(**broken)
    repaired, _ = repair(boundaries, tolerance_m=TOLERANCE_M)
    left = {"overlap", "gap", "empty-geometry", "outside-parent"}
    before = {(d.kind, d.cells, round(d.area_m2)) for d in check(boundaries) if d.kind in left}
    after = {(d.kind, d.cells, round(d.area_m2)) for d in check(repaired) if d.kind in left}
    assert before
    assert after == before
    for code in ("A", "B"):
        assert cell(repaired, code).equals(cell(boundaries, code))


def test_a_thin_strip_across_a_cell_is_not_given_away() -> None:
    """It is narrower than the tolerance, and would cut the cell in two."""
    boundaries = flat({"a": box(50, -50, 50.3, 150), "b": box(0, 0, 100, 100)})
    repaired, _ = repair(boundaries, tolerance_m=TOLERANCE_M)
    assert cell(repaired, "b").geom_type == "Polygon"
    assert "sliver" in {defect.kind for defect in check(repaired)}


def test_a_ring_that_can_be_read_in_two_ways_is_left() -> None:
    """A ring that winds twice around its middle: full by winding, hollow by crossing."""
    twice = polygon((0, 0), (100, 0), (100, 100), (0, 100), (0, 1), (30, 30), (30, 70), (70, 70), (70, 30), (1, 0))
    boundaries = flat({"a": twice})
    by_winding = shapely.make_valid(twice, method="structure")
    by_crossing = shapely.make_valid(twice, method="linework")
    repaired, repairs = repair(boundaries)
    if by_winding.symmetric_difference(by_crossing).area > 1e-10:
        assert repairs == []
        assert cell(repaired, "a").equals_exact(twice)
    else:
        assert kinds(repairs) == {("ring", ("a",))}


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), jitter=st.sampled_from([0.001, 0.02, 0.1]))
def test_cells_drawn_apart_become_a_grid_again(seed: int, jitter: float) -> None:
    """Cells of a random coverage, each moved by itself: repaired, clean, exact, and nothing moved too far."""
    random = np.random.default_rng(seed)
    extent = shapely.box(0, 0, 800, 800)
    # A lattice shaken, not a random scatter: where a corner is acute, a narrow overlap can reach far along it.
    seeds = np.stack(np.meshgrid(*[np.arange(80, 800, 160)] * 2), axis=-1).reshape(-1, 2)
    shaken = shapely.multipoints(seeds + random.uniform(-40, 40, seeds.shape))
    cells = shapely.voronoi_polygons(shaken, extend_to=extent)
    moved = [
        shapely.affinity.translate(part.intersection(extent), *random.uniform(-jitter, jitter, 2))
        for part in shapely.get_parts(cells)
    ]
    boundaries = flat({f"{i:02d}": PLANE.to_lonlat(part) for i, part in enumerate(moved)})
    repaired, _ = repair(boundaries, tolerance_m=TOLERANCE_M)
    assert furthest_m(boundaries, repaired) <= TOLERANCE_M
    # Noding vertices a millimetre apart can leave an edge to be noded, never an overlap or a gap; it is told.
    left = check(repaired)
    assert {defect.kind for defect in left} <= ({"unnoded-edge"} if jitter == 0.001 else set())
    if not left:
        assert shapely.coverage_is_valid(repaired.levels[0].geometries)


def test_a_parent_drawn_anew_and_its_neighbours_keep_the_same_vertices_on_their_line() -> None:
    """A is drawn anew for what is at its other side, and gets the corner of its cells in the middle of its line."""
    streets = {"A": box(0, 0, 200, 200), "B": box(200, 0, 400, 200)}
    cells = {
        "A1": box(0, 0, 200, 100),
        "A2": polygon((0, 100), (200, 100), (200, 200), (0, 200), (-0.03, 150)),
        "B1": polygon((200, 0), (400, 0), (400, 200), (200, 200), (200, 100)),
    }
    broken = nested(streets, cells)
    repaired, repairs = repair(broken)
    assert check(repaired) == []
    assert ("parent", ("A",)) in kinds(repairs)
    assert furthest_m(broken, repaired) <= TOLERANCE_M


def test_a_neighbour_that_must_stay_gets_the_vertices_of_the_one_that_moved() -> None:
    """B's children leave a part of it open, which is for people to decide; its line to A is noded all the same."""
    streets = {"A": box(0, 0, 200, 200), "B": box(200, 0, 400, 200)}
    cells = {
        "A1": box(0, 0, 200, 100),
        "A2": polygon((0, 100), (200, 100), (200, 200), (0, 200), (-0.03, 150)),
        "B1": polygon((200, 0), (300, 0), (300, 200), (200, 200), (200, 100)),
    }
    repaired, _ = repair(nested(streets, cells))
    assert {(defect.kind, defect.level) for defect in check(repaired)} == {("gap", "grid")}


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_repair_makes_of_narrow_faults_passes_the_check(seed: int) -> None:
    """Streets and cells drawn apart here and there, with vertices that one side lacks: sound, and nothing moved far."""
    random = np.random.default_rng(seed)
    streets, cells = {}, {}
    for street, (i, j) in zip("ABCDEF", np.ndindex(3, 2), strict=True):
        west, south = 300.0 * i, 300.0 * j
        streets[street] = dented(random, west, south, 300, 300)
        across, up = random.integers(1, 4, 2).tolist()
        wide, high = 300 / across, 300 / up
        for n, (x, y) in enumerate(np.ndindex(across, up)):
            cells[f"{street}{n}"] = dented(random, west + x * wide, south + y * high, wide, high)
    broken = nested(streets, cells)
    repaired, _ = repair(broken)
    assert check(repaired) == []
    assert furthest_m(broken, repaired) <= TOLERANCE_M


def dented(random: np.random.Generator, west: float, south: float, wide: float, high: float) -> BaseGeometry:
    """A rectangle in lon, lat; some of its sides have one more vertex, on them or up to 0.2 m beside them."""
    corners = [(west, south), (west + wide, south), (west + wide, south + high), (west, south + high)]
    ring = []
    for (x, y), (to_x, to_y) in zip(corners, corners[1:] + corners[:1], strict=True):
        ring.append((x, y))
        if random.random() < 0.3:
            dent = random.choice([0.0, random.uniform(-0.2, 0.2)])
            ring.append(((x + to_x) / 2 + dent * (x == to_x), (y + to_y) / 2 + dent * (y == to_y)))
    return polygon(*ring)
