"""Reports in the past, stored as they are counted: where, of what, when."""

from collections.abc import Sequence

from wangge.geo.grid import Cell
from wangge.store.engine import connect

__all__ = ["put_points", "put_reports"]

PUT = """
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                    ambiguous, raw_lon, raw_lat, datum, geom)
SELECT p.at, 'xinhua', t.current_edition_id, p.cell, 'assigned', p.category, p.at, 'test', false, false, p.lon, p.lat,
       'wgs84', ST_SetSRID(ST_Point(p.lon, p.lat), 4326)
FROM point p JOIN territory t ON t.code = 'xinhua'
"""


def put_points(url: str, points: Sequence[tuple[Cell, float, float, str, str]]) -> None:
    """Store a report of Xinhua for each (base grid, lon, lat, category, time)."""
    with connect(url) as connection:
        connection.execute(
            "CREATE TEMPORARY TABLE point (cell bigint, lon float8, lat float8, category text, at timestamptz)"
            " ON COMMIT DROP"
        )
        with connection.cursor() as cursor, cursor.copy("COPY point FROM STDIN") as copy:
            for cell, lon, lat, category, at in points:
                copy.write_row((cell.id, lon, lat, category, at))
        connection.execute(
            "SELECT ensure_report_month(month::date) FROM (SELECT DISTINCT date_trunc('month', at, 'UTC') AS month"
            " FROM point) AS months"
        )
        connection.execute(PUT)


def put_reports(url: str, reports: Sequence[tuple[Cell, str, str]]) -> None:
    """Store a report of Xinhua somewhere in the base grid of each (base grid, category, time)."""
    places = {cell.code: cell.geometry.representative_point() for cell, _, _ in reports}  # type: ignore[union-attr]
    put_points(url, [(cell, places[cell.code].x, places[cell.code].y, kind, at) for cell, kind, at in reports])
