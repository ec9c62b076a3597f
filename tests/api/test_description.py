"""The OpenAPI description tells what each route takes, may refuse and leads to; what it forbids is refused."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from openapi_spec_validator import validate

from wangge.api.app import create_app
from wangge.api.plumbing.problems import STATUS
from wangge.data import messages
from wangge.data.languages import LANGUAGES, Language
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return create_app(Settings()).openapi()


@pytest.fixture(scope="module")
def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation by its id, with its path and method."""
    found = [
        operation | {"path": path, "method": method}
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    assert len({operation["operationId"] for operation in found}) == len(found)
    return {operation["operationId"]: operation for operation in found}


def test_each_operation_has_a_described_tag_and_says_what_it_does(
    description: dict[str, Any], operations: dict[str, dict[str, Any]]
) -> None:
    tags = {tag["name"]: tag["description"] for tag in description["tags"]}
    assert {tag for operation in operations.values() for tag in operation["tags"]} == set(tags)
    assert all(tags.values())
    for name, operation in operations.items():
        assert operation["summary"], name
        assert operation.get("description"), name


def test_generators_of_clients_find_a_plain_name_and_a_form_for_everything(
    description: dict[str, Any], operations: dict[str, dict[str, Any]]
) -> None:
    assert [name for name in description["components"]["schemas"] if "__" in name] == []
    titles = [schema.get("title", name) for name, schema in description["components"]["schemas"].items()]
    assert len(set(titles)) == len(titles)
    for name, operation in operations.items():
        for answer in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media, content in answer.get("content", {}).items():
                assert content["schema"], f"{name} tells nothing of its {media}"


def test_each_problem_has_its_status_and_wording(description: dict[str, Any]) -> None:
    for name, response in description["components"]["responses"].items():
        schema = response["content"]["application/problem+json"]["schema"]
        for kind in schema["allOf"][1]["properties"]["type"]["enum"]:
            kind = kind.removeprefix("/problems/")
            assert STATUS[kind] == int(name[:3])
            assert messages.text(kind, {}, "zh")[0] != kind


def test_refusals_come_from_the_route_and_from_what_it_depends_on(operations: dict[str, dict[str, Any]]) -> None:
    def refusals(name: str) -> set[str]:
        responses = operations[name]["responses"].items()
        return {status for status, answer in responses if answer.get("$ref", "").startswith("#/components/responses/")}

    assert refusals("create_move") == {
        "400",
        "401",
        "403",
        "404",
        "408",
        "409",
        "412",
        "413",
        "415",
        "422",
        "428",
        "503",
        "507",
    }
    assert refusals("get_report") == {"400", "401", "403", "404", "422", "503", "507"}
    assert refusals("create_report") == {
        "400",
        "401",
        "403",
        "404",
        "408",
        "409",
        "413",
        "415",
        "422",
        "429",
        "503",
        "507",
    }
    assert refusals("healthz") == {"400"}
    conflict = operations["create_move"]["responses"]["409"]["$ref"]
    assert conflict == "#/components/responses/409-move-refused"


def test_who_may_ask_is_told(operations: dict[str, dict[str, Any]]) -> None:
    assert operations["list_reports"]["security"] == [{"token": []}, {"session": []}]
    assert operations["create_report"]["security"] == [{"token": []}, {"session": [], "csrf": []}, {}]
    assert operations["healthz"]["security"] == []


def test_links_lead_to_what_there_is(operations: dict[str, dict[str, Any]]) -> None:
    links = [link for one in operations.values() for answer in one["responses"].values() for link in _links(answer)]
    assert len(links) > 15
    for link in links:
        taken = {parameter["name"] for parameter in operations[link["operationId"]]["parameters"]}
        assert set(link["parameters"]) <= taken, link


def _links(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return list(answer.get("links", {}).values())


def test_it_is_openapi(description: dict[str, Any]) -> None:
    validate(description)


def test_what_linters_ask_for_is_there(description: dict[str, Any], operations: dict[str, dict[str, Any]]) -> None:
    assert description["servers"] == [{"url": "/"}]
    assert description["info"].keys() >= {"title", "summary", "description", "version", "contact", "license"}
    for name, operation in operations.items():
        assert "security" in operation, name
        assert [status for status in operation["responses"] if status.startswith("4")], name
    for schema in _objects(description):
        assert not any(isinstance(schema.get(limit), int | float) for limit in ("ge", "gt", "le", "lt")), schema
        if schema.get("type") == "array":
            assert schema.get("items") is not None, schema
        if isinstance(schema.get("default"), str) and "minLength" in schema:
            assert len(schema["default"]) >= schema["minLength"], schema


def _objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _objects(inner)


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_are_in_the_language_that_is_asked_for(
    reader: TestClient, operations: dict[str, dict[str, Any]], language: Language
) -> None:
    answer = reader.get("/openapi.json", headers={"Accept-Language": language})
    told = answer.json()
    summaries = {one["operationId"]: one["summary"] for path in told["paths"].values() for one in path.values()}
    assert summaries == {name: messages.word("operations", name, language) for name in operations}
    assert [name for name, summary in summaries.items() if name == summary] == []
    for text in (*summaries.values(), *(tag["description"] for tag in told["tags"])):
        assert any(letter >= "\u4e00" for letter in text) == (language == "zh"), text
    assert answer.headers["content-language"] == language
    again = reader.get("/openapi.json", headers={"Accept-Language": language, "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_what_a_path_takes_is_said_with_405(reader: TestClient) -> None:
    assert reader.put(f"{HERE}/reports").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert reader.post(f"{HERE}/bundle").headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "given", [0, 1e9, "0", "1767225600.5", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_time_is_text_and_in_the_range_of_years(reader: TestClient, given: Any) -> None:
    body = {"held_at": given, "place": "Hall", "topic": "Cables"}
    answer = reader.post(f"{HERE}/meetings", json=body)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["held_at"]


@pytest.mark.parametrize("day", ["0", "1767225600", "20260101"])
def test_a_day_is_text(reader: TestClient, day: str) -> None:
    assert reader.put(f"{HERE}/calendar/{day}", json={"work": True}).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/xinhua/heat/99999999999999999999999/0/0.mvt",
        "/tiles/xinhua/cells/99999999999999999999999/0/0/0.mvt",
        *(f"{HERE}/{path}" for path in ("reports?cell=a%00", "reports?category=a%00", "cells?parent=a%00")),
        *(f"{HERE}/{path}" for path in ("cells/grid/a%00", "desks?level=a%00", "officers/a%00", "organisations/a%00")),
    ],
)
def test_what_the_database_cannot_hold_is_refused(reader: TestClient, path: str) -> None:
    assert reader.get(path).status_code == 422


def test_half_a_surrogate_pair_is_refused(reader: TestClient) -> None:
    for body in ({"\ud800": 1}, {"name": {"en": "\ud800"}}, {"name": {"\ud800": "a"}}, {"name": {"en": "\0"}}):
        sent = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        answer = reader.put(f"{HERE}/indicators/definitions/own", content=sent, headers=headers)
        assert answer.status_code == 422, answer.text


def test_what_was_made_is_found_where_it_is_said_to_be(client: TestClient) -> None:
    body = {"code": "自来水", "name": {"zh": "自来水公司"}, "type": "company"}
    made = client.post(f"{HERE}/organisations", json=body)
    assert made.headers["location"] == f"{HERE}/organisations/{quote('自来水')}"
    assert client.get(made.headers["location"]).json()["code"] == "自来水"
