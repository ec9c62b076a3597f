"""A database as this program needs it: most starts find in a millisecond that it is."""

import psycopg

from wangge.geo.errors import WanggeError
from wangge.store.engine import connect
from wangge.store.fingerprint import fingerprint
from wangge.store.postgres.cluster import database_url
from wangge.store.settings import Settings

__all__ = ["NotMigrated", "ensure_migrated", "ready_database"]

MARK = "SELECT obj_description('alembic_version'::regclass, 'pg_class')"


class NotMigrated(WanggeError):
    """The database does not have the schema of this program."""

    kind = "not-migrated"


def ready_database(settings: Settings) -> str:
    """URL of the database for a command: the embedded one, started and migrated, or the one that is set.

    Raises
    ------
    NotMigrated : the one that is set has no schema; whoever runs it decides when that is made.
    """
    url = database_url(settings)
    if settings.database_url is None:
        ensure_migrated(url)
    elif _mark(url) is None:
        raise NotMigrated
    return url


def ensure_migrated(url: str) -> None:
    """Upgrade a database, unless the same program has done so before and left its mark."""
    if _mark(url) == fingerprint():
        return
    from wangge.store.migrate import upgrade  # Alembic and SQLAlchemy: half a second

    upgrade(url)


def _mark(url: str) -> str | None:
    """What the last upgrade left; None in a database that was never migrated."""
    with connect(url) as connection:
        try:
            row = connection.execute(MARK).fetchone()
        except psycopg.errors.UndefinedTable:  # never migrated
            return None
    return str(row[0]) if row and row[0] else ""
