"""An area is heard of by e-mail: by who confirmed it, once a day, of what everybody may know, till they end it."""

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs
from typer.testing import CliRunner

from tests.conftest import LOCAL, clone
from tests.outgoing.mailbox import Mailbox
from tests.outgoing.test_notices import AT_ONCE
from tests.people import token_for
from wangge.access.links import Links
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api import notices as chores
from wangge.api.app import create_app
from wangge.api.cli import notices as command
from wangge.outgoing.areas import subscribing
from wangge.outgoing.areas.sending import send_areas
from wangge.outgoing.areas.subscribing import erase_unconfirmed, next_morning
from wangge.outgoing.notices.ways import Ways
from wangge.reports.evidence.photos import signing_key
from wangge.reports.feed.sequencing import number_all
from wangge.store.engine import connect, connect_async, create_pool
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
WORDS = "王五家门口的路灯坏了"
AT = {"lon": 116.8712, "lat": 38.3164}
JSON = {"Content-Type": "application/json"}
CIRCLE = f"{AT['lon']},{AT['lat']},200"
LINK = re.compile(r"https://grid\.example\.org/r#/xinhua/area/(\S+)")


class Area:
    """An application that sends nothing by itself, and what a server process would do, when it is told to."""

    def __init__(self, client: TestClient, settings: Settings, mailbox: Mailbox) -> None:
        self.client, self.settings, self.mailbox = client, settings, mailbox
        self.url = str(settings.database_url)
        self.centre = {
            "Authorization": f"Bearer {token_for(self.url, [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE)])}"
        }

    def ask(self, email: str, language: str = "en", **body: Any) -> Any:
        headers = {"Accept-Language": language}
        return self.client.post(f"{HERE}/area-subscriptions", json={"email": email} | body, headers=headers)

    def file(self, **changed: Any) -> str:
        filed = self.client.post(f"{HERE}/reports", json=AT | {"category": "lamp", "description": WORDS} | changed)
        assert filed.status_code == 201, filed.text
        return str(filed.json()["number"])

    def work(self, *, morning: bool = False) -> None:
        """Send what is due, after all that happened has its place in the feed; at eight o'clock or at any hour."""

        async def through() -> None:
            async with await connect_async(self.url) as connection:
                await number_all(connection)
                if morning:
                    await connection.execute("UPDATE area_subscription SET due_at = now() WHERE due_at IS NOT NULL")
            async with create_pool(self.url, self.settings) as pool:
                async with pool.connection() as connection:
                    links = Links(await signing_key(connection))
                await send_areas(pool, Ways.of(self.settings), links)

        with ThreadPoolExecutor(1) as aside:
            aside.submit(lambda: asyncio.run(through())).result()

    def token(self, email: str) -> str:
        """What stands in the link of the last message to an address."""
        found = LINK.search(self.mailbox.to(email)[-1].get_content())
        assert found
        return found[1]

    def subscribed(self, email: str, **body: Any) -> str:
        assert self.ask(email, **body).status_code == 204
        self.work()
        token = self.token(email)
        assert self.client.post(f"/api/v1/area-subscriptions/{token}/confirmation").status_code == 204
        return token

    def value(self, query: str, *given: Any) -> Any:
        with connect(self.url, autocommit=True) as connection:
            row = connection.execute(query, given).fetchone()
        return row and row[0]

    def moved(self, number: str, move: str) -> None:
        headers = self.centre | {"If-Match": "*"}
        done = self.client.post(f"{HERE}/reports/{number}/moves", json={"move": move}, headers=headers)
        assert done.status_code == 200, done.text


@pytest.fixture(scope="module")
def area(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Area]:
    with Mailbox().running() as mailbox, pytest.MonkeyPatch.context() as patched:
        patched.setattr(chores, "LOOK_S", 3600.0)
        for url in clone(cluster, furnished):
            still: dict[str, Any] = {"columns_s": 0, "sweep_s": 0, "release_s": 0, "subscribe_rate": ""}
            home = tmp_path_factory.mktemp("home")
            settings = Settings(database_url=url, home=home, smtp_port=mailbox.port, **AT_ONCE, **still)
            with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
                yield Area(client, settings, mailbox)


def test_an_area_is_told_once_a_day_to_who_confirmed_it_until_they_end_it(area: Area) -> None:
    before = area.file()
    answer = area.ask("Li.Na@Example.org", "zh", circle=CIRCLE, categories=["lamp"])
    assert (answer.status_code, answer.content) == (204, b"")
    area.work()
    [question] = area.mailbox.to("li.na@example.org")
    assert str(question["Subject"]) == "请确认订阅：38.31640, 116.87120 周围 200 米"
    assert "路灯故障" in question.get_content()
    assert "/notices/" in question["List-Unsubscribe"]  # who never asked refuses all messages at once
    token = area.token("li.na@example.org")
    link = f"/api/v1/area-subscriptions/{token}"
    shown = area.client.get(link, headers={"Accept-Language": "zh"})
    assert shown.json() == {
        "territory": "xinhua",
        "area": "38.31640, 116.87120 周围 200 米",
        "categories": ["路灯故障"],
        "confirmed": False,
    }
    assert (shown.headers["cache-control"], shown.headers["referrer-policy"]) == ("no-store", "no-referrer")
    area.work(morning=True)  # nothing comes to who has not confirmed
    with capture_logs() as logs:
        assert [area.client.post(f"{link}/confirmation").status_code for _ in range(2)] == [204, 204]
        area.client.get(f"{link}/nothing")
    paths = [str(line["path"]) for line in logs if line["event"] == "request"]
    assert len(paths) == 3
    assert not any(token in path for path in paths)

    area.file(category="dispute")  # nobody's business
    area.file(category="road")  # not of the chosen kind
    area.file(lon=AT["lon"] + 0.01)
    number = area.file()
    area.work()  # not before the morning
    assert len(area.mailbox.to("li.na@example.org")) == 1
    area.work(morning=True)
    _, digest = area.mailbox.to("li.na@example.org")
    text = digest.get_content()
    assert str(digest["Subject"]) == "38.31640, 116.87120 周围 200 米：新增或有变化（1 件）"
    assert (number in text, before in text, "路灯故障：已收到" in text) == (True, False, True)
    assert "https://grid.example.org/r#/xinhua/public?lon=116.871200&lat=38.316400" in text
    assert not any(word in digest.as_string() + text for word in (WORDS, "王五", "tester"))
    area.file()
    area.work()  # once a day at most
    assert len(area.mailbox.to("li.na@example.org")) == 2
    area.moved(before, "register")
    area.work(morning=True)
    text = area.mailbox.to("li.na@example.org")[2].get_content()
    assert (text.count("public?lon="), f"{before}）" in text) == (2, True)
    area.work(morning=True)  # no news, no message
    assert len(area.mailbox.to("li.na@example.org")) == 3

    records = area.client.get(f"{HERE}/notices", headers=area.centre).json()["notices"]
    assert {(one["channel"], one["recipient"]) for one in records} == {("area", "l***@example.org")}
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = str(digest["List-Unsubscribe"]).strip("<>").removeprefix("https://grid.example.org")
    assert stop == f"{link}/erasure"
    assert area.client.post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 204
    assert area.value("SELECT count(*) FROM area_subscription") == 0
    assert area.value("SELECT count(*) FROM delivery WHERE channel = 'area'") == 0
    assert [area.client.post(stop).status_code, area.client.get(link).status_code] == [404, 404]


def test_nobody_is_bombed_and_nothing_is_told_of_an_address(area: Area) -> None:
    answers = [area.ask("victim@example.org", cell="130902001") for _ in range(6)]
    assert {(one.status_code, one.content) for one in answers} == {(204, b"")}
    area.work()
    assert len(area.mailbox.to("victim@example.org")) == 3
    head, _, proof = area.token("victim@example.org").partition(".")
    wrong_ones = f"{int(head) - 1}.{proof}", f"{head}.{proof.swapcase()}", f"{10**18}.{proof}", f"{10**20}.x", "x", ".x"
    for wrong in wrong_ones:
        link = f"/api/v1/area-subscriptions/{wrong}"
        refused = [area.client.get(link), *(area.client.post(f"{link}/{do}") for do in ("confirmation", "erasure"))]
        assert {one.status_code for one in refused} == {404}
        assert {one.json()["type"].rpartition("/")[2] for one in refused} == {"unknown-link"}
    stop = str(area.mailbox.to("victim@example.org")[0]["List-Unsubscribe"]).strip("<>")
    assert area.client.post(stop.removeprefix("https://grid.example.org")).status_code == 204
    area.value("DELETE FROM area_subscription RETURNING 1")
    assert area.ask("victim@example.org").status_code == 204  # who refused all messages is asked nothing either
    area.work()
    assert len(area.mailbox.to("victim@example.org")) == 3
    for body in (
        {"email": "a@["},
        {"email": "\ud800@example.org"},
        {"email": "a b@example.org"},
        {"email": "a@example.org", "circle": "nan,0,5"},
        {"email": "a@example.org", "circle": CIRCLE, "cell": "130902001"},
        {"email": "a@example.org", "cell": "\ud800"},
        {"email": "a@example.org", "level": "street"},
        {"email": "a@example.org", "categories": ["dispute"]},
        {"email": "a@example.org", "categories": ["\ud800"]},
    ):
        answer = area.client.post(f"{HERE}/area-subscriptions", content=json.dumps(body), headers=JSON)
        assert answer.status_code == 422, (body, answer.text)
    assert area.value("SELECT count(*) FROM area_subscription") == 0


def test_what_is_not_confirmed_or_not_delivered_is_erased(area: Area) -> None:
    area.ask("slow@example.org")
    area.work()
    link = f"/api/v1/area-subscriptions/{area.token('slow@example.org')}"
    assert area.client.get(link).status_code == 200

    async def erased() -> int:
        async with await connect_async(area.url) as connection:
            return await erase_unconfirmed(connection)

    with ThreadPoolExecutor(1) as aside, pytest.MonkeyPatch.context() as patched:
        assert aside.submit(lambda: asyncio.run(erased())).result() == 0
        patched.setattr(subscribing, "LASTING", timedelta(0))
        assert area.client.post(f"{link}/confirmation").status_code == 404
        assert aside.submit(lambda: asyncio.run(erased())).result() == 1
    for _ in range(2):  # the same area once more takes the place of the one before
        area.subscribed("gone@example.org", cell="130902001")
    assert area.value("SELECT count(*) FROM area_subscription") == 1
    area.mailbox.answers["gone@example.org"] = ["RCPT 550 gone@example.org is nobody"] * 3
    street = area.client.get(f"{HERE}/locate", params=AT).json()["ancestors"][0]["code"]
    area.value("UPDATE area_subscription SET cell = %s RETURNING 1", street)
    for _ in range(3):
        area.file()
        area.work(morning=True)
    kept = area.value("SELECT string_agg(error, ';') FROM delivery WHERE channel = 'area' AND state = 'failed'")
    assert kept == ";".join(["550 … is nobody"] * 3)
    area.work(morning=True)
    assert area.value("SELECT count(*) FROM area_subscription") == 0


def test_what_is_not_public_any_more_is_not_told_and_an_operator_erases(
    area: Area, monkeypatch: pytest.MonkeyPatch
) -> None:
    area.subscribed("late@example.org")
    area.file()
    lamp = {"name": {"en": "Street lamp", "zh": "路灯故障"}}
    area.client.put(f"{HERE}/categories/lamp", json=lamp | {"public": "street"}, headers=area.centre)
    area.work(morning=True)
    assert len(area.mailbox.to("late@example.org")) == 1
    area.client.put(f"{HERE}/categories/lamp", json=lamp | {"public": "exact"}, headers=area.centre)
    monkeypatch.setenv("WANGGE_DATABASE_URL", area.url)
    done = CliRunner().invoke(command.app, ["forget", "LATE@example.org"], catch_exceptions=False)
    assert (done.exit_code, area.value("SELECT count(*) FROM area_subscription")) == (0, 0)


def test_one_source_asks_for_so_many_and_nobody_where_no_server_takes_mail(area: Area) -> None:
    slow = area.settings.model_copy(update={"subscribe_rate": "2/hour"})
    with TestClient(create_app(slow), client=LOCAL) as client:
        answers = [client.post(f"{HERE}/area-subscriptions", json={"email": f"{n}@b.cn"}) for n in range(3)]
        assert client.get(f"{HERE}/public-cases").json()["mail"] is True
    assert [one.status_code for one in answers] == [204, 204, 429]
    off = area.settings.model_copy(update={"smtp_host": None})
    with TestClient(create_app(off), client=LOCAL) as client:
        assert client.post(f"{HERE}/area-subscriptions", json={"email": "a@b.cn"}).status_code == 404
        assert client.get(f"{HERE}/public-cases").json()["mail"] is False


def test_the_next_morning_is_that_of_the_territory() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    morning = datetime(2026, 6, 2, 0, tzinfo=UTC)  # eight o'clock there
    assert next_morning(morning - timedelta(minutes=1), zone) == morning
    assert next_morning(morning, zone) == morning + timedelta(days=1)
