"""`wangge backup` and `wangge restore`: everything into a folder, and back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.progress import shown
from wangge.geo.errors import WanggeError
from wangge.reports.case.checking import contradictions
from wangge.reports.evidence.remote import remote_of
from wangge.reports.figures.rebuilding import rebuild
from wangge.store.backup import restoring, taking
from wangge.store.backup.manifest import Contents
from wangge.store.engine import connect
from wangge.store.postgres.cluster import database_url
from wangge.store.settings import Settings

__all__ = ["backup", "restore"]

DIFFERENT = 1


class FolderUnusable(WanggeError):
    """A file of the backup or of the home folder may not be read or written."""

    kind = "backup-folder-unusable"


Folder = Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, help="Folder of the backup.")]


def backup(folder: Folder) -> None:
    """Write everything into a folder: the database as of one moment, and beside it the home folder's files and photos.

    Photos are taken along from where they lie, the home folder or an object storage. It works while the service runs,
    and hinders nobody. The folder is new or empty; what an interrupted run has left there is begun anew. What it holds
    is as confidential as the database itself.
    """
    settings = Settings()
    url = database_url(settings)
    with _staged(folder) as advance:
        photos = remote_of(settings.photo_store)
        contents = taking.take(url, settings.home, folder, advance, settings.pg_bin, photos)
    console.tell("backed-up", folder=str(folder), **_facts(contents))


def restore(
    folder: Folder,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of what the database and the home folder hold.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Only see whether the backup is whole.")] = False,
) -> None:
    """Bring a backup back into an empty database, compare it with what was kept, and migrate it to this version.

    Stop the service first. Safe to interrupt and to run again. In the end every case is followed through its events
    once more; exit code 1 when rows and events disagree.
    """
    settings = Settings()
    if check:
        with _staged(folder) as advance:
            contents = restoring.check(folder, advance)
        console.tell("backup-whole", folder=str(folder), **_facts(contents))
        return
    with _staged(folder) as advance:
        restoring.check(folder, advance)  # before a database is started for nothing
        url = database_url(settings)
        contents = restoring.restore(
            folder,
            url,
            settings.home,
            advance,
            replace=replace,
            pg_bin=settings.pg_bin,
            elsewhere=remote_of(settings.photo_store),
        )
        advance("replay", 0.0, "")
        wrong = _prove(url)
    console.tell("restored", **_facts(contents))
    console.tell("restored-disagrees" if wrong else "restored-agrees", different=wrong, **_facts(contents))
    if wrong:
        raise typer.Exit(DIFFERENT)


def _prove(url: str) -> int:
    """How many rows say something else than the events: of cases, and of what is kept for the figures."""
    with connect(url, autocommit=True) as connection:
        return rebuild(connection, mend=False).different + sum(1 for _ in contradictions(connection))


def _facts(contents: Contents) -> dict[str, object]:
    reports = sum(table.rows for name, table in contents.tables.items() if _is_month(name, "report"))
    size = sum(file.bytes for file in contents.files.values())
    return {
        "at": contents.taken_at,
        "program": contents.program,
        "reports": reports,
        "rows": sum(table.rows for table in contents.tables.values()),
        "tables": len(contents.tables),
        "files": len(contents.files),
        "mb": f"{size / 1e6:,.1f}",
    }


def _is_month(name: str, table: str) -> bool:
    """Whether this is the part of a partitioned table that holds one month."""
    return name.startswith(f"{table}_") and name.removeprefix(f"{table}_").isdecimal()


@contextmanager
def _staged(folder: Path) -> Iterator[Callable[[str, float, str], None]]:
    """Progress through several stages, each from 0 to 1; what the file system refuses is said plainly."""
    try:
        with shown(folder.name) as advance:
            yield lambda stage, share, said: advance(share, f"{console.word('backup-stages', stage)} {said}".strip())
    except OSError as error:
        raise FolderUnusable(file=str(error.filename or ""), reason=error.strerror or str(error)) from error
