"""The embedded PostGIS against real servers, real processes and real signals."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.conftest import ROOT, heed_interrupts
from wangge.store.postgres import postmaster
from wangge.store.postgres.binaries import PostgisMissing, PostgisTooOld, find_binaries
from wangge.store.postgres.cluster import Cluster, ClusterFailed, ClusterVersion, DiskFull, database_url
from wangge.store.postgres.premises import ClusterDenied
from wangge.store.settings import Settings

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@contextmanager
def open_folder() -> Iterator[Path]:
    """A short temporary folder that other users may enter; pytest's own may not be entered."""
    folder = Path(tempfile.mkdtemp(prefix="wangge-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def stopped_in_the_end(home: Path) -> Iterator[Cluster]:
    cluster = Cluster(home)
    try:
        yield cluster
    finally:
        cluster.stop()
        far = cluster.folder
        if far.is_relative_to("/var/lib/wangge"):
            shutil.rmtree(far)


@pytest.fixture
def home() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def shared() -> Iterator[Cluster]:
    """One cluster for the tests that leave it as good as new."""
    with open_folder() as folder, stopped_in_the_end(folder) as cluster:
        cluster.start()
        yield cluster


@pytest.fixture
def cluster(shared: Cluster) -> Cluster:
    shared.start()
    return shared


def ask(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
        assert row is not None
        return row[0]


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def started_by_another_process(home: Path) -> subprocess.Popen[str]:
    program = (
        "import sys; from pathlib import Path; from wangge.store.postgres.cluster import Cluster; "
        "Cluster(Path(sys.argv[1])).start()"
    )
    command = [sys.executable, "-c", program, str(home)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=heed_interrupts)


def pid_of(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    return pid


def as_superuser(cluster: Cluster) -> str:
    return cluster.url.replace("//wangge@", "//postgres@")


# ---- what a fresh cluster is


def test_the_database_is_postgis_and_belongs_to_an_ordinary_role(cluster: Cluster) -> None:
    point = "SELECT ST_AsText(ST_Transform(ST_Point(114.48, 38.04, 4326), 4490), 3)"
    assert ask(cluster.url, point) == "POINT(114.48 38.04)"
    assert ask(cluster.url, "SELECT current_user") == "wangge"
    rights = "SELECT (rolsuper, rolcreatedb, rolcreaterole)::text FROM pg_roles WHERE rolname = current_user"
    assert ask(cluster.url, rights) == "(f,f,f)"
    execute(cluster.url, "CREATE TABLE made (geom geometry(Point, 4326)); DROP TABLE made")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("TimeZone", "UTC"),
        ("server_encoding", "UTF8"),
        ("logging_collector", "on"),
        ("log_parameter_max_length", "0"),
    ],
)
def test_what_is_committed_lasts_and_the_machine_does_not_matter(cluster: Cluster, setting: str, value: str) -> None:
    assert ask(cluster.url, f"SELECT current_setting('{setting}')") == value


def test_text_is_ordered_by_code_point_everywhere(cluster: Cluster) -> None:
    assert (
        ask(cluster.url, "SELECT string_agg(t, '' ORDER BY t) FROM unnest('{网,b,B,é,a,格}'::text[]) t") == "Babé格网"
    )


def test_only_its_owner_may_enter_the_socket_folder(cluster: Cluster) -> None:
    found = cluster.status().socket.stat()
    assert found.st_mode & 0o777 == 0o700
    assert found.st_uid == Path(f"/proc/{pid_of(cluster)}").stat().st_uid


@needs_root
def test_the_server_does_not_run_as_root(cluster: Cluster) -> None:
    assert Path(f"/proc/{pid_of(cluster)}").stat().st_uid == pwd.getpwnam("postgres").pw_uid
    assert cluster.status().user == "postgres"


def test_starting_a_running_cluster_costs_milliseconds_and_changes_nothing(cluster: Cluster) -> None:
    pid = pid_of(cluster)
    spent = sum(os.times()[:4])  # of this process and its children, whatever else the machine does
    cluster.start()
    assert sum(os.times()[:4]) - spent < 0.1
    assert pid_of(cluster) == pid


def test_status_follows_the_cluster(cluster: Cluster, home: Path) -> None:
    assert Cluster(home).status().state == "absent"
    status = cluster.status()
    assert (status.state, status.moved) == ("running", False)
    assert (status.server or "").startswith(str(status.data_major))
    cluster.stop()
    cluster.stop()
    assert cluster.status().state == "stopped"
    assert cluster.status().pid is None


def test_the_environment_of_libpq_does_not_mislead(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PGPORT": "1", "PGDATA": "/nowhere", "PGHOST": "nowhere.invalid", "PGDATABASE": "x"}.items():
        monkeypatch.setenv(name, value)
    cluster.stop()
    cluster.start()
    assert ask(cluster.url, "SELECT current_database()") == "wangge"


def test_a_named_database_is_used_as_it_is(home: Path) -> None:
    there = Settings(home=home, database_url="postgresql://elsewhere/x")
    assert database_url(there) == "postgresql://elsewhere/x"
    assert not (home / "postgres").exists()


# ---- databases for tests


def test_a_copied_database_has_the_tables_of_its_template(cluster: Cluster) -> None:
    template = cluster.create_database("pattern")
    execute(template, "CREATE TABLE cell (geom geometry); INSERT INTO cell VALUES (ST_Point(1, 2, 4326))")
    copy = cluster.create_database("copy", template="pattern")
    assert ask(copy, "SELECT ST_AsText(geom) FROM cell") == "POINT(1 2)"
    with psycopg.connect(copy):  # a session does not bar the way
        cluster.drop_database("copy")
    cluster.drop_database("pattern")
    cluster.drop_database("pattern")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(copy)


# ---- two at once, and interrupted


def test_processes_that_start_it_together_start_it_once(home: Path) -> None:
    with stopped_in_the_end(home) as cluster:
        starters = [started_by_another_process(home) for _ in range(4)]
        for starter in starters:
            _, said = starter.communicate(timeout=60)
            assert starter.returncode == 0, said
        log = "".join(path.read_text() for path in cluster.log.glob("*.log"))
        assert log.count("starting PostgreSQL") == 1
        assert ask(cluster.url, "SELECT postgis_lib_version()")


def test_threads_that_start_it_together_start_it_once(cluster: Cluster) -> None:
    cluster.stop()
    threads = [threading.Thread(target=Cluster(cluster.home).start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert cluster.status().state == "running"


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_first_start_is_begun_again(home: Path, sign: signal.Signals) -> None:
    with stopped_in_the_end(home) as cluster:
        starter = started_by_another_process(home)
        deadline = time.monotonic() + 30
        while not (cluster.folder / "data.new" / "global").exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        starter.send_signal(sign)
        starter.communicate(timeout=30)
        assert starter.returncode != 0
        assert cluster.status().state == "absent"
        cluster.start()
        assert ask(cluster.url, "SELECT postgis_lib_version()")
        assert not (cluster.folder / "data.new").exists()


# ---- killed, moved, deleted


def test_a_killed_server_comes_back_with_what_was_committed(cluster: Cluster) -> None:
    execute(cluster.url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    busy = psycopg.connect(cluster.url, autocommit=True)
    orphan = busy.info.backend_pid
    os.kill(orphan, signal.SIGSTOP)  # it will not notice that its server died
    killed = pid_of(cluster)
    os.kill(killed, signal.SIGKILL)
    while postmaster.pid_of(cluster.folder / "data"):
        time.sleep(0.01)
    assert Path(f"/proc/{orphan}/cwd").exists()

    cluster.start()

    assert pid_of(cluster) != killed
    assert not Path(f"/proc/{orphan}/cwd").exists()
    assert ask(cluster.url, "SELECT sum(n) FROM kept") == 500500
    execute(cluster.url, "DROP TABLE kept")
    with suppress(psycopg.Error):
        busy.close()


def test_a_stale_pid_file_with_a_strangers_number_does_not_bar_the_start(cluster: Cluster) -> None:
    cluster.stop()
    data = cluster.folder / "data"
    owner = data.stat().st_uid
    account = {} if owner == os.geteuid() else {"user": owner}
    stranger = subprocess.Popen(["sleep", "60"], **account)  # type: ignore[call-overload]
    try:
        stale = (
            f"{stranger.pid}\n{data}\n1700000000\n5432\n{cluster.status().socket}\n\n  1234567    7654321\nready   \n"
        )
        (data / "postmaster.pid").write_text(stale)
        assert cluster.status().state == "stopped"
        cluster.stop()
        cluster.start()
        assert cluster.status().state == "running"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_garbled_pid_file_does_not_bar_the_start(cluster: Cluster) -> None:
    cluster.stop()
    (cluster.folder / "data" / "postmaster.pid").write_text("")
    cluster.start()
    assert cluster.status().state == "running"


def test_a_server_whose_socket_was_deleted_is_started_anew(cluster: Cluster) -> None:
    pid = pid_of(cluster)
    shutil.rmtree(cluster.status().socket)
    cluster.start()
    assert pid_of(cluster) != pid
    assert ask(cluster.url, "SELECT 1") == 1


def test_a_home_folder_may_be_moved(home: Path) -> None:
    before, after = home / "before", home / "after"
    with stopped_in_the_end(before) as cluster:
        cluster.start()
        execute(cluster.url, "CREATE TABLE kept (n int)")
        cluster.stop()
    before.rename(after)
    with stopped_in_the_end(after) as cluster:
        cluster.start()
        assert ask(cluster.url, "SELECT count(*) FROM kept") == 0


def test_a_deleted_home_folder_begins_a_new_cluster(home: Path) -> None:
    with stopped_in_the_end(home) as cluster:
        cluster.start()
        old = pid_of(cluster)
        shutil.rmtree(cluster.folder)
        cluster.start()
        assert pid_of(cluster) != old
        assert not Path(f"/proc/{old}/cwd").exists()


# ---- places


@pytest.mark.parametrize("name", ["网格 'and' \"quotes\"", "very-long-" * 12])
def test_any_folder_name_will_do(home: Path, name: str) -> None:
    with stopped_in_the_end(home / name) as cluster:
        cluster.start()
        assert ask(cluster.url, "SELECT current_database()") == "wangge"
        socket = cluster.status().socket
        assert len(os.fsencode(socket / ".s.PGSQL.5432")) <= 107
        assert socket.stat().st_mode & 0o777 == 0o700
    if not socket.is_relative_to(home):
        shutil.rmtree(socket)


@needs_root
def test_a_place_that_the_servers_user_cannot_reach_is_replaced(home: Path) -> None:
    home.chmod(0o700)
    with stopped_in_the_end(home / "clone") as cluster:
        cluster.start()
        status = cluster.status()
        assert status.moved
        assert status.folder.is_relative_to("/var/lib/wangge")
        assert (home / "clone" / "postgres").readlink() == status.folder
        home.chmod(0o755)  # the place is reachable now, and the data must not seem lost
        assert Cluster(home / "clone").status().pid == status.pid


@needs_root
def test_another_users_cluster_is_refused_in_plain_words(cluster: Cluster) -> None:
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        with pytest.raises(ClusterDenied) as denied:
            cluster.start()
    finally:
        os.seteuid(0)
    assert denied.value.facts["owner"] == "postgres"
    assert denied.value.facts["user"] == "nobody"


@needs_root
def test_a_socket_folder_that_somebody_else_made_is_refused(home: Path) -> None:
    cluster = Cluster(home / ("very-long-" * 12))
    trap = cluster.status().socket
    trap.mkdir(mode=0o777)
    try:
        os.chown(trap, pwd.getpwnam("nobody").pw_uid, -1)
        with pytest.raises(ClusterDenied) as denied:
            cluster.start()
        assert denied.value.facts["owner"] == "nobody"
    finally:
        trap.rmdir()


@needs_root
def test_a_full_disk_is_named(home: Path) -> None:
    small = ["mount", "-t", "tmpfs", "-o", "size=40m,mode=755", "tmpfs", str(home)]
    if subprocess.run(small, capture_output=True, check=False).returncode:
        pytest.skip("may not mount")
    try:
        with pytest.raises(DiskFull) as full:
            Cluster(home).start()
        assert full.value.facts["free_mb"] <= 40
    finally:
        subprocess.run(["umount", str(home)], check=True)


# ---- settings and versions


def test_own_settings_win_and_a_bad_one_is_shown(cluster: Cluster) -> None:
    own = cluster.folder / "data" / "local.conf"
    cluster.stop()
    try:
        own.write_text("work_mem = '5MB'\n")
        cluster.start()
        assert ask(cluster.url, "SHOW work_mem") == "5MB"
        cluster.stop()
        own.write_text("work_mem = 'plenty'\n")
        with pytest.raises(ClusterFailed) as failed:
            cluster.start()
        assert failed.value.facts["step"] == "pg_ctl"
        assert 'invalid value for parameter "work_mem"' in failed.value.facts["log"]
    finally:
        own.write_text("")
    cluster.start()


def test_postgis_is_renewed_after_a_package_upgrade(cluster: Cluster) -> None:
    installed = ask(cluster.url, "SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
    assert isinstance(installed, str)
    older = installed.rpartition(".")[0] + ".0"
    if older == installed:
        pytest.skip("there is no older patch release of this PostGIS")
    aged = f"UPDATE pg_extension SET extversion = '{older}' WHERE extname = 'postgis'"
    for database in ("wangge", "template1"):
        execute(as_superuser(cluster).replace("/wangge?", f"/{database}?"), aged)
    cluster.stop()
    cluster.start()
    assert ask(cluster.url, "SELECT extversion FROM pg_extension WHERE extname = 'postgis'") == installed
    copy = cluster.create_database("copy")
    assert ask(copy, "SELECT extversion FROM pg_extension WHERE extname = 'postgis'") == installed
    cluster.drop_database("copy")


def test_data_of_another_major_version_are_left_alone(cluster: Cluster) -> None:
    cluster.stop()
    noted = cluster.folder / "data" / "PG_VERSION"
    real = noted.read_text()
    try:
        noted.write_text("9\n")
        with pytest.raises(ClusterVersion) as refused:
            cluster.start()
        assert refused.value.facts["data_major"] == 9
    finally:
        noted.write_text(real)
    cluster.start()


def fake_binaries(folder: Path, *, version: str, postgis: str | None) -> Path:
    """Programs that answer for their version and folder of extensions, as those of a package do."""
    extensions = folder / "share" / "extension"
    extensions.mkdir(parents=True)
    if postgis:
        (extensions / "postgis.control").write_text(f"comment = 'x'\ndefault_version = '{postgis}'\n")
    answers = {
        "initdb": "",
        "pg_ctl": "",
        "postgres": f"postgres (PostgreSQL) {version} (Ubuntu {version}-0ubuntu0.22.04.1)",
        "pg_config": str(folder / "share"),
    }
    for name, answer in answers.items():
        (folder / name).write_text(f"#!/bin/sh\necho '{answer}'\n")
        (folder / name).chmod(0o755)
    return folder


def test_a_server_without_postgis_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(PostgisMissing) as missing:
        find_binaries(fake_binaries(tmp_path, version="16.4", postgis=None))
    if shutil.which("apt-get"):
        assert "apt-get install postgresql-16 postgresql-16-postgis-3" in missing.value.facts["command"]
    assert str(tmp_path) in missing.value.facts["looked_in"]


def test_no_server_at_all_is_said(home: Path) -> None:
    with pytest.raises(PostgisMissing):
        Cluster(home, bin_dir=home).start()


@pytest.mark.parametrize(("version", "postgis"), [("14.12", "3.4.2"), ("15.2", "3.2.0")])
def test_an_old_server_is_told_from_a_missing_one(tmp_path: Path, version: str, postgis: str) -> None:
    with pytest.raises(PostgisTooOld) as old:
        find_binaries(fake_binaries(tmp_path, version=version, postgis=postgis))
    assert old.value.facts["found"] == f"PostgreSQL {version} + PostGIS {postgis}"


def test_a_release_candidate_counts_by_its_number(tmp_path: Path) -> None:
    found = find_binaries(fake_binaries(tmp_path, version="18beta1", postgis="3.6.0rc1"))
    assert (found.major, found.postgis) == (18, (3, 6, 0))
