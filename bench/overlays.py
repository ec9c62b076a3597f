"""Overlays of Washington: shares beside geopandas, and the areas of 34,033 cases beside geopandas' join.

    python -m bench.overlays

Every share of every base grid under all five overlays is compared, and the area of each case in each.
"""

import gzip
import time
import tomllib
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from wangge.api.cli.examples import BOUNDARIES, OVERLAYS, REPORTS
from wangge.geo.boundaries import read_boundaries
from wangge.geo.coverage.measure import area_m2, polygons_of
from wangge.geo.folders import grid_of
from wangge.geo.overlays.areas import AreaEdition, Overlay, Overlays
from wangge.geo.overlays.reading import read_areas
from wangge.planning.fusing import fused

NEAR = (-77.2, 38.7, -76.8, 39.1)
DAY = date(2015, 6, 1)


def main() -> None:
    """Compare, and print what differs."""
    grid = grid_of(read_boundaries(BOUNDARIES / "washington"))
    cells = {leaf.code: leaf.geometry for leaf in grid.leaves}
    frame = gpd.GeoDataFrame({"cell": [*cells]}, geometry=[*cells.values()], crs="OGC:CRS84")
    whole = dict(zip(cells, area_m2(frame.geometry.to_numpy()), strict=True))
    with gzip.open(REPORTS / "washington_2015_2016.csv.gz") as file:
        cases = pd.read_csv(file)
    lon, lat = cases["LONGITUDE"].to_numpy(float), cases["LATITUDE"].to_numpy(float)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs="OGC:CRS84")
    print("overlay   areas  shares     worst  cut moves      s  geopandas s  cases differ")
    for one in tomllib.loads((OVERLAYS / "overlays.toml").read_text("utf-8"))["overlays"]:
        key, code = one["key"], one["code"]
        path = OVERLAYS / one["file"]
        edition = AreaEdition(read_areas(path, NEAR, code_field=code).areas, DAY)
        areas = gpd.GeoDataFrame(
            {"area": [area.code for area in edition.areas]},
            geometry=[area.geometry for area in edition.areas],
            crs="OGC:CRS84",
        )
        start = time.perf_counter()
        fusion = fused(grid.leaves, edition.areas)
        ours = time.perf_counter() - start
        start = time.perf_counter()
        laid = gpd.overlay(frame, areas, how="intersection", keep_geom_type=True)
        theirs = time.perf_counter() - start
        expected: dict[tuple[str, str], float] = {}
        for cell, area, shape in zip(laid["cell"], laid["area"], laid.geometry, strict=True):
            expected[cell, area] = expected.get((cell, area), 0.0) + area_m2(polygons_of(shape)).sum() / whole[cell]
        found = {(one.cell, part.area): part.share for one in fusion.cells for part in one.parts}
        worst = max(abs(expected.get(pair, 0) - found.get(pair, 0)) for pair in expected.keys() | found.keys())
        joined = gpd.sjoin(points, areas, predicate="intersects").groupby(level=0)["area"].min()
        named = Overlays([Overlay(key, {}, (edition,))]).codes(key, lon, lat, [DAY] * len(cases))
        truth = joined.reindex(range(len(cases)))
        differ = int(
            np.sum([told != (None if pd.isna(true) else true) for told, true in zip(named, truth, strict=True)])
        )
        print(
            f"{key:<9}{len(edition.areas):>6}{len(found):>8}{worst:>10.1e}{len(fusion.cuts):>5}{len(fusion.moves):>6}"
            f"{ours:>7.2f}{theirs:>13.2f}{differ:>14}"
        )
    print(f"{len(cases)} cases, shapely {shapely.__version__}, geopandas {gpd.__version__}")


if __name__ == "__main__":
    main()
