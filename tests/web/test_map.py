"""What people see on the map and learn from it."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx2
from playwright.sync_api import expect

from tests.web.page import OUTSIDE, Place, Viewer


def test_the_map_draws_the_cells_and_names_them(viewer: Viewer, api: httpx2.Client) -> None:
    viewer.open()
    streets = {feature["id"] for feature in api.get("/xinhua/cells", params={"level": "street"}).json()["features"]}
    assert viewer.drawn("cells-street-fill") == streets
    assert viewer.drawn("cells-street-label") <= streets
    assert viewer.drawn("cells-street-label")
    # the picture itself: more than a plain ground
    colours = viewer.page.evaluate(
        """() => new Promise(done => wangge.map.once('render', () => {
            const gl = wangge.map.getCanvas().getContext('webgl2');
            const pixels = new Uint8Array(gl.drawingBufferWidth * 4);
            const middle = gl.drawingBufferHeight / 2 | 0;
            gl.readPixels(0, middle, gl.drawingBufferWidth, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
            done(new Set(new Uint32Array(pixels.buffer)).size);
        }).triggerRepaint())"""
    )
    assert colours > 10


def test_deeper_levels_appear_with_the_zoom(viewer: Viewer) -> None:
    viewer.open()
    whole = viewer.page.evaluate("wangge.map.getZoom()")
    viewer.page.locator("#levels [data-level=grid]").click()
    viewer.settled()
    assert viewer.drawn("cells-grid-fill")
    expect(viewer.page.locator("#levels [data-level=grid]")).to_have_attribute("aria-pressed", "true")
    viewer.page.locator("#levels [data-level=street]").click()
    viewer.settled()
    assert not viewer.drawn("cells-grid-fill")
    assert viewer.page.evaluate("wangge.map.getZoom()") > whole - 2, "large enough to be read"
    expect(viewer.page.locator("#levels [data-level=street]")).to_have_attribute("aria-pressed", "true")


def test_another_territory_and_back(viewer: Viewer) -> None:
    viewer.open()
    expect(viewer.page.locator(".masthead [data-synthetic]")).to_have_text("Synthetic lines")
    viewer.page.select_option("#territory-select", "washington")
    expect(viewer.page.locator(".masthead [data-synthetic]")).to_have_count(0)
    expect(viewer.page.locator("#synthetic")).to_be_hidden()
    viewer.settled()
    assert len(viewer.drawn("cells-anc-fill")) == 40
    assert "t=washington" in viewer.hash()
    viewer.page.go_back()
    expect(viewer.page.locator("#territory-select")).to_have_value("xinhua")
    expect(viewer.page.locator("#synthetic")).to_be_visible()


def test_a_click_tells_which_grid_it_is(viewer: Viewer, api: httpx2.Client, place: Place) -> None:
    viewer.open()
    viewer.click_map(place.lon, place.lat)
    page = viewer.page
    expect(page.locator("#answer-code")).to_have_text(place.cell["code"])
    expect(page.locator("#answer-name")).to_have_text(place.cell["name"])
    expect(page.locator("#announcer")).to_contain_text(place.cell["name"])
    expect(page.locator(".figures .facts dt").first).to_have_text("Code")  # the cell's, not that of a second factor
    rows = page.locator(".lineage button")
    expect(rows).to_have_count(3)
    for row, cell in zip(rows.all(), [*place.ancestors, place.cell], strict=True):
        expect(row).to_contain_text(cell["name"])


def test_figures_of_each_level_of_the_answer(staff: Viewer, api: httpx2.Client, place: Place) -> None:
    staff.open()
    staff.click_map(place.lon, place.lat)
    for cell in [*place.ancestors, place.cell]:
        staff.page.locator(f".lineage [data-level={cell['level']}]").click()
        told = api.get(f"/xinhua/cells/{cell['level']}/{cell['code']}").json()["properties"]["figures"]
        expect(staff.page.locator(".total small")).to_have_text(cell["name"])
        expect(staff.page.locator("#figure-release")).to_have_count(0)  # what the public is told is not told to staff
        expect(staff.page.locator("#figure-reports")).to_have_text(str(told["reports"]))
        counts = [str(row["count"]) for row in told["by_category"]]
        assert sorted(staff.page.locator(".bar-value").all_inner_texts()) == sorted(counts)
        assert staff.outlined(cell["level"]) == cell["code"]
        assert f"cell={cell['level']}:{cell['code']}" in staff.hash()
    staff.page.go_back()
    expect(staff.page.locator(f".lineage [data-level={place.ancestors[1]['level']}]")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_outside_the_nearest_cell_is_told(viewer: Viewer, api: httpx2.Client) -> None:
    viewer.open()
    viewer.click_map(*OUTSIDE)
    nearest = api.get("/xinhua/locate", params={"lon": OUTSIDE[0], "lat": OUTSIDE[1]}).json()["nearest"]
    expect(viewer.page.get_by_role("alert")).to_contain_text("Outside the territory")
    expect(viewer.page.get_by_role("alert")).to_contain_text(nearest["name"])
    viewer.page.get_by_role("button", name="Go to the nearest cell").click()
    expect(viewer.page.locator("#answer-code")).to_have_text(nearest["code"])


def test_pointing_at_a_cell_names_it(viewer: Viewer) -> None:
    viewer.open()
    box = viewer.page.locator("#map").bounding_box()
    assert box
    viewer.page.mouse.move(box["x"] + box["width"] * 0.42, box["y"] + box["height"] / 2, steps=3)
    expect(viewer.page.locator(".tip")).to_be_visible()
    code = viewer.page.locator(".tip").get_attribute("data-code")
    assert code
    assert code.startswith("130902")
    hovered = viewer.page.evaluate(
        """() => wangge.map.queryRenderedFeatures()
            .filter(f => f.source === 'cells')
            .filter(f => wangge.map.getFeatureState({ source: 'cells', sourceLayer: f.sourceLayer, id: f.id }).hover)
            .map(f => f.properties.code)"""
    )
    assert set(hovered) == {code}


def test_filters_change_the_heat_and_the_figures(staff: Viewer, api: httpx2.Client, place: Place) -> None:
    staff.open("#t=xinhua&cell=street:" + place.ancestors[0]["code"])
    page, street = staff.page, f"/xinhua/cells/street/{place.ancestors[0]['code']}"
    category = api.get("/xinhua/categories").json()["categories"][1]["code"]

    def told(**query: str) -> str:
        return str(api.get(street, params=query).json()["properties"]["figures"]["reports"])

    expect(page.locator("#figure-reports")).to_have_text(told())
    assert told(category=category) != told()
    page.select_option("#category", category)
    expect(page.locator("#figure-reports")).to_have_text(told(category=category))
    heat_is_filtered(staff, category=category)
    staff.until(f"location.hash.includes('category={category}')")

    page.locator("[data-preset='30']").click()
    since, until = page.input_value("#from"), page.input_value("#to")
    assert since < until
    heat_is_filtered(staff, category=category)
    staff.until("wangge.map.getSource('heat').tiles[0].includes('from=')")
    expect(page.locator("#figure-reports")).to_have_text(told(**{"category": category, "from": since, "to": until}))
    listed = re.compile(f"category={category}&from={since}&to={until}&level=street")  # as the list has it
    expect(page.locator("#cases-of-cell")).to_have_attribute("href", listed)

    page.fill("#from", "2020-01-02")
    page.fill("#to", "2020-01-01")
    page.locator("#to").blur()
    expect(page.locator("#period-error")).to_be_visible()
    page.locator("[data-preset='0']").click()
    expect(page.locator("#from")).to_have_value("")

    page.locator("#heat-toggle").click()
    assert page.evaluate("wangge.map.getLayoutProperty('heat', 'visibility')") == "none"
    staff.until("location.hash.includes('heat=0')")


def heat_is_filtered(viewer: Viewer, **wanted: str) -> None:
    """The map asked for heat tiles with these parameters, and has them."""
    for name, value in wanted.items():
        viewer.until(f"wangge.map.getSource('heat').tiles[0].includes('{name}={value}')")
    viewer.settled()
    tiles = viewer.asked(r"/tiles/xinhua/heat/\d+/\d+/\d+\.mvt\?")
    queries = [parse_qs(urlsplit(url).query) for url in tiles]
    assert any(all(query.get(name) == [value] for name, value in wanted.items()) for query in queries)


def test_the_heat_layer_draws_reports(staff: Viewer, place: Place) -> None:
    staff.open(f"#t=xinhua&z=14&lon={place.lon}&lat={place.lat}")
    counts = staff.page.evaluate(
        "wangge.map.querySourceFeatures('heat', { sourceLayer: 'heat' }).map(f => f.properties.count)"
    )
    assert sum(counts) >= 12


def test_close_in_staff_see_their_open_cases_and_open_them(
    staff: Viewer, api: httpx2.Client, place: Place, open_viewer: Callable[..., Viewer]
) -> None:
    lon, lat = place.lon + 0.0012, place.lat
    filed = api.post("/xinhua/reports", json={"lon": lon, "lat": lat, "category": "lamp", "external_id": "web-lonely"})
    number = filed.json()["number"]
    stack = place.lon - 0.0012
    for at in range(2):
        report = {"lon": stack, "lat": lat, "category": "lamp", "external_id": f"web-stack-{at}"}
        assert api.post("/xinhua/reports", json=report).is_success
    staff.open(f"#t=xinhua&z=14.6&lon={lon}&lat={lat}")
    page = staff.page
    assert points(staff, "cases") == points(staff, "cases-clusters") == 0
    assert points(staff, "heat")
    expect(page.locator("#case-legend")).to_be_hidden()
    page.check("#cases-toggle")
    staff.settled()
    assert points(staff, "cases-clusters")
    expect(page.locator("#case-legend")).to_contain_text("overdue")
    staff.until("location.hash.includes('cases=1')")
    page.uncheck("#cases-toggle")

    page.evaluate("at => wangge.map.jumpTo({ zoom: 16.5, center: at })", [lon, lat])
    staff.settled()
    assert points(staff, "cases") > 1
    assert points(staff, "heat") == 0
    expect(page.locator("#case-legend")).to_be_visible()
    expect(page.locator("#filters .legend")).to_be_hidden()
    staff.click_map(stack, lat)
    expect(page.locator("#cases-here")).to_have_text("2 open cases here")
    page.keyboard.press("Escape")
    expect(page.locator("#cases-here")).to_have_count(0)
    page.locator("#map canvas").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/work#/xinhua/cases/{number}")
    page.go_back()
    staff.painted()
    assert points(staff, "cases") > 1

    anybody = open_viewer().open(f"#t=xinhua&z=16.5&lon={lon}&lat={lat}")
    assert points(anybody, "cases") == 0
    assert anybody.asked("/cases/") == []


def points(viewer: Viewer, layer: str) -> int:
    """How many features a layer draws."""
    drawn: int = viewer.page.evaluate(
        "id => wangge.map.getLayer(id) ? wangge.map.queryRenderedFeatures({ layers: [id] }).length : 0", layer
    )
    return drawn


def test_tiles_that_fail_say_so_until_they_come_again(open_viewer: Callable[..., Viewer], place: Place) -> None:
    viewer = open_viewer(expected_errors="503|AJAXError")
    page = viewer.open().page
    notice = page.locator("#tiles-failing")
    expect(notice).to_be_hidden()
    page.route("**/cells/*/*/*/*.mvt*", lambda route: route.fulfill(status=503, body=""))
    page.evaluate("at => wangge.map.jumpTo({ zoom: 14, center: at })", [place.lon, place.lat])
    expect(notice).to_have_text("Parts of the map could not be fetched; trying again.")
    page.get_by_role("button", name="中文", exact=True).click()
    expect(notice).to_have_text("部分地图未能取得，正在重试。")
    page.unroute("**/cells/*/*/*/*.mvt*")
    expect(notice).to_be_hidden()
    assert viewer.drawn("cells-community-fill")


def test_an_address_brings_back_what_was_shown(open_viewer: Callable[..., Viewer], place: Place) -> None:
    first = open_viewer().open()
    first.page.locator("#levels [data-level=community]").click()
    first.settled()
    first.click_map(place.lon, place.lat)
    expect(first.page.locator("#figure-reports")).to_be_visible()
    first.until("location.hash.includes('cell=')")
    first.page.wait_for_timeout(400)
    second = open_viewer().open("#" + first.hash())
    expect(second.page.locator("#answer-code")).to_have_text(place.cell["code"])
    view = "[wangge.map.getZoom().toFixed(1), wangge.map.getCenter().lng.toFixed(3)]"
    assert second.page.evaluate(view) == first.page.evaluate(view)
    assert second.outlined("community") == place.ancestors[1]["code"]


def test_an_address_with_nonsense_still_opens(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(expected_errors="404").open("#t=atlantis&z=99&lon=x&lat=1000&at=1,2,3&from=yesterday")
    expect(viewer.page.locator("#territory-select")).to_have_value("xinhua")


def test_an_unknown_cell_is_a_readable_refusal(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(expected_errors="404").open("#t=xinhua&cell=grid:999")
    expect(viewer.page.get_by_role("alert")).to_contain_text("999")


def test_search_by_name_and_by_code(viewer: Viewer, place: Place) -> None:
    viewer.open()
    page, community = viewer.page, place.ancestors[1]
    page.fill("#search-input", community["name"][:4])
    expect(page.locator("#search-list [role=option]").first).to_contain_text(community["name"][:4])
    page.fill("#search-input", place.cell["code"])
    expect(page.locator("#search-list [role=option]")).to_have_count(1)
    page.locator("#search-list [role=option]").click()
    expect(page.locator("#answer-code")).to_have_text(place.cell["code"])
    viewer.settled()
    assert place.cell["code"] in viewer.drawn("chosen-fill-grid")
    page.fill("#search-input", "没有这个")
    expect(page.locator("#search-list")).to_contain_text("Nothing has")


def test_the_breadcrumb_says_where_the_map_is(viewer: Viewer, place: Place) -> None:
    viewer.open(f"#t=xinhua&z=15.5&lon={place.lon}&lat={place.lat}")
    steps = viewer.page.locator("#breadcrumb li")
    expect(steps).to_have_count(4)
    assert re.split(r"\s*\n\s*", viewer.page.locator("#breadcrumb").inner_text().strip())[1:] == [
        cell["name"] for cell in [*place.ancestors, place.cell]
    ]


def test_the_address_may_name_the_territory_as_a_query(viewer: Viewer) -> None:
    """`?territory=` stands in for `#t=`, which the page writes itself; and where both stand, that counts."""
    viewer.open("?territory=washington")
    expect(viewer.page.locator("#territory-select")).to_have_value("washington")
    assert "t=washington" in viewer.hash()
    assert "?" not in viewer.page.url
    viewer.page.goto("about:blank")
    viewer.open("?territory=washington#t=xinhua&heat=0")
    expect(viewer.page.locator("#territory-select")).to_have_value("xinhua")
    assert "heat=0" in viewer.hash()


def test_a_territory_that_is_not_here_is_said_to_be_missing(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(expected_errors="404").open("?territory=nowhere#z=14&lon=2.35&lat=48.85&cell=grid:9")
    expect(viewer.page.locator("#missing-territory")).to_contain_text("“nowhere”")
    lon = viewer.page.evaluate("wangge.map.getCenter().lng")
    assert abs(lon - 2.35) > 10  # the view of a place that is not here
    viewer.page.locator("#languages button[lang=zh]").click()
    expect(viewer.page.locator("#missing-territory")).to_contain_text("没有区域“nowhere”")
    other = {"xinhua": "washington", "washington": "xinhua"}[viewer.page.locator("#territory-select").input_value()]
    viewer.page.select_option("#territory-select", other)
    expect(viewer.page.locator(".tally")).to_be_visible()
    expect(viewer.page.locator("#missing-territory")).to_have_count(0)
