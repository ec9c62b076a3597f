"""What is changed in administering is on record, with who did it and what stood before, for whoever may know."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from fastapi.testclient import TestClient

from wangge.access.roles import Role
from wangge.geo.grid import Grid
from wangge.store.engine import connect

HERE = "/api/v1/territories/xinhua"
ACCOUNTS = "/api/v1/accounts"
PASSWORD = "correct horse battery"
Make = Callable[..., TestClient]


def told(client: TestClient, **asked: Any) -> list[tuple[str, str, Any, Any]]:
    answer = client.get(f"{HERE}/audit/changes", params=asked)
    assert answer.status_code == 200, answer.text
    return [(one["kind"], one["item"], one["before"], one["after"]) for one in answer.json()["changes"]]


def test_each_change_is_kept_with_what_stood_before(client_as: Make, xinhua: Grid) -> None:
    own, auditor = client_as(Role.ADMINISTRATOR, "xinhua"), client_as(Role.AUDITOR, "xinhua")
    cell = xinhua.leaves[0].code
    posting = {"cell": cell, "role": "responsible", "valid_from": "2026-01-01"}
    entry = {"name": "甲", "phone": "1", "postings": [posting]}
    assert own.post(f"{HERE}/officers", json=entry | {"number": "1"}).status_code == 201
    away = {"away_from": "2026-05-01", "back_on": "2026-05-05", "substitute": None}
    away_now = own.put(f"{HERE}/officers/1", json=entry | {"leave": [away]}, headers={"If-Match": "*"})
    assert away_now.status_code == 200
    own.put(f"{HERE}/officers/1", json=entry | {"leave": [away]}, headers={"If-Match": "*"})  # changes nothing
    made, left = told(auditor, kind="officer")[::-1]
    assert made[:3] == ("officer", "1", None)
    assert (left[2]["leave"], left[3]["leave"]) == ([], [away])

    body = {"code": "lamps", "name": {"en": "Lamps", "zh": "灯"}, "type": "company"}
    assert own.post(f"{HERE}/organisations", json=body).status_code == 201
    assert own.delete(f"{HERE}/organisations/lamps", headers={"If-Match": "*"}).status_code == 204
    closed = told(auditor, kind="organisation")[0]
    assert (closed[1], closed[2]["active"], closed[3]["active"]) == ("lamps", True, False)

    text = {"move": "close", "name": {"zh": "已修"}, "text": {"zh": "已修好。"}}
    for said in ("已修好。", "已换新。"):
        assert own.put(f"{HERE}/templates/fixed", json=text | {"text": {"zh": said}}).status_code == 200
    assert own.delete(f"{HERE}/templates/fixed").status_code == 204
    texts = [tuple(one and one["text"]["zh"] for one in change[2:]) for change in told(auditor, item="fixed")]
    assert texts == [("已换新。", None), ("已修好。", "已换新。"), (None, "已修好。")]

    assert own.put(f"{HERE}/calendar/2026-10-10", json={"work": True, "name": "调休"}).status_code == 204
    assert own.delete(f"{HERE}/calendar/2026-10-10").status_code == 204
    assert told(auditor, kind="calendar-day")[0] == ("calendar-day", "2026-10-10", {"work": True, "name": "调休"}, None)
    policy = own.get(f"{HERE}/policy").json()["policy"]
    limit = [{"step": "handle", "within": "9h"}]
    changed = own.put(f"{HERE}/policy", json=policy | {"limits": limit})
    assert changed.status_code == 200, changed.text
    before, after = told(auditor, kind="policy")[0][2:]
    assert after["limits"] != (before or {}).get("limits")
    named = {"name": {"en": "Kites", "zh": "风筝"}}
    assert own.put(f"{HERE}/categories/kites", json=named).status_code == 200
    assert own.delete(f"{HERE}/categories/kites").status_code == 204
    assert [change[3] is None for change in told(auditor, kind="category")] == [True, False]
    desk = own.get(f"{HERE}/cells/grid/{cell}/desk").json()["id"]
    assert own.put(f"{HERE}/desks/{desk}", json={"phone": "0317"}, headers={"If-Match": "*"}).status_code == 200
    ((_, item, before, after),) = told(auditor, kind="desk")
    assert (item, before["phone"], after) == (f"grid:{cell}", None, before | {"phone": "0317"})
    rules = {"rules": [{"to": [{"desk": "centre"}]}], "note": "all to us"}
    assert own.put(f"{HERE}/rules", json=rules, headers={"If-Match": "*"}).status_code == 200
    assert told(auditor, kind="rules")[0][3]["note"] == "all to us"
    page = auditor.get(f"{HERE}/audit/changes", params={"limit": 3}).json()
    rest = auditor.get(page["links"][0]["href"]).json()["changes"]
    assert page["changes"][-1]["id"] > rest[0]["id"]
    (actor,) = {one["actor"] for one in page["changes"] + rest}
    assert actor.startswith("tester")


def test_changes_of_accounts_tell_no_secret_and_stay_in_their_city(
    client: TestClient, client_as: Make, database: str
) -> None:
    own, auditor = client_as(Role.ADMINISTRATOR, "xinhua"), client_as(Role.AUDITOR, "xinhua")
    grant = {"role": "planner", "territory": "xinhua"}
    made = own.post(ACCOUNTS, json={"login": "zhao", "name": "赵", "grants": [grant]}).json()
    here = f"{ACCOUNTS}/{made['id']}"
    secret = own.post(f"{here}/totp")
    assert secret.headers["cache-control"] == "no-store"
    assert secret.json()["secret"] in secret.json()["uri"]
    assert own.get(here).json()["has_totp"] is True
    assert own.patch(here, json={"has_totp": False, "password": PASSWORD, "name": "赵六"}).json()["has_totp"] is False
    assert own.patch(here, json={"has_totp": True}).status_code == 422
    assert own.patch(here, json={"disabled": True}).status_code == 200
    assert own.delete(f"{here}/grants/{made['grants'][0]['id']}").status_code == 204
    key = own.post("/api/v1/keys", json={"name": "hotline", **grant, "rights": ["read"]}).json()
    assert own.delete(f"/api/v1/keys/{key['id']}").status_code == 204

    found = told(auditor, item="zhao")
    assert [(kind, sorted(after or {"gone": 1})) for kind, _, _, after in found] == [
        ("grant", ["gone"]),
        ("account", ["disabled_at"]),
        ("account", ["has_password", "has_totp", "name", "new_password"]),
        ("account", ["has_totp", "new_totp"]),
        ("grant", ["code", "level", "organisation", "role", "territory", "valid_from", "valid_to"]),
    ]
    assert found[2][2] == {"name": "赵", "has_password": False, "has_totp": True}
    assert [bool(before) for _, _, before, _ in told(auditor, kind="key")] == [True, False]
    everything = auditor.get(f"{HERE}/audit/changes", params={"limit": 1000}).text
    assert PASSWORD not in everything
    assert secret.json()["secret"] not in everything
    assert key["key"] not in everything
    # What an account without anything is told of concerns all, and is told to who has all.
    client.post(ACCOUNTS, json={"login": "bare", "name": "B"})
    assert told(auditor, item="bare") == []
    assert len(told(client, item="bare")) == 1
    elsewhere = client_as(Role.AUDITOR, "washington")
    assert "zhao" not in elsewhere.get("/api/v1/territories/washington/audit/changes").text
    assert "zhao" not in elsewhere.get(ACCOUNTS).text
    # An auditor sees all, and changes nothing.
    assert "zhao" in auditor.get(ACCOUNTS).text
    assert auditor.get(here).status_code == 200
    for answer in (
        auditor.patch(here, json={"name": "x"}),
        auditor.post(f"{here}/totp"),
        auditor.post(f"{here}/grants", json=grant),
    ):
        assert answer.status_code == 403
    street = client_as(Role.ADMINISTRATOR, "xinhua", "street", "130902001")
    assert street.get(f"{HERE}/audit/changes").status_code == 403
    with connect(database) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute("DELETE FROM administrative_change")


def test_a_roster_comes_by_file_whole_or_with_what_is_wrong_with_each_row(client_as: Make, xinhua: Grid) -> None:
    own = client_as(Role.ADMINISTRATOR, "xinhua")
    first, second = (leaf.code for leaf in xinhua.leaves[:2])
    rows = f"编号,姓名,网格,职责,起始日期\n1,甲,{first},网格员,2026-01-01\n2,乙,{second},网格员,2026-01-01\n"
    head = {"Content-Type": "text/csv"}

    def send(text: str | bytes, **asked: Any) -> Any:
        return own.post(f"{HERE}/officers:import", content=text, headers=head, params=asked)

    answer = send(rows.replace(first, "999").encode("gb18030"))
    assert answer.status_code == 422, answer.text
    assert [(error["record"], error["field"], error["kind"]) for error in answer.json()["errors"]] == [
        (1, "cell", "unknown_cell")
    ]
    assert own.get(f"{HERE}/officers").json()["officers"] == []
    assert send(rows.encode("gb18030")).json() == {"officers": 2, "changed": 2}
    assert send(rows).json() == {"officers": 2, "changed": 0}
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    leave = f"number,away_from,back_on,substitute\n1,{today},{today.replace(year=today.year + 1)},2\n"
    assert send(leave, leave=True).json() == {"officers": 1, "changed": 1}
    assert own.get(f"{HERE}/officers/1").json()["leave"][0]["substitute"] == "2"
    heir = f"number,name,cell,role,valid_from\n3,丙,{first},responsible,2026-06-01\n"
    assert send(heir).json()["errors"][0]["kind"] == "overlap_responsible"
    assert send(heir, hand_over=True).json()["changed"] == 2
    for broken in (b"", b"PK\x03\x04\x00\x00\xff\xfe", b'number,name\n"1,', b"\xff\xfe\x00", "姓名\n甲\n"):
        answer = send(broken)
        assert answer.status_code == 422, (broken, answer.text)
        assert "/tmp" not in answer.text
    street = client_as(Role.ADMINISTRATOR, "xinhua", "street", "130902001")
    assert street.post(f"{HERE}/officers:import", content=rows, headers=head).status_code == 403
