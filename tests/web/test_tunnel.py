"""The residents' page in a tunnel: closed, opened again without a network, and what was reported there arrives once.

The service wants work to be proven, so that what is sent later fetches its challenge then.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from tests.conftest import Server, serving
from tests.people import token_for
from tests.pictures import picture
from tests.web.page import faults_of_access
from tests.web.phone import READY, Phone
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.store.postgres.cluster import Cluster

PHOTO: Any = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
LATER = "() => { const now = Date.now; globalThis.Date.now = () => now() + 600_000; }"


@pytest.fixture(scope="module")
def server(cluster: Cluster, furnished: str) -> Iterator[Server]:
    yield from serving(cluster, furnished, WANGGE_LOG_LEVEL="warning", WANGGE_COLUMNS_S="0", WANGGE_PROOF_COST="20")


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx2.Client]:
    signed_in = {"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.CENTRE)])}"}
    with httpx2.Client(base_url=f"{server.url}/api/v1/territories", headers=signed_in, timeout=20) as client:
        yield client


def opened_again(phone: Phone, *, at: str = "r") -> Page:
    """The page after the tab was closed and the phone started anew, in the tunnel."""
    phone.context.close()
    page = phone.start(offline=True, locale="en-US")
    page.goto(f"{phone.url}/{at}")
    return page


def test_a_report_is_made_in_a_tunnel_and_sent_once_behind_it(phone: Phone, api: httpx2.Client) -> None:
    page = phone.page
    page.goto(f"{phone.url}/r#/xinhua")
    page.evaluate(READY)
    expect(page.locator(".chips label").first).to_be_visible()
    cdp = phone.context.new_cdp_session(page)
    assert cdp.send("Page.getAppManifest")["errors"] == []
    assert [one["errorId"] for one in cdp.send("Page.getInstallabilityErrors")["installabilityErrors"]] == []

    page = opened_again(phone)
    page.set_input_files("#report-photos", [PHOTO, PHOTO])
    expect(page.locator(".photo-strip img[src^=blob]")).to_have_count(2)
    page.get_by_label("Leave out photo 2").click()
    page.fill("#report-description", "dark in here")
    page.click(".chips label:has(input[value=lamp])")
    page.click("#place-position")
    expect(page.locator("[data-step=where] .field-error:visible")).to_be_visible()  # it is known, and its grid is not

    page = opened_again(phone, at="r/")
    expect(page.locator(".photo-strip img[src^=blob]")).to_have_count(1)
    expect(page.locator("#report-description")).to_have_value("dark in here")
    expect(page.locator(".chips input[value=lamp]")).to_be_checked()
    assert faults_of_access(page) == []
    page.click("#report-send")
    expect(page.locator(".waiting")).to_be_visible()

    page = opened_again(phone)
    expect(page.locator(".waiting")).to_be_visible()
    tries: list[tuple[Any, bool]] = []

    def lost(route: Route) -> None:  # the first with a proof arrives, and its answer does not
        tries.append((route.request.post_data_json, "proof-of-work" in route.request.headers))
        if len(tries) != 2:
            route.continue_()
            return
        route.fetch()
        route.abort()

    before = int(api.get("/xinhua").json()["reports"])
    phone.context.route("**/xinhua/reports", lost)
    page.evaluate(LATER)
    phone.context.set_offline(False)
    expect(page.locator("#case-number")).to_be_visible(timeout=40_000)
    number = page.locator("#case-number").inner_text()
    assert [proven for _, proven in tries] == [False, True, False, True]
    assert all(body == tries[0][0] for body, _ in tries)
    assert int(api.get("/xinhua").json()["reports"]) == before + 1
    case = api.get(f"/xinhua/reports/{number}").json()
    assert (case["description"], case["category"], len(case["photos"])) == ("dark in here", "lamp", 1)
    late = datetime.fromisoformat(case["received_at"]) - datetime.fromisoformat(case["occurred_at"])
    assert 600 <= late.total_seconds() < 700, "when it was sent in the tunnel"
    page.reload()
    expect(page.locator("#report-description")).to_have_value("")
    expect(page.locator(".photo-strip")).to_have_count(0)
    assert page.evaluate("() => Object.keys(localStorage).filter(name => name.startsWith('wangge.report '))") == []


def test_two_tabs_have_one_draft_and_send_it_once(phone: Phone, api: httpx2.Client) -> None:
    page = phone.page
    page.goto(f"{phone.url}/r#/xinhua")
    page.click(".chips label:has(input[value=lamp])")
    page.click("#place-position")
    expect(page.locator("#place-told")).to_be_visible()
    other = phone.context.new_page()
    other.goto(f"{phone.url}/r#/xinhua")
    expect(other.locator(".chips input[value=lamp]")).to_be_checked()
    other.fill("#report-description", "said in the other")
    expect(page.locator("#report-description")).to_have_value("said in the other")
    phone.context.set_offline(True)
    page.click("#report-send")
    expect(other.locator(".waiting")).to_be_visible()
    page.evaluate(LATER)  # by the clock of one of them it was sent long ago
    before = int(api.get("/xinhua").json()["reports"])
    phone.context.set_offline(False)
    for tab in (page, other):  # whichever was first has the receipt
        expect(tab.locator(".waiting")).to_have_count(0, timeout=40_000)
        expect(tab.locator("[data-step] > .field-error")).to_have_count(0)
    assert int(api.get("/xinhua").json()["reports"]) == before + 1
