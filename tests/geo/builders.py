"""Small territories, built in memory or written as folders, for tests to break."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from wangge.geo.boundaries import Boundaries, LevelCells
from wangge.geo.coverage.measure import Plane
from wangge.geo.datum import Datum
from wangge.geo.manifest import LevelSpec, Manifest

PLANE = Plane(116.9, 38.3)
"""Shapes of the builders are given in metres around this place in Xinhua."""


def box(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """A rectangle in lon, lat, its sides given in metres from the middle of `PLANE`."""
    return _on_earth(shapely.box(west, south, east, north))


def polygon(*vertices: tuple[float, float]) -> BaseGeometry:
    """A polygon in lon, lat, its vertices given in metres."""
    return _on_earth(shapely.Polygon(vertices))


def _on_earth(shape: BaseGeometry) -> BaseGeometry:
    moved: BaseGeometry = PLANE.to_lonlat(shape)
    return moved


def spec(key: str, parent: str | None = None) -> LevelSpec:
    name = {"en": key.title(), "zh": key}
    return LevelSpec(key, name, f"{key}.geojson", None, "code", "name", parent, ())


def manifest(*levels: LevelSpec, **changes: Any) -> Manifest:
    values: dict[str, Any] = {
        "code": "testland",
        "name": {"en": "Testland", "zh": "测试区"},
        "timezone": "Asia/Shanghai",
        "edition": "1",
        "valid_from": date(2026, 1, 1),
        "datum": Datum.WGS84,
        "source": "tests",
        "licence": "CC0-1.0",
        "synthetic": True,
        "levels": levels,
        "folder": Path(),
    }
    return Manifest(**{**values, **changes})


def level(level_spec: LevelSpec, shapes: dict[str, BaseGeometry], parents: dict[str, str] | None = None) -> LevelCells:
    codes = list(shapes)
    return LevelCells(
        spec=level_spec,
        codes=codes,
        names=[f"Cell {code}" for code in codes],
        parents=[(parents or {}).get(code) for code in codes],
        geometries=np.array(list(shapes.values()), dtype=object),
        attributes=[{} for _ in codes],
    )


def flat(shapes: dict[str, BaseGeometry], **changes: Any) -> Boundaries:
    """A territory of one level."""
    return Boundaries(manifest(spec("grid"), **changes), (level(spec("grid"), shapes),))


def two_streets(**cells: BaseGeometry | None) -> Boundaries:
    """Two streets, A west of B, 300 m square, each of nine 100 m grids A1…A9, B1…B9 from the south-west corner.

    A cell given by name takes the place of the regular one; None leaves it out.
    """
    regular: dict[str, BaseGeometry | None] = {}
    for street, west in (("A", -300), ("B", 0)):
        regular[street] = _ring(west, 0, 300)
        for i in range(9):
            x, y = west + 100 * (i % 3), 100 * (i // 3)
            regular[f"{street}{i + 1}"] = box(x, y, x + 100, y + 100)
    shapes = {code: shape for code, shape in {**regular, **cells}.items() if shape is not None}
    streets = {code: shape for code, shape in shapes.items() if len(code) == 1}
    grids = {code: shape for code, shape in shapes.items() if len(code) > 1}
    return nested(streets, grids)


def nested(streets: dict[str, BaseGeometry], cells: dict[str, BaseGeometry]) -> Boundaries:
    """Streets and the cells in them; a cell's code begins with its street's letter."""
    specs = spec("street"), spec("grid", "street")
    levels = level(specs[0], streets), level(specs[1], cells, {code: code[0] for code in cells})
    return Boundaries(manifest(*specs), levels)


def _ring(west: float, south: float, side: float) -> BaseGeometry:
    """A square with a vertex at each third of a side, where its grids meet it."""
    return _on_earth(shapely.segmentize(shapely.box(west, south, west + side, south + side), side / 3))


def write_folder(folder: Path, boundaries: Boundaries, *, suffix: str = "geojson", crs: str = "EPSG:4326") -> Path:
    """A territory's folder with one file for each level, in the format of a suffix and in a CRS."""
    folder.mkdir(parents=True, exist_ok=True)
    for cells in boundaries.levels:
        columns = {"code": cells.codes, "name": cells.names, cells.spec.parent or "above": cells.parents}
        columns |= {name: [row[name] for row in cells.attributes] for name in cells.spec.attributes}
        frame = geopandas.GeoDataFrame(columns, geometry=cells.geometries, crs="EPSG:4326").to_crs(crs)
        path = folder / f"{cells.spec.key}.{suffix}"
        frame.to_parquet(path) if suffix == "parquet" else frame.to_file(path, **_options(suffix))
    (folder / "manifest.toml").write_text(manifest_toml(boundaries.manifest, suffix=suffix), encoding="utf-8")
    return folder


def _options(suffix: str) -> dict[str, Any]:
    return {"engine": "pyogrio"} | ({"COORDINATE_PRECISION": 15} if suffix.startswith("geojson") else {})


def manifest_toml(given: Manifest, *, suffix: str = "geojson", extra: Sequence[str] = ()) -> str:
    lines = [
        f'code = "{given.code}"',
        f'name = {{ en = "{given.name["en"]}", zh = "{given.name["zh"]}" }}',
        f'timezone = "{given.timezone}"',
        f'edition = "{given.edition}"',
        f"valid_from = {given.valid_from.isoformat()}",
        f'datum = "{given.datum}"',
        f'source = "{given.source}"',
        f'licence = "{given.licence}"',
        f"synthetic = {str(given.synthetic).lower()}",
        *extra,
    ]
    for table in given.levels:
        lines += [
            "",
            "[[levels]]",
            f'key = "{table.key}"',
            f'name = {{ en = "{table.name["en"]}", zh = "{table.name["zh"]}" }}',
            f'file = "{table.key}.{suffix}"',
            f'code = "{table.code}"',
            f'label = "{table.label}"',
            *([f'parent = "{table.parent}"'] if table.parent else []),
            f"attributes = {list(table.attributes)}",
        ]
    return "\n".join(lines) + "\n"
