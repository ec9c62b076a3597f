"""Puts what a database holds aside while a backup is restored in its place, and brings it back if that fails.

It is moved into a schema of its own, whose comment says which backup is restored: so a run that was interrupted is
known, and nothing of what was there is dropped before the new is proven.
"""

from typing import Literal

from psycopg import sql

from wangge.geo.errors import WanggeError
from wangge.store.backup.digests import tables_of
from wangge.store.engine import Connection

__all__ = [
    "SCHEMA",
    "DatabaseInUse",
    "DatabaseNotEmpty",
    "OtherRestoreUnfinished",
    "Stage",
    "bring_back",
    "claim",
    "drop_aside",
    "mark_proven",
    "sessions",
]

SCHEMA = "wangge_restore"
PROVEN = " proven"

Stage = Literal["begun", "restored", "proven"]
"""How far a restore has come: the place is free, the tables are there, they are as they were."""

FROM_THE_START = frozenset({"alembic_version", "feed_incarnation", "release_seed", "role", "signing_key"})
"""Tables that migrations fill, so that they hold something when nothing has happened in a database yet."""

# Routines first: what they are called by names types, which are tables that are moved. A sequence of a column goes with
# its table.
OBJECTS = """
SELECT o.kind, o.name FROM (
    SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE'
           END, oid::regclass::text, 'pg_class'::regclass, oid
    FROM pg_class WHERE relnamespace = %(schema)s::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL
    SELECT 'ROUTINE', oid::regprocedure::text, 'pg_proc'::regclass, oid
    FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace
) o (kind, name, catalog, id)
WHERE NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = o.catalog AND d.objid = o.id
        AND (d.deptype = 'e' OR o.kind = 'SEQUENCE' AND d.deptype IN ('a', 'i')))
ORDER BY o.kind = 'ROUTINE' DESC
"""
SESSIONS = """
SELECT DISTINCT coalesce(nullif(application_name, ''), usename) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL ORDER BY 1
"""
MARK = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s"
LOCK = "SELECT pg_try_advisory_lock(hashtext('wangge_restore'))"


class DatabaseNotEmpty(WanggeError):
    """The database holds something, and nobody said that it may be replaced."""

    kind = "restore-not-empty"


class DatabaseInUse(WanggeError):
    """Somebody is connected to the database."""

    kind = "restore-in-use"


class OtherRestoreUnfinished(WanggeError):
    """Another backup was being restored here and has not come to its end."""

    kind = "restore-other-unfinished"


def claim(connection: Connection, backup: str, *, replace: bool) -> Stage:
    """Make room for a backup, or find how far an earlier run has come with the same one.

    Parameters
    ----------
    connection : in autocommit; the claim is its own until it is closed.

    Raises
    ------
    DatabaseInUse, DatabaseNotEmpty, OtherRestoreUnfinished
    """
    if connection.execute(LOCK).fetchone() != (True,) or (there := sessions(connection)):
        raise DatabaseInUse(sessions=", ".join(there or ["wangge restore"]))
    marked = connection.execute(MARK, (SCHEMA,)).fetchone()
    if marked is not None:
        whose, proven, _ = str(marked[0]).partition(PROVEN)
        if whose != backup:
            raise OtherRestoreUnfinished
        return "proven" if proven else "restored" if tables_of(connection) else "begun"
    if not replace and (full := _full_tables(connection)):
        raise DatabaseNotEmpty(database=connection.info.dbname, tables=", ".join(full[:5]))
    with connection.transaction():
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCHEMA)))
        _mark(connection, backup)
        _move(connection, "public", SCHEMA)
    return "begun"


def sessions(connection: Connection) -> list[str]:
    """Who else is connected to the database."""
    return [name for (name,) in connection.execute(SESSIONS).fetchall()]


def mark_proven(connection: Connection, backup: str) -> None:
    """From now on what was restored is known to be what was kept."""
    _mark(connection, backup + PROVEN)


def bring_back(connection: Connection) -> None:
    """Take away what was restored, and put back what was there."""
    with connection.transaction():
        for kind, name in _objects(connection, "public"):
            connection.execute(f"DROP {kind} IF EXISTS {name} CASCADE".encode())
        _move(connection, SCHEMA, "public")
        connection.execute(sql.SQL("DROP SCHEMA {}").format(sql.Identifier(SCHEMA)))


def drop_aside(connection: Connection) -> None:
    """The restored database is whole: drop what was there before, and the mark with it."""
    connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(SCHEMA)))


def _mark(connection: Connection, text: str) -> None:
    connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(SCHEMA), sql.Literal(text)))


def _full_tables(connection: Connection) -> list[str]:
    filled = sql.SQL("SELECT EXISTS (SELECT FROM {})")
    return [
        name
        for name in tables_of(connection)
        if name not in FROM_THE_START
        and connection.execute(filled.format(sql.Identifier("public", name))).fetchone() == (True,)
    ]


def _move(connection: Connection, source: str, to: str) -> None:
    for kind, name in _objects(connection, source):
        connection.execute(f"ALTER {kind} {name} SET SCHEMA {to}".encode())  # names are quoted by the database


def _objects(connection: Connection, schema: str) -> list[tuple[str, str]]:
    return [(kind, name) for kind, name in connection.execute(OBJECTS, {"schema": schema}).fetchall()]
