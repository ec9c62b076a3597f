"""A phone: a browser with a disk of its own, which can be killed and started again, with a network and without."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.web.page import CHROMIUM, FLAGS
from wangge.api.plumbing.cookies import COOKIE

__all__ = ["LAT", "LON", "READY", "STREET", "Phone"]

STREET: ViewportSize = {"width": 390, "height": 844}
LON, LAT = 116.8713, 38.3331
READY = "() => navigator.serviceWorker.ready.then(it => it.active.state === 'activated')"
KEPT = """wanted => new Promise(done => { const request = indexedDB.open('wangge'); request.onsuccess = () => {
    const keys = request.result.transaction('kept').objectStore('kept').getAllKeys();
    keys.onsuccess = () => { request.result.close();
        done(wanted.every(start => keys.result.some(key => key.startsWith(start)))); }; }; })"""


class Phone:
    """A browser with a disk of its own, which can be killed and started again."""

    def __init__(self, browser: Browser, folder: Path, server: Any) -> None:
        self.browser, self.folder, self.url, self.database_url = browser, folder, server.url, server.database_url
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

    def show(self, number: str) -> None:
        self.page.goto(f"{self.url}/work#/xinhua/cases/{number}")
        expect(self.page.locator("#case-number-shown")).to_have_text(number)

    def kept(self, *numbers: str) -> None:
        """Wait until some cases, and an outline, are on the phone."""
        wanted = ["cell xinhua", *(f"case xinhua {number}" for number in numbers)]
        for _ in range(400):
            if self.page.evaluate(KEPT, wanted):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("never kept")
