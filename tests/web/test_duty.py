"""Who answers for the chosen cell, as staff see it in the browser; nobody else sees it or asks for it."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest
from playwright.sync_api import expect

from tests.people import token_for
from tests.web.page import PHONE, Place, Viewer, enter
from wangge.access.person import Grant
from wangge.access.roles import Role

TODAY = date.today()  # noqa: DTZ011 - the days here are far from its ends


@pytest.fixture(scope="module")
def roster(server: Any, place: Place) -> dict[str, str]:
    """The cell has an officer who is away, one who stands in, an assistant, and organisations of its community."""
    signed_in = {"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.ADMINISTRATOR)])}"}
    here = f"{server.url}/api/v1/territories/xinhua"
    week = timedelta(days=7)
    leave = {"away_from": str(TODAY - week), "back_on": str(TODAY + week), "substitute": "0102"}
    people: list[dict[str, Any]] = [
        {"number": "0102", "name": "示例乙", "phone": "0317-5550102"},
        {"number": "0101", "name": "示例甲", "phone": "0317-5550101", "role": "responsible", "leave": [leave]},
        {"number": "0103", "name": "示例丙", "role": "assistant"},
    ]
    with httpx2.Client(headers=signed_in, timeout=20) as client:
        for one in people:
            role = one.pop("role", None)
            posting = {"cell": place.cell["code"], "role": role, "valid_from": "2026-01-01"}
            body = one | ({"postings": [posting]} if role else {})
            assert client.post(f"{here}/officers", json=body).status_code == 201
        community = place.ancestors[-1]["code"]
        body = {"template": "urban", "level": "community", "cells": [community]}
        assert client.post(f"{here}/organisations:apply", json=body).status_code == 200
    return {"community": community}


@pytest.mark.usefixtures("roster")
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_staff_see_who_answers_for_a_cell(
    open_viewer: Callable[..., Viewer],
    server: Any,
    place: Place,
    locale: str,
) -> None:
    viewer = open_viewer(locale=locale)
    page = viewer.open(f"#t=xinhua&cell=grid:{place.cell['code']}").page
    expect(page.locator("#figure-reports")).to_be_visible()
    assert not viewer.asked(r"/desk$")
    expect(page.locator(".duty")).to_have_count(0)

    enter(viewer, server, Grant(Role.CENTRE, "xinhua"))
    page.reload()
    duty = page.locator(".duty")
    expect(duty.locator("[data-officer]")).to_have_count(3)
    assert duty.locator("[data-officer]").evaluate_all("all => all.map(one => one.dataset.officer)") == [
        "0101",
        "0102",
        "0103",
    ]
    chinese = locale == "zh-CN"
    expect(duty.locator("[data-officer='0101']")).to_contain_text("返岗" if chinese else "away, back")
    expect(duty.locator("[data-officer='0102']")).to_contain_text("代 0101 值班" if chinese else "stands in for 0101")
    expect(duty.locator("[data-officer='0102'] a")).to_have_attribute("href", "tel:03175550102")
    expect(duty.locator("#duty-load")).to_contain_text("在办" if chinese else "open")
    expect(duty.locator("[data-organisation]")).to_have_count(6)
    duty.locator("summary").click()
    expect(duty.locator("[data-organisation]").last).to_be_visible()


@pytest.mark.usefixtures("roster")
def test_on_a_phone_it_fits(
    open_viewer: Callable[..., Viewer],
    server: Any,
    place: Place,
) -> None:
    viewer = open_viewer(viewport=PHONE, locale="zh-CN", has_touch=True)
    page = viewer.open(f"#t=xinhua&cell=grid:{place.cell['code']}").page
    enter(viewer, server, Grant(Role.COMMUNITY_DESK, "xinhua", "community", place.ancestors[-1]["code"]))
    page.reload()
    expect(page.locator(".duty [data-officer]")).to_have_count(3)
    wide = page.locator(".duty").evaluate("node => node.scrollWidth > node.clientWidth")
    assert not wide


@pytest.mark.usefixtures("roster")
def test_a_desk_does_not_see_who_answers_elsewhere(
    open_viewer: Callable[..., Viewer],
    server: Any,
    api: httpx2.Client,
    place: Place,
) -> None:
    streets = api.get("/xinhua/cells", params={"level": "street", "geometry": "false"}).json()["features"]
    other = next(one["id"] for one in streets if one["id"] != place.ancestors[0]["code"])
    viewer = open_viewer(expected_errors=r"status of 404")
    page = viewer.open(f"#t=xinhua&cell=grid:{place.cell['code']}").page
    enter(viewer, server, Grant(Role.STREET_DESK, "xinhua", "street", other))
    page.reload()
    expect(page.locator("#account-button")).to_have_class("quiet known")
    expect(page.locator("#figure-reports")).to_be_visible()
    expect(page.locator(".duty")).to_have_count(0)


@pytest.mark.usefixtures("roster")
def test_what_no_right_allows_is_not_even_asked_for(
    open_viewer: Callable[..., Viewer],
    server: Any,
    place: Place,
) -> None:
    viewer = open_viewer()
    page = viewer.open(f"#t=xinhua&cell=grid:{place.cell['code']}").page
    enter(viewer, server, Grant(Role.ASSISTANT, "xinhua", "grid", place.cell["code"]))
    page.reload()
    expect(page.locator("#account-button")).to_have_class("quiet known")
    viewer.painted()
    page.locator("#filters .fold").click() if page.locator("#category").is_hidden() else None
    page.select_option("#category", "lamp")
    link = page.locator("#cases-of-cell")  # to read is the assistant's right
    expect(link).to_have_attribute("href", re.compile("#/xinhua/cases.open=true&category=lamp&level=grid&cell="))
    assert not viewer.asked(r"/desk$")
    assert not viewer.asked("xinhua/indicators")
