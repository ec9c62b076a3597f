"""Answers as tables of geopandas."""

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

import httpx2

from wangge.api.schemas.reports import Report

if TYPE_CHECKING:
    import geopandas

__all__ = ["frame_in", "frame_of"]


def frame_in(answer: httpx2.Response) -> "geopandas.GeoDataFrame":
    """The table of a GeoParquet file."""
    import geopandas  # which whoever asks for no table does without

    return geopandas.read_parquet(BytesIO(answer.content))


def frame_of(reports: Iterable[Report]) -> "geopandas.GeoDataFrame":
    """Listed reports as a table of points in WGS-84: a column for each field that is no list, the cell by its code."""
    import geopandas

    kept = [name for name in Report.model_fields if name not in {"lon", "lat", "raw", "ancestors", "areas", "links"}]
    rows, lons, lats = [], [], []
    for report in reports:
        rows.append({name: getattr(report, name) for name in kept} | {"cell": report.cell.code})
        lons.append(report.lon)
        lats.append(report.lat)
    points = geopandas.points_from_xy(lons, lats)
    columns = {name: [row[name] for row in rows] for name in kept}
    return geopandas.GeoDataFrame(columns, geometry=points, crs="EPSG:4326")
