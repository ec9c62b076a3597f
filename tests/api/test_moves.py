"""The life of a case over HTTP: read under a version, moved, refused, queued."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from wangge.geo.grid import Grid
from wangge.store.engine import connect

ClientAs = Callable[..., TestClient]
HERE = "/api/v1/territories/xinhua"
# The server is shared with the databases of other tests, and all their locks stand in one view.
WAITS = """SELECT FROM pg_locks WHERE NOT granted AND relation = 'report_event'::regclass
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


def file(client: TestClient, **changed: Any) -> dict[str, Any]:
    answer = client.post(f"{HERE}/reports", json={"lon": 116.87, "lat": 38.32, "category": "wiring"} | changed)
    assert answer.status_code == 201, answer.text
    filed: dict[str, Any] = answer.json()
    return filed


def move(client: TestClient, number: str, name: str, version: int | str | None = "*", **given: Any) -> Any:
    headers = {} if version is None else {"If-Match": f'"{version}"' if isinstance(version, int) else version}
    return client.post(f"{HERE}/reports/{number}/moves", json={"move": name} | given, headers=headers)


@pytest.fixture
def organisation(database: str) -> int:
    with connect(database) as connection:
        connection.execute(
            "INSERT INTO organisation_type (territory_code, code, name) VALUES ('xinhua', 'company', '{}')"
        )
        row = connection.execute(
            """INSERT INTO organisation (territory_code, code, name, type)
               VALUES ('xinhua', 'power', '{"en": "Power", "zh": "电力"}', 'company') RETURNING id"""
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_party_that_is_not_offered_is_refused(client: TestClient, organisation: int, database: str) -> None:
    """An organisation of other cells; one that has no cells of its own works everywhere."""
    number = file(client)["number"]
    with connect(database) as connection:
        row = connection.execute(
            "INSERT INTO organisation (territory_code, code, name, type)"
            " VALUES ('xinhua', 'elsewhere', '{}', 'company') RETURNING id"
        ).fetchone()
        assert row is not None
        here = client.get(f"{HERE}/reports/{number}").json()["cell"]["code"]
        connection.execute(
            "INSERT INTO organisation_cell (organisation_id, level, code) SELECT %s, 'grid', max(code) FROM cell"
            " WHERE code <> %s AND level = 2",
            (row[0], here),
        )
    offered = {party["organisation"] for party in client.get(f"{HERE}/reports/{number}").json()["parties"]}
    assert organisation in offered
    assert row[0] not in offered
    assert move(client, number, "register").status_code == 200
    refused = move(client, number, "dispatch", parties=[{"organisation": row[0]}])
    assert (refused.status_code, refused.json()["errors"][0]["kind"]) == (422, "unknown_party")
    assert move(client, number, "dispatch", parties=[{"organisation": organisation}]).status_code == 200


def test_a_case_tells_who_acted_as_people_know_them_and_whom_the_rules_name(
    client: TestClient, client_as: Callable[..., TestClient], organisation: int
) -> None:
    case = file(client)
    number, code = case["number"], case["cell"]["code"]
    officer = client_as("officer", level="grid", code=code)
    assert move(officer, number, "register").status_code == 200
    read = officer.get(f"{HERE}/reports/{number}").json()
    received, registered = read["events"][0], read["events"][-1]
    assert (received["actor_name"], received["actor_role"], received["actor_place"]) == (None, None, None)
    assert registered["actor_name"]
    assert registered["actor_role"] == "officer"
    assert code in registered["actor_place"]["zh"] or case["cell"]["name"] in registered["actor_place"]["zh"]

    routed = [(party["desk"], party["organisation"]) for party in read["parties"] if party["routed"]]
    assert routed
    assert [(party["desk"], party["organisation"]) for party in read["parties"]][: len(routed)] == routed
    assert move(officer, number, "dispatch").status_code == 200
    tasks = officer.get(f"{HERE}/reports/{number}").json()["tasks"]
    assert sorted((task["desk"] or 0, task["organisation"] or 0) for task in tasks) == sorted(
        (desk or 0, body or 0) for desk, body in routed
    )


def test_a_case_is_read_as_it_stands_at_one_moment(client: TestClient, database: str) -> None:
    number = file(client)["number"]
    answers: list[Any] = []
    reader = threading.Thread(target=lambda: answers.append(client.get(f"{HERE}/reports/{number}")))
    with connect(database) as mover, connect(database, autocommit=True) as watcher:
        mover.execute("LOCK TABLE report_event IN ACCESS EXCLUSIVE MODE")
        reader.start()  # finds the case and waits for its events
        until = time.monotonic() + 30
        while watcher.execute(WAITS).fetchone() is None:
            assert time.monotonic() < until, "nobody waits"
            time.sleep(0.02)
        mover.execute("UPDATE report SET version = 2, urgency = 'urgent'")
        mover.execute(
            "INSERT INTO report_event (report_id, report_received_at, territory_code, state, actor, move, version)"
            " SELECT id, received_at, territory_code, state, 'somebody', 'set-urgency', 2 FROM report"
        )
    reader.join()
    read = answers[0].json()
    assert (read["version"], read["urgency"]) == (1, "normal")
    assert [event["version"] for event in read["events"]] == [1, 1]
    assert client.get(f"{HERE}/reports/{number}").json()["events"][-1]["version"] == 2


def test_a_case_is_carried_to_its_end(client: TestClient, client_as: ClientAs, organisation: int) -> None:
    filed = file(client, urgency="urgent")
    number, street = filed["number"], filed["ancestors"][0]["code"]
    assert (filed["version"], filed["urgency"], filed["step"], filed["overdue"]) == (1, "urgent", "register", False)
    read = client.get(f"{HERE}/reports/{number}", headers={"Accept-Encoding": "identity"})
    assert read.headers["etag"] == '"1"'
    assert read.json()["holder"]["code"] == filed["cell"]["code"]
    offered = {entry["move"]: entry for entry in read.json()["moves"]}
    assert offered["register"]["title"] == "Register"
    assert {"name": "reason", "kind": "text", "required": True, "least": 0} in offered["refuse"]["needs"]

    registered = move(client, number, "register", 1)
    assert (registered.status_code, registered.headers["etag"].partition("--")[0].strip('"')) == (200, "2")
    assert registered.json()["state"] == "registered"
    assert "dispatch" in [entry["move"] for entry in registered.json()["moves"]]
    dispatched = move(client, number, "dispatch", 2, parties=[{"organisation": organisation}])
    assert dispatched.status_code == 200, dispatched.text

    company = client_as("organisation", organisation=organisation)
    seen = company.get(f"{HERE}/reports/{number}").json()
    assert [entry["move"] for entry in seen["moves"]] == ["accept", "return", "start", "ask-extension", "note"]
    (task,) = seen["tasks"]
    assert (task["party"]["name"]["en"], task["state"], seen["moves"][0]["tasks"]) == (
        "Power",
        "dispatched",
        [task["id"]],
    )
    assert move(company, number, "accept", 3).status_code == 200
    done = move(company, number, "report-back", 4, note="repaired", evidence=["photo"])
    assert (done.json()["state"], done.json()["moves"][0]["move"]) == ("reported", "note")

    desk = client_as("street-desk", level="street", code=street)
    assert move(desk, number, "verify").json()["state"] == "verified"
    assert move(desk, number, "close").json()["state"] == "closed"
    assert move(client, number, "confirm").json()["state"] == "confirmed"
    told = desk.get(f"{HERE}/reports/{number}", headers={"Accept-Language": "zh"}).json()
    assert [event["title"] for event in told["events"]] == [
        "接收", "分派到网格", "立案", "派遣", "受理", "反馈", "核查通过", "结案", "确认",
    ]  # fmt: skip
    assert (told["state_title"], told["version"], told["step"]) == ("已确认", 8, None)
    assert told["events"][5]["facts"]["evidence"] == ["photo"]


def test_a_party_s_own_deadline_is_overdue_by_itself(client: TestClient, organisation: int, database: str) -> None:
    def overdue() -> bool:
        (task,) = client.get(f"{HERE}/reports/{number}").json()["tasks"]
        return bool(task["overdue"])

    number = file(client)["number"]
    move(client, number, "register")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    party = {"organisation": organisation, "due_at": tomorrow}
    assert move(client, number, "dispatch", parties=[party]).status_code == 200
    assert not overdue()
    with connect(database) as connection:
        connection.execute("UPDATE report_task SET due_at = now() - interval '1 second'")
    assert overdue()
    assert move(client, number, "park", reason="until spring").status_code == 200
    assert overdue()
    with connect(database) as connection:
        connection.execute("UPDATE report_task SET due_at = now()")  # after it was parked
    assert not overdue()
    assert move(client, number, "resume").status_code == move(client, number, "accept").status_code == 200
    with connect(database) as connection:
        connection.execute("UPDATE report_task SET due_at = now() + interval '1 second'")
    assert move(client, number, "report-back", note="repaired").status_code == 200
    time.sleep(1.1)
    assert not overdue()  # it was in time, and stays so


class TestVersions:
    def test_a_move_must_say_what_it_read(self, client: TestClient) -> None:
        number = file(client)["number"]
        answer = move(client, number, "register", None)
        assert (answer.status_code, answer.json()["type"]) == (428, "/problems/no-condition")

    def test_a_stale_version_is_refused(self, client: TestClient) -> None:
        number = file(client)["number"]
        assert move(client, number, "register", 1).status_code == 200
        answer = move(client, number, "dispatch", 1)
        assert (answer.status_code, answer.json()["type"], answer.json()["version"]) == (412, "/problems/stale", 2)

    def test_of_two_desks_at_once_one_wins(self, client: TestClient, database: str) -> None:
        number = file(client)["number"]
        answers: list[int] = []

        def act() -> None:
            answers.append(move(client, number, "register", 1).status_code)

        threads = [threading.Thread(target=act) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [200] + [412] * 5
        with connect(database) as connection:
            assert connection.execute("SELECT count(*) FROM report_event WHERE move = 'register'").fetchone() == (1,)


class TestRefusals:
    def test_what_is_open_instead_is_said(self, client: TestClient) -> None:
        number = file(client)["number"]
        answer = move(client, number, "close")
        assert answer.status_code == 409
        problem = answer.json()
        assert (problem["type"], problem["state"], problem["why"]) == ("/problems/move-refused", "assigned", "state")
        assert "register" in problem["open"]
        assert "Register" in problem["detail"]

    def test_a_role_that_does_not_make_it_is_not_allowed(
        self, client: TestClient, client_as: Callable[..., TestClient]
    ) -> None:
        filed = file(client)
        assistant = client_as("assistant", level="grid", code=filed["cell"]["code"])
        answer = move(assistant, filed["number"], "register")
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed")
        assert answer.json()["open"] == ["note"]

    def test_outside_one_s_cells_there_is_no_case(self, client: TestClient, client_as: ClientAs, xinhua: Grid) -> None:
        filed = file(client)
        other = next(cell for cell in xinhua.leaves if cell.path[0] != filed["ancestors"][0]["code"])
        officer = client_as("officer", level="grid", code=other.code)
        for answer in (
            officer.get(f"{HERE}/reports/{filed['number']}"),
            move(officer, filed["number"], "note", note="x"),
        ):
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-report")

    def test_nobody_moves_without_an_account(self, client: TestClient) -> None:
        number = file(client)["number"]
        del client.headers["Authorization"]
        assert move(client, number, "register").status_code == 401

    @pytest.mark.parametrize(
        ("name", "given", "field"),
        [
            ("sleep", {}, "move"),
            ("receive", {}, "move"),
            ("refuse", {}, "reason"),
            ("escalate", {"reason": " "}, "reason"),
            ("park", {"reason": "x", "until": "2020-01-01T00:00:00Z"}, "until"),
            ("park", {"reason": "x", "until": "9999-01-01T00:00:00Z"}, "until"),
            ("merge", {"into": "x"}, "into"),
            ("relocate", {"reason": "x", "point": {"lon": 200, "lat": 0}}, "point.lon"),
            ("transfer", {"reason": "x"}, "desk"),
            ("transfer", {"reason": "x", "desk": 2**62}, "desk"),
            ("note", {"note": "a\u0000b"}, "note"),
        ],
    )
    def test_what_is_wrong_is_named(self, shared: TestClient, name: str, given: dict[str, Any], field: str) -> None:
        number = file(shared)["number"]
        answer = move(shared, number, name, **given)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-field"), answer.text
        assert field in [error["field"] for error in answer.json()["errors"]]
        assert all(error["message"] and error["message"] != error["kind"] for error in answer.json()["errors"])
        assert shared.get(f"{HERE}/reports/{number}").json()["version"] == 1

    def test_a_place_outside_is_refused_with_the_nearest(self, client: TestClient) -> None:
        number = file(client)["number"]
        answer = move(client, number, "relocate", reason="x", point={"lon": 116.0, "lat": 38.3})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/outside-grid")


class TestQueues:
    def test_overdue_comes_first_then_by_deadline(self, client: TestClient, client_as: ClientAs, database: str) -> None:
        numbers = [file(client, urgency=["normal", "urgent"][i % 2])["number"] for i in range(7)]
        cell = client.get(f"{HERE}/reports/{numbers[0]}").json()["cell"]["code"]
        with connect(database) as connection:
            ids = [int(number.split("-")[1]) for number in numbers]
            connection.execute("UPDATE report SET due_at = now() - interval '1 day' WHERE id = %s", (ids[4],))
            connection.execute("UPDATE report SET due_at = NULL WHERE id = ANY (%s)", (ids[:2],))
        move(client, numbers[6], "park", reason="waits")
        officer = client_as("officer", level="grid", code=cell)
        seen: list[str] = []
        url: str | None = f"{HERE}/desks/grid/{cell}/queue?limit=2"
        while url:
            page = officer.get(url)
            assert page.status_code == 200, page.text
            seen += [entry["number"] for entry in page.json()["reports"]]
            url = next((link["href"] for link in page.json()["links"] if link["rel"] == "next"), None)
        assert seen == [numbers[i] for i in (4, 3, 5, 2, 0, 1)]
        parked = officer.get(f"{HERE}/desks/grid/{cell}/queue?state=parked").json()["reports"]
        assert [entry["number"] for entry in parked] == [numbers[6]]
        assert officer.get(f"{HERE}/desks/grid/{cell}/queue?state=closed").status_code == 422

    def test_what_rises_lies_on_the_desk_above(self, client: TestClient, client_as: ClientAs) -> None:
        filed = file(client)
        officer = client_as("officer", level="grid", code=filed["cell"]["code"])
        for _ in filed["ancestors"]:
            move(client, filed["number"], "escalate", reason="beyond us")
        top = filed["ancestors"][0]
        queue = client.get(f"{HERE}/desks/{top['level']}/{top['code']}/queue").json()
        assert [entry["number"] for entry in queue["reports"]] == [filed["number"]]
        assert officer.get(f"{HERE}/desks/{top['level']}/{top['code']}/queue").status_code == 404
        assert officer.get(f"{HERE}/desks/centre/queue").status_code == 404
        assert move(officer, filed["number"], "register").status_code == 403
        move(client, filed["number"], "escalate", reason="beyond us")
        queue = client.get(f"{HERE}/desks/centre/queue").json()
        assert [entry["number"] for entry in queue["reports"]] == [filed["number"]]


def test_a_move_that_is_sent_again_under_its_key_is_made_once(client: TestClient, client_as: ClientAs) -> None:
    case = file(client)
    address, version = f"{HERE}/reports/{case['number']}/moves", case["version"]
    sent = {"If-Match": f'"{version}"', "Idempotency-Key": "k1"}
    first = client.post(address, json={"move": "register", "note": "ours"}, headers=sent)
    assert (first.status_code, first.headers.get("idempotent-replayed")) == (200, None)
    again = client.post(address, json={"move": "register", "note": "ours"}, headers=sent)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    assert again.json() == first.json()
    assert [event["move"] for event in client.get(f"{HERE}/reports/{case['number']}").json()["events"]].count(
        "register"
    ) == 1
    other = client.post(address, json={"move": "register", "note": "another"}, headers=sent)
    assert (other.status_code, other.json()["type"].split("/")[-1]) == (422, "idempotency-conflict")
    elsewhere = file(client)["number"]  # the same words for another case
    moved = {"move": "register", "note": "ours"}
    assert client.post(f"{HERE}/reports/{elsewhere}/moves", json=moved, headers=sent).status_code == 422
    # a key is good for its owner alone, and one whose move was refused is good again
    colleague = client_as("centre")
    assert colleague.post(address, json=moved, headers=sent).status_code == 412
    assert (
        colleague.post(address, json={"move": "note", "note": "me too"}, headers=sent | {"If-Match": "*"}).status_code
        == 200
    )


def test_a_move_that_took_the_case_away_is_told_again_to_who_made_it(client: TestClient, client_as: ClientAs) -> None:
    case = file(client)
    officer = client_as("officer", level="grid", code=case["cell"]["code"])
    elsewhere = next(
        one
        for one in client.get(f"{HERE}/cells?level=grid&geometry=false&limit=1000").json()["features"]
        if one["properties"]["code"][:12] != case["cell"]["code"][:12]
    )["properties"]["code"]
    at = client.get(f"{HERE}/cells/grid/{elsewhere}").json()["properties"]
    point = client.get(f"{HERE}/cells/grid/{elsewhere}").json()["geometry"]["coordinates"]
    while isinstance(point[0][0], list):
        point = point[0]
    inside = [sum(axis) / len(axis) for axis in zip(*point, strict=True)]
    body = {"move": "relocate", "reason": "further on", "point": {"lon": inside[0], "lat": inside[1]}}
    address, sent = f"{HERE}/reports/{case['number']}/moves", {"If-Match": "*", "Idempotency-Key": "k2"}
    assert at["code"] == elsewhere
    assert officer.post(address, json=body, headers=sent).status_code == 200
    assert officer.get(f"{HERE}/reports/{case['number']}").status_code == 404  # it is another's now
    again = officer.post(address, json=body, headers=sent)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    assert again.json()["moves"] == []
