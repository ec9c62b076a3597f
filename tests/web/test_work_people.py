"""Several people on one case: a party without a desk and the centre, each on a screen that follows the other."""

from collections.abc import Callable
from typing import Any

import httpx2
import psycopg
from playwright.sync_api import expect

from tests.web.page import PHONE, Taps, Viewer, enter
from wangge.access.person import Grant
from wangge.access.roles import Role


def organisation(server: Any) -> int:
    """A body that may be given cases anywhere in Xinhua."""
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "INSERT INTO organisation_type (territory_code, code, name) VALUES ('xinhua', 'works', '{}')"
        )
        row = connection.execute(
            "INSERT INTO organisation (territory_code, code, name, type)"
            """ VALUES ('xinhua', 'lamps', '{"en": "Lamps & co", "zh": "路灯公司"}', 'works') RETURNING id"""
        ).fetchone()
    assert row
    return int(row[0])


def test_a_party_returns_a_case_takes_it_and_the_centre_closes_it(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, server: Any
) -> None:
    body = organisation(server)
    filed: dict[str, Any] = {"lon": 116.8701, "lat": 38.3312, "category": "manhole"}
    filed["description"] = "<img src=x onerror=alert(1)>"
    number = api.post("/xinhua/reports", json=filed).json()["number"]
    api.post(f"/xinhua/reports/{number}/moves", json={"move": "register"}, headers={"If-Match": "*"})

    desk = open_viewer()
    centre = enter(desk, server, Grant(Role.CENTRE, "xinhua"))
    centre.goto(f"{desk.url}/work#/xinhua/cases/{number}?open=true&category=manhole")
    phone = open_viewer(viewport=PHONE, locale="zh-CN", has_touch=True, is_mobile=True, color_scheme="dark")
    party = enter(phone, server, Grant(Role.ORGANISATION, "xinhua", organisation=body))
    party.goto(f"{phone.url}/work")
    party.wait_for_url("**?open=true&mine=true")
    expect(party.locator("#list-empty")).to_be_visible()

    press, tap = Taps(centre), Taps(party)

    def dispatch() -> None:
        press("#next-move")
        centre.fill("#party-search", "lamps")
        press(f"[data-party='organisation:{body}']")
        press("#move-send")
        expect(centre.locator("#case-state")).to_have_text("Dispatched")

    dispatch()
    tap(f"[data-number='{number}']")  # it came by itself
    expect(party.locator("#case-description")).to_have_text(filed["description"])
    tap("#other-moves summary")
    tap("[data-move=return]")
    party.fill("#move-reason", "不是我们的井盖")
    tap("#move-send")
    expect(centre.locator("#case-state")).to_have_text("Registered")  # without a reload
    expect(centre.locator("#case-history li").first).to_contain_text("Lamps & co")
    expect(centre.locator("[data-view=returned] .count")).to_have_text("1")
    dispatch()

    assert (press.count, tap.count) == (3 + 3, 4)
    tap = Taps(party)
    party.goto(f"{phone.url}/work")
    tap(f"[data-number='{number}']")
    for move, name in (("accept", "受理"), ("start", "开始处置"), ("report-back", "反馈")):
        expect(party.locator("#next-move")).to_have_text(name)
        tap(f"#next-move[data-move={move}]")
        if move == "report-back":
            party.fill("#move-note", "已更换")
        tap("#move-send")
    expect(party.locator("#case-state")).to_have_text("已反馈")
    assert tap.count == 7

    for name, state in (("Verify", "Verified"), ("Close", "Closed")):
        expect(centre.locator("#next-move")).to_have_text(name)
        press("#next-move")
        press("#move-send")
        expect(centre.locator("#case-state")).to_have_text(state)
    assert press.count == 3 + 3 + 4
    expect(party.locator("#case-state")).to_have_text("已结案")
    auditor = open_viewer()
    reader = enter(auditor, server, Grant(Role.AUDITOR, "xinhua"))
    reader.goto(f"{auditor.url}/work#/xinhua/cases/{number}")
    expect(reader.locator("#case-history li").first).to_contain_text("Command centre")
    expect(reader.locator(".acts")).to_have_count(0)  # sees all, changes nothing
    expect(reader.locator(".contact")).to_have_count(0)
