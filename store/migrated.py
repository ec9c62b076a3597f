"""A database as this program needs it: most starts find in a millisecond that it is."""

import psycopg

from wangge.store.engine import connect
from wangge.store.fingerprint import fingerprint

__all__ = ["ensure_migrated"]

MARK = "SELECT obj_description('alembic_version'::regclass, 'pg_class')"


def ensure_migrated(url: str) -> None:
    """Upgrade a database, unless the same program has done so before and left its mark."""
    if _mark(url) == fingerprint():
        return
    from wangge.store.migrate import upgrade  # Alembic and SQLAlchemy: half a second

    upgrade(url)


def _mark(url: str) -> str | None:
    with connect(url) as connection:
        try:
            row = connection.execute(MARK).fetchone()
        except psycopg.errors.UndefinedTable:  # never migrated
            return None
    return str(row[0]) if row else None
