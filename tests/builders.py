"""Plain builders of what tests need."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from wangge.geo.boundaries import Boundaries, LevelCells
from wangge.geo.datum import Datum
from wangge.geo.grid import Cell, Grid, Location
from wangge.geo.manifest import LevelSpec, Manifest

__all__ = ["create_boundaries", "unclear_points"]


def create_boundaries(
    code: str = "town", edition: str = "2026", shift: float = 0.0, label: str = "", **changed: Any
) -> Boundaries:
    """Two streets with two base grids each, side by side around 116.9 E, 38.3 N; `shift` moves the inner line."""
    west, south, size = 116.9, 38.3, 0.01
    middle = west + size + shift
    lons = [west, middle, west + 2 * size]
    lats = [south, south + size, south + 2 * size]

    def box(i: int, j: int) -> shapely.Polygon:
        return shapely.box(lons[i], lats[j], lons[i + 1], lats[j + 1])

    streets = [shapely.box(lons[i], lats[0], lons[i + 1], lats[2]) for i in range(2)]
    grids = [box(i, j) for i in range(2) for j in range(2)]
    manifest = Manifest(
        code=code,
        name={"en": "Town", "zh": "城"},
        timezone="Asia/Shanghai",
        edition=edition,
        valid_from=changed.pop("valid_from", date(2026, 1, 1)),
        datum=Datum.WGS84,
        source="builders",
        licence="none",
        synthetic=True,
        levels=(spec("street", "Street", "街道"), spec("grid", "Grid", "网格")),
        folder=Path(),
    )
    assert not changed
    return Boundaries(
        manifest,
        (
            LevelCells(
                manifest.levels[0],
                codes=["A", "B"],
                names=[f"{label}A", f"{label}B"],
                parents=[None, None],
                geometries=np.array(streets, dtype=object),
                attributes=[{}, {}],
            ),
            LevelCells(
                manifest.levels[1],
                codes=["A1", "A2", "B1", "B2"],
                names=["a1", "a2", "b1", "b2"],
                parents=["A", "A", "B", "B"],
                geometries=np.array(grids, dtype=object),
                attributes=[{"households": 300 + i} for i in range(4)],
            ),
        ),
    )


def unclear_points(grid: Grid, radius_m: float = 60) -> Iterator[tuple[tuple[float, float], Cell, Cell]]:
    """Points whose error circle lies mostly in a base grid of another community than their own: their own, and that."""
    for lon, lat in shapely.get_coordinates([leaf.geometry for leaf in grid.leaves]).tolist():
        at, shares = grid.locate(lon, lat), grid.candidates(lon, lat, radius_m)
        assert isinstance(at, Location)
        if shares and shares[0].share > 0.5 and shares[0].cell.path[:-1] != at.cell.path[:-1]:
            yield (lon, lat), at.cell, shares[0].cell


def spec(key: str, en: str, zh: str) -> LevelSpec:
    return LevelSpec(
        key=key,
        name={"en": en, "zh": zh},
        file="cells.geojson",
        layer=None,
        code="code",
        label="name",
        parent=None if key == "street" else "parent",
        attributes=(),
    )
