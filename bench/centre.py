"""How many frames a second the slider shows: `python -m bench.centre URL LOGIN PASSWORD [TERRITORY [PERIOD]]`.

Opens the page in headless Chromium (drawn by software, 1920 × 1080), moves the window over the period once so that its
frames are fetched, and then steps through them as quickly as the browser draws them. Beside it, what it takes to fetch
a frame. A period is as in the address of the page: `from=2023-12-01&to=2026-11-30`, `days=365` if left out.
"""

import json
import os
import sys
import time
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.web.page import CHROMIUM, FLAGS

FRAMES = 60
STEP = """
async ([show, frames]) => {
    const slider = document.querySelector('#moment');
    const last = Number(slider.max);
    const set = at => { slider.value = String(at); slider.dispatchEvent(new Event('input', { bubbles: true })); };
    const drawn = () => new Promise(done => { wangge.map.once('render', done); setTimeout(done, 2000); });
    const shown = () => document.querySelector('#slider').dataset.shown;
    const fetched = [];
    for (let at = 0; at < frames; at += 1) {  // so that all are here
        const [before, begun] = [shown(), performance.now()];
        set(at % (last + 1));
        while (shown() === before) await new Promise(done => setTimeout(done, 1));
        fetched.push(performance.now() - begun);
    }
    const begun = performance.now();
    for (let at = 0; at < frames; at += 1) {
        const before = shown();
        set((at + 1) % frames);
        while (shown() === before) await new Promise(done => setTimeout(done, 0));
        const turn = drawn();
        wangge.map.triggerRepaint();  // also a frame whose colours are those of the one before is drawn
        await turn;
    }
    const seconds = (performance.now() - begun) / 1000;
    fetched.sort((a, b) => a - b);
    return { per_second: frames / seconds, fetch_median_ms: fetched[frames >> 1] };
}
"""


def measured(page: Page, url: str, territory: str, period: str, show: str, window: str) -> dict[str, Any]:
    """Frames a second of one way of looking."""
    page.goto("about:blank")
    page.goto(f"{url}/centre#t={territory}&{period}&level=community&show={show}&window={window}")
    for _ in range(600):
        if page.evaluate(
            "() => Boolean(globalThis.wangge?.map?.loaded()) && Boolean(document.querySelector('#moment'))"
        ):
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(2000)
    found: dict[str, Any] = page.evaluate(STEP, [show, FRAMES])
    return {"show": show, "window": window} | {key: round(value, 1) for key, value in found.items()}


def main(url: str, login: str, password: str, territory: str = "xinhua", period: str = "days=365") -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for width, height in ((1920, 1080), (3840, 2160)):
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark")
            context.request.post(f"{url}/api/v1/sessions", data={"login": login, "password": password})
            page = context.new_page()
            for show in ("heat", "count"):
                found = measured(page, url, territory, period, show, "week")
                print(json.dumps({"screen": f"{width}x{height}", "load": round(os.getloadavg()[0], 1)} | found))
            context.close()
        browser.close()


if __name__ == "__main__":
    began = time.perf_counter()
    main(*sys.argv[1:])
    print(f"in {time.perf_counter() - began:.0f} s", file=sys.stderr)
