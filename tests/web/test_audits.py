"""An auditor draws closed cases, judges them on a phone one tap each, and reads the rate beside the closure rate."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.reports.histories import Histories
from tests.web.page import Viewer, enter, faults_of_access, small_targets
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.geo.grid import Grid
from wangge.reports.figures.rebuilding import rebuild
from wangge.store.engine import connect

HANDHELD = {"width": 390, "height": 844}


def test_an_auditor_draws_judges_and_reads_the_rate(
    open_viewer: Callable[..., Viewer], server: Any, xinhua: Grid
) -> None:
    with connect(server.database_url, autocommit=True) as connection:
        histories = Histories(connection, xinhua, "lamp")
        for n in range(6):
            back = ("report-back", 2, {"evidence": ["lamp changed"]})
            histories.case(("register", 1), ("dispatch", 1), back, ("close", 3), leaf=-1 - n)
        rebuild(connection, mend=True)
    phone = open_viewer(locale="zh-CN", viewport=HANDHELD, has_touch=True, is_mobile=True)
    page = enter(phone, server, Grant(Role.AUDITOR, "xinhua"))
    page.goto(f"{phone.url}/admin#/xinhua/audits")
    page.click("#audit-new")
    page.fill("#audit-from", "2026-03-01")
    page.fill("#audit-to", "2026-03-01")
    page.fill("#audit-size", "4")
    page.fill("#audit-seed", "5")
    assert faults_of_access(page) + small_targets(page) == []
    page.click("#audit-send")
    page.click("#audits [data-audit]")
    expect(page.locator("#audit-total")).to_contain_text("–")
    page.click("#audit-judge")
    for place, verdict in enumerate(("solved", "not-solved", "solved", "cannot-tell")):  # a tap each
        expect(page.locator("#judged-no-photos")).to_be_visible()
        if not place:
            assert faults_of_access(page) + small_targets(page) == []
            page.check("#judged-spot")
            page.fill("#judged-note", "灯亮了")
        with page.expect_response("**/judgements"):
            page.click(f"#judge-{verdict}")
        expect(page.locator(".lead")).to_contain_text("已判定 4" if place == 3 else f"剩 {3 - place} 件")
    expect(page.locator("#audit-judge")).to_have_count(0)
    expect(page.locator("#audit-total strong").first).to_have_text(re.compile(r"^\d\d\.\d %$"))
    expect(page.locator("#audit-total .interval")).to_have_count(1)
    expect(page.locator("#audit-own tbody tr")).to_have_count(4)
    assert faults_of_access(page) + small_targets(page) == []

    desk = open_viewer(color_scheme="dark")
    seen = enter(desk, server, Grant(Role.CENTRE, "xinhua"))
    seen.goto(page.url)
    expect(seen.locator("#audit-category tbody tr").first).to_be_visible()
    assert seen.locator("#audit-own").count() == 0  # who judged what is nobody's to see
    assert faults_of_access(seen) == []
    officer = open_viewer()
    other = enter(officer, server, Grant(Role.OFFICER, "xinhua", "grid", xinhua.leaves[0].code))
    other.goto(f"{officer.url}/admin#/xinhua/integrity")
    expect(other.locator("[data-section=integrity]")).to_be_visible()
    expect(other.locator("[data-section=audits]")).to_have_count(0)
