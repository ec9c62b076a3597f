"""Query parameters that a route does not declare are refused with 400 and the nearest name, whatever the route."""

from functools import cache
from typing import Any

import pytest
from fastapi.testclient import TestClient

from wangge.api.app import create_app
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
VALUES = {"edition": "1", "level": "street", "code": "130902001", "z": "9", "x": "1", "y": "1", "desk": "1"}


def refused(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 400, answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == "/problems/bad-query"
    return problem


@cache
def operations() -> list[tuple[str, str]]:
    paths = create_app(Settings()).openapi()["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods]


@pytest.mark.parametrize(("method", "path"), operations())
def test_no_route_passes_over_a_parameter_that_it_does_not_know(reader: TestClient, method: str, path: str) -> None:
    address = path.format_map({"territory": "xinhua"} | VALUES | dict.fromkeys(_names(path) - VALUES.keys(), "1"))
    address = address.replace("/territories/1", "/territories/xinhua")
    answer = reader.request(method, f"{address}?zzzz=1", follow_redirects=False)
    if path == "/api/v1/oidc/callback":  # whatever a provider adds
        assert answer.json()["type"] != "/problems/bad-query"
        return
    (error,) = refused(answer)["errors"]
    assert (error["field"], error["kind"]) == ("zzzz", "parameter")


def _names(path: str) -> set[str]:
    return {part[1:-1] for part in path.replace(".", "/").split("/") if part.startswith("{")} - {"territory"}


@pytest.mark.parametrize(
    ("query", "field", "near"),
    [
        ("categry=lamp", "categry", "category"),
        ("Limit=1", "Limit", "limit"),
        ("bbox[]=1,2,3,4", "bbox[]", "bbox"),
        ("states=new", "states", "state"),
        ("curser=x&limit=1", "curser", "cursor"),
        ("opened", "opened", "open"),
    ],
)
def test_the_nearest_name_is_told(reader: TestClient, query: str, field: str, near: str) -> None:
    for language in ("en", "zh"):
        problem = refused(reader.get(f"{HERE}/reports?{query}", headers={"Accept-Language": language}))
        (error,) = problem["errors"]
        assert (error["field"], error["kind"]) == (field, "parameter_near")
        assert near in error["message"]
        assert near in problem["known"]
        assert near in problem["detail"]
        assert error["message"].isascii() == (language == "en")


def test_a_filter_that_is_not_there_does_not_give_everything(reader: TestClient) -> None:
    problem = refused(reader.get(f"{HERE}/public-cases?overdue=true"))
    assert [error["kind"] for error in problem["errors"]] == ["parameter"]
    assert problem["known"] == ["bbox", "category", "limit"]


@pytest.mark.parametrize("query", ["limit=1&limit=2", "bbox=1,2,3,4&bbox=1,2,3,4", "limit=5&state=new&limit"])
def test_one_value_is_not_given_twice(reader: TestClient, query: str) -> None:
    (error,) = refused(reader.get(f"{HERE}/reports?{query}"))["errors"]
    assert (error["field"], error["kind"]) == (query.partition("=")[0], "parameter_twice")


def test_what_may_be_repeated_is(reader: TestClient) -> None:
    assert reader.get(f"{HERE}/indicators?by=cell&by=month&indicator=received&indicator=closed").status_code == 200
    assert reader.get(f"{HERE}/desks/centre/queue?state=filed&state=dispatched").status_code in {200, 422}


def test_whoever_sends_thousands_is_told_of_some(reader: TestClient) -> None:
    names = "&".join(f"{'limi' * 20}{i}=" for i in range(500))
    problem = refused(reader.get(f"{HERE}/reports?{names}"))
    assert len(problem["errors"]) == 10
    assert max(len(error["field"]) for error in problem["errors"]) <= 64


@pytest.mark.parametrize("query", ["%00=1", "%ff%fe", "%ed%a0%80=1", "=1", "<script>=1"])
def test_any_bytes_make_a_name_that_is_refused(reader: TestClient, query: str) -> None:
    refused(reader.get(f"{HERE}/reports?{query}"))


def test_it_is_refused_before_anybody_is_asked_who_they_are(anonymous: TestClient) -> None:
    refused(anonymous.get(f"{HERE}/reports?colour=red"))
    assert anonymous.get(f"{HERE}/reports").status_code == 401
