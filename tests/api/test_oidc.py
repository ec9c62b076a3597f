"""Signing in through an OpenID provider: a real one on loopback, asked by the program and by a browser's steps."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from wangge.access.accounts import create_account, give, set_account
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.store.settings import Settings

LIST = "/api/v1/territories/xinhua/reports"


@pytest.fixture
def li(database: str) -> int:
    async def make() -> int:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            account = await create_account(connection, "li.na", "李娜", "tests", email="li@example.org")
            await give(connection, account, Grant(Role.CENTRE, "xinhua"), by="tests")
            return account

    return asyncio.run(make())


@pytest.fixture
def service(settings: Settings, provider: str, li: int) -> Iterator[Callable[..., TestClient]]:
    """Makes clients of an application that signs in through the provider."""
    opened = []

    def make(**changed: Any) -> TestClient:
        known: dict[str, Any] = {
            "oidc_issuer": provider,
            "oidc_client_id": "wangge",
            "oidc_match": "email",
            "oidc_name": "政务网",
        }
        known["oidc_client_secret"] = SecretStr("known to both")
        client = TestClient(create_app(settings.model_copy(update=known | changed)), follow_redirects=False)
        opened.append(client)
        return client.__enter__()

    yield make
    for client in opened:
        client.__exit__(None, None, None)


def away(client: TestClient) -> str:
    """The address at the provider that the browser is sent to."""
    answer = client.get("/api/v1/oidc")
    assert answer.status_code == 303
    return str(answer.headers["location"])


def back(address: str, subject: str) -> str:
    """Signs in at the provider; gives the path that it sends the browser back to."""
    answer = httpx2.post(address, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    url = urlsplit(answer.headers["location"])
    assert url.hostname == "testserver"
    return f"{url.path}?{url.query}"


def refused(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 401
    assert "wangge_session" not in client.cookies
    return str(answer.json()["reason"])


def test_an_account_is_found_by_its_verified_address_and_then_by_its_subject(
    service: Callable[..., TestClient], database: str, provider: str
) -> None:
    client = service()
    assert client.get("/api/v1/sessions/current").json()["oidc"] == {"name": "政务网", "href": "/api/v1/oidc"}
    address = away(client)
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    answer = client.get(back(address, "s-li"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/work")
    assert "wangge_attempt" not in client.cookies
    assert client.get(LIST).status_code == 200
    session = client.get("/api/v1/sessions/current").json()
    assert session["account"]["login"] == "li.na"
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT oidc_issuer, oidc_subject FROM account").fetchone()
        assert row == (provider, "s-li")
    strict = service(oidc_match="subject")
    assert strict.get(back(away(strict), "s-li")).status_code == 303
    assert strict.get(LIST).status_code == 200


def test_whoever_is_not_the_one_is_refused(service: Callable[..., TestClient], database: str, li: int) -> None:
    client = service()
    assert refused(client, back(away(client), "s-thief")) == "no-account"  # the address is not verified
    assert refused(client, back(away(client), "s-nobody")) == "no-account"
    strict = service(oidc_match="subject")
    assert refused(strict, back(away(strict), "s-li")) == "no-account"
    by_login = service(oidc_match="login")
    assert refused(by_login, back(away(by_login), "s-thief")) == "no-account"
    assert by_login.get(back(away(by_login), "s-li")).status_code == 303

    async def disable() -> None:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            await set_account(connection, li, [("disabled", True)], "tests")

    asyncio.run(disable())
    assert refused(client, back(away(client), "s-li")) == "no-account"


def test_an_answer_is_good_for_the_browser_that_asked_and_once(service: Callable[..., TestClient]) -> None:
    client, other = service(), service()
    path = back(away(client), "s-li")
    assert refused(other, path) == "no-attempt"
    away(other)
    assert refused(other, path) == "state"
    assert client.get(path).status_code == 303
    client.cookies.clear()
    away(client)
    assert refused(client, path) == "state"
    # The right state, but the code was made for another challenge and nonce, or is none at all.
    state = parse_qs(urlsplit(away(client)).query)["state"][0]
    stolen = parse_qs(urlsplit(back(away(other), "s-li")).query)["code"][0]
    assert refused(client, f"/api/v1/oidc/callback?state={state}&code={stolen}") != "no-account"
    assert refused(client, f"/api/v1/oidc/callback?state={state}&code=wrong") == "HTTPStatusError"
    assert refused(client, f"/api/v1/oidc/callback?state={state}&error=access_denied") == "access_denied"


def test_a_provider_that_is_away_or_another_is_told(service: Callable[..., TestClient], provider: str) -> None:
    away_now = service(oidc_issuer="http://localhost:9")
    assert away_now.get("/api/v1/oidc").json()["reason"] == "discovery"
    other = service(oidc_issuer=provider.replace("localhost", "127.0.0.1"))
    answer = other.get("/api/v1/oidc", headers={"Accept-Language": "zh"})
    assert answer.status_code in {303, 401}
