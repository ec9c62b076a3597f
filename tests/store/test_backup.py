"""The drill: a backup is taken, brought back elsewhere and compared row for row; and what may go wrong on the way."""

import asyncio
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, clone
from tests.reports.town import POINTS, Town, build_town
from wangge.geo.errors import WanggeError
from wangge.reports.case.checking import contradictions
from wangge.reports.figures.rebuilding import rebuild
from wangge.store.backup import aside, restoring, taking
from wangge.store.backup.digests import tables_of
from wangge.store.backup.manifest import MANIFEST, Contents, read_manifest, write_manifest
from wangge.store.engine import connect
from wangge.store.migrate import head, revision, upgrade
from wangge.store.postgres.cluster import Cluster

PHOTO = bytes(range(256)) * 40
NAMED = """
INSERT INTO place_name (territory_code, kind, name, spelt, lon, lat, west, south, east, north)
SELECT code, 'street', '建设街 Nord', 'jianshejie', 0, 0, 0, 0, 0, 0 FROM territory
"""
"""What is computed of a row by functions of the program's own is computed anew when the row comes back."""
ANYTHING = "INSERT INTO territory (code, name, timezone) VALUES ('before', '{}', 'UTC')"


def quiet(stage: str, share: float, said: str) -> None:
    """Progress that nobody looks at."""


def rows(url: str) -> dict[str, list[str]]:
    """Every row of every table of the program, as text, in an order that does not depend on where it lies."""
    with connect(url) as connection:
        return {
            name: [text for (text,) in connection.execute(f'SELECT t::text FROM "{name}" t ORDER BY 1')]
            for name in tables_of(connection)
        }


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def town(cluster: Cluster, migrated: str) -> Iterator[Town]:
    """A town with cases that were carried some way; nobody changes it."""
    for url in clone(cluster, migrated):
        town = build_town(url, months=1)
        asyncio.run(live(town))
        with connect(url) as connection:
            connection.execute(NAMED)
        before = rows(url)
        yield town
        assert rows(url) == before


async def live(town: Town) -> None:
    async with await town.connection() as connection:
        for cell in POINTS:
            first = (await town.file(connection, cell)).number
            second = (await town.file(connection, cell, external_id=f"hotline {cell}")).number
            await town.walk(
                connection,
                first,
                ("centre", "register"),
                ("centre", "dispatch", {"parties": town.parties("power", "water")}),
                ("power", "accept"),
                ("centre", "park", {"reason": "winter"}),
            )
            await town.walk(connection, second, ("centre", "merge", {"into": first}))


@pytest.fixture
def used(cluster: Cluster, town: Town) -> Iterator[str]:
    """The town in a database that a test may spoil."""
    yield from clone(cluster, town.url.split("/")[3].split("?")[0])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with files of the program's, and with what is no part of a backup."""
    home = tmp_path_factory.mktemp("home")
    for name, content in {"evidence/2026/a b.jpg": PHOTO, "keys/sealing": b"secret", "bundles/x": b"made anew"}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    (home / "evidence" / "elsewhere").symlink_to("/etc/hostname")
    return home


@pytest.fixture
def elsewhere(cluster: Cluster) -> Iterator[str]:
    """A database that is empty but for PostGIS."""
    yield from clone(cluster, "template1")


@pytest.fixture(scope="module")
def backup(town: Town, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the town; nobody changes it."""
    folder = tmp_path_factory.mktemp("backup") / "kept"
    taking.take(town.url, home, folder, quiet)
    return folder


@pytest.fixture
def kept(backup: Path, tmp_path: Path) -> Path:
    """The same, for a test that spoils it."""
    return Path(shutil.copytree(backup, tmp_path / "kept"))


def test_a_restored_database_is_the_same_row_for_row(town: Town, backup: Path, elsewhere: str, tmp_path: Path) -> None:
    seen: list[str] = []
    restoring.restore(backup, elsewhere, tmp_path / "other", lambda stage, share, said: seen.append(stage))
    before = rows(town.url)
    assert rows(elsewhere) == before
    assert sum(map(len, before.values())) > 100
    assert list(dict.fromkeys(seen)) == ["check", "database", "count", "migrate"]
    assert files(tmp_path / "other") == {"evidence/2026/a b.jpg": PHOTO, "keys/sealing": b"secret"}
    with connect(elsewhere, autocommit=True) as connection:
        assert list(contradictions(connection)) == []
        proof = rebuild(connection, mend=False)
        assert (proof.cases, proof.different) == (8, 0)
        told = connection.execute(
            "SELECT to_regnamespace('wangge_restore'), reltuples FROM pg_class WHERE relname = 'report_202603'"
        ).fetchone()
        assert told == (None, 8.0), "the planner knows nothing of what came in"


def test_nobody_else_can_read_a_backup(backup: Path) -> None:
    modes = {path: path.stat().st_mode & 0o777 for path in [backup, *backup.rglob("*")]}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}


def test_a_backup_shows_one_moment_while_reports_come_in(
    town: Town, used: str, home: Path, elsewhere: str, tmp_path: Path
) -> None:
    """Every case that it has is whole, with its events, tasks and figures, though others are being written."""
    ends = threading.Event()
    busy = replace(town, url=used)
    parties = busy.parties("power")

    async def file_on() -> None:
        async with await busy.connection() as connection:
            while not ends.is_set():
                number = (await busy.file(connection, "A1")).number
                dispatch = ("centre", "dispatch", {"parties": parties})
                await busy.walk(connection, number, ("centre", "register"), dispatch)

    writer = threading.Thread(target=lambda: asyncio.run(file_on()))
    writer.start()
    try:
        contents = taking.take(used, home, tmp_path / "kept", quiet)
    finally:
        ends.set()
        writer.join()
    restoring.restore(tmp_path / "kept", elsewhere, tmp_path / "other", quiet)
    came, now = rows(elsewhere), rows(used)
    assert len(now["report_event_202603"]) > len(came["report_event_202603"])
    assert set(came["report_event_202603"]) <= set(now["report_event_202603"])
    assert {name: len(found) for name, found in came.items()} == {n: t.rows for n, t in contents.tables.items()}
    with connect(elsewhere, autocommit=True) as connection:
        assert list(contradictions(connection)) == []
        assert rebuild(connection, mend=False).different == 0


def test_a_backup_of_an_older_version_is_migrated(cluster: Cluster, elsewhere: str, tmp_path: Path) -> None:
    for url in clone(cluster, "template1"):
        upgrade(url, to="0009")
        with connect(url) as connection:
            connection.execute(ANYTHING)
        taking.take(url, tmp_path / "none", tmp_path / "kept", quiet)
    restoring.restore(tmp_path / "kept", elsewhere, tmp_path / "home", quiet)
    assert revision(elsewhere) == head()
    with connect(elsewhere) as connection:
        assert connection.execute("SELECT code FROM territory").fetchall() == [("before",)]


def refused(kind: str, kept: Path, url: str, home: Path, **given: Any) -> dict[str, Any]:
    """A restore is refused, and neither the database nor the home folder is another one than before."""
    before = rows(url), files(home)
    with pytest.raises(WanggeError) as found:
        restoring.restore(kept, url, home, quiet, **given)
    assert found.value.kind == kind
    assert (rows(url), files(home)) == before
    return dict(found.value.facts)


def test_a_damaged_backup_is_refused(kept: Path, town: Town, home: Path) -> None:
    largest = max((kept / "database").iterdir(), key=lambda path: path.stat().st_size)
    photo = kept / "files" / "evidence" / "2026" / "a b.jpg"
    whole, told = largest.read_bytes(), (kept / MANIFEST).read_bytes()
    flipped = whole[:100] + bytes([whole[100] ^ 1]) + whole[101:]
    spoiled: dict[Path, list[bytes | None]] = {
        largest: [whole[:-1], flipped, b"", None],
        photo: [PHOTO[::-1]],
        kept / MANIFEST: [told.replace(b'"rows": 8', b'"rows": 9', 1), told[:-20], b"[]", b"\xff"],
    }
    for path, ways in spoiled.items():
        before = path.read_bytes()
        for way in ways:
            path.unlink() if way is None else path.write_bytes(way)
            assert refused("backup-damaged", kept, town.url, home, replace=True) == {"file": str(path)}
        path.write_bytes(before)
    restoring.check(kept, quiet)
    (kept / MANIFEST).unlink()
    assert refused("not-a-backup", kept, town.url, home, replace=True) == {"folder": str(kept)}


def sealed(kept: Path, **changed: Any) -> None:
    """Change what a backup says of itself, so that it is consistent in itself."""
    contents = read_manifest(kept)
    write_manifest(kept, Contents(**(contents.__dict__ | changed)))


def test_what_a_newer_program_made_is_refused(kept: Path, town: Town, home: Path) -> None:
    sealed(kept, revision="9999", program="9.0")
    assert refused("backup-newer", kept, town.url, home, replace=True) == {"made_by": "9.0"}


def test_a_database_that_holds_something_is_replaced_only_when_told(
    town: Town, backup: Path, empty_database: str, tmp_path: Path
) -> None:
    elsewhere = empty_database
    restoring.restore(backup, elsewhere, tmp_path, quiet)  # tables without rows are nothing
    with connect(elsewhere) as connection:
        connection.execute(ANYTHING)
        connection.execute("CREATE TABLE of_a_later_version (n integer); CREATE VIEW seen AS TABLE of_a_later_version")
        connection.execute("SELECT ensure_report_month('2031-01-01')")
    assert refused("restore-not-empty", backup, elsewhere, tmp_path)["database"] in elsewhere
    sealing = tmp_path / "keys" / "sealing"
    sealing.write_bytes(b"another")
    assert refused("restore-file-in-the-way", backup, elsewhere, tmp_path) == {"file": str(sealing)}
    restoring.restore(backup, elsewhere, tmp_path, quiet, replace=True)
    assert rows(elsewhere) == rows(town.url)
    assert sealing.read_bytes() == b"secret"


def test_what_migrations_fill_is_known(empty_database: str) -> None:
    """A table that a migration fills and that is not in the list keeps a fresh database from being restored to."""
    assert {name for name, found in rows(empty_database).items() if found} == aside.FROM_THE_START


def test_a_database_that_is_in_use_is_let_alone(town: Town, backup: Path, home: Path) -> None:
    with connect(town.url) as connection:
        connection.execute("SET application_name = 'a server'")
        connection.commit()
        assert refused("restore-in-use", backup, town.url, home, replace=True) == {"sessions": "a server"}


def test_what_was_there_comes_back_when_the_restored_differs(used: str, kept: Path, home: Path) -> None:
    tables = read_manifest(kept).tables
    sealed(kept, tables={**tables, "desk": tables["cell"]})
    assert refused("restore-differs", kept, used, home, replace=True) == {"tables": "desk"}
    with connect(used) as connection:
        connection.execute("SELECT feed_tick(), ensure_report_month('2031-01-01')")


KILLED = """
import os, sys
from pathlib import Path
from wangge.store.backup import restoring, taking
what, stage, kept, url, home = sys.argv[1:]
def die(at, share, said):
    if at == stage:
        os._exit(9)
if what == "take":
    taking.take(url, Path(home), Path(kept), die)
else:
    restoring.restore(Path(kept), url, Path(home), die, replace=True)
"""


def killed_at(stage: str, what: str, kept: Path, url: str, home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, what, stage, str(kept), url, str(home)], cwd=ROOT, check=False)
    assert done.returncode == 9


@pytest.mark.parametrize("stage", ["database", "count", "migrate"])
def test_a_restore_that_was_killed_goes_on(
    stage: str, town: Town, backup: Path, home: Path, empty_database: str
) -> None:
    elsewhere = empty_database
    with connect(elsewhere) as connection:
        connection.execute(ANYTHING)
    killed_at(stage, "restore", backup, elsewhere, home)
    until = time.monotonic() + 30
    while True:
        try:
            restoring.restore(backup, elsewhere, home, quiet)
            break
        except aside.DatabaseInUse:  # what the killed one had begun is still on its way to its end
            assert time.monotonic() < until
            time.sleep(0.05)
    assert rows(elsewhere) == rows(town.url)


def test_another_backup_does_not_take_the_place_of_an_unfinished_one(
    backup: Path, kept: Path, home: Path, elsewhere: str
) -> None:
    killed_at("migrate", "restore", backup, elsewhere, home)
    sealed(kept, backup="another")
    refused("restore-other-unfinished", kept, elsewhere, home, replace=True)


def test_a_backup_that_was_killed_is_begun_anew(town: Town, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    killed_at("count", "take", folder, town.url, home)
    with pytest.raises(WanggeError) as found:
        restoring.check(folder, quiet)
    assert found.value.kind == "not-a-backup"
    taking.take(town.url, home, folder, quiet)
    restoring.check(folder, quiet)


def test_a_backup_goes_over_nothing(town: Town, home: Path, backup: Path, tmp_path: Path) -> None:
    before = files(backup)
    (tmp_path / "letter.txt").write_text("dear")
    for folder in (backup, tmp_path, tmp_path / "letter.txt"):
        with pytest.raises(taking.FolderInUse):
            taking.take(town.url, home, folder, quiet)
    assert files(backup) == before
    assert files(tmp_path) == {"letter.txt": b"dear"}


def test_backups_inside_the_home_folder_do_not_hold_each_other(town: Town, tmp_path: Path) -> None:
    (tmp_path / "note").write_bytes(b"kept")
    for name in ("first", "second"):
        contents = taking.take(town.url, tmp_path, tmp_path / "backups" / name, quiet)
        assert [path for path in contents.files if path.startswith("files/")] == ["files/note"]


def test_a_database_without_tables_is_not_backed_up(elsewhere: str, home: Path, tmp_path: Path) -> None:
    with pytest.raises(taking.NothingToBackUp):
        taking.take(elsewhere, home, tmp_path / "kept", quiet)
