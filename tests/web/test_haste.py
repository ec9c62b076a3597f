"""People click faster than the service answers; the last click counts."""

from contextlib import suppress

import httpx2
from playwright.sync_api import Error, Route, expect

from tests.web.page import Place, Viewer


def test_a_slow_answer_never_replaces_a_newer_one(viewer: Viewer, api: httpx2.Client, place: Place) -> None:
    viewer.open()
    page, slow = viewer.page, place.ancestors[0]
    held: list[Route] = []
    page.route(f"**/cells/street/{slow['code']}*", lambda route: held.append(route))
    page.locator(f".cells [data-code='{slow['code']}']").click()
    page.wait_for_timeout(200)
    viewer.click_map(place.lon, place.lat)
    expect(page.locator("#answer-code")).to_have_text(place.cell["code"])
    for route in held:
        route.continue_()
    page.wait_for_timeout(300)
    expect(page.locator("#answer-code")).to_have_text(place.cell["code"])
    assert held


def test_clicks_in_a_burst_end_with_the_last(viewer: Viewer, place: Place) -> None:
    viewer.open()
    for step in range(8, -1, -1):
        viewer.click_map(place.lon + step * 0.002, place.lat)
    expect(viewer.page.locator("#answer-code")).to_have_text(place.cell["code"])
    expect(viewer.page.locator(".figures")).to_have_attribute("aria-busy", "false")
    viewer.page.keyboard.press("Escape")
    expect(viewer.page.locator("#answer-code")).to_have_count(0)


def test_figures_that_come_late_leave_the_form_alone(viewer: Viewer, place: Place) -> None:
    viewer.open()
    page, held = viewer.page, list[Route]()
    page.route(f"**/cells/grid/{place.cell['code']}*", lambda route: held.append(route))
    viewer.click_map(place.lon, place.lat)
    page.get_by_role("button", name="Report here").click()
    expect(page.locator("#report-where")).to_contain_text(place.cell["name"])
    for route in held:
        with suppress(Error):  # given up by the page
            route.continue_()
    page.wait_for_timeout(500)
    expect(page.locator("#report-where")).to_contain_text(place.cell["name"])
    assert held


def test_going_back_is_not_undone_while_the_answer_takes_its_time(viewer: Viewer, place: Place) -> None:
    viewer.open()
    page, held = viewer.page, list[Route]()
    viewer.click_map(place.lon, place.lat)
    expect(page.locator("#answer-code")).to_have_text(place.cell["code"])
    pressed = page.locator(".lineage [aria-pressed=true]")
    for cell in [place.ancestors[1], place.cell]:
        page.locator(f".lineage [data-level={cell['level']}]").click()
        expect(pressed).to_have_attribute("data-level", cell["level"])
    page.route("**/locate*", lambda route: held.append(route))
    page.go_back()
    page.wait_for_timeout(300)
    for route in held:
        with suppress(Error):  # given up by the page
            route.continue_()
    page.unroute("**/locate*")
    expect(pressed).to_have_attribute("data-level", place.ancestors[1]["level"])
    assert held
