"""Bring a database to the schema of this program."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, make_url

from wangge.data import HOME
from wangge.store.fingerprint import fingerprint

__all__ = ["head", "knows", "revision", "upgrade"]

MIGRATIONS = HOME / "migrations"
ENSURE_MONTHS = """
SELECT ensure_report_month((now() AT TIME ZONE 'UTC' + make_interval(months => ahead))::date)
FROM generate_series(-1, 3) AS ahead
"""
"""So that reports can be stored as soon as a database is migrated; running servers go on with it."""


def upgrade(url: str, to: str = "head") -> None:
    """Upgrade the tables to the newest revision, or to an earlier one, then install the SQL functions that draw tiles.

    Safe to run again and from several processes at once: an advisory lock lets one go first.
    """
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, to)
            if to == "head":
                connection.exec_driver_sql(ENSURE_MONTHS)
            mark = fingerprint() if to == "head" else ""
            connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{mark}'")
            connection.commit()
    finally:
        engine.dispose()


def revision(url: str) -> str | None:
    """The revision a database is at; None when it was never migrated."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def head() -> str:
    """The newest revision this program knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None  # noqa: S101 - the first migration is part of the program
    return newest


def knows(revision: str) -> bool:
    """Whether this program can bring tables of that revision to its own."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _engine(url: str) -> Engine:
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"))
