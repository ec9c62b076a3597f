"""A database with reports to draw: scattered over Xinhua, some of them exactly on the borders of tiles."""

import os
from collections.abc import Iterator

import numpy as np
import pytest

from tests.tilesets.tile_math import lat_of_row, lon_of_column
from wangge.store.engine import Connection, connect
from wangge.store.postgres.cluster import Cluster

# What is where: points of both territories with category and time, placed by the rule of every assignment.
PUT_REPORTS = """
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                    ambiguous, raw_lon, raw_lat, datum, geom)
SELECT p.at, t.code, t.current_edition_id, c.id, 'assigned', p.category, p.at, 'test', false, false, p.lon, p.lat,
       'wgs84', ST_SetSRID(ST_Point(p.lon, p.lat), 4326)
FROM point p
JOIN territory t ON t.code = p.territory
JOIN edition e ON e.id = t.current_edition_id
CROSS JOIN LATERAL (
    SELECT c.id FROM cell c
    WHERE c.edition_id = e.id AND c.level = jsonb_array_length(e.levels) - 1
      AND ST_Covers(c.geom, ST_SetSRID(ST_Point(p.lon, p.lat), 4326))
    ORDER BY c.code COLLATE "C" LIMIT 1
) c
"""

XINHUA = (116.852, 38.249, 116.962, 38.365)


def put_reports(connection: Connection, points: list[tuple[str, float, float, str, str]]) -> int:
    """Store a report for each (territory, lon, lat, category, time) that lies in the territory; says how many did."""
    with connection.transaction():
        connection.execute(
            "CREATE TEMPORARY TABLE point (territory text, lon float8, lat float8, category text, at timestamptz)"
            " ON COMMIT DROP"
        )
        with connection.cursor() as cursor, cursor.copy("COPY point FROM STDIN") as copy:
            for point in points:
                copy.write_row(point)
        connection.execute(
            "SELECT ensure_report_month(month::date) FROM (SELECT DISTINCT date_trunc('month', at, 'UTC') AS month"
            " FROM point) AS months"
        )
        return connection.execute(PUT_REPORTS).rowcount


def scattered() -> list[tuple[str, float, float, str, str]]:
    """3,000 places in and around Xinhua over 2025, and 200 on the borders of the tiles of zooms 12 and 14."""
    random = np.random.default_rng(20260101)
    west, south, east, north = XINHUA
    places = list(zip(random.uniform(west, east, 3000), random.uniform(south, north, 3000), strict=True))
    for zoom in (12, 14):
        column = int((116.9 + 180) / 360 * 2**zoom)
        row = next(row for row in range(2**zoom) if lat_of_row(zoom, row) < 38.31)
        places += [(lon_of_column(zoom, column), lat) for lat in random.uniform(38.28, 38.33, 50)]
        places += [(lon, lat_of_row(zoom, row)) for lon in random.uniform(116.86, 116.92, 49)]
        places.append((lon_of_column(zoom, column), lat_of_row(zoom, row)))
    categories = ["parking", "wiring"]
    return [
        ("xinhua", float(lon), float(lat), categories[at % 2], f"2025-{at % 12 + 1:02}-15T12:00:00Z")
        for at, (lon, lat) in enumerate(places)
    ]


@pytest.fixture(scope="session")
def drawn_url(cluster: Cluster, furnished: str) -> Iterator[str]:
    """URL of a database with Xinhua's scattered reports and three in Washington; tests only read it."""
    name = f"drawn{os.getpid()}"
    url = cluster.create_database(name, template=furnished)
    with connect(url) as connection:
        assert put_reports(connection, scattered()) > 1500
        capitol = [
            ("washington", -77.0091, 38.8899, code, "2015-06-01T12:00:00Z") for code in washington_codes(connection)
        ]
        assert put_reports(connection, capitol) == 3
        connection.execute("ANALYZE")
    yield url
    cluster.drop_database(name)


def washington_codes(connection: Connection) -> list[str]:
    """Codes of three of Washington's categories."""
    rows = connection.execute("SELECT code FROM category WHERE territory_code = 'washington' ORDER BY code LIMIT 3")
    return [row[0] for row in rows]


@pytest.fixture
def drawn(drawn_url: str) -> Iterator[Connection]:
    """A connection to the database with reports to draw; what a test changes is undone."""
    with connect(drawn_url) as connection:
        yield connection
        connection.rollback()
