"""The officer's phone: installed, without a network, killed and started again; what was done there arrives once."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.people import session_for
from tests.web.conftest import FLAGS
from tests.web.page import CHROMIUM, changed_in, faults_of_access, small_targets
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.plumbing.cookies import COOKIE
from wangge.api.routes import viewer as screens
from wangge.store.settings import Settings

STREET: ViewportSize = {"width": 390, "height": 844}
LON, LAT = 116.8713, 38.3331
READY = "() => navigator.serviceWorker.ready.then(it => it.active.state === 'activated')"
KEPT = """count => new Promise(done => { const request = indexedDB.open('wangge'); request.onsuccess = () => {
    const keys = request.result.transaction('kept').objectStore('kept').getAllKeys();
    keys.onsuccess = () => { request.result.close();
        done(keys.result.filter(key => /^(case|cell)/.test(key)).length >= count); }; }; })"""


class Phone:
    """A browser with a disk of its own, which can be killed and started again."""

    def __init__(self, browser: Browser, folder: Path, url: str) -> None:
        self.browser, self.folder, self.url = browser, folder, url
        self.context: BrowserContext = None  # type: ignore[assignment]
        self.start()

    def start(self, *, offline: bool = False, locale: str = "zh-CN") -> Page:
        self.context = self.browser.browser_type.launch_persistent_context(
            self.folder,
            executable_path=CHROMIUM,
            args=FLAGS,
            viewport=STREET,
            locale=locale,
            timezone_id="Asia/Shanghai",
            has_touch=True,
            is_mobile=True,
            offline=offline,
            reduced_motion="reduce",
            geolocation={"longitude": LON, "latitude": LAT, "accuracy": 12},
            permissions=["geolocation"],
        )
        self.context.set_default_timeout(15_000)
        self.page = self.context.pages[0]
        return self.page

    def sign_in(self, secret: str) -> None:
        self.context.add_cookies([{"name": COOKIE, "value": secret, "url": self.url, "expires": 4e9}])

    def open(self) -> Page:
        """The work screens, with the program and the cases on the phone."""
        self.page.goto(f"{self.url}/work")
        self.page.evaluate(READY)
        return self.page

    def kept(self, count: int) -> None:
        for _ in range(200):
            if self.page.evaluate(KEPT, count):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("never kept")


@pytest.fixture
def phone(browser: Browser, server: Any, tmp_path: Path) -> Iterator[Phone]:
    phone = Phone(browser, tmp_path / "phone", server.url)
    yield phone
    phone.context.close()


@pytest.fixture(scope="module")
def grid(api: httpx2.Client) -> str:
    """Code of the base grid that the officer of these tests answers for."""
    return str(api.get("/xinhua/locate", params={"lon": LON, "lat": LAT}).json()["cell"]["code"])


def filed(api: httpx2.Client, **changed: Any) -> str:
    answer = api.post("/xinhua/reports", json={"lon": LON, "lat": LAT, "category": "lamp"} | changed)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


@pytest.fixture
def officer(server: Any, grid: str) -> str:
    """The cookie of an officer."""
    return session_for(server.database_url, [Grant(Role.OFFICER, "xinhua", "grid", grid)])


def test_the_cases_are_there_without_a_network_and_gone_with_whoever_signs_out(
    phone: Phone, api: httpx2.Client, officer: str
) -> None:
    number = filed(api, description="灯不亮", contact={"name": "李明", "phone": "13800000000"})
    phone.sign_in(officer)
    page = phone.open()
    expect(page.locator(f"[data-number='{number}']")).to_be_visible()
    phone.kept(2)
    phone.context.close()

    page = phone.start(offline=True)
    page.goto(f"{phone.url}/work")
    expect(page.locator("#list-kept")).to_contain_text("没有网络")
    shown = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert shown < 1000, f"{shown:.0f} ms"
    page.locator(f"[data-number='{number}']").tap()
    expect(page.locator("#case-description")).to_have_text("灯不亮")
    expect(page.locator("#case-kept")).to_be_visible()
    expect(page.locator(".plan .here")).to_have_count(1)  # the outline of the cell that the case lies in
    assert faults_of_access(page) == []
    assert small_targets(page) == []
    assert "13800000000" not in page.content()

    phone.context.set_offline(False)
    expect(page.locator("#case-kept")).to_be_hidden()
    expect(page.locator(".case-map .pin")).to_be_visible()
    page.locator("#account-button").tap()
    page.locator("#sign-out").tap()
    expect(page.locator("#account-login")).to_be_visible()
    phone.context.close()
    page = phone.start(offline=True)
    page.goto(f"{phone.url}/work")
    expect(page.locator(".note.failed")).to_be_visible()  # nobody to show anything to
    expect(page.locator(".row")).to_have_count(0)


@pytest.fixture
def screens_alone() -> Iterator[str]:
    """The files of the screens on a port, with no service behind them."""
    app = FastAPI()
    screens.mount_viewer(app, Settings())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        running.join()


def test_a_newer_program_is_told_and_taken_whole_when_somebody_says_so(
    browser: Browser, screens_alone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = browser.new_context(viewport=STREET, locale="en-US")
    page = context.new_page()
    page.goto(f"{screens_alone}/work")
    page.evaluate(READY)
    newer = (screens.WEB / "css/work.css").read_bytes() + b".brand { --release: newer; }"
    monkeypatch.setattr(screens, "_asset", changed_in("css/work.css", newer))
    page.reload()
    release = "() => getComputedStyle(document.querySelector('.brand')).getPropertyValue('--release')"
    expect(page.locator(".newer")).to_contain_text("newer version")
    assert page.evaluate(release) == ""  # nothing is mixed
    with page.expect_navigation():
        page.locator("#take-newer").click()
    expect(page.locator(".brand")).to_be_attached()
    assert page.evaluate(release) == "newer"
    expect(page.locator(".newer")).to_have_count(0)
    assert len(page.evaluate("caches.keys()")) == 1
    context.close()
