"""A campaign from the form to its end: the centre starts it, an officer looks at a place, the board has it."""

import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
from playwright.sync_api import expect

from tests.conftest import Server
from tests.people import session_for, token_for
from tests.web.page import LAT, LON, PHONE, Viewer, faults_of_access
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.plumbing.cookies import COOKIE

SHOTS = os.environ.get("WANGGE_SHOTS")  # a folder for pictures to be looked at


def enter(viewer: Viewer, server: Server, grants: list[Grant], secret: str = "") -> Any:
    secret = secret or session_for(server.database_url, grants)
    viewer.page.context.add_cookies([{"name": COOKIE, "value": secret, "url": server.url}])
    return viewer.page


def shot(page: Any, name: str, theme: str = "light") -> None:
    if SHOTS:
        page.emulate_media(color_scheme=theme)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def shows_a_whole_city(page: Any, server: Server) -> None:
    """The board of a campaign with a place in every base grid: its worst cells at once, the others when asked for."""
    checklist: dict[str, Any] = {
        "code": "low",
        "name": {"zh": "低洼处", "en": "Low places"},
        "level": "grid",
        "questions": [{"code": "dry", "name": {"zh": "无积水", "en": "Dry"}}],
    }
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    body: dict[str, Any] = {
        "name": {"zh": "汛期", "en": "Rains"},
        "since": str(today - timedelta(days=1)),
        "until": str(today),
    }
    body |= {"categories": [{"code": "water", "name": {"zh": "积水", "en": "Water"}}]}
    editor = {"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.ADMINISTRATOR, 'xinhua')])}"}
    here = f"{server.url}/api/v1/territories/xinhua"
    made = httpx2.put(f"{here}/campaigns/rains", json=body | {"checklists": [checklist]}, headers=editor)
    assert made.is_success, made.text
    filed = httpx2.post(f"{here}/reports", json={"lon": LON, "lat": LAT, "category": "rains.water"})
    assert filed.status_code == 201, filed.text
    community = httpx2.get(f"{here}/locate", params={"lon": LON, "lat": LAT}).json()["ancestors"][-1]["code"]
    address = page.url
    page.goto(f"{server.url}/admin#/xinhua/campaigns/rains")
    expect(page.locator("#campaign-cells tbody tr")).to_have_count(7)
    expect(page.locator("#campaign-cells tbody tr").first).to_have_attribute("data-row", community)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('.section').scrollHeight") < 2500
    assert page.evaluate("document.querySelector('.section').scrollWidth <= innerWidth")
    assert faults_of_access(page) == []
    shot(page, "whole-phone")
    page.locator("#campaign-cells-all").click()
    assert page.locator("#campaign-cells tbody tr").count() > 7
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(address)
    expect(page.locator("#campaign-cells tbody tr")).to_have_count(1)


def test_a_campaign_is_started_looked_at_and_ended(
    open_viewer: Callable[..., Viewer], server: Server, api: httpx2.Client
) -> None:
    centre = open_viewer()
    page = enter(centre, server, [Grant(Role.ADMINISTRATOR, "xinhua"), Grant(Role.CENTRE, "xinhua")])
    page.goto(f"{centre.url}/admin#/xinhua/campaigns")
    page.locator("#campaign-new").click()
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    page.locator("#campaign-code").fill("flood")
    page.locator("#campaign-zh").fill("防汛")
    page.locator("#campaign-en").fill("Flood")
    page.locator("#campaign-since").fill(str(today - timedelta(days=1)))
    page.locator("#campaign-until").fill(str(today + timedelta(days=13)))
    page.locator("#campaign-categories").fill("levee | 堤防险情 | Levee | urgent")
    page.locator("#checklist-add").click()
    for part, typed in {"code": "pumps", "zh": "泵站", "en": "Pumps", "points": f"p1 | Pump 1 | {LON} | {LAT}"}.items():
        page.locator(f"#checklist-0-{part}").fill(typed)
    for part, typed in {"code": "runs", "zh": "是否运转", "en": "Does it run"}.items():
        page.locator(f"#checklist-0-question-0-{part}").fill(typed)
    shot(page, "form")
    page.locator("#campaign-send").click()
    expect(page.locator("[data-campaign=flood]")).to_be_visible()
    filed = api.post("/xinhua/reports", json={"lon": LON, "lat": LAT, "category": "flood.levee"})
    assert filed.status_code == 201, filed.text

    street = open_viewer("ERR_INTERNET_DISCONNECTED", viewport=PHONE)
    base = api.get("/xinhua/locate", params={"lon": LON, "lat": LAT}).json()["cell"]["code"]
    phone = enter(street, server, [Grant(Role.OFFICER, "xinhua", "grid", base)])
    phone.goto(f"{street.url}/work#/xinhua/cases")
    phone.locator("a[data-campaign=flood]").click()
    phone.locator("select[data-question=runs]").select_option("false")
    assert faults_of_access(phone) == []
    shot(phone, "phone")
    phone.reload()
    expect(phone.locator("select[data-question=runs]")).to_have_value("false")  # what was chosen is not lost
    phone.context.set_offline(True)
    phone.goto(f"{street.url}/work#/xinhua/cases")
    phone.locator("a[data-campaign=flood]").click()
    phone.locator("[data-place=p1] button").click()
    expect(phone.locator("h3 .count")).to_have_text("1 of 1")
    phone.goto(f"{street.url}/work#/xinhua/outbox")
    expect(phone.locator("[data-entry]")).to_contain_text(re.compile("does it run: no", re.IGNORECASE))
    phone.context.set_offline(False)
    expect(phone.locator("[data-entry]")).to_have_count(0)
    phone.goto(f"{street.url}/work#/xinhua/checks/flood")
    expect(phone.locator("h3 .count")).to_have_text("1 of 1")
    shot(phone, "phone-dark", "dark")

    page.locator("[data-campaign=flood]").click()
    expect(page.locator("#campaign-checklists [data-row=pumps]")).to_contain_text("0 yes, 1 no")
    expect(page.locator("#campaign-cells tbody tr")).to_have_count(1)
    expect(page.locator("#campaign-map canvas")).to_be_visible()
    assert faults_of_access(page) == []
    shot(page, "board")
    shows_a_whole_city(page, server)
    for name, (width, height), theme in (
        ("board-dark", (1440, 1000), "dark"),
        ("board-phone-dark", (390, 844), "dark"),
        ("board-4k", (3840, 2160), "light"),
    ):
        page.set_viewport_size({"width": width, "height": height})
        shot(page, name, theme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#campaign-end").click()
    page.locator("#campaign-end").click()
    expect(page.locator("#campaign-end")).to_have_count(0)
    over = api.post("/xinhua/reports", json={"lon": LON, "lat": LAT, "category": "flood.levee"})
    assert over.json()["type"].endswith("unknown-category")


KEPT = """() => new Promise(done => { const request = indexedDB.open('wangge'); request.onsuccess = () => {
    const keys = request.result.transaction('kept').objectStore('kept').getAllKeys();
    keys.onsuccess = () => { request.result.close(); done(keys.result); }; }; })"""


def test_what_was_seen_outlives_a_changed_checklist_and_is_nobody_elses(
    open_viewer: Callable[..., Viewer], server: Server, api: httpx2.Client
) -> None:
    editor = {"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.ADMINISTRATOR, 'xinhua')])}"}
    here = f"{server.url}/api/v1/territories/xinhua/campaigns/snow"
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()

    def put(asked: str, **version: str) -> None:
        questions = [
            {"code": "clear", "name": {"zh": "已清扫"}},
            {"code": asked, "name": {"zh": "备注"}, "kind": "text"},
        ]
        points = [{"code": code, "name": code, "lon": LON, "lat": LAT} for code in ("s1", "s2")]
        body = {
            "name": {"zh": "扫雪"},
            "since": str(today - timedelta(days=1)),
            "until": str(today + timedelta(days=9)),
        }
        lists = [{"code": "streets", "name": {"zh": "道路"}, "points": points, "questions": questions}]
        made = httpx2.put(here, json=body | {"checklists": lists}, headers=editor | version)
        assert made.is_success, made.text

    put("note")
    base = api.get("/xinhua/locate", params={"lon": LON, "lat": LAT}).json()["cell"]["code"]
    officer = Grant(Role.OFFICER, "xinhua", "grid", base)
    street = open_viewer("Failed to load resource", viewport=PHONE)
    mine = session_for(server.database_url, [officer])
    page = enter(street, server, [], mine)
    looked = page.locator("h3 .count")
    checks, outbox = f"{street.url}/work#/xinhua/checks/snow", f"{street.url}/work#/xinhua/outbox"
    first, second = page.locator("[data-place=s1]"), page.locator("[data-place=s2]")
    page.goto(checks)
    first.locator("select").select_option("true")
    first.locator("input").fill("of before")
    put("remark", **{"If-Match": "*"})
    page.reload()
    expect(first.locator("input")).to_have_value("")
    first.locator("button").click()
    expect(looked).to_have_text("1 of 2")  # the answer to what is no longer asked keeps nothing back

    page.route("**/answers", lambda route: route.abort())
    second.locator("select").select_option("false")
    second.locator("button").click()
    expect(looked).to_have_text("2 of 2")
    page.reload()
    expect(looked).to_have_text("2 of 2")  # it waits, and is still seen
    page.unroute("**/answers")
    refusal = {"type": "x:bad-field", "title": "no", "errors": [{"field": "body", "kind": "x", "message": "no"}]}
    page.route("**/answers", lambda route: route.fulfill(status=422, json=refusal))
    page.goto(outbox)
    page.locator("#outbox-send").click()
    expect(page.locator("[data-state=refused] [data-act=edit]")).to_be_visible()
    page.goto(checks)
    expect(looked).to_have_text("1 of 2")
    second.locator("select").select_option("true")
    page.goto(outbox)
    page.locator("[data-act=edit]").click()
    expect(second.locator("select")).to_have_value("true")  # what is newer stays
    page.goto(outbox)
    expect(page.locator("[data-entry] q").first).to_contain_text(re.compile(": no", re.IGNORECASE))  # and so does this

    assert "checks xinhua" in page.evaluate(KEPT)
    desk = open_viewer()
    office = enter(desk, server, [Grant(Role.CENTRE, "xinhua")])
    office.goto(f"{desk.url}/work#/xinhua/checks/snow")
    expect(office.locator("[data-place=s1]")).to_be_visible()
    assert office.evaluate(KEPT) == []

    enter(street, server, [officer])
    page.goto(checks)
    page.reload()
    expect(second.locator("select")).to_have_value("")  # of another person nothing is shown
    second.locator("select").select_option("true")
    page.locator("#account-button").click()
    page.locator("#sign-out").click()
    expect(page.locator("#account-login")).to_be_visible()
    assert "snow" not in page.evaluate("sessionStorage.getItem('wangge.drafts')")

    ended = httpx2.post(f"{here}/end", headers=editor)
    assert ended.is_success, ended.text
    enter(street, server, [], mine)
    page.goto(outbox)
    page.reload()
    expect(page.locator("[data-act=drop]")).to_be_visible()
    expect(page.locator("[data-act=edit]")).to_have_count(0)  # there is nowhere to write it, and it stands here
    expect(page.locator("[data-entry] q").first).to_contain_text(re.compile(": no", re.IGNORECASE))
