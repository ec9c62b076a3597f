"""The figures in the viewer: of the chosen cell, and as the colours of the cells."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.people import session_for
from tests.reports.histories import Histories
from tests.web.page import Viewer
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.plumbing.cookies import COOKIE
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid


@pytest.fixture(scope="package")
def judged(server: Any) -> list[str]:
    """Cases in six districts of Washington: all of the first handled in time, of others fewer. Gives their codes."""
    with connect(server.database_url, autocommit=True) as connection:
        grid = load_grid(connection, "washington")
        row = connection.execute("SELECT code FROM category WHERE territory_code = 'washington' LIMIT 1").fetchone()
        assert row
        histories = Histories(connection, grid, row[0])
        for place in range(6):
            for case in range(4):
                sent = ("dispatch", 0.1, {"step": "handle", "due_at": 5.0})
                handled = ("report-back", 3, {"in_time": case >= place % 5})
                histories.case(sent, handled, leaf=place)
    return [leaf.code for leaf in grid.leaves[:6]]


@pytest.fixture
def staff(open_viewer: Callable[..., Viewer], server: Any) -> Viewer:
    """The viewer, signed in at Washington's centre."""
    viewer = open_viewer()
    secret = session_for(server.database_url, [Grant(Role.CENTRE, "washington")])
    viewer.page.context.add_cookies([{"name": COOKIE, "value": secret, "url": server.url}])
    return viewer


def colour(viewer: Viewer, code: str) -> str:
    """The colour in which a cell of the base level is drawn."""
    expression: list[Any] = viewer.page.evaluate("() => wangge.map.getPaintProperty('rated-smd', 'fill-color')")
    pairs = zip(expression[2:-1:2], expression[3:-1:2], strict=True)
    return str(next((drawn for codes, drawn in pairs if code in codes), expression[-1]))


def test_cells_are_coloured_by_an_indicator(staff: Viewer, judged: list[str]) -> None:
    staff.open("#t=washington")
    staff.page.select_option("#indicator", "on-time-handling")
    staff.until("wangge.map.getLayoutProperty('rated-smd', 'visibility') === 'visible'")
    staff.until("location.hash.includes('indicator=on-time-handling')")
    drawn = [colour(staff, code) for code in judged]
    assert drawn[0] == drawn[5] != drawn[4]  # all in time, and none
    assert len(set(drawn)) >= 4
    elsewhere = colour(staff, "9Z")
    assert elsewhere not in drawn
    rows = staff.page.locator("#classes li")
    expect(rows.last).to_have_text("nothing to judge")
    assert rows.count() == len(set(drawn)) + 1
    assert staff.page.evaluate("() => wangge.map.getLayoutProperty('heat', 'visibility')") == "none"
    expect(staff.page.locator("#heat-toggle")).to_have_attribute("aria-checked", "false")
    staff.page.click("#heat-toggle")  # the heat in the place of the indicator
    expect(staff.page.locator("#indicator")).to_have_value("")
    expect(staff.page.locator("#heat-toggle")).to_have_attribute("aria-checked", "true")
    staff.until("wangge.map.getLayoutProperty('rated-smd', 'visibility') === 'none'")
    assert staff.page.evaluate("() => wangge.map.getLayoutProperty('heat', 'visibility')") == "visible"


def test_the_chosen_cell_tells_its_figures(staff: Viewer, judged: list[str]) -> None:
    staff.open(f"#t=washington&cell=smd:{judged[1]}")
    row = staff.page.locator("#rates [data-indicator=on-time-handling]")
    expect(row.locator("strong")).to_have_text("75%")
    expect(row.locator("small")).to_have_text("3 of 4")
    staff.page.locator("#languages [lang=zh]").click()
    expect(staff.page.locator("#rates h3")).to_have_text("评价指标")
    expect(staff.page.locator("#rates [data-indicator=on-time-handling] span")).to_have_text("按期处置率")


def test_the_bulletin_of_the_last_month_is_one_press_away(staff: Viewer, judged: list[str]) -> None:
    staff.open(f"#t=washington&cell=smd:{judged[1]}")
    form = staff.page.locator("form.bulletin")
    now = datetime.now(ZoneInfo("America/New_York"))
    last = f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"
    expect(form.locator("input[type=month]")).to_have_value(last)
    with staff.page.expect_download() as download:
        form.get_by_role("button").click()
    assert download.value.suggested_filename == f"washington-{last}.pdf"
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")


def test_without_an_account_there_are_no_figures(viewer: Viewer, judged: list[str]) -> None:
    viewer.open(f"#t=washington&cell=smd:{judged[1]}&indicator=closure")
    expect(viewer.page.locator("#figure-reports")).to_be_visible()
    expect(viewer.page.locator("#rates")).to_have_count(0)
    expect(viewer.page.locator("form.bulletin")).to_have_count(0)
    expect(viewer.page.locator("#indicator")).to_have_count(0)
    assert viewer.asked("washington/indicators") == []
