"""Counts of every cell: they add up, hold their filters, and follow a new edition."""

from datetime import date
from typing import Any

from wangge.store.engine import Connection

ALL = "SELECT code, reports FROM wangge_cell_counts(%s, %s, %s, %s, %s)"


def counts(
    connection: Connection, level: str, since: Any = None, until: Any = None, category: Any = None
) -> dict[str, int]:
    return dict(connection.execute(ALL, ["xinhua", level, since, until, category]).fetchall())


def test_counts_of_every_level_add_up_to_the_reports(drawn: Connection) -> None:
    rows = drawn.execute(
        "SELECT c.path, count(*) FROM report r JOIN cell c ON c.id = r.cell_id"
        " WHERE r.territory_code = 'xinhua' GROUP BY c.path"
    ).fetchall()
    total = sum(n for _, n in rows)
    for depth, (level, cells) in enumerate([("street", 6), ("community", 66), ("grid", 422)]):
        found = counts(drawn, level)
        assert len(found) == cells
        assert sum(found.values()) == total
        expected: dict[str, int] = dict.fromkeys(found, 0)
        for path, n in rows:
            expected[path[depth]] += n
        assert found == expected


def test_counts_hold_category_and_time(drawn: Connection) -> None:
    row = drawn.execute(
        "SELECT count(*) FROM report WHERE territory_code = 'xinhua' AND category = 'wiring'"
        " AND received_at >= '2025-02-01Z' AND received_at < '2025-05-01Z'"
    ).fetchone()
    assert row is not None
    found = counts(drawn, "grid", date(2025, 2, 1), date(2025, 5, 1), "wiring")
    assert sum(found.values()) == row[0] > 0


def test_an_unknown_level_has_no_cells(drawn: Connection) -> None:
    assert counts(drawn, "galaxy") == {}


def test_reports_of_an_older_edition_are_counted_where_they_lie_now(drawn: Connection) -> None:
    """A new edition halves Xinhua at 38.30° north: every old report counts in one half, by its point."""
    edition = drawn.execute(
        "INSERT INTO edition (territory_code, label, valid_from, source, licence, synthetic, hash, levels)"
        """ VALUES ('xinhua', 'halves', '2030-01-01', '', '', true, '', '[{"key": "half"}]') RETURNING id"""
    ).fetchone()
    assert edition is not None
    for code, south, north in (("n", 38.30, 39), ("s", 38, 38.30)):
        drawn.execute(
            "INSERT INTO cell (edition_id, level, code, name, path, area_m2, geom, label) VALUES"
            " (%(edition)s, 0, %(code)s, %(code)s, ARRAY[%(code)s], 1,"
            " ST_Multi(ST_MakeEnvelope(116, %(south)s, 118, %(north)s, 4326)),"
            " ST_SetSRID(ST_Point(117, (%(south)s + %(north)s) / 2), 4326))",
            {"edition": edition[0], "code": code, "south": south, "north": north},
        )
    drawn.execute("UPDATE territory SET current_edition_id = %s WHERE code = 'xinhua'", edition)
    row = drawn.execute(
        "SELECT count(*) FILTER (WHERE ST_Y(geom) >= 38.30), count(*) FILTER (WHERE ST_Y(geom) < 38.30)"
        " FROM report WHERE territory_code = 'xinhua'"
    ).fetchone()
    assert row is not None
    assert counts(drawn, "half") == {"n": row[0], "s": row[1]}
    assert min(row) > 0
