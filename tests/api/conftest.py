"""What several tests of the interfaces need: a terminal to read, a provider to sign in by."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from tests.conftest import free_port
from wangge.api.cli.terminal import console

PEOPLE = [
    {"sub": "s-li", "email": "Li@example.org", "email_verified": True, "preferred_username": "li.na"},
    {"sub": "s-thief", "email": "li@example.org", "email_verified": False, "preferred_username": "thief"},
]


@pytest.fixture
def english_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands speak English, on a terminal so wide that no line breaks."""
    monkeypatch.setenv("WANGGE_LANG", "en")
    monkeypatch.setenv("COLUMNS", "400")  # read when a console is made, as typer makes its own for every refusal
    monkeypatch.setattr(console.out, "width", 400)
    monkeypatch.setattr(console.err, "width", 400)


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """An OpenID provider in a process of its own."""
    url = f"http://localhost:{(port := free_port())}"
    program = str(Path(sys.executable).with_name("oidc-provider-mock"))
    claims = [part for person in PEOPLE for part in ("--user-claims", json.dumps(person))]
    process = subprocess.Popen([program, "--port", str(port), "--require-nonce", *claims])
    try:
        for _ in range(200):
            assert process.poll() is None, "the provider ended early"
            with suppress(httpx2.TransportError):
                httpx2.get(f"{url}/.well-known/openid-configuration")
                break
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(10)
