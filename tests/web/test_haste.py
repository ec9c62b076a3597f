"""People click faster than the service answers; the last click counts."""

import httpx2
from playwright.sync_api import Route, expect

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
