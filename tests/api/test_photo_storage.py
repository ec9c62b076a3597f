"""Photos in an object storage: kept, shown, erased; it is killed; a backup takes them along and brings them back."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import obstore
import pytest
from fastapi.testclient import TestClient

from tests.conftest import LOCAL, ROOT, clone
from tests.objects import Storage, storage_in
from tests.people import token_for
from tests.pictures import picture
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.reports.evidence.photos import erase_photos
from wangge.reports.evidence.pictures import FOLDER, Pictures
from wangge.store.engine import connect, create_pool
from wangge.store.objects import open_remote
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
REPORT = {"lon": 116.8712, "lat": 38.3164, "category": "lamp"}
STORE = "s3://photos/wangge"
LATE = timedelta(days=9999)


class City:
    """An application whose photos lie in the storage, and somebody who sees all of it."""

    def __init__(self, url: str, home: Path, storage: Storage) -> None:
        self.url, self.home, self.storage = url, home, storage
        self.settings = Settings(
            database_url=url, home=home, photo_store=STORE, sweep_s=0, columns_s=0, release_s=0, photo_rate=""
        )
        self.centre = {"Authorization": f"Bearer {token_for(url, [Grant(Role.CENTRE, 'xinhua')])}"}

    def files(self, store: str = STORE) -> dict[str, bytes]:
        """What lies in the storage."""
        opened = open_remote(store)
        paths = [one["path"] for some in obstore.list(opened) for one in some]
        return {path: bytes(obstore.get(opened, path).bytes()) for path in paths}

    def file(self, client: TestClient, photos: list[str]) -> str:
        filed = client.post(f"{HERE}/reports", json=REPORT | {"photos": photos}, headers=self.centre)
        assert filed.status_code == 201, filed.text
        return str(filed.json()["number"])

    async def erase(self, after_receipt: timedelta = LATE) -> int:
        async with create_pool(self.url, self.settings) as pool:
            return await erase_photos(pool, Pictures(self.home, STORE), datetime.now(UTC), LATE, after_receipt)


@pytest.fixture(scope="module")
def city(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with storage_in(tmp_path_factory.mktemp("storage")) as storage, pytest.MonkeyPatch.context() as patched:
        for name, value in storage.variables.items():
            patched.setenv(name, value)
        for url in clone(cluster, furnished):
            yield City(url, tmp_path_factory.mktemp("home"), storage)


@pytest.fixture(scope="module")
def client(city: City) -> Iterator[TestClient]:
    with TestClient(create_app(city.settings), raise_server_exceptions=False, client=LOCAL) as client:
        yield client


def send(client: TestClient, city: City, shade: int = 0) -> httpx2.Response:
    answer: Any = client.post(f"{HERE}/photos", content=picture(size=(120 + shade, 90)), headers=city.centre)
    return answer  # type: ignore[no-any-return]


def named(photo: str) -> str:
    return f"xinhua/{UUID(photo).hex[:2]}/{UUID(photo).hex}"


def test_photos_lie_there_and_go_in_time(city: City, client: TestClient) -> None:
    kept, waits = (send(client, city).json()["id"] for _ in range(2))
    number = city.file(client, [kept])
    shown = client.get(f"{HERE}/reports/{number}", headers=city.centre).json()["photos"][0]
    there = city.files()
    assert set(there) == {f"{named(one)}-{size}.jpg" for one in (kept, waits) for size in ("large", "small")}
    assert client.get(shown["small"]).content == there[f"{named(kept)}-small.jpg"]
    assert not (city.home / FOLDER).exists()
    with connect(city.url, autocommit=True) as connection:
        connection.execute("UPDATE photo SET sent_at = now() - interval '2 days' WHERE id = %s", (waits,))
    assert asyncio.run(city.erase(timedelta(hours=1))) == 1
    assert client.get(shown["small"]).status_code == 200
    assert asyncio.run(city.erase(timedelta())) == 1
    assert city.files() == {}
    assert client.get(shown["small"]).status_code == 404


def test_a_storage_that_is_killed_in_mid_upload_leaves_no_case_without_its_photo_and_no_photo_without_its_case(
    city: City, client: TestClient
) -> None:
    ends = threading.Event()
    numbers, codes = dict[str, list[str]](), list[int]()

    def work(sender: int) -> None:
        while not ends.is_set():
            answers = [send(client, city, sender) for _ in range(2)]
            codes.extend(answer.status_code for answer in answers)
            photos = [answer.json()["id"] for answer in answers if answer.status_code == 201]
            if photos:
                numbers[city.file(client, photos)] = photos

    with ThreadPoolExecutor(4) as threads:
        working = [threads.submit(work, sender) for sender in range(4)]
        for _ in range(2):
            time.sleep(1.5)
            city.storage.kill()
            time.sleep(0.5)
            city.storage.start()
        time.sleep(1)
        ends.set()
        for one in working:
            one.result()
    assert set(codes) == {201, 503}
    there = city.files()
    for number, photos in numbers.items():
        case = client.get(f"{HERE}/reports/{number}", headers=city.centre).json()
        assert [shown["id"] for shown in case["photos"]] == photos
        assert all(
            client.get(shown[size]).status_code == 200 for shown in case["photos"] for size in ("large", "small")
        )
    with connect(city.url, autocommit=True) as connection:
        rows: dict[str, bool] = dict(connection.execute("SELECT id::text, stored_at IS NOT NULL FROM photo").fetchall())
        cut = [photo for photo, stored in rows.items() if not stored]
        assert len(cut) == codes.count(503)
        assert {path.rpartition("/")[2].partition("-")[0] for path in there} <= {UUID(photo).hex for photo in rows}
        refused = client.post(f"{HERE}/reports", json=REPORT | {"photos": cut[:1]}, headers=city.centre)
        assert refused.status_code == 404
        connection.execute("UPDATE photo SET sent_at = now() - interval '2 days' WHERE report_id IS NULL")
    asyncio.run(city.erase())
    whole = {f"{named(photo)}-{size}.jpg" for some in numbers.values() for photo in some for size in ("large", "small")}
    assert set(city.files()) == whole


def run(*arguments: str | Path, **variables: str) -> tuple[int, str]:
    command = [sys.executable, "-c", "from wangge.api.cli import main; main()", *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WANGGE_")}
    done = subprocess.run(
        command, env=environment | variables, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_backup_takes_the_photos_along_and_brings_them_to_wherever_they_are_to_lie(
    city: City, client: TestClient, cluster: Cluster, tmp_path: Path
) -> None:
    city.file(client, [send(client, city).json()["id"]])
    obstore.put(open_remote("s3://photos/wangge"), "another/letter.txt", b"not ours")
    there = {path: data for path, data in city.files().items() if path.startswith("xinhua/")}
    kept, home = tmp_path / "kept", tmp_path / "home"
    ours = {"WANGGE_DATABASE_URL": city.url, "WANGGE_HOME": str(city.home)}
    assert run("backup", kept, **ours, WANGGE_PHOTO_STORE=STORE)[0] == 0
    folder = kept / "files" / FOLDER
    assert {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.jpg")} == there
    assert not list(folder.rglob("*.txt"))
    assert {path.stat().st_mode & 0o077 for path in folder.rglob("*")} == {0}

    for url in clone(cluster, "template1"):  # into another storage
        other = {"WANGGE_DATABASE_URL": url, "WANGGE_HOME": str(home), "WANGGE_PHOTO_STORE": "s3://photos/other"}
        first = sorted(there)[0]
        obstore.put(open_remote("s3://photos/other"), first, b"another picture")
        code, said = run("restore", kept, **other)
        assert (code, f"s3://photos/other/{first}" in said) == (1, True), said
        code, said = run("restore", kept, "--replace", **other)
        assert code == 0, said
        assert city.files("s3://photos/other") == there
        assert not (home / FOLDER).exists()
        assert "latest are there" in run("doctor", **other)[1].replace("\n", " ")
        opened = open_remote("s3://photos/other")
        for path in there:
            obstore.delete(opened, path)
        code, said = run("doctor", **other)
        assert (code, "missing" in said) == (1, True)
    for url in clone(cluster, "template1"):  # into the home folder
        plain = {"WANGGE_DATABASE_URL": url, "WANGGE_HOME": str(home)}
        assert run("restore", kept, **plain)[0] == 0
        assert {p.relative_to(home / FOLDER).as_posix(): p.read_bytes() for p in home.rglob("*.jpg")} == there
        assert "latest are there" in run("doctor", **plain)[1].replace("\n", " ")

    city.storage.kill()
    code, said = run("backup", tmp_path / "cut", **ours, WANGGE_PHOTO_STORE=STORE)
    assert code == 1
    assert run("restore", tmp_path / "cut", "--check")[0] == 1  # it is no backup
    city.storage.start()
