"""Editions: immutable, published whole, and taken over by running servers."""

import dataclasses
import threading
import time
from datetime import date

import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.builders import create_boundaries
from wangge.geo.grid import Location
from wangge.store.engine import connect
from wangge.store.grids.editions import EditionDiffers, NotStorable, import_edition, list_editions, publish
from wangge.store.grids.loading import NoEdition, UnknownEdition, UnknownTerritory, load_grid


def test_an_edition_is_stored_with_its_facts(empty_database: str) -> None:
    with connect(empty_database) as connection:
        told: list[tuple[str, int]] = []
        first = import_edition(connection, create_boundaries(), progress=lambda key, n: told.append((key, n)))
        assert (first.created, first.cells) == (True, 6)
        assert told == [("street", 2), ("grid", 4)]
        (row,) = list_editions(connection)
        assert (row["label"], row["synthetic"], row["cells"], row["current"]) == ("2026", True, 4, None)
        area = connection.execute("SELECT area_m2 FROM cell WHERE code = 'A1'").fetchone()
        assert area == (pytest.approx(874.9 * 1110.1, rel=1e-3),)  # 0.01° by 0.01° at 38.3 N
        parents = connection.execute("SELECT c.code, p.code FROM cell c JOIN cell p ON p.id = c.parent_id ORDER BY 1")
        assert parents.fetchall() == [("A1", "A"), ("A2", "A"), ("B1", "B"), ("B2", "B")]


def test_importing_again_changes_nothing(empty_database: str) -> None:
    with connect(empty_database) as connection:
        first = import_edition(connection, create_boundaries())
        second = import_edition(connection, create_boundaries())
        assert (second.id, second.created) == (first.id, False)
        assert connection.execute("SELECT count(*) FROM cell").fetchone() == (6,)


def test_an_edition_is_immutable(empty_database: str) -> None:
    with connect(empty_database) as connection:
        import_edition(connection, create_boundaries())
        with pytest.raises(EditionDiffers):
            import_edition(connection, create_boundaries(shift=0.001))


def test_an_interrupted_import_leaves_nothing(empty_database: str) -> None:
    def interrupt(key: str, cells: int) -> None:
        raise KeyboardInterrupt

    with connect(empty_database) as connection, pytest.raises(KeyboardInterrupt):
        import_edition(connection, create_boundaries(), progress=interrupt)
    with connect(empty_database) as connection:
        assert connection.execute("SELECT count(*) FROM edition").fetchone() == (0,)
        assert import_edition(connection, create_boundaries()).created


@pytest.mark.parametrize("parents", [["A", "A", "B", "Z"], ["A", "A", "B", None]])
def test_a_cell_without_a_parent_is_not_storable(empty_database: str, parents: list[str | None]) -> None:
    boundaries = create_boundaries()
    broken = dataclasses.replace(boundaries.levels[1], parents=parents)
    boundaries = dataclasses.replace(boundaries, levels=(boundaries.levels[0], broken))
    with connect(empty_database) as connection:
        with pytest.raises(NotStorable) as refused:
            import_edition(connection, boundaries, accepted_defects="known")
        assert refused.value.facts["cell"] == "B2"
        assert list_editions(connection) == []


def test_publishing_closes_the_edition_before(empty_database: str) -> None:
    with connect(empty_database) as connection:
        import_edition(connection, create_boundaries())
        with pytest.raises(NoEdition):
            load_grid(connection, "town")
        publish(connection, "town", "2026")
        import_edition(connection, create_boundaries(edition="2027", shift=0.001, valid_from=date(2027, 1, 1)))
        publish(connection, "town", "2027")
        new, old = list_editions(connection, "town")
        assert (new["label"], new["current"], new["valid_to"]) == ("2027", True, None)
        assert (old["label"], old["current"], old["valid_to"]) == ("2026", False, date(2027, 1, 1))
        # A place that the moved line gave to the other street; each edition still answers for itself.
        where = (116.9105, 38.305)
        for label, code in [("2026", "B1"), ("2027", "A1"), (None, "A1")]:
            found = load_grid(connection, "town", label).locate(*where)
            assert isinstance(found, Location)
            assert found.cell.code == code
        with pytest.raises(UnknownEdition):
            publish(connection, "town", "1999")
        with pytest.raises(UnknownTerritory):
            load_grid(connection, "nowhere")


def test_running_servers_switch_within_a_second(client: TestClient, database: str) -> None:
    assert client.get("/api/v1/territories/town/locate?lon=116.905&lat=38.305").status_code == 404
    with connect(database) as connection:
        import_edition(connection, create_boundaries())
        publish(connection, "town", "2026")
    assert edition_within(client, "2026", 1.0)
    with connect(database) as connection:
        import_edition(connection, create_boundaries(edition="2027", label="new "))
        publish(connection, "town", "2027")
    assert edition_within(client, "2027", 1.0)


def test_an_edition_is_found_though_its_notice_was_lost(client: TestClient, database: str) -> None:
    with connect(database) as connection:
        import_edition(connection, create_boundaries())
        connection.execute("UPDATE edition SET published_at = now() WHERE territory_code = 'town'")
        connection.execute(
            "UPDATE territory SET current_edition_id = (SELECT id FROM edition WHERE territory_code = 'town')"
            " WHERE code = 'town'"
        )
    assert edition_within(client, "2026", 7.0)


def edition_within(client: TestClient, label: str, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if client.get("/api/v1/territories/town/locate?lon=116.905&lat=38.305").json().get("edition") == label:
            return True
        time.sleep(0.02)
    return False


def test_a_grid_is_never_seen_half_published(empty_database: str) -> None:
    """A reader that loads again and again while editions change sees each of them whole."""
    with connect(empty_database) as connection:
        import_edition(connection, create_boundaries(edition="0", label="0"))
        publish(connection, "town", "0")
    seen: set[tuple[str, ...]] = set()
    done = threading.Event()

    def read() -> None:
        with connect(empty_database) as connection:
            while not done.is_set():
                grid = load_grid(connection, "town")
                streets = [grid.cell("street", code) for code in "AB"]
                seen.add((grid.edition, *(cell.name for cell in streets if cell), str(len(grid.leaves))))
                connection.rollback()

    reader = threading.Thread(target=read)
    reader.start()
    with connect(empty_database) as connection:
        for n in range(1, 8):
            import_edition(connection, create_boundaries(edition=str(n), label=str(n)))
            publish(connection, "town", str(n))
            connection.commit()
    done.set()
    reader.join()
    assert seen
    assert seen <= {(str(n), f"{n}A", f"{n}B", "4") for n in range(8)}


def test_the_database_itself_refuses_what_is_wrong(database: str) -> None:
    with connect(database) as connection:
        for statement in (
            "UPDATE territory SET code = 'Bad Code'",
            "UPDATE cell SET path = ARRAY['x'] WHERE level = 0",
            "UPDATE territory SET current_edition_id = 999999",
        ):
            with pytest.raises(psycopg.IntegrityError), connection.transaction():
                connection.execute(statement)
