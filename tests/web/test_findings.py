"""Where problems cluster, in the viewer: staff read, see and open what was found; nobody else learns of it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import Server, serving
from tests.patterns.planting import LAST, looked, plant
from tests.people import session_for
from tests.web.page import PHONE, Viewer
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.plumbing.cookies import COOKIE
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster


@pytest.fixture(scope="module")
def town(cluster: Cluster, furnished: str) -> Iterator[tuple[Server, Any]]:
    """A server whose Xinhua has a cluster of dark lamps, and what was found."""
    for server in serving(cluster, furnished, WANGGE_LOG_LEVEL="warning", WANGGE_COLUMNS_S="0"):
        with connect(server.database_url) as connection:
            grid = load_grid(connection, "xinhua")
        plant(server.database_url, grid)
        with ThreadPoolExecutor(1) as aside:  # the browser has a loop of its own
            _, rows = aside.submit(looked, server.database_url, grid, LAST).result()
        yield server, next(row for row in rows if row.kind == "lately")


def as_staff(open_viewer: Callable[..., Viewer], server: Server, **options: Any) -> Viewer:
    viewer = open_viewer(url=server.url, **options)
    secret = session_for(server.database_url, [Grant(Role.CENTRE, "xinhua")])
    viewer.page.context.add_cookies([{"name": COOKIE, "value": secret, "url": server.url}])
    return viewer


def outlined(viewer: Viewer) -> list[float]:
    """West, south, east, north of the area that the map outlines; empty without one."""
    box: list[float] = viewer.page.evaluate(
        """async () => {
            const data = await wangge.map.getSource('area').getData();
            const points = data.geometry ? data.geometry.coordinates.flat(2) : [];
            const of = (axis, choose) => choose(...points.map(point => point[axis]));
            return points.length ? [of(0, Math.min), of(1, Math.min), of(0, Math.max), of(1, Math.max)] : [];
        }"""
    )
    return box


def test_a_finding_is_chosen_shown_shared_and_opened(
    open_viewer: Callable[..., Viewer], town: tuple[Server, Any]
) -> None:
    server, found = town
    staff = as_staff(open_viewer, server).open()
    page = staff.page
    rows = page.locator("#findings .found li")
    expect(rows.first).to_contain_text(f"Street lamp out: {found.observed} reports of residents")
    expect(rows.first).to_contain_text("years of looking every night")
    expect(page.locator("#findings-unseen summary")).to_contain_text("too few data")
    page.click("#findings-unseen summary")
    expect(page.locator("#findings-unseen")).to_contain_text("Noise, reports of residents: too few data, ")
    assert outlined(staff) == []

    expect(page.locator("#week tbody td")).to_have_count(7 * 24)
    counted = page.locator("#week tbody td").all_inner_texts()
    assert sum(map(int, counted)) == int(page.locator("#total-reports").inner_text())
    figures = page.locator("#scale span").all_inner_texts()
    assert figures[0] == "0"
    half, most = int(figures[1].replace(",", "")), int(figures[2].removeprefix("≥ ").replace(",", ""))
    assert 0 < half < most
    page.select_option("#category", "lamp")
    expect(page.locator("#week caption")).to_have_text("By weekday and hour")
    staff.until("location.hash.includes('category=lamp')")
    lamps = staff.page.request.post(
        f"{server.url}/api/v1/territories/xinhua/counts", data={"categories": ["lamp"], "by": ["hour", "day"]},
        headers={"X-CSRF-Token": page.request.get(f"{server.url}/api/v1/sessions/current").json()["csrf"]},
    ).json()  # fmt: skip
    tuesdays = page.locator("#week tbody tr").nth(1).locator("td")
    expect(tuesdays).to_have_text([str(n) for n in lamps["hour"][1]])
    expect(page.locator(".rhythm .columns title").last).to_have_text(f"30 Jun 2026: {lamps['day']['2026-06-30']}")
    page.select_option("#category", "")

    page.click(f"[data-finding='{found.id}']")
    expect(page.locator("#finding-sentence")).to_contain_text("Counted once each")
    expect(page.locator("[data-fact=observed]")).to_have_text(str(found.observed))
    expect(page.locator("[data-fact=reports]")).to_have_text(str(found.reports))
    expect(page.locator("[data-fact=method]")).to_have_text("space-time permutation scan")
    staff.settled()
    west, south, east, north = outlined(staff)
    assert page.evaluate(
        f"wangge.map.getBounds().contains([{west}, {south}]) && wangge.map.getBounds().contains([{east}, {north}])"
    )
    assert page.evaluate("wangge.map.queryRenderedFeatures({ layers: ['chosen-fill-area'] }).length")
    expect(page.locator("#carried .cases li")).to_have_count(found.reports)

    page.click("#filter-finding")
    staff.until(f"location.hash.includes('category=lamp&from={found.first_day}&to={found.last_day}')")
    expect(page.locator("#finding-title")).to_be_visible()
    expect(page.locator("#from")).to_have_value(str(found.first_day))

    page.locator("#carried .cases a").first.click()
    expect(page.locator("#case-state")).to_have_text("Received")
    page.go_back()
    expect(page.locator("#carried .cases li")).to_have_count(found.reports)

    page.go_back()
    expect(page.locator("#findings")).to_be_visible()
    assert outlined(staff) == []
    page.go_forward()
    expect(page.locator("#finding-title")).to_have_text("Street lamp out")
    staff.until(f"location.hash.includes('finding={found.id}')")
    page.wait_for_timeout(400)
    page.reload()
    staff.painted()
    expect(page.locator("#finding-title")).to_have_text("Street lamp out")
    assert outlined(staff) == [west, south, east, north]
    page.emulate_media(color_scheme="dark")
    staff.until("wangge.map.getStyle()?.metadata?.['wangge:theme'] === 'dark'")
    staff.settled()
    assert outlined(staff) == [west, south, east, north]

    page.locator("#languages [lang=zh]").click()
    expect(page.locator("#finding-title")).to_have_text("路灯故障")
    expect(page.locator("#finding-sentence")).to_contain_text("按全市同期规律")
    page.keyboard.press("Escape")
    expect(page.locator("#findings h3")).to_have_text("问题聚集")
    assert "finding=" not in staff.hash()
    assert outlined(staff) == []


def test_a_shared_finding_tells_nothing_to_anybody(
    open_viewer: Callable[..., Viewer], town: tuple[Server, Any]
) -> None:
    server, found = town
    viewer = open_viewer(url=server.url).open(f"#t=xinhua&finding={found.id}")
    expect(viewer.page.get_by_role("alert")).to_contain_text("once they have signed in")
    viewer.page.click(".close")
    expect(viewer.page.locator(".invite")).to_be_visible()
    expect(viewer.page.locator("#findings")).to_have_count(0)
    assert viewer.asked("findings/|/findings$") == []


def test_in_chinese_on_a_phone(open_viewer: Callable[..., Viewer], town: tuple[Server, Any]) -> None:
    server, found = town
    staff = as_staff(open_viewer, server, viewport=PHONE, locale="zh-CN", has_touch=True)
    page = staff.open(f"#t=xinhua&finding={found.id}").page
    expect(page.locator("#finding-title")).to_have_text("路灯故障")
    expect(page.locator("[data-fact=method]")).to_have_text("时空置换扫描")
    assert len(outlined(staff)) == 4
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
