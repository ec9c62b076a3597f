"""Signing in and out in the browser: by hand, by keyboard, with a second factor, on a phone, in both languages."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx2
import psycopg
import pyotp
import pytest
from playwright.sync_api import expect

from tests.web.page import PHONE, Place, Viewer
from wangge.access.accounts import create_account, give, set_account
from wangge.access.passwords import hash_password
from wangge.access.person import Grant
from wangge.access.roles import Role

PASSWORD = "correct horse battery"
SERIAL = count()
REFUSED = r"status of 401"


@pytest.fixture
def account(server: Any) -> Callable[..., str]:
    """Makes accounts; gives the login."""

    def make(grant: Grant, totp: str | None = None, name: str = "李娜") -> str:
        login = f"li.na{next(SERIAL)}"

        async def run() -> None:
            async with await psycopg.AsyncConnection.connect(server.database_url, autocommit=True) as connection:
                made = await create_account(connection, login, name, "tests", password_hash=hash_password(PASSWORD))
                await give(connection, made, grant, by="tests")
                if totp:
                    await set_account(connection, made, [("totp_secret", totp)], "tests")

        with ThreadPoolExecutor(1) as aside:
            aside.submit(lambda: asyncio.run(run())).result()
        return login

    return make


def sign_in(viewer: Viewer, login: str, password: str = PASSWORD) -> None:
    viewer.page.click("#account-button")
    viewer.page.fill("#account-login", login)
    viewer.page.fill("#account-password", password)
    viewer.page.press("#account-password", "Enter")


def back_to_the_map(viewer: Viewer) -> None:
    """Everybody who signs in lands on their work, with a link to the map."""
    viewer.page.wait_for_url("**/work#/xinhua/cases*")
    viewer.page.get_by_role("link", name=re.compile("Map|地图")).click()
    viewer.painted()
    expect(viewer.page.locator("#account-button.known")).to_be_visible()


def test_whoever_signs_in_sees_more_and_files_as_before(
    open_viewer: Callable[..., Viewer], account: Callable[..., str], api: httpx2.Client, place: Place
) -> None:
    lon, lat = place.lon + 0.004, place.lat
    alone = {"lon": lon, "lat": lat, "category": "lamp", "external_id": "web-alone"}
    cell = api.post("/xinhua/reports", json=alone).json()["cell"]
    viewer = open_viewer(expected_errors=REFUSED)
    page = viewer.open(f"#t=xinhua&cell=grid:{cell['code']}").page
    viewer.click_map(lon, lat)
    expect(page.locator("#figure-reports")).not_to_have_text("1")  # what was published, not what came just now
    expect(page.locator("#figure-release")).to_be_visible()

    login = account(Grant(Role.CENTRE, "xinhua"))
    sign_in(viewer, login, "a wrong password")
    expect(page.get_by_role("alert")).to_contain_text("not right")
    page.fill("#account-password", PASSWORD)
    page.click("#account-send")
    back_to_the_map(viewer)
    expect(page.locator("#account-button")).to_have_text("李娜")
    viewer.open(f"#t=xinhua&z=16&lon={lon}&lat={lat}")
    viewer.click_map(lon + 0.0004, lat)  # beside the case, which a click would open
    expect(page.locator("#figure-reports")).to_have_text("1")
    expect(page.locator("#figure-release")).to_have_count(0)

    page.get_by_role("button", name="Report here").click()
    page.select_option("#report-category", index=1)
    page.click("#report-send")  # with the cookie, so that it must carry what belongs to it
    expect(page.locator("#case-number")).to_be_visible()

    page.click("#account-button")
    expect(page.locator(".given")).to_contain_text("Command centre")
    expect(page.locator(".given")).to_contain_text("Xinhua District")
    page.click("#sign-out")
    expect(page.locator("#account-button")).to_have_text("Sign in")
    assert page.evaluate("document.cookie") == ""
    assert page.context.cookies() == []


def test_by_keyboard_with_a_second_factor_in_chinese_on_a_phone(
    open_viewer: Callable[..., Viewer], account: Callable[..., str], place: Place
) -> None:
    secret = pyotp.random_base32()
    login = account(Grant(Role.OFFICER, "xinhua", "grid", place.cell["code"]), secret)
    viewer = open_viewer(expected_errors=REFUSED, viewport=PHONE, locale="zh-CN", has_touch=True)
    page = viewer.open().page
    page.locator("#account-button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#account-login")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#account-button")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    expect(page.locator("#account-code")).to_be_focused()
    page.keyboard.type(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    page.wait_for_url("**/work#/xinhua/cases?open=true")
    page.click("#account-button")
    expect(page.locator(".given")).to_contain_text("网格员")


def test_a_long_name_stays_clear_of_the_languages(
    open_viewer: Callable[..., Viewer], account: Callable[..., str]
) -> None:
    viewer = open_viewer(expected_errors=REFUSED)
    page = viewer.open().page
    sign_in(viewer, account(Grant(Role.PLANNER), name="command centre 综合指挥中心"))
    back_to_the_map(viewer)
    button, languages = (page.locator(one).bounding_box() for one in ("#account-button", "#languages"))
    assert button
    assert languages
    assert button["x"] + button["width"] <= languages["x"]


def test_one_changes_one_s_own_password_and_signs_in_with_it(
    open_viewer: Callable[..., Viewer], account: Callable[..., str]
) -> None:
    login, fresh = account(Grant(Role.CENTRE, "xinhua")), "a longer horse battery"
    viewer = open_viewer(expected_errors=REFUSED)
    page = viewer.open().page
    sign_in(viewer, login)
    back_to_the_map(viewer)
    page.click("#account-button")
    page.click("#change-password")
    expect(page.locator("#account-password")).to_be_focused()
    page.fill("#account-password", "a wrong password")
    page.fill("#account-new_password", fresh)
    page.click("#account-send")
    expect(page.get_by_role("alert")).to_contain_text("not right")
    page.fill("#account-password", PASSWORD)
    page.click("#account-send")
    expect(page.locator("#account-title")).to_have_text("Sign in")
    expect(page.locator(".lead")).to_contain_text("is changed")
    expect(page.locator("#account-login")).to_have_value(login)
    page.keyboard.type(fresh)
    page.keyboard.press("Enter")
    expect(page.locator("#account-button.known")).to_be_visible()


def test_a_session_that_is_over_leaves_the_public_map(
    open_viewer: Callable[..., Viewer], account: Callable[..., str], server: Any
) -> None:
    viewer = open_viewer(expected_errors=REFUSED)
    page = viewer.open().page
    sign_in(viewer, account(Grant(Role.PLANNER)))
    back_to_the_map(viewer)
    with psycopg.connect(server.database_url) as connection:
        connection.execute("DELETE FROM account_session")
    page.reload()
    viewer.painted()
    expect(page.locator("#account-button")).to_have_text("Sign in")
