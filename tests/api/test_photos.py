"""Photos over HTTP: sent, given to a report or a move, shown to those who see the case, erased in time."""

import asyncio
import io
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.conftest import LOCAL, clone
from tests.people import token_for
from tests.pictures import SECRET, picture
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.reports.evidence.darkroom import WAITING, Darkroom, TooManyPhotos
from wangge.reports.evidence.photos import erase_photos
from wangge.reports.evidence.pictures import FOLDER, Pictures
from wangge.store.engine import connect, create_pool
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
REPORT = {"lon": 116.8712, "lat": 38.3164, "category": "lamp"}


class Place:
    """A running application, and people in it."""

    def __init__(self, url: str, home: Path) -> None:
        self.url, self.home = url, home
        self.settings = Settings(
            database_url=url, home=home, sweep_s=0, columns_s=0, release_s=0, intake_rate="", photo_rate=""
        )
        self.app = create_app(self.settings)

    def bearer(self, *grants: Grant) -> dict[str, str]:
        return {"Authorization": f"Bearer {token_for(self.url, list(grants))}"}

    def send(self, client: TestClient, data: bytes | None = None, who: dict[str, str] | None = None) -> Any:
        return client.post(f"{HERE}/photos", content=picture() if data is None else data, headers=who or {})


@pytest.fixture(scope="module")
def place(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    for url in clone(cluster, furnished):
        yield Place(url, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def client(place: Place) -> Iterator[TestClient]:
    with TestClient(place.app, raise_server_exceptions=False, client=LOCAL) as client:
        yield client


@pytest.fixture(scope="module")
def centre(place: Place) -> dict[str, str]:
    return place.bearer(Grant(Role.CENTRE, "xinhua"))


def test_a_resident_s_photo_stands_in_the_case_without_what_the_camera_wrote(
    place: Place, client: TestClient, centre: dict[str, str]
) -> None:
    sent = place.send(client)
    assert sent.status_code == 201, sent.text
    told = sent.json()
    assert (told["width"], told["height"]) == (480, 640)
    assert told["place"] == {"lon": 116.8712, "lat": 38.3164}
    assert told["taken_at"] == "2026-05-05T23:08:09Z"
    filed = client.post(f"{HERE}/reports", json=REPORT | {"photos": [told["id"]]})
    assert filed.status_code == 201, filed.text
    case = client.get(f"{HERE}/reports/{filed.json()['number']}", headers=centre).json()
    (shown,) = case["photos"]
    assert (shown["id"], shown["move"], shown["version"]) == (told["id"], "receive", 1)
    for size, edge in (("large", 640), ("small", 360)):
        got = client.get(shown[size])
        assert (got.status_code, got.headers["content-type"]) == (200, "image/jpeg")
        assert "sandbox" in got.headers["content-security-policy"]
        assert SECRET.encode() not in got.content
        with Image.open(io.BytesIO(got.content)) as image:
            assert (max(image.size), dict(image.getexif()), image.info.get("icc_profile")) == (edge, {}, None)
    for file in (place.home / FOLDER).rglob("*.jpg"):
        assert SECRET.encode() not in file.read_bytes()
    assert (place.home / FOLDER).stat().st_mode & 0o077 == 0


def test_a_link_shows_one_picture_for_a_while_and_cannot_be_made(
    place: Place, client: TestClient, centre: dict[str, str]
) -> None:
    first, second = (place.send(client).json() for _ in range(2))
    number = client.post(f"{HERE}/reports", json=REPORT | {"photos": [first["id"]]}).json()["number"]
    link = client.get(f"{HERE}/reports/{number}", headers=centre).json()["photos"][0]["small"]
    assert client.get(link).headers["cache-control"].startswith("private, max-age=")
    path, _, query = link.partition("?")
    expires, signature = (part.partition("=")[2] for part in query.split("&"))
    for wrong in (
        path,
        f"{path}?expires={int(expires) + 60}&signature={signature}",
        f"{path}?expires={expires}&signature={signature[:-1]}",
        link.replace("small", "large"),
        link.replace(first["id"], second["id"]),
        link.replace("xinhua", "washington"),
    ):
        assert client.get(wrong).status_code == 401, wrong
    assert client.get(f"{HERE}/photos/{uuid4()}/small", headers=centre).status_code == 404
    assert client.get(f"{HERE}/photos/{first['id']}/original", headers=centre).status_code == 422
    assert client.get(f"{HERE}/photos/{second['id']}/small", headers=centre).status_code == 404, "not of a case yet"
    for trick in (
        "../../keys/sealing",
        "..%2F..%2Fkeys%2Fsealing",
        f"{first['id']}%00",
        f"{first['id']}%2F..%2Fx",
        "%2e%2e",
    ):
        answer = client.get(f"{HERE}/photos/{trick}/small", headers=centre)
        assert answer.status_code in {404, 405, 422}, (trick, answer.status_code)
    elsewhere = place.bearer(Grant(Role.CENTRE, "washington"))
    assert client.get(path, headers=elsewhere).status_code == 403
    assert client.get(path.replace("xinhua", "washington"), headers=elsewhere).status_code == 404


def test_a_photo_is_given_once_by_whoever_sent_it(place: Place, client: TestClient, centre: dict[str, str]) -> None:
    photo = place.send(client, who=centre).json()["id"]
    refused = client.post(f"{HERE}/reports", json=REPORT | {"photos": [photo]})
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown-photo")
    other = place.bearer(Grant(Role.CENTRE, "xinhua"))
    number = client.post(f"{HERE}/reports", json=REPORT).json()["number"]
    note = {"move": "note", "note": "seen", "photos": [photo]}
    at = f"{HERE}/reports/{number}"
    assert client.post(f"{at}/moves", json=note, headers=other | {"If-Match": "*"}).status_code == 404
    before = client.get(at, headers=centre).json()
    assert [event["move"] for event in before["events"]] == ["receive", "assign"], "nothing of a refused move stays"
    assert client.post(f"{at}/moves", json=note, headers=centre | {"If-Match": "*"}).status_code == 200
    case = client.get(at, headers=centre).json()
    assert [(p["id"], p["move"], p["version"]) for p in case["photos"]] == [(photo, "note", case["version"])]
    assert case["events"][-1]["facts"]["photos"] == [photo]
    again = client.post(f"{at}/moves", json=note, headers=centre | {"If-Match": "*"})
    assert again.status_code == 404
    many = [str(uuid4()) for _ in range(10)]
    assert client.post(f"{HERE}/reports", json=REPORT | {"photos": many}).status_code == 422


def test_under_one_key_a_report_with_photos_is_filed_once(
    place: Place, client: TestClient, centre: dict[str, str]
) -> None:
    body = REPORT | {"photos": [place.send(client).json()["id"] for _ in range(2)]}
    filed = [client.post(f"{HERE}/reports", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in filed] == [201, 201]
    assert len({answer.json()["number"] for answer in filed}) == 1
    case = client.get(f"{HERE}/reports/{filed[0].json()['number']}", headers=centre).json()
    assert [photo["id"] for photo in case["photos"]] == body["photos"]


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    return out.getvalue()


def frames() -> bytes:
    """A HEIC of fifty pictures."""
    out = io.BytesIO()
    pictures = [Image.new("RGB", (64, 48), (5 * n, 0, 0)) for n in range(50)]
    pictures[0].save(out, "HEIF", save_all=True, append_images=pictures[1:])
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "WEBP", "HEIF"])
def test_every_form_is_taken(place: Place, client: TestClient, form: str) -> None:
    assert place.send(client, picture(form)).status_code == 201


def test_what_is_no_photo_is_refused_or_harmless(place: Place, client: TestClient) -> None:
    whole = picture()
    refused = {
        "format": [
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"GIF89a" + bytes(64),
            b"%PDF-1.7",
            b"\0",
        ],
        "pixels": [bomb()],
        "broken": [whole[: len(whole) // 2]],
    }
    for reason, files in refused.items():
        for data in files:
            answer = place.send(client, data)
            assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-photo"), data[:20]
            assert answer.json()["reason"] == reason, data[:20]
    assert place.send(client, b"").status_code == 422
    assert place.send(client, bytes((16 << 20) + 1)).status_code == 413
    assert place.send(client, frames()).status_code == 201
    polyglot = place.send(client, whole + b"<script>alert(1)</script>")
    assert polyglot.status_code == 201
    assert b"<script" not in client.get(polyglot.json()["large"]).content
    said = client.post(f"{HERE}/photos", content=b"x", headers={"Accept-Language": "zh"}).json()
    assert "JPEG、PNG" in said["detail"]


def test_mutated_files_never_fail_the_server(place: Place, client: TestClient) -> None:
    chance = random.Random(7)
    files = [picture(form, (96, 64)) for form in ("JPEG", "PNG", "WEBP", "HEIF")]
    codes = set()
    for turn in range(120):
        data = bytearray(files[turn % 4])
        for _ in range(chance.choice([1, 3, 30])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        codes.add(place.send(client, bytes(data) or b"\0").status_code)
    assert codes <= {201, 422}


async def test_only_so_many_wait_and_strangers_leave_room_for_staff() -> None:
    room = Darkroom(workers=1)
    async with asyncio.TaskGroup() as group:
        at_work = [group.create_task(room.develop(picture(), known=False)) for _ in range(WAITING[False] + 1)]
        await asyncio.sleep(0)
        while not room._processes:  # one has its worker, the others wait
            await asyncio.sleep(0.01)
        with pytest.raises(TooManyPhotos):
            await room.develop(picture(), known=False)
        assert (await room.develop(picture(), known=True)).width == 480
    assert {task.result().width for task in at_work} == {480}
    await room.close()


def test_photos_go_in_time_and_leave_a_record(place: Place, client: TestClient, centre: dict[str, str]) -> None:
    waiting, kept = (place.send(client).json()["id"] for _ in range(2))
    number = client.post(f"{HERE}/reports", json=REPORT | {"photos": [kept]}).json()["number"]
    with connect(place.url, autocommit=True) as connection:
        connection.execute("UPDATE photo SET sent_at = now() - interval '2 days' WHERE id = %s", (waiting,))
        connection.execute(
            """UPDATE report SET state = 'closed', closed_at = now() - interval '10 days', step = NULL, due_at = NULL,
                                 alarm_at = NULL WHERE id = %s""",
            (int(number.split("-")[1]),),
        )

    async def erase(days: int) -> int:
        async with create_pool(place.url, place.settings) as pool:
            after = timedelta(days=days)
            return await erase_photos(pool, Pictures(place.home, None), datetime.now(UTC), after, timedelta(days=9999))

    def files(photo: str) -> int:
        return len(list((place.home / FOLDER).rglob(f"{photo.replace('-', '')}-*")))

    assert (files(waiting), files(kept)) == (2, 2)
    assert asyncio.run(erase(11)) == 1
    assert (files(waiting), files(kept)) == (0, 2)
    assert client.post(f"{HERE}/reports", json=REPORT | {"photos": [waiting]}).status_code == 404
    assert asyncio.run(erase(9)) == 1
    assert files(kept) == 0
    assert client.get(f"{HERE}/reports/{number}", headers=centre).json()["photos"] == []
    auditor = place.bearer(Grant(Role.AUDITOR, "xinhua"))
    (record,) = client.get(f"{HERE}/audit/photo-erasures", headers=auditor).json()["erasures"]
    assert (record["count"], record["report_ids"]) == (1, [int(number.split("-")[1])])
    assert asyncio.run(erase(0)) == 0


def test_no_case_has_a_photo_that_is_not_stored(place: Place, client: TestClient) -> None:
    """A store that fails in the middle leaves a row that nobody can give to a report, and that goes in a day."""
    folder = place.home / FOLDER
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.write_text("no folder")
    try:
        failed = place.send(client)
        assert (failed.status_code, failed.json()["type"]) == (503, "/problems/photo-store-unavailable")
        assert failed.headers["retry-after"]
        with connect(place.url) as connection:
            row = connection.execute("SELECT id FROM photo WHERE stored_at IS NULL").fetchone()
        assert row is not None
        assert client.post(f"{HERE}/reports", json=REPORT | {"photos": [str(row[0])]}).status_code == 404
    finally:
        folder.unlink()
        aside.rename(folder)


def test_a_photo_that_is_sent_again_under_its_key_is_one(
    place: Place, client: TestClient, centre: dict[str, str]
) -> None:
    data, key = picture(size=(300, 200)), {"Idempotency-Key": "p1"}
    first = place.send(client, data, centre | key)
    again = place.send(client, data, centre | key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    same = {"id", "width", "height", "taken_at", "place", "expires_at"}
    assert {name: again.json()[name] for name in same} == {name: first.json()[name] for name in same}
    assert place.send(client, picture(size=(301, 200)), centre | key).status_code == 422
    # of another sender, and of who is not signed in, the key is nobody's
    other = place.send(client, data, place.bearer(Grant(Role.CENTRE, "xinhua")) | key)
    nobody = [place.send(client, data, key).json()["id"] for _ in range(2)]
    assert len({first.json()["id"], other.json()["id"], *nobody}) == 4


def test_a_photo_that_was_given_up_leaves_its_key(place: Place, client: TestClient, centre: dict[str, str]) -> None:
    data, key = picture(size=(310, 200)), {"Idempotency-Key": "p2"}
    gone = place.send(client, data, centre | key).json()["id"]
    with connect(place.url) as connection:
        connection.execute("UPDATE photo SET doomed_at = now() WHERE id = %s", (gone,))
    after = place.send(client, data, centre | key)
    assert (after.status_code, after.headers.get("idempotent-replayed")) == (201, None)
    assert after.json()["id"] != gone
    with connect(place.url) as connection:  # cut off before its pictures were stored
        connection.execute("UPDATE photo SET stored_at = NULL WHERE id = %s", (after.json()["id"],))
    once_more = place.send(client, data, centre | key)
    assert once_more.json()["id"] not in {gone, after.json()["id"]}
    with connect(place.url) as connection:
        row = connection.execute(
            "SELECT doomed_at IS NOT NULL FROM photo WHERE id = %s", (after.json()["id"],)
        ).fetchone()
    assert row == (True,)
