"""Administration and audit on screen: an officer goes off duty and another sees the cases; an auditor looks on."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Page, expect

from tests.people import token_for
from tests.reports.histories import Histories
from tests.web.page import PHONE, Taps, Viewer, enter, faults_of_access, small_targets
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.geo.grid import Grid
from wangge.store.engine import connect

TODAY = date.today()  # noqa: DTZ011 - the days here are far from its ends
PASSWORD = "correct horse battery"
POST = {"role": "responsible", "valid_from": "2026-01-01"}


def without_faults(page: Page) -> None:
    assert faults_of_access(page) + small_targets(page) == []


def test_an_administrator_takes_an_officer_off_duty_and_the_substitute_sees_the_cases(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, server: Any, xinhua: Grid, tmp_path: Path
) -> None:
    there, elsewhere = xinhua.leaves[-40], xinhua.leaves[-80]
    at = there.geometry.representative_point()  # type: ignore[union-attr]
    signed_in = {"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.ADMINISTRATOR)])}"}
    with httpx2.Client(base_url=f"{server.url}/api/v1", headers=signed_in, timeout=20) as client:
        ids = {}
        for number, name, leaf in (("8801", "示例休", there), ("8802", "示例代", elsewhere)):
            body = {"number": number, "name": name, "postings": [{"cell": leaf.code} | POST]}
            ids[number] = client.post("/territories/xinhua/officers", json=body).json()["id"]
        account = {"login": "shili.dai", "name": "示例代", "password": PASSWORD, "officer": ids["8802"]}
        assert client.post("/accounts", json=account).status_code == 201
    filed = api.post("/xinhua/reports", json={"lon": at.x, "lat": at.y, "category": "wiring"}).json()

    phone = open_viewer(viewport=PHONE, has_touch=True, is_mobile=True)
    substitute = phone.page
    substitute.goto(f"{phone.url}/work")
    substitute.fill("#account-login", "shili.dai")
    substitute.fill("#account-password", PASSWORD)
    substitute.click("#account-send")
    expect(substitute.locator("#list-empty")).to_be_visible()

    desk = open_viewer(expected_errors=r"status of (412|422)", locale="zh-CN")
    page = enter(desk, server, Grant(Role.ADMINISTRATOR, "xinhua"))
    page.goto(f"{desk.url}/work")
    tap = Taps(page)
    tap("text=管理与审计")
    page.wait_for_url("**/admin#/xinhua/accounts")
    without_faults(page)
    tap("[data-section=roster]")
    page.fill("#words", "示例休")
    expect(page.locator("#officers tbody tr")).to_have_count(1)
    without_faults(page)
    tap("[data-officer='8801']")
    tap("#officer-leave")
    page.fill("#leave-substitute", "9999")
    page.fill("#leave-back_on", str(TODAY + timedelta(days=7)))
    page.reload()
    expect(page.locator("#leave-substitute")).to_have_value("9999")  # what was typed is still there
    page.click("#leave-send")
    expect(page.locator("#form-leave [role=alert]").first).to_contain_text("没有此编号")
    page.fill("#leave-substitute", "8802")
    without_faults(page)
    body = {"name": "示例休", "phone": "0317-5558801", "postings": [{"cell": there.code} | POST]}
    here = f"{server.url}/api/v1/territories/xinhua/officers/8801"
    assert httpx2.put(here, json=body, headers=signed_in | {"If-Match": "*"}).status_code == 200
    page.click("#leave-send")  # somebody was quicker: told, nothing lost on either side
    expect(page.locator("#form-leave [role=alert]")).to_contain_text("已被他人修改")
    expect(page.locator(".facts")).to_contain_text("0317-5558801")
    tap("#leave-send")
    expect(page.locator("#leave tbody tr")).to_contain_text("示例代 8802")
    assert tap.count == 5
    expect(page.locator(".facts")).to_contain_text("0317-5558801")
    expect(page.locator("#changes li").first).to_contain_text("代班人 8802")
    without_faults(page)
    page.go_back()  # the form was opened before the reload: its place in the history is the entry's now
    page.go_back()
    expect(page.locator("#officers [data-row='8801']")).to_contain_text("由示例代代班")

    substitute.reload()
    expect(substitute.locator(f"[data-number='{filed['number']}']")).to_be_visible()
    expect(substitute.locator(".ways [aria-current=page]")).to_be_visible()
    expect(substitute.locator(".ways a[href^=admin]")).to_have_count(0)  # administration is not offered
    substitute.goto(f"{phone.url}/admin#/xinhua/accounts")
    expect(substitute.locator(".note[role=alert]")).to_be_visible()

    file = tmp_path / "roster.csv"
    file.write_text(f"编号,姓名,网格,职责,起\n8803,示例新,{there.code}0,负责,2026-01-01\n", encoding="gb18030")
    page.click("#roster-file")
    page.set_input_files("#file-file", file)
    page.click("#file-send")
    expect(page.locator("#file-rows tbody tr")).to_contain_text(f"{there.code}0")
    without_faults(page)
    expect(page.locator("#file-send")).to_be_disabled()
    better = tmp_path / "better.csv"
    better.write_text(f"编号,姓名,网格,职责,起\n8803,示例新,{there.code},辅助,2026-01-01\n", encoding="gb18030")
    page.set_input_files("#file-file", better)
    page.click("#file-send")
    expect(page.locator("#file-taken")).to_contain_text("变更 1 人")
    page.click(".section-head .back")
    expect(page.locator("#officers [data-row='8803']")).to_contain_text(there.code)


def test_accounts_texts_keys_and_rules_are_changed_on_screen(open_viewer: Callable[..., Viewer], server: Any) -> None:
    viewer = open_viewer(expected_errors=r"status of (403|422)")
    page = enter(viewer, server, Grant(Role.ADMINISTRATOR, "xinhua"))
    page.goto(f"{viewer.url}/admin#/xinhua/accounts")
    page.click("#account-new")
    page.fill("#account-login", "sun.li")
    page.fill("#account-name", "<img src=x onerror=alert(1)>")
    page.click("#account-send")
    # What has nothing is nobody's: the service says so, and what was typed stays.
    expect(page.locator("#form-account .note.failed")).to_be_visible()
    page.select_option("#account-role", "street-desk")
    page.select_option("#account-level", "street")
    page.fill("#account-code", "130902001")
    without_faults(page)
    page.click("#account-send")
    page.click("[data-login='sun.li']")
    expect(page.locator("#section-title")).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.locator("#grants tbody tr")).to_contain_text("Street desk")
    page.click("#account-totp")
    expect(page.locator("#totp-secret")).to_contain_text("otpauth://")
    page.click("#grant-new")
    page.select_option("#grant-role", "planner")
    page.click("#grant-send")
    expect(page.locator("#grants tbody tr")).to_have_count(2)
    page.locator("#grants tbody tr", has_text="Street desk").locator("button").click()
    expect(page.locator("#grants tbody tr")).to_have_count(1)
    page.click("#account-end")
    expect(page.locator("#account-end")).to_have_text("Enable")
    expect(page.locator("#changes li").first).to_contain_text("Disabled")
    without_faults(page)
    page.click("[data-section=templates]")
    page.click("#template-new")
    page.fill("#template-code", "lamp-fixed")
    page.select_option("#template-move", "close")
    page.fill("#template-name_zh", "已修")
    page.fill("#template-text_zh", "已修好 {number}")
    page.click("#template-send")
    page.click("[data-template='lamp-fixed']")
    page.click("#template-change")
    page.fill("#template-text_zh", "{phone}")
    page.click("#template-send")
    expect(page.locator("#form-template [role=alert]").first).to_contain_text("{number}")
    page.fill("#template-text_zh", "已换新 {number}")
    page.click("#template-send")
    expect(page.locator("#changes li").first).to_contain_text("已修好")
    without_faults(page)
    page.click("[data-section=desks]")
    page.select_option("#filter-level", "street")
    page.click("[data-desk='street:130902001']")
    page.click("#desk-change")
    page.fill("#desk-phone", "0317-5550900")
    page.click("#desk-send")
    expect(page.locator("#changes li").first).to_contain_text("0317-5550900")
    page.click("[data-section=organisations]")
    page.click("#organisation-types")
    page.click("#type-new")
    page.fill("#type-code", "gas")
    page.fill("#type-zh", "燃气公司")
    page.click("#type-send")
    expect(page.locator("[data-row=gas]")).to_contain_text("燃气公司")
    without_faults(page)
    page.click(".section-head .back")
    page.click("#organisation-parties")
    page.fill("#parties-cells", "130902001999")
    page.click("#parties-send")
    expect(page.locator("#form-parties [role=alert]").first).to_be_visible()  # there is no such community
    without_faults(page)
    page.click("[data-section=members]")
    page.click("#member-new")
    page.fill("#member-number", "M-1")
    page.fill("#member-name", "王示例")
    page.fill("#member-employer", "Example works")
    page.click("#member-send")
    page.click("[data-member='M-1']")
    expect(page.locator("#changes li").first).to_contain_text("Example works")
    page.click("[data-section=indicators]")
    page.click("[data-indicator=registration]")
    page.click("#indicator-change")
    page.fill("#indicator-exclude", '{"any_of": ["merged"')
    page.click("#indicator-send")
    expect(page.locator("[data-field=exclude] .field-error")).to_have_text("This is no JSON.")
    page.fill("#indicator-exclude", "merged")
    page.click("#indicator-send")
    expect(page.locator("#changes li").first).to_contain_text("Excluded")
    page.click("#indicator-remove")
    page.click("#indicator-remove")
    expect(page.locator("#changes li")).to_have_count(2)
    expect(page.locator("#indicator-remove")).to_have_count(0)  # the one that comes with the program holds again
    page.click("[data-section=categories]")
    page.click("[data-category=noise]")
    page.click("#category-change")
    page.fill("#category-words", "夜市\n音响")
    page.click("#question-add")
    page.fill("#questions [data-part=code]", "licence")
    page.fill("#questions [data-part=zh]", "音响位置")
    page.click("#category-send")
    expect(page.locator("[data-field=questions] > .field-error")).to_contain_text("a person or a car")
    page.fill("#questions [data-part=code]", "where")
    page.select_option("#questions [data-part=kind]", "choice")
    page.fill("#questions [data-part=options]", "roof 楼顶 / On the roof\nyard 院内\nshop 24/7店 / A 24/7 shop")
    without_faults(page)
    page.click("#category-send")
    expect(page.locator(".facts")).to_contain_text("夜市, 音响")
    expect(page.locator(".facts")).to_contain_text("音响位置")
    page.click("#category-change")
    options = page.locator("#questions [data-part=options]")
    expect(options).to_have_value("roof 楼顶 / On the roof\nyard 院内 / 院内\nshop 24/7店 / A 24/7 shop")
    page.click("#category-cancel")
    page.click("#category-limits")
    page.fill("#limits-verify", "2 moons")
    page.click("#limits-send")
    expect(page.locator("[data-field=verify] .field-error")).to_contain_text("span of time")
    page.fill("#limits-verify", "3h")
    without_faults(page)
    page.click("#limits-send")
    expect(page.locator(".facts")).to_contain_text("to be verified: 3 hours")
    page.click(".section-head .back")
    page.click("#classes-way")
    page.click("#classes-change")
    for part, code in (("major", "X1"), ("minor", "X1 02")):
        page.fill(f"#class-noise-{part}", code)
    page.click("#classes-send")
    expect(page.locator("[data-field=classes] > .field-error")).to_be_visible()
    page.fill("#class-noise-minor", "X102")
    without_faults(page)
    page.click("#classes-send")
    expect(page.locator("#classes [data-row=noise]")).to_contain_text("X102")
    expect(page.locator("#changes li")).to_have_count(1)
    page.click(".section-head .back")
    page.click("#limits-change")
    expect(page.locator("#limits-verify")).to_have_value("1 working hour")  # of all: it stays
    page.fill("#limits-level_grid", "2 working days")
    page.check("#limits-rest_fri")
    without_faults(page)
    page.click("#limits-send")
    expect(page.locator("[data-row=noise]")).to_contain_text("to be verified: 3 hours")
    page.click("[data-section=keys]")
    page.click("#key-new")
    page.fill("#key-name", "from-screen")
    page.select_option("#key-role", "planner")
    page.check("[id='key-right read']")
    page.click("#key-send")
    expect(page.locator("#key-secret")).to_contain_text("wgk_")  # shown this once
    page.click(".section-head .back")
    row = page.locator("#keys tr", has_text="from-screen")
    expect(row).to_contain_text("read")
    expect(page.locator("#key-secret")).to_have_count(0)
    row.locator("button").click()
    expect(row.locator("button")).to_have_text("Revoke: press again")
    row.locator("button").click()
    expect(row).to_have_count(0)
    without_faults(page)


def test_routing_rules_are_written_ordered_and_tried_by_name(open_viewer: Callable[..., Viewer], server: Any) -> None:
    address = f"{server.url}/api/v1/territories/xinhua"
    headers = {"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.ADMINISTRATOR, 'xinhua')])}"}
    lamps = {"code": "lamp-works", "name": {"zh": "路灯所", "en": "Lamp works <b>"}, "type": "department"}
    assert httpx2.post(f"{address}/organisations", json=lamps, headers=headers).status_code == 201
    viewer = open_viewer(expected_errors=r"status of (412|422)")
    page = enter(viewer, server, Grant(Role.ADMINISTRATOR, "xinhua"))
    page.goto(f"{viewer.url}/admin#/xinhua/rules")
    page.click("#rules-change")
    for place in (1, 2):
        page.click("#rule-add")
        expect(page.locator(f"[data-place='{place}'] [data-part=zh]")).to_be_focused()
    second, first = (page.locator(f"[data-place='{place}']") for place in (2, 1))
    second.locator("[data-part=categories] select").select_option(value="lamp")
    second.locator("[data-part=within] input").fill("130902001")
    second.locator("[data-part=within] input").press("Enter")
    second.locator("[data-part=from]").fill("18:00")
    page.click("#rules-try")  # nobody is named yet
    expect(page.locator("#form-rules .doing .field-error")).to_contain_text("1, 2")
    expect(first.locator(".field-error")).to_contain_text("Goes to")
    second.locator(".rule-title").click()
    second.locator("[data-part=to] select").select_option(label="Lamp works <b>")
    second.locator("[data-part=to] select").select_option(label="Desk: the command centre")
    second.locator("[data-value='desk:centre'] input").uncheck()
    without_faults(page)
    second.locator("[data-act=up]").click()
    expect(first).to_contain_text("Lamp works <b>, Desk: the command centre (informed)")
    expect(first.locator("[data-act=down]")).to_be_focused()
    second.locator("[data-act=out]").click()
    page.click("#rules-try")  # a stretch of the day has two ends
    expect(first.locator(".field-error")).to_contain_text("hours")
    first.locator("[data-part=until]").fill("06:00")
    page.reload()  # what was typed is still there, in its order
    expect(page.locator("#rule-cards > li")).to_have_count(1)
    page.click("#rules-try")
    expect(page.locator("#tried [role=status]")).to_contain_text("would go elsewhere")
    without_faults(page)
    other = {"rules": [{"to": [{"desk": "centre"}]}], "note": "quicker"}
    page.locator("#tried").scroll_into_view_if_needed()
    assert httpx2.put(f"{address}/rules", json=other, headers=headers | {"If-Match": '"0"'}).status_code == 200
    page.click("#rules-send")
    expect(page.locator("#rules-newer")).to_contain_text("version 1")
    page.click("#rules-over")
    page.click("#rules-send")
    expect(page.locator("#rules tbody tr")).to_contain_text("18:00-06:00")
    assert httpx2.get(f"{address}/rules", headers=headers).json()["rules"] == [
        {
            "categories": ["lamp"],
            "within": ["130902001"],
            "hours": "18:00-06:00",
            "to": [{"organisation": "lamp-works"}, {"desk": "centre", "needed": False}],
        }
    ]
    assert httpx2.put(f"{address}/rules", json={"rules": []}, headers=headers | {"If-Match": "*"}).status_code == 200


def test_who_is_told_what_is_looked_after_on_screen(open_viewer: Callable[..., Viewer], server: Any) -> None:
    viewer = open_viewer(expected_errors=r"status of (404|422|502)", locale="zh-CN", viewport=PHONE)
    page = enter(viewer, server, Grant(Role.ADMINISTRATOR, "xinhua"))
    with connect(server.database_url, autocommit=True) as connection:
        account = connection.execute(
            "UPDATE account SET email = 'li.na@example.org' WHERE id = (SELECT max(id) FROM account) RETURNING id"
        ).fetchone()
        connection.execute(
            """WITH made AS (
                   INSERT INTO delivery (territory_code, channel, recipient, language, account_id, state, attempts,
                                         due_at, expires_at, done_at, error)
                   VALUES ('xinhua', 'email', 'li.na@example.org', 'zh', %s, 'failed', 3, now(), now(), now(),
                           '550 <b>no such mailbox</b>') RETURNING id)
               INSERT INTO notice (delivery_id, kind, mark, at) SELECT id, 'found', '1-1', now() FROM made""",
            account,
        )
    page.goto(f"{viewer.url}/admin#/xinhua/webhooks")
    page.click("#webhook-new")
    page.fill("#webhook-name", "warehouse")
    page.fill("#webhook-url", "https://127.0.0.1/hook")
    page.click("#webhook-send")
    expect(page.locator("[data-field=url] .field-error")).to_be_visible()  # nobody else could reach it
    page.fill("#webhook-url", "https://warehouse.example.org/hook")
    page.fill("#webhook-moves", "void")
    without_faults(page)
    page.click("#webhook-send")
    expect(page.locator("#webhook-secret code")).to_contain_text("whsec_")
    first = page.locator("#webhook-secret code").inner_text()
    page.click(".section-head .back")
    page.click("[data-webhook=warehouse]")
    expect(page.locator("#webhook-secret")).to_have_count(0)  # it was shown that once
    page.click("#webhook-rotate")
    page.click("#webhook-rotate")
    expect(page.locator("#webhook-secret code")).not_to_have_text(first)
    page.click("#webhook-replay")
    page.fill("#replay-after", "soon")
    page.click("#replay-send")
    expect(page.locator("[data-field=after] .field-error")).to_be_visible()
    without_faults(page)
    page.click("#replay-cancel")
    page.select_option("#filter-state", "failed")
    expect(page.locator("#deliveries")).to_be_visible()
    page.click("#webhook-remove")
    page.click("#webhook-remove")
    expect(page.locator(".section .note[role=alert]")).to_be_visible()  # there is no such entry now
    page.select_option("#section-select", "peers")
    page.click("#peer-new")
    page.fill("#peer-name", "capital")
    page.fill("#peer-url", "https://127.0.0.1/v2")
    page.fill("#peer-pull", "pothole | road\n* | other")
    page.fill("#peer-key", "s3cret-of-theirs")
    page.click("#peer-send")
    expect(page.locator("[data-field=url] .field-error")).to_be_visible()
    without_faults(page)
    page.fill("#peer-url", "https://311.example.org/open311/v2")
    page.click("#peer-send")
    page.click("[data-peer=capital]")
    expect(page.locator("dl.facts")).to_contain_text("pothole | road")
    assert "s3cret" not in page.content()
    page.click("#peer-change")
    expect(page.locator("#peer-key")).to_have_value("")
    page.fill("#peer-url", "https://127.0.0.2.example.invalid/v2")
    page.click("#peer-send")
    page.click("#peer-try")
    expect(page.locator(".section-tools .field-error")).to_contain_text("capital")  # it tells why there is no answer
    without_faults(page)
    page.click("#peer-change")
    page.fill("#peer-key", "another-of-theirs")
    page.click("#peer-send")
    page.click("#peer-keyless")
    page.click("#peer-keyless")
    expect(page.locator("#peer-keyless")).to_have_count(0)  # it is forgotten
    expect(page.locator("dl.facts")).to_contain_text("pothole | road")
    page.click("#peer-remove")
    page.click("#peer-remove")
    expect(page.locator("#peers")).to_be_visible()
    page.select_option("#section-select", "assets")
    page.click("#asset-kind-new")
    page.fill("#asset-kind-code", "Bench")
    page.fill("#asset-kind-zh", "座椅")
    page.click("#asset-kind-send")
    expect(page.locator("[data-field=code] .field-error")).to_be_visible()
    page.fill("#asset-kind-code", "bench")
    page.check("#kind-of-lamp")
    without_faults(page)
    page.click("#asset-kind-send")
    page.click("[data-asset-kind=bench]")
    page.click("#asset-kind-file")
    sheet = "椅号,lon,lat\nB-1,116.8712,38.3164\nB-2,0,0\n".encode("gb18030")
    page.set_input_files("#assets-file", {"name": "benches.csv", "mimeType": "text/csv", "buffer": sheet})
    page.click("#assets-try")
    expect(page.locator(".note.failed")).to_contain_text("number")  # no column is called so
    page.fill("#assets-map", "number = 椅号")
    page.click("#assets-try")
    expect(page.locator("#assets-taken")).to_contain_text("未作更改")
    page.click("#assets-send")
    expect(page.locator("#assets-taken")).to_contain_text("新增 1")
    expect(page.locator("#assets-rows tbody tr")).to_contain_text("0.0, 0.0")
    without_faults(page)
    page.click(".section-head .back")
    expect(page.locator("#changes li")).to_have_count(2)
    page.click("#asset-kind-remove")
    page.click("#asset-kind-remove")
    expect(page.locator("[data-asset-kind=bench]")).to_have_count(0)
    page.select_option("#section-select", "notices")
    expect(page.locator("#ways")).to_contain_text("不发送")
    row = page.locator("#notices tbody tr")
    expect(row).to_contain_text("l***@example.org")
    expect(row).to_contain_text("550 <b>no such mailbox</b>")
    without_faults(page)
    row.get_by_role("button").click()
    expect(row).to_contain_text("等待中")
    page.select_option("#filter-state", "failed")
    expect(page.locator("#notices tbody tr")).to_have_count(0)
    page.click("#account-button")
    page.check("#own-notices")
    expect(page.locator(".wanting")).to_contain_text("li.na@example.org")
    without_faults(page)
    page.click(".account-dialog .close")
    page.click("#account-button")
    expect(page.locator("#own-notices")).to_be_checked()


def test_an_auditor_opens_a_figure_and_an_integrity_check_into_cases_and_can_change_nothing(
    open_viewer: Callable[..., Viewer], server: Any, xinhua: Grid
) -> None:
    with connect(server.database_url, autocommit=True) as connection:
        histories = Histories(connection, xinhua, "lamp")
        due = {"step": "handle", "due_at": 9.0}
        histories.case(("dispatch", 0.1, due), ("report-back", 3, {"in_time": True}), ("close", 3, {}), leaf=300)
    viewer = open_viewer(viewport=PHONE, locale="zh-CN", has_touch=True, is_mobile=True, color_scheme="dark")
    page = enter(viewer, server, Grant(Role.AUDITOR, "xinhua"))
    page.goto(f"{viewer.url}/admin#/xinhua/accounts")
    tap = Taps(page)
    tap("a[href*=centre]")  # a figure into its cases
    expect(page.locator("#all-cases")).not_to_contain_text(" 0 ")
    tap("#all-cases")
    page.wait_for_url("**/work#/xinhua/cases?**")
    tap(".row a")
    expect(page.locator("#case-history")).to_be_visible()
    assert tap.count == 3
    page.goto(f"{viewer.url}/admin#/xinhua/accounts")
    tap = Taps(page)
    page.select_option("#section-select", "integrity")
    tap.count += 1
    expect(page.locator("[data-row='closed-without-evidence'] strong")).not_to_have_text("0")
    without_faults(page)
    tap("[data-check='closed-without-evidence']")
    number = page.locator("#suspects [data-number]").first.get_attribute("data-number")
    without_faults(page)
    tap(f"#suspects [data-number='{number}']")
    assert tap.count == 3
    page.wait_for_url(f"**/work#/xinhua/cases/{number}")
    expect(page.locator("#case-history")).to_be_visible()
    expect(page.locator(".acts")).to_have_count(0)
    page.go_back()
    expect(page.locator(f"#suspects [data-number='{number}']")).to_be_visible()

    sections = page.locator("#section-select option").evaluate_all("all => all.map(one => one.value)")
    assert {"accounts", "roster", "keys", "notices", "changes", "contacts", "erasures", "releases"} < set(sections)
    for section in sections:
        page.select_option("#section-select", section)
        expect(page.locator("#section-title")).to_be_visible()
        expect(page.locator(".section .loading")).to_have_count(0)
        without_faults(page)
        offered = ["audit-new"] if section == "audits" else []  # the one thing that auditors do
        acts = page.locator(".section :is(button, form, .primary)")
        assert acts.evaluate_all("all => all.map(one => one.id)") == offered, section
