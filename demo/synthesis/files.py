"""Files of a shipped territory are written so that the same cells always give the same bytes."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from wangge.data import DATA

__all__ = [
    "BOUNDARIES",
    "Feature",
    "Row",
    "read_communities",
    "read_layer",
    "write_geojson",
    "write_geopackage",
    "write_packed",
]

BOUNDARIES = DATA / "boundaries"

DECIMALS = 7
"""Digits kept of a longitude or latitude: a centimetre, and the grid on which every shared vertex lies."""


@dataclass(frozen=True)
class Feature:
    """One cell as it is written: its properties and its polygon in lon, lat."""

    properties: Mapping[str, str | int | bool]
    geometry: BaseGeometry


@dataclass(frozen=True)
class Row:
    """A street and the communities that it holds, in the order of their codes."""

    code: str
    name: str
    communities: list[tuple[str, str]] = field(default_factory=list)


def read_communities(folder: Path) -> list[Row]:
    """The streets of ``source/communities.csv`` with their communities."""
    streets: dict[str, Row] = {}
    with (folder / "source" / "communities.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            street = streets.setdefault(line["street_code"], Row(line["street_code"], line["street"]))
            street.communities.append((line["community_code"], line["community"]))
    return list(streets.values())


def read_layer(path: Path) -> tuple[dict[str, npt.NDArray[np.object_]], npt.NDArray[np.object_]]:
    """The columns and the geometries of a one-layer file."""
    meta, _, geometry, columns = pyogrio.raw.read(path)
    return dict(zip(meta["fields"], columns, strict=True)), shapely.from_wkb(geometry)


def write_geojson(path: Path, features: Iterable[Feature]) -> None:
    """Write RFC 7946 GeoJSON, one feature a line, exterior rings counter-clockwise."""
    lines = [json.dumps(_as_json(f), ensure_ascii=False, separators=(", ", ": ")) for f in features]
    body = ",\n".join(lines)
    path.write_text(f'{{"type": "FeatureCollection", "features": [\n{body}\n]}}\n', encoding="utf-8", newline="\n")


def write_geopackage(path: Path, layers: Mapping[str, list[Feature]]) -> None:
    """Write a GeoPackage whose bytes do not depend on the day (they may on the version of GDAL)."""
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-01-01T00:00:00Z"})
    try:
        for layer, features in layers.items():
            shapes = [shapely.orient_polygons(shapely.normalize(f.geometry)) for f in features]
            frame = gpd.GeoDataFrame([dict(f.properties) for f in features], geometry=shapes, crs=4326)
            pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG", SPATIAL_INDEX="NO")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_packed(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a gzipped CSV, the same bytes inside the gzip each time."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.getvalue().encode())


def _as_json(feature: Feature) -> dict[str, object]:
    shape = shapely.geometry.mapping(shapely.orient_polygons(shapely.normalize(feature.geometry)))
    return {
        "type": "Feature",
        "properties": dict(feature.properties),
        "geometry": {"type": shape["type"], "coordinates": _rounded(shape["coordinates"])},
    }


def _rounded(coordinates: Sequence[object]) -> list[object]:
    return [
        round(part, DECIMALS) if isinstance(part, float) else _rounded(part)  # type: ignore[arg-type]
        for part in coordinates
    ]
