"""Check finds each defect, names its cells, measures and places it; and finds nothing in a sound grid."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import BOUNDARIES
from tests.geo.builders import PLANE, box, flat, level, manifest, manifest_toml, polygon, spec, two_streets
from wangge.geo.boundaries import Boundaries, read_boundaries, read_outline
from wangge.geo.coverage import Defect, check
from wangge.geo.datum import Datum, from_wgs84, to_wgs84

XINHUA_OUTLINE = BOUNDARIES / "xinhua" / "source" / "outline.geojson"


def kinds(defects: list[Defect]) -> set[tuple[str, tuple[str, ...]]]:
    return {(defect.kind, defect.cells) for defect in defects}


def only(defects: list[Defect]) -> Defect:
    assert len(defects) == 1, defects
    return defects[0]


def with_parents(boundaries: Boundaries, **parents: str | None) -> Boundaries:
    streets, grids = boundaries.levels
    given_parents = [parents.get(code, parent) for code, parent in zip(grids.codes, grids.parents, strict=True)]
    return replace(boundaries, levels=(streets, replace(grids, parents=given_parents)))


# ---- the shipped territories


@pytest.mark.parametrize("territory", ["washington", "taipei", "xinhua", "hejian"])
def test_a_shipped_territory_is_clean(territory: str) -> None:
    assert check(read_boundaries(BOUNDARIES / territory)) == []


def test_the_invalid_village_of_taipei_is_named(tmp_path: Path) -> None:
    (tmp_path / "village.geojson").write_bytes((BOUNDARIES / "taipei" / "source" / "villages.geojson").read_bytes())
    village = replace(spec("village"), code="VILLCODE", label="VILLNAME", parent=None)
    (tmp_path / "manifest.toml").write_text(manifest_toml(manifest(village, timezone="Asia/Taipei")))
    defect = only(check(read_boundaries(tmp_path)))
    assert (defect.kind, defect.cells) == ("invalid-polygon", ("63000080037",))
    assert "Self-intersection" in defect.detail["reason"]
    assert (defect.lon, defect.lat) == pytest.approx((121.5648617, 24.9642179), abs=1e-6)


@pytest.fixture(scope="module")
def wards() -> Boundaries:
    """Washington as ward over ANC, which do not nest."""
    anc = read_boundaries(BOUNDARIES / "washington").levels[0]
    frame = geopandas.read_file(BOUNDARIES / "washington" / "ward.geojson")
    shapes = dict(zip(frame["WARD"], frame.geometry, strict=True))
    below = replace(anc, spec=spec("anc", "WARD"), parents=[row["WARD"] for row in anc.attributes])
    top = level(spec("ward"), shapes)
    return Boundaries(manifest(top.spec, below.spec, timezone="America/New_York"), (top, below))


def test_the_commissions_that_cross_ward_lines_are_named(wards: Boundaries) -> None:
    outside = [defect for defect in check(wards) if defect.kind == "outside-parent"]
    crossing = {defect.cells[0]: defect for defect in outside if defect.area_m2 > 10_000}
    assert set(crossing) == {"3G", "6D"}
    assert crossing["3G"].detail == {"parent": "3", "lies_in": ["4"]}
    assert "2" in crossing["6D"].detail["lies_in"]
    for code, defect in crossing.items():
        ward = shapely.union_all(wards.levels[0].geometries[[wards.levels[0].codes.index(defect.detail["parent"])]])
        assert not ward.covers(shapely.Point(defect.lon, defect.lat)), code


# ---- each kind of defect


def test_a_sound_grid_has_none() -> None:
    assert check(two_streets()) == []


def test_an_overlap_is_measured_and_placed() -> None:
    # A5 is drawn 20 m to the east, over A6, with its vertices on the edges of its neighbours.
    shapes = {"a": box(0, 0, 120, 100), "b": polygon((100, 0), (120, 0), (200, 0), (200, 100), (120, 100), (100, 100))}
    defect = only(check(flat(shapes)))
    assert (defect.kind, defect.level, defect.cells) == ("overlap", "grid", ("a", "b"))
    assert defect.area_m2 == pytest.approx(20 * 100, rel=1e-3)
    assert box(100, 0, 120, 100).covers(shapely.Point(defect.lon, defect.lat))
    assert defect.geometry is not None
    assert defect.geometry.symmetric_difference(box(100, 0, 120, 100)).area < 1e-12


def test_a_cell_within_another_is_an_overlap() -> None:
    defect = only(check(flat({"a": box(0, 0, 100, 100), "b": box(40, 40, 60, 60)})))
    assert (defect.kind, defect.cells) == ("overlap", ("a", "b"))
    assert defect.area_m2 == pytest.approx(400, rel=1e-3)


def test_a_gap_inside_a_parent_names_the_parent_and_the_cells_around_it() -> None:
    defect = only(check(two_streets(A5=None)))
    assert (defect.kind, defect.level, defect.detail) == ("gap", "grid", {"parent": "A"})
    assert defect.cells == tuple(f"A{i}" for i in (1, 2, 3, 4, 6, 7, 8, 9))
    assert defect.area_m2 == pytest.approx(100 * 100, rel=1e-3)


def test_a_gap_at_the_rim_of_a_parent_is_found() -> None:
    defect = only(check(two_streets(A7=None)))
    assert (defect.kind, defect.detail) == ("gap", {"parent": "A"})
    assert {"A4", "A8"} <= set(defect.cells)


def test_a_hole_of_the_top_level_is_a_gap() -> None:
    holed = shapely.difference(box(0, 0, 100, 100), box(40, 40, 60, 60))
    defect = only(check(flat({"a": holed})))
    assert (defect.kind, defect.cells) == ("gap", ("a",))
    assert defect.area_m2 == pytest.approx(400, rel=1e-3)


def test_an_island_in_a_hole_leaves_a_ring_shaped_gap() -> None:
    holed = shapely.difference(box(0, 0, 100, 100), box(20, 20, 80, 80))
    defect = only(check(flat({"a": holed, "b": box(30, 30, 70, 70)})))
    assert (defect.kind, defect.cells) == ("gap", ("a", "b"))
    assert defect.area_m2 == pytest.approx(3600 - 1600, rel=1e-3)


def test_a_cell_that_leaves_its_parent_says_where_it_reaches() -> None:
    crossing = two_streets(
        A6=polygon((-100, 100), (0, 100), (8, 100), (8, 200), (0, 200), (-100, 200)),
        B4=box(8, 100, 100, 200),
        B1=polygon((0, 0), (100, 0), (100, 100), (8, 100), (0, 100)),
        B7=polygon((0, 200), (8, 200), (100, 200), (100, 300), (0, 300)),
    )
    defect = only(check(crossing))
    assert (defect.kind, defect.cells) == ("outside-parent", ("A6",))
    assert defect.detail == {"parent": "A", "lies_in": ["B"]}
    assert defect.area_m2 == pytest.approx(800, rel=1e-3)


def test_codes_and_parents_are_held_against_each_other() -> None:
    streets, grids = two_streets().levels
    renamed = replace(grids, codes=["A2" if code == "A1" else code for code in grids.codes])
    defect = only(check(replace(two_streets(), levels=(streets, renamed))))
    assert (defect.kind, defect.cells, defect.detail) == ("duplicate-code", ("A2",), {"records": 2})

    defects = check(with_parents(two_streets(), A5="C", B5=None))
    missing = {defect.cells[0]: defect.detail["parent"] for defect in defects if defect.kind == "missing-parent"}
    assert missing == {"A5": "C", "B5": None}

    orphans = two_streets(B=None, **{f"B{i}": None for i in range(1, 10)})
    childless = replace(
        orphans, levels=(level(spec("street"), {"A": box(-300, 0, 0, 300), "B": box(0, 0, 9, 9)}), orphans.levels[1])
    )
    assert ("parent-without-children", ("B",)) in kinds(check(childless))


def test_an_empty_shape_is_told_and_the_rest_is_still_checked() -> None:
    found = kinds(check(flat({"a": shapely.Polygon(), "b": box(0, 0, 9, 9), "c": box(5, 0, 14, 9)})))
    assert ("empty-geometry", ("a",)) in found
    assert ("overlap", ("b", "c")) in found


def test_an_unnoded_edge_names_both_cells() -> None:
    notched = two_streets(A5=polygon((-200, 100), (-150, 100), (-100, 100), (-100, 200), (-200, 200)))
    defect = only(check(notched))
    assert (defect.kind, defect.cells, defect.area_m2) == ("unnoded-edge", ("A2", "A5"), 0.0)


@pytest.mark.parametrize(("width", "kind"), [(0.3, "sliver"), (0.8, "overlap")])
def test_the_tolerance_parts_slivers_from_overlaps(width: float, kind: str) -> None:
    east = polygon((100, 0), (100 + width, 0), (200, 0), (200, 100), (100 + width, 100), (100, 100))
    overlapping = flat({"a": box(0, 0, 100 + width, 100), "b": east})
    assert only(check(overlapping)).kind == kind
    assert only(check(overlapping, tolerance_m=1.0)).kind == "sliver"


def test_a_slit_that_is_open_to_the_outside_is_found() -> None:
    defect = only(check(flat({"a": box(0, 0, 100, 100), "b": box(100.3, 0, 200, 100)})))
    assert (defect.kind, defect.cells, defect.detail) == ("sliver", ("a", "b"), {"of": "gap"})


# ---- coordinates and datum


def test_metres_that_claim_to_be_degrees_are_told(tmp_path: Path) -> None:
    frame = geopandas.read_file(BOUNDARIES / "washington" / "smd.geojson").to_crs("EPSG:26985")
    frame.set_crs(4326, allow_override=True).to_file(tmp_path / "grid.gpkg")
    smd = replace(spec("grid"), code="SMD_ID", label="NAME", parent=None)
    (tmp_path / "manifest.toml").write_text(manifest_toml(manifest(smd), suffix="gpkg"))
    defect = only(check(read_boundaries(tmp_path)))
    assert (defect.kind, len(defect.cells)) == ("implausible-coordinates", 296)
    assert defect.detail["looks_like"] == "projected"


@pytest.mark.parametrize(
    ("territory", "timezone"),
    [("washington", "America/New_York"), ("xinhua", "Asia/Shanghai"), ("taipei", "Asia/Taipei")],
)
def test_swapped_lon_and_lat_are_told(territory: str, timezone: str) -> None:
    cells = read_boundaries(BOUNDARIES / territory).levels[-1]
    swapped = shapely.transform(cells.geometries, lambda xy: xy[:, ::-1])
    defect = only(check(flat(dict(zip(cells.codes, swapped, strict=True)), timezone=timezone)))
    assert defect.kind == "implausible-coordinates"
    assert defect.detail["looks_like"] == "swapped"
    assert set(defect.cells) == set(cells.codes)


def test_a_cell_at_null_island_is_told_and_the_rest_is_still_checked() -> None:
    shapes = {"a": shapely.box(0, 0, 0.001, 0.001), "b": box(0, 0, 9, 9), "c": box(5, 0, 14, 9), "d": box(14, 0, 20, 9)}
    found = {defect.kind: defect for defect in check(flat(shapes))}
    assert found["implausible-coordinates"].cells == ("a",)
    assert found["implausible-coordinates"].detail["looks_like"] == "elsewhere"
    assert found["overlap"].cells == ("b", "c")


def test_coordinates_that_are_no_numbers_are_told() -> None:
    with np.errstate(invalid="ignore"):
        broken = shapely.Polygon([(116.9, 38.3), (np.nan, 38.4), (117.0, 38.4)])
    assert ("implausible-coordinates", ("a",)) in kinds(check(flat({"a": broken, "b": box(0, 0, 9, 9)})))


def misread(boundaries: Boundaries, datum: Datum, convert: Any = from_wgs84) -> Boundaries:
    """The boundaries as they are read when their file holds `datum` and its manifest says WGS-84."""

    def shift(xy: Any) -> Any:
        return np.column_stack(convert(xy[:, 0], xy[:, 1], datum))

    levels = tuple(replace(cells, geometries=shapely.transform(cells.geometries, shift)) for cells in boundaries.levels)
    return replace(boundaries, levels=levels)


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_shifted_file_that_claims_wgs84_is_told(datum: Datum) -> None:
    xinhua = read_boundaries(BOUNDARIES / "xinhua")
    outline = read_outline(XINHUA_OUTLINE)
    assert not [defect for defect in check(xinhua, reference=outline) if defect.kind == "datum-shift"]
    shift = [defect for defect in check(misread(xinhua, datum), reference=outline) if defect.kind == "datum-shift"]
    assert (only(shift).detail["claimed"], only(shift).detail["fits"]) == ("wgs84", datum)
    assert only(shift).detail["offset_m"] == pytest.approx(505 if datum is Datum.GCJ02 else 1300, rel=0.15)


def test_a_true_file_that_claims_gcj02_is_told() -> None:
    xinhua = read_boundaries(BOUNDARIES / "xinhua")
    unshifted = misread(xinhua, Datum.GCJ02, to_wgs84)
    claimed = replace(unshifted, manifest=replace(xinhua.manifest, datum=Datum.GCJ02))
    shift = [d for d in check(claimed, reference=read_outline(XINHUA_OUTLINE)) if d.kind == "datum-shift"]
    assert only(shift).detail["claimed"] == "gcj02"


def test_a_coarse_reference_does_not_mislead() -> None:
    xinhua = read_boundaries(BOUNDARIES / "xinhua")
    outline = read_outline(XINHUA_OUTLINE)
    for coarse in (outline.simplify(0.01), outline.buffer(0.01), outline.convex_hull, shapely.box(*outline.bounds)):
        assert "datum-shift" not in {defect.kind for defect in check(xinhua, reference=coarse)}
        shifted = check(misread(xinhua, Datum.GCJ02), reference=outline.simplify(0.002))
        assert "datum-shift" in {defect.kind for defect in shifted}


def test_the_reference_must_be_filled_and_not_left() -> None:
    square = flat({"a": box(0, 0, 100, 100)})
    assert check(square, reference=box(0, 0, 100, 100)) == []
    gap = only(check(square, reference=box(0, 0, 150, 100)))
    assert (gap.kind, gap.cells) == ("gap", ("a",))
    assert gap.area_m2 == pytest.approx(5000, rel=1e-3)
    beyond = only(check(square, reference=box(0, 0, 60, 100)))
    assert (beyond.kind, beyond.cells) == ("outside-reference", ("a",))
    assert check(square, reference=box(0, 0, 100.3, 99.7)) == []  # another drawing of the same rim
    lake = shapely.difference(box(0, 0, 100, 100), box(40, 40, 60, 60))
    assert check(flat({"a": lake}), reference=lake) == []
    slit = shapely.difference(box(0, 0, 100, 100), box(40, 40, 60, 40.3))
    assert only(check(flat({"a": slit}), reference=box(0, 0, 100, 100))).kind == "sliver"


# ---- noise and size


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1e-13, 1e-12, 1e-10]))
def test_floating_point_noise_is_no_defect(seed: int, scale: float) -> None:
    noise = np.random.default_rng(seed)
    sound = two_streets()
    levels = []
    for cells in sound.levels:
        parts = [
            shapely.Polygon((ring := np.array(shape.exterior.coords[:-1])) + noise.uniform(-scale, scale, ring.shape))
            for shape in cells.geometries
        ]
        levels.append(replace(cells, geometries=np.array(parts, dtype=object)))
    assert check(replace(sound, levels=tuple(levels))) == []


@settings(max_examples=30, deadline=None)
@given(
    at=st.tuples(st.floats(5, 60), st.floats(5, 60)),
    size=st.tuples(st.floats(1, 30), st.floats(1, 30)),
    turn=st.floats(0, 360),
)
def test_any_hole_is_measured_to_a_thousandth(at: tuple[float, float], size: tuple[float, float], turn: float) -> None:
    hole = shapely.affinity.rotate(shapely.box(*at, at[0] + size[0], at[1] + size[1]), turn)
    land = shapely.box(-100, -100, 200, 200).difference(hole)
    defect = only(check(flat({"a": PLANE.to_lonlat(land)})))
    assert defect.kind == "gap"
    assert defect.area_m2 == pytest.approx(hole.area, rel=1e-3)


def test_five_thousand_cells_take_seconds() -> None:
    side = 72
    shapes = {
        f"{x:02d}{y:02d}": box(x * 90, y * 110, x * 90 + 90, y * 110 + 110) for x in range(side) for y in range(side)
    }
    shapes["3636"] = box(36 * 90, 36 * 110, 36 * 90 + 95, 36 * 110 + 110)
    found = kinds(check(flat(shapes)))
    assert ("overlap", ("3636", "3736")) in found
    assert len(found) == 3  # and its upper and lower edges no longer match their neighbours'
