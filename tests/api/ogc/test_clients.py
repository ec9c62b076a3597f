"""GDAL's driver for OGC API reads a running server: layers, pages, filters on the server's side, other systems."""

import numpy as np
import pyogrio
import shapely

from tests.conftest import Server


def test_gdal_lists_pages_filters_and_asks_for_another_system(server: Server) -> None:
    here = f"OAPIF:{server.url}/ogc/xinhua"
    layers = dict(pyogrio.list_layers(here).tolist())
    assert layers["cells-grid"] == "MultiPolygon"
    assert {"cells-street", "cells-community", "public-cases", "published-counts", "places"} < set(layers)
    grid = f"{here}/collections/cells-grid"
    frame = pyogrio.read_dataframe(grid, PAGE_SIZE=100)
    assert len(frame) == frame["code"].nunique() == 422
    assert frame.crs.to_epsg() == 4326 or frame.crs.to_string() == "OGC:CRS84"
    one = frame.iloc[200]
    found = pyogrio.read_dataframe(grid, where=f"code = '{one['code']}'")
    assert found["name"].tolist() == [one["name"]]
    box = one.geometry.bounds
    met = pyogrio.read_dataframe(grid, bbox=box)
    assert set(met["code"]) == set(frame[frame.intersects(shapely.box(*box))]["code"])
    projected = pyogrio.read_dataframe(grid, CRS="EPSG:4548", PAGE_SIZE=1000)
    assert projected.crs.to_epsg() == 4548
    ours, theirs = (each.sort_values("code").geometry for each in (projected, frame.to_crs(4548)))
    differ = shapely.get_coordinates(shapely.centroid(ours.values)) - shapely.get_coordinates(
        shapely.centroid(theirs.values)
    )
    assert np.abs(differ).max() < 0.05  # metres
