"""`wangge db` and `wangge doctor`, as a person at a terminal sees them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from wangge.api.cli import doctor
from wangge.api.cli.main import build
from wangge.store.migrate import head
from wangge.store.postgres.cluster import Cluster

ROOT = Path(__file__).parents[2]
# What doctor says of the tests' own cluster too, which need not outlive a crash of the machine.
LOOSE = {"durability": "a power cut may lose reports: turn on"}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("WANGGE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder of its own that the server's user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="wangge-"))
    folder.chmod(0o755)
    monkeypatch.setenv("WANGGE_HOME", str(folder))
    yield folder
    Cluster(folder).stop()
    shutil.rmtree(folder)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(arguments[0]), arguments)


def examined(*states: str) -> dict[str, str]:
    """What doctor --json finds: its checks in one of the states, each with what to do."""
    checks: list[dict[str, Any]] = json.loads(run("doctor", "--json").stdout)["checks"]
    return {check["check"]: check["do"] or check["says"] for check in checks if check["state"] in states}


def test_the_embedded_database_is_started_looked_at_and_stopped(home: Path) -> None:
    absent = run("db", "status")
    assert (absent.exit_code, "absent" in absent.stdout) == (1, True)

    assert run("db", "start").exit_code == 0
    status = json.loads(run("db", "status", "--json").stdout)
    assert (status["state"], status["folder"]) == ("running", str(home / "postgres"))

    url = run("db", "url").stdout.strip()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("wangge",)
    assert url == status["url"]

    stopped = run("db", "stop")
    assert (stopped.exit_code, "stopped" in stopped.stdout) == (0, True)
    assert examined("warn") == {"database": "wangge db start"}
    assert run("doctor").exit_code == 0  # a warning is no failure


def test_asking_for_the_url_starts_nothing(home: Path) -> None:
    assert run("db", "url").stdout.startswith("postgresql://wangge@/wangge?host=")
    assert list(home.iterdir()) == []


def test_migrating_twice_changes_nothing_the_second_time(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    url = cluster.create_database("to_migrate")
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    assert examined("fail") == {"schema": "wangge db migrate"}
    assert run("db", "migrate").stdout == f"schema {head()} (was empty)\n"
    assert run("db", "migrate").stdout == f"schema {head()}, as before\n"
    assert run("db", "url").stdout.strip() == url
    assert examined("fail", "warn") == {"grids": "wangge grid import DIR --publish"} | LOOSE
    cluster.drop_database("to_migrate")


@pytest.mark.parametrize(("language", "title"), [("en", "not the embedded one"), ("zh", "不是内置数据库")])
def test_a_server_of_ones_own_is_neither_started_nor_stopped(language: str, title: str) -> None:
    environment = os.environ | {"WANGGE_DATABASE_URL": "postgresql://elsewhere/x", "WANGGE_LANG": language}
    refused = subprocess.run(
        [sys.executable, "-c", "from wangge.api.cli import main; main()", "db", "stop"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert title in refused.stderr
    assert "Traceback" not in refused.stderr


def test_doctor_finds_a_whole_installation_well(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    found = examined("ok")
    assert found["notices"] == "LISTEN and NOTIFY arrive"
    assert "washington" in found["grids"]
    assert "xinhua" in found["grids"]
    assert examined("fail") == {}
    table = run("doctor")
    assert table.exit_code == 0
    assert all(name in table.stdout for name in found)


def test_doctor_finds_photos_that_are_missing_and_a_store_that_does_not_answer(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path))
    assert "none yet" in examined("ok")["photos"]
    assert not (tmp_path / "photos").exists()  # nothing is changed by looking
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO photo (id, territory_code, owner, width, height, likeness, digest, stored_at)"
            " VALUES ('0f3c0000-0000-4000-8000-000000000000', 'xinhua', '', 1, 1, 0, '', now())"
        )
    assert "from their backup" in examined("fail")["photos"]
    there = tmp_path / "photos" / "xinhua" / "0f"
    there.mkdir(parents=True)
    (there / "0f3c0000000040008000000000000000-small.jpg").write_bytes(b"jpeg")
    assert "the 1 latest are there" in examined("ok")["photos"]
    monkeypatch.setenv("WANGGE_PHOTO_STORE", "s3://bucket/photos")
    nobody = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ALLOW_HTTP": "true", "AWS_REGION": "x"}
    for name, value in (nobody | {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}).items():
        monkeypatch.setenv(name, value)
    assert "WANGGE_PHOTO_STORE" in examined("fail")["photos"]


def test_doctor_names_a_missing_extension(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    url = cluster.create_database("bare", template="template0")
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    assert examined("fail")["PostGIS"] == "as a superuser: CREATE EXTENSION postgis"
    assert run("doctor").exit_code == 1
    cluster.drop_database("bare")


def test_doctor_says_when_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", "postgresql://127.0.0.1:1/wangge")
    assert examined("fail") == {"database": "check WANGGE_DATABASE_URL, or wangge db start"}


def test_doctor_warns_when_what_is_committed_may_be_lost(home: Path) -> None:
    assert run("db", "start").exit_code == 0
    assert examined("ok")["durability"] == "what is committed is on disk"
    with psycopg.connect(Cluster(home).url, autocommit=True) as connection:
        connection.execute("ALTER DATABASE wangge SET synchronous_commit = off")
    assert examined("warn") == LOOSE


def test_doctor_misses_a_file_of_the_viewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    shutil.copy(ROOT / "web" / "index.html", tmp_path)
    monkeypatch.setattr(doctor, "WEB", tmp_path)
    assert examined("fail") == {"viewer": "restore the folder web/ (git restore web)"}


def test_doctor_names_the_package_when_postgis_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_PG_BIN", str(home))
    advice = examined("fail")["server programs"]
    assert "Install it with: " in advice
    if shutil.which("apt-get"):
        assert "postgis" in advice.partition("Install it with: ")[2]
