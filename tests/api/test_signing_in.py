"""Signing in with a browser and as a program, and all the ways in which it ends."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from typing import Any

import psycopg
import pyotp
import pytest
from fastapi.testclient import TestClient

from wangge.access.accounts import create_account, give, set_account
from wangge.access.passwords import hash_password
from wangge.access.person import Grant
from wangge.access.roles import RIGHTS, Role
from wangge.api.app import create_app
from wangge.store.engine import connect
from wangge.store.settings import Settings

PASSWORD = "correct horse battery"
KEPT = hash_password(PASSWORD)
LI = {"login": "li.na", "password": PASSWORD}
LIST = "/api/v1/territories/xinhua/reports"
SECRET = pyotp.random_base32()


def on(database: str, work: Callable[[psycopg.AsyncConnection[Any]], Any]) -> Any:
    async def run() -> Any:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            return await work(connection)

    return asyncio.run(run())


@pytest.fixture
def li(database: str) -> int:
    """Li Na, of the command centre."""

    async def make(connection: psycopg.AsyncConnection[Any]) -> int:
        account = await create_account(connection, "li.na", "李娜", "tests", password_hash=KEPT, email="Li@example.org")
        await give(connection, account, Grant(Role.CENTRE, "xinhua"), by="tests")
        return account

    return int(on(database, make))


def set_li(database: str, account: int, **changed: Any) -> None:
    on(database, lambda connection: set_account(connection, account, changed.items(), "tests"))


def told(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def test_a_session_opens_with_the_password_and_ends_with_signing_out(anonymous: TestClient, li: int) -> None:
    assert anonymous.get(LIST).status_code == 401
    assert anonymous.get("/api/v1/sessions/current").json() == {"account": None, "csrf": None, "oidc": None}
    answer = anonymous.post("/api/v1/sessions", json=LI | {"login": " Li.Na "})
    assert answer.status_code == 201
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/"))
    assert "Secure" not in cookie  # the test speaks http
    assert answer.headers["cache-control"] == "no-store"
    session = answer.json()
    (held,) = session["account"]["grants"]
    everywhere = {"role": "centre", "territory": "xinhua", "level": None, "code": None, "organisation": None}
    assert held == everywhere | {"rights": held["rights"]}
    assert anonymous.get("/api/v1/sessions/current").json() == session
    assert anonymous.get(LIST).status_code == 200

    # A change without the value that only the page knows is refused, whoever made the browser send it.
    report = {"lon": 116.87, "lat": 38.32, "category": "wiring"}
    for wrong in ({}, {"X-CSRF-Token": "guessed"}):
        assert told(anonymous.post(LIST, json=report, headers=wrong)) == "csrf-missing"
    right = {"X-CSRF-Token": session["csrf"]}
    assert anonymous.post(LIST, json=report, headers=right).status_code == 201

    secret = anonymous.cookies["wangge_session"]
    assert anonymous.delete("/api/v1/sessions/current", headers=right).status_code == 204
    assert "wangge_session" not in anonymous.cookies
    anonymous.cookies.set("wangge_session", secret)  # kept by a thief, it is good for nothing
    stolen = anonymous.get(LIST)
    assert told(stolen) == "bad-credentials"
    assert stolen.headers["www-authenticate"] == "Bearer"
    assert 'wangge_session=""' in stolen.headers["set-cookie"]


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.RESIDENT, Role.ORGANISATION)])
def test_a_session_says_what_one_may_do_and_where(anonymous: TestClient, li: int, database: str, role: Role) -> None:
    place = Grant(role, "xinhua", "street", "130902001")
    on(database, lambda connection: give(connection, li, place, by="tests"))
    held = anonymous.post("/api/v1/sessions", json=LI).json()["account"]["grants"]
    rights = {(one["territory"], one["level"], one["code"]): set(one["rights"]) for one in held}
    assert rights == {("xinhua", None, None): RIGHTS[Role.CENTRE], ("xinhua", "street", "130902001"): RIGHTS[role]}


def test_over_https_the_cookie_is_secure(settings: Settings, li: int) -> None:
    with TestClient(create_app(settings), base_url="https://grid.example") as client:
        assert "; Secure" in client.post("/api/v1/sessions", json=LI).headers["set-cookie"]


def test_a_session_ends_by_itself(anonymous: TestClient, li: int, database: str) -> None:
    def signed_in() -> bool:
        return anonymous.get(LIST).status_code == 200

    for change in ("seen_at = now() - interval '61 minutes'", "expires_at = now()"):
        anonymous.cookies.clear()
        anonymous.post("/api/v1/sessions", json=LI)
        with connect(database) as connection:
            connection.execute("UPDATE account_session SET seen_at = now() - interval '59 minutes'")
        assert signed_in()  # and was seen just now
        with connect(database) as connection:
            seen = connection.execute("SELECT now() - max(seen_at) < interval '10 s' FROM account_session").fetchone()
            assert seen == (True,)
            connection.execute(f"UPDATE account_session SET {change}")
        assert not signed_in()


@pytest.mark.parametrize("changed", [{"password_hash": KEPT}, {"disabled": True}])
def test_a_new_password_and_disabling_end_sessions_and_tokens(
    anonymous: TestClient, li: int, database: str, changed: dict[str, Any]
) -> None:
    anonymous.post("/api/v1/sessions", json=LI)
    token = anonymous.post("/api/v1/tokens", json=LI).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert anonymous.get(LIST, headers=bearer).status_code == anonymous.get(LIST).status_code == 200
    set_li(database, li, **changed)
    assert told(anonymous.get(LIST, headers=bearer)) == told(anonymous.get(LIST)) == "bad-credentials"


def test_one_changes_one_s_own_password(anonymous: TestClient, li: int, database: str) -> None:
    set_li(database, li, totp_secret=SECRET)
    here, fresh = "/api/v1/sessions/password", "a longer horse battery"
    code = pyotp.TOTP(SECRET).now()
    assert told(anonymous.post(here, json=LI | {"new_password": "short", "code": code})) == "weak-password"
    assert told(anonymous.post(here, json=LI | {"new_password": fresh})) == "wrong-login"
    assert told(anonymous.post(here, json=LI | {"password": "a wrong one", "new_password": fresh})) == "wrong-login"
    token = anonymous.post("/api/v1/tokens", json=LI | {"code": code}).json()["access_token"]
    with connect(database) as connection:
        connection.execute("UPDATE account SET totp_step = NULL")  # half a minute later
    changed = anonymous.post(here, json=LI | {"new_password": fresh, "code": code})
    assert (changed.status_code, changed.content) == (204, b"")
    assert told(anonymous.get(LIST, headers={"Authorization": f"Bearer {token}"})) == "bad-credentials"
    set_li(database, li, totp_secret=None)
    assert told(anonymous.post("/api/v1/sessions", json=LI)) == "wrong-login"
    assert anonymous.post("/api/v1/sessions", json=LI | {"password": fresh}).status_code == 201


@pytest.fixture
def patient(settings: Settings, li: int) -> Iterator[TestClient]:
    """A client whose address may try as often as it likes."""
    unlimited = settings.model_copy(update={"sign_in_rate": ""})
    with TestClient(create_app(unlimited), client=("127.0.0.1", 40000)) as client:
        yield client


def from_elsewhere(client: TestClient, n: int) -> TestClient:
    """The same service, asked from another address through a proxy that is trusted."""
    other = copy(client)
    other.headers = dict(client.headers) | {"X-Forwarded-For": f"203.0.113.{n}"}
    other.cookies = {}
    return other


def test_answers_do_not_tell_whether_there_is_an_account(patient: TestClient, li: int, database: str) -> None:
    """Status, body and headers of every try are those of a login that does not exist, up to the lock and beyond."""
    set_li(database, li, totp_secret=SECRET)
    kinds = {"known": LI, "wrong": LI | {"password": "wrong horse battery"}, "none": LI | {"login": "nobody"}}
    answers: dict[str, list[Any]] = {}
    for n, (name, body) in enumerate(kinds.items()):
        client = from_elsewhere(patient, n + 1)
        answers[name] = [client.post("/api/v1/sessions", json=body) for _ in range(8)]
    seen = {
        name: [(a.status_code, a.json()["type"], "retry-after" in a.headers) for a in found]
        for name, found in answers.items()
    }
    assert seen["known"] == seen["wrong"] == seen["none"]  # the right password, without its code, among them
    assert [status for status, _, _ in seen["none"]] == [401] * 5 + [429] * 3
    assert {told(answer) for answer in answers["known"][:5]} == {"wrong-login"}
    assert {told(answer) for answer in answers["none"][5:]} == {"locked-out"}
    waits = [int(found[-1].headers["retry-after"]) for found in answers.values()]
    assert max(waits) - min(waits) <= 10


def test_failures_elsewhere_lock_nobody_out_at_home(patient: TestClient, li: int, database: str) -> None:
    home = from_elsewhere(patient, 200)
    assert home.post("/api/v1/sessions", json=LI).status_code == 201
    wrong = LI | {"password": "wrong horse battery"}
    for n in range(1, 11):  # fifty failures from ten addresses: the login is locked for all that it does not know
        assert [from_elsewhere(patient, n).post("/api/v1/tokens", json=wrong).status_code for _ in range(5)] == [
            401
        ] * 5
    assert told(from_elsewhere(patient, 50).post("/api/v1/tokens", json=LI)) == "locked-out"
    assert home.post("/api/v1/sessions", json=LI).status_code == 201
    set_li(database, li, unlocked=True)
    assert from_elsewhere(patient, 50).post("/api/v1/tokens", json=LI).status_code == 201


def test_the_second_factor_is_a_way_through_a_lock(patient: TestClient, li: int, database: str) -> None:
    set_li(database, li, totp_secret=SECRET)
    wrong = LI | {"password": "wrong horse battery"}
    code = pyotp.TOTP(SECRET).now()
    bad = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        patient.post("/api/v1/sessions", json=wrong)
    for body in (wrong, LI, LI | {"code": bad}, wrong | {"code": code}):
        assert told(patient.post("/api/v1/sessions", json=body)) == "locked-out"
    assert patient.post("/api/v1/sessions", json=LI | {"code": code}).status_code == 201
    assert told(patient.post("/api/v1/sessions", json=wrong)) == "wrong-login"  # the lock is gone


def test_codes_are_not_guessed_through_a_lock_by_who_knows_the_password(
    patient: TestClient, li: int, database: str
) -> None:
    set_li(database, li, totp_secret=SECRET)
    code = pyotp.TOTP(SECRET).now()
    for n in range(7):
        guess = f"{(int(code) + n + 1) % 1_000_000:06d}"
        assert from_elsewhere(patient, n).post("/api/v1/sessions", json=LI | {"code": guess}).status_code == 401
    assert told(from_elsewhere(patient, 60).post("/api/v1/sessions", json=LI | {"code": code})) == "wrong-login"


def test_a_lock_is_no_way_in_without_a_second_factor(patient: TestClient, li: int) -> None:
    for _ in range(5):
        patient.post("/api/v1/sessions", json=LI | {"password": "wrong horse battery"})
    assert told(patient.post("/api/v1/sessions", json=LI | {"code": "000000"})) == "locked-out"


def test_a_success_begins_the_count_anew(patient: TestClient, li: int) -> None:
    wrong = LI | {"password": "wrong horse battery"}
    for _ in range(3):
        assert [patient.post("/api/v1/sessions", json=wrong).status_code for _ in range(4)] == [401] * 4
        assert patient.post("/api/v1/sessions", json=LI).status_code == 201


def test_many_guesses_at_once_do_not_get_in_under_the_limit(patient: TestClient, li: int) -> None:
    def guess(n: int) -> int:
        return patient.post("/api/v1/sessions", json=LI | {"password": f"guess number {n}"}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(16)))
    assert answers.count(401) == 5
    assert answers.count(429) == 11
    locked = patient.post("/api/v1/sessions", json=LI)
    assert told(locked) == "locked-out"
    assert 0 < int(locked.headers["retry-after"]) <= 300


def test_a_second_factor_is_asked_for_and_each_code_is_good_once(anonymous: TestClient, li: int, database: str) -> None:
    set_li(database, li, totp_secret=SECRET)
    assert told(anonymous.post("/api/v1/sessions", json=LI)) == "wrong-login"
    assert told(anonymous.post("/api/v1/sessions", json=LI | {"password": "wrong horse battery"})) == "wrong-login"
    code = pyotp.TOTP(SECRET).now()
    bad = f"{(int(code) + 1) % 1_000_000:06d}"
    assert told(anonymous.post("/api/v1/sessions", json=LI | {"code": bad})) == "wrong-login"
    assert anonymous.post("/api/v1/sessions", json=LI | {"code": f"{code[:3]} {code[3:]}"}).status_code == 201
    assert told(anonymous.post("/api/v1/sessions", json=LI | {"code": code})) == "wrong-login"


def test_tokens_are_renewed_once_and_a_second_use_revokes_all(anonymous: TestClient, li: int, database: str) -> None:
    def asking(token: str) -> int:
        return anonymous.get(LIST, headers={"Authorization": f"Bearer {token}"}).status_code

    first = anonymous.post("/api/v1/tokens", json=LI).json()
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 900)
    assert asking(first["access_token"]) == 200
    assert asking(first["refresh_token"]) == 401  # it renews and does nothing else
    second = anonymous.post("/api/v1/tokens/refresh", json={"refresh_token": first["refresh_token"]})
    assert second.status_code == 201
    assert asking(second.json()["access_token"]) == 200
    again = anonymous.post("/api/v1/tokens/refresh", json={"refresh_token": first["refresh_token"]})
    assert told(again) == "bad-credentials"
    assert asking(second.json()["access_token"]) == asking(first["access_token"]) == 401
    last = {"refresh_token": second.json()["refresh_token"]}
    assert anonymous.post("/api/v1/tokens/refresh", json=last).status_code == 401

    other = anonymous.post("/api/v1/tokens", json=LI).json()
    assert anonymous.post("/api/v1/tokens/revoke", json={"token": other["refresh_token"]}).status_code == 204
    assert anonymous.post("/api/v1/tokens/revoke", json={"token": "nothing"}).status_code == 204
    assert asking(other["access_token"]) == 401
    third = anonymous.post("/api/v1/tokens", json=LI).json()
    with connect(database) as connection:
        connection.execute("UPDATE token SET expires_at = now() WHERE kind = 'access'")
    assert asking(third["access_token"]) == 401
    assert anonymous.get(LIST, headers={"Authorization": "Basic bGk6bGk="}).status_code == 401


def test_two_who_renew_with_one_token_at_once_are_not_both_served(anonymous: TestClient, li: int) -> None:
    body = {"refresh_token": anonymous.post("/api/v1/tokens", json=LI).json()["refresh_token"]}

    def renew(_: int) -> int:
        return anonymous.post("/api/v1/tokens/refresh", json=body).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(renew, range(4)))
    assert answers == [201, 401, 401, 401]


def test_a_grant_holds_from_its_beginning_to_its_end(anonymous: TestClient, li: int, database: str) -> None:
    anonymous.post("/api/v1/sessions", json=LI)
    for span, status in {
        "valid_from = now() - interval '2 days', valid_to = now() - interval '1 s'": 403,
        "valid_from = now() + interval '1 day', valid_to = NULL": 403,
        "valid_from = now() - interval '2 days', valid_to = now() + interval '1 day'": 200,
    }.items():
        with connect(database) as connection:
            connection.execute(f"UPDATE account_grant SET {span}")
        assert anonymous.get(LIST).status_code == status, span


def test_nothing_of_a_secret_is_kept_or_logged(
    anonymous: TestClient, li: int, database: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    set_li(database, li, totp_secret=SECRET)
    code = pyotp.TOTP(SECRET).now()
    session = anonymous.post("/api/v1/sessions", json=LI | {"code": code})
    cookie = anonymous.cookies["wangge_session"]
    set_li(database, li, totp_secret=None)
    pair = anonymous.post("/api/v1/tokens", json=LI).json()
    anonymous.get(LIST, headers={"Authorization": f"Bearer {pair['access_token']}"})
    anonymous.get(LIST, headers={"Authorization": "Bearer wga_wrong-but-secret"})
    wrong = anonymous.post("/api/v1/sessions", json={"login": 1, "password": PASSWORD, "secret": "wrong-but-secret"})
    assert wrong.status_code == 422
    secrets = [PASSWORD, cookie, session.json()["csrf"], pair["access_token"], pair["refresh_token"], code, SECRET]
    with connect(database) as connection:
        kept = "".join(
            str(row)
            for table in ("account", "account_session", "token", "token_family")
            for row in connection.execute(f"SELECT row_to_json(t)::text FROM {table} t").fetchall()
        )
    said = capfd.readouterr()
    logged = said.out + said.err + caplog.text + wrong.text
    assert "/api/v1/sessions" in logged
    for secret in [*secrets, "wrong-but-secret"]:
        assert secret not in logged
        assert secret not in kept


def test_too_many_tries_from_one_address_wait(settings: Settings, li: int) -> None:
    strict = settings.model_copy(update={"sign_in_rate": "3/minute", "intake_rate": "2/minute"})
    with TestClient(create_app(strict)) as client:
        wrong = [client.post("/api/v1/tokens", json=LI | {"login": f"somebody{n}"}).status_code for n in range(3)]
        assert wrong == [401, 401, 401]
        answer = client.post("/api/v1/tokens", json=LI)
        assert told(answer) == "rate-limited"
        assert 0 < int(answer.headers["retry-after"]) <= 60
        # A header that anybody could send does not make another address of it.
        assert client.post("/api/v1/tokens", json=LI, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 429
        report = {"lon": 116.87, "lat": 38.32, "category": "wiring"}
        assert [client.post(LIST, json=report).status_code for _ in range(3)] == [201, 201, 429]
