"""An auditor draws closed cases, judges them on a phone one tap each, and reads the rate beside the closure rate."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.reports.histories import Histories
from tests.web.page import Viewer, enter, faults_of_access, small_targets
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.geo.grid import Grid
from wangge.reports.figures.rebuilding import rebuild
from wangge.store.engine import connect

MOST_TAPS, MOST_S = 14, 60
HANDHELD = {"width": 390, "height": 844}


SAYS = {"zh-CN": ("已判定 4", "剩 {left} 件"), "en-US": ("4 are judged", "{left} left")}


@pytest.mark.parametrize("locale", SAYS)
def test_an_auditor_draws_judges_and_reads_the_rate(
    open_viewer: Callable[..., Viewer], server: Any, xinhua: Grid, locale: str
) -> None:
    with connect(server.database_url, autocommit=True) as connection:
        histories = Histories(connection, xinhua, "lamp")
        for n in range(6):
            back = ("report-back", 2, {"evidence": ["lamp changed"]})
            histories.case(("register", 1), ("dispatch", 1), back, ("close", 3), leaf=-1 - n)
        rebuild(connection, mend=True)
    phone = open_viewer(locale=locale, viewport=HANDHELD, has_touch=True, is_mobile=True)
    page = enter(phone, server, Grant(Role.AUDITOR, "xinhua"))
    page.goto(f"{phone.url}/admin#/xinhua/audits")
    expect(page.locator("#audit-new")).to_be_visible()
    taps, begun = 0, time.monotonic()

    def tap(selector: str) -> None:
        nonlocal taps
        taps += 1
        page.locator(selector).first.tap()

    tap("#audit-new")
    for field, value in (("from", "2026-03-01"), ("to", "2026-03-01"), ("size", "4"), ("seed", "5")):
        page.fill(f"#audit-{field}", value)
        taps += 1
    assert faults_of_access(page) + small_targets(page) == []
    tap("#audit-send")
    tap("#audits [data-audit]")
    expect(page.locator("#audit-total")).to_contain_text("–")
    tap("#audit-judge")
    judged, left = SAYS[locale]
    for place, verdict in enumerate(("solved", "not-solved", "solved", "cannot-tell")):  # a tap each
        expect(page.locator("#judged-no-photos")).to_be_visible()
        if not place:
            assert faults_of_access(page) + small_targets(page) == []
            tap("#judged-spot")
            page.fill("#judged-note", "灯亮了")
        with page.expect_response("**/judgements"):
            tap(f"#judge-{verdict}")
        expect(page.locator(".lead")).to_contain_text(judged if place == 3 else left.format(left=3 - place))
    expect(page.locator("#audit-judge")).to_have_count(0)
    expect(page.locator("#audit-total strong").first).to_have_text(re.compile(r"^\d\d\.\d %$"))
    expect(page.locator("#audit-total .interval")).to_have_count(1)
    took = time.monotonic() - begun
    print(f"audits, {locale}: {taps} taps, {took:.1f} s")
    assert taps <= MOST_TAPS
    assert took < MOST_S
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
