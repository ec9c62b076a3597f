"""Limits and the working calendar over HTTP."""

import time
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.people import token_for
from tests.reports.test_sweep import START, asked, create_cases, moves
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.store.engine import connect
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
LIMITS = {"limits": [{"step": "handle", "categories": ["lamp"], "within": "3 working hours"}], "levels": {"grid": "1d"}}


def problem(response: httpx2.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    return dict(response.json())


def test_a_territory_tells_its_limits(reader: TestClient) -> None:
    answer = reader.get(f"{HERE}/policy", headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["territory"], body["default"]) == ("xinhua", False)
    manhole = {"step": "handle", "categories": ["manhole", "fire-lane"], "within": "2h"}
    assert manhole in body["policy"]["limits"]
    assert body["policy"]["working"]["holidays"] == "CN"
    assert answer.headers["etag"] == f'"{body["revision"]}"'


def test_limits_are_replaced_and_read_back_as_they_were_given(client: TestClient) -> None:
    before = client.get(f"{HERE}/policy").json()["revision"]
    put = client.put(f"{HERE}/policy", json=LIMITS)
    assert put.status_code == 200
    assert put.json()["revision"] == before + 1
    got = client.get(f"{HERE}/policy")
    assert got.json() == put.json()
    assert got.json()["policy"] == LIMITS
    assert got.headers["etag"] == put.headers["etag"]


def test_whoever_read_older_limits_does_not_overwrite_newer_ones(client: TestClient) -> None:
    tag = client.get(f"{HERE}/policy").headers["etag"]
    assert client.put(f"{HERE}/policy", json=LIMITS, headers={"If-Match": tag}).status_code == 200
    stale = client.put(f"{HERE}/policy", json={}, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert problem(stale)["type"] == "/problems/stale"
    assert client.get(f"{HERE}/policy").json()["policy"] == LIMITS


@pytest.mark.parametrize(
    ("body", "status", "kind", "field"),
    [
        ({"limits": [{"step": "handle", "within": "soon"}]}, 422, "bad-field", "limits.0.within"),
        ({"limits": [{"step": "handle", "within": "2h", "categories": ["lmap"]}]}, 422, "unknown-category", None),
        ({"levels": {"block": "2h"}}, 422, "unknown-level-key", None),
        ({"working": {"hours": ["12:00-08:00"]}}, 422, "bad-field", "working.hours"),
        (
            {"limits": [{"step": "handle", "within": "2h", "categories": ["a\0"]}]},
            422,
            "bad-field",
            "limits.0.categories.0",
        ),
    ],
)
def test_limits_that_cannot_be_are_refused_by_name(
    reader: TestClient, body: dict[str, Any], status: int, kind: str, field: str | None
) -> None:
    answer = reader.put(f"{HERE}/policy", json=body, headers={"Accept-Language": "zh"})
    assert answer.status_code == status
    told = problem(answer)
    assert told["type"] == f"/problems/{kind}"
    if field:
        (error,) = told["errors"]
        assert error["field"] == field
        assert any("一" <= sign <= "龥" for sign in error["message"])


def test_the_calendar_tells_which_days_are_worked_and_why(reader: TestClient) -> None:
    answer = reader.get(f"{HERE}/calendar", params={"from": "2025-09-28", "to": "2025-10-02"})
    assert answer.status_code == 200
    body = answer.json()
    assert body["timezone"] == "Asia/Shanghai"
    assert body["hours"] == ["08:30-12:00", "14:00-18:00"]
    assert [(day["day"], day["work"]) for day in body["days"]] == [
        ("2025-09-28", True),  # a Sunday, worked for the 7th of October
        ("2025-09-29", True),
        ("2025-09-30", True),
        ("2025-10-01", False),
        ("2025-10-02", False),
    ]
    chinese = reader.get(f"{HERE}/calendar?from=2025-10-01&to=2025-10-01", headers={"Accept-Language": "zh"}).json()
    assert (body["days"][3]["name"], chinese["days"][0]["name"]) == ("National Day", "国庆节")
    assert not any(day["set"] for day in body["days"])


def test_a_day_that_is_set_goes_before_the_rules_until_it_is_unset(client: TestClient) -> None:
    def day() -> dict[str, Any]:
        asked = client.get(f"{HERE}/calendar", params={"from": "2026-11-30", "to": "2026-11-30"})
        return dict(asked.json()["days"][0])

    ordinary = {"day": "2026-11-30", "work": True, "set": False, "name": None}
    assert day() == ordinary
    revision = client.get(f"{HERE}/policy").json()["revision"]
    assert client.put(f"{HERE}/calendar/2026-11-30", json={"work": False, "name": "大雪"}).status_code == 204
    assert day() == {"day": "2026-11-30", "work": False, "set": True, "name": "大雪"}
    assert client.get(f"{HERE}/policy").json()["revision"] == revision + 1
    for _ in range(2):
        assert client.delete(f"{HERE}/calendar/2026-11-30").status_code == 204
    assert day() == ordinary
    assert client.get(f"{HERE}/policy").json()["revision"] == revision + 2


@pytest.mark.parametrize("span", [("2026-01-02", "2026-01-01"), ("2020-01-01", "2026-01-01")])
def test_a_calendar_has_at_most_three_years(reader: TestClient, span: tuple[str, str]) -> None:
    answer = reader.get(f"{HERE}/calendar", params={"from": span[0], "to": span[1]})
    assert answer.status_code == 422
    assert problem(answer)["errors"][0]["field"] == "to"


def test_years_that_no_authority_has_set_are_answered_too(reader: TestClient) -> None:
    for year in ("0001", "1900", "9999"):
        answer = reader.get(f"{HERE}/calendar", params={"from": f"{year}-12-01", "to": f"{year}-12-31"})
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["days"]) == 31


def test_anybody_reads_limits_and_only_those_who_edit_rules_change_them(anonymous: TestClient, database: str) -> None:
    day = "calendar/2026-11-30"
    changes = [("PUT", "policy", LIMITS, 200), ("PUT", day, {"work": False}, 204), ("DELETE", day, None, 204)]
    assert anonymous.get(f"{HERE}/policy").status_code == 200
    for grant, refused in [
        (None, 401),
        (Grant(Role.CENTRE, "xinhua"), 403),
        (Grant(Role.ADMINISTRATOR, "washington"), 403),
        (Grant(Role.ADMINISTRATOR, "xinhua"), None),
    ]:
        headers = {"Authorization": f"Bearer {token_for(database, [grant])}"} if grant else {}
        for method, path, body, done in changes:
            answer = anonymous.request(method, f"{HERE}/{path}", json=body, headers=headers)
            assert answer.status_code == (refused or done), answer.text
    ((by,),) = asked(database, "SELECT changed_by FROM policy WHERE territory_code = 'xinhua'")
    assert by not in ("wangge", "resident"), "who changed it last is kept"


def test_an_unknown_territory_is_told(reader: TestClient) -> None:
    assert reader.get("/api/v1/territories/nowhere/policy").status_code == 404


def test_a_running_server_sweeps_by_itself(settings: Settings) -> None:
    url = settings.database_url or ""
    with connect(url) as connection:
        connection.execute("SELECT ensure_report_month('2026-10-01'), ensure_report_month('2026-11-01')")
    create_cases(url, 30)
    late = (
        "UPDATE report SET due_at = now() - interval '1 minute', alarm_at = now() - interval '1 minute', level = NULL"
    )
    with connect(url) as connection:
        connection.execute(late)
    with TestClient(create_app(settings.model_copy(update={"sweep_s": 0.05}))):
        until = time.monotonic() + 20
        while moves(url)["expire"] < 30 and time.monotonic() < until:
            time.sleep(0.05)
    assert moves(url) == {"expire": 30}
    assert asked(url, "SELECT count(*) FROM report WHERE overdue") == [(30,)]
    ((at,),) = asked(url, "SELECT max(at) FROM report_event WHERE move = 'expire'")
    assert abs(datetime.now(at.tzinfo) - at) < timedelta(minutes=1), f"not {START}: the present moment"
