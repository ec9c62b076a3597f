"""What the public sees on the map: counts that were published, their period in words, and how exact they are."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.web.page import LAT, LON, Viewer
from wangge.geo.grid import Cell


def test_the_public_is_told_which_period_it_sees(viewer: Viewer, published: Cell) -> None:
    page = viewer.open(f"#t=xinhua&cell=grid:{published.code}&period=2025-03").page
    expect(page.locator("#figure-reports")).to_have_text("about 60")
    expect(page.locator("#figure-release")).to_have_text("Published for March 2025, rounded to multiples of 3")
    expect(page.locator("#filters")).to_contain_text("March 2025")
    expect(page.locator("#release-told")).to_contain_text("base grid")
    expect(page.locator("#from")).to_have_count(0)
    page.select_option("#release", "2025-05")
    expect(page.locator("#figure-reports")).to_have_text("about 30")
    viewer.until("location.hash.includes('period=2025-05')")
    viewer.until("wangge.map.getSource('heat').tiles[0].includes('period=2025-05')")
    page.select_option("#release", "2025-04")
    expect(page.locator("#figure-reports")).to_have_text("fewer than 3")
    page.select_option("#release", "2025-03-w2")
    expect(page.locator("#figure-reports")).to_have_text("–")
    expect(page.locator(".figures")).to_contain_text("not published")


def test_groups_are_counted_where_categories_are_too_few(viewer: Viewer, published: Cell) -> None:
    page = viewer.open(f"#t=xinhua&cell=community:{published.path[1]}&period=2025-03").page
    expect(page.locator("#figure-reports")).to_have_text("about 60")
    page.select_option("#category", "group:people")
    expect(page.locator("#figure-release")).to_contain_text("Between people")
    expect(page.locator("#figure-reports")).to_have_text("about 60")
    viewer.until("location.hash.includes('group=people')")
    page.select_option("#category", "noise")
    expect(page.locator("#figure-reports")).to_have_text("–")  # of streets only


def test_the_heat_of_the_public_is_no_finer_than_cells(viewer: Viewer, published: Cell) -> None:
    viewer.open(f"#t=xinhua&z=14&lon={LON}&lat={LAT}&period=2025-03")
    counts = viewer.page.evaluate(
        "wangge.map.querySourceFeatures('heat', { sourceLayer: 'heat' }).map(f => f.properties.count)"
    )
    assert len(counts) > 1
    assert abs(sum(set(counts)) - min(counts)) < 1e-6  # one count for the bins of the one cell
    assert not viewer.asked(r"/heat/1[34]/")


def test_a_period_that_was_not_published_gives_way(open_viewer: Callable[..., Viewer], published: Cell) -> None:
    viewer = open_viewer(expected_errors="404").open("#t=xinhua&period=2019-03")
    expect(viewer.page.locator("#release")).not_to_have_value("")
    assert "2019" not in viewer.page.locator("#filters").inner_text()


def test_in_chinese(open_viewer: Callable[..., Viewer], published: Cell) -> None:
    page = open_viewer(locale="zh-CN").open(f"#t=xinhua&cell=grid:{published.code}&period=2025-03").page
    expect(page.locator("#figure-reports")).to_have_text("约 60")
    expect(page.locator("#figure-release")).to_have_text("2025年3月发布数据，按 3 的倍数取整")
