"""Findings about the history of cases, and the cases behind them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.reports.histories import Histories
from wangge.access.roles import Role
from wangge.geo.grid import Grid
from wangge.reports.case.facts import Fact, bits
from wangge.reports.number import format_number
from wangge.store.engine import Connection, connect

HERE = "/api/v1/territories/xinhua/integrity"
MINUTE = 1 / 1440
CLOSED = bits(Fact.RECEIVED, Fact.CLOSED)


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
    histories.case(*closed(3, 9.0, photos=["photo-1"]))  # a photo is evidence
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


PHOTO = """
INSERT INTO photo (id, territory_code, owner, report_id, report_received_at, version, position, width, height,
                   likeness, digest, stored_at, taken_at)
VALUES (gen_random_uuid(), 'xinhua', '', %s, %s, %s, 1, 9, 9, %s, decode(md5(random()::text), 'hex'), now(), %s)
"""


def test_closings_are_ranked_by_how_odd_they_are(
    histories: Histories, client: TestClient, client_as: Callable[..., TestClient], connection: Connection, xinhua: Grid
) -> None:
    far = next(at for at, leaf in enumerate(xinhua.leaves) if leaf.path[0] != xinhua.leaves[0].path[0])
    alike = 0x0F0F_1234_5678_9ABC
    ids = [histories.case(*closed(3, 9.0, photos=["x"])) for _ in range(8)]
    histories.case(("register", 1))
    for n, case in enumerate(ids[:7]):
        connection.execute(PHOTO, (*case, 4, alike if n < 2 else n * 0x0101_2345_6789_ABC1, None))
    connection.execute("UPDATE photo SET taken_at = '2026-01-01' WHERE report_id = %s", (ids[0][0],))
    connection.execute("UPDATE report_facts SET facts = %s WHERE id = ANY (%s)", (CLOSED, [id_ for id_, _ in ids]))
    answer = client.get(f"{HERE}/closings", headers={"Accept-Language": "zh"}).json()
    assert (answer["compared"], answer["odd"]) == (8, 2)
    first, second = answer["cases"]
    assert first["number"] == format_number(ids[0][1], ids[0][0])
    assert [why["reason"] for why in first["reasons"]] == ["same-photo", "photo-before"]
    assert first["reasons"][0]["case"] == second["number"]
    assert "上报之前 59 天" in first["reasons"][1]["title"]
    assert first["score"] == pytest.approx(5 * 6 / 8 + 4 * 7 / 8, abs=0.02)
    assert "test" not in str(answer["cases"])  # nobody is named
    assert client.get(f"{HERE}/closings", params={"from": "2026-04-01"}).json()["compared"] == 0
    english = client.get(f"{HERE}/closings?limit=1", headers={"Accept-Language": "en"}).json()
    assert len(english["cases"]) == 1
    assert english["cases"][0]["reasons"][0]["title"] == "its photo is that of another case"
    assert client.get(f"{HERE}/closings?limit=501").status_code == 422
    desk = client_as(Role.STREET_DESK, level="street", code=xinhua.leaves[far].path[0])
    assert desk.get(f"{HERE}/closings").json()["compared"] == 0


def test_integrity_is_not_for_everybody(anonymous: TestClient) -> None:
    assert anonymous.get(HERE).status_code == 401
    assert anonymous.get(f"{HERE}/closed-in-bulk/cases").status_code == 401
