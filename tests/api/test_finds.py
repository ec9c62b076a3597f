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


def test_a_category_asks_for_photos_of_before_and_after(client: TestClient, client_as: ClientAs) -> None:
    editor = client_as("administrator")
    kites = f"{HERE}/categories/kites"
    body: dict[str, Any] = {"name": {"en": "Kites"}, "photos": "after"}
    assert editor.put(kites, json=body | {"photos": "always"}).status_code == 422
    assert editor.put(kites, json=body).json()["photos"] == "after"
    officer = client_as("officer", level="grid", code=cell_of(client))
    find = FIND | {"category": "kites", "handled": {"note": "cut down"}}
    refused = officer.post(f"{HERE}/reports", json=find, headers={"Accept-Language": "zh"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "photos"), refused.text
    assert "处置后" in refused.json()["errors"][0]["message"]
    shown = find | {"handled": {"note": "cut down", "photos": [photo(officer)]}}
    assert officer.post(f"{HERE}/reports", json=shown).status_code == 201

    # Of both: one of before is there with the report, or comes along.
    assert editor.put(kites, json=body | {"photos": "before-and-after"}).status_code == 200
    assert (
        officer.post(f"{HERE}/reports", json=shown | {"handled": {"note": "x", "photos": [photo(officer)]}}).json()[
            "errors"
        ][0]["kind"]
        == "photos_both"
    )
    number = officer.post(f"{HERE}/reports", json=FIND | {"category": "kites"}).json()["number"]
    case = f"{HERE}/reports/{number}"

    def move(name: str, **given: Any) -> Any:
        return officer.post(f"{case}/moves", json={"move": name} | given, headers={"If-Match": "*"})

    assert move("register").status_code == 200
    desk = next(one["desk"] for one in officer.get(case).json()["parties"] if one["desk"] and one["level"] == "grid")
    assert move("dispatch", parties=[{"desk": desk}]).status_code == 200
    assert move("start").status_code == 200

    def asked() -> dict[str, Any]:
        offer = next(one for one in officer.get(case).json()["moves"] if one["move"] == "report-back")
        return dict(next(need for need in offer["needs"] if need["name"] == "photos"))

    assert asked() == {"name": "photos", "kind": "photos", "required": True, "least": 2}
    assert move("report-back", note="done", photos=[photo(officer)]).status_code == 422
    assert move("note", note="as it is", photos=[photo(officer)]).status_code == 200
    assert asked()["least"] == 1
    assert move("report-back", note="done").status_code == 422
    assert move("report-back", note="done", photos=[photo(officer)]).json()["state"] == "reported"


def test_the_week_of_an_officer_stands_beside_what_is_usual_and_finds_do_not_count(
    client: TestClient, client_as: ClientAs
) -> None:
    code = cell_of(client)
    officer = client_as("officer", level="grid", code=code)

    def week() -> dict[str, Any]:
        return dict(officer.get(f"{HERE}/my-week").json()["levels"][0])

    nothing = {"given": 0, "done": 0, "open": 0}
    assert week() == {"level": "grid", "cells": 1, "own": nothing, "median": nothing}
    for _ in range(3):  # whoever finds more has no larger number by it
        assert officer.post(f"{HERE}/reports", json=FIND | {"handled": {"note": "done"}}).status_code == 201
    assert week()["own"] == nothing
    number = client.post(f"{HERE}/reports", json=FIND).json()["number"]
    desk = next(one["desk"] for one in client.get(f"{HERE}/reports/{number}").json()["parties"] if one["code"] == code)
    for move in ({"move": "register"}, {"move": "dispatch", "parties": [{"desk": desk}]}):
        sent = client.post(f"{HERE}/reports/{number}/moves", json=move, headers={"If-Match": "*"})
        assert sent.status_code == 200, sent.text
    assert week()["own"] == nothing | {"given": 1, "open": 1}
    for move in ({"move": "start"}, {"move": "report-back", "note": "done"}):
        sent = officer.post(f"{HERE}/reports/{number}/moves", json=move, headers={"If-Match": "*"})
        assert sent.status_code == 200, sent.text
    assert week()["own"] == nothing | {"given": 1, "done": 1}
    assert week()["median"] == nothing  # of 422 grids
    assert client_as("centre").get(f"{HERE}/my-week").json()["levels"] == []
