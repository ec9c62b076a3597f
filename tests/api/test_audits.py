"""Audits of closed cases: drawn, judged by people who do not see each other, and told beside the closure rate."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from tests.reports.histories import Histories
from wangge.access.roles import Role
from wangge.api.cli.audit import app as command
from wangge.geo.grid import Grid
from wangge.reports.figures.rebuilding import rebuild
from wangge.store.engine import Connection, connect

HERE = "/api/v1/territories/xinhua/audits"
Clients = Callable[..., TestClient]


@pytest.fixture(autouse=True)
def _here(database: str, english_terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def closed(connection: Connection, xinhua: Grid) -> list[tuple[int, Any]]:
    """Forty cases that were closed, in two streets and of two categories, one of them reopened; and five open ones."""
    histories = Histories(connection, xinhua, "lamp")
    far = next(at for at, leaf in enumerate(xinhua.leaves) if leaf.path[0] != xinhua.leaves[0].path[0])
    found = [
        histories.case(
            ("register", 1), ("dispatch", 1), ("report-back", 2), ("verify", 2), ("close", 3),
            leaf=far if n % 4 == 0 else 0, category="lamp" if n % 2 else "wiring",
        )
        for n in range(41)
    ]  # fmt: skip
    histories.add(found.pop(), ("reopen", 5))
    for _ in range(5):
        histories.case(("register", 1))
    rebuild(connection, mend=True)
    return found


def judged(client: TestClient, audit: int, number: str, verdict: str, **more: Any) -> int:
    body = {"verdict": verdict, "means": "evidence"} | more
    return client.post(f"{HERE}/{audit}/cases/{number}/judgements", json=body).status_code


def test_closed_cases_are_drawn_judged_and_told(closed: list[Any], client_as: Clients, connection: Connection) -> None:
    first, second = client_as(Role.AUDITOR), client_as(Role.AUDITOR)
    made = first.post(HERE, json={"size": 20, "seed": 7})
    assert made.status_code == 201, made.text
    audit = made.json()["audit"]
    assert (audit["cases"], audit["drawn"], audit["judged"], audit["seed"]) == (40, 20, 0, 7)
    assert made.json()["total"]["solved"]["value"] is None
    again = first.post(HERE, json={"size": 20, "seed": 7}).json()["audit"]
    cases = first.get(f"{HERE}/{audit['id']}/cases").json()["cases"]
    other = first.get(f"{HERE}/{again['id']}/cases").json()["cases"]
    assert [one["number"] for one in cases] == [one["number"] for one in other]  # the same seed
    assert made.headers["location"].endswith(f"/{audit['id']}")

    numbers = [one["number"] for one in cases]
    for n, number in enumerate(numbers):
        verdict = ("cannot-tell", "not-solved", "solved")[min(n, 2)]
        assert judged(first if n % 2 else second, audit["id"], number, verdict, note=f"note {n}") == 204
    assert judged(first, audit["id"], numbers[0], "solved") == 409  # it is the other's
    assert judged(second, audit["id"], numbers[0], "cannot-tell", means="on-the-spot") == 204  # they looked again
    told = first.get(f"{HERE}/{audit['id']}/cases")
    assert [bool(one["own"]) for one in told.json()["cases"]] == [n % 2 == 1 for n in range(20)]
    assert all(one["judged"] for one in told.json()["cases"])
    assert "note 2" not in told.text

    result = client_as(Role.CENTRE).get(f"{HERE}/{audit['id']}")
    total = result.json()["total"]
    assert "note" not in result.text
    assert (total["solved"]["judged"], total["solved"]["solved"]) == (19, 18)
    assert total["solved"]["low"] < total["solved"]["value"] < total["solved"]["high"]
    assert (total["closure"]["numerator"], total["closure"]["denominator"]) == (40, 46)
    assert total["not_fixed"]["value"] == 100  # the only reporter who said anything
    assert {one["code"] for one in result.json()["category"]} == {"lamp", "wiring"}
    assert sum(one["solved"]["judged"] for one in result.json()["cell"]) == 19

    shown = CliRunner().invoke(command, ["show", "xinhua", str(audit["id"])], catch_exceptions=False)
    assert f"{total['solved']['value']:.1f}%" in shown.output
    record = CliRunner().invoke(command, ["record", "xinhua", str(audit["id"])], catch_exceptions=False)
    assert len(record.output.splitlines()) == 21  # what was thought again stays
    with pytest.raises(Exception, match="kept"):
        connection.execute("UPDATE audit_judgement SET verdict = 'solved'")


def test_an_audit_of_old_is_drawn_again_by_its_moment_and_seed(
    closed: list[Any], client_as: Clients, connection: Connection, xinhua: Grid
) -> None:
    arguments = ["draw", "xinhua", "--seed", "11", "--size", "12", "--by", "category", "--as-of", "2026-03-05"]
    assert CliRunner().invoke(command, arguments, catch_exceptions=False).exit_code == 0
    Histories(connection, xinhua, "lamp").add(closed[0], ("reopen", 9))
    rebuild(connection, mend=True)
    assert CliRunner().invoke(command, arguments, catch_exceptions=False).exit_code == 0
    auditor = client_as(Role.AUDITOR)
    last, before = (one["id"] for one in auditor.get(HERE).json()["audits"][:2])
    drawn = [[one["number"] for one in auditor.get(f"{HERE}/{id_}/cases").json()["cases"]] for id_ in (last, before)]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 12


def test_what_cannot_be_drawn_or_judged_is_told(closed: list[Any], client_as: Clients) -> None:
    auditor = client_as(Role.AUDITOR)
    assert auditor.post(HERE, json={"from": "2027-01-01T00:00:00Z"}).status_code == 409
    assert auditor.post(HERE, json={"level": "planet"}).status_code == 404
    for body in ({"size": 0}, {"size": True}, {"seed": 2**53}, {"by": ["officer"]}, {"by": ["cell"] * 4}, {"x": 1}):
        assert auditor.post(HERE, json=body).status_code == 422, body
    assert auditor.get(f"{HERE}/999").status_code == 404
    audit = auditor.post(HERE, json={"size": 5, "by": []}).json()["audit"]["id"]
    assert judged(auditor, audit, "202601-000123-7", "solved") == 404
    assert judged(auditor, audit, "nonsense", "solved") == 404
    assert auditor.get("/api/v1/territories/washington/audits").status_code == 403
