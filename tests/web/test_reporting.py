"""Filing a report from the map: stored once, refused readably, kept while the service is away."""

from collections.abc import Callable
from typing import Any

import httpx2
from playwright.sync_api import Page, Route, expect

from tests.web.page import LAT, LON, OUTSIDE, Place, Viewer


def stored(api: httpx2.Client) -> int:
    """How many reports Xinhua has."""
    return int(api.get("/xinhua").json()["reports"])


def fill(page: Page, category: int = 1, **fields: str) -> None:
    page.select_option("#report-category", index=category)
    for name, value in fields.items():
        page.fill(f"#report-{name}", value)


def test_a_report_is_filed_once_and_can_be_read_back(viewer: Viewer, api: httpx2.Client, place: Place) -> None:
    viewer.open()
    viewer.click_map(place.lon, place.lat)
    before, page = stored(api), viewer.page
    page.get_by_role("button", name="Report here").click()
    expect(page.locator("#report-where")).to_contain_text(place.cell["name"])
    text = "<b>路灯</b> & 井盖 \u202e 'quoted' <script>alert(1)</script>"
    fill(page, description=text, name="王五", phone="0317-1234567")
    page.click("[data-suggested=lamp]")  # what the words may be is offered
    expect(page.locator("#report-category")).to_have_value("lamp")
    page.locator("#report-send").dblclick()
    expect(page.locator("#case-number")).to_be_visible()
    number = page.locator("#case-number").inner_text()
    expect(page.locator("#case-grid")).to_contain_text(place.cell["name"])
    expect(page.locator(".receipt")).to_contain_text("demonstration territory")
    assert len(viewer.asked(r"/xinhua/reports$")) == 1

    case = api.get(f"/xinhua/reports/{number}").json()
    assert case["description"] == text
    assert case["cell"]["code"] == place.cell["code"]
    assert abs(case["lon"] - place.lon) < 0.001
    assert "王五" not in str(case)
    assert stored(api) == before + 1


def test_the_pin_moves_the_report(viewer: Viewer, api: httpx2.Client, place: Place) -> None:
    viewer.open()
    viewer.page.locator("#report-button").click()
    where = viewer.page.locator("#report-where strong")
    expect(where).to_contain_text("Goes to")
    first = where.inner_text()
    viewer.click_map(place.lon, place.lat)
    expect(where).to_contain_text(place.cell["name"])
    assert where.inner_text() != first
    viewer.settled()
    pin = viewer.page.locator(".pin").bounding_box()
    assert pin
    viewer.page.mouse.move(pin["x"] + pin["width"] / 2, pin["y"] + pin["height"] / 2)
    viewer.page.mouse.down()
    viewer.page.mouse.move(pin["x"] + 130, pin["y"] + 60, steps=5)
    viewer.page.mouse.up()
    expect(where).not_to_contain_text(place.cell["name"])


def test_what_is_missing_is_said_beside_it_and_nothing_is_sent(viewer: Viewer) -> None:
    viewer.open()
    page = viewer.page
    page.locator("#report-button").click()
    page.fill("#report-description", "in a hurry")
    page.locator("#report-send").click()
    expect(page.locator("#place-error")).to_contain_text("Say where it is")
    expect(page.locator("#report-confirm")).to_be_focused()
    page.locator("#report-confirm").click()
    page.locator("#report-send").click()
    expect(page.locator("#category-error")).to_have_text("Choose what it is about.")
    expect(page.locator("#report-category")).to_be_focused()
    expect(page.locator("#report-category")).to_have_attribute("aria-invalid", "true")
    assert viewer.asked(r"/xinhua/reports$") == []
    page.go_back()  # closes the form, and does not leave the page
    expect(page.locator("#report-send")).to_have_count(0)
    page.locator("#report-button").click()
    expect(page.locator("#report-description")).to_have_value("in a hurry")
    page.keyboard.press("Escape")
    expect(page.locator("#report-send")).to_have_count(0)
    page.reload()
    viewer.settled()
    page.locator("#report-button").click()
    expect(page.locator("#report-description")).to_have_value("in a hurry")


def test_refusals_stand_beside_the_field_they_concern(open_viewer: Callable[..., Viewer], api: httpx2.Client) -> None:
    viewer = open_viewer(expected_errors="422", locale="zh-CN").open()
    page, before = viewer.page, stored(api)
    page.locator("#report-button").click()
    page.locator("#report-confirm").click()
    fill(page, description="测试", phone="call me")
    page.locator("#report-send").click()
    expect(page.locator("#phone-error")).to_be_visible()
    expect(page.locator("#report-phone")).to_be_focused()
    page.fill("#report-phone", "0317-1234567")
    viewer.click_map(*OUTSIDE)
    expect(page.locator("#place-error")).to_contain_text("没有网格负责该位置")
    page.locator("#report-send").click()
    expect(page.locator("#place-error")).to_be_visible()
    expect(page.locator("#report-description")).to_have_value("测试")
    expect(page.locator("#report-send")).to_be_enabled()
    assert stored(api) == before


def test_a_report_waits_for_the_network_and_goes_out_once(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, place: Place
) -> None:
    viewer = open_viewer(expected_errors="ERR_INTERNET_DISCONNECTED").open(f"#t=xinhua&at={LON},{LAT}")
    page, before = viewer.page, stored(api)
    page.get_by_role("button", name="Report here").click()
    fill(page, description="while offline")
    page.context.set_offline(True)
    page.locator("#report-send").click()
    expect(page.locator(".waiting")).to_contain_text("cannot be reached")
    expect(page.locator("#report-description")).to_have_value("while offline")
    page.context.set_offline(False)
    expect(page.locator("#case-number")).to_be_visible()
    assert stored(api) == before + 1


def test_a_lost_answer_does_not_make_a_second_case(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, place: Place
) -> None:
    """The service stored the report, the answer got lost, 503 came instead: the next try brings the same case."""
    viewer = open_viewer(expected_errors="503").open(f"#t=xinhua&at={LON},{LAT}")
    page, before = viewer.page, stored(api)
    sent: list[dict[str, Any]] = []

    def lose_the_first_answer(route: Route) -> None:
        sent.append({"key": route.request.headers["idempotency-key"], "answer": route.fetch().json()})
        if len(sent) == 1:
            route.fulfill(status=503, headers={"Retry-After": "1"}, json={"title": "busy", "status": 503})
        else:
            route.continue_()

    page.route("**/xinhua/reports", lose_the_first_answer)
    page.get_by_role("button", name="Report here").click()
    fill(page, description="answer lost")
    page.locator("#report-send").click()
    expect(page.locator(".waiting")).to_contain_text("busy")
    expect(page.locator("#case-number")).to_have_text(sent[0]["answer"]["number"])
    assert {entry["key"] for entry in sent} == {sent[0]["key"]}
    assert stored(api) == before + 1


def test_my_position_goes_along_with_its_accuracy(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, place: Place
) -> None:
    here = {"latitude": place.lat, "longitude": place.lon, "accuracy": 35}
    viewer = open_viewer(geolocation=here, permissions=["geolocation"]).open()
    page = viewer.page
    page.locator("#report-button").click()
    page.locator("#report-position").click()
    expect(page.locator("#report-where")).to_contain_text("accurate to about 35")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("#report-where")).to_contain_text("35")
    fill(page)
    page.locator("#report-send").click()
    case = api.get(f"/xinhua/reports/{page.locator('#case-number').inner_text()}").json()
    assert case["accuracy"] == 35
    assert (case["lon"], case["lat"]) == (place.lon, place.lat)
