"""The migrations make the schema that the models describe."""

import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from geoalchemy2 import alembic_helpers

from tests.conftest import ROOT, clone
from wangge.access.roles import Role
from wangge.migrations.models import METADATA, MODULES
from wangge.store import fingerprint as hashing
from wangge.store.fingerprint import fingerprint
from wangge.store.migrate import head, revision, upgrade
from wangge.store.migrated import ensure_migrated
from wangge.store.postgres.cluster import Cluster


def is_modelled(thing: Any, name: str | None, kind: Any, reflected: bool, compare_to: Any) -> bool:
    """Whether a model says what there is: not of the months of tables, which are like them."""
    about = thing.elements[0].target_fullname.split(".")[0] if kind == "foreign_key_constraint" else name
    spatial: Any = alembic_helpers
    month = re.search(r"_\d{6}$", about or "")
    return not month and bool(spatial.include_object(thing, name, kind, reflected, compare_to))


def test_upgraded_tables_are_the_models(empty_database: str) -> None:
    engine = sa.create_engine(sa.make_url(empty_database).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        options = {"include_object": is_modelled, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def words_of_checks(connection: psycopg.Connection[Any], table: str) -> dict[str, list[str]]:
    """The CHECK constraints of a table; their words sorted, since a list of values may stand in any order."""
    found = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass",
        [table],
    )
    return {name: sorted(re.findall(r"\w+", check)) for name, check in found}


def test_upgraded_constraints_are_the_models(empty_database: str) -> None:
    """What Alembic does not compare: a value that a model allows and the database refuses wants a migration."""
    with psycopg.connect(empty_database) as connection:
        for table in METADATA.tables.values():
            connection.execute(f'CREATE TEMP TABLE modelled (LIKE "{table.name}")')
            for constraint in table.constraints:
                if isinstance(constraint, sa.CheckConstraint):
                    check = f'ADD CONSTRAINT "{constraint.name}" CHECK ({constraint.sqltext})'
                    connection.execute(f"ALTER TABLE modelled {check}")
            assert words_of_checks(connection, table.name) == words_of_checks(connection, "modelled")
            connection.execute("DROP TABLE modelled")


GIVEN = """
WITH account AS (INSERT INTO account (login, name) VALUES ('li', 'Li') RETURNING id)
INSERT INTO account_grant (account_id, role, given_by) SELECT id, %(role)s, 'li' FROM account
"""


def test_the_database_knows_the_roles_of_the_program_and_those_that_are_gone_when_nobody_has_them(
    empty_database: str,
) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("DELETE FROM role WHERE code = 'auditor'")
        connection.execute("INSERT INTO role VALUES ('emperor'), ('king')")
    upgrade(empty_database)
    with psycopg.connect(empty_database) as connection:
        roles = {role for (role,) in connection.execute("SELECT code FROM role")}
        assert roles == set(Role) - {Role.RESIDENT}
        connection.execute("INSERT INTO role VALUES ('emperor')")
        connection.execute(GIVEN, {"role": "emperor"})
    with pytest.raises(sa.exc.IntegrityError, match="emperor"):
        upgrade(empty_database)


def test_roles_that_were_given_before_they_were_a_table_stay(cluster: Cluster) -> None:
    for url in clone(cluster, "template1"):
        upgrade(url, to="0010")
        with psycopg.connect(url) as connection:
            connection.execute(GIVEN, {"role": "centre"})
        upgrade(url)
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT role FROM account_grant").fetchall() == [("centre",)]
            with pytest.raises(psycopg.errors.ForeignKeyViolation):
                connection.execute("UPDATE account_grant SET role = 'emperor'")


def test_every_module_of_tables_is_known_to_the_migrations() -> None:
    rooms = [room for room in (ROOT / "wangge").iterdir() if room.is_dir()]
    found = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for room in rooms for path in room.rglob("tables.py")
    }
    assert {module.__name__ for module in MODULES} == found


def test_several_processes_may_migrate_at_once(cluster: Cluster) -> None:
    for url in clone(cluster, "template1"):
        assert revision(url) is None
        command = [
            sys.executable,
            "-c",
            "import sys; from wangge.store.migrate import upgrade; upgrade(sys.argv[1])",
            url,
        ]
        processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
        assert [process.wait(60) for process in processes] == [0, 0, 0]
        assert revision(url) == head()


def test_a_month_is_made_once_however_many_ask(empty_database: str) -> None:
    def ask(_: int) -> None:
        with psycopg.connect(empty_database) as connection:
            connection.execute("SELECT ensure_report_month('2031-12-31')")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(8)))
    with psycopg.connect(empty_database) as connection:
        bounds = connection.execute(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'report_203112'"
        )
        assert bounds.fetchall() == [
            ("FOR VALUES FROM ('2031-12-01 00:00:00+00') TO ('2032-01-01 00:00:00+00')",),
        ]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_months_are_cut_in_utc_whatever_the_session_says(empty_database: str, zone: str) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute(f"SET TIME ZONE '{zone}'")
        connection.execute("SELECT ensure_report_month('2032-02-01')")
        connection.execute("SET TIME ZONE 'UTC'")
        bounds = connection.execute(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'report_203202'"
        )
        assert bounds.fetchone() == ("FOR VALUES FROM ('2032-02-01 00:00:00+00') TO ('2032-03-01 00:00:00+00')",)


def test_months_from_before_the_assignments_are_completed(cluster: Cluster) -> None:
    """A database of the first schema, with months in use, gets a place for the history of each."""
    for url in clone(cluster, "template1"):
        upgrade(url, to="0001")
        with psycopg.connect(url) as connection:
            connection.execute("SELECT ensure_report_month(m) FROM unnest(ARRAY['2019-02-01', '2026-11-30']::date[]) m")
        upgrade(url)
        with psycopg.connect(url) as connection:
            connection.execute("SELECT ensure_report_month('2026-12-01')")
            bounds = (
                "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid)"
                " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                " WHERE i.inhparent = %s::regclass ORDER BY 1"
            )
            reports = connection.execute(bounds, ("report",)).fetchall()
            assignments = connection.execute(bounds, ("report_assignment",)).fetchall()
        assert {f"report_assignment_{month}" for month in ("201902", "202611", "202612")} <= {
            name for name, _ in assignments
        }
        assert [bound for _, bound in assignments] == [bound for _, bound in reports]


def test_a_migrated_database_has_the_months_to_come(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        rows = connection.execute(
            "SELECT to_regclass('report_' || to_char(now() + make_interval(months => n), 'YYYYMM'))"
            " FROM generate_series(-1, 3) n"
        ).fetchall()
    assert (None,) not in rows


def has_tile_box(url: str) -> bool:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_proc WHERE proname = 'wangge_tile_box'").fetchone()
    return row == (1,)


def test_what_the_same_program_migrated_is_not_migrated_again(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("DROP FUNCTION wangge_tile_box")
    ensure_migrated(empty_database)
    assert not has_tile_box(empty_database)
    with psycopg.connect(empty_database) as connection:
        connection.execute("COMMENT ON TABLE alembic_version IS 'another program'")
    ensure_migrated(empty_database)
    assert has_tile_box(empty_database)


def test_a_database_that_was_never_migrated_is(cluster: Cluster) -> None:
    for url in clone(cluster, "template1"):
        ensure_migrated(url)
        assert revision(url) == head()
        upgrade(url, to="0001")
        ensure_migrated(url)
        assert revision(url) == head()


def test_a_changed_revision_function_or_trigger_is_another_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("access", "migrations", "reports", "tilesets"):
        shutil.copytree(ROOT / room, tmp_path / room)
    monkeypatch.setattr(hashing, "HOME", tmp_path)
    known = {fingerprint()}
    for changed in ("migrations/env.py", "tilesets/sql/50_heat.sql", "reports/case/facts.py", "access/roles.py"):
        with (tmp_path / changed).open("a") as file:
            file.write("\n")
        known.add(fingerprint())
    (tmp_path / "migrations/versions/0099_next.py").touch()
    assert len(known | {fingerprint()}) == 6
