"""A page of reports: read from their own table alone, with what the grid in memory says of their base grids."""

import pytest

from tests.builders import create_boundaries
from wangge.access.scope import whole
from wangge.reports.listing import queries, reading
from wangge.reports.listing.filters import ReportFilter, matching
from wangge.reports.listing.places import places_of
from wangge.store.engine import connect, connect_async
from wangge.store.grids.editions import import_edition, publish
from wangge.store.grids.loading import load_grid

FILL = """
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                    ambiguous, raw_lon, raw_lat, datum, geom)
SELECT timestamptz '2026-01-01 00:00Z' + n * interval '1 minute', 'town', c.edition_id, c.id, 'assigned', 'lamp', now(),
       'test', false, false, ST_X(c.label), ST_Y(c.label), 'wgs84', c.label
FROM generate_series(1, 5000) AS n
JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS k, * FROM cell WHERE level = 1) c ON c.k = n % 4
"""


@pytest.fixture
def town(empty_database: str) -> str:
    """URL of a database with a town and 5,000 reports of its edition 2026, whose names end with the next edition."""
    with connect(empty_database) as connection:
        import_edition(connection, create_boundaries(label="old "))
        publish(connection, "town", "2026")
        connection.execute("""INSERT INTO category VALUES ('town', 'lamp', '{"en": "Lamp", "zh": "路灯"}')""")
        connection.execute("SELECT ensure_report_month('2026-01-01')")
        connection.execute(FILL)
        import_edition(connection, create_boundaries(edition="2027", label="new "))
        connection.execute("ANALYZE")
    return empty_database


def test_a_page_sorts_nothing_and_asks_no_other_table(town: str) -> None:
    where, values = matching(ReportFilter("town"), whole("town"))
    with connect(town) as connection:
        query = "EXPLAIN " + queries.NEWEST_FIRST.format(where=where, source="report", order="report")
        plan = "\n".join(line for (line,) in connection.execute(query, values | {"limit": 1001}))
    assert "Sort" not in plan, plan
    assert "cell" not in plan, plan
    assert "edition" not in plan, plan


async def test_the_grid_in_memory_and_the_database_say_the_same_of_a_place(town: str) -> None:
    """Whichever edition is in memory: a report tells the names and the edition that it was assigned under."""
    found = []
    for label in ("2026", "2027"):
        with connect(town) as connection:
            grid = load_grid(connection, "town", label)
        async with await connect_async(town) as connection:
            rows = await reading.list_reports(connection, ReportFilter("town"), whole("town"), 50)
            places = await places_of(connection, grid, [row.cell_id for row in rows])
        said = [(places[row.cell_id].edition, places[row.cell_id].synthetic) for row in rows]
        cells = [(*places[row.cell_id].ancestors, places[row.cell_id].cell) for row in rows]
        named = [[(cell.level, cell.code, cell.name, cell.path) for cell in path] for path in cells]
        found.append(list(zip(said, named, strict=True)))
    assert found[0] == found[1]
    assert {entry[0] for entry in found[0]} == {("2026", True)}
    assert {entry[1][0] for entry in found[0]} == {("street", code, f"old {code}", (code,)) for code in "AB"}
    assert {entry[1][1][:2] for entry in found[0]} == {("grid", code) for code in ("A1", "A2", "B1", "B2")}
