"""Joint meetings: members, cases on the agenda, and decisions that are tasks of their cases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from tests.api.test_duty import HERE, organisation
from tests.api.test_reports import file
from tests.duty.test_roster import write
from wangge.api.cli import members as command
from wangge.duty.findings import BadEntries
from wangge.geo.grid import Grid
from wangge.store.engine import connect

Make = Callable[..., TestClient]
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
MEMBERS = [
    {"number": "M1", "name": "周一", "employer": "市第一医院", "phone": "0317-1"},
    {"number": "M2", "name": "吴二", "employer": "供电公司", "active": "否"},
]
COLUMNS = ["number", "name", "employer", "phone", "active"]


@pytest.fixture
def members(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two members, imported from a CSV as an office has it."""
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    path = write(tmp_path / "members.csv", MEMBERS, "gb18030", COLUMNS)
    result = CliRunner().invoke(command.app, ["import", str(path), "-t", "xinhua"])
    assert result.exit_code == 0, result.output
    return path


def call(client: TestClient, **more: Any) -> dict[str, Any]:
    body = {"held_at": SOON.isoformat(), "place": "三楼会议室", "topic": "路灯与线路", "members": ["M1"]} | more
    answer = client.post(f"{HERE}/meetings", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def register(client: TestClient, database: str, number: str) -> None:
    """The case stands where it may be dispatched; how it came there is not this test's business."""
    with connect(database) as connection:
        connection.execute(
            "UPDATE report SET state = 'registered', step = 'dispatch' WHERE id = %s", (int(number.split("-")[1]),)
        )


def test_members_come_back_as_they_went_in(members: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out.csv", tmp_path / "again.csv"

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(command.app, [str(one) for one in arguments])

    assert run("export", "xinhua", "-o", out).exit_code == 0
    assert run("import", out, "-t", "xinhua").exit_code == 0
    run("export", "xinhua", "-o", again)
    assert again.read_bytes() == out.read_bytes()
    assert "供电公司" in out.read_text(encoding="utf-8-sig")
    bad = write(tmp_path / "bad.csv", [*MEMBERS, MEMBERS[0], {"number": "M4", "name": "x"}], columns=COLUMNS)
    refused = run("import", bad, "-t", "xinhua").exception
    assert isinstance(refused, BadEntries)
    assert [(one["record"], one["kind"]) for one in refused.facts["errors"]] == [(3, "twice"), (4, "missing")]


@pytest.mark.usefixtures("members")
def test_a_decision_becomes_a_task_of_its_case(client: TestClient, database: str) -> None:
    lamps = organisation(client, "lamps")
    organisation(client, "power")
    number = file(client)["number"]
    register(client, database, number)
    meeting = call(client, cases=[number])
    assert [one["name"] for one in meeting["members"]] == ["周一"]
    here = f"{HERE}/meetings/{meeting['id']}"

    body = {"number": number, "text": "路灯所三日内换杆", "organisation": "lamps", "due_at": SOON.isoformat()}
    decided = client.post(f"{here}/decisions", json=body)
    assert decided.status_code == 201, decided.text
    second = {"number": number, "text": "供电公司配合停电", "organisation": "power"}
    decided = client.post(f"{here}/decisions", json=second)
    assert decided.status_code == 201, decided.text
    told = decided.json()["decisions"]
    assert [(one["organisation"], one["needed"], one["state"]) for one in told] == [
        ("lamps", True, "dispatched"),
        ("power", True, "dispatched"),
    ]
    assert told[0]["due_at"] == SOON.isoformat().replace("+00:00", "Z")
    with connect(database) as connection:
        tasks = connection.execute("SELECT id, organisation_id FROM report_task ORDER BY id").fetchall()
        notes = connection.execute("SELECT note FROM report_event WHERE move = 'dispatch' ORDER BY id").fetchall()
    assert [one["task"] for one in told] == [task for task, _ in tasks]
    assert tasks[0][1] == lamps["id"]
    assert notes == [(body["text"],), (second["text"],)]


@pytest.mark.usefixtures("members")
def test_a_decision_that_cannot_be_a_task_is_refused_whole(client: TestClient, database: str) -> None:
    organisation(client, "lamps")
    number, other = (file(client)["number"] for _ in range(2))
    meeting = call(client, cases=[number])
    here = f"{HERE}/meetings/{meeting['id']}"
    body = {"number": number, "text": "x", "organisation": "lamps"}
    unregistered = client.post(f"{here}/decisions", json=body).json()
    assert (unregistered["type"], unregistered["state"]) == ("/problems/move-refused", "assigned")
    assert client.post(f"{here}/decisions", json=body | {"number": other}).status_code == 409
    assert client.post(f"{here}/decisions", json=body | {"organisation": "nobody"}).status_code == 422
    assert client.post(f"{here}/decisions", json=body | {"desk": 1}).status_code == 422
    register(client, database, number)
    put = {key: meeting[key] for key in ("held_at", "place", "topic")} | {"cases": [number], "status": "cancelled"}
    etag = client.get(here).headers["etag"]
    assert client.put(here, json=put, headers={"If-Match": etag}).json()["status"] == "cancelled"
    assert client.put(here, json=put, headers={"If-Match": etag}).status_code == 412
    assert client.post(f"{here}/decisions", json=body).status_code == 409
    with connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM report_task").fetchone() == (0,)


@pytest.mark.usefixtures("members")
def test_what_was_decided_upon_stays_on_the_agenda(client: TestClient, database: str) -> None:
    organisation(client, "lamps")
    first, second = (file(client)["number"] for _ in range(2))
    register(client, database, first)
    meeting = call(client, cases=[first, second])
    here = f"{HERE}/meetings/{meeting['id']}"
    client.post(f"{here}/decisions", json={"number": first, "text": "x", "organisation": "lamps"})
    put = {key: meeting[key] for key in ("held_at", "place", "topic")} | {"cases": [], "status": "held"}
    held = client.put(here, json=put, headers={"If-Match": "*"}).json()
    assert ([one["number"] for one in held["cases"]], held["members"], held["status"]) == ([first], [], "held")


@pytest.mark.usefixtures("members")
def test_a_meeting_is_seen_by_who_sees_its_cases(client: TestClient, client_as: Make, xinhua: Grid) -> None:
    filed = file(client)
    inside = xinhua.cell("grid", filed["cell"]["code"])
    assert inside is not None
    outside = next(leaf for leaf in xinhua.leaves if leaf.path[0] != inside.path[0])
    meeting = call(client, cases=[filed["number"]])
    near = client_as("street-desk", level="street", code=inside.path[0])
    far = client_as("street-desk", level="street", code=outside.path[0])
    assert [len(one.get(f"{HERE}/meetings").json()["meetings"]) for one in (near, far)] == [1, 0]
    assert far.get(f"{HERE}/meetings/{meeting['id']}").status_code == 404
    body = {"held_at": SOON.isoformat(), "place": "p", "topic": "t", "cases": [filed["number"]]}
    assert far.post(f"{HERE}/meetings", json=body).status_code == 404
    assert client_as("planner").post(f"{HERE}/meetings", json=body).status_code == 403
    wrong = client.post(f"{HERE}/meetings", json=body | {"members": ["M9"]})
    assert (wrong.status_code, wrong.json()["errors"][0]["kind"]) == (422, "unknown_member")
    assert client.get(f"{HERE}/meetings/{2**40}").status_code == 404


def test_members_are_edited_by_who_has_the_territory(client: TestClient, client_as: Make, xinhua: Grid) -> None:
    body = {"name": "周一", "employer": "医院"}
    assert client.put(f"{HERE}/joint-members/M1", json=body).status_code == 200
    assert client.get(f"{HERE}/joint-members").json()["members"][0]["employer"] == "医院"
    street = client_as("administrator", level="street", code=xinhua.leaves[0].path[0])
    assert street.put(f"{HERE}/joint-members/M1", json=body).status_code == 403
    assistant = client_as("assistant", level="grid", code=xinhua.leaves[0].code)
    assert assistant.get(f"{HERE}/joint-members").status_code == 403


def test_a_member_whose_number_lost_its_zeros_is_told(
    database: str, tmp_path: Path, client: TestClient, members: Path
) -> None:
    def imported(*numbers: str) -> Result:
        rows = [MEMBERS[0] | {"number": number} for number in numbers]
        path = write(tmp_path / "more.csv", rows, columns=COLUMNS)
        return CliRunner().invoke(command.app, ["import", str(path), "-t", "xinhua"])

    assert imported("0031").exit_code == 0
    for numbers, record in ((["31"], 1), (["8", "M1", "008"], 1)):
        refused = imported(*numbers)
        assert isinstance(refused.exception, BadEntries)
        (fault,) = refused.exception.facts["errors"]
        assert (fault["record"], fault["field"], fault["kind"]) == (record, "number", "zero_lost")
    body = {"held_at": SOON.isoformat(), "place": "三楼会议室", "topic": "路灯与线路", "members": ["31"]}
    answer = client.post(f"{HERE}/meetings", json=body)
    assert answer.status_code == 422
    assert "0031" in answer.text
