"""Findings as a layer of a file, for planners: what GeoJSON over HTTP holds, in any form that is written here."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import shapely

from wangge.data.languages import LANGUAGES
from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.layers import Layer
from wangge.geo.grid import Grid
from wangge.patterns.findings.telling import as_feature

__all__ = ["finding_layer"]

_TYPES: dict[str, pa.DataType] = {
    "id": pa.int64(),
    **dict.fromkeys(("kind", "source", "category", *(f"sentence_{one}" for one in LANGUAGES)), pa.string()),
    **dict.fromkeys(("first_day", "last_day", "found_on", "seen_on"), pa.date32()),
    **dict.fromkeys(("centre", "cells"), pa.string()),
    "observed": pa.int64(),
    "expected": pa.float64(),
    "against": pa.string(),
    **dict.fromkeys(("p", "recurrence_days"), pa.float64()),
    **dict.fromkeys(("reports", "reporters", "unknown_reporters"), pa.int64()),
    "median_gap_s": pa.float64(),
    "method": pa.string(),
    GEOMETRY: pa.binary(),
}


def finding_layer(grid: Grid, rows: Sequence[Any]) -> Layer:
    """The findings that were asked for with their shapes, each with the area of its cells."""
    schema = pa.schema(_TYPES.items())
    records = [
        as_feature(row)["properties"] | {GEOMETRY: shapely.to_wkb(shapely.from_geojson(row.geometry))} for row in rows
    ]
    about: dict[str, str | bool] = {"territory": grid.territory, "edition": grid.edition, "synthetic": grid.synthetic}
    batch = pa.RecordBatch.from_pylist(records, schema=schema)
    return Layer(f"{grid.territory}_findings", schema, [batch], "MultiPolygon", about, id="id")
