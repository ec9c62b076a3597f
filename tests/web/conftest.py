"""A real browser over the real server: pages that fail the test when they call another host or log an error."""

import asyncio
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Request, expect, sync_playwright

from tests.people import token_for
from tests.reports.releasing import put_points, put_reports
from tests.web.page import CHROMIUM, FLAGS, LAT, LON, Place, Viewer, enter
from tests.web.phone import Phone
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.geo.grid import Cell, Location
from wangge.reports.release.making import make_due
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import load_grid

expect.set_options(timeout=15_000)  # machines that are busy with the other tests
DESK = {"width": 1120, "height": 700}
# A quarter of the pixels, and no motion but where a test asks for it: the processor draws them.
CHEAP: dict[str, Any] = {"device_scale_factor": 0.5, "reduced_motion": "reduce", "service_workers": "block"}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "the viewer's tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_viewer(browser: Browser, server: Any) -> Iterator[Callable[..., Viewer]]:
    """Opens tabs; at the end, none of them may have called another host or logged an error that was not expected."""
    opened: list[tuple[Viewer, Any]] = []

    def new(expected_errors: str = r"^$", **options: Any) -> Viewer:
        url = options.pop("url", server.url)
        options = {"viewport": DESK, "locale": "en-US", "timezone_id": "Asia/Shanghai"} | CHEAP | options
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        page = context.new_page()
        viewer = Viewer(page, url)

        def said(message: ConsoleMessage) -> None:
            if message.type == "error" and not re.search(expected_errors, message.text):
                viewer.errors.append(message.text)

        def asked(request: Request) -> None:
            viewer.requests.append(request.url)

        page.on("console", said)
        page.on("pageerror", lambda error: viewer.errors.append(error.stack or str(error)))
        context.on("request", asked)
        opened.append((viewer, context))
        return viewer

    yield new
    for viewer, context in opened:
        foreign = [url for url in viewer.requests if not url.startswith((viewer.url, "data:", "blob:"))]
        assert foreign == [], "requests left the host"
        assert viewer.errors == []
        context.close()


@pytest.fixture
def phone(browser: Browser, server: Any, tmp_path: Path) -> Iterator[Phone]:
    phone = Phone(browser, tmp_path / "phone", server)
    yield phone
    phone.context.close()


@pytest.fixture
def viewer(open_viewer: Callable[..., Viewer]) -> Viewer:
    """The viewer on a desk, in English."""
    return open_viewer()


@pytest.fixture
def staff(open_viewer: Callable[..., Viewer], server: Any) -> Viewer:
    """The viewer, signed in at Xinhua's centre, where counts are seen as they are."""
    viewer = open_viewer()
    enter(viewer, server, Grant(Role.CENTRE, "xinhua"))
    return viewer


@pytest.fixture(scope="package")
def api(server: Any) -> Iterator[httpx2.Client]:
    """The API beside the browser, for somebody who may see everything."""
    signed_in = {"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.CENTRE)])}"}
    with httpx2.Client(base_url=f"{server.url}/api/v1/territories", headers=signed_in, timeout=20) as client:
        yield client


@pytest.fixture(scope="package")
def place(api: httpx2.Client) -> Place:
    """A place with twelve reports of two categories around it."""
    kinds = [entry["code"] for entry in api.get("/xinhua/categories").json()["categories"]][:2]
    for i in range(12):
        report = {"lon": LON + i * 1e-5, "lat": LAT, "category": kinds[i % 3 == 0], "external_id": f"web-{i}"}
        assert api.post("/xinhua/reports", json=report).status_code in {200, 201}
    found = api.get("/xinhua/locate", params={"lon": LON, "lat": LAT}).json()
    return Place(LON, LAT, found["cell"], found["ancestors"])


@pytest.fixture(scope="package")
def published(server: Any) -> Cell:
    """Sixty matters between neighbours in a base grid in March 2025, thirty in May, published; gives the base grid.

    In April five hundred lamps elsewhere, 425 mended on the third day: 8 of ten, however counts are rounded."""

    async def publish() -> None:
        async with await connect_async(server.database_url) as connection:
            await make_due(connection, 3, "xinhua", now=datetime(2025, 8, 1, tzinfo=UTC))

    with connect(server.database_url) as connection:
        grid = load_grid(connection, "xinhua")
    found = grid.locate(LON, LAT)
    assert isinstance(found, Location)
    days = ["2025-03-09T04:00:00Z"] * 60 + ["2025-05-02T04:00:00Z"] * 30
    put_points(server.database_url, [(found.cell, LON, LAT, "noise", day) for day in days])
    elsewhere = next(leaf for leaf in grid.leaves if leaf.path[0] != found.cell.path[0])
    put_reports(server.database_url, [(elsewhere, "lamp", "2025-04-02T04:00:00Z")] * 500)
    with connect(server.database_url) as connection:
        connection.execute(
            "UPDATE report SET state = 'closed', closed_at = received_at + interval '60 hours'"
            " WHERE id IN (SELECT id FROM report WHERE received_at = '2025-04-02T04:00:00Z' AND category = 'lamp'"
            " ORDER BY id LIMIT 425)"
        )
    with ThreadPoolExecutor(1) as aside:  # the browser's tests run in an event loop already
        aside.submit(lambda: asyncio.run(publish())).result()
    return found.cell
