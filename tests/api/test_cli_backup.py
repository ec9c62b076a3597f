"""`wangge backup` and `wangge restore` as an operator sees them."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.conftest import ROOT, content
from wangge.store.postgres.cluster import Cluster


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder of its own, on another machine as it were."""
    with tempfile.TemporaryDirectory(prefix="wangge-") as folder:
        Path(folder).chmod(0o755)  # the server's own user must get in
        yield Path(folder)
        Cluster(Path(folder)).stop()


def run(*arguments: str | Path, **variables: str) -> tuple[int, str]:
    """Exit code and standard error of a command."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WANGGE_")}
    command = [sys.executable, "-c", "from wangge.api.cli import main; main()", *map(str, arguments)]
    done = subprocess.run(
        command, env=environment | variables, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_from_a_server_of_ones_own_into_the_embedded_one(database: str, home: Path, tmp_path: Path) -> None:
    folder, there = tmp_path / "kept", {"WANGGE_HOME": str(home)}
    code, said = run("backup", folder, WANGGE_DATABASE_URL=database, WANGGE_HOME=str(tmp_path / "home"))
    assert (code, "0 reports" in said, str(folder) in said) == (0, True, True)
    checked, told = run("restore", folder, "--check", **there)
    assert (checked, told.endswith(said_of_check(said))) == (0, True)
    assert not any(home.iterdir())
    code, said = run("restore", folder, **there)
    assert code == 0
    assert "every table is as it was" in said
    assert "Every case is what its events say" in said
    assert content(Cluster(home).url) == content(database)
    code, said = run("restore", folder, WANGGE_LANG="zh", **there)
    assert (code, "数据库不是空的" in said, "--replace" in said) == (1, True, True)
    code, said = run("restore", folder, "--replace", **there)
    assert code == 0
    assert content(Cluster(home).url) == content(database)


def said_of_check(said: str) -> str:
    """What --check says, from what the backup has said."""
    facts = said.partition("Backed up: ")[2].partition(". It holds")[0]
    return f"The backup is whole: {facts}, made by version {version('wangge')}.\n"


@pytest.mark.parametrize(("language", "title"), [("en", "This is no backup"), ("zh", "这不是备份")])
def test_what_is_no_backup_is_refused_before_a_database_is_started(
    language: str, title: str, home: Path, tmp_path: Path
) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        code, said = run("restore", folder, WANGGE_HOME=str(home), WANGGE_LANG=language)
        assert (code, title in said) == (1, True)
    assert not any(home.iterdir())


def test_what_the_file_system_refuses_is_said_plainly(database: str, tmp_path: Path) -> None:
    code, said = run("backup", "/proc/kept", WANGGE_DATABASE_URL=database, WANGGE_HOME=str(tmp_path))
    assert (code, "A file cannot be used: /proc/kept" in said) == (1, True)


def test_a_server_whose_programs_are_not_here_is_said_with_what_to_install(database: str, tmp_path: Path) -> None:
    code, said = run("backup", tmp_path / "kept", WANGGE_DATABASE_URL=database, WANGGE_PG_BIN=str(tmp_path))
    assert (code, "apt-get install postgresql-client-" in said) == (1, True)
    assert run("backup", tmp_path / "kept", WANGGE_DATABASE_URL=database, WANGGE_HOME=str(tmp_path / "home"))[0] == 0
