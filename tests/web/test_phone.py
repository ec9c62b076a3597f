"""The officer's phone: installed, without a network, killed and started again; what was done there arrives once."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Route, expect

from tests.people import session_for, token_for
from tests.pictures import picture
from tests.web.page import changed_in, faults_of_access, small_targets
from tests.web.phone import LAT, LON, READY, STREET, Phone
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.routes import viewer as screens
from wangge.geo.datum import Datum, to_wgs84
from wangge.store.settings import Settings

STORED = """store => new Promise(done => { const request = indexedDB.open('wangge'); request.onsuccess = () => {
    const count = request.result.transaction(store).objectStore(store).count();
    count.onsuccess = () => { request.result.close(); done(count.result); }; }; })"""


@pytest.fixture(scope="module")
def grid(api: httpx2.Client) -> str:
    """Code of the base grid that the officer of these tests answers for."""
    return str(api.get("/xinhua/locate", params={"lon": LON, "lat": LAT}).json()["cell"]["code"])


def filed(api: httpx2.Client, **changed: Any) -> str:
    answer = api.post("/xinhua/reports", json={"lon": LON, "lat": LAT, "category": "lamp"} | changed)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


@pytest.fixture
def officer(server: Any, grid: str) -> str:
    """The cookie of an officer."""
    return session_for(server.database_url, [Grant(Role.OFFICER, "xinhua", "grid", grid)])


def test_the_cases_are_there_without_a_network_and_gone_with_whoever_signs_out(
    phone: Phone, api: httpx2.Client, officer: str
) -> None:
    number = filed(api, description="灯不亮", contact={"name": "李明", "phone": "13800000000"})
    phone.sign_in(officer)
    page = phone.open()
    expect(page.locator(f"[data-number='{number}']")).to_be_visible()
    phone.kept(number)
    phone.context.close()

    page = phone.start(offline=True)
    page.goto(f"{phone.url}/work")
    expect(page.locator("#list-kept")).to_contain_text("没有网络")
    shown = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert shown < 1000, f"{shown:.0f} ms"
    page.locator(f"[data-number='{number}']").tap()
    expect(page.locator("#case-description")).to_have_text("灯不亮")
    expect(page.locator("#case-kept")).to_be_visible()
    expect(page.locator(".plan .here")).to_have_count(1)  # the outline of the cell that the case lies in
    assert faults_of_access(page) == []
    assert small_targets(page) == []
    assert "13800000000" not in page.content()

    phone.context.set_offline(False)
    expect(page.locator("#case-kept")).to_be_hidden()
    expect(page.locator(".case-map .pin")).to_be_visible()
    page.locator("#account-button").tap()
    page.locator("#sign-out").tap()
    expect(page.locator("#account-login")).to_be_visible()
    phone.context.close()
    page = phone.start(offline=True)
    page.goto(f"{phone.url}/work")
    expect(page.locator(".note.failed")).to_be_visible()  # nobody to show anything to
    expect(page.locator(".row")).to_have_count(0)


@pytest.fixture
def screens_alone() -> Iterator[str]:
    """The files of the screens on a port, with no service behind them."""
    app = FastAPI()
    screens.mount_viewer(app, Settings())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        running.join()


def to_officer(api: httpx2.Client, grid: str, **changed: Any) -> str:
    """A case whose task lies with the desk of the officer's base grid."""
    number = filed(api, **changed)
    made = {"If-Match": "*"}
    assert api.post(f"/xinhua/reports/{number}/moves", json={"move": "register"}, headers=made).status_code == 200
    parties = api.get(f"/xinhua/reports/{number}").json()["parties"]
    desk = next(party["desk"] for party in parties if party["desk"] and party["code"] == grid)
    dispatch = {"move": "dispatch", "parties": [{"desk": desk}]}
    assert api.post(f"/xinhua/reports/{number}/moves", json=dispatch, headers=made).status_code == 200
    return number


def case_of(api: httpx2.Client, number: str) -> dict[str, Any]:
    answer: dict[str, Any] = api.get(f"/xinhua/reports/{number}").json()
    return answer


def photos(*names: str) -> list[Any]:
    return [{"name": name, "mimeType": "image/jpeg", "buffer": picture(size=(160, 120))} for name in names]


def make(page: Page, move: str, note: str = "", images: tuple[str, ...] = ()) -> None:
    """Make the move that is next, or one of the others, in its form."""
    button = page.locator(f".acts [data-move={move}]")
    expect(button).to_be_attached()
    if not button.is_visible():
        page.locator("#other-moves summary").tap()
    button.tap()
    if note:
        page.fill("#move-reason" if move in {"return", "transfer"} else "#move-note", note)
    if images:
        page.set_input_files("#move-photos", photos(*images))
        expect(page.locator(".photo-strip img[src^=blob]")).to_have_count(len(images))
        expect(page.locator("#move-photos")).to_be_enabled()
    page.locator("#move-send").tap()
    expect(page.locator(".move-form")).to_have_count(0)


def test_what_is_done_without_a_network_arrives_once_though_the_browser_is_killed(
    phone: Phone, api: httpx2.Client, officer: str, grid: str
) -> None:
    first, second = to_officer(api, grid, description="一"), to_officer(api, grid, description="二")
    learnt = to_officer(api, grid, description="三")  # from which the phone knows what report-back needs
    for move in ("accept", "start"):
        api.post(f"/xinhua/reports/{learnt}/moves", json={"move": move}, headers={"If-Match": "*"})
    phone.sign_in(officer)
    page = phone.open()
    phone.kept(first, second, learnt)
    page.locator(f"[data-number='{first}']").tap()
    make(page, "accept")  # with a network, at once
    expect(page.locator("#case-state")).to_have_text("已受理")

    phone.context.set_offline(True)
    make(page, "note", "路上", ("a.jpg", "b.jpg"))
    expect(page.locator("#case-note")).to_contain_text("已存在本机")
    make(page, "start")
    make(page, "report-back", "已修好", ("c.jpg",))
    phone.show(second)
    make(page, "accept")
    expect(page.locator(".acts .primary")).to_have_text("开始处置")  # what comes next is foreseen
    make(page, "start", "到了")
    assert faults_of_access(page) == []
    phone.context.close()

    page = phone.start(offline=True)
    page.goto(f"{phone.url}/work")
    expect(page.locator("#outbox-way")).to_contain_text("5 项待发送")
    page.locator("#outbox-way").tap()
    expect(page.locator(".entry")).to_have_count(5)
    expect(page.locator(".entry img[src^=blob]")).to_have_count(3)
    assert faults_of_access(page) == []
    assert small_targets(page) == []
    version = case_of(api, first)["version"]

    # The line comes back badly: the first answer of each kind is lost, though the service did what was asked.
    lost: set[str] = set()

    def lose(route: Route) -> None:
        kind = route.request.url.rpartition("/")[2]
        answer = route.fetch()
        if kind in lost or route.request.method != "POST":
            route.fulfill(response=answer)
        else:
            lost.add(kind)
            route.abort()

    page.route("**/api/v1/territories/xinhua/**", lose)
    phone.context.set_offline(False)
    expect(page.locator("#outbox-empty")).to_be_visible(timeout=60_000)
    assert lost == {"photos", "moves"}
    one, two = case_of(api, first), case_of(api, second)
    assert [event["move"] for event in one["events"][-4:]] == ["accept", "note", "start", "report-back"]
    assert [event["note"] for event in one["events"][-3:]] == ["路上", None, "已修好"]
    assert [shown["move"] for shown in one["photos"]] == ["note", "note", "report-back"]
    assert one["version"] == version + 3
    assert [event["move"] for event in two["events"][-2:]] == ["accept", "start"]
    assert page.evaluate(STORED, "photos") == 0


def test_who_was_quicker_is_shown_and_what_was_written_stays(
    phone: Phone, api: httpx2.Client, officer: str, grid: str
) -> None:
    number, gone = to_officer(api, grid), to_officer(api, grid)
    phone.sign_in(officer)
    page = phone.open()
    phone.kept(number, gone)
    phone.context.set_offline(True)
    phone.show(number)
    make(page, "accept", "我去")
    phone.show(gone)
    make(page, "return", "不归我管", ("e.jpg",))
    made = {"If-Match": "*"}
    urged = {"move": "urge", "note": "请抓紧"}
    assert api.post(f"/xinhua/reports/{number}/moves", json=urged, headers=made).status_code == 200
    voided = {"move": "void", "reason": "重复"}
    assert api.post(f"/xinhua/reports/{gone}/moves", json=voided, headers=made).status_code == 200
    before = {one: case_of(api, one)["version"] for one in (number, gone)}

    phone.context.set_offline(False)
    page.goto(f"{phone.url}/work#/xinhua/outbox")

    expect(page.locator("[data-state=conflict]")).to_have_count(2, timeout=40_000)
    mine, other = page.locator(".entry").first, page.locator(".entry").last
    expect(mine).to_contain_text("我去")
    expect(mine.locator(".meanwhile")).to_contain_text("请抓紧")
    expect(other.locator(".meanwhile")).to_contain_text("已作废")
    expect(other.locator("img[src^=blob]")).to_have_count(1)  # the draft with its photo
    expect(other.locator("[data-act=again]")).to_have_count(0)  # it is open no more
    assert {one: case_of(api, one)["version"] for one in (number, gone)} == before
    assert faults_of_access(page) == []
    mine.locator("[data-act=again]").tap()
    expect(page.locator(".entry")).to_have_count(1)
    assert case_of(api, number)["events"][-1]["note"] == "我去"
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("[data-act=drop]").tap()
    expect(page.locator("#outbox-empty")).to_be_visible()
    assert page.evaluate(STORED, "photos") == 0


def test_another_account_on_the_phone_sends_nothing_of_the_first_s(
    phone: Phone, api: httpx2.Client, officer: str, grid: str, server: Any
) -> None:
    number = to_officer(api, grid)
    phone.sign_in(officer)
    page = phone.open()
    phone.kept(number)
    phone.context.set_offline(True)
    phone.show(number)
    make(page, "note", "只属于我")
    phone.context.close()

    page = phone.start()
    phone.sign_in(session_for(server.database_url, [Grant(Role.OFFICER, "xinhua", "grid", grid)]))
    page.goto(f"{phone.url}/work")
    expect(page.locator(f"[data-number='{number}']")).to_be_visible()
    expect(page.locator("#outbox-way")).to_have_count(0)
    phone.show(number)
    make(page, "note", "第二人")
    assert [event["note"] for event in case_of(api, number)["events"] if event["move"] == "note"] == ["第二人"]
    assert page.evaluate(STORED, "outbox") == 1  # it waits for its owner
    phone.sign_in(officer)
    page.reload()
    expect(page.locator("#case-history")).to_contain_text("只属于我")
    assert page.evaluate(STORED, "outbox") == 0


def test_two_phones_of_one_officer_on_one_case(
    phone: Phone, browser: Browser, api: httpx2.Client, officer: str, grid: str, tmp_path: Path, server: Any
) -> None:
    number = to_officer(api, grid)
    other = Phone(browser, tmp_path / "other", server)
    for one in (phone, other):
        one.sign_in(officer)
        one.open()
        one.kept(number)
        one.context.set_offline(True)
        one.show(number)
    make(phone.page, "accept")
    make(phone.page, "note", "手机一")
    make(other.page, "note", "手机二")
    make(other.page, "accept")
    phone.context.set_offline(False)
    expect(phone.page.locator("#case-pending")).to_have_count(0)
    other.context.set_offline(False)
    expect(other.page.locator("#case-pending li")).to_have_count(1)
    expect(other.page.locator("#case-pending .conflict")).to_be_visible()
    done = [(event["move"], event["note"]) for event in case_of(api, number)["events"][-3:]]
    assert done == [("accept", None), ("note", "手机一"), ("note", "手机二")]  # a note is never in another's way
    other.context.close()


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_find_is_filed_and_handled_in_three_taps(
    phone: Phone, api: httpx2.Client, officer: str, grid: str, locale: str
) -> None:
    filed(api)  # what comes most often there is offered first
    phone.context.close()
    page = phone.start(locale=locale)
    phone.sign_in(officer)
    page = phone.open()
    phone.kept()
    taps, begun = 0, time.monotonic()

    def tap(selector: str) -> None:
        nonlocal taps
        taps += 1
        page.locator(selector).tap()

    with page.expect_file_chooser() as camera:
        tap("#find")  # leads to the camera; its own shutter is not counted
    camera.value.set_files(photos("found.jpg"))
    expect(page.locator("#find-place")).to_contain_text("12")  # metres, and the name of the grid
    expect(page.locator(".plan .here")).to_have_count(1)
    expect(page.locator(".plan .accuracy")).to_have_count(1)
    if locale == "en-US":
        assert faults_of_access(page) == []
        assert small_targets(page) == []
    tap("[data-category=lamp]")
    page.fill("#find-words", "井盖没了")
    expect(page.locator("[data-suggested=manhole]")).to_be_visible()  # another is offered, and need not be taken
    tap("#find-handled")
    number = page.locator("#case-number-shown").inner_text()
    took = time.monotonic() - begun
    assert taps == 3
    assert took < 20, f"{took:.1f} s"
    case = case_of(api, number)
    assert (case["state"], case["category"], case["accuracy"], case["cell"]["code"]) == ("reported", "lamp", 12, grid)
    assert len(case["photos"]) == 1
    with psycopg.connect(phone.database_url) as connection:
        source = connection.execute("SELECT source FROM report ORDER BY id DESC LIMIT 1").fetchone()
    assert source == ("patrol",)


def test_a_find_without_a_network_is_filed_when_it_is_back_with_the_time_at_which_it_was(
    phone: Phone, api: httpx2.Client, officer: str
) -> None:
    filed(api)
    phone.sign_in(officer)
    page = phone.open()
    phone.kept()
    phone.context.set_offline(True)
    page.goto(f"{phone.url}/work#/xinhua/find")
    expect(page.locator("#find-place")).to_be_visible()
    page.set_input_files("#find-photos", photos("found.jpg"))
    page.locator("#find-send").tap()
    expect(page.locator("#find-error")).to_be_visible()  # no category yet
    page.locator("[data-category=lamp]").tap()
    assert faults_of_access(page) == []
    assert small_targets(page) == []
    # The phone's clock goes a year and a half wrong, and ten minutes pass by it.
    wrong = "() => { const now = Date.now; globalThis.Date.now = () => now() + 5e10 + (globalThis.passed ?? 0); }"
    page.evaluate(wrong)
    page.locator("#find-send").tap()
    expect(page.locator(".entry")).to_have_count(1)
    page.evaluate("() => { globalThis.passed = 600_000; }")
    phone.context.set_offline(False)
    expect(page.locator("#outbox-empty")).to_be_visible(timeout=40_000)
    found = api.get("/xinhua/reports", params={"limit": 1}).json()["reports"][0]
    late = datetime.fromisoformat(found["received_at"]) - datetime.fromisoformat(found["occurred_at"])
    assert timedelta(minutes=10) <= late < timedelta(minutes=12)
    assert abs(datetime.fromisoformat(found["received_at"]) - datetime.now(UTC)) < timedelta(minutes=2)
    assert len(case_of(api, found["number"])["photos"]) == 1


def test_a_phone_that_is_full_says_so_and_nothing_is_lost(
    phone: Phone, api: httpx2.Client, officer: str, grid: str
) -> None:
    number = to_officer(api, grid)
    phone.sign_in(officer)
    page = phone.open()
    phone.kept(number)
    phone.show(number)
    phone.context.set_offline(True)
    make(page, "note", "已存下")
    expect(page.locator("#case-pending li")).to_have_count(1)
    phone.context.close()

    page = phone.start(offline=True)  # a browser looks how much room there is when it begins, and then now and then
    quota = page.context.new_cdp_session(page)
    quota.send("Storage.overrideQuotaForOrigin", {"origin": phone.url, "quotaSize": 1})
    phone.show(number)
    expect(page.locator("#case-pending li")).to_have_count(1)
    page.locator("#other-moves summary").tap()
    page.locator(".acts [data-move=note]").tap()
    page.fill("#move-note", "放不下")
    page.set_input_files("#move-photos", photos("full.jpg"))
    expect(page.locator("#move-photos")).to_be_enabled()
    expect(page.locator("[data-field=photos]")).to_contain_text("本机空间已满")
    page.locator("#move-send").tap()
    expect(page.locator(".move-form .note.failed")).to_be_visible()
    expect(page.locator("#move-note")).to_have_value("放不下")  # nobody says that it was kept
    assert page.evaluate(STORED, "outbox") == 1
    assert faults_of_access(page) == []
    phone.context.set_offline(False)  # with a network one goes on without room
    expect(page.locator("#case-pending li")).to_have_count(0, timeout=40_000)
    page.locator("#move-send").tap()
    expect(page.locator(".move-form")).to_have_count(0)
    noted = [event["note"] for event in case_of(api, number)["events"] if event["move"] == "note"]
    assert noted == ["已存下", "放不下"]
    assert len(case_of(api, number)["photos"]) == 1


def test_in_the_sun_all_is_black_on_white_and_the_way_is_led_by_the_maps_one_uses(
    phone: Phone, api: httpx2.Client, officer: str
) -> None:
    number = filed(api, description="灯不亮", urgency="urgent")
    phone.sign_in(officer)
    page = phone.open()
    page.emulate_media(color_scheme="dark")
    page.locator("#sunlight").tap()
    page.reload()  # the choice is kept
    expect(page.locator("#sunlight")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"[data-number='{number}']")).to_be_visible()
    assert faint(page) == []
    phone.show(number)
    expect(page.locator(".case-map .pin")).to_be_visible()
    assert faint(page) == []
    assert small_targets(page) == []
    href = page.locator("#navigate").get_attribute("href")
    assert href == f"geo:{LAT:.6f},{LON:.6f}?q={LAT:.6f},{LON:.6f}"
    page.select_option("#navigate-by", "amap")
    page.reload()
    query = parse_qs(urlsplit(page.locator("#navigate").get_attribute("href") or "").query)
    lon, lat = (float(value) for value in query["to"][0].split(",")[:2])
    assert query["coordinate"] == ["gaode"]
    back = to_wgs84(lon, lat, Datum.GCJ02)
    assert (float(back[0]), float(back[1])) == pytest.approx((LON, LAT), abs=2e-6)


def faint(page: Page) -> list[str]:
    """Texts whose contrast is less than 7:1."""
    faults_of_access(page)  # brings axe along
    run = "() => axe.run('body', { runOnly: { type: 'rule', values: ['color-contrast-enhanced'] } })"
    return [node["html"] for one in page.evaluate(run)["violations"] for node in one["nodes"]]


def test_a_newer_program_is_told_and_taken_whole_when_somebody_says_so(
    browser: Browser, screens_alone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = browser.new_context(viewport=STREET, locale="en-US")
    page = context.new_page()
    page.goto(f"{screens_alone}/work")
    page.evaluate(READY)
    page.evaluate("async () => { await caches.open('wangge-shell-0123456789abcdef0123'); }")  # of a release long ago
    newer = (screens.WEB / "css/work.css").read_bytes() + b".brand { --release: newer; }"
    monkeypatch.setattr(screens, "_asset", changed_in("css/work.css", newer))
    page.reload()
    expect(page.locator(".newer")).to_contain_text("newer version")
    assert page.evaluate(RELEASE) == ""  # nothing is mixed
    with page.expect_navigation():
        page.locator("#take-newer").click()
    expect(page.locator(".brand")).to_be_attached()
    assert page.evaluate(RELEASE) == "newer"
    expect(page.locator(".newer")).to_have_count(0)
    assert len(page.evaluate("caches.keys()")) == 1
    context.close()


def test_a_newer_page_of_residents_is_not_taken_under_the_hands_of_another_tab(
    browser: Browser, screens_alone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = browser.new_context(viewport=STREET, locale="en-US")
    first, second = context.new_page(), context.new_page()
    first.goto(f"{screens_alone}/r")
    first.evaluate(READY)
    first.reload()
    newer = (screens.WEB / "css/resident.css").read_bytes() + b".brand { --release: newer; }"
    monkeypatch.setattr(screens, "_asset", changed_in("css/resident.css", newer))
    second.goto(f"{screens_alone}/r")
    second.evaluate(WAITING)
    first.evaluate("() => { globalThis.inHand = true; }")
    second.reload()
    second.wait_for_timeout(500)
    assert first.evaluate("() => globalThis.inHand")
    second.evaluate(WAITING)
    first.close()
    for _ in range(10):  # the browser may count a tab for a moment after it was closed
        second.reload(wait_until="commit")
        with suppress(AssertionError):
            expect(second.locator(".brand")).to_have_css("--release", "newer", timeout=1500)
            break
    else:
        pytest.fail("the newer page was never taken")
    context.close()


RELEASE = "() => getComputedStyle(document.querySelector('.brand')).getPropertyValue('--release')"
WAITING = """async () => {
    const registration = await (await navigator.serviceWorker.getRegistration('r')).update();
    while (!registration.waiting) await new Promise((done) => setTimeout(done, 50));
}"""


def test_what_is_pushed_while_nobody_looks_is_shown_and_leads_to_its_case(
    phone: Phone, api: httpx2.Client, officer: str, server: Any
) -> None:
    number = filed(api)
    phone.sign_in(officer)
    phone.context.grant_permissions(["geolocation", "notifications"], origin=phone.url)
    # A browser without a maker has no push service: what it would give is made up, what is done with it is not.
    phone.page.add_init_script(SUBSCRIBING)
    phone.page.route("**/api/v1/sessions/push", lambda route: told(route))
    asked: list[tuple[str, Any]] = []

    def told(route: Route) -> None:
        asked.append((route.request.method, route.request.post_data_json if route.request.post_data else None))
        on = {"on": any(method == "PUT" for method, _ in asked), "key": "BA"}
        route.fulfill(json=on) if route.request.method == "GET" else route.fulfill(status=204)

    page = phone.open()
    button = page.locator("#push")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert faults_of_access(page) + small_targets(page) == []
    button.tap()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert asked[-1] == ("PUT", {"endpoint": "https://push.example.org/1", "key": "point", "auth": "secret"})
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "true")  # without being asked again

    devtools = page.context.new_cdp_session(page)
    registrations: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(one["registrationId"] for one in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    for _ in range(100):
        if registrations:
            break
        page.wait_for_timeout(50)
    message = {"title": f"新派案件：{number}", "body": "已到您处。", "tag": number}
    link = f"https://grid.example.org/work#/xinhua/cases/{number}"
    pushed = {"origin": phone.url, "registrationId": registrations[0], "data": json.dumps(message | {"link": link})}
    # A browser without windows shows nothing: what the worker has it show is asked of the worker.
    [worker] = page.context.service_workers
    worker.evaluate("() => { self.shown = []; registration.showNotification = async (...it) => self.shown.push(it); }")
    devtools.send("ServiceWorker.deliverPushMessage", pushed)
    for _ in range(100):
        if worker.evaluate("() => self.shown.length"):
            break
        page.wait_for_timeout(50)
    finding = message | {"link": "https://grid.example.org/centre#t=xinhua", "tag": ""}
    devtools.send("ServiceWorker.deliverPushMessage", pushed | {"data": json.dumps(finding)})
    for _ in range(100):
        if worker.evaluate("() => self.shown.length") == 2:
            break
        page.wait_for_timeout(50)
    [[title, options], [_, found]] = worker.evaluate("() => self.shown")
    assert (found["renotify"], found["data"]) == (False, "centre#t=xinhua")
    assert (title, options["body"], options["tag"]) == (message["title"], message["body"], number)  # the last of a case
    worker.evaluate(PRESSED, options["data"])
    expect(page.locator("#case-number-shown")).to_have_text(number)
    page.goto(f"{phone.url}/work")
    button.tap()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert [method for method, _ in asked if method != "GET"][-1] == "DELETE"


PRESSED = """data => {
    const notification = { close: () => {}, data }, waitUntil = work => work.catch(() => {});
    dispatchEvent(Object.assign(new Event('notificationclick'), { notification, waitUntil }));
}"""
SUBSCRIBING = """(() => {
    let made = null;
    const give = { unsubscribe: () => { made = null; return Promise.resolve(true); },
        toJSON: () => ({ endpoint: 'https://push.example.org/1', keys: { p256dh: 'point', auth: 'secret' } }) };
    PushManager.prototype.subscribe = () => { made = give; return Promise.resolve(give); };
    PushManager.prototype.getSubscription = () => Promise.resolve(made);
})()"""


def test_what_a_category_asks_to_be_shown_is_told_on_the_phone_before_anything_is_sent(
    phone: Phone, api: httpx2.Client, server: Any, officer: str, grid: str
) -> None:
    editor = {"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.ADMINISTRATOR)])}"}
    kites = {"name": {"zh": "风筝缠线"}, "photos": "before-and-after"}
    url = f"{server.url}/api/v1/territories/xinhua/categories/kites"
    assert httpx2.put(url, json=kites, headers=editor).status_code == 200
    number, other = to_officer(api, grid, category="kites"), to_officer(api, grid)  # of the other nothing is asked
    for case, move in ((number, "accept"), (other, "accept"), (other, "start")):
        api.post(f"/xinhua/reports/{case}/moves", json={"move": move}, headers={"If-Match": "*"})
    phone.sign_in(officer)
    page = phone.open()
    phone.kept(number, other)
    expect(page.locator("#my-week [data-count=given] strong")).not_to_have_text("0")
    expect(page.locator("#my-week [data-count=given] small")).to_contain_text("中位数")
    phone.show(other)
    phone.show(number)
    phone.context.set_offline(True)
    make(page, "start")
    page.locator(".acts [data-move=report-back]").tap()
    expect(page.locator("[data-field=photos] .asked")).to_contain_text("处置前、处置后")
    page.fill("#move-note", "已取下")
    page.set_input_files("#move-photos", photos("a.jpg"))
    expect(page.locator("#move-photos")).to_be_enabled()
    page.locator("#move-send").tap()
    expect(page.locator("[data-field=photos] .field-error")).to_contain_text("各一张")
    assert faults_of_access(page) + small_targets(page) == []
    page.set_input_files("#move-photos", photos("b.jpg"))
    expect(page.locator(".photo-strip img[src^=blob]")).to_have_count(2)
    expect(page.locator("#move-photos")).to_be_enabled()
    page.locator("#move-send").tap()
    expect(page.locator(".move-form")).to_have_count(0)
    phone.context.set_offline(False)
    page.goto(f"{phone.url}/work#/xinhua/outbox")
    expect(page.locator(".entry")).to_have_count(0)
    assert case_of(api, number)["state"] == "reported"
