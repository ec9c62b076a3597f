"""The archive by month: it is what the database is, others read it in place, and who is killed leaves it whole."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import geopandas
import obstore
import pyarrow.parquet as pq
import pytest
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner

from tests.conftest import ROOT, clone
from tests.kept import above
from tests.objects import storage_in
from tests.reports.test_importing import places, run, write_csv
from wangge.api.cli import archive as commands
from wangge.reports.bulk.archive.index import INDEX, Index, path_of
from wangge.reports.bulk.archive.keeping import NAME, Archive, Done
from wangge.reports.bulk.archive.proving import Proof, verify
from wangge.reports.bulk.archive.shelf import ArchiveUnavailable
from wangge.reports.feed.positions import followers
from wangge.reports.feed.sequencing import number_all
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import load_grid
from wangge.store.objects import open_store
from wangge.store.postgres.cluster import Cluster

REPORTS = 480
JUNE = path_of("xinhua", "2025-06")


@pytest.fixture(scope="module")
def city(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with reports of twelve months, some of which tell a telephone number."""
    for url in clone(cluster, furnished):
        with connect(url) as connection:
            grid = load_grid(connection, "xinhua")
        records = [record | {"contact_phone": "0317-5550100"} for record in places(grid, REPORTS)]
        run(url, grid, write_csv(tmp_path_factory.mktemp("files") / "a.csv", records))
        yield url


async def stepped(archive: Archive, url: str, **how: bool) -> Done:
    async with await connect_async(url) as connection:
        await number_all(connection)
        return await archive.step(connection, **how)


async def proven(archive: Archive, url: str) -> Proof:
    async with await connect_async(url) as connection:
        return await verify(archive, connection, url)


def moved(url: str, month: str) -> str:
    """A case of a month is changed, with its event; the case's place."""
    with connect(url) as connection:
        row = connection.execute(
            """UPDATE report SET version = version + 1, urgency = 'urgent' WHERE (id, received_at) = (
                   SELECT id, received_at FROM report WHERE to_char(received_at, 'YYYY-MM') = %s ORDER BY id LIMIT 1)
               RETURNING id, received_at, territory_code, state""",
            (month,),
        ).fetchone()
        assert row
        connection.execute(
            """INSERT INTO report_event (report_id, report_received_at, territory_code, state, actor, move)
               VALUES (%s, %s, %s, %s, 'tests', 'note')""",
            row,
        )
        return str(row[0])


def written(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}


async def test_a_folder_is_readable_by_its_owner_alone(city: str, tmp_path: Path) -> None:
    shared, own = tmp_path / "shared", tmp_path / "own"
    for folder in (shared, own):
        folder.mkdir(mode=0o755)
    (shared / "other.txt").touch()
    with pytest.raises(ArchiveUnavailable, match="may be read by others"):
        await stepped(Archive(str(shared), city), city)
    assert Archive(str(own), city).shelf.paths() == []
    assert own.stat().st_mode & 0o777 == 0o700


async def test_months_that_were_touched_are_written_anew_and_nothing_else(city: str, tmp_path: Path) -> None:
    archive = Archive(str(tmp_path), city)
    first = await stepped(archive, city)
    assert (first.written, first.removed) == (12, 0)
    before = written(tmp_path)
    assert JUNE in before
    assert await proven(archive, city) == Proof(12, REPORTS, 0, [])
    assert (await stepped(archive, city)).written == 0
    moved(city, "2025-06")
    assert (await proven(archive, city)).pending == 1  # there is an event that has not come to it
    done = await stepped(archive, city)
    after = written(tmp_path)
    assert (done.written, {path for path in after if after[path] != before[path]}) == (1, {JUNE})
    index = Index.parse((tmp_path / INDEX).read_bytes())
    assert index is not None
    assert (index.mark, index.months["xinhua", "2025-06"].mark) == (done.mark, str(done.mark))
    assert await proven(archive, city) == Proof(12, REPORTS, 0, [])
    assert b"5550100" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


async def test_duckdb_and_geopandas_read_it_in_place_and_pass_over_other_months(city: str, tmp_path: Path) -> None:
    await stepped(Archive(str(tmp_path), city), city, anew=True)
    with connect(city) as connection:
        counted: dict[str, int] = dict(
            connection.execute("SELECT to_char(received_at, 'YYYY-MM'), count(*) FROM report GROUP BY 1").fetchall()
        )
        west, east = connection.execute(
            "SELECT min(ST_X(geom)), avg(ST_X(geom)) FROM report WHERE to_char(received_at, 'YYYY-MM') = '2025-06'"
        ).fetchone() or (0, 0)
    everything = f"read_parquet('{tmp_path}/territory=*/month=*/*.parquet', hive_partitioning = true)"
    with duckdb.connect() as database:
        found = database.sql(
            f"SELECT month, count(*) FROM {everything} WHERE territory = 'xinhua' GROUP BY 1"
        ).fetchall()
        assert {str(month): count for month, count in found} == counted
        plan = str(database.sql(f"EXPLAIN SELECT count(number) FROM {everything} WHERE month = '2025-06'").fetchall())
        assert "Scanning Files: 1/12" in plan
        inside = database.sql(
            f"SELECT count(*) FROM {everything} WHERE month = '2025-06' AND bbox.xmin <= {east} AND bbox.xmax >= {west}"
        ).fetchone()
    frame = geopandas.read_parquet(tmp_path / JUNE)
    assert (len(frame), frame.crs.to_string()) == (counted["2025-06"], "OGC:CRS84")
    assert inside is not None
    assert len(geopandas.read_parquet(tmp_path / JUNE, bbox=(west, 0, east, 90))) == inside[0] > 0
    known = {record["number"] for record in pq.read_table(tmp_path, filters=[("month", "=", "2025-06")]).to_pylist()}
    assert known == set(frame["number"])


async def test_what_the_database_has_no_more_is_gone_there_too(city: str, cluster: Cluster, tmp_path: Path) -> None:
    for url in clone(cluster, str(conninfo_to_dict(city)["dbname"])):
        archive = Archive(str(tmp_path), url)
        await stepped(archive, url)
        (tmp_path / "letter.parquet").write_bytes(b"not ours")
        with connect(above(cluster, str(conninfo_to_dict(url)["dbname"]))) as connection:  # by hand, which is no event
            connection.execute("SET session_replication_role = replica")
            connection.execute("DELETE FROM report WHERE to_char(received_at, 'YYYY-MM') = '2025-06'")
            connection.execute(
                """DELETE FROM report WHERE (id, received_at) = (SELECT id, received_at FROM report
                   WHERE to_char(received_at, 'YYYY-MM') = '2025-08' ORDER BY id LIMIT 1)"""
            )
            connection.execute("UPDATE report SET description = '' WHERE to_char(received_at, 'YYYY-MM') = '2025-10'")
        names = sorted(path_of("xinhua", month) for month in ("2025-06", "2025-08", "2025-10"))
        assert (await proven(archive, url)).wrong == names
        done = await stepped(archive, url, counted=True)
        assert (done.written, done.removed) == (1, 1)
        assert not (tmp_path / JUNE).exists()
        assert (await proven(archive, url)).wrong == [path_of("xinhua", "2025-10")]  # which no count tells
        await stepped(archive, url, anew=True)
        assert (await proven(archive, url)).wrong == []
        (tmp_path / path_of("xinhua", "2025-02")).write_bytes(b"torn")
        (tmp_path / path_of("xinhua", "2025-04")).unlink()
        assert len((await proven(archive, url)).wrong) == 2
        (tmp_path / INDEX).write_bytes(b'{"form": 1, "mark": 7}')  # cannot be read: all is made anew
        assert (await stepped(archive, url)).written == 11
        assert (await proven(archive, url)).wrong == []
        assert (tmp_path / "letter.parquet").read_bytes() == b"not ours"


KEEP = """
import asyncio, pathlib, sys
from wangge.api.archive import keep_archive
url, address, home = sys.argv[1:]
asyncio.run(keep_archive(url, pathlib.Path(home), address, 0.01))
"""
"""What a server does, as fast as it can."""


async def test_who_is_killed_while_writing_leaves_whole_files_and_what_was_touched_is_caught_up(
    city: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with storage_in(tmp_path) as storage:
        for name, value in storage.variables.items():
            monkeypatch.setenv(name, value)
        address = "s3://reports/archive"
        archive, opened = Archive(address, city), open_store(address)
        obstore.put(open_store("s3://reports"), "letter.txt", b"not ours")
        seen = 0
        for turn in range(2):
            command = [sys.executable, "-c", KEEP, city, address, str(tmp_path)]
            keeper = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            end = time.monotonic() + 30
            while not archive.shelf.paths() and time.monotonic() < end:
                time.sleep(0.02)
            for month in ("2025-02", "2025-06", "2025-10"):
                moved(city, month)
            await asyncio.sleep(0.1 * turn)
            keeper.send_signal(signal.SIGKILL)
            keeper.wait()
            for path in archive.shelf.paths():
                file = tmp_path / "one.parquet"
                file.write_bytes(bytes(obstore.get(opened, path).bytes()))
                assert pq.ParquetFile(file).read().num_rows > 0
                seen += 1
        assert seen
        await stepped(archive, city)
        assert await proven(archive, city) == Proof(12, REPORTS, 0, [])
        storage.kill()
        moved(city, "2025-06")
        with pytest.raises(ArchiveUnavailable):
            await stepped(archive, city)
        storage.start()
        assert (await stepped(archive, city)).written == 1
        assert await proven(archive, city) == Proof(12, REPORTS, 0, [])
    async with await connect_async(city) as connection:
        assert [follower.behind for follower in await followers(connection) if follower.name == NAME] == [0]


def told(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(commands.app, arguments)
    if isinstance(done.exception, Exception):
        raise done.exception
    return done.exit_code, done.stdout


@pytest.mark.usefixtures("english_terminal")
def test_commands_show_build_and_prove(city: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", city)
    with pytest.raises(commands.NoArchive):
        told("status")  # nowhere
    monkeypatch.setenv("WANGGE_ARCHIVE", str(tmp_path))
    with pytest.raises(commands.NoArchive):
        told("status")  # not yet
    moved(city, "2025-06")  # no server runs that would number it
    assert told("build")[0] == 0
    code, said = told("status", "--json")
    reports = {one["territory"]: one["reports"] for one in map(json.loads, said.splitlines())}
    assert (code, reports) == (0, {"washington": 0, "xinhua": REPORTS})
    code, said = told("verify", "--json")
    assert (code, json.loads(said)["pending"]) == (0, 0)
    (tmp_path / JUNE).unlink()
    code, said = told("verify", "--json")
    assert (code, json.loads(said)["named"]) == (1, [JUNE])
