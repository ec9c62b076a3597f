"""Findings about the history of cases, and the cases behind them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.reports.histories import Histories
from wangge.access.roles import Role
from wangge.geo.grid import Grid
from wangge.store.engine import Connection, connect

HERE = "/api/v1/territories/xinhua/integrity"
MINUTE = 1 / 1440


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def histories(connection: Connection, xinhua: Grid) -> Histories:
    return Histories(connection, xinhua, "lamp")


def closed(days: float, due: float, **evidence: Any) -> list[tuple[Any, ...]]:
    return [
        ("dispatch", 0.1, {"step": "handle", "due_at": due}),
        ("report-back", days, {"in_time": True, "step": "close", "due_at": due} | evidence),
        ("close", days, {}),
    ]


def found(client: TestClient, **query: Any) -> dict[str, int]:
    return {one["check"]: one["cases"] for one in client.get(HERE, params=query).json()["checks"]}


def test_each_check_finds_its_pattern_and_nothing_else(histories: Histories, client: TestClient) -> None:
    shown = {"evidence": ["photo-1"]}
    histories.case(*closed(3, 9.0, **shown))
    nothing = dict.fromkeys(found(client), 0)
    assert found(client) == nothing
    histories.case(*closed(3, 9.0))
    assert found(client) == nothing | {"closed-without-evidence": 1}
    histories.case(*closed(3, 9.0, **shown), ("reopen", 5, {}))
    histories.case(*closed(3, 9.0, **shown), ("reopen", 40, {}))  # too long after
    assert found(client) == nothing | {"closed-without-evidence": 1, "closed-then-reopened": 1}
    late = {"step": "handle", "due_at": 9.0, "extended_to": 9.0}
    histories.case(("dispatch", 1, {"step": "handle", "due_at": 4.0}), ("grant-extension", 3, late))
    histories.case(("dispatch", 1, {"step": "handle", "due_at": 4.0}), ("grant-extension", 5, late))
    assert found(client)["deadline-moved-late"] == 1
    for minute in range(4):
        histories.case(*closed(8 - minute * MINUTE, 8.02, **shown))
    assert found(client)["closed-in-bulk"] == 0
    histories.case(*closed(8.002, 8.02, **shown))
    histories.case(*closed(8.002, 9.5, **shown))  # far from its limit
    assert found(client)["closed-in-bulk"] == 5


def test_a_finding_opens_into_its_cases(
    histories: Histories, client: TestClient, client_as: Callable[..., TestClient], xinhua: Grid
) -> None:
    far = next(at for at, leaf in enumerate(xinhua.leaves) if leaf.path[0] != xinhua.leaves[0].path[0])
    for leaf in (0, 0, 0, far):
        histories.case(*closed(3, 9.0), leaf=leaf)
    link = next(one for one in client.get(HERE).json()["checks"] if one["cases"] == 4)["links"][0]["href"] + "?limit=3"
    first = client.get(link).json()
    second = client.get(first["links"][0]["href"]).json()
    assert (len(first["cases"]), len(second["cases"]), second["links"]) == (3, 1, [])
    assert first["cases"][0]["actor"] == "test"
    assert client.get(first["cases"][0]["links"][0]["href"]).status_code == 200
    street = client_as(Role.STREET_DESK, level="street", code=xinhua.leaves[far].path[0])
    assert found(street)["closed-without-evidence"] == 1


def test_integrity_is_not_for_everybody(anonymous: TestClient) -> None:
    assert anonymous.get(HERE).status_code == 401
    assert anonymous.get(f"{HERE}/closed-in-bulk/cases").status_code == 401
