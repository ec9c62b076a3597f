"""People hear what happened: once, whatever dies on the way; nothing personal; no more when they have had enough."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs
from typer.testing import CliRunner

from tests.conftest import LOCAL, ROOT, clone
from tests.outgoing.mailbox import Mailbox, listening, until
from tests.people import token_for
from wangge.access.links import Links
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api import notices as chores
from wangge.api.app import create_app
from wangge.api.cli import notices as command
from wangge.api.cli.terminal import console
from wangge.outgoing.notices.following import FOLLOWER, begin, take
from wangge.outgoing.notices.gateway import BadGateway, read_gateway
from wangge.outgoing.notices.sending import send_mail, send_text
from wangge.outgoing.notices.ways import Ways
from wangge.reports.feed.sequencing import tick
from wangge.reports.intake.contacts import erase_contacts
from wangge.store.engine import connect, connect_async, create_pool
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
WORDS = "王五家门口的路灯坏了"
REPORT = {"lon": 116.8712, "lat": 38.3164, "category": "lamp", "description": WORDS}
LINKS = Links(b"k" * 32)
AT_ONCE: dict[str, Any] = {
    "public_url": "https://grid.example.org",
    "smtp_host": "127.0.0.1",
    "smtp_security": "none",
    "smtp_from": "wangge@example.org",
    "notice_gather_s": 0,
    "notice_pause_minutes": 0,
    "notice_quiet": "",
}


class Town:
    """A running application that sends its notices to a mailbox at once."""

    def __init__(self, client: TestClient, url: str, mailbox: Mailbox) -> None:
        self.client, self.url, self.mailbox = client, url, mailbox
        self.staff = {"Authorization": f"Bearer {token_for(url, [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE)])}"}

    def file(self, address: str, language: str = "zh", **changed: Any) -> str:
        body = REPORT | {"contact": {"name": "王五", "phone": "13800001234", "email": address}} | changed
        filed = self.client.post(f"{HERE}/reports", json=body, headers={"Accept-Language": language})
        assert filed.status_code == 201, filed.text
        return str(filed.json()["number"])

    def move(self, number: str, move: str, **given: Any) -> None:
        headers = self.staff | {"If-Match": "*"}
        moved = self.client.post(f"{HERE}/reports/{number}/moves", json={"move": move} | given, headers=headers)
        assert moved.status_code == 200, moved.text

    def hears(self, address: str, count: int) -> list[Any]:
        return list(until(lambda: len(found := self.mailbox.to(address)) >= count and found))


@pytest.fixture(scope="module")
def town(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with Mailbox().running() as mailbox, pytest.MonkeyPatch.context() as patched:
        patched.setattr(chores, "LOOK_S", 0.05)
        for url in clone(cluster, furnished):
            home = tmp_path_factory.mktemp("home")
            still: dict[str, Any] = {"columns_s": 0, "sweep_s": 0, "release_s": 0}
            settings = Settings(database_url=url, home=home, smtp_port=mailbox.port, **AT_ONCE, **still)
            with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
                until(partial(_value, url, "SELECT count(*) FROM feed_position"))
                yield Town(client, url, mailbox)


def _value(url: str, query: str, *given: Any) -> Any:
    with connect(url) as connection:
        row = connection.execute(query, given).fetchone()
    return row and row[0]


def test_whoever_reported_hears_of_it_in_their_language_until_they_refuse(town: Town) -> None:
    number = town.file("Li.Na@example.org")
    town.hears("li.na@example.org", 1)
    town.move(number, "answer", note="工作人员已在路上")
    received, answered = town.hears("li.na@example.org", 2)
    assert str(received["Subject"]) == f"已收到：{number}"
    text = answered.get_content()
    assert f"您的上报 {number}（路灯故障）有新的答复或询问" in text
    assert "当前进度：已收到" in text
    everything = received.as_string() + received.get_content() + answered.as_string() + text
    assert not any(word in everything for word in (WORDS, "王五", "13800001234", "工作人员已在路上", "tester"))
    assert received["Message-ID"] != answered["Message-ID"]
    assert received["Auto-Submitted"] == "auto-generated"

    secret = re.search(rf"https://grid\.example\.org/r#/xinhua/{number}/(\S+)", text)
    assert secret is not None
    followed = town.client.get(f"{HERE}/reports/{number}/followed", headers={"Case-Secret": secret[1]})
    assert followed.status_code == 200

    english = town.file("bob@example.org", "en")
    assert str(town.hears("bob@example.org", 1)[0]["Subject"]) == f"Received: {english}"

    stop = str(answered["List-Unsubscribe"]).strip("<>").removeprefix("https://grid.example.org")
    assert town.client.post(stop[:-9] + "x/refusal").status_code == 404
    with capture_logs() as logged:
        refused = town.client.post(
            stop, content="List-Unsubscribe=One-Click", headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert town.client.get(stop + "s").status_code == 404
    assert refused.status_code == 204
    paths = [line["path"] for line in logged if line["event"] == "request"]
    assert paths == ["/api/v1/notices/{token}/refusal", "/api/v1/notices/{token}/refusals"]
    assert "li.na" not in str(_value(town.url, "SELECT array_agg(recipient) FROM notice_refusal"))
    town.move(number, "register")
    town.move(english, "register")
    town.hears("bob@example.org", 2)
    assert len(town.mailbox.to("li.na@example.org")) == 2
    assert town.client.delete(stop).status_code == 204
    town.move(number, "park", reason="等配件")
    assert str(town.hears("li.na@example.org", 3)[-1]["Subject"]) == f"已挂账：{number}"


def test_what_was_sent_is_on_record_without_the_address_and_goes_with_the_contact(town: Town) -> None:
    number = town.file("gone@example.org")
    town.hears("gone@example.org", 1)
    until(lambda: _value(town.url, "SELECT state = 'sent' FROM delivery WHERE recipient = 'gone@example.org'"))
    told = town.client.get(f"{HERE}/notices", params={"limit": 1}, headers=town.staff).json()
    assert told["notices"][0]["news"] == [{"kind": "received", "number": number}]
    assert (told["notices"][0]["recipient"], told["notices"][0]["state"]) == ("g***@example.org", "sent")
    assert told["links"][0]["rel"] == "next"

    async def erase() -> int:
        async with await connect_async(town.url) as connection:
            later = datetime.now(UTC) + timedelta(days=9)
            return await erase_contacts(connection, later, timedelta(days=1), timedelta(days=1), "tests")

    assert _run(erase()) > 0
    assert _value(town.url, "SELECT count(*) FROM delivery WHERE account_id IS NULL") == 0
    assert _value(town.url, "SELECT count(*) FROM notice WHERE contact_report_id IS NOT NULL") == 0


def test_staff_who_ask_for_it_hear_of_what_came_back_to_their_desk(town: Town) -> None:
    number = town.file("resident@example.org")
    path = _value(
        town.url,
        "SELECT c.path FROM report r JOIN cell c ON c.id = r.cell_id ORDER BY r.id DESC LIMIT 1",
    )
    accounts = {}
    for name, role, level, code in (
        ("here", Role.OFFICER, "grid", path[2]),
        ("street", Role.STREET_DESK, "street", path[0]),
        ("silent", Role.OFFICER, "grid", path[2]),
    ):
        login = f"{name}.notices"
        accounts[name] = {"Authorization": f"Bearer {token_for(town.url, [Grant(role, 'xinhua', level, code)], login)}"}
        with connect(town.url) as connection:
            connection.execute("UPDATE account SET email = %s WHERE login = %s", (f"{name}@staff.example.org", login))
    for name in ("here", "street"):
        headers = accounts[name] | {"Accept-Language": "en"}
        mine = town.client.put("/api/v1/sessions/notices", json={"on": True}, headers=headers)
        assert mine.json() == {"on": True, "email": f"{name}@staff.example.org", "language": "en"}
    assert town.client.get("/api/v1/sessions/notices", headers=accounts["silent"]).json()["on"] is False
    changes = town.client.get(f"{HERE}/audit/changes", params={"item": "here.notices"}, headers=town.staff).json()
    assert changes["changes"][0]["after"] == {"notices": "en"}
    town.move(number, "register")
    query = "SELECT id FROM desk WHERE territory_code = 'xinhua' AND code = %s AND level = 'grid'"
    desk = _value(town.url, query, path[2])
    town.move(number, "dispatch", parties=[{"desk": desk}])
    town.move(number, "return", reason="不是这里的")
    [returned] = town.hears("here@staff.example.org", 1)
    assert str(returned["Subject"]) == f"Returned: {number}"
    text = returned.get_content()
    assert f"https://grid.example.org/work#/xinhua/cases/{number}\n" in text
    assert "不是这里的" not in text
    assert town.mailbox.to("street@staff.example.org") == town.mailbox.to("silent@staff.example.org") == []


def test_a_message_that_is_refused_is_on_the_list_and_sent_when_it_is_tried_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.mailbox.answers["full@example.org"] = ["RCPT 550 full@example.org is nobody [/here]"]
    town.file("full@example.org")
    failed = {"state": "failed"}
    [notice] = until(lambda: town.client.get(f"{HERE}/notices", params=failed, headers=town.staff).json()["notices"])
    assert notice["error"] == "550 … is nobody [/here]"
    assert town.mailbox.to("full@example.org") == []
    monkeypatch.setenv("WANGGE_DATABASE_URL", town.url)
    monkeypatch.setenv("WANGGE_LANG", "en")
    monkeypatch.setattr(console.out, "width", 400)
    shown = CliRunner().invoke(command.app, ["list", "-t", "xinhua", "--state", "failed"], catch_exceptions=False)
    assert "f***@example.org" in shown.stdout
    assert "is nobody [/here]" in shown.stdout
    tries = f"{HERE}/notices/{notice['id']}/tries"
    assert town.client.post(tries, headers=town.staff).status_code == 204
    town.hears("full@example.org", 1)
    assert town.client.post(tries, headers=town.staff).status_code == 404
    again = CliRunner().invoke(command.app, ["retry", "-t", "xinhua", str(notice["id"])])
    assert again.exit_code == 1


# ---- step by step, over a database of one's own


async def _enrol(url: str) -> None:
    async with await connect_async(url) as connection:
        await begin(connection)


def _run(coroutine: Any) -> Any:
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(coroutine)).result()


class Office:
    """What a server process does, when it is told to: a database with an application over it that sends nothing."""

    def __init__(self, client: TestClient, settings: Settings) -> None:
        self.client, self.settings = client, settings
        self.url = str(settings.database_url)

    def with_(self, **given: Any) -> Ways:
        return Ways.of(Settings(database_url=self.url, home=self.settings.home, **AT_ONCE | given))

    def file(self, **contact: str) -> str:
        filed = self.client.post(f"{HERE}/reports", json=REPORT | {"contact": contact})
        assert filed.status_code == 201, filed.text
        return str(filed.json()["number"])

    async def take(self, ways: Ways) -> None:
        async with await connect_async(self.url) as connection:
            while await tick(connection):
                pass
            await take(connection, ways, LINKS)

    async def send(self, ways: Ways, *, at_once: bool = True) -> None:
        """Send until the way is shut or nothing is due, however long each was to wait after a try."""
        async with create_pool(self.url, self.settings) as pool:
            for send in (send_mail, send_text):
                with suppress(Exception):
                    await send(pool, ways, LINKS)
                if at_once:
                    async with pool.connection() as connection:
                        await connection.execute("UPDATE delivery SET due_at = now() WHERE state = 'waiting'")

    def states(self) -> Counter[str]:
        with connect(self.url) as connection:
            return Counter(state for (state,) in connection.execute("SELECT state FROM delivery"))


@pytest.fixture
def office(cluster: Cluster, furnished: str, tmp_path: Path) -> Iterator[Office]:
    for url in clone(cluster, furnished):
        settings = Settings(
            database_url=url, home=tmp_path, columns_s=0, sweep_s=0, release_s=0, intake_rate="", pool_size=2
        )
        with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
            time.sleep(0.2)  # it has seen that no way is open
            with connect(url, autocommit=True) as connection:
                connection.execute("DELETE FROM feed_position")

            _run(_enrol(url))
            yield Office(client, settings)


STRANGE = {"none": "a@[", "wide": "a@bücher.de"}
"""No address, and one that the server cannot have (it is without SMTPUTF8)."""


def test_each_arrives_once_or_is_on_the_list_when_the_server_is_slow_refuses_and_dies(office: Office) -> None:
    with Mailbox().running() as mailbox:
        ways = office.with_(smtp_port=mailbox.port)
        for n in range(8):
            office.file(email=f"p{n}@example.org")
        for strange in STRANGE:
            office.file(email=f"{strange}@example.org")
        mailbox.slow_s = 0.05
        mailbox.answers = {
            "p1@example.org": ["RCPT 451 grey, come again", "250 OK"],
            "p2@example.org": ["451 dies", "451 dies", "250 OK"],  # killed before it has taken it, twice
            "p3@example.org": ["554 no"],
            "p4@example.org": ["RCPT 550 nobody"],
            "p5@example.org": ["421 closing", "250 OK"],
            "p6@example.org": ["250 dies", "250 OK"],  # killed after it has taken it: nobody can know
        }

        async def through() -> None:
            await office.take(ways)
            async with await connect_async(office.url) as connection:
                for name, address in STRANGE.items():
                    asked = address, f"{name}@example.org"
                    await connection.execute("UPDATE delivery SET recipient = %s WHERE recipient = %s", asked)
            for _ in range(8):
                await office.send(ways)

        _run(through())
        assert office.states() == {"sent": 6, "failed": 4}
        came = {n: [str(message["Message-ID"]) for message in mailbox.to(f"p{n}@example.org")] for n in range(8)}
        assert [len(ids) for ids in came.values()] == [1, 1, 1, 0, 0, 1, 2, 1]
        assert len(set(came[6])) == 1  # by which it can be told
        assert len({ids[0] for ids in came.values() if ids}) == 6


def test_while_nobody_answers_nothing_is_claimed_and_in_time_it_is_given_up(office: Office) -> None:
    ways = office.with_(smtp_port=1)
    office.file(email="a@example.org")
    _run(office.take(ways))
    _run(office.send(ways))
    with connect(office.url, autocommit=True) as connection:
        assert connection.execute("SELECT attempts, state FROM delivery").fetchall() == [(0, "waiting")]
        connection.execute("UPDATE delivery SET expires_at = now()")
    _run(office.send(ways))
    assert office.states() == {"failed": 1}


FOR_STAFF = """
INSERT INTO notice (delivery_id, kind, report_id, report_received_at, category, state, mark, at)
SELECT n.delivery_id, k.kind, CASE k.kind WHEN 'returned' THEN n.report_id END,
       CASE k.kind WHEN 'returned' THEN n.report_received_at END, n.category, n.state, n.mark, n.at
FROM (SELECT * FROM notice ORDER BY id LIMIT 1) n, (VALUES ('returned'), ('found')) k (kind)
"""
"""What an account is told whose address left the reports: each piece of news has the link of whom it is for."""


def test_one_message_instead_of_ten(office: Office) -> None:
    with Mailbox().running() as mailbox:
        ways = office.with_(smtp_port=mailbox.port, notice_gather_s=60)
        numbers = [office.file(email="all@example.org", name="x") for _ in range(3)]

        async def through() -> None:
            await office.take(ways)
            await office.send(ways)  # too early: it waits for what follows
            assert mailbox.messages == []
            async with await connect_async(office.url) as connection:
                await connection.execute(FOR_STAFF)
            await office.send(ways)

        _run(through())
        [digest] = mailbox.messages
        assert str(digest["Subject"]) == "5 pieces of news"
        text = digest.get_content()
        assert text.count("/r#/xinhua/") == 3 + 1  # and where such messages are refused
        assert all(f"/r#/xinhua/{number}/" in text for number in numbers)
        assert f"/work#/xinhua/cases/{numbers[0]}\n" in text
        assert "/centre#t=xinhua\n" in text


def test_events_make_each_notice_once_however_often_the_follower_is_stopped(office: Office) -> None:
    ways = office.with_(smtp_port=1)
    for n in range(30):
        office.file(email=f"p{n}@example.org")

    async def through() -> None:
        for n in range(25):
            both = [asyncio.create_task(office.take(ways)) for _ in range(2)]
            await asyncio.sleep(0.004 * n)
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        await office.take(ways)

    _run(through())
    with connect(office.url) as connection:
        made = connection.execute("SELECT contact_report_id, count(*) FROM notice GROUP BY 1").fetchall()
    assert len(made) == 30
    assert {count for _, count in made} == {1}


KILLED = """
import asyncio, aiosmtplib
from datetime import timedelta
from wangge.access.links import Links
from wangge.outgoing.delivery import deliveries
from wangge.outgoing.notices.sending import send_mail
from wangge.outgoing.notices.ways import Ways
from wangge.store.engine import create_pool
from wangge.store.settings import Settings

deliveries.LEASE = timedelta(seconds=0.5)

async def main():
    settings = Settings()
    async with create_pool(settings.database_url, settings) as pool:
        print("ready", flush=True)
        while True:
            await send_mail(pool, Ways.of(settings), Links(b"k" * 32))
            await asyncio.sleep(0.1)

asyncio.run(main())
"""


def test_a_sender_that_is_killed_loses_nothing(office: Office) -> None:
    with Mailbox().running() as mailbox:
        mailbox.slow_s = 0.05
        ways = office.with_(smtp_port=mailbox.port)
        for n in range(25):
            office.file(email=f"p{n}@example.org")
        _run(office.take(ways))
        given = AT_ONCE | {"database_url": office.url, "smtp_port": mailbox.port, "home": office.settings.home}
        environment = {f"WANGGE_{name.upper()}": str(value) for name, value in given.items()}
        kills = 0
        while office.states()["waiting"]:
            process = subprocess.Popen(
                [sys.executable, "-c", KILLED], cwd=ROOT, env=environment, stdout=subprocess.PIPE
            )
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.3)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
            kills += 1
            assert kills < 60
        assert kills > 2
        came = Counter(str(message["To"]) for message in mailbox.messages)
        assert len(came) == 25
        assert len({str(message["Message-ID"]) for message in mailbox.messages}) == 25
        assert sum(came.values()) - 25 <= kills


GATEWAY = """
url = "{url}send"
numbers = '1[3-9]\\d{{9}}'
[headers]
Authorization = "Bearer token"
[json]
to = "{{phone}}"
template = "T1"
values = ["{{number}}", "{{state}}", "{{link}}"]
[accepted]
errcode = 0
"""


def test_text_messages_go_through_the_gateway_that_is_declared(office: Office, tmp_path: Path) -> None:
    with listening() as heard:
        file = tmp_path / "gateway.toml"
        file.write_text(GATEWAY.format(url=heard.url))
        ways = office.with_(smtp_host=None, notice_gateway=file)
        numbers = [office.file(phone="138-0000-1234"), office.file(phone="0317-5550100"), office.file(email="a@b.cn")]
        heard.answers = [(503, {}), (200, {"errcode": 0})]

        async def through() -> None:
            await office.take(ways)
            for _ in range(4):
                await office.send(ways)

        _run(through())
        assert office.states() == {"sent": 1}  # a fixed line has no messages, and no mail is sent here
        (first, _), (headers, body) = heard.requests
        assert first["idempotency-key"] == headers["idempotency-key"]
        assert headers["authorization"] == "Bearer token"
        told = json.loads(body)
        assert (told["to"], told["template"], told["values"][:2]) == ("13800001234", "T1", [numbers[0], "Received"])
        assert told["values"][2].startswith(f"https://grid.example.org/r#/xinhua/{numbers[0]}/")

        heard.answers = [(200, {"errcode": 45009})]
        office.file(phone="13900001234")
        _run(through())
        assert office.states() == {"sent": 1, "failed": 1}

        file.write_text(GATEWAY.format(url=heard.url).replace("Bearer token", "令牌"))  # no header can say so
        ways = office.with_(smtp_host=None, notice_gateway=file)
        office.file(phone="13700001234")
        _run(through())
        assert office.states() == {"sent": 1, "failed": 2}


@pytest.mark.parametrize(
    "text", ["", "url = 'ftp://x'\n[json]\n", "url = 'http://x'\n[json]\na = '{who}'\n", "url = 'http://x'\ncolour = 1"]
)
def test_a_gateway_that_cannot_be_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(text)
    with pytest.raises(BadGateway):
        read_gateway(file)


def test_where_no_way_is_open_nothing_is_kept(office: Office) -> None:
    with TestClient(create_app(office.settings), client=LOCAL) as client:
        until(lambda: _value(office.url, "SELECT count(*) = 0 FROM feed_position WHERE name = %s", FOLLOWER))
        assert client.get("/healthz").status_code == 200
    with pytest.raises(ValueError, match="PUBLIC_URL"):
        Settings(smtp_host="mail.example.org", smtp_from="a@example.org")
