"""The residents' page: snapped, followed, judged, back at the desk when it is not fixed; large, aloud, reloaded."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from tests.conftest import ROOT
from tests.people import token_for
from tests.pictures import picture
from tests.web.page import LAT, LON, Place, Viewer, enter, faults_of_access
from wangge.access.links import Links
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.geo.backdrop.kinds import BackdropKind
from wangge.geo.backdrop.reading import read_features
from wangge.outgoing.notices.refusing import token_of
from wangge.store.engine import connect
from wangge.store.grids.backdrops import put_backdrop, remove_backdrop

PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 640}
EARTH = (-180.0, -90.0, 180.0, 90.0)
PHOTO: Any = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
NO_PHOTO: Any = {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
COUNT = "globalThis.taps = 0; addEventListener('pointerdown', () => { globalThis.taps += 1; }, true)"
DRAFTS = "() => Object.keys(localStorage).filter(name => name.startsWith('wangge.report '))"
LARGEST = """() => [...document.querySelectorAll('#main *')].filter(e => e.getClientRects().length)
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.closest('.visually-hidden'))
    .filter(e => parseFloat(getComputedStyle(e).fontSize) < 20).map(e => e.outerHTML)"""

SIZES = """() => ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind)).reduce(
    (sum, e) => ({ sent: sum.sent + e.encodedBodySize, lying: sum.lying + e.decodedBodySize }),
    { sent: 0, lying: 0 })"""


def small_targets(page: Page, least: float) -> list[str]:
    """What is to be pressed and is smaller than that many pixels."""
    found: list[str] = page.evaluate(
        """least => [...document.querySelectorAll('button, summary, select, textarea, .chips label, a.primary')]
            .filter(e => e.getClientRects().length && !e.closest('.case-map') && !e.matches('.skip'))
            .filter(e => e.getBoundingClientRect().height < least - .5).map(e => e.outerHTML)""",
        least,
    )
    return found


def wide(page: Page) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth > innerWidth"))


class Staff:
    """The desk and who handles it, over the API."""

    def __init__(self, server: Any) -> None:
        self.url = f"{server.url}/api/v1/territories/xinhua"
        grants = [Grant(Role.CENTRE)]
        self.hands = [{"Authorization": f"Bearer {token_for(server.database_url, grants)}"} for _ in range(2)]

    def move(self, number: str, name: str, hand: int = 0, **given: Any) -> None:
        headers = self.hands[hand] | {"If-Match": "*"}
        moved = httpx2.post(f"{self.url}/reports/{number}/moves", json={"move": name} | given, headers=headers)
        assert moved.status_code == 200, moved.text

    def solve(self, number: str, answer: str) -> None:
        headers = self.hands[0] | {"Content-Type": "image/jpeg"}
        photo = httpx2.post(f"{self.url}/photos", content=picture(), headers=headers).json()["id"]
        for name in ("register", "dispatch", "accept"):
            self.move(number, name)
        self.move(number, "report-back", note="for staff alone", photos=[photo])
        self.move(number, "verify", 1)
        self.move(number, "close", 1, note=answer)
        covered = httpx2.put(f"{self.url}/photos/{photo}/public", json={"cells": []}, headers=self.hands[0])
        assert covered.status_code == 200, covered.text

    def case(self, number: str) -> dict[str, Any]:
        told: dict[str, Any] = httpx2.get(f"{self.url}/reports/{number}", headers=self.hands[0]).json()
        return told


@pytest.mark.parametrize(
    ("language", "viewport", "said"),
    [
        ("zh-CN", PHONE, {"closed": "路灯已经修好了", "again": "还是不亮", "stage": "办理中"}),
        ("en-US", SMALL, {"closed": "The lamp was replaced", "again": "Still dark", "stage": "Being worked on"}),
    ],
)
def test_a_resident_snaps_hears_and_judges(
    open_viewer: Callable[..., Viewer],
    server: Any,
    place: Place,
    language: str,
    viewport: dict[str, int],
    said: dict[str, str],
) -> None:
    here = {"longitude": LON, "latitude": LAT, "accuracy": 8}
    options: dict[str, Any] = {"locale": language, "viewport": viewport, "has_touch": True}
    viewer = open_viewer(geolocation=here, permissions=["geolocation"], **options)
    page, staff = viewer.page, Staff(server)
    page.add_init_script(COUNT)
    begun = time.monotonic()
    page.goto(f"{viewer.url}/r/#/xinhua")
    page.set_input_files("#report-photos", [PHOTO])
    page.locator(".chips label").nth(2).click()
    page.click("#place-position")
    expect(page.locator("#place-told")).to_contain_text(place.cell["name"])
    expect(page.locator(".photo-strip img")).to_have_count(1)
    assert faults_of_access(page) == []
    assert not wide(page)
    assert small_targets(page, 44) == []
    page.click("#report-send")
    expect(page.locator("#case-number")).to_be_visible()
    seconds, taps = time.monotonic() - begun, page.evaluate("taps")
    assert taps + 2 <= 6, "with two for the photo"
    assert seconds < 20, "the page's share of half a minute"
    print(f"{language}: {seconds:.1f} s and {taps + 2} taps from opening to receipt")
    number = page.locator("#case-number").inner_text()
    assert viewer.asked(r"maplibre|work/casemap") == [], "no map was looked at"
    link = page.locator("#follow-link").get_attribute("href") or ""
    secret = link.rsplit("/", 1)[1]
    assert link.startswith(f"{viewer.url}/r#/xinhua/{number}/")
    assert page.locator(".qr").bounding_box()
    with page.expect_download() as saved:
        page.click("#follow-save")
    assert saved.value.suggested_filename == f"{number}.png"
    assert faults_of_access(page) == []
    assert not wide(page)

    staff.solve(number, said["closed"])
    other = open_viewer(**options)  # the link, on another device
    page = other.page
    page.goto(link)
    expect(page.locator("[data-stage=closed]")).to_be_visible()
    expect(page.locator("[data-move=close]")).to_contain_text(said["closed"])
    expect(page.locator("[data-move=report-back] img")).to_have_count(1)
    expect(page.locator("[data-move=receive] img")).to_have_count(1)
    assert "for staff alone" not in page.content()
    assert faults_of_access(page) == []
    assert not wide(page)
    assert small_targets(page, 44) == []
    page.click("#do-rate")
    page.locator(".chips label").nth(4).click()
    page.fill("#say", said["again"])
    page.click("#say-send")
    expect(page.locator("[data-move=rate]")).to_contain_text(said["again"])
    page.click("#do-reopen")
    page.fill("#say", said["again"])
    page.set_input_files("#say-photos", [PHOTO])
    expect(page.locator(".words .photo-strip img")).to_have_count(1)
    page.click("#say-send")
    expect(page.locator("[data-stage=working]")).to_be_visible()
    expect(page.locator(".stages [aria-current]")).to_contain_text(said["stage"])

    case = staff.case(number)
    assert (case["state"], case["holder"]["code"]) == ("registered", place.cell["code"])
    facts = {event["move"]: event["facts"] for event in case["events"]}
    assert (facts["rate"]["score"], facts["reopen"]["reason"]) == (1, said["again"])
    assert [photo["move"] for photo in case["photos"]] == ["receive", "report-back", "reopen"]
    assert not [url for url in viewer.requests + other.requests if secret in url], "the secret was in an address"


def test_in_large_type_there_is_one_thing_a_screen(open_viewer: Callable[..., Viewer], place: Place) -> None:
    here = {"longitude": LON, "latitude": LAT, "accuracy": 8}
    viewer = open_viewer(viewport=SMALL, locale="zh-CN", geolocation=here, permissions=["geolocation"])
    page = viewer.page
    page.goto(f"{viewer.url}/r#/xinhua")
    page.click("#large")
    page.reload()
    expect(page.locator("#large")).to_have_attribute("aria-pressed", "true")
    for step in ("photos", "what", "where", "contact"):
        expect(page.locator("[data-step]")).to_have_count(1)
        expect(page.locator(f"[data-step={step}]")).to_be_visible()
        if step == "what":
            page.locator(".chips label").nth(1).click()
        if step == "where":
            page.click("#place-position")
            expect(page.locator("#place-told")).to_contain_text(place.cell["name"])
        assert small_targets(page, 56) == []
        assert page.evaluate(LARGEST) == []
        assert not wide(page)
        assert faults_of_access(page) == []
        if step != "contact":
            page.click("#step-next")
    page.click("#report-send")
    page.click("#follow-link")
    expect(page.locator("[data-stage=received]")).to_be_visible()
    assert small_targets(page, 56) == []
    assert page.evaluate(LARGEST) == []
    spoken = (
        """() => { globalThis.spoken = []; speechSynthesis.speak = said => spoken.push([said.text, said.lang]); }"""
    )
    page.evaluate(spoken)
    page.click("#aloud")
    ((text, lang),) = page.evaluate("spoken")
    assert lang == "zh-CN"
    assert "已收到" in text


def test_a_report_survives_a_reload_is_sent_once_and_stands_in_the_list(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, place: Place, server: Any
) -> None:
    here = {"longitude": LON, "latitude": LAT, "accuracy": 8}
    viewer = open_viewer(r"ERR_|status of 4", viewport=PHONE, geolocation=here, permissions=["geolocation"])
    page = viewer.page
    page.goto(f"{viewer.url}/r#/xinhua")
    page.click("#report-send")
    expect(page.locator("#what-error")).to_be_visible()
    expect(page.locator("#where-error")).to_be_visible()
    page.route("**/photos", lambda route: route.abort())
    page.set_input_files("#report-photos", [PHOTO, NO_PHOTO])
    expect(page.locator(".photo-strip img")).to_have_count(2)
    said = "the street lamp is out, in the tunnel"
    page.fill("#report-description", said)
    page.click("[data-suggested=lamp]")
    expect(page.locator(".chips input[value=lamp]")).to_be_checked()
    page.fill("#question-pole", "12 号杆")
    assert faults_of_access(page) == []
    page.reload()
    expect(page.locator(".photo-strip img")).to_have_count(2)
    expect(page.locator("#report-description")).to_have_value(said)
    expect(page.locator("#question-pole")).to_have_value("12 号杆")
    page.click("#place-position")
    expect(page.locator("#place-told")).to_contain_text(place.cell["name"])

    page.unroute("**/photos")
    page.click("#report-send")
    expect(page.locator("#photos-error")).to_be_visible()
    expect(page.locator(".photo-strip img")).to_have_count(1)  # what is no picture goes alone

    def lost(route: Route) -> None:  # it arrives, and the answer does not
        route.fetch()
        route.abort()

    before = int(api.get("/xinhua").json()["reports"])
    page.route("**/reports", lost)
    page.click("#report-send")
    expect(page.locator(".waiting")).to_be_visible()
    expect(page.get_by_role("button", name="Send now")).to_be_visible()
    page.unroute("**/reports")
    page.reload()
    expect(page.locator("#case-number")).to_be_visible()
    number = page.locator("#case-number").inner_text()
    assert int(api.get("/xinhua").json()["reports"]) == before + 1
    case = Staff(server).case(number)
    assert ([one["value"] for one in case["answers"]], len(case["photos"])) == (["12 号杆"], 1)

    page.click("#mine")
    row = page.locator(f"[data-number='{number}']")
    expect(row).to_contain_text("Received")
    assert faults_of_access(page) == []
    row.locator("a").click()
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#do-withdraw")
    expect(page.locator("#ended")).to_contain_text("Withdrawn")
    old = page.url
    page.click(".own-link summary")
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#renew")
    page.wait_for_url(lambda url: url != old)
    expect(page.locator("#ended")).to_be_visible()
    page.goto(old)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("leads to no report")
    page.goto(f"{viewer.url}/r#mine")
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#forget-all")
    expect(page.locator(".reports")).to_have_count(0)


def test_a_pin_on_the_map_is_a_place_once_it_was_put_there(open_viewer: Callable[..., Viewer], place: Place) -> None:
    viewer = open_viewer(viewport=PHONE)
    page = viewer.page
    page.goto(f"{viewer.url}/r#/xinhua")
    page.locator(".chips label").nth(0).wait_for()
    sizes: dict[str, int] = page.evaluate(SIZES)
    print(f"{sizes['sent'] / 1000:.0f} kB before the map, {sizes['lying'] / 1000:.0f} kB unpacked")
    assert sizes["sent"] < 150_000
    page.locator(".chips label").nth(0).click()
    page.click("#place-map")
    expect(page.locator(".case-map canvas")).to_be_visible()
    page.click("#report-send")
    expect(page.locator("#where-error")).to_be_visible()
    page.click("#place-here")
    expect(page.locator("#place-told")).to_be_visible()
    page.click("#report-send")
    expect(page.locator("#case-number")).to_be_visible()
    page.goto(f"{viewer.url}/r?lon=nowhere&lat=95#/xinhua")
    page.locator(".chips label").nth(0).click()
    expect(page.locator("#place-address")).to_have_count(0)
    page.goto(f"{viewer.url}/r?lang=zh&lon={LON}&lat={LAT}#/xinhua")  # as another program opens it
    page.click("#report-send")
    expect(page.locator("#where-error")).to_contain_text("位置")  # nobody has confirmed it
    page.click("#place-address")
    expect(page.locator("#place-told")).to_contain_text(place.cell["name"])


def test_a_place_is_found_by_its_name_where_there_are_names(
    open_viewer: Callable[..., Viewer], server: Any, place: Place
) -> None:
    stations = read_features(
        ROOT / "data/backdrops/washington/metro_stations.geojson", BackdropKind.STATION, EARTH, name_fields=["name"]
    )
    with connect(server.database_url) as connection:
        put_backdrop(connection, "washington", BackdropKind.STATION, stations)
    viewer = open_viewer(viewport=PHONE)
    page = viewer.page
    page.goto(f"{viewer.url}/r#/washington")
    page.fill("#place-name", "nowhere at all")
    expect(page.locator("#place-unnamed")).to_contain_text("Nothing here is called")
    page.fill("#place-name", "union st")
    expect(page.locator("#place-names button").first).to_be_visible()
    assert faults_of_access(page) == []
    page.click("#place-names button")
    expect(page.locator("#place-told")).to_contain_text("SMD 6C")
    expect(page.locator(".case-map .pin")).to_be_visible()  # to be put right
    expect(page.locator("#place-names")).to_have_count(0)
    page.goto(f"{viewer.url}/r#/xinhua")
    expect(page.locator("#place-position")).to_be_visible()
    expect(page.locator("#place-name")).to_have_count(0)  # nothing has a name there
    with connect(server.database_url, autocommit=True) as connection:
        remove_backdrop(connection, "washington", BackdropKind.STATION)


@pytest.fixture
def lamp(server: Any) -> Iterator[Any]:
    """The number and the place of a lamp, where no other test's report is."""
    place = {"lon": LON + 0.002, "lat": LAT + 0.002}
    with connect(server.database_url, autocommit=True) as connection:
        for statement in (
            """INSERT INTO asset_kind (territory_code, code, name)
               VALUES ('xinhua', 'lamp', '{"en": "Street lamp", "zh": "路灯"}')""",
            "INSERT INTO asset_kind_category (territory_code, category, kind) VALUES ('xinhua', 'lamp', 'lamp')",
            """INSERT INTO asset (territory_code, number, kind, geom)
               SELECT 'xinhua', 'LD-' || n, 'lamp', ST_SetSRID(ST_MakePoint(%(lon)s + n * 0.0001, %(lat)s), 4326)
               FROM generate_series(0, 3) AS n""",
        ):
            connection.execute(statement, place if "lon" in statement else None)
        yield "LD-0", place
        connection.execute("DELETE FROM asset")
        connection.execute("DELETE FROM asset_kind")


def test_what_is_known_already_is_supported_instead(
    open_viewer: Callable[..., Viewer], server: Any, api: httpx2.Client, lamp: Any
) -> None:
    """A resident is offered the lamp nearby, then its case; those who filed it all the same are merged in one go."""
    asset, spot = lamp
    said = {"category": "lamp", "asset": asset}
    filed = api.post("/xinhua/reports", json=spot | said | {"description": "of somebody else"})
    number = filed.json()["number"]
    here = {"longitude": spot["lon"], "latitude": spot["lat"] + 0.0001, "accuracy": 8}
    viewer = open_viewer(viewport=SMALL, geolocation=here, permissions=["geolocation"])
    page = viewer.page
    page.goto(f"{viewer.url}/r#/xinhua")
    page.click(".chips label:has([value=lamp])")
    page.click("#place-position")
    page.click(f"[data-asset='{asset}']")
    expect(page.locator(f"[data-asset='{asset}']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#report-asset")).to_have_value(asset)
    expect(page.locator("#similar")).to_contain_text(f"{asset} was reported on")
    assert faults_of_access(page) == []
    assert small_targets(page, 44) == []
    assert not wide(page)
    page.click(f"[data-support='{number}']")
    expect(page.locator("#supporting")).to_be_visible()
    expect(page.locator("#supports")).to_contain_text("1 other has")
    assert "of somebody else" not in page.content()
    assert faults_of_access(page) == []
    for text in ("dark", "out"):
        api.post("/xinhua/reports", json=spot | said | {"description": text})
    desk = open_viewer(expected_errors=r"status of 422")
    page = enter(desk, server, Grant(Role.CENTRE, "xinhua"))
    page.goto(f"{desk.url}/work#/xinhua/cases/{number}")
    expect(page.locator("#case-supports")).to_contain_text("2 people")
    expect(page.locator("#case-asset")).to_contain_text(asset)
    expect(page.locator("#case-doubles")).to_contain_text("the same asset")
    assert faults_of_access(page) == []
    page.click("#gather")
    expect(page.locator("#case-supports")).to_contain_text("4 people")
    expect(page.locator("#gather")).to_have_count(0)

    page.click("#asset-correct")  # the resident took the wrong lamp: the next one is offered, or found by its number
    expect(page.locator(f".move-form [data-asset='{asset}']")).to_have_attribute("aria-pressed", "true")
    page.fill("#move-asset", "LD-99")
    page.click("#move-send")
    expect(page.locator("[data-field=asset] .field-error")).to_contain_text("LD-99")
    page.fill("#move-asset", "ld-3")
    page.click(".move-form [data-asset='LD-3']")
    assert faults_of_access(page) == []
    page.click("#move-send")
    expect(page.locator("#case-asset strong")).to_have_text("LD-3")
    expect(page.locator(".history li").first).to_contain_text(f"LD-3 (before: {asset})")


def test_who_gets_messages_has_no_more_of_them_with_one_press(open_viewer: Callable[..., Viewer], server: Any) -> None:
    with connect(server.database_url) as connection:
        row = connection.execute("SELECT key FROM signing_key").fetchone()
    assert row is not None
    token = token_of(Links(bytes(row[0])), "email", "somebody@example.org")
    page = open_viewer(expected_errors="404", locale="en-US", viewport=PHONE).page
    page.goto(f"{server.url}/r#/xinhua/notices/{token}")
    page.get_by_role("button", name="Send me no more").click()
    expect(page.locator(".lead")).to_have_text("Nothing more is sent to that address.")
    assert faults_of_access(page) == []
    with connect(server.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM notice_refusal").fetchone() == (1,)
    page.get_by_role("button", name="Send them again").click()
    expect(page.get_by_role("button", name="Send me no more")).to_be_visible()
    page.goto(f"{server.url}/r#/xinhua/notices/{token[:-1]}")
    page.reload()
    page.get_by_role("button", name="Send me no more").click()
    expect(page.get_by_role("alert")).to_contain_text("not made here")


def test_at_the_counter_one_files_after_the_other_and_each_takes_the_link_along(
    open_viewer: Callable[..., Viewer], server: Any, place: Place
) -> None:
    here = {"longitude": LON, "latitude": LAT, "accuracy": 8}
    viewer = open_viewer(r"status of 401", viewport=PHONE, geolocation=here, permissions=["geolocation"])
    page = enter(viewer, server, Grant(Role.CENTRE))
    page.goto(f"{viewer.url}/r#/xinhua")
    page.locator(".chips label").nth(1).click()
    page.click("#place-position")
    page.fill("#report-phone", "13800001234")
    page.click(".chips label:has(input[value=spoken])")
    assert faults_of_access(page) == []
    assert not wide(page)
    cookies: Any = page.context.cookies()
    page.context.clear_cookies()
    page.reload()  # for somebody else, who is not signed in
    expect(page.locator("#report-phone")).to_have_value("")
    expect(page.locator("input[value=spoken]")).to_have_count(0)
    page.context.add_cookies(cookies)
    page.reload()
    expect(page.locator("#report-phone")).to_have_value("13800001234")
    page.click("#report-send")
    expect(page.locator("#receipt-print")).to_be_visible()
    number = page.locator("#case-number").inner_text()
    page.emulate_media(media="print")
    expect(page.locator(".qr")).to_be_visible()
    expect(page.locator(".masthead")).to_be_hidden()
    expect(page.locator("#receipt-print")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Next person").click()
    expect(page.locator("#report-phone")).to_have_value("")  # nothing of the one before
    expect(page.locator("input[value=spoken]")).not_to_be_checked()
    expect(page.locator("#filed-today li a")).to_have_text(number)
    assert faults_of_access(page) == []
    assert not wide(page)
    assert "13800001234" not in page.evaluate("() => JSON.stringify(sessionStorage)"), "nor who it was for"
    assert page.evaluate("() => localStorage.getItem('wangge.followed')") is None
    page.fill("#report-phone", "13800004321")
    assert len(page.evaluate(DRAFTS)) == 1
    page.goto(f"{viewer.url}/work#/xinhua/cases/{number}")
    expect(page.locator("#case-history [data-move=receive]")).to_contain_text("who agreed in words")
    page.click("#account-button")
    with page.expect_navigation():
        page.click("#sign-out")
    assert page.evaluate(DRAFTS) == []
