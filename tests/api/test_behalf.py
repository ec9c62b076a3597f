"""Staff file for somebody who stands before them: how they agreed is on record, and the link is theirs."""

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from wangge.access.roles import Role

HERE = "/api/v1/territories/xinhua"
REPORT: dict[str, Any] = {"lon": 116.8712, "lat": 38.3164, "category": "lamp", "contact": {"phone": "13800001234"}}


def test_who_filed_for_whom_is_on_record_and_the_link_is_the_person_s(client_as: Callable[..., TestClient]) -> None:
    cell = client_as(Role.CENTRE).get(f"{HERE}/locate", params={"lon": 116.8712, "lat": 38.3164}).json()["cell"]
    officer = client_as(Role.OFFICER, level=cell["level"], code=cell["code"])
    found = officer.post(f"{HERE}/reports", json=REPORT).json()
    assert found["secret"] is None, "found on patrol"
    filed = officer.post(f"{HERE}/reports", json=REPORT | {"on_behalf": "spoken"})
    assert filed.status_code == 201, filed.text
    number, secret = filed.json()["number"], filed.json()["secret"]
    case = officer.get(f"{HERE}/reports/{number}").json()
    facts = {event["move"]: event["facts"] for event in case["events"]}
    assert facts["receive"]["on_behalf"]["consent"] == "spoken"
    by = facts["receive"]["on_behalf"]["by"]
    assert by
    assert "on_behalf" not in str(facts["assign"])
    followed = officer.get(f"{HERE}/reports/{number}/followed", headers={"Case-Secret": secret})
    assert "withdraw" in followed.json()["moves"]
    assert by not in followed.text


def test_an_agreement_is_spoken_or_written_and_nobody_unknown_files_for_others(client: TestClient) -> None:
    for consent in ("", "yes", 1, True):
        assert client.post(f"{HERE}/reports", json=REPORT | {"on_behalf": consent}).status_code == 422
    del client.headers["Authorization"]
    assert client.post(f"{HERE}/reports", json=REPORT | {"on_behalf": "written"}).status_code == 401
