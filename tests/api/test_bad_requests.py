"""Bad input gets a clear problem in the reader's language, and nothing is stored."""

import json
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from fastapi.testclient import TestClient

from wangge.api.schemas.forms import FORMS
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
GOOD = {"lon": 116.87, "lat": 38.32, "category": "wiring"}


def problem_of(answer: Any, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"/problems/{kind}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert "Traceback" not in answer.text
    return problem


def stored(reader: TestClient) -> int:
    return len(reader.get(f"{HERE}/reports").json()["reports"])


def test_malformed_json(reader: TestClient) -> None:
    answer = reader.post(f"{HERE}/reports", content=b'{"lon": 116.9, ', headers={"Content-Type": "application/json"})
    assert "JSON" in problem_of(answer, 400, "bad-request")["detail"]


@pytest.mark.parametrize(
    ("changed", "field", "kind"),
    [
        ({"lon": float("nan")}, "lon", "finite_number"),
        ({"lat": float("inf")}, "lat", "finite_number"),
        ({"lon": 38.32, "lat": 116.87}, "lat", "swapped"),
        ({"lon": 200}, "lon", "less_than_equal"),
        ({"lat": "north"}, "lat", "float_parsing"),
        ({"lon": None}, "lon", "float_type"),
        ({"accuracy": 0}, "accuracy", "greater_than"),
        ({"accuracy": -3}, "accuracy", "greater_than"),
        ({"datum": "tokyo"}, "datum", "enum"),
        ({"occurred_at": "yesterday"}, "occurred_at", "datetime_from_date_parsing"),
        ({"occurred_at": "2026-01-01T08:00:00"}, "occurred_at", "timezone_aware"),
        ({"occurred_at": "2999-01-01T08:00:00Z"}, "occurred_at", "datetime_future"),
        ({"occurred_at": "1970-01-01T00:00:00Z"}, "occurred_at", "datetime_early"),
        ({"description": "a\x00b"}, "description", "string_nul"),
        ({"description": "x" * 5000}, "description", "string_too_long"),
        ({"contact": {"phone": "call me"}}, "contact.phone", "phone"),
        ({"colour": "red"}, "colour", "extra_forbidden"),
    ],
)
def test_each_wrong_field_is_named(reader: TestClient, changed: dict[str, Any], field: str, kind: str) -> None:
    body = json.dumps(GOOD | changed)
    for language in ("en", "zh"):
        headers = {"Content-Type": "application/json", "Accept-Language": language}
        answer = reader.post(f"{HERE}/reports", content=body, headers=headers)
        problem = problem_of(answer, 422, "bad-field")
        assert answer.headers["content-language"] == language
        (error,) = problem["errors"]
        assert (error["field"], error["kind"]) == (field, kind)
        assert error["message"].isascii() == (language == "en") or "−" in error["message"]
    assert stored(reader) == 0


def test_what_is_missing_is_named(reader: TestClient) -> None:
    problem = problem_of(reader.post(f"{HERE}/reports", json={}), 422, "bad-field")
    assert {error["field"] for error in problem["errors"]} == {"lon", "lat", "category"}
    assert "3" in problem["detail"]


def test_an_unknown_category_is_refused_with_the_known_ones(reader: TestClient) -> None:
    answer = reader.post(f"{HERE}/reports", json=GOOD | {"category": "dragons"})
    problem = problem_of(answer, 422, "unknown-category")
    assert "dragons" in problem["detail"]
    assert "wiring" in problem["known"]
    assert stored(reader) == 0


@pytest.mark.parametrize(
    "path",
    ["", "/locate?lon=1&lat=1", "/cells", "/categories", "/reports", "/reports/202601-000123-7", "/cells/grid/1"],
)
def test_an_unknown_territory_is_not_found(reader: TestClient, path: str) -> None:
    problem = problem_of(reader.get(f"/api/v1/territories/atlantis{path}"), 404, "unknown-territory")
    assert problem["known"] == ["washington", "xinhua"]


def test_a_body_of_10_mb_is_too_large(reader: TestClient) -> None:
    problem_of(reader.post(f"{HERE}/reports", json=GOOD | {"description": "x" * 10_000_000}), 413, "too-large")
    pieces = (b"x" * 100_000 for _ in range(100))  # no Content-Length: counted while it comes in
    problem_of(reader.post(f"{HERE}/reports", content=pieces), 413, "too-large")
    assert stored(reader) == 0


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/reports?bbox=1,2,3", "bbox"),
        ("/reports?bbox=a,b,c,d", "bbox"),
        ("/reports?bbox=117,39,116,38", "bbox"),
        ("/reports?from=tomorrowish", "from"),
        ("/reports?to=2026-13-01", "to"),
        ("/reports?limit=0", "limit"),
        ("/reports?limit=5000", "limit"),
        ("/reports?cursor=nonsense", "cursor"),
        ("/reports?state=lost", "state"),
        ("/locate?lon=116.9", "lat"),
        ("/locate?lon=nan&lat=38.3", "lon"),
        ("/locate?lon=38.3&lat=116.9", "lat"),
        ("/cells?bbox=1", "bbox"),
    ],
)
def test_wrong_parameters_are_named(reader: TestClient, path: str, field: str) -> None:
    problem = problem_of(reader.get(f"{HERE}{path}"), 422, "bad-field")
    assert [error["field"] for error in problem["errors"]] == [field]


def test_unknown_cells_and_levels(reader: TestClient) -> None:
    assert problem_of(reader.get(f"{HERE}/cells?level=planet"), 404, "unknown-level")["known"] == [
        "street",
        "community",
        "grid",
    ]
    problem_of(reader.get(f"{HERE}/cells/street/999"), 404, "unknown-cell")


def test_what_is_not_there_and_what_is_not_allowed(reader: TestClient) -> None:
    problem_of(reader.get("/api/v2/everything"), 404, "not-found")
    problem_of(reader.delete(f"{HERE}/reports"), 405, "method-not-allowed")


def test_the_language_is_negotiated(reader: TestClient) -> None:
    for header, language in [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr", "en"),
        ("de;q=x, zh-Hant", "zh"),
        ("", "en"),
    ]:
        answer = reader.get(f"{HERE}/cells/street/999", headers={"Accept-Language": header})
        assert answer.headers["content-language"] == language
        assert answer.json()["detail"].isascii() == (language == "en")


class TestBatch:
    URL = f"{HERE}/reports:batch"
    NDJSON: ClassVar = {"Content-Type": "application/x-ndjson"}

    def test_each_record_is_answered_by_itself(self, client: TestClient) -> None:
        lines = [
            json.dumps(GOOD),
            "{broken",
            json.dumps(GOOD | {"lon": 100}),
            json.dumps(GOOD | {"category": "dragons"}),
            json.dumps({"lat": 38.3}),
            json.dumps(GOOD | {"external_id": "a"}),
            json.dumps(GOOD | {"external_id": "a"}),
            "[1, 2]",
        ]
        answer = client.post(self.URL, content="\n".join(lines), headers=self.NDJSON)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert [entry["status"] for entry in body["results"]] == [201, 400, 422, 422, 422, 201, 200, 422]
        assert (body["stored"], body["known"], body["refused"]) == (2, 1, 5)
        assert body["results"][2]["problem"]["type"] == "/problems/outside-grid"
        assert body["results"][5]["number"] == body["results"][6]["number"]
        assert stored(client) == 2

    def test_a_batch_with_ids_may_be_sent_again(self, client: TestClient) -> None:
        lines = "\n".join(json.dumps(GOOD | {"external_id": str(i)}) for i in range(50))
        first = client.post(self.URL, content=lines, headers=self.NDJSON).json()
        again = client.post(self.URL, content=lines, headers=self.NDJSON).json()
        assert (first["stored"], again["stored"], again["known"]) == (50, 0, 50)
        assert [e["number"] for e in first["results"]] == [e["number"] for e in again["results"]]

    def test_a_feature_collection(self, client: TestClient) -> None:
        feature = {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [116.87, 38.32]},
            "properties": {"category": "lamp", "description": "路灯不亮"},
        }
        nowhere = feature | {"geometry": None}
        collection = {"type": "FeatureCollection", "features": [feature, nowhere]}
        body = client.post(self.URL, json=collection).json()
        assert [entry["status"] for entry in body["results"]] == [201, 422]
        read = client.get(f"{HERE}/reports/{body['results'][0]['number']}").json()
        assert (read["category"], read["description"]) == ("lamp", "路灯不亮")

    def test_agrees_with_the_single_way(self, client: TestClient) -> None:
        body = GOOD | {"accuracy": 150, "datum": "gcj02", "lon": 116.9, "lat": 38.31}
        one = client.post(f"{HERE}/reports", json=body).json()
        number = client.post(self.URL, content=json.dumps(body), headers=self.NDJSON).json()["results"][0]["number"]
        other = client.get(f"{HERE}/reports/{number}").json()
        for key in ("cell", "ancestors", "edition", "on_edge", "ambiguous", "lon", "lat", "raw", "accuracy", "state"):
            assert one[key] == other[key], key

    def test_wrong_bodies(self, client: TestClient, settings: Settings) -> None:
        problem_of(
            client.post(self.URL, content="a,b", headers={"Content-Type": "text/csv"}), 415, "unsupported-media-type"
        )
        problem_of(client.post(self.URL, content="{", headers={"Content-Type": "application/json"}), 400, "bad-request")
        problem_of(client.post(self.URL, json=[1]), 422, "bad-field")
        problem_of(client.post(self.URL, content=b"{}\n" * 10_001, headers=self.NDJSON), 422, "bad-field")
        problem_of(
            client.post(self.URL, content=b"x" * (settings.max_batch_body + 1), headers=self.NDJSON), 413, "too-large"
        )
        empty = client.post(self.URL, content=b"\n\n", headers=self.NDJSON).json()
        assert empty == {"stored": 0, "known": 0, "refused": 0, "results": []}


class TestLocate:
    def test_one_point(self, reader: TestClient) -> None:
        found = reader.get(f"{HERE}/locate?lon=116.87&lat=38.32&accuracy=400").json()
        assert found["cell"]["level"] == "grid"
        assert [cell["level"] for cell in found["ancestors"]] == ["street", "community"]
        assert found["ambiguous"] is True
        assert found["candidates"][0]["share"] >= found["candidates"][-1]["share"] > 0
        assert sum(c["share"] for c in found["candidates"]) <= 1.001
        assert found["nearest"] is None

    def test_outside_is_an_answer(self, reader: TestClient) -> None:
        found = reader.get(f"{HERE}/locate?lon=116.0&lat=38.3").json()
        assert (found["cell"], found["ancestors"]) == (None, [])
        assert found["nearest"]["distance_m"] > 50_000

    def test_many_points(self, reader: TestClient) -> None:
        points = [(116.87, 38.32), (0, 0), (116.9, 38.3)]
        body = reader.post(f"{HERE}/locate", json={"points": points}).json()
        singles = [reader.get(f"{HERE}/locate?lon={x}&lat={y}").json() for x, y in points]
        assert [entry["cell"] for entry in body["results"]] == [
            s["cell"]["code"] if s["cell"] else None for s in singles
        ]
        assert len(body["results"][0]["path"]) == 3
        assert reader.post(f"{HERE}/locate", json={"points": []}).json()["results"] == []

    def test_wrong_points(self, reader: TestClient) -> None:
        problem = problem_of(reader.post(f"{HERE}/locate", json={"points": [[1, 2], [3]]}), 422, "bad-field")
        assert problem["errors"][0]["field"].startswith("points.1")
        problem_of(reader.post(f"{HERE}/locate", json={"points": [[0, 0]] * 100_001}), 422, "bad-field")


class TestWhatCannotBeRead:
    """Bodies that any reader would have to guess about."""

    URL = f"{HERE}/reports:batch"

    @pytest.mark.parametrize(
        "headers",
        [
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
            {"Content-Type": "application/json", "Content-Encoding": "br"},
            {"Content-Type": "application/json; charset=gb18030"},
            {"Content-Type": 'application/geo+json; profile=x; charset="UTF-16"'},
        ],
    )
    def test_another_charset_or_compression(self, reader: TestClient, headers: dict[str, str]) -> None:
        for path in (f"{HERE}/reports", self.URL, f"{HERE}/locate"):
            answer = reader.post(path, content=b"{}", headers=headers)
            problem_of(answer, 415, "unsupported-encoding")
            assert answer.headers["accept-encoding"] == "identity"

    def test_utf8_by_its_name_is_read(self, reader: TestClient) -> None:
        for charset in ("utf-8", "UTF8", '"utf-8"'):
            headers = {"Content-Type": f"application/json; charset={charset}", "Content-Encoding": "identity"}
            assert reader.post(f"{HERE}/locate", content=b'{"points": []}', headers=headers).status_code == 200

    def test_a_key_that_stands_twice(self, reader: TestClient) -> None:
        body = '{"lon": 116.87, "lat": 38.32, "category": "lamp", "category": "road"}'
        headers = {"Content-Type": "application/json"}
        problem = problem_of(reader.post(f"{HERE}/reports", content=body, headers=headers), 422, "bad-field")
        assert [(error["field"], error["kind"]) for error in problem["errors"]] == [("category", "repeated_key")]
        lines = reader.post(self.URL, content=f"{body}\n", headers={"Content-Type": "application/x-ndjson"}).json()
        assert "category" in lines["results"][0]["problem"]["detail"]
        assert stored(reader) == 0

    def test_half_a_character(self, reader: TestClient) -> None:
        body = '{"lon": 116.87, "lat": 38.32, "category": "lamp", "description": "\\ud800"}'
        headers = {"Content-Type": "application/json", "Accept-Language": "zh"}
        problem = problem_of(reader.post(f"{HERE}/reports", content=body, headers=headers), 422, "bad-field")
        assert not problem["errors"][0]["message"].isascii()

    def test_no_regular_expression_is_shown(self, reader: TestClient) -> None:
        contact = GOOD | {"contact": {"phone": "call me", "email": "nobody"}, "category": "a\0"}
        problem = problem_of(reader.post(f"{HERE}/reports", json=contact), 422, "bad-field")
        assert {error["kind"] for error in problem["errors"]} == {"phone", "email", "string_nul"}
        assert "^" not in str(problem)

    def test_every_form_has_its_words(self, reader: TestClient) -> None:
        def patterns(document: object) -> Iterator[str]:
            if isinstance(document, dict):
                found = document.get("pattern")
                yield from [found] if isinstance(found, str) else []
            for inner in document.values() if isinstance(document, dict) else document:  # type: ignore[attr-defined]
                if isinstance(inner, dict | list):
                    yield from patterns(inner)

        assert set(patterns(reader.get("/openapi.json").json())) <= FORMS.keys()

    def test_many_points_whose_lon_and_lat_are_exchanged(self, reader: TestClient) -> None:
        answer = reader.post(f"{HERE}/locate", json={"points": [[116.87, 38.3], [38.3, 116.87]]})
        (error,) = problem_of(answer, 422, "bad-field")["errors"]
        assert (error["field"], error["kind"]) == ("points.1.1", "swapped")


def test_a_collection_in_another_crs_is_brought_to_degrees(client: TestClient) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    point = {"type": "Point", "coordinates": [13010042.472398832, 4624219.448393887]}
    feature = {"type": "Feature", "geometry": point, "properties": {"category": "lamp"}}
    body = {"type": "FeatureCollection", "crs": crs, "features": [feature]}
    assert client.post(f"{HERE}/reports:batch", json=body).json()["stored"] == 1
    strange = body | {"crs": {"type": "link", "properties": {"href": "x"}}}
    problem = problem_of(client.post(f"{HERE}/reports:batch", json=strange), 422, "bad-field")
    assert problem["errors"][0]["kind"] == "crs"
    own = body | {"crs": None, "features": [feature | {"crs": crs}]}
    assert client.post(f"{HERE}/reports:batch", json=own).json()["refused"] == 1
