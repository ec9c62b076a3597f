"""Restores a backup into an empty database, or in the place of what it holds; proven before anything is dropped."""

from collections.abc import Callable
from pathlib import Path

from psycopg import sql

from wangge.geo.errors import WanggeError
from wangge.store import migrate
from wangge.store.backup import aside
from wangge.store.backup.clients import find_clients, object_named
from wangge.store.backup.digests import PLAIN, count_tables, tables_of
from wangge.store.backup.homefiles import Elsewhere, FileInTheWay, bring_files, files_in_the_way
from wangge.store.backup.manifest import DATABASE, FILES, BackupNewer, Contents, check_files, read_manifest
from wangge.store.engine import Connection, connect

__all__ = ["PostgisNotThere", "RestoredDiffers", "check", "restore"]

Advance = Callable[[str, float, str], None]
"""Told the stage (check, database, count, migrate), its share done, and what it is at."""


class RestoredDiffers(WanggeError):
    """What was restored is not what was kept; `tables` names where."""

    kind = "restore-differs"


class PostgisNotThere(WanggeError):
    """The database has no PostGIS."""

    kind = "restore-no-postgis"


def check(folder: Path, advance: Advance) -> Contents:
    """See that a backup is whole, and that this program can read it.

    Raises
    ------
    NotABackup, BackupDamaged, BackupNewer
    """
    contents = read_manifest(folder)
    if not migrate.knows(contents.revision):
        raise BackupNewer(made_by=contents.program)
    check_files(folder, contents, lambda share, said: advance("check", share, said))
    return contents


def restore(
    folder: Path,
    url: str,
    home: Path,
    advance: Advance,
    *,
    replace: bool = False,
    pg_bin: Path | None = None,
    elsewhere: Elsewhere | None = None,
) -> Contents:
    """Bring a backup back, compare it with what was kept, and migrate it to this program. Safe to run again.

    The database is restored in one transaction. With `replace`, what was there is dropped once all of that is
    done; should anything fail before, it is there again.

    Parameters
    ----------
    elsewhere : what of the home folder lies in another store, and is brought there, wherever it was kept from.

    Raises
    ------
    DatabaseNotEmpty, DatabaseInUse, OtherRestoreUnfinished, PostgisNotThere, FileInTheWay, RestoredDiffers,
    ClientsMissing, ClientFailed, and what `check` raises
    """
    contents = check(folder, advance)
    if not replace and (other := files_in_the_way(folder / FILES, home, elsewhere)):
        raise FileInTheWay(file=other[0])
    with connect(url, autocommit=True) as connection:
        connection.execute(PLAIN)
        clients = find_clients(url, connection.info.server_version // 10_000, pg_bin)
        if connection.execute("SELECT FROM pg_extension WHERE extname = 'postgis'").fetchone() is None:
            raise PostgisNotThere
        stage = aside.claim(connection, contents.backup, replace=replace)
        if stage == "begun":
            try:
                clients.run("pg_restore", [*OPTIONS, str(folder / DATABASE)], _listener(contents, advance))
                _compare(connection, contents, advance)
            except BaseException:
                aside.bring_back(connection)
                raise
        elif stage == "restored":
            _compare(connection, contents, advance)
        aside.mark_proven(connection, contents.backup)
        advance("migrate", 0.0, "")
        migrate.upgrade(url)
        bring_files(folder / FILES, home, elsewhere)
        _gather_statistics(connection)
        aside.drop_aside(connection)
    return contents


OPTIONS = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")


def _listener(contents: Contents, advance: Advance) -> Callable[[str], None]:
    total, begun = sum(table.rows for table in contents.tables.values()) or 1, 0

    def heard(line: str) -> None:
        nonlocal begun
        if (name := object_named(line, "processing data")) is not None and name in contents.tables:
            advance("database", begun / total, name)
            begun += contents.tables[name].rows

    return heard


def _compare(connection: Connection, contents: Contents, advance: Advance) -> None:
    with connection.transaction():
        found = count_tables(connection, lambda share, said: advance("count", share, said))
    other = sorted(
        name for name in found.keys() | contents.tables.keys() if found.get(name) != contents.tables.get(name)
    )
    if other:
        raise RestoredDiffers(tables=", ".join(other[:5]))


def _gather_statistics(connection: Connection) -> None:
    """Rows that have just come in have no statistics, and the first queries would be planned blindly."""
    names = sql.SQL(", ").join(sql.Identifier("public", name) for name in tables_of(connection))
    connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(names))
