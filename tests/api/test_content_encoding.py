"""Answers in the coding that the reader likes best, each with its own validator: asked of a server made for it."""

import gzip
from collections.abc import AsyncIterator

import brotli
import httpx2
import pytest
import zstandard
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from wangge.api.plumbing.content_encoding import ContentEncoding, best_coding

TEXT = "网格 lamp " * 500
DECODE = {
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()

    @app.get("/text")
    async def text(request: Request) -> Response:
        headers = {"ETag": '"3"'}
        if '"3"' in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(TEXT, headers=headers, media_type="text/csv")

    @app.get("/seen")
    async def seen(request: Request) -> dict[str, str]:
        return {name: value for name, value in request.headers.items() if name.startswith("if-")}

    @app.get("/weak")
    async def weak() -> Response:
        return Response(TEXT, headers={"ETag": 'W/"3"'}, media_type="text/plain")

    @app.get("/small")
    async def small() -> Response:
        return Response("little", headers={"ETag": '"3"'}, media_type="text/plain")

    @app.get("/packed")
    async def packed() -> Response:
        return Response(gzip.compress(TEXT.encode()), headers={"Content-Encoding": "gzip"}, media_type="text/plain")

    @app.get("/archive")
    async def archive() -> Response:
        return Response(TEXT, media_type="application/zip")

    @app.get("/stream")
    async def stream() -> Response:
        async def parts() -> AsyncIterator[str]:
            for _ in range(50):
                yield TEXT[:100]

        return StreamingResponse(parts(), media_type="application/json")

    @app.get("/refused")
    async def refused() -> Response:
        return Response(TEXT, 422, media_type="application/problem+json")

    app.add_middleware(ContentEncoding)
    return TestClient(app)


def raw(client: TestClient, path: str, accepted: str, **headers: str) -> tuple[httpx2.Response, bytes]:
    """An answer, with its body as it came."""
    with client.stream("GET", path, headers={"Accept-Encoding": accepted} | headers) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, None),
        ("", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5, zstd;q=0.1", "gzip"),
        ("zstd;q=0.2, br;q=0.9, gzip;q=0.9", "br"),
        ("*", "zstd"),
        ("*;q=0.5, zstd;q=0", "br"),
        ("*, gzip;q=0.5", "zstd"),
        ("*;q=0", None),
        ("gzip;q=0", None),
        ("identity", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0, gzip;q=0.001", "gzip"),
        ("identity;q=0", None),
        ("deflate, compress", None),
        ("GZIP ; Q=0.3", "gzip"),
        ("br;q=much, gzip", "gzip"),
        ("br;q=2, gzip", "gzip"),
    ],
)
def test_the_coding_of_the_highest_weight_is_sent(client: TestClient, accepted: str | None, coding: str | None) -> None:
    assert best_coding(accepted) == coding
    answer, body = raw(client, "/text", accepted or "")
    assert answer.headers.get("content-encoding") == coding
    assert (DECODE[coding](body) if coding else body).decode() == TEXT
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("coding", DECODE)
def test_each_encoding_has_its_own_validator_and_one_answers_for_the_other(client: TestClient, coding: str) -> None:
    plain, _ = raw(client, "/text", "identity")
    packed, _ = raw(client, "/text", coding)
    assert plain.headers["etag"] == '"3"'
    assert packed.headers["etag"] == f'"3--{coding}"'
    for tag in (plain.headers["etag"], packed.headers["etag"]):
        again, body = raw(client, "/text", coding, **{"If-None-Match": f'"2", {tag}'})
        assert (again.status_code, again.headers["etag"], body) == (304, tag, b"")
    other, _ = raw(client, "/text", coding, **{"If-None-Match": '"2--gzip"'})
    assert other.status_code == 200


def test_conditions_reach_the_program_as_it_knows_them(client: TestClient) -> None:
    told = {"If-Match": '"3--zstd"', "If-None-Match": 'W/"3--br", "a--b"', "If-Range": '"3--gzip"'}
    seen = client.get("/seen", headers=told).json()
    assert seen == {"if-match": '"3"', "if-none-match": 'W/"3", "a--b"', "if-range": '"3--gzip"'}


def test_a_weak_validator_stays_as_it_is(client: TestClient) -> None:
    assert raw(client, "/weak", "gzip")[0].headers["etag"] == 'W/"3"'


def test_what_is_small_is_sent_as_it_is(client: TestClient) -> None:
    answer, body = raw(client, "/small", "gzip")
    assert (answer.headers.get("content-encoding"), answer.headers["etag"], body) == (None, '"3"', b"little")


@pytest.mark.parametrize("accepted", ["gzip", "zstd"])
def test_what_is_encoded_or_compressed_already_is_left_alone(client: TestClient, accepted: str) -> None:
    packed, body = raw(client, "/packed", accepted)
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(body).decode() == TEXT
    archive, body = raw(client, "/archive", accepted)
    assert "content-encoding" not in archive.headers
    assert body.decode() == TEXT


@pytest.mark.parametrize("coding", DECODE)
@pytest.mark.parametrize("path", ["/stream", "/refused"])
def test_streams_and_refusals_are_encoded_too(client: TestClient, path: str, coding: str) -> None:
    answer, body = raw(client, path, coding)
    assert answer.headers["content-encoding"] == coding
    assert "content-length" not in answer.headers or int(answer.headers["content-length"]) == len(body)
    assert DECODE[coding](body).decode() == (TEXT[:100] * 50 if path == "/stream" else TEXT)
