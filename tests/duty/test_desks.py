"""Desks: for the cells of every level and for the centre, the same ones from edition to edition."""

from importlib import import_module

import psycopg
import pytest

from tests.builders import create_boundaries
from wangge.duty.desks import ensure_desks, publish
from wangge.geo.grid import Grid
from wangge.store.engine import Connection, connect
from wangge.store.grids import editions
from wangge.store.grids.editions import import_edition

migration = import_module("wangge.migrations.versions.0003_duty")
TWO_OFFICERS = "INSERT INTO officer (territory_code, number, name) VALUES ('xinhua', '1', '甲'), ('xinhua', '2', '乙')"


def desks(connection: Connection, territory: str = "town") -> dict[tuple[str | None, str], tuple[int, bool]]:
    rows = connection.execute("SELECT level, code, id, active FROM desk WHERE territory_code = %s", (territory,))
    return {(level, code): (desk, active) for level, code, desk, active in rows}


def test_every_cell_of_every_level_has_a_desk_and_the_centre_has_one(database: str, xinhua: Grid) -> None:
    with connect(database) as connection:
        found = desks(connection, "xinhua")
        assert found.keys() == {(cell.level, cell.code) for cell in xinhua.cells} | {(None, "")}
        assert all(active for _, active in found.values())


def test_desks_outlive_editions(empty_database: str) -> None:
    with connect(empty_database) as connection:
        import_edition(connection, create_boundaries())
        publish(connection, "town", "2026")
        before = desks(connection)
        connection.execute(
            'UPDATE desk SET phone = \'0317\', name = \'{"en": "Hall", "zh": "厅"}\' WHERE level IS NULL'
        )

        boundaries = create_boundaries(edition="2027", label="New ")
        grids = boundaries.levels[1]
        grids.codes[3] = "B9"
        import_edition(connection, boundaries)
        publish(connection, "town", "2027")
        after = desks(connection)
        assert {key for key, (_, active) in after.items() if not active} == {("grid", "B2")}
        assert {key: desk for key, (desk, _) in before.items()} == {
            key: desk for key, (desk, _) in after.items() if key != ("grid", "B9")
        }
        names = connection.execute("SELECT name ->> 'en', phone FROM desk WHERE code IN ('', 'A') ORDER BY code")
        assert names.fetchall() == [("Hall", "0317"), ("New A", None)]

        publish(connection, "town", "2026")
        assert {key for key, (_, active) in desks(connection).items() if not active} == {("grid", "B9")}


def test_ensuring_desks_again_changes_nothing(database: str) -> None:
    with connect(database) as connection:
        before = desks(connection, "xinhua")
        ensure_desks(connection, "xinhua")
        assert desks(connection, "xinhua") == before


def test_a_base_grid_has_one_responsible_officer_at_a_time(database: str) -> None:
    put = """
        INSERT INTO posting (territory_code, desk_id, officer_id, role, valid_from, valid_to)
        SELECT 'xinhua', (SELECT min(id) FROM desk WHERE level = 'grid' AND territory_code = 'xinhua'), id, %s, %s, %s
        FROM officer WHERE number = %s
    """
    with connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO officer (territory_code, number, name) VALUES ('xinhua', '1', '甲'), ('xinhua', '2', '乙')"
        )
        connection.execute(put, ("responsible", "2026-01-01", "2026-07-01", "1"))
        with pytest.raises(psycopg.errors.ExclusionViolation, match="ex_posting_one_responsible"):
            connection.execute(put, ("responsible", "2026-06-30", None, "2"))
        connection.execute(put, ("assistant", "2026-01-01", "2026-07-01", "2"))
        connection.execute(put, ("responsible", "2026-07-01", None, "2"))
        with pytest.raises(psycopg.errors.ExclusionViolation, match="ex_posting_once"):
            connection.execute(put, ("assistant", "2026-08-01", None, "2"))


def test_a_substitute_stands_at_the_desks_of_who_is_away(database: str) -> None:
    with connect(database) as connection:
        connection.execute(
            "INSERT INTO officer (territory_code, number, name) VALUES ('xinhua', '1', '甲'), ('xinhua', '2', '乙')"
        )
        connection.execute("""
            INSERT INTO posting (territory_code, desk_id, officer_id, role, valid_from)
            SELECT 'xinhua', (SELECT min(id) FROM desk WHERE level = 'grid' AND territory_code = 'xinhua'), id,
                   'responsible', '2026-01-01'
            FROM officer WHERE number = '1'
        """)
        connection.execute("""
            INSERT INTO officer_leave (territory_code, officer_id, away_from, back_on, substitute_id)
            SELECT 'xinhua', a.id, '2026-03-01', '2026-03-08', b.id FROM officer a, officer b
            WHERE a.number = '1' AND b.number = '2'
        """)
        rows = connection.execute("""
            SELECT o.number, d.role, d.valid_from::text, d.valid_to::text, d.stands_in_for IS NOT NULL
            FROM officer_duty d JOIN officer o ON o.id = d.officer_id ORDER BY 1
        """)
        assert rows.fetchall() == [
            ("1", "responsible", "2026-01-01", None, False),
            ("2", "responsible", "2026-03-01", "2026-03-08", True),
        ]


def test_grids_that_were_published_before_get_their_desks_by_the_migration(empty_database: str) -> None:
    with connect(empty_database) as connection:
        import_edition(connection, create_boundaries())
        editions.publish(connection, "town", "2026")
        assert desks(connection) == {}
        connection.execute(migration.DESKS)
        by_migration = desks(connection)
        connection.execute("DELETE FROM desk")
        ensure_desks(connection, "town")
        assert desks(connection).keys() == by_migration.keys()
        assert len(by_migration) == 7
