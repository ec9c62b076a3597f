"""Heat tiles: every report is counted once, no more exactly than 30 m, and the filters hold."""

import json
import math
from typing import Any

import pytest

from tests.tilesets.tile_math import Address, address, covering, decoded, place
from wangge.store.engine import Connection

XINHUA = (116.852, 38.249, 116.962, 38.365)


def heat(connection: Connection, at: Address, **query: Any) -> list[tuple[float, float, int]]:
    """Points of one tile: lon, lat, count."""
    asked = json.dumps({"territory": "xinhua"} | query)
    row = connection.execute("SELECT wangge_heat(%s, %s, %s, %s)", [*at, asked]).fetchone()
    assert row is not None
    layers = decoded(bytes(row[0] or b""))
    assert set(layers) <= {"heat"}
    return [
        (*place(at, layers["heat"]["extent"], *feature["geometry"]["coordinates"]), feature["properties"]["count"])
        for feature in layers.get("heat", {"features": []})["features"]
    ]


def counted(connection: Connection, z: int, **query: Any) -> int:
    return sum(count for at in covering(z, XINHUA) for *_, count in heat(connection, at, **query))


def stored(connection: Connection, condition: str = "true", *values: Any) -> int:
    query = "SELECT count(*) FROM report r JOIN cell c ON c.id = r.cell_id WHERE r.territory_code = 'xinhua' AND "
    row = connection.execute(query + condition, values).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("z", [0, 5, 9, 11, 12, 13, 14])
def test_every_report_is_counted_in_exactly_one_tile_of_each_zoom(drawn: Connection, z: int) -> None:
    everything = stored(drawn)
    assert everything > 1500
    assert counted(drawn, z) == everything


def test_the_filters_hold(drawn: Connection) -> None:
    assert counted(drawn, 11, category="parking") == stored(drawn, "category = 'parking'") > 0
    spring = {"from": "2025-03-01T00:00:00Z", "to": "2025-06-01T00:00:00Z"}
    assert counted(drawn, 11, **spring) == stored(drawn, "extract(month FROM received_at) IN (3, 4, 5)") > 0
    at_noon = "2025-03-15T12:00:00Z"
    march = stored(drawn, "extract(month FROM received_at) = 3")
    assert counted(drawn, 11, **{"from": at_noon, "to": "2025-04-01T00:00:00Z"}) == march
    assert counted(drawn, 11, **{"from": "2025-03-01T00:00:00Z", "to": at_noon}) == 0
    assert counted(drawn, 11, category="nothing of the kind") == 0


def test_a_cell_of_any_level_can_be_asked_for(drawn: Connection) -> None:
    row = drawn.execute(
        "SELECT c.path FROM report r JOIN cell c ON c.id = r.cell_id WHERE r.territory_code = 'xinhua'"
        " ORDER BY r.id LIMIT 1"
    ).fetchone()
    assert row is not None
    for level, code in zip(("street", "community", "grid"), row[0], strict=True):
        inside = stored(drawn, "c.path @> ARRAY[%s]", code)
        assert counted(drawn, 12, cell=code) == counted(drawn, 12, cell=code, level=level) == inside > 0
    assert counted(drawn, 12, cell=row[0][0], level="grid") == 0
    assert counted(drawn, 12, cell="no such cell") == 0


def test_another_territory_is_not_counted(drawn: Connection) -> None:
    at = address(10, -77.0091, 38.8899)
    assert heat(drawn, at) == []
    assert [count for *_, count in heat(drawn, at, territory="washington")] == [3]


def test_bins_with_few_reports_are_left_out_when_that_is_asked(drawn: Connection) -> None:
    counts = [count for at in covering(12, XINHUA) for *_, count in heat(drawn, at)]
    assert min(counts) == 1
    assert max(counts) > 2
    assert counted(drawn, 12, min_count=2) == sum(count for count in counts if count >= 2)


def test_no_zoom_shows_a_place_more_exactly_than_about_30_m(drawn: Connection) -> None:
    for z in range(15):
        for lat in (0.0, 25.0, 38.3, 45.8, 60.0, 70.0):
            _, _, y = address(z, 0, lat)
            row = drawn.execute("SELECT wangge_heat_bins(%s, %s)", [z, y]).fetchone()
            assert row is not None
            assert 4096 % row[0] == 0
            assert 40_075_017 * math.cos(math.radians(lat)) / 2**z / row[0] > 27
    at = address(14, 116.9, 38.3)
    points = heat(drawn, at)
    assert points
    assert len({(round(lon, 9), round(lat, 9)) for lon, lat, _ in points}) == len(points)
    assert heat(drawn, address(15, points[0][0], points[0][1])) == []


def test_a_time_range_reads_only_its_months(drawn: Connection) -> None:
    """The plan inside the function, by the tables that it touched."""
    drawn.execute("SELECT pg_stat_clear_snapshot()")
    query = json.dumps({"territory": "xinhua", "from": "2025-03-01T00:00:00Z", "to": "2025-04-01T00:00:00Z"})
    drawn.execute("SELECT wangge_heat(11, %s, %s, %s)", [*address(11, 116.9, 38.3)[1:], query])
    touched = {
        row[0]
        for row in drawn.execute(
            "SELECT relname FROM pg_stat_xact_all_tables WHERE relname LIKE 'report\\_2%%'"
            " AND coalesce(seq_scan, 0) + coalesce(idx_scan, 0) > 0",
            [],
        )
    }
    assert len(touched) == 1, touched
    assert "2025" in next(iter(touched))
