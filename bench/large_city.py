"""A generated city of four levels, as a territory's folder: districts, streets, communities and base grids.

The base grids are those of `bench/cities.py`: neighbours share fractal borders bit for bit. The levels above are unions
of them, block by block. A damaged one has single vertices of some base grids moved by less than a check's tolerance.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from bench.cities import Polygons, city

__all__ = ["LEVELS", "write_city"]

LEVELS = ("district", "street", "community", "grid")
BLOCKS = (4, 16, 48)  # of districts, streets and communities along a side of the city
DAMAGED = 0.01
MOVED = 3e-6  # degrees, 0.3 m: less than the tolerance of a check

MANIFEST = """code = "{code}"
name = {{ en = "Large city", zh = "大城" }}
timezone = "Asia/Shanghai"
edition = "{edition}"
valid_from = {day}
datum = "wgs84"
source = "generated (bench/large_city.py)"
licence = "CC0-1.0"
synthetic = true
"""
LEVEL = """
[[levels]]
key = "{key}"
name = {{ en = "{key}", zh = "{key}" }}
file = "{key}.geojson"
code = "code"
parent = "parent"
"""


def write_city(
    folder: Path,
    cells: int,
    vertices: int = 60,
    *,
    code: str = "large",
    edition: str = "1",
    day: str = "2026-01-01",
    seed: int = 0,
    damaged: bool = False,
) -> None:
    """Write the folder of a city with `cells` base grids of `vertices` on average."""
    polygons = city(cells, vertices, seed, holed=0.0, parted=0.0)
    codes, parents, shapes = _nested(polygons)
    if damaged:
        shapes[-1] = _jittered(shapes[-1])
    folder.mkdir(parents=True, exist_ok=True)
    levels = "".join(LEVEL.format(key=key) for key in LEVELS)
    (folder / "manifest.toml").write_text(MANIFEST.format(code=code, edition=edition, day=day) + levels)
    for depth, key in enumerate(LEVELS):
        features = [
            {
                "type": "Feature",
                "properties": {"code": code_, "parent": parent},
                "geometry": shapely.geometry.mapping(shape),
            }
            for code_, parent, shape in zip(codes[depth], parents[depth], shapes[depth], strict=True)
        ]
        (folder / f"{key}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def _nested(polygons: Polygons) -> tuple[list[list[str]], list[list[str]], list[Any]]:
    """Codes, parents and shapes of each level, from the top; blocks without a base grid are left out."""
    at = shapely.get_coordinates(shapely.point_on_surface(polygons))
    low, high = at.min(axis=0), at.max(axis=0) + 1e-9
    paths = []
    for blocks in BLOCKS:
        i, j = (blocks * (at - low) / (high - low)).astype(int).T
        paths.append([f"{a:02d}{b:02d}" for a, b in zip(i.tolist(), j.tolist(), strict=True)])
    named = ["".join(path) for path in zip(*paths, strict=True)]
    keys = [[name[: 4 * (depth + 1)] for name in named] for depth in range(3)]
    keys.append([f"{name}{n:05d}" for n, name in enumerate(named)])
    codes, parents, shapes = [], [], []
    for depth in range(3):
        of_block = np.array(keys[depth])
        found, first = np.unique(of_block, return_index=True)
        codes.append(found.tolist())
        parents.append([keys[depth - 1][n] if depth else "" for n in first])
        order = np.argsort(of_block, kind="stable")
        groups = np.split(polygons[order], np.cumsum(np.unique(of_block, return_counts=True)[1])[:-1])
        shapes.append(np.array([shapely.coverage_union_all(group) for group in groups], dtype=object))
    return [*codes, keys[3]], [*parents, keys[2]], [*shapes, polygons.copy()]


def _jittered(polygons: Polygons, seed: int = 1) -> Polygons:
    """Some polygons with one vertex each a little beside its neighbours'."""
    rng = np.random.default_rng(seed)
    picked = rng.choice(len(polygons), max(1, int(DAMAGED * len(polygons))), replace=False)

    def moved(xy: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        out = xy.copy()
        out[len(xy) // 2] += rng.uniform(-MOVED, MOVED, 2)
        return out

    jittered = polygons.copy()
    for n in picked:
        jittered[n] = shapely.transform(polygons[n], moved)
    return jittered
