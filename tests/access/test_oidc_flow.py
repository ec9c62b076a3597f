"""The code flow against a provider that misbehaves on demand: a real server on loopback that signs real tokens."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from wangge.access import oidc_flow
from wangge.access.oidc import Attempt, OidcFailed, Provider
from wangge.access.oidc_documents import LARGEST, MOST, Documents, fetch

DESCRIBED = "/.well-known/openid-configuration"


@dataclass
class Odd:
    """A provider: what it says of itself, what it puts into its tokens, and how often each address was asked."""

    url: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    described: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    padding: int = 0

    def answer(self, path: str) -> tuple[int, Any]:
        self.asked.append(path)
        if path == DESCRIBED:
            endpoints = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return 200, {"issuer": self.url} | {k: self.url + v for k, v in endpoints.items()} | self.described
        if path == "/keys":
            return 200, KeySet([self.key]).as_dict(private=False) | {"padding": " " * self.padding}
        if path == "/token":
            now = int(time.time())
            claims = {"iss": self.url, "aud": "wangge", "sub": "s", "iat": now, "exp": now + 60, "nonce": "nonce"}
            kept = {name: value for name, value in (claims | self.claims).items() if value is not None}
            header = {"alg": "RS256", "kid": self.key.kid}
            return 200, {"id_token": jwt.encode(header, kept, self.key), "access_token": "a"}
        return 404, {}

    @property
    def known(self) -> Provider:
        return Provider(self.url, "wangge", "secret", "openid", "https://here.example/callback")


@contextmanager
def served() -> Iterator[Odd]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, told = provider.answer(urlsplit(self.path).path)
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Odd(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def odd() -> Iterator[Odd]:
    with served() as provider:
        yield provider


ATTEMPT = Attempt("state", "nonce", "verifier-of-forty-three-characters-or-more-0")


async def finish(odd: Odd, issuer: str | None = None, state: str = "state") -> dict[str, Any]:
    return await oidc_flow.finish(odd.known, ATTEMPT, "code", state, issuer)


async def refused(odd: Odd, issuer: str | None = None) -> str:
    with pytest.raises(OidcFailed) as refusal:
        await finish(odd, issuer)
    return str(refusal.value.facts["reason"])


async def test_the_browser_is_sent_with_the_challenge_of_rfc_7636(odd: Odd) -> None:
    # Appendix B of the RFC has this pair.
    attempt = Attempt("state", "nonce", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    asked = parse_qs(urlsplit(await oidc_flow.begin(odd.known, attempt)).query)
    assert asked["code_challenge"] == ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"]
    assert (asked["code_challenge_method"], asked["state"], asked["nonce"]) == (["S256"], ["state"], ["nonce"])


async def test_an_answer_must_be_of_the_provider_that_was_asked(odd: Odd) -> None:
    assert (await finish(odd))["sub"] == "s"
    assert (await finish(odd, odd.url))["sub"] == "s"
    assert await refused(odd, "https://elsewhere.example") == "issuer"
    with served() as promising:
        promising.described = {"authorization_response_iss_parameter_supported": True}
        assert await refused(promising) == "issuer"
        assert promising.asked == [DESCRIBED]  # the code was kept to ourselves
        assert (await finish(promising, promising.url))["sub"] == "s"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": ["wangge", "another"]},
        {"aud": ["wangge", "another"], "azp": "another"},
        {"nonce": "of another attempt"},
        {"nonce": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": None},
        {"sub": None},
    ],
)
async def test_a_token_that_is_not_for_this_attempt_is_refused(odd: Odd, claims: dict[str, Any]) -> None:
    odd.claims = claims
    assert await refused(odd) != ""


async def test_a_token_for_several_is_ours_when_it_was_given_to_us(odd: Odd) -> None:
    odd.claims = {"aud": ["wangge", "another"], "azp": "wangge"}
    assert (await finish(odd))["sub"] == "s"


async def test_description_and_keys_are_fetched_once(odd: Odd) -> None:
    for _ in range(3):
        await oidc_flow.begin(odd.known, ATTEMPT)
        await finish(odd)
    assert (odd.asked.count(DESCRIBED), odd.asked.count("/keys"), odd.asked.count("/token")) == (1, 1, 3)


async def test_a_new_key_is_looked_up_but_not_at_every_asking(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    await finish(odd)
    odd.key = RSAKey.generate_key(2048, {"kid": "second"})
    assert await refused(odd) == "InvalidKeyIdError"
    assert odd.asked.count("/keys") == 1
    monkeypatch.setattr(oidc_flow, "ROTATED_S", 0)
    assert (await finish(odd))["sub"] == "s"
    assert odd.asked.count("/keys") == 2


async def test_a_token_by_another_key_of_the_same_name_is_refused(odd: Odd) -> None:
    await finish(odd)
    odd.key = RSAKey.generate_key(2048, {"kid": "first"})
    assert await refused(odd) == "BadSignatureError"


async def test_what_would_go_over_the_wire_in_the_clear_is_refused(odd: Odd) -> None:
    odd.described = {"token_endpoint": "ftp://elsewhere.example/token"}
    assert await refused(odd) == "endpoint"


async def test_another_issuer_than_was_set_up_is_refused(odd: Odd) -> None:
    odd.described = {"issuer": "https://elsewhere.example"}
    assert await refused(odd) == "issuer"


async def test_a_document_without_end_is_not_read(odd: Odd) -> None:
    odd.padding = LARGEST
    with pytest.raises(ValueError, match=str(LARGEST)):
        await fetch(f"{odd.url}/keys")
    assert await refused(odd) == "ValueError"


async def test_few_documents_are_kept_and_no_refusal(odd: Odd) -> None:
    documents = Documents()
    for number in range(MOST + 1):
        await documents.get(f"{odd.url}/keys?{number}", 60)
    await documents.get(f"{odd.url}/keys?{MOST}", 60)
    assert odd.asked.count("/keys") == MOST + 1
    await documents.get(f"{odd.url}/keys?0", 60)
    assert odd.asked.count("/keys") == MOST + 2
    for _ in range(2):
        with pytest.raises(httpx2.HTTPStatusError):
            await documents.get(f"{odd.url}/nothing", 60)
    assert odd.asked.count("/nothing") == 2
