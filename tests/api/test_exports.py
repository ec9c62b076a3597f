"""Exports that are made while nobody waits: whole in the end, their owner's alone, cancelled, never stuck."""

import asyncio
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from tests.conftest import LOCAL, clone
from tests.people import signed_in, token_for
from wangge.access.person import Grant, Scope
from wangge.access.roles import Role
from wangge.api import exports as maker
from wangge.api.app import create_app
from wangge.geo.alone import alone
from wangge.geo.datum import Datum
from wangge.reports.bulk.export import jobs, making
from wangge.reports.bulk.export.jobs import Export, ExportReason, Exports, ExportState
from wangge.reports.listing.filters import ReportFilter
from wangge.reports.listing.searching import Search, Word
from wangge.store.engine import connect, connect_async, database_of
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
EXPORTS = f"{HERE}/exports"
CENTRE = [Grant(Role.CENTRE, "xinhua")]
PATIENCE_S = 60


@pytest.fixture(scope="module")
def url(cluster: Cluster, furnished: str) -> Iterator[str]:
    yield from clone(cluster, furnished)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, database: str) -> Path:
    """A home where a server ended while it made two exports, one of them for the last time."""
    home = tmp_path_factory.mktemp("home")
    for name, tries in (("again", 1), ("enough", jobs.TRIES)):
        kept = exports(home, database)
        kept.add(one := asked("key 999999", name=name, state=ExportState.RUNNING, tries=tries))
        (kept.file(one).parent / ".half").write_bytes(b"of the try before")
    exports(home, "another").add(asked("account 1", name="of another database"))
    return home


@pytest.fixture(scope="module")
def database(url: str) -> str:
    async def ask() -> str:
        async with await connect_async(url) as connection:
            return await database_of(connection)

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def city(url: str, home: Path) -> Iterator[TestClient]:
    settings = Settings(database_url=url, home=home, columns_s=0, sweep_s=0, release_s=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maker, "SWEEP_EVERY_S", 0.2)
        yield from served(settings, url)


def served(settings: Settings, url: str) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
        signed_in(client, url, CENTRE)
        with connect(url) as connection:
            leaves = load_grid(connection, "xinhua").leaves
        for leaf, category in zip(leaves[100:], ("lamp", "wiring", "lamp"), strict=False):
            point = leaf.geometry.representative_point()  # type: ignore[union-attr]
            filed = client.post(f"{HERE}/reports", json={"lon": point.x, "lat": point.y, "category": category})
            assert filed.status_code == 201, filed.text
        yield client


def exports(home: Path, database: str = "", keep: timedelta = timedelta(days=1), most_bytes: int = 1 << 30) -> Exports:
    return Exports(home, database, keep, most_bytes)


def asked(owner: str, **facts: Any) -> Export:
    common: dict[str, Any] = {"territory": "xinhua", "form": "csv", "datum": Datum.WGS84, "name": "a.csv", "asked": ""}
    where = {"where": ReportFilter("xinhua"), "scope": Scope("xinhua", None), "created_at": datetime.now(UTC)}
    return Export(owner=owner, **common | where | facts)


def over(client: TestClient, address: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE_S
    while (found := client.get(address, headers=headers).json())["state"] not in ("done", "failed"):
        assert time.monotonic() < until, found
        time.sleep(0.1)
    return dict(found)


def test_an_export_is_the_file_that_one_would_have_waited_for(city: TestClient) -> None:
    query = {"category": "lamp", "datum": "gcj02", "q": "wire"}
    began = city.post(EXPORTS, params=query | {"form": "arrow"})
    assert (began.status_code, began.json()["state"], began.json()["filter"]) == (202, "waiting", "category=lamp")
    done = over(city, began.headers["location"])
    assert (done["state"], done["rows"], done["of"]) == ("done", 0, 0)
    lamps = over(city, city.post(EXPORTS, params={"form": "arrow", "category": "lamp"}).headers["location"])
    assert (lamps["rows"], lamps["of"], lamps["file"]) == (2, 2, "xinhua-reports.arrow")
    got = city.get(lamps["links"][1]["href"])
    assert (len(got.content), got.headers["cache-control"]) == (lamps["size"], "private, no-store")
    waited = city.get(f"{HERE}/files/reports.arrow", params={"category": "lamp"}).content
    ours, theirs = (pa.ipc.open_file(io.BytesIO(content)).read_all() for content in (got.content, waited))
    assert ours.equals(theirs)
    assert ours.schema.metadata == theirs.schema.metadata
    for one in (done, lamps):
        assert city.delete(one["links"][0]["href"]).status_code == 204
        assert city.get(one["links"][0]["href"]).status_code == 404


def become(url: str, login: str, role: Role, level: str, code: str) -> None:
    with connect(url) as connection:
        connection.execute(
            "UPDATE account_grant SET role = %s, level = %s, code = %s"
            " WHERE account_id = (SELECT id FROM account WHERE login = %s)",
            (role, level, code, login),
        )


def test_another_s_is_none_and_a_right_that_is_taken_away_counts(city: TestClient, url: str) -> None:
    mine = over(city, city.post(EXPORTS, params={"form": "csv"}).headers["location"])
    here, file = (link["href"] for link in mine["links"])
    other = {"Authorization": f"Bearer {token_for(url, CENTRE)}"}
    for address, method in ((here, "GET"), (file, "GET"), (here, "DELETE")):
        assert city.request(method, address, headers=other).status_code == 404
    assert city.get(EXPORTS, headers=other).json() == {"exports": []}
    with connect(url, autocommit=True) as connection:
        connection.execute("UPDATE account_session SET seen_at = now() - interval '10 minutes'")
        assert {city.get(address).status_code for address in (here, EXPORTS)} == {200}
        used = connection.execute("SELECT count(*) FROM account_session WHERE seen_at > now() - interval '9 min'")
        assert used.fetchone() == (0,), "a page that is left open ends with its session"
    assert city.get(file.replace("xinhua", "hejian")).status_code in (403, 404)
    login = "once.centre"
    token = {"Authorization": f"Bearer {token_for(url, CENTRE, login)}"}
    theirs = city.post(EXPORTS, params={"form": "csv"}, headers=token).headers["location"]
    until = time.monotonic() + PATIENCE_S
    while city.get(f"{theirs}/file", headers=token).status_code == 409:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert city.get(f"{theirs}/file", headers=token).status_code == 200
    with connect(url) as connection:
        communities = {cell.path for cell in load_grid(connection, "xinhua").cells if len(cell.path) == 2}
    street, community = min(communities)
    become(url, login, Role.COMMUNITY_DESK, "community", community)  # a desk may export, its own
    assert city.get(theirs, headers=token).json()["state"] == "done"
    assert city.get(f"{theirs}/file", headers=token).status_code == 403
    own = city.post(EXPORTS, params={"form": "csv"}, headers=token).headers["location"]
    over(city, own, token)
    become(url, login, Role.STREET_DESK, "street", street)  # all of the community's cases, and more
    assert city.get(f"{own}/file", headers=token).status_code == 200
    with connect(url) as connection:
        connection.execute(
            "DELETE FROM account_grant WHERE account_id = (SELECT id FROM account WHERE login = %s)", (login,)
        )
    assert city.get(theirs, headers=token).status_code == 403
    assert city.delete(here).status_code == 204


def test_one_that_takes_long_is_cancelled_and_nobody_has_too_many(
    city: TestClient, url: str, home: Path, database: str
) -> None:
    with connect(url) as lock:
        lock.execute("LOCK TABLE report IN ACCESS EXCLUSIVE MODE")
        addresses = [city.post(EXPORTS, params={"form": "csv"}).headers["location"] for _ in range(jobs.MOST)]
        refused = city.post(EXPORTS, params={"form": "csv"})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/too-many-exports")
        until = time.monotonic() + PATIENCE_S
        while city.get(addresses[0]).json()["state"] != "running":
            assert time.monotonic() < until
            time.sleep(0.1)
        assert city.get(f"{addresses[0]}/file").json()["type"] == "/problems/export-not-ready"
        kept = exports(home, database)
        late = kept.add(asked("key 999998", created_at=datetime.now(UTC) - timedelta(days=2)))
        while kept.get(late.id) is not None:  # sweeping does not wait for what runs
            assert time.monotonic() < until
            time.sleep(0.1)
        for address in addresses[:-1]:
            assert city.delete(address).status_code == 204
        assert [one["id"] for one in city.get(EXPORTS).json()["exports"]] == [addresses[-1].rpartition("/")[2]]
    assert over(city, addresses[-1])["state"] == "done"
    assert city.delete(addresses[-1]).status_code == 204


def test_what_a_killed_server_left_is_made_or_said_to_have_failed(city: TestClient, home: Path, database: str) -> None:
    until = time.monotonic() + PATIENCE_S
    kept = exports(home, database)
    while any(not one.over for one in kept.of("key 999999", "xinhua")):
        assert time.monotonic() < until
        time.sleep(0.1)
    found = {one.name: one for one in kept.of("key 999999", "xinhua") if one.name in ("again", "enough")}
    assert sorted(path.name for path in kept.file(found["again"]).parent.iterdir()) == ["export.json", "file.csv"]
    other = exports(home, "another").of("account 1", "xinhua")
    assert [one.state for one in other] == [ExportState.WAITING], "another database's are no business of this server"
    assert (found["again"].state, found["again"].tries, found["again"].where) == (ExportState.DONE, 2, None)
    assert (found["enough"].state, found["enough"].reason) == (ExportState.FAILED, ExportReason.INTERRUPTED)


def test_who_makes_one_ends_with_the_server_that_wanted_it(city: TestClient, url: str, tmp_path: Path) -> None:
    kept = exports(tmp_path)
    kept.add(wanted := asked("key 1"))
    command = [sys.executable, "-m", "wangge.reports.bulk.export.making"]
    with connect(url) as lock, subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        lock.execute("LOCK TABLE report IN ACCESS EXCLUSIVE MODE")
        assert process.stdin is not None
        process.stdin.write(
            orjson.dumps({"url": url, "home": str(tmp_path), "database": "", "export": wanted.id}) + b"\n"
        )
        process.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 1


def test_what_is_kept_comes_back_and_is_bounded_in_time_and_size(tmp_path: Path) -> None:
    kept = exports(tmp_path, keep=timedelta(hours=1), most_bytes=10)
    search = Search((Word("灯", "1", (3,)),), (4,))
    where = ReportFilter("xinhua", bbox=(1, 2, 3, 4), since=datetime.now(UTC), area=b"\x00\xff", search=search)
    now = datetime.now(UTC)
    ages = {"late": timedelta(hours=2), "first": timedelta(minutes=3), "last": timedelta(minutes=2)}
    made = {name: asked("key 1", name=name, where=where, created_at=now - age) for name, age in ages.items()}
    for one in made.values():
        added = kept.add(one)
        assert kept.get(one.id) == added
    for name in ("first", "last"):
        kept.file(made[name]).write_bytes(b"123456")
        kept.finished(made[name])
    (broken := kept.folder / ("0" * 32)).mkdir()
    (broken / "export.json").write_bytes(b"\xff{")
    assert kept.sweep() == 2
    assert broken.exists(), "a newer program may read it"
    os.utime(broken, (0, 0))
    assert (kept.sweep(), broken.exists()) == (1, False)
    assert [one.name for one in kept.of("key 1", "xinhua")] == ["last"]
    kept.remove(made["last"].id)
    with pytest.raises(FileNotFoundError):  # whoever makes it learns so
        kept.keep_state(made["last"])


def test_those_who_ask_take_turns_and_who_has_most_makes_room(tmp_path: Path) -> None:
    kept = exports(tmp_path, most_bytes=20)
    now = datetime.now(UTC)
    many = [asked("account 1", name=f"{n}", created_at=now - timedelta(minutes=9 - n)) for n in range(3)]
    for one in (*many, few := asked("account 2", name="few", created_at=now)):
        kept.add(one)
    order = []
    while wanted := kept.next():
        order.append(wanted.name)
        kept.file(kept.begun(wanted)).write_bytes(b"12345678")
        kept.finished(wanted)
    assert order == ["0", "few", "1", "2"]
    kept.remove(few.id)
    for one in (few := asked("account 2"), asked("account 1", created_at=now - timedelta(minutes=9))):
        kept.add(one)
    assert kept.next() == kept.get(few.id), "whoever removes what they had does not go first"
    kept.begun(few)
    kept.remove(few.id)
    kept.add(few := asked("account 2", created_at=now - timedelta(minutes=10)))
    assert kept.next() != kept.get(few.id), "nor does whoever cancels"
    (kept.folder / jobs.TURNS).write_bytes(b"[1")
    assert kept.next() == kept.get(few.id)
    for one in kept.of("account 2", "xinhua"):
        kept.remove(one.id)
    for one in kept.of("account 1", "xinhua"):
        if not one.over:
            kept.remove(one.id)
    kept.add(few := asked("account 2", name="few", created_at=now))
    kept.file(kept.begun(few)).write_bytes(b"12345678")
    kept.finished(few)
    assert kept.sweep() == 2
    assert [one.name for one in kept.of("account 1", "xinhua")] == ["2"]
    assert kept.of("account 2", "xinhua")[0].id == few.id


def test_nobody_has_too_many_in_all_territories_together(tmp_path: Path) -> None:
    kept = exports(tmp_path)
    for n in range(jobs.MOST):
        kept.add(asked("account 1", territory=("xinhua", "hejian")[n % 2]))
    with pytest.raises(jobs.TooManyExports) as refused:
        kept.add(asked("account 1", territory="other"))
    assert refused.value.facts["territories"] == ["hejian", "xinhua"]
    kept.add(asked("account 2"))
    kept.add(
        asked("account 1", territory="hejian"), lambda territory: territory == "hejian"
    )  # none else can be removed


def test_another_database_s_are_left_until_their_own_time_and_while_it_is_served(tmp_path: Path) -> None:
    kept, other = exports(tmp_path, keep=timedelta()), exports(tmp_path, "another", keep=timedelta(days=9))
    wanted = other.add(asked("account 1"))
    os.utime(other.folder / wanted.id / "export.json", (0, 0))
    kept.sweep()
    assert other.get(wanted.id) == wanted
    other.keep_state(wanted.model_copy(update={"kept_until": wanted.created_at}))
    with alone(other.folder.parent, other.folder.name) as mine:
        assert mine
        kept.sweep()
        assert other.get(wanted.id) is not None
    kept.sweep()
    assert not other.folder.exists()
    (other.folder / "0").mkdir(parents=True)
    kept.sweep()
    assert not other.folder.exists()


def test_a_process_says_why_there_is_no_file(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = exports(tmp_path)
    kept.add(wanted := asked("key 1", form="xlsx"))
    monkeypatch.setattr(making, "MOST_ROWS", -1)
    with pytest.raises(making.TooManyRows):
        making.make(url, kept, wanted)
    monkeypatch.setattr(maker, "NO_DATABASE_S", 0)
    asyncio.run(maker._make("postgresql://127.0.0.1:1/none", kept, wanted))
    assert "Traceback" not in capfd.readouterr().err
    left = kept.get(wanted.id)
    assert left is not None
    assert (left.state, left.tries) == (ExportState.RUNNING, 0), "what found no database is no try of the export"
