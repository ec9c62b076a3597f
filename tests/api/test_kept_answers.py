"""Answers that never change: made once, for however many readers, in the coding that each of them likes."""

import asyncio
import re
from collections import Counter

import httpx2
import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from tests.api.test_tiles import AT_11, at, template
from wangge.api.plumbing.cache_control import IMMUTABLE, REVALIDATE
from wangge.api.plumbing.content_encoding import ContentEncoding
from wangge.api.plumbing.kept_answers import KeptAnswers
from wangge.tilesets import queries

made: Counter[str] = Counter()


@pytest.fixture
def app() -> FastAPI:
    """Answers that take their time, kept in 100 kB."""
    made.clear()
    app = FastAPI()

    @app.get("/kept/{name}")
    async def kept(name: str, size: int = 2000, caching: str = IMMUTABLE) -> Response:
        made[name] += 1
        await asyncio.sleep(0.02)
        if name == "broken":
            raise RuntimeError(name)
        headers = {"ETag": f'"{name}"', "Cache-Control": caching}
        return Response(name * (size // len(name)), headers=headers, media_type="text/plain")

    app.add_middleware(ContentEncoding)
    app.add_middleware(KeptAnswers, paths=re.compile(r"/kept/.+"), most_bytes=100_000)
    return app


async def ask(app: FastAPI, *paths: str, **headers: str) -> list[httpx2.Response]:
    """Ask for all of the paths at once."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    every = {"Accept-Encoding": "gzip, deflate, br"}  # not what the client asks for by itself
    async with httpx2.AsyncClient(transport=transport, base_url="http://kept", headers=every) as client:
        return await asyncio.gather(*(client.get(path, headers=headers) for path in paths))


async def test_many_readers_at_once_have_it_made_once(app: FastAPI) -> None:
    answers = await ask(app, *["/kept/one"] * 20)
    assert {answer.text for answer in answers} == {"one" * 666}
    assert made == {"one": 1}


async def test_each_coding_is_another_answer_with_another_validator(app: FastAPI) -> None:
    for _ in range(2):
        for coding in ("zstd", "br", "gzip", "identity"):
            (answer,) = await ask(app, "/kept/one", **{"Accept-Encoding": coding})
            assert answer.headers.get("content-encoding", "identity") == coding
            assert answer.headers["etag"] == ('"one"' if coding == "identity" else f'"one--{coding}"')
            assert coding == "zstd" or answer.text == "one" * 666
    assert made == {"one": 4}


@pytest.mark.parametrize("held", ['"one"', '"one--br"', 'W/"one--gzip"', '"two", "one--zstd"', "*"])
async def test_whoever_has_it_in_any_coding_is_sent_nothing(app: FastAPI, held: str) -> None:
    await ask(app, "/kept/one")
    (answer,) = await ask(app, "/kept/one", **{"If-None-Match": held})
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (304, b"", IMMUTABLE)
    assert answer.headers["etag"] == '"one--br"' if held == "*" else answer.headers["etag"] in held
    (other,) = await ask(app, "/kept/one", **{"If-None-Match": '"two"'})
    assert (other.status_code, made) == (200, {"one": 1})


async def test_what_may_change_is_made_each_time(app: FastAPI) -> None:
    await ask(app, *[f"/kept/one?caching={REVALIDATE}"] * 3)
    assert made == {"one": 3}


async def test_what_breaks_off_is_tried_again_by_the_next(app: FastAPI) -> None:
    answers = await ask(app, *["/kept/broken"] * 3)
    assert [answer.status_code for answer in answers] == [500] * 3
    assert made == {"broken": 3}


async def test_a_reader_who_takes_it_slowly_keeps_nobody_waiting(app: FastAPI) -> None:
    stuck = asyncio.Event()

    async def receive() -> dict[str, str]:
        return {"type": "http.request"}

    async def slow(_: object) -> None:
        await stuck.wait()

    scope = {"type": "http", "method": "GET", "path": "/kept/one", "raw_path": b"/kept/one", "query_string": b""}
    scope |= {"headers": [], "scheme": "http", "http_version": "1.1", "server": ("kept", 80), "root_path": ""}
    first = asyncio.create_task(app(scope, receive, slow))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        (answer,) = await ask(app, "/kept/one", **{"Accept-Encoding": "identity"})
    assert (answer.text, made) == ("one" * 666, {"one": 1})
    assert not first.done()
    stuck.set()
    await first


async def test_credentials_are_looked_at(app: FastAPI) -> None:
    await ask(app, "/kept/one")
    await ask(app, "/kept/one", Authorization="Bearer nonsense")
    assert made == {"one": 2}


async def test_the_ones_asked_for_lately_stay_within_the_bytes(app: FastAPI) -> None:
    plain = {"Accept-Encoding": "identity"}
    names = [f"name-{n:03}" for n in range(40)]
    for name in names:
        await ask(app, f"/kept/{name}?size=4000", "/kept/name-000?size=4000", **plain)
    assert set(made.values()) == {1}
    (oldest,) = await ask(app, "/kept/name-001?size=4000", **plain)
    assert (oldest.text[:8], made["name-001"]) == ("name-001", 2)
    await ask(app, *["/kept/big?size=9000"] * 2, **plain)
    assert made["big"] == 2  # a single answer never drives out the others


def test_a_tile_that_was_drawn_needs_no_database(anonymous: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tile = at(template(anonymous, "xinhua/cells.json"), *AT_11)
    drawn = anonymous.get(tile)
    monkeypatch.setattr(queries, "EDITION_HASH", "no statement")
    monkeypatch.setattr(queries, "DRAW_CELLS", "no statement")
    again = anonymous.get(tile)
    assert (again.status_code, again.content) == (200, drawn.content)
    assert again.headers["etag"] == drawn.headers["etag"]
    held = anonymous.get(tile, headers={"If-None-Match": drawn.headers["etag"]})
    assert (held.status_code, held.content) == (304, b"")
    head = anonymous.head(tile)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", drawn.headers["etag"])
    assert anonymous.get(tile, headers={"Authorization": "Bearer nonsense"}).status_code == 401
