"""The viewer in a browser tab, in the terms of who uses it."""

import hashlib
import io
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page
from pypdf import PageObject, PdfReader

from tests.people import session_for
from wangge.access.person import Grant
from wangge.api.plumbing.cookies import COOKIE
from wangge.api.routes import viewer as screens

__all__ = [
    "CHROMIUM",
    "FLAGS",
    "LAT",
    "LON",
    "OUTSIDE",
    "PHONE",
    "Place",
    "Taps",
    "Viewer",
    "changed_in",
    "enter",
    "faults_of_access",
    "printed",
    "small_targets",
]

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"

PROGRAMS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    # There is no graphics card: what is not WebGL is drawn faster without pretending one.
    "--disable-gpu-compositing",
    "--disable-gpu-rasterization",
    # the browser's own calls home would otherwise wait for a network that is not there
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    # whatever the page might try: there is no other host
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
PHONE = {"width": 360, "height": 740}
# Where the reports of these tests lie, away from each other and from any edge.
LON, LAT = 116.8917, 38.3102
OUTSIDE = (116.8650, 38.3600)


@dataclass
class Viewer:
    """The viewer in one tab, and what it asked and said."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, address: str = "#t=xinhua") -> "Viewer":
        self.page.goto(f"{self.url}/{address}")
        return self.painted()

    def painted(self) -> "Viewer":
        self.until("performance.getEntriesByName('map-painted').length > 0")
        return self.settled()

    def settled(self) -> "Viewer":
        """Wait until the map stands still and has all its tiles."""
        self.until("wangge.map.loaded() && !wangge.map.isMoving()")
        return self

    def until(self, expression: str, seconds: float = 20) -> None:
        """Wait for an expression. Playwright's own waiting would evaluate text, which the page's policy forbids."""
        for _ in range(int(seconds * 20)):
            if self.page.evaluate(
                f"() => Boolean(globalThis.wangge || !/wangge/.test({expression!r})) && ({expression})"
            ):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never became true: {expression}")

    def on_screen(self, lon: float, lat: float) -> tuple[float, float]:
        """Where on the screen the map shows a place."""
        box = self.page.locator("#map").bounding_box()
        assert box
        project = "([lon, lat]) => { const p = wangge.map.project([lon, lat]); return [p.x, p.y]; }"
        x, y = self.page.evaluate(project, [lon, lat])
        return box["x"] + x, box["y"] + y

    def click_map(self, lon: float, lat: float) -> None:
        """Click the place on the map, as a hand would."""
        self.page.mouse.click(*self.on_screen(lon, lat))

    def drawn(self, layer: str) -> set[str]:
        """Codes of the cells that a layer draws at present."""
        found: list[str] = self.page.evaluate(
            "layer => wangge.map.queryRenderedFeatures({ layers: [layer] }).map(f => f.properties.code)", layer
        )
        return set(found)

    def outlined(self, level: str) -> str:
        """Code of the cell that is outlined on a level."""
        return str(self.page.evaluate("id => wangge.map.getFilter(id)[2]", f"chosen-line-{level}"))

    def hash(self) -> str:
        return self.page.url.partition("#")[2]

    def asked(self, pattern: str) -> list[str]:
        return [url for url in self.requests if re.search(pattern, url)]


@dataclass
class Taps:
    """What somebody presses on their way, counted; what they type is not. The stories' counts stand in docs/work.md."""

    page: Page
    count: int = 0

    def __call__(self, selector: str) -> None:
        self.count += 1
        self.page.click(selector)


@dataclass(frozen=True)
class Place:
    """A place in Xinhua and what the service says about it."""

    lon: float
    lat: float
    cell: dict[str, str]
    ancestors: list[dict[str, str]]


def printed(page: Page) -> list[PageObject]:
    """The pages that a browser prints of what is shown, on the paper that the style asks for."""
    return list(PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True))).pages)


def faults_of_access(page: Page) -> list[str]:
    """What axe-core finds wrong for people who see, hear or point otherwise, on the page as it stands."""
    if not page.evaluate("() => 'axe' in globalThis"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run({ resultTypes: ['violations'] })")["violations"]
    return [f"{one['id']}: {node['html']} {node['failureSummary']}" for one in found for node in one["nodes"]]


def small_targets(page: Page) -> list[str]:
    """What is to be pressed and is smaller than 44 pixels; links within a text may be as small as the text."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('button, summary, select, textarea, input, .row a, a.secondary')]
            .filter(e => e.type !== 'checkbox' && e.getClientRects().length && !e.closest('.case-map'))
            .filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML)"""
    )
    return found


def enter(viewer: Viewer, server: Any, *grants: Grant) -> Page:
    """Let the next page of a tab be of somebody who has signed in with some grants."""
    secret = session_for(server.database_url, list(grants))
    viewer.page.context.add_cookies([{"name": COOKIE, "value": secret, "url": server.url}])
    return viewer.page


def changed_in(changed: str, body: bytes) -> Callable[[str], screens.Asset | None]:
    """The files of the screens, one of them with other content: another release."""
    asset_of = screens._asset

    def find(name: str) -> screens.Asset | None:
        asset = asset_of(name)
        if name != changed or asset is None:
            return asset
        return replace(asset, body=body, etag=hashlib.sha256(body).hexdigest()[:20], codings=())

    return find
