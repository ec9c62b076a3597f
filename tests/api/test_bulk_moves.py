"""Many moves in one request: each is answered as if it had been sent alone, and none touches another."""

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from tests.api.test_moves import file, move
from wangge.geo.grid import Grid
from wangge.store.engine import connect

HERE = "/api/v1/territories/xinhua"


def bulk(client: TestClient, moves: list[Any], language: str = "en") -> list[dict[str, Any]]:
    answer = client.post(f"{HERE}/reports/moves", json={"moves": moves}, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def test_each_is_answered_by_itself_and_in_order(client: TestClient, database: str) -> None:
    first, second, third = (file(client)["number"] for _ in range(3))
    asked = [
        {"number": first, "version": 1, "move": "register"},
        {"number": second, "version": 7, "move": "register"},
        {"number": "202601-000123-7", "version": 1, "move": "register"},
        {"number": third, "version": 1, "move": "dance"},
        {"number": third, "version": 1, "move": "close"},
        {"number": third, "move": "register"},
        {"number": third, "version": True, "move": "register"},
        {"number": third, "version": 1, "move": "register", "colour": "red"},
        {"version": 1, "move": "register"},
        "register",
        None,
        {"number": third, "version": 1, "move": "park", "reason": "ice", "until": "2020-01-01T00:00:00Z"},
        {"number": third, "version": "*", "move": "register", "category": "kites"},
        {"number": third, "version": "*", "move": "register", "urgency": "urgent"},
        {"number": first, "version": 2, "move": "park", "reason": "ice"},
    ]
    for language, chinese in (("zh", True), ("en", False)):
        results = bulk(client, asked, language)
        assert [result["number"] for result in results] == [
            entry.get("number") if isinstance(entry, dict) else None for entry in asked
        ]
        refused = [result["problem"] for result in results if "problem" in result]
        assert all(
            problem["status"] == result["status"]
            for problem, result in zip(refused, (result for result in results if "problem" in result), strict=True)
        )
        assert all((not problem["title"].isascii()) is chinese for problem in refused)
        if chinese:
            told = [result["status"] for result in results]
            assert told == [200, 412, 404, 422, 409, 428, 422, 422, 422, 422, 422, 422, 422, 200, 200]
            assert [(results[n]["case"]["state"], results[n]["case"]["version"]) for n in (0, 13, 14)] == [
                ("registered", 2), ("registered", 2), ("parked", 3)
            ]  # fmt: skip
        else:  # sent again: what was made is not made twice
            assert results[0]["status"] == 412
    with connect(database) as connection:
        moves = connection.execute(
            "SELECT count(*) FROM report_event WHERE move = 'register' GROUP BY report_id ORDER BY 1"
        ).fetchall()
    assert moves[0] == (1,)
    assert client.get(f"{HERE}/reports/{second}").json()["version"] == 1


def test_an_answer_is_that_of_a_single_move(client: TestClient) -> None:
    alone, among = file(client)["number"], file(client)["number"]
    single = move(client, alone, "register", 1).json()
    (result,) = bulk(client, [{"number": among, "version": 1, "move": "register"}])
    different = {"number", "due_at", "links", "holder"}
    assert result["case"].keys() == single.keys()
    assert {key: value for key, value in result["case"].items() if key not in different} == {
        key: value for key, value in single.items() if key not in different
    }


def test_roles_and_areas_count_for_each(client: TestClient, client_as: Callable[..., TestClient], xinhua: Grid) -> None:
    filed = file(client)
    other = next(leaf for leaf in xinhua.leaves if leaf.path[0] != filed["ancestors"][0]["code"])
    asked = [{"number": filed["number"], "version": "*", "move": "note", "note": "seen"}]
    asked.append(asked[0] | {"move": "void", "reason": "no"})
    expected = {"officer": [200, 403], "planner": [403, 403], "auditor": [403, 403], "administrator": [403, 403]}
    for role, statuses in expected.items():
        where = {"level": "grid", "code": filed["cell"]["code"]} if role == "officer" else {}
        assert [result["status"] for result in bulk(client_as(role, **where), asked)] == statuses
    results = bulk(client_as("officer", level="grid", code=other.code), asked)
    unknown = bulk(client_as("officer", level="grid", code=other.code), [asked[0] | {"number": "202601-000123-7"}])
    assert [result["status"] for result in results] == [404, 404]
    same = {"type", "title", "status"}
    assert {key: results[0]["problem"][key] for key in same} == {key: unknown[0]["problem"][key] for key in same}
    assert bulk(client, asked)[1]["status"] == 200


def test_how_many_is_bounded(client: TestClient) -> None:
    entry = {"number": "202601-000123-7", "version": 1, "move": "register"}
    for moves, kind in (([], "too_short"), ([entry] * 101, "too_long")):
        answer = client.post(f"{HERE}/reports/moves", json={"moves": moves})
        assert (answer.status_code, answer.json()["errors"][0]["kind"]) == (422, kind)
    assert len(bulk(client, [entry] * 100)) == 100
