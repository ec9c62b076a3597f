"""Whether a database has what this program brings, told in a millisecond: most starts find that it has."""

import hashlib

import psycopg

from wangge.data import HOME
from wangge.store.engine import connect

__all__ = ["ensure_migrated", "fingerprint"]

SOURCES = ("migrations/*.py", "migrations/versions/*.py", "reports/**/*.py", "tilesets/sql/*.sql")
"""What migrating executes: the revisions, the functions that draw tiles, and the trigger that `reports` writes."""

MARK = "SELECT obj_description('alembic_version'::regclass, 'pg_class')"


def ensure_migrated(url: str) -> None:
    """Upgrade a database, unless the same program has done so before."""
    if _mark(url) == fingerprint():
        return
    from wangge.store.migrate import upgrade  # Alembic and SQLAlchemy: half a second

    upgrade(url)


def fingerprint() -> str:
    """A hash of all that migrating executes; `upgrade` leaves it on the table of the revision."""
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for file in sorted(HOME.glob(pattern)):
            digest.update(f"{file.relative_to(HOME)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _mark(url: str) -> str | None:
    with connect(url) as connection:
        try:
            row = connection.execute(MARK).fetchone()
        except psycopg.errors.UndefinedTable:  # never migrated
            return None
    return str(row[0]) if row else None
