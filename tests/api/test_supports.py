"""The same matter, known already: what is told of it, who supports it, and what they see then."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import LOCAL, clone
from tests.people import token_for
from tests.pictures import picture
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.store.engine import connect
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
SPOT = {"lon": 116.8712, "lat": 38.3164}
DEVICE = "0123456789abcdef-1"


class Street:
    """A running application, residents who are nobody, and one who may do everything."""

    def __init__(self, client: TestClient, url: str) -> None:
        self.client, self.url = client, url
        self.staff = {"Authorization": f"Bearer {token_for(url, [Grant(Role.CENTRE)])}"}

    def file(self, **changed: Any) -> dict[str, Any]:
        filed = self.client.post(f"{HERE}/reports", json=SPOT | {"category": "lamp"} | changed)
        assert filed.status_code == 201, filed.text
        told: dict[str, Any] = filed.json()
        return told

    def similar(self, **changed: Any) -> list[dict[str, Any]]:
        answer = self.client.get(f"{HERE}/similar", params=SPOT | {"category": "lamp"} | changed)
        assert answer.status_code == 200, answer.text
        cases: list[dict[str, Any]] = answer.json()["cases"]
        return cases

    def support(self, number: str, device: str = DEVICE, territory: str = "xinhua") -> Any:
        address = f"/api/v1/territories/{territory}/reports/{number}/supports"
        return self.client.post(address, json={"device": device})

    def follow(self, number: str, secret: str) -> Any:
        return self.client.get(f"{HERE}/reports/{number}/followed", headers={"Case-Secret": secret})

    def move(self, number: str, name: str, **given: Any) -> None:
        headers = self.staff | {"If-Match": "*"}
        moved = self.client.post(f"{HERE}/reports/{number}/moves", json={"move": name} | given, headers=headers)
        assert moved.status_code == 200, moved.text


@pytest.fixture
def street(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    for url in clone(cluster, furnished):
        home = tmp_path_factory.mktemp("home")
        settings = Settings(database_url=url, home=home, columns_s=0, sweep_s=0, release_s=0, follow_rate="")
        with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
            yield Street(client, url)


def test_what_is_public_is_told_of_and_nothing_else(street: Street) -> None:
    near = street.file(description="只给办理人看", contact={"name": "王五"})
    far = street.file(lon=SPOT["lon"] + 0.003)
    secret_kind = street.file(category="wiring")
    ended = street.file()
    street.move(ended["number"], "register")
    street.move(ended["number"], "void", reason="test")
    (told,) = street.similar()
    assert told.keys() == {"number", "since", "stage", "stage_title", "distance_m", "supports", "same_asset"}
    assert (told["number"], told["stage"], told["distance_m"], told["supports"]) == (near["number"], "received", 0, 0)
    assert len(told["since"]) == len("2026-01-31")
    assert street.similar(category="wiring") == [], "not even that there is one"
    assert street.similar(category="nothing") == []
    assert [case["number"] for case in street.similar(lon=SPOT["lon"] + 0.0031)] == [far["number"]]
    with connect(street.url) as connection:
        connection.execute("UPDATE category SET public = 'street' WHERE code = 'lamp'")
    shown = {case["number"]: case["distance_m"] for case in street.similar()}
    assert shown.get(near["number"]) != 0, "of a street's, the place on it counts"
    for number in (secret_kind["number"], ended["number"], "202601-999999-3", "nothing"):
        assert street.support(number).status_code == 404, number
    assert street.support(near["number"], territory="washington").status_code == 404
    assert street.support(near["number"], device="short").status_code == 422


def test_who_supports_a_case_follows_it_and_reads_nothing_of_its_reporter(street: Street) -> None:
    photo = street.client.post(f"{HERE}/photos", content=picture()).json()["id"]
    filed = street.file(description="王五说的", photos=[photo], contact={"name": "王五"})
    number = filed["number"]
    made = street.support(number)
    assert made.status_code == 201, made.text
    support = made.json()
    assert (support["number"], support["supports"]) == (number, 1)
    assert street.support(number).json() == support, "once from each device, with the same link"
    with ThreadPoolExecutor(4) as threads:
        others = list(threads.map(lambda n: street.support(number, f"{DEVICE}{n // 2}").json(), range(6)))
    assert len({one["secret"] for one in others}) == 3
    assert street.similar()[0]["supports"] == 4
    case = street.client.get(f"{HERE}/reports/{number}", headers=street.staff).json()
    assert case["supports"] == 4, "the desk sees how many"

    street.move(number, "register")
    street.move(number, "answer", note="王五您好")
    answer = street.follow(number, support["secret"])
    told = answer.json()
    assert (told["supporting"], told["stage"], told["moves"], told["lon"]) == (True, "working", [], None)
    assert [entry["move"] for entry in told["entries"]] == ["receive", "register"]
    assert not any(entry["photos"] or entry["text"] for entry in told["entries"])
    assert "王五" not in answer.text
    assert street.follow(number, filed["secret"]).json()["supporting"] is False
    headers = {"Case-Secret": support["secret"], "If-Match": "*"}
    for move in ("add", "withdraw"):
        refused = street.client.post(
            f"{HERE}/reports/{number}/followed/moves", json={"move": move, "note": "x"}, headers=headers
        )
        assert refused.status_code == 404
    assert street.client.post(f"{HERE}/reports/{number}/followed/secret", headers=headers).status_code == 404
    other = street.file()["number"]
    head, _, tail = support["secret"].partition(".")
    for number_, wrong in (
        (other, support["secret"]),
        (number, f"{int(head) + 1}.{tail}"),
        (number, f"0{head}.{tail}"),
        (number, f".{tail}"),
        (number, f"{head}.{filed['secret']}"),
        (number, f"{'9' * 30}.{tail}"),
    ):
        assert street.follow(number_, wrong).status_code == 404, wrong
    with connect(street.url) as connection:
        row = connection.execute("SELECT string_agg(s::text, ' ') FROM report_support s").fetchone()
    assert row is not None
    assert DEVICE not in row[0]


def test_one_address_supports_one_case_a_few_times_whatever_its_devices_are_called(street: Street) -> None:
    number, other = street.file()["number"], street.file()["number"]
    answers = [street.support(number, f"{DEVICE}{n}").status_code for n in range(11)]
    assert answers == [201] * 10 + [429]
    assert street.support(number.replace("-", ""), f"{DEVICE}x").status_code == 429, "the same case, spelt otherwise"
    assert street.support(other).status_code == 201
    known = f"{HERE}/reports/{number}/supports"
    assert street.client.post(known, json={"device": DEVICE}, headers=street.staff).status_code == 201
