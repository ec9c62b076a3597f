"""What anybody may know, on the residents' page: on a map and in a list, filtered, supported, subscribed to."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import httpx2
import pytest
from playwright.sync_api import expect

from tests.web.page import Viewer, faults_of_access
from wangge.geo.grid import Cell

HERE = "/api/v1/territories/xinhua"
AT = (116.8712, 38.3164)


@pytest.fixture(scope="module")
def lamp(server: Any) -> str:
    """Number of a lamp that anybody may know of; a quarrel beside it is nobody's business."""
    with httpx2.Client(base_url=server.url) as client:
        for category, words in (("dispute", "a quarrel"), ("lamp", "words of the reporter")):
            body = {"lon": AT[0], "lat": AT[1], "category": category, "description": words}
            filed = client.post(f"{HERE}/reports", json=body)
            assert filed.status_code == 201, filed.text
    number: str = filed.json()["number"]
    return number


@pytest.mark.parametrize(
    ("language", "viewport", "color_scheme", "said", "outcome"),
    [
        ("zh-CN", {"width": 390, "height": 844}, "light", "路灯故障", "每 10 件约有 8 件在 3 天内解决"),
        ("en-US", {"width": 1400, "height": 900}, "dark", "Street lamp", "8 of 10 solved within 3 days"),
    ],
)
def test_what_is_public_is_seen_filtered_supported_and_subscribed_to(
    open_viewer: Callable[..., Viewer],
    lamp: str,
    published: Cell,
    language: str,
    viewport: dict[str, int],
    color_scheme: str,
    said: str,
    outcome: str,
) -> None:
    viewer = open_viewer(locale=language, viewport=viewport, color_scheme=color_scheme)
    page = viewer.page
    page.goto(f"{viewer.url}/r#/xinhua")
    page.click("#known")
    one = page.locator(f"[data-known='{lamp}']")
    expect(one).to_contain_text(said)
    assert "words of" not in page.content()
    page.select_option("#known-category", "lamp")
    page.select_option("#known-stage", "fixed")
    expect(one).to_have_count(0)
    page.select_option("#known-stage", "received")
    one.get_by_role("button").first.click()
    expect(one).to_contain_text("›")
    page.locator("#outcomes summary").click()
    expect(page.locator("[data-outcome=lamp]")).to_contain_text(outcome)
    expect(page.locator("[data-outcome=noise]")).to_have_count(0)  # of the chosen kind alone
    page.select_option("#outcomes-cell", published.path[0])  # a street of its own, where no lamp was out
    expect(page.locator("[data-outcome]")).to_have_count(0)
    page.locator("#subscribe summary").click()
    page.select_option("#subscribe-area", "500")
    assert faults_of_access(page) == []
    assert not page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    assert not page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    page.evaluate("() => { document.documentElement.dir = 'ltr'; document.documentElement.style.fontSize = '200%'; }")
    page.set_viewport_size({"width": 320, "height": 640})
    assert not page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    page.set_viewport_size(viewport)  # type: ignore[arg-type]
    feed = page.locator("#subscribe-feed").get_attribute("href") or ""
    assert "circle=" in feed
    assert ElementTree.fromstring(httpx2.get(feed).content).tag.endswith("feed")
    page.reload()
    expect(page.locator("#known-category")).to_have_value("lamp")
    one.get_by_role("button").first.click()
    page.locator(f"[data-support='{lamp}']").click()
    expect(page.locator("[data-stage=received]")).to_be_visible()
    assert lamp in page.content()
