"""Cases in the viewer: a desk finds what is open in its cell, reads a case and moves it; nobody else sees any."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import psycopg
import pytest
import shapely
from playwright.sync_api import expect

from tests.web.page import PHONE, Place, Viewer
from wangge.access.accounts import create_account, give
from wangge.access.passwords import hash_password
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.geo.grid import Location
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def login(server: Any) -> str:
    """Somebody at the centre and at a desk."""

    async def make() -> None:
        async with await psycopg.AsyncConnection.connect(server.database_url, autocommit=True) as connection:
            account = await create_account(connection, "wang.fang", "王芳", password_hash=hash_password(PASSWORD))
            await give(connection, account, Grant(Role.CENTRE, "xinhua"), by="tests")

    with ThreadPoolExecutor(1) as aside:
        aside.submit(lambda: asyncio.run(make())).result()
    return "wang.fang"


def sign_in(viewer: Viewer, login: str) -> None:
    page = viewer.page
    page.click("#account-button")
    page.fill("#account-login", login)
    page.fill("#account-password", PASSWORD)
    page.press("#account-password", "Enter")
    expect(page.locator("#account-button")).to_have_text("王芳")


def filed(api: httpx2.Client, **changed: Any) -> dict[str, Any]:
    """A report in another street than that whose figures the other tests look at."""
    body = {"lon": 116.87, "lat": 38.32, "category": "lamp"} | changed
    answer: dict[str, Any] = api.post("/xinhua/reports", json=body).json()
    return answer


def test_a_case_is_found_read_and_moved(open_viewer: Callable[..., Viewer], api: httpx2.Client, login: str) -> None:
    case = filed(api, description="The lamp by the gate is dark", urgency="urgent")
    viewer = open_viewer(expected_errors=r"status of (4\d\d)")
    page = viewer.open(f"#t=xinhua&cell=grid:{case['cell']['code']}").page
    expect(page.locator("#figure-reports")).to_be_visible()
    expect(page.locator("#carried")).to_be_empty()  # without an account

    sign_in(viewer, login)
    page.click(f"[data-number='{case['number']}']")
    expect(page.locator("#case-state")).to_have_text("Assigned")
    expect(page.locator(".standing")).to_contain_text(case["cell"]["name"])
    expect(page.locator(".standing .due")).to_contain_text("due")
    assert [row.get_attribute("data-move") for row in page.locator(".history li").all()] == ["assign", "receive"]

    page.click("[data-move=refuse]")
    page.click("#move-send")
    expect(page.locator("[data-field=reason] .field-error")).to_contain_text("required")
    expect(page.locator("#move-reason")).to_be_focused()
    page.click("[data-move=register]")
    page.click("#move-send")
    expect(page.locator("#case-state")).to_have_text("Registered")
    page.click("[data-move=dispatch]")
    page.locator(".choices input").first.check()
    page.fill("#move-note", "tonight, please")
    page.click("#move-send")
    expect(page.locator("#case-state")).to_have_text("Dispatched")
    expect(page.locator(".tasks")).to_contain_text("not accepted yet")
    expect(page.locator(".history li").first).to_contain_text("tonight, please")

    api.post(
        f"/xinhua/reports/{case['number']}/moves", json={"move": "note", "note": "meanwhile"}, headers={"If-Match": "*"}
    )
    page.click("[data-move=accept]")
    page.click("#move-send")
    expect(page.locator("#case-note")).to_contain_text("Somebody else has changed this case")
    expect(page.locator(".history li").first).to_contain_text("meanwhile")
    page.click("[data-move=accept]")
    page.click("#move-send")
    expect(page.locator("#case-state")).to_have_text("Accepted")
    page.click(".back")
    expect(page.locator(f"[data-number='{case['number']}']")).to_be_visible()


def test_a_case_whose_place_is_not_exact_names_the_other_cells(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, login: str, place: Place, server: Any
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
    viewer = open_viewer(expected_errors=r"status of (4\d\d)")
    page = viewer.open(f"#t=xinhua&cell=grid:{cell.code}").page
    sign_in(viewer, login)
    page.click(f"[data-number='{case['number']}']")
    expect(page.locator(".standing")).to_contain_text(shares[0].cell.name)
    expect(page.locator("#case-others")).to_contain_text(cell.name)


def test_in_chinese_on_a_phone(open_viewer: Callable[..., Viewer], api: httpx2.Client, login: str) -> None:
    case = filed(api, description="路灯不亮")
    viewer = open_viewer(expected_errors=r"status of 401", viewport=PHONE, locale="zh-CN", has_touch=True)
    page = viewer.open(f"#t=xinhua&cell=grid:{case['cell']['code']}").page
    sign_in(viewer, login)
    page.click(f"[data-number='{case['number']}']")
    expect(page.locator("#case-state")).to_have_text("已分派")
    expect(page.locator("[data-move=register]")).to_have_text("立案")
    page.click("[data-move=park]")
    expect(page.locator("label[for=move-reason]")).to_have_text("理由")
    page.fill("#move-reason", "等待配件")
    page.click("#move-send")
    expect(page.locator("#case-state")).to_have_text("已挂账")
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide
