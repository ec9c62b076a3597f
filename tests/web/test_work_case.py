"""A case on the work screens: signing in, the next move and the rest, drafts, a lost session, who was quicker."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import psycopg
import pytest
import shapely
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.conftest import ROOT
from tests.people import token_for
from tests.web.page import PHONE, Place, Viewer, enter, faults_of_access, small_targets
from wangge.access.accounts import create_account, give
from wangge.access.passwords import hash_password
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.geo.grid import Location
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid

PASSWORD = "correct horse battery"
REFUSED = r"status of 4\d\d"


@pytest.fixture(scope="module")
def login(server: Any) -> str:
    """Somebody at the centre."""

    async def make() -> None:
        async with await psycopg.AsyncConnection.connect(server.database_url, autocommit=True) as connection:
            account = await create_account(
                connection, "wang.fang", "王芳", "tests", password_hash=hash_password(PASSWORD)
            )
            await give(connection, account, Grant(Role.CENTRE, "xinhua"), by="tests")

    with ThreadPoolExecutor(1) as aside:
        aside.submit(lambda: asyncio.run(make())).result()
    return "wang.fang"


def filed(api: httpx2.Client, **changed: Any) -> dict[str, Any]:
    """A report in another street than that whose figures the other tests look at."""
    body = {"lon": 116.87, "lat": 38.32, "category": "lamp"} | changed
    answer: dict[str, Any] = api.post("/xinhua/reports", json=body).json()
    return answer


def as_centre(viewer: Viewer, server: Any) -> Page:
    return enter(viewer, server, Grant(Role.CENTRE, "xinhua"))


def prove(page: Page, login: str) -> None:
    page.fill("#account-login", login)
    page.fill("#account-password", PASSWORD)
    page.press("#account-password", "Enter")


def test_the_story_of_a_case_at_a_desk(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, login: str, server: Any
) -> None:
    case = filed(api, description="The lamp <b>by the gate</b> is dark", urgency="urgent", accuracy=8)
    number = case["number"]
    viewer = open_viewer(expected_errors=REFUSED)
    page = viewer.page
    # What others do is told the moment it happens; here it is to be found out by the answer to a move.
    page.route("**/xinhua/events*", lambda route: route.fulfill(status=429, headers={"Retry-After": "600"}))
    page.goto(f"{viewer.url}/work#/xinhua/cases/{number}")
    expect(page.locator("input[type=password]")).to_be_visible()
    assert faults_of_access(page) == []
    prove(page, login)  # the page is nothing but the form
    expect(page.locator("#case-state")).to_have_text("Assigned")
    assert viewer.hash().startswith(f"/xinhua/cases/{number}")  # signing in leads to what the address asked for
    expect(page.locator("#case-description")).to_have_text("The lamp <b>by the gate</b> is dark")
    expect(page.locator("#case-place")).to_contain_text(case["cell"]["name"])
    expect(page.locator(".case-head .urgent")).to_be_visible()
    expect(page.locator("#case-clock")).to_contain_text("left")
    expect(page.locator(".case-map .pin")).to_be_visible()
    heard = (ROOT / "docs" / "work.md").read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    expect(page.locator("#work")).to_match_aria_snapshot(heard)

    expect(page.locator("#next-move")).to_have_text("Register")
    expect(page.locator("[data-move=refuse]")).to_be_hidden()
    page.click("#other-moves summary")
    page.click("[data-move=refuse]")
    page.click("#move-send")
    expect(page.locator("[data-field=reason] .field-error")).to_contain_text("required")
    expect(page.locator("#move-reason")).to_be_focused()
    page.fill("#move-reason", "not ours, it seems")
    page.go_back()  # leaves the form, not the page
    expect(page.locator("#next-move")).to_have_text("Register")
    page.go_forward()
    expect(page.locator("#move-reason")).to_have_value("not ours, it seems")
    page.click("#move-cancel")
    page.click("#next-move")
    page.click("#move-send")
    expect(page.locator("#case-state")).to_have_text("Registered")
    expect(page.locator(".history li").first).to_contain_text("王芳, Command centre")  # not the login
    expect(page.locator("#case-title")).to_be_focused()  # the form that had the focus is gone

    page.click("#next-move")
    names = page.locator(".choices label").all_inner_texts()
    assert "by the rule" in names[0]
    assert len(set(names)) == len(names)
    page.locator(".choices input").first.check()
    page.fill("#move-note", "tonight, please")
    with psycopg.connect(server.database_url) as connection:
        connection.execute("DELETE FROM account_session")
    page.click("#move-send")
    expect(page.locator("dialog .lead")).to_contain_text("session has ended")
    page.evaluate("() => { dispatchEvent(new CustomEvent('session-over')); }")  # as a second answer tells it
    expect(page.locator("dialog .lead")).to_contain_text("session has ended")
    late: list[tuple[Route, APIResponse]] = []
    page.route(re.compile(rf"/reports/{number}(\?.*)?$"), lambda route: late.append((route, route.fetch())), times=1)
    prove(page, login)
    expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator("#move-note")).to_have_value("tonight, please")
    while not late:  # the case is asked for again, and the answer comes after the move was made
        page.wait_for_timeout(50)
    with page.expect_response(re.compile(r"/reports\?")):  # the lists beside it are asked for first
        page.click("#move-send")
    late[0][0].fulfill(response=late[0][1])
    expect(page.locator("#case-state")).to_have_text("Dispatched")
    expect(page.locator(".tasks")).to_contain_text("not accepted yet")
    expect(page.locator(".history li").first).to_contain_text("tonight, please")

    assert faults_of_access(page) == []
    page.click("#other-moves summary")
    page.click("[data-move=park]")
    assert faults_of_access(page) == []
    assert small_targets(page) == []
    page.fill("#move-reason", "waiting for a part")
    meanwhile = {"move": "note", "note": "meanwhile"}
    api.post(f"/xinhua/reports/{number}/moves", json=meanwhile, headers={"If-Match": "*"})
    page.click("#move-send")
    expect(page.locator("#case-note")).to_contain_text("Somebody else has changed this case")
    expect(page.locator(".history li").first).to_contain_text("meanwhile")
    expect(page.locator("#move-reason")).to_have_value("waiting for a part")
    page.click("#move-send")
    expect(page.locator("#case-state")).to_have_text("Parked")
    expect(page.locator("#case-clock")).to_contain_text("waiting for a part")
    expect(page.locator("#next-move")).to_have_text("Resume")
    page.emulate_media(media="print", color_scheme="dark")
    for shown in ("#case-number-shown", "#case-place", "#case-description", ".tasks", "#case-history"):
        expect(page.locator(shown)).to_be_visible()
    for pressed in (".masthead", ".list", "#next-move", ".contact select", ".case-map"):
        expect(page.locator(pressed)).to_be_hidden()
    expect(page.locator(".case")).to_have_css("overflow", "visible")  # all of it, on as many sheets as it takes


def test_a_place_is_put_right_from_where_the_case_lies(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, place: Place, server: Any
) -> None:
    case = filed(api, lon=116.8712, lat=38.3207, description="灯杆旁的井盖坏了")
    kept = {
        "move": "relocate",
        "field": "reason",
        "name": {"en": "East"},
        "text": {"en": "{number} stands further east"},
    }
    editor = {"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.ADMINISTRATOR)])}"}
    told = httpx2.put(f"{str(api.base_url).rstrip('/')}/xinhua/templates/further", json=kept, headers=editor)
    assert told.status_code == 200, told.text
    twin = filed(api, lon=116.8713, lat=38.3207, description="the same lamp")
    viewer = open_viewer()
    page = as_centre(viewer, server)
    page.goto(f"{viewer.url}/work#/xinhua/cases/{case['number']}/relocate")
    expect(page.locator("#move-point")).to_have_value("38.320700, 116.871200")
    expect(page.locator(".move-form .pin.movable")).to_be_visible()
    box = page.locator(".move-form .case-map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 + 80, box["y"] + box["height"] / 2)
    expect(page.locator("#move-point")).not_to_have_value("38.320700, 116.871200")
    page.click("[data-text=further]")
    expect(page.locator("#move-reason")).to_have_value(f"{case['number']} stands further east")
    page.click("#move-send")
    expect(page.locator(".history li").first).to_contain_text("stands further east")
    moved = api.get(f"/xinhua/reports/{case['number']}").json()
    assert 0 < moved["lon"] - 116.8712 < 0.01
    assert abs(moved["lat"] - 38.3207) < 1e-4

    expect(page.locator("#case-doubles")).to_contain_text("the same lamp")
    expect(page.locator("#case-doubles")).to_contain_text("the same: ")
    page.goto(f"{viewer.url}/work#/xinhua/cases/{case['number']}/register")
    page.click("[data-suggested=manhole]")  # the words say so, and the case is of another category
    expect(page.locator("#move-category")).to_have_value("manhole")
    page.goto(f"{viewer.url}/work#/xinhua/cases/{case['number']}/merge")
    page.click(f"[data-into='{twin['number']}']")
    page.click("#move-send")
    expect(page.locator("#case-state")).to_have_text("Merged")


def test_a_case_whose_place_is_not_exact_names_the_other_cells(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, place: Place, server: Any
) -> None:
    with connect(server.database_url) as connection:
        grid = load_grid(connection, "xinhua")
    away = [leaf.geometry for leaf in grid.leaves if leaf.path[0] != place.ancestors[0]["code"]]
    corners = shapely.get_coordinates(away).tolist()
    lon, lat, cell, shares = next(
        (x, y, at.cell, shares)
        for x, y in corners
        if (shares := grid.candidates(x, y, 60)) and isinstance(at := grid.locate(x, y), Location)
        if shares[0].share > 0.5 and shares[0].cell != at.cell
    )
    case = filed(api, lon=lon, lat=lat, accuracy=60)
    viewer = open_viewer(expected_errors=REFUSED, viewport=PHONE, locale="zh-CN", has_touch=True, color_scheme="dark")
    page = as_centre(viewer, server)
    page.goto(f"{viewer.url}/work#/xinhua/cases/{case['number']}")
    expect(page.locator(".standing")).to_contain_text(shares[0].cell.name)
    assert faults_of_access(page) == []  # in the dark
    expect(page.locator("#case-others")).to_contain_text(shares[0].cell.name)
    expect(page.locator("#case-place")).to_contain_text(cell.name)
    expect(page.locator("#next-move")).to_have_text("立案")
    page.locator("#other-moves summary").tap()
    expect(page.locator("[data-move=escalate]")).to_have_text("提级办理")  # filing is called 上报
    page.locator("[data-move=park]").tap()
    expect(page.locator("label[for=move-reason]")).to_have_text("理由")
    page.fill("#move-reason", "等待配件")
    page.locator("#move-send").tap()
    expect(page.locator("#case-state")).to_have_text("已挂账")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
