"""The board of places: a figure as table, map and course, sheets with their report, and what overlays cut."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.conftest import Server
from tests.people import session_for
from tests.web.page import PHONE, Viewer, faults_of_access
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.cli.examples import OVERLAYS, _lay_over
from wangge.api.plumbing.cookies import COOKIE
from wangge.planning.attributes.declared import attributes_of
from wangge.planning.attributes.kept import put_attributes, put_values
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import load_grid

DECLARED = [
    {"key": "income", "name": {"en": "Collective income", "zh": "集体收入"}, "rule": "sum", "unit": "¥"},
    {"key": "party", "name": {"en": "Party members", "zh": "党员比例"}, "rule": "share"},
    {"key": "road", "name": {"en": "Road", "zh": "通路"}, "rule": "yes-no"},
]


@pytest.fixture(scope="module")
def communities(server: Server) -> Iterator[list[Any]]:
    """The communities of Xinhua by code, all but the last with an income of two days."""
    with connect(server.database_url) as connection:
        put_attributes(connection, "xinhua", attributes_of(DECLARED), by="tests")
        grid = load_grid(connection, "xinhua")
    cells = sorted((cell for cell in grid.cells if cell.level == "community"), key=lambda cell: cell.code)

    async def put() -> None:
        async with await connect_async(server.database_url) as connection:
            for day, factor in ((date(2024, 12, 31), 1.0), (date(2025, 12, 31), 2.0)):
                values: dict[str, dict[str, Any]] = {
                    "income": {cell.code: 1000.0 * factor * at for at, cell in enumerate(cells[:-1], 1)},
                    "road": {cell.code: "yes" if at % 3 else "no" for at, cell in enumerate(cells)},
                }
                await put_values(connection, "xinhua", "community", day, values, "test")

    with ThreadPoolExecutor(1) as aside:  # the browser has a loop of its own
        aside.submit(lambda: asyncio.run(put())).result()
    _lay_over(server.database_url, OVERLAYS / "washington")
    yield cells
    with connect(server.database_url) as connection:
        connection.execute("DELETE FROM attribute WHERE territory_code = 'xinhua'")
        connection.execute("DELETE FROM overlay WHERE territory_code = 'washington'")


def open_places(viewer: Viewer, server: Server, address: str, role: Role = Role.ADMINISTRATOR) -> Any:
    secret = session_for(server.database_url, [Grant(role)])
    viewer.page.context.add_cookies([{"name": COOKIE, "value": secret, "url": server.url}])
    viewer.page.goto(f"{viewer.url}/places{address}")
    return viewer.page


def test_a_figure_of_places_is_declared_and_tried_on_screen(
    open_viewer: Callable[..., Viewer], server: Server, communities: list[Any]
) -> None:
    viewer = open_viewer()
    page = open_places(viewer, server, "")
    page.goto(f"{viewer.url}/admin#/xinhua/attributes")
    page.click("[data-attribute=income]")
    page.click("#attribute-change")
    page.select_option("#attribute-rule", "mean")
    page.click("#attribute-try")
    row = page.locator("#attribute-tried tbody tr").first
    expect(row).to_be_visible()
    before, after = (row.locator("td").nth(at).inner_text().strip() for at in (1, 2))
    assert before != after
    assert faults_of_access(page) == []
    page.click("#attribute-cancel")
    page.click(".section-head .back")
    page.click("#attribute-new")
    page.fill("#attribute-key", "terrain")
    page.fill("#attribute-zh", "地形")
    page.select_option("#attribute-rule", "class")
    page.fill("#attribute-classes", "plain = 平原 | Plain\nhill")
    page.click("#attribute-send")
    expect(page.locator("[data-field=classes] .field-error")).to_contain_text("hill")
    page.fill("#attribute-classes", "plain = 平原 | Plain\nhill = 丘陵 | Hill")
    page.click("#attribute-send")
    page.click("[data-attribute=terrain]")
    expect(page.locator(".facts")).to_contain_text("Hill")
    expect(page.locator("#changes li")).to_have_count(1)
    page.click(".masthead .ways [href^=places]")
    expect(page.locator("#table tbody tr").first).to_be_visible()


def test_a_figure_is_a_table_a_map_and_a_course_at_one_address(
    open_viewer: Callable[..., Viewer], server: Server, communities: list[Any]
) -> None:
    viewer = open_viewer()
    page = open_places(viewer, server, "#t=xinhua&level=community&attribute=income&on=2026-06-30")
    expect(page.locator("#table tbody tr")).to_have_count(len(communities))
    viewer.until("wangge.map && wangge.map.loaded() && !document.querySelector('[aria-busy=true]')", 40)
    first, last = page.locator("#table tbody tr").first, page.locator("#table tbody tr").last
    expect(first.locator(".value")).to_have_text(f"{2000 * (len(communities) - 1):,}")
    expect(last.locator(".value")).to_have_text("–")  # missing, and not zero
    expect(page.locator("#legend")).to_contain_text("No value")
    state = "wangge.map.getFeatureState({source: 'cells', sourceLayer: 'community', id: %r}).colour"
    codes = [communities[0].code, communities[-2].code, communities[-1].code]
    assert len({page.evaluate(state % code) for code in codes}) == 3, "little, much and nothing are told apart"
    first.locator("button").click()
    expect(page.locator("#course .days tr")).to_have_count(2)
    expect(page.locator("#course svg path")).to_have_count(1)
    expect(page.locator("#all-of")).to_contain_text("Road")
    assert faults_of_access(page) == []
    address = page.url

    page.click("[data-level=street]")
    expect(page.locator("#table tbody tr")).to_have_count(6)
    told = [text.splitlines()[0] for text in page.locator("#table .value").all_inner_texts()]
    whole = sum(2000 * at for at in range(1, len(communities)))
    assert sum(int(text.replace(",", "")) for text in told[1:] if text != "–") == whole
    page.select_option("#attribute", "road")
    expect(page.locator("#table tbody .value").first).to_contain_text("yes")
    page.go_back()
    page.go_back()
    expect(page.locator("#course .days tr")).to_have_count(2)
    assert page.url == address
    page.fill("#on", "2025-06-30")
    expect(first.locator(".value")).to_have_text(f"{1000 * (len(communities) - 1):,}")


def test_a_sheet_is_answered_by_row_and_column_on_a_phone_in_chinese(
    open_viewer: Callable[..., Viewer], server: Server, communities: list[Any], tmp_path: Path
) -> None:
    viewer = open_viewer(
        r"status of 422", viewport=PHONE, locale="zh-CN", color_scheme="dark", has_touch=True, is_mobile=True
    )
    page = open_places(viewer, server, "#t=xinhua&part=upload&level=community&on=2026-03-31")
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    rows = [[cell.name, 100 + at, 50] for at, cell in enumerate(communities)]
    rows[4][0], rows[6][2], rows[8][1] = rows[0][0], "105%", "很多"
    for row in [["统计表"], [], ["村名", "集体收入", "党员比例"], *rows]:
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    file = tmp_path / "表.xlsx"
    workbook.save(file)
    page.set_input_files("#sheet-file", file)
    page.click("#sheet-send")
    expect(page.locator("#sheet-faults tbody tr")).to_have_count(4)
    told = [row.inner_text().split("\t")[:2] for row in page.locator("#sheet-faults tbody tr").all()]
    assert told == [["–", "村名"], ["8", "村名"], ["10", "党员比例"], ["12", "集体收入"]]
    expect(page.locator("#sheet-faults")).to_contain_text("105")
    assert faults_of_access(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    file.write_bytes("\n".join(["村名,集体收入", *(f"{cell.name},7" for cell in communities)]).encode("gb18030"))
    page.set_input_files("#sheet-file", file.rename(tmp_path / "表.csv"))
    page.click("#sheet-send")
    expect(page.locator("#sheet-taken")).to_contain_text(f"{len(communities)}")
    page.click("[data-part=board]")
    expect(page.locator("#table .value").nth(1)).to_have_text("7")
    assert faults_of_access(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    viewer = open_viewer()
    page = open_places(viewer, server, "#t=xinhua&part=upload", Role.PLANNER)
    expect(page.locator("#table")).to_be_visible()
    expect(page.locator("[data-part=upload]")).to_have_count(0)


def test_what_an_overlay_cuts_is_listed_and_drawn(
    open_viewer: Callable[..., Viewer], server: Server, communities: list[Any]
) -> None:
    viewer = open_viewer(expected_errors=r"status of 422", viewport={"width": 1600, "height": 900})
    page = open_places(viewer, server, "#t=washington&part=overlays&overlay=police")
    expect(page.locator("#cuts tbody tr").first).to_be_visible(timeout=60_000)
    viewer.until("wangge.map && wangge.map.loaded() && !document.querySelector('[aria-busy=true]')", 40)
    asked = page.request.get(f"{viewer.url}/api/v1/territories/washington/overlays/police/cuts").json()
    codes = [row.get_attribute("data-code") for row in page.locator("#cuts tbody tr").all()]
    assert codes == [cut["code"] for cut in asked["cuts"]]
    drawn = "{source: 'cells', sourceLayer: wangge.map.getLayer('figures').sourceLayer, id: %r}"
    state = f"wangge.map.getFeatureState({drawn}).colour"
    whole = next(cell["code"] for cell in asked["cells"] if cell["code"] not in codes)
    assert page.evaluate(state % codes[0]) != page.evaluate(state % whole)
    assert page.evaluate("wangge.map.queryRenderedFeatures({layers: ['found']}).length") > 0, "the areas are outlined"
    page.locator("#cuts tbody button").first.click()
    viewer.until("wangge.map.getZoom() > 11.8", 20)
    expect(page.locator("#cuts tr.chosen td").last).to_contain_text("%")
    assert faults_of_access(page) == []

    page.set_viewport_size(PHONE)
    page.click("#households summary")
    for n, told in (("3 homes", ".faults"), (3, "#households-counted")):
        home = {"type": "Feature", "properties": {"n": n}, "geometry": {"type": "Point", "coordinates": [-77.03, 38.9]}}
        layer = json.dumps({"type": "FeatureCollection", "features": [home]}).encode()
        page.set_input_files("#households-file", {"name": "homes.geojson", "mimeType": "", "buffer": layer})
        page.fill("#households-field", "n")
        page.click("#households-send")
        expect(page.locator(f"#households {told}")).to_contain_text("3")
    expect(page.locator("#households-counted")).to_contain_text("Kept: 3 households, 3 of them in base grids")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults_of_access(page) == []
