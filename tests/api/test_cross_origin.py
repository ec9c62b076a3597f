"""Pages of other origins: what anybody may read is open by default, the rest by name, and cookies never count."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from tests.api.test_query_names import HERE
from wangge.api.app import create_app
from wangge.store.settings import Settings

ELSEWHERE = {"Origin": "https://maps.example.org"}
PUBLIC = [
    "/api/v1/territories",
    HERE,
    f"{HERE}/cells?level=street",
    f"{HERE}/categories",
    f"{HERE}/locate?lon=116.87&lat=38.32",
    "/tiles/xinhua/cells.json",
    "/tiles/xinhua/style.json",
    "/tiles/xinhua/heat/9/422/196.mvt",
    "/openapi.json",
]
KEPT = [
    f"{HERE}/reports",
    f"{HERE}/desks",
    "/api/v1/sessions/current",
    "/api/v1/accounts",
    "/api/v1/oidc",
    "/metrics",
    "/readyz",
    "/",
    "/docs",
]
CREDENTIALS = "access-control-allow-credentials"


@contextmanager
def opened(settings: Settings, **changed: str) -> Iterator[TestClient]:
    with TestClient(create_app(settings.model_copy(update=changed)), raise_server_exceptions=False) as client:
        yield client


def preflight(client: TestClient, path: str, method: str = "GET", **headers: str) -> Any:
    asking = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}
    return client.options(path, headers=ELSEWHERE | asking | headers)


@pytest.mark.parametrize("path", PUBLIC)
def test_what_anybody_may_read_any_page_may_fetch(reader: TestClient, path: str) -> None:
    for answer in (reader.get(path, headers=ELSEWHERE), reader.head(path, headers=ELSEWHERE)):
        assert answer.status_code in {200, 204}
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "ETag" in answer.headers["access-control-expose-headers"]
        assert CREDENTIALS not in answer.headers
    asked = preflight(reader, path)
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-methods"] == "GET, HEAD"
    assert "Authorization" in asked.headers["access-control-allow-headers"]
    assert CREDENTIALS not in asked.headers


def test_a_refusal_of_what_is_public_can_be_read_too(reader: TestClient) -> None:
    for path in (f"{HERE}/cells?levle=street", "/api/v1/territories/nowhere", f"{HERE}/locate?lon=x&lat=1"):
        assert reader.get(path, headers=ELSEWHERE).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", KEPT)
def test_all_else_is_kept_from_other_pages(reader: TestClient, path: str) -> None:
    for answer in (reader.get(path, headers=ELSEWHERE, follow_redirects=False), preflight(reader, path)):
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", [f"{HERE}/reports", f"{HERE}/locate"])
def test_no_page_may_post_unless_it_is_named(reader: TestClient, path: str) -> None:
    answer = reader.post(path, json={}, headers=ELSEWHERE)
    assert "access-control-allow-origin" not in answer.headers
    assert "POST" not in preflight(reader, path, "POST").headers.get("access-control-allow-methods", "")


def test_what_was_asked_with_a_cookie_is_for_our_own_pages(reader: TestClient) -> None:
    cookie = {"Cookie": "wangge_session=x"}
    answer = reader.get(f"{HERE}/categories", headers=ELSEWHERE | cookie)
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert CREDENTIALS not in answer.headers


def test_public_origins_can_be_narrowed(read_settings: Settings) -> None:
    with opened(read_settings, cors_public_origins="https://maps.example.org https://b.example") as client:
        answer = client.get(HERE, headers=ELSEWHERE)
        assert answer.headers["access-control-allow-origin"] == ELSEWHERE["Origin"]
        assert "Origin" in answer.headers["vary"]
        other = client.get(HERE, headers={"Origin": "https://maps.example.org.evil.example"})
        assert "access-control-allow-origin" not in other.headers
        assert "Origin" in other.headers["vary"]
        assert "access-control-allow-origin" not in client.get(f"{HERE}/reports", headers=ELSEWHERE).headers


def test_public_origins_can_be_none(read_settings: Settings) -> None:
    with opened(read_settings, cors_public_origins="") as client:
        answer = client.get(HERE, headers=ELSEWHERE)
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-methods" not in preflight(client, HERE).headers


def test_a_named_origin_has_all_of_the_api_with_a_token(read_settings: Settings) -> None:
    with opened(read_settings, cors_origins=ELSEWHERE["Origin"]) as client:
        answer = client.get(f"{HERE}/reports", headers=ELSEWHERE)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, ELSEWHERE["Origin"])
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        asked = preflight(client, f"{HERE}/reports", "POST")
        assert asked.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, POST"
        assert CREDENTIALS not in asked.headers
        other = preflight(client, f"{HERE}/reports", "POST", Origin="https://b.example")
        assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    "wrong", ["maps.example.org", "https://maps.example.org/", "https://a.example,https://b.example"]
)
def test_what_is_no_origin_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(ValidationError, match="no origin"):
        Settings(cors_origins=wrong)


def test_behind_a_prefix_the_same_headers_are_sent(read_settings: Settings) -> None:
    with TestClient(create_app(read_settings), root_path="/grid") as client:
        answer = client.get(f"/grid{HERE}/categories", headers=ELSEWHERE)
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert client.options(f"/grid{HERE}/categories").headers["allow"] == "GET, HEAD, OPTIONS"
