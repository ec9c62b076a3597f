"""Officers hear on the telephone they carry: of their own cases, sealed for their browser, while they are signed in."""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.conftest import LOCAL, clone
from tests.outgoing.mailbox import Heard, listening, until
from tests.people import session_for, token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.access.secrets import csrf_of
from wangge.api import notices as chores
from wangge.api.app import create_app
from wangge.api.plumbing.cookies import COOKIE
from wangge.store.engine import connect
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
OWN = "/api/v1/sessions/push"
WORDS = "王五家门口的路灯坏了"
REPORT: dict[str, Any] = {"lon": 116.8712, "lat": 38.3164, "category": "lamp", "description": WORDS}
AWAY = REPORT | {"lon": 116.8917, "lat": 38.3102}
CONTACT = "mailto:grid@example.org"


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Browser:
    """What a browser has of a subscription; it opens what its push service is sent as RFC 8291 and RFC 8188 say."""

    service: Heard
    secret: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = bytes(range(16))

    @property
    def point(self) -> bytes:
        return self.secret.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, path: str = "one") -> dict[str, str]:
        return {"endpoint": self.service.url + path, "key": base64url(self.point), "auth": base64url(self.auth)}

    def opened(self, body: bytes) -> dict[str, Any]:
        salt, size, told = body[:16], int.from_bytes(body[16:20]), body[21 : 21 + body[20]]
        shared = self.secret.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), told))
        key = derived(self.auth, shared, b"WebPush: info\0" + self.point + told, 32)
        content = body[21 + body[20] :]
        assert len(content) <= size
        text = AESGCM(derived(salt, key, b"Content-Encoding: aes128gcm\0", 16)).decrypt(
            derived(salt, key, b"Content-Encoding: nonce\0", 12), content, None
        )
        padded = text.rstrip(b"\0")
        assert padded[-1:] == b"\x02"  # the last record
        opened: dict[str, Any] = json.loads(padded[:-1])
        return opened

    def heard(self, path: str = "one") -> list[dict[str, Any]]:
        return [self.opened(body) for _, body in self.service.requests]


def derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


class Town:
    """A running application that pushes at once, and people in it."""

    def __init__(self, client: TestClient, url: str) -> None:
        self.client, self.url = client, url
        self.centre = {"Authorization": f"Bearer {token_for(url, [Grant(Role.CENTRE)])}"}

    def session(self, *grants: Grant, language: str = "zh") -> dict[str, str]:
        secret = session_for(self.url, list(grants))
        return {"Cookie": f"{COOKIE}={secret}", "X-CSRF-Token": csrf_of(secret), "Accept-Language": language}

    def filed(self, report: dict[str, Any] = REPORT) -> str:
        """A case that has come to its desk; whoever was to hear of that has heard."""
        filed = self.client.post(f"{HERE}/reports", json=report)
        assert filed.status_code == 201, filed.text
        settled(self)
        return str(filed.json()["number"])

    def move(self, number: str, move: str, **given: Any) -> None:
        body = {"move": move} | given
        moved = self.client.post(f"{HERE}/reports/{number}/moves", json=body, headers=self.centre | {"If-Match": "*"})
        assert moved.status_code == 200, moved.text

    def to_grid(self, number: str, grid: str) -> None:
        """Dispatched to the desk of a base grid."""
        self.move(number, "register")
        parties = self.client.get(f"{HERE}/reports/{number}", headers=self.centre).json()["parties"]
        desk = next(party["desk"] for party in parties if party["desk"] and party["code"] == grid)
        self.move(number, "dispatch", parties=[{"desk": desk}])

    def on(self, session: dict[str, str], browser: Browser, path: str = "one") -> None:
        done = self.client.put(OWN, json=browser.subscription(path), headers=session)
        assert done.status_code == 204, done.text


@pytest.fixture(scope="module")
def town(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chores, "LOOK_S", 0.05)
        for url in clone(cluster, furnished):
            settings = Settings(
                database_url=url,
                home=tmp_path_factory.mktemp("home"),
                public_url="https://grid.example.org",
                push_contact=CONTACT,
                webhook_networks="127.0.0.0/8",
                notice_gather_s=0,
                notice_quiet="",
                columns_s=0,
                sweep_s=0,
                release_s=0,
            )
            with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
                until(partial(value, url, "SELECT count(*) FROM feed_position"))
                yield Town(client, url)


def value(url: str, query: str, *given: Any) -> Any:
    with connect(url) as connection:
        row = connection.execute(query, given).fetchone()
    return row and row[0]


@pytest.fixture
def browser() -> Iterator[Browser]:
    with listening() as service:
        service.answers = [(201, {})] * 50
        yield Browser(service)


@pytest.fixture(scope="module")
def grid(town: Town) -> str:
    """The base grid that the reports lie in."""
    place = {"lon": REPORT["lon"], "lat": REPORT["lat"]}
    return str(town.client.get(f"{HERE}/locate", params=place).json()["cell"]["code"])


def settled(town: Town) -> None:
    """Wait until all that was to be told of what happened so far is made, and nothing waits."""
    last = value(town.url, "SELECT max(id) FROM report_event")
    until(lambda: value(town.url, "SELECT true FROM feed WHERE event_id = %s", last))
    done = "SELECT position >= (SELECT max(position) FROM feed) FROM feed_position WHERE name = 'notices'"
    until(lambda: value(town.url, done))
    until(lambda: value(town.url, "SELECT count(*) = 0 FROM delivery WHERE state = 'waiting'"))


@pytest.fixture(autouse=True)
def _nobody_before(town: Town) -> None:
    """Those of another test are told no longer."""
    with connect(town.url, autocommit=True) as connection:
        connection.execute("DELETE FROM push_device")
        connection.execute("DELETE FROM delivery WHERE state = 'waiting'")


def test_an_officer_is_told_of_a_case_of_theirs_and_nobody_else_can_read_it(
    town: Town, browser: Browser, grid: str
) -> None:
    officer = town.session(Grant(Role.OFFICER, "xinhua", "grid", grid))
    key = town.client.get(OWN, headers=officer).json()
    assert (key["on"], len(from_base64url(key["key"]))) == (False, 65)
    number, other = town.filed(), town.filed(AWAY)
    town.on(officer, browser)
    assert town.client.get(OWN, headers=officer).json()["on"] is True
    town.move(other, "register")
    town.to_grid(number, grid)
    until(lambda: browser.service.requests)
    headers, body = browser.service.requests[0]
    [told] = browser.heard()
    assert told == {
        "title": f"新派案件：{number}",
        "body": f"案件 {number}（路灯故障）已到您处。",
        "link": f"https://grid.example.org/work#/xinhua/cases/{number}",
        "tag": number,
    }
    assert WORDS not in json.dumps(told, ensure_ascii=False)
    assert number.encode() not in body
    assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "high")
    assert int(headers["ttl"]) > 0
    scheme, _, rest = headers["authorization"].partition(" ")
    proof = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, proof["k"]) == ("vapid", key["key"])
    point = from_base64url(proof["k"])
    ours = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    pem = ours.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = jwt.decode(proof["t"], ECKey.import_key(pem), algorithms=["ES256"]).claims
    assert claims["aud"] == browser.service.url.rstrip("/")
    assert claims["sub"] == CONTACT
    assert time.time() < claims["exp"] < time.time() + 24 * 3600
    settled(town)
    assert len(browser.service.requests) == 1  # of the other case, which is not theirs, nothing


def test_it_is_told_in_the_language_of_the_browser_until_one_signs_out(town: Town, browser: Browser, grid: str) -> None:
    officer = town.session(Grant(Role.OFFICER, "xinhua", "grid", grid), language="en")
    first = town.filed()
    town.on(officer, browser)
    town.to_grid(first, grid)
    until(lambda: browser.service.requests)
    assert browser.heard()[0]["title"] == f"A case for you: {first}"
    assert town.client.delete("/api/v1/sessions/current", headers=officer).status_code == 204
    assert value(town.url, "SELECT count(*) FROM push_device") == 0
    second = town.filed()
    town.to_grid(second, grid)
    settled(town)
    assert len(browser.service.requests) == 1


def test_what_waits_is_dropped_with_the_session_and_what_failed_is_tried_again(
    town: Town, browser: Browser, grid: str
) -> None:
    browser.service.answers = [(503, {}), *browser.service.answers]
    officer = town.session(Grant(Role.OFFICER, "xinhua", "grid", grid))
    number, again = town.filed(), town.filed()
    town.on(officer, browser)
    town.to_grid(number, grid)
    until(lambda: value(town.url, "SELECT error FROM delivery WHERE channel = 'push' AND state = 'waiting'"))
    with connect(town.url, autocommit=True) as connection:
        connection.execute("UPDATE delivery SET due_at = now() WHERE state = 'waiting'")
    until(lambda: len(browser.service.requests) == 2)
    assert [told["tag"] for told in browser.heard()] == [number, number]
    until(lambda: value(town.url, "SELECT count(*) = 0 FROM delivery WHERE state = 'waiting'"))

    browser.service.answers = [(503, {})]
    town.to_grid(again, grid)
    until(lambda: value(town.url, "SELECT error FROM delivery WHERE channel = 'push' AND state = 'waiting'"))
    assert town.client.delete(OWN, headers=officer).status_code == 204
    with connect(town.url, autocommit=True) as connection:
        connection.execute("UPDATE delivery SET due_at = now() WHERE state = 'waiting'")
    until(lambda: value(town.url, "SELECT state FROM delivery ORDER BY id DESC LIMIT 1") == "dropped")
    assert len(browser.service.requests) == 3


def test_a_browser_that_is_gone_is_forgotten_and_the_others_are_told(town: Town, browser: Browser, grid: str) -> None:
    gone = town.session(Grant(Role.OFFICER, "xinhua", "grid", grid))
    assistant = town.session(Grant(Role.ASSISTANT, "xinhua", "grid", grid))
    with listening() as away:
        away.answers = [(410, {})]
        number = town.filed()
        town.on(gone, Browser(away))
        town.on(assistant, browser)
        town.to_grid(number, grid)
        until(lambda: away.requests and browser.service.requests)
        until(lambda: town.client.get(OWN, headers=gone).json()["on"] is False)
    assert browser.heard()[0]["tag"] == number
    assert town.client.get(OWN, headers=assistant).json()["on"] is True
    assert town.client.delete(OWN, headers=assistant).status_code == 204


def test_a_push_service_that_lets_us_wait_keeps_nobody_else_from_being_told(
    town: Town, browser: Browser, grid: str
) -> None:
    slow, quick = (town.session(Grant(Role.OFFICER, "xinhua", "grid", grid)) for _ in range(2))
    number = town.filed()
    with listening() as away:
        away.answers, away.slow_s = [(201, {})], 6.0
        town.on(slow, Browser(away))
        town.on(quick, browser)
        town.to_grid(number, grid)
        until(lambda: browser.service.requests and away.requests)
        of_first = "SELECT state FROM delivery WHERE recipient = (SELECT min(id)::text FROM push_device)"
        assert value(town.url, of_first) == "waiting"
        settled(town)
        assert value(town.url, of_first) == "sent"


def test_only_a_browser_s_session_is_told_and_not_within_the_house(town: Town, browser: Browser) -> None:
    officer = town.session(Grant(Role.CENTRE, "xinhua"))
    good = browser.subscription()
    for headers in ({}, town.centre):
        assert town.client.get(OWN, headers=headers).status_code == 401
        assert town.client.put(OWN, json=good, headers=headers).status_code == 401
        assert town.client.delete(OWN, headers=headers).status_code == 401
    without = {name: told for name, told in officer.items() if name != "X-CSRF-Token"}
    assert town.client.put(OWN, json=good, headers=without).status_code == 403
    off = base64url(b"\x04" + bytes(64))
    for field_, wrong in (
        ("endpoint", "https://10.0.0.1/x"),
        ("endpoint", "https://169.254.169.254/latest"),
        ("endpoint", "ftp://push.example.org/x"),
        ("endpoint", "https://a@push.example.org/x"),
        ("endpoint", ""),
        ("key", off),
        ("key", "A" * 10),
        ("auth", "A" * 21),
        ("auth", 1),
    ):
        refused = town.client.put(OWN, json=good | {field_: wrong}, headers=officer)
        assert refused.status_code == 422, (field_, wrong)
        assert refused.json()["errors"][0]["field"] == field_, refused.text
    assert town.client.get(OWN, headers=officer).json()["on"] is False
    town.on(officer, browser)
    another = town.session(Grant(Role.CENTRE, "xinhua"))
    town.on(another, browser)  # who signs in on it next
    assert [town.client.get(OWN, headers=one).json()["on"] for one in (officer, another)] == [False, True]
    assert town.client.delete(OWN, headers=officer).status_code == 204  # nothing to end is no fault
