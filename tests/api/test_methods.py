"""HEAD wherever there is GET, with the same headers and no body; OPTIONS says what a path takes."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from tests.api.test_query_names import HERE, operations
from wangge.api.plumbing.methods import Heads

PATHS = [
    "/",
    "/docs",
    "/web/js/main.js",
    "/openapi.json",
    "/asyncapi.json",
    "/healthz",
    "/readyz",
    "/api/v1/territories",
    HERE,
    f"{HERE}/cells?level=street",
    f"{HERE}/cells/street/130902001",
    f"{HERE}/categories",
    f"{HERE}/locate?lon=116.87&lat=38.32",
    f"{HERE}/reports",
    f"{HERE}/reports/202601-000123-7",
    f"{HERE}/bundle",
    f"{HERE}/desks",
    "/tiles/xinhua/cells.json",
    "/tiles/xinhua/style.json",
    "/tiles/xinhua/heat/9/422/196.mvt",
    "/api/v1/territories/nowhere",
    "/nowhere",
]
CHANGING = {"x-request-id", "date"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", ["identity", "zstd"])
def test_head_has_the_headers_of_get_and_no_body(reader: TestClient, path: str, coding: str) -> None:
    headers = {"Accept-Encoding": coding}
    whole, head = reader.get(path, headers=headers), reader.head(path, headers=headers)
    assert head.status_code == whole.status_code
    assert head.content == b""
    told, expected = dict(head.headers), dict(whole.headers)
    assert {name: told[name] for name in told.keys() - CHANGING} == {
        name: expected[name] for name in expected.keys() - CHANGING
    }


def test_head_is_answered_304_and_never_a_part(reader: TestClient) -> None:
    tag = reader.head("/tiles/xinhua/cells.json").headers["etag"]
    assert reader.head("/tiles/xinhua/cells.json", headers={"If-None-Match": tag}).status_code == 304
    part = reader.head(f"{HERE}/bundle", headers={"Range": "bytes=0-9"})
    assert (part.status_code, "content-range" in part.headers) == (200, False)
    assert reader.get(f"{HERE}/bundle", headers={"Range": "bytes=0-9"}).status_code == 206


@pytest.mark.parametrize("path", sorted({path for _, path in operations()}))
def test_options_says_what_each_path_takes(reader: TestClient, path: str) -> None:
    declared = {method.upper() for method, there in operations() if there == path}
    answer = reader.options(path.replace("{z}", "1").replace("{x}", "1").replace("{y}", "1"))
    assert (answer.status_code, answer.content) == (204, b"")
    allowed = answer.headers["allow"].split(", ")
    assert declared <= set(allowed)
    assert "OPTIONS" in allowed
    assert ("HEAD" in allowed) == ("GET" in allowed)
    refused = reader.request("PROPFIND", path)
    assert (refused.status_code, refused.headers["allow"]) == (405, answer.headers["allow"])


def test_there_are_no_options_where_nothing_is(reader: TestClient) -> None:
    assert reader.options("/nowhere").status_code == 404


def test_head_is_counted_as_head(reader: TestClient) -> None:
    reader.head("/healthz")
    assert 'wangge_http_requests_total{method="HEAD",route="/healthz",status="200"}' in reader.get("/metrics").text


def test_what_nobody_reads_of_a_head_is_not_made() -> None:
    made = itertools.count()

    async def endless(_: Request) -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                next(made)
                yield b"more"
                await asyncio.sleep(0)

        return StreamingResponse(pieces())

    client = TestClient(Heads(Starlette(routes=[Route("/", endless)])))
    assert (client.head("/").status_code, client.head("/").content) == (200, b"")
    assert next(made) < 20
