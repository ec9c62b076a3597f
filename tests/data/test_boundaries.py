"""The shipped territories are what their manifests and notes say."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from wangge.geo.boundaries import Boundaries, LevelCells, read_boundaries
from wangge.geo.coverage import check

BOUNDARIES = Path(__file__).parents[2] / "data" / "boundaries"
COUNTS = {
    "washington": [40, 296],
    "taipei": [12, 456],
    "xinhua": [6, 66, 422],
    "hejian": [21, 641, 1923],
}
SYNTHETIC = ("xinhua", "hejian")


@pytest.fixture(scope="module", params=COUNTS)
def territory(request: pytest.FixtureRequest) -> Boundaries:
    return read_boundaries(BOUNDARIES / request.param)


@pytest.fixture(scope="module", params=SYNTHETIC)
def synthetic(request: pytest.FixtureRequest) -> Boundaries:
    return read_boundaries(BOUNDARIES / request.param)


def test_counts_of_each_level(territory: Boundaries) -> None:
    assert [len(level.codes) for level in territory.levels] == COUNTS[territory.manifest.code]


def test_coverage_is_proven_without_repair(territory: Boundaries) -> None:
    assert check(territory) == []


def test_upper_cells_are_exactly_the_union_of_the_lower(territory: Boundaries) -> None:
    for upper, lower in zip(territory.levels, territory.levels[1:], strict=False):
        parents = np.array(lower.parents)
        for code, cell in zip(upper.codes, upper.geometries, strict=True):
            union = shapely.coverage_union_all(lower.geometries[parents == code])
            assert shapely.equals_exact(shapely.normalize(union), shapely.normalize(cell)), code


def test_every_cell_is_one_polygon(territory: Boundaries) -> None:
    for level in territory.levels:
        assert (shapely.get_num_geometries(level.geometries) == 1).all()


def test_only_drawn_lines_are_marked_synthetic(territory: Boundaries) -> None:
    assert territory.manifest.synthetic == (territory.manifest.code in SYNTHETIC)


def test_folder_tells_source_licence_and_categories(territory: Boundaries) -> None:
    folder = territory.manifest.folder
    assert territory.manifest.licence.split()[0] in (folder / "SOURCE.md").read_text(encoding="utf-8")
    categories = tomllib.loads((folder / "categories.toml").read_text(encoding="utf-8"))["categories"]
    codes = [category["code"] for category in categories]
    assert len(codes) == len(set(codes)) >= 12
    assert all(category["name"]["en"] and category["name"]["zh"] for category in categories)


def test_cells_fill_the_real_outline(synthetic: Boundaries) -> None:
    outline = gpd.read_file(synthetic.manifest.folder / "source" / "outline.geojson").geometry.iloc[0]
    drawn = shapely.coverage_union_all(synthetic.levels[0].geometries)
    metre = 1 / 111_320
    away = shapely.area(drawn.symmetric_difference(outline)) / metre**2
    assert away / (outline.length / metre) < 0.01, "more than a centimetre from the outline"


def test_codes_name_their_parents(synthetic: Boundaries) -> None:
    streets, communities, grids = synthetic.levels
    assert all(len(code) == 9 for code in streets.codes)
    assert all(len(code) == 12 and code[:9] == parent for code, parent in _with_parents(communities))
    assert all(len(code) == 15 and code[:12] == parent for code, parent in _with_parents(grids))


def test_names_and_codes_are_the_real_ones(synthetic: Boundaries) -> None:
    real = pd.read_csv(synthetic.manifest.folder / "source" / "communities.csv", dtype=str)
    streets, communities, _ = synthetic.levels
    assert dict(zip(streets.codes, streets.names, strict=True)) == dict(zip(real.street_code, real.street, strict=True))
    assert dict(zip(communities.codes, communities.names, strict=True)) == dict(
        zip(real.community_code, real.community, strict=True)
    )


def test_base_grids_are_numbered_north_to_south_and_west_to_east(synthetic: Boundaries) -> None:
    communities, grids = synthetic.levels[1:]
    parents = np.array(grids.parents)
    for code, community in zip(communities.codes, communities.geometries, strict=True):
        own = np.flatnonzero(parents == code)
        own = own[np.argsort(np.array(grids.codes)[own])]
        assert [grids.codes[i][12:] for i in own] == [f"{n:03d}" for n in range(1, len(own) + 1)]
        x, y = shapely.get_coordinates(shapely.centroid(grids.geometries[own])).T
        west, south, east, north = community.bounds
        tall = (north - south) / ((east - west) * np.cos(np.radians((north + south) / 2)))
        rows = max(1, round((len(own) * tall) ** 0.5))
        row = (north - y) // ((north - south) / rows)
        assert all((row[i], x[i]) < (row[i + 1], x[i + 1]) for i in range(len(own) - 1)), (
            f"{code} is not numbered in rows"
        )


def test_base_grids_have_the_size_of_blocks(synthetic: Boundaries) -> None:
    _, _, grids = synthetic.levels
    cells = gpd.GeoSeries(grids.geometries, crs=4326).to_crs(32650)
    compactness = 4 * np.pi * cells.area / cells.length**2
    assert cells.area.min() > 40_000
    assert compactness.median() > 0.7
    assert (compactness > 0.5).mean() > 0.98
    households = [attributes["households"] for attributes in grids.attributes]
    assert min(households) >= 150
    assert max(households) <= 500


def test_town_is_denser_than_the_township_around_it() -> None:
    streets = gpd.read_file(BOUNDARIES / "xinhua" / "streets.geojson").to_crs(32650).set_index("code")
    grids = gpd.read_file(BOUNDARIES / "xinhua" / "grids.geojson").to_crs(32650)
    mean = grids.area.groupby(grids.code.str[:9]).mean()
    assert streets.area.idxmax() == "130902200"
    assert mean["130902200"] > 2 * mean.drop("130902200").max()


def test_commissions_moved_by_less_than_two_centimetres() -> None:
    folder = BOUNDARIES / "washington"
    published = gpd.read_file(folder / "source" / "anc.geojson").to_crs(26985).set_index("ANC_ID").geometry
    shipped = gpd.read_file(folder / "anc.geojson").to_crs(26985).set_index("ANC_ID").geometry
    moved = shapely.hausdorff_distance(
        shapely.boundary(published.sort_index().values), shapely.boundary(shipped.sort_index().values)
    )
    assert moved.max() < 0.02


def test_only_the_spike_of_one_village_was_taken_off() -> None:
    folder = BOUNDARIES / "taipei"
    published = gpd.read_file(folder / "source" / "villages.geojson").set_index("VILLCODE").geometry
    shipped = gpd.read_file(folder / "villages.geojson").set_index("VILLCODE").geometry
    assert published.index[~published.is_valid].tolist() == ["63000080037"]
    for code, village in published.items():
        corners = {tuple(c) for c in shapely.get_coordinates(village)}
        kept = {tuple(c) for c in shapely.get_coordinates(shipped[code])}
        assert corners - kept == ({(121.5648617, 24.9641899)} if code == "63000080037" else set()), code


def _with_parents(level: LevelCells) -> Iterator[tuple[str, str | None]]:
    return zip(level.codes, level.parents, strict=True)
