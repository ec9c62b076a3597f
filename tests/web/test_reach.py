"""Everyone can use it: both languages, a narrow phone, the keyboard alone, light and dark."""

from collections.abc import Callable

import httpx2
from playwright.sync_api import Browser, expect

from tests.conftest import Server
from tests.web.page import CHROMIUM, PHONE, Place, Viewer
from wangge.data.languages import LANGUAGES, NEAREST


def test_chinese_for_chinese_readers_and_the_choice_is_kept(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(locale="zh-CN").open()
    page = viewer.page
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("#territory-select")).to_contain_text("新华区")
    expect(page.locator(".invite h2")).to_have_text("这里属于哪个网格？")
    expect(page.locator("#synthetic")).to_have_text("示意边界")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".invite h2")).to_have_text("Which grid is this?")
    expect(page.locator("#filters .fold")).to_contain_text("Report heat")
    page.reload()
    viewer.painted()
    expect(page.locator(".invite h2")).to_have_text("Which grid is this?")


def test_the_language_goes_to_the_service(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(locale="zh-CN", expected_errors="404").open("#t=xinhua&cell=grid:999")
    chinese = viewer.page.get_by_role("alert").inner_text()
    viewer.page.get_by_role("button", name="EN", exact=True).click()
    viewer.page.goto("about:blank")
    viewer.open("#t=xinhua&cell=grid:999")
    assert viewer.page.get_by_role("alert").inner_text() != chinese
    assert "网格" in chinese


def test_every_language_has_the_same_texts_and_facts(viewer: Viewer) -> None:
    viewer.page.goto(f"{viewer.url}/docs")
    texts = viewer.page.evaluate(
        """async languages => {
            const facts = text => [...new Set(String(text).match(/\\{\\w+\\}/g))].sort().join();
            const of = async code => {
                const texts = (await import(`/web/js/i18n/${code}.js`)).default;
                return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, facts(text)]));
            };
            return Object.fromEntries(await Promise.all(languages.map(async code => [code, await of(code)])));
        }""",
        [*LANGUAGES],
    )
    nearest = texts[NEAREST]
    for language in LANGUAGES:
        assert texts[language].keys() == nearest.keys()
        assert {key for key, facts in texts[language].items() if facts != nearest[key]} == set()


def test_a_narrow_phone(open_viewer: Callable[..., Viewer], api: httpx2.Client, place: Place) -> None:
    viewer = open_viewer(viewport=PHONE, has_touch=True, is_mobile=True).open()
    page = viewer.page
    fits = "[document.documentElement, document.querySelector('.masthead')].every(e => e.scrollWidth <= innerWidth)"
    assert page.evaluate(fits)
    expect(page.locator(".masthead [data-synthetic]")).to_be_visible()
    page.touchscreen.tap(*viewer.on_screen(place.lon, place.lat))
    expect(page.locator("#answer-code")).to_have_text(place.cell["code"])
    expect(page.locator("#answer-name")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Report here").tap()
    expect(page.locator("#report-where")).to_contain_text(place.cell["name"])
    page.locator("#grip").tap()
    page.locator("#report-send").scroll_into_view_if_needed()
    expect(page.locator("#report-send")).to_be_in_viewport(ratio=1)
    page.select_option("#report-category", index=1)
    page.locator("#report-send").tap()
    expect(page.locator("#case-number")).to_be_in_viewport()
    assert page.evaluate(fits)
    small = page.evaluate(
        """() => [...document.querySelectorAll('.primary, .secondary, .round, select, .search-field input')]
            .filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 34).map(e => e.outerHTML)"""
    )
    assert small == []


def test_the_phone_s_filters_fold(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(viewport=PHONE, has_touch=True, is_mobile=True).open()
    page = viewer.page
    expect(page.locator("#category")).to_be_hidden()
    page.locator("#filters .fold").tap()
    expect(page.locator("#category")).to_be_in_viewport(ratio=1)
    expect(page.locator("#filters-body")).to_be_in_viewport(ratio=1)


def test_the_keyboard_alone(viewer: Viewer, place: Place) -> None:
    viewer.open(f"#t=xinhua&z=15&lon={place.lon}&lat={place.lat}")
    page = viewer.page
    expect(page.locator("#crosshair")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.locator("#skip")).to_be_focused()
    expect(page.locator("#skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#crosshair")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#answer-code")).to_have_text(place.cell["code"])
    page.keyboard.press("Escape")
    expect(page.locator("#answer-code")).to_have_count(0)

    page.keyboard.press("/")
    expect(page.locator("#search-input")).to_be_focused()
    page.keyboard.type(place.cell["code"])
    expect(page.locator("#search-list [aria-selected=true]")).to_contain_text(place.cell["code"])
    page.keyboard.press("Enter")
    expect(page.locator("#answer-code")).to_have_text(place.cell["code"])
    viewer.settled()

    page.locator("#map canvas").focus()
    middle = page.evaluate("wangge.map.getCenter().lng")
    page.keyboard.press("ArrowRight")
    viewer.until(f"wangge.map.getCenter().lng > {middle}")
    viewer.settled()
    page.keyboard.press("r")
    expect(page.locator("#report-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#report-title")).to_have_count(0)


def test_every_control_has_a_name_and_the_page_a_heading(viewer: Viewer, place: Place) -> None:
    viewer.open(f"#t=xinhua&at={place.lon},{place.lat}")
    expect(viewer.page.locator("#figure-reports")).to_be_visible()
    viewer.page.get_by_role("button", name="Report here").click()
    nameless = viewer.page.evaluate(
        """() => [...document.querySelectorAll('button, a[href], select, input, textarea')]
            .filter(e => e.getClientRects().length)
            .filter(e => !(e.ariaLabel || e.innerText?.trim() || e.labels?.length)).map(e => e.outerHTML)"""
    )
    assert nameless == []
    expect(viewer.page.get_by_role("heading", level=1)).to_have_text("网格Wangge")


def test_dark_for_readers_who_want_it_dark(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(color_scheme="dark").open()
    ground = "wangge.map.getPaintProperty('background', 'background-color')"
    dark = viewer.page.evaluate(ground)
    assert viewer.asked("style.json.*theme=dark")
    viewer.page.emulate_media(color_scheme="light")
    viewer.until(f"wangge.map.isStyleLoaded() && {ground} !== '{dark}'")


def test_a_browser_that_cannot_draw_says_so(browser: Browser, server: Server) -> None:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-3d-apis", "--disable-background-networking"]
    blind = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    page = blind.new_page(locale="en-US")
    page.goto(server.url)
    expect(page.get_by_role("alert")).to_contain_text("WebGL")
    blind.close()
