"""What somebody finds who walks through their cell, and has seen to there and then: filed and handled as one."""

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from tests.pictures import picture

ClientAs = Callable[..., TestClient]
HERE = "/api/v1/territories/xinhua"
FIND: dict[str, Any] = {"lon": 116.8713, "lat": 38.3331, "category": "lamp", "accuracy": 9}


def photo(client: TestClient) -> str:
    return str(client.post(f"{HERE}/photos", content=picture(size=(200, 100))).json()["id"])


def cell_of(client: TestClient) -> str:
    where = {"lon": FIND["lon"], "lat": FIND["lat"]}
    return str(client.get(f"{HERE}/locate", params=where).json()["cell"]["code"])


def test_a_find_that_was_handled_waits_to_be_verified_by_another(client: TestClient, client_as: ClientAs) -> None:
    officer = client_as("officer", level="grid", code=cell_of(client))
    before, after = photo(officer), photo(officer)
    body: dict[str, Any] = FIND | {"photos": [before], "handled": {"note": "tightened", "photos": [after]}}
    sent = officer.post(f"{HERE}/reports", json=body, headers={"Idempotency-Key": "find"})
    assert (sent.status_code, sent.json()["state"]) == (201, "reported"), sent.text
    again = officer.post(f"{HERE}/reports", json=body, headers={"Idempotency-Key": "find"})
    assert (again.json()["number"], again.headers["idempotent-replayed"]) == (sent.json()["number"], "true")
    case = officer.get(f"{HERE}/reports/{sent.json()['number']}").json()
    moves = [event["move"] for event in case["events"]]
    assert moves == ["receive", "assign", "register", "dispatch", "start", "report-back"]
    assert [(shown["id"], shown["move"]) for shown in case["photos"]] == [(before, "receive"), (after, "report-back")]
    assert case["tasks"][0]["note"] == "tightened"
    assert "verify" not in {offer["move"] for offer in case["moves"]}  # not by who handled it
    verified = {"move": "verify"}
    at = {"If-Match": f'"{case["version"]}"'}
    assert client.post(f"{HERE}/reports/{case['number']}/moves", json=verified, headers=at).status_code == 200


def test_only_who_stands_at_the_desk_handles_what_they_find(
    client: TestClient, client_as: ClientAs, anonymous: TestClient
) -> None:
    code = cell_of(client)
    body = FIND | {"handled": {"note": "done"}}
    cells = client.get(f"{HERE}/cells", params={"level": "grid", "geometry": "false", "limit": 2}).json()["features"]
    other = next(one["properties"]["code"] for one in cells if one["properties"]["code"] != code)
    listed = client.get(f"{HERE}/reports").json()["reports"]
    elsewhere = client_as("officer", level="grid", code=other)
    assert elsewhere.post(f"{HERE}/reports", json=body).status_code in {403, 404}
    assistant = client_as("assistant", level="grid", code=code)
    refused = assistant.post(f"{HERE}/reports", json=body)
    assert (refused.status_code, refused.json()["move"]) == (403, "register")
    assert assistant.post(f"{HERE}/reports", json=FIND).status_code == 201  # as a find, it is taken
    assert client.get(f"{HERE}/reports").json()["reports"][1:] == listed  # nothing stays of what was refused
    officer = client_as("officer", level="grid", code=code)
    assert officer.post(f"{HERE}/reports", json=FIND | {"handled": {"note": ""}}).status_code == 422
    assert (
        officer.post(f"{HERE}/reports", json=FIND | {"handled": {"note": "x", "photos": [photo(client)]}}).status_code
        == 404
    )
    assert len(client.get(f"{HERE}/reports").json()["reports"]) == len(listed) + 1
    del anonymous.headers["Authorization"]
    assert anonymous.post(f"{HERE}/reports", json=body).status_code == 401
