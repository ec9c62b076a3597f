"""Where a request comes from: as trusted proxies say, and nobody else."""

from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from wangge.api.plumbing.proxies import Among, Proxies


async def seen(trusted: str, client: str, **said: str) -> tuple[str, str, str, list[bytes]]:
    """Client, scheme and host that the program sees, and what is left of the headers about proxies."""
    found: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(scope)

    async def nothing(*_: Any) -> Message:
        return {}

    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in said.items()]
    scope: Scope = {"type": "http", "client": (client, 1), "scheme": "http", "headers": [(b"host", b"here"), *headers]}
    await Proxies(app, trusted)(scope, nothing, nothing)  # type: ignore[arg-type]
    (told,) = found
    kept = dict(told["headers"])
    left = [name for name in kept if name.startswith(b"x-forwarded-")]
    return told["client"][0], told["scheme"], kept[b"host"].decode(), left


SAID = {"x_forwarded_for": "198.51.100.7", "x_forwarded_proto": "https", "x_forwarded_host": "grid.example"}


async def test_a_trusted_proxy_is_believed() -> None:
    believed: tuple[str, str, str, list[bytes]] = ("198.51.100.7", "https", "grid.example", [])
    assert await seen("127.0.0.1", "127.0.0.1", **SAID) == believed
    assert await seen("172.16.0.0/12, ::1", "172.30.136.1", **SAID) == believed
    assert await seen("127.0.0.1", "::ffff:127.0.0.1", **SAID) == believed
    assert await seen("*", "203.0.113.9", **SAID) == believed


@pytest.mark.parametrize("client", ["203.0.113.9", "127.0.0.2", "testclient", ""])
async def test_anybody_else_is_not_and_nothing_of_it_goes_on(client: str) -> None:
    assert await seen("127.0.0.1,::1", client, **SAID) == (client, "http", "here", [])


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("6.6.6.6, 198.51.100.7", "198.51.100.7"),  # what the client made up stands before what the proxy saw
        ("6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),  # two proxies, one behind the other
        ("198.51.100.7:5000", "198.51.100.7"),
        ("[2001:db8::7]:5000", "2001:db8::7"),
        ("unknown", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
    ],
)
async def test_the_client_is_the_last_that_is_no_proxy(said: str, client: str) -> None:
    assert (await seen("10.0.0.0/8", "10.0.0.1", x_forwarded_for=said))[0] == client


async def test_a_host_or_scheme_that_is_none_is_not_taken() -> None:
    assert (await seen("*", "10.0.0.1", x_forwarded_host="a/../<script>", x_forwarded_proto="javascript"))[1:3] == (
        "http",
        "here",
    )


def test_who_is_among_some_addresses() -> None:
    assert "10.1.2.3" in Among("10.0.0.0/8")
    assert "11.1.2.3" not in Among("10.0.0.0/8,::1")
    assert "nobody" not in Among("10.0.0.0/8")
    assert "nobody" in Among("*")
    assert "10.1.2.3" not in Among("")
