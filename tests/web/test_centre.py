"""The command centre: figures follow one filter, have an address, open into their cases, follow what happens."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from PIL import ImageStat
from playwright.sync_api import Page, expect

from tests.conftest import Server, serving
from tests.patterns.planting import LAST, looked, plant
from tests.people import session_for, token_for
from tests.web.page import PHONE, Viewer, faults_of_access, printed
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.plumbing.cookies import COOKIE
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster

WALL = {"width": 1920, "height": 1080}
SQUARE = [(116.870, 38.290), (116.900, 38.290), (116.900, 38.320), (116.870, 38.320)]
AREA = "area=" + ";".join(f"{lon},{lat}" for lon, lat in SQUARE)
JUNE = "from=2026-06-01&to=2026-06-30"


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


@pytest.fixture(scope="module")
def asked(town: tuple[Server, Any]) -> Iterator[Callable[..., Any]]:
    """What the API itself counts, beside the browser."""
    server, _ = town
    signed_in = {"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.CENTRE, 'xinhua')])}"}
    with httpx2.Client(base_url=f"{server.url}/api/v1/territories/xinhua", headers=signed_in, timeout=20) as client:

        def counts(**body: Any) -> Any:
            return client.post("/counts", json=body).json()

        counts.client = client  # type: ignore[attr-defined]
        yield counts


def as_role(open_viewer: Callable[..., Viewer], server: Server, role: Role = Role.CENTRE, **options: Any) -> Viewer:
    viewer = open_viewer(url=server.url, **options)
    secret = session_for(server.database_url, [Grant(role, "xinhua")])
    viewer.page.context.add_cookies([{"name": COOKIE, "value": secret, "url": server.url}])
    return viewer


def open_centre(viewer: Viewer, address: str) -> Page:
    viewer.page.goto(f"{viewer.url}/centre{address}")
    expect(viewer.page.locator("#total")).to_be_visible()
    viewer.until("wangge.map && wangge.map.loaded() && !document.querySelector('[aria-busy=true]')", 40)
    return viewer.page


def numbers(page: Page, selector: str) -> list[int]:
    return [int(text.replace(",", "")) for text in page.locator(selector).all_inner_texts()]


def listed(page: Page, link: str) -> int:
    """How many cases a list has that a link leads to."""
    query = str(page.locator(link).first.get_attribute("href")).partition("?")[2]
    summary = page.request.get(f"{page.url.partition('/centre')[0]}/api/v1/territories/xinhua/reports/summary?{query}")
    return int(summary.json()["total"])


def total(page: Page) -> int:
    return int(page.locator("#total").inner_text().split()[0].replace(",", ""))


def test_all_figures_follow_one_filter_that_has_an_address_and_open_into_their_cases(
    open_viewer: Callable[..., Viewer], town: tuple[Server, Any], asked: Callable[..., Any]
) -> None:
    server, found = town
    viewer = as_role(open_viewer, server, viewport=WALL, color_scheme="dark")
    page = open_centre(viewer, f"#t=xinhua&{JUNE}")
    june = {"from": "2026-06-01", "to": "2026-06-30"}
    assert total(page) == asked(**june)["total"] == sum(numbers(page, "#week tbody td span"))
    assert sum(numbers(page, "#ranking .value a")) == total(page) == sum(numbers(page, "#categories .set a"))
    hours = asked(by=["hour"], **{"from": "2026-06-30", "to": "2026-06-30"})["hour"]
    assert numbers(page, "#inflow table td:nth-child(2)") == [sum(day[hour] for day in hours) for hour in range(24)]
    expect(page.locator("[data-standing=open] strong")).to_have_text(f"{asked()['total']:,}")
    expect(page.locator("#legend .scale")).to_contain_text("≥")

    assert faults_of_access(page) == []
    with page.expect_download() as saved:
        page.click("#save-layer")
    assert saved.value.suggested_filename == "xinhua-figures-street.gpkg"
    assert saved.value.path().read_bytes().startswith(b"SQLite format 3")

    # a category, then a cell of the ranking, then what leads to the cases
    page.check("[data-category=lamp]")
    viewer.until("location.hash.includes('category=lamp') && !document.querySelector('[aria-busy=true]')")
    lamps = asked(categories=["lamp"], **june)
    expect(page.locator("#total")).to_have_text(f"{lamps['total']} reports")
    assert sum(numbers(page, "#week tbody td span")) == lamps["total"] == sum(numbers(page, "#ranking .value a"))
    scale = page.locator("#legend .scale").inner_text()
    page.locator("#ranking tbody button").first.click()
    code = page.locator("#ranking tbody tr").first.get_attribute("data-code")
    one = asked(categories=["lamp"], cells=[{"level": "street", "code": code}], **june)["total"]
    expect(page.locator("#total")).to_have_text(f"{one} reports")
    expect(page.locator("#all-cases")).to_have_text(f"Open {one} cases")
    link = f"work#/xinhua/cases?counted=true&category=lamp&cell={code}&level=street&from=2026-06-01&to=2026-06-30"
    expect(page.locator("#all-cases")).to_have_attribute("href", link)
    assert page.locator("#legend .scale").inner_text() == scale  # kept while the filter changes
    page.click("#rescale")
    expect(page.locator("#legend .scale")).not_to_have_text(scale)
    page.go_back()
    expect(page.locator("#total")).to_have_text(f"{lamps['total']} reports")
    page.go_back()
    expect(page.locator("#total")).to_have_text(f"{asked(**june)['total']} reports")

    # an area, drawn by clicks and with a corner under the crosshair
    page.click("#area-draw")
    for lon, lat in SQUARE[:3]:
        viewer.click_map(lon, lat)
    page.evaluate("([lon, lat]) => { wangge.map.jumpTo({ center: [lon, lat] }); }", list(SQUARE[3]))
    page.click("#corner-here")
    page.click("#area-done")
    viewer.until("location.hash.includes('area=') && !document.querySelector('[aria-busy=true]')")
    drawn = page.evaluate("wangge.state().area")
    ring = [[*corner] for corner in [*drawn, drawn[0]]]
    inside = asked(area={"type": "Polygon", "coordinates": [ring]}, **june)["total"]
    assert 0 < inside < asked(**june)["total"]
    expect(page.locator("#total")).to_have_text(f"{inside} reports")
    assert listed(page, "#all-cases") == inside
    busiest = page.locator("#week tbody td", has=page.locator("a")).first
    assert listed(page, "#week tbody td a") == int(busiest.locator("span").inner_text())
    opened = page.context.new_page()
    opened.goto(f"{server.url}/{page.locator('#week tbody td a').first.get_attribute('href')}")
    expect(opened.locator("#list-total")).to_have_text(busiest.locator("span").inner_text())
    opened.click("#finer summary")
    expect(opened.locator("#in-area")).to_be_visible()
    assert faults_of_access(opened) == []
    opened.close()
    page.click("#chip-area button")
    expect(page.locator("#total")).to_have_text(f"{asked(**june)['total']} reports")

    # what was found: its sentence, its outline, an address
    expect(page.locator(f"[data-finding='{found.id}']")).to_contain_text(f"{found.observed} reports of residents")
    page.click(f"[data-finding='{found.id}']")
    viewer.until(f"location.hash.includes('finding={found.id}')")
    viewer.settled()
    outlined = "wangge.map.queryRenderedFeatures({ layers: ['found'] }).map(one => String(one.properties.id))"
    viewer.until(f"{outlined}.length > 0")
    assert set(page.evaluate(outlined)) <= {str(found.id), "undefined"}

    # on paper: A4 on its side, with the figures, and the map as a picture
    paper = printed(page)
    assert {tuple(map(round, sheet.mediabox.upper_right)) for sheet in paper} == {(842, 595)}
    assert 1 <= len(paper) <= 3
    assert page.locator("#total").inner_text() in "".join(sheet.extract_text() for sheet in paper)
    wide = page.locator("#map").bounding_box()["width"]  # type: ignore[index]
    drawn = max(image.image.width for sheet in paper for image in sheet.images if image.image)
    assert drawn == pytest.approx(3 * wide, 1)

    # dark on the screen, light on paper
    page.emulate_media(color_scheme="dark")
    viewer.settled()
    images = [image.image for sheet in printed(page) for image in sheet.images if image.image]
    widest = max(images, key=lambda image: image.width)
    assert ImageStat.Stat(widest.convert("L")).median[0] > 200


def test_ways_of_looking_in_time_and_beside_each_other(
    open_viewer: Callable[..., Viewer], town: tuple[Server, Any], asked: Callable[..., Any]
) -> None:
    server, _ = town
    viewer = as_role(open_viewer, server, viewport=WALL, accept_downloads=True)
    page = open_centre(viewer, f"#t=xinhua&{JUNE}&level=community&show=count&window=week&at=2026-06-10")
    colours = "() => JSON.stringify(wangge.map.queryRenderedFeatures({ layers: ['figures'] }).map(f => [f.properties.code, f.state.colour]).sort())"  # noqa: E501
    expect(page.locator("#slider output")).to_contain_text("10")
    viewer.until("wangge.map.queryRenderedFeatures({ layers: ['figures'] }).some(f => f.state.colour)")
    before = page.evaluate(colours)
    page.locator("#moment").press("End")
    expect(page.locator("#slider output")).to_contain_text("24")
    viewer.until("location.hash.includes('at=2026-06-24')")
    viewer.until("wangge.map.loaded()")
    assert page.evaluate(colours) != before
    scale = page.locator("#legend .classes").inner_text()
    page.click("#play")
    viewer.until("document.querySelector('#slider').dataset.shown < '2026-06-24'")
    page.click("#play")
    assert page.locator("#legend .classes").inner_text() == scale

    # two periods: the numbers are the API's, a few are told by their interval alone
    page.select_option("#show", "compare")
    expect(page.locator("#comparison tbody tr").first).to_be_visible()
    sides = {"before": {"from": "2026-05-02", "to": "2026-05-31"}, "after": {"from": "2026-06-01", "to": "2026-06-30"}}
    told = asked.client.post("/comparison", json=sides | {"level": "community"}).json()  # type: ignore[attr-defined]
    expect(page.locator("#compared-whole")).to_contain_text(f"{told['whole']['before']} → {told['whole']['after']}")
    few = next(cell for cell in told["cells"] if cell["before"] + cell["after"] < 30)
    row = page.locator(f"#comparison tr[data-code='{few['code']}'] td")
    expect(row.nth(2)).to_have_text("")
    expect(row.nth(3)).to_contain_text("–")
    with page.expect_download() as table:
        page.click("#save-comparison")
    lines = table.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == len(told["cells"]) + 1
    page.select_option("#show", "sides")
    expect(page.locator("#map-before canvas")).to_be_visible()
    page.select_option("#show", "gi")
    expect(page.locator("#legend")).to_contain_text("misleads")
    expect(page.locator("[data-level=grid]")).to_have_attribute("aria-pressed", "true")
    page.select_option("#show", "emerging")
    expect(page.locator("#emerged")).to_be_visible()
    page.select_option("#show", "indicator")
    expect(page.locator("#ranked-by")).to_have_value("closure")
    expect(page.locator("#ranking .value").first).to_have_text("—")  # planted reports have no history
    expect(page.locator("#legend")).to_contain_text("nothing to judge")
    with page.expect_download() as picture:
        page.click("#png")
    assert picture.value.path().read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    page.select_option("#ranked-by", "")
    with page.expect_download() as ranking:
        page.click("#save-ranking")
    assert ranking.value.path().read_bytes().count(b"\r\n") == page.locator("#ranking tr").count()


RANKED = """async () => {
    const { ranked, spark, yearOfMonths } = await import('/web/js/centre/figures.js');
    const cell = (code, month, n, of) => ({
        cell: { level: 'street', code, name: code }, ...(month && { month: { month } }),
        figures: { closure: { value: null, numerator: n, denominator: of, excluded: 0 } } });
    const one = { key: 'closure', unit: 'percent', better: 'higher', rate: true };
    const lamps = { rows: [cell('a', '', 1, 2), cell('b', '', 9, 10), cell('c', '', 0, 0)] };
    const roads = { rows: [cell('a', '', 8, 8), cell('b', '', 0, 10)] };
    const months = { rows: [cell('a', '2025-02', 1, 4), cell('a', '2025-04', 3, 4)] };
    const rows = ranked(one, [lamps, roads], [months]);
    return [rows.map(row => [row.cell.code, row.value]), yearOfMonths('2026-02-28')[0],
        spark(['2025-02', '2025-03', '2025-04'].map(month => rows[1].months.get(month) ?? null))];
}"""


def test_an_indicator_of_several_categories_is_of_all_their_cases(viewer: Viewer) -> None:
    viewer.page.goto(f"{viewer.url}/docs")
    order, first, line = viewer.page.evaluate(RANKED)
    assert order == [["b", 45.0], ["a", 90.0], ["c", None]]  # what is to be looked at first, unknown last
    assert first == "2025-03"
    assert line == "M0.0 18.0h0M100.0 2.0h0"  # a month without cases is a gap, one alone a dot


def test_a_day_on_the_wall_and_on_a_phone(
    open_viewer: Callable[..., Viewer], town: tuple[Server, Any], asked: Callable[..., Any]
) -> None:
    server, _ = town
    viewer = as_role(open_viewer, server, viewport=PHONE, locale="zh-CN", has_touch=True, expected_errors="503|ERR_")
    page = open_centre(viewer, f"#t=xinhua&{AREA}")
    expect(page.locator("#chip-area")).to_contain_text("圈选范围")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert faults_of_access(page) == []
    page.get_by_role("button", name="EN", exact=True).click()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.get_by_role("button", name="中文", exact=True).click()
    page.click("#chip-area button")

    # a report that comes in is told without anybody asking
    expect(page.locator("#pulse")).to_have_text("实时")
    page.click("[data-days='7']")
    then = asked()["total"]
    body = {"lon": 116.8917, "lat": 38.3102, "category": "lamp"}
    assert asked.client.post("/reports", json=body).status_code == 201  # type: ignore[attr-defined]
    expect(page.locator("[data-standing=open] strong")).to_have_text(f"{then + 1:,}")

    # what fails is told, and tried again
    page.route("**/counts", lambda route: route.fulfill(status=503, body="{}"))
    page.click("[data-days='90']")
    expect(page.locator("#week .failing")).to_contain_text("正在重试")
    page.unroute("**/counts")
    expect(page.locator("#week .failing")).to_have_count(0)


def test_who_may_not_read_figures_gets_a_clear_word_and_nothing_else(
    open_viewer: Callable[..., Viewer], town: tuple[Server, Any]
) -> None:
    server, _ = town
    anybody = open_viewer(url=server.url)
    anybody.page.goto(f"{anybody.url}/centre#t=xinhua")
    expect(anybody.page.locator("#main")).to_contain_text("The command centre is for staff")
    anybody.page.click("#centre-sign-in")
    expect(anybody.page.locator("dialog")).to_be_visible()
    assistant = as_role(open_viewer, server, Role.ASSISTANT)
    assistant.page.goto(f"{assistant.url}/centre#t=xinhua")
    expect(assistant.page.get_by_role("alert")).to_contain_text("not the figures")
    for viewer in (anybody, assistant):
        assert viewer.asked("/api/v1/territories/") == []
