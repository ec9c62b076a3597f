"""The list of cases on the work screens: all are reached, counted, kept under an address, and follow what happens."""

from collections.abc import Callable
from typing import Any

import httpx2
import psycopg
import pytest
from playwright.sync_api import Route, expect

from tests.people import token_for
from tests.web.page import PHONE, Place, Viewer, enter, faults_of_access, small_targets
from wangge.access.person import Grant
from wangge.access.roles import Role

MANY = 56
"""Cases in the cell of these tests: more than a page of the list."""
LON, LAT = 116.8608, 38.3036


@pytest.fixture(scope="module")
def cell(api: httpx2.Client, server: Any) -> dict[str, Any]:
    """A base grid with more cases than a page has; the first that came is overdue, as no other is."""
    for i in range(MANY):
        body = {
            "lon": LON,
            "lat": LAT,
            "category": ["lamp", "noise"][i % 2],
            "description": f"matter {i}{' bluebottle' * (i == 17)}",
        }
        filed = api.post("/xinhua/reports", json=body | {"external_id": f"list-{i}"}).json()
        if i == 0:
            first: dict[str, Any] = filed
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "UPDATE report SET due_at = now() - interval '2 days', overdue = true WHERE external_id = 'list-0'",
        )
    return first


def moved(api: httpx2.Client, number: str, name: str, **arguments: Any) -> None:
    answer = api.post(f"/xinhua/reports/{number}/moves", json={"move": name} | arguments, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


def closed(api: httpx2.Client, number: str, server: Any) -> None:
    """The case is handled, and somebody else sees that it is."""
    moved(api, number, "register")
    desk = api.get(f"/xinhua/reports/{number}").json()["holder"]["desk"]
    moved(api, number, "dispatch", parties=[{"desk": desk}])
    moved(api, number, "accept")
    moved(api, number, "report-back", note="done")
    other = {"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.CENTRE)])}"}
    with httpx2.Client(base_url=api.base_url, headers=other, timeout=20) as colleague:
        moved(colleague, number, "verify")
        moved(colleague, number, "close")


def test_an_officer_reaches_every_case_and_loses_no_place(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, cell: dict[str, Any], place: Place, server: Any
) -> None:
    code = cell["cell"]["code"]
    viewer = open_viewer(expected_errors="ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED")
    page = enter(viewer, server, Grant(Role.OFFICER, "xinhua", "grid", code))
    page.goto(f"{viewer.url}/work")
    page.wait_for_url("**/work#/xinhua/cases?open=true")  # what is open in the officer's grid
    rows = page.locator(".row")
    expect(page.locator("#list-total")).to_have_text(str(MANY))
    expect(rows.first).to_contain_text("overdue since")
    expect(rows.first.locator("a")).to_have_attribute("data-number", cell["number"])  # the oldest
    expect(page.locator("[data-view=overdue] .count")).to_have_text("1")

    expect(page.locator("#download-list")).to_have_count(0)  # which officers may not
    page.locator("#list-more").scroll_into_view_if_needed()
    expect(rows).to_have_count(MANY)
    page.locator(".list").evaluate("node => node.scrollTo(0, node.scrollHeight)")
    last = rows.last.locator("a").get_attribute("data-number")
    rows.last.locator("a").click()
    expect(page.locator("#case-number-shown")).to_have_text(str(last))
    expect(rows.last).to_be_in_viewport()
    page.go_back()
    expect(page.locator("#case-number-shown")).to_have_count(0)
    expect(rows.last).to_be_in_viewport()
    page.reload()
    expect(rows).to_have_count(MANY)
    expect(rows.last).to_be_in_viewport()

    page.locator(".list").evaluate("node => node.scrollTo(0, 0)")
    page.click("#finer summary")
    page.select_option("#finer-category", "noise")
    page.wait_for_url("**open=true&category=noise")
    expect(page.locator("#list-total")).to_have_text(str(MANY // 2))
    page.fill("#save-name", "noise <i>of mine</i>")
    page.click("#save-list")
    expect(page.locator(".saved li")).to_have_count(1)
    page.evaluate("localStorage.clear()")  # it lies with the account, not in the browser
    page.reload()
    page.click("#finer summary")
    page.select_option("#finer-category", "")
    expect(page.locator("#list-total")).to_have_text(str(MANY))
    page.get_by_role("link", name="noise <i>of mine</i>").click()
    page.wait_for_url("**open=true&category=noise")
    expect(page.locator("#list-total")).to_have_text(str(MANY // 2))
    page.go_back()
    expect(page.locator("#list-total")).to_have_text(str(MANY))

    moved(api, cell["number"], "refuse", reason="not ours")  # somewhere else, while the list is looked at
    expect(page.locator("#list-total")).to_have_text(str(MANY - 1))
    expect(page.locator(f"[data-number='{cell['number']}']")).to_have_count(0)
    page.click("[data-view=all]")
    page.select_option("#finer-state", "refused")
    expect(page.locator(f"[data-number='{cell['number']}']")).to_contain_text("Not registered")
    closed(api, str(last), server)
    page.select_option("#finer-state", "")
    page.click("[data-view=closed]")
    expect(page.locator(f"[data-number='{last}']")).to_contain_text("ended")
    assert "closed_since=" in viewer.hash()

    page.click("[data-view=open]")
    gone = page.locator(".row a").nth(3).get_attribute("data-number")
    expect(page.locator("#live")).to_have_text("")
    page.context.set_offline(True)
    expect(page.locator("#live")).to_contain_text("interrupted")
    moved(api, str(gone), "refuse", reason="twice")
    page.context.set_offline(False)
    expect(page.locator(f"[data-number='{gone}']")).to_have_count(0)
    expect(page.locator("#live")).to_have_text("")

    page.fill("#case-search", cell["number"])  # of a case that ended
    page.press("#case-search", "Enter")
    expect(page.locator(".row")).to_have_count(1)
    page.fill("#case-search", "bluebottle")
    page.press("#case-search", "Enter")
    expect(page.locator(".row")).to_contain_text(["matter 17"])
    expect(page.locator("#list-total")).to_have_text("1")
    page.goto(f"{viewer.url}/work#/xinhua/cases?open=true&level=grid&cell={place.cell['code']}")
    expect(page.locator("#list-empty")).to_contain_text("Cases outside of your own grids are not shown")
    page.click("#finer summary")
    expect(page.locator(".chosen-cell")).to_contain_text(place.cell["name"])


def test_a_long_list_becomes_a_file_while_one_does_something_else(
    open_viewer: Callable[..., Viewer], cell: dict[str, Any], server: Any
) -> None:
    viewer = open_viewer(
        viewport=PHONE, locale="zh-CN", has_touch=True, is_mobile=True, expected_errors="status of 403"
    )
    page = enter(viewer, server, Grant(Role.CENTRE, "xinhua"))

    def many(route: Route) -> None:
        """As many cases as nobody files in a test."""
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"total": 60_000})

    page.route("**/reports/summary?*", many)
    code = cell["cell"]["code"]
    page.goto(f"{viewer.url}/work#/xinhua/cases?open=true&category=lamp&level=grid&cell={code}")
    expect(page.locator(".row").nth(2)).to_be_visible()
    rows = page.locator(".row").count()
    page.locator("#download-list summary").tap()
    expect(page.locator("#no-campaigns")).to_have_count(0)  # a category is asked for
    page.locator("#download-list [data-form=csv]").tap()
    page.wait_for_url("**/work#/xinhua/exports")
    card = page.locator(".export")
    expect(card).to_have_attribute("data-state", "done", timeout=30_000)
    expect(card).to_contain_text(f"open=true&category=lamp&level=grid&cell={code}")
    with page.expect_download() as saved:
        card.locator("a").tap()
    assert saved.value.suggested_filename == "xinhua-reports.csv"
    assert len(saved.value.path().read_text().splitlines()) == 1 + rows
    assert faults_of_access(page) + small_targets(page) == []
    card.locator("button").tap()
    expect(page.locator("#exports-none")).to_be_visible()
    page.goto(f"{viewer.url}/work#/xinhua/cases?open=true&level=grid&cell={code}")
    page.locator("#download-list summary").tap()
    expect(page.locator("#no-campaigns")).to_be_visible()
    assert faults_of_access(page) == []
    # The same on the map of the command centre and in the panel of a cell, each with what is looked at there.
    for place, asked in (
        (f"centre#t=xinhua&category=lamp&cell=grid:{code}", f"counted=true&category=lamp&cell={code}&level=grid"),
        (f"#t=xinhua&cell=grid:{code}", f"counted=true&level=grid&cell={code}"),
    ):
        page.goto(f"{viewer.url}/{place}")
        page.locator("#download-list summary").tap()
        page.locator("#download-list [data-form=csv]").tap()
        page.wait_for_url("**/work#/xinhua/exports")
        expect(card.first).to_contain_text(asked)
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(status=403, json={})

    page.route("**/exports", refuse)
    page.reload()
    expect(page.get_by_role("alert")).to_be_visible()
    page.wait_for_timeout(1_300)
    assert len(refused) == 1, "who was refused does not ask again and again"


def test_one_move_for_many_is_told_for_each_on_a_phone(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, cell: dict[str, Any], server: Any
) -> None:
    code = cell["cell"]["code"]
    viewer = open_viewer(
        viewport=PHONE, locale="zh-CN", has_touch=True, is_mobile=True, expected_errors="status of 409"
    )
    page = enter(viewer, server, Grant(Role.CENTRE, "xinhua"))
    page.goto(f"{viewer.url}/work#/xinhua/cases?open=true&category=noise&level=grid&cell={code}")
    rows = page.locator(".row")
    expect(rows.nth(2)).to_be_visible()
    page.locator("#download-list summary").tap()
    with page.expect_download() as saved:
        page.locator("#download-list a >> text=CSV").tap()
    assert saved.value.suggested_filename == "xinhua-reports.csv"
    assert len(saved.value.path().read_text().splitlines()) == 1 + rows.count()
    page.locator("#download-list summary").tap()
    numbers = [str(rows.nth(i).locator("a").get_attribute("data-number")) for i in range(3)]
    page.locator("#choose-many").tap()
    for number in numbers:
        page.locator(f"[data-pick='{number}']").check()
    expect(page.locator("#bulk-count")).to_have_text("已选 3 件")
    page.locator("#bulk-move").tap()
    page.select_option("#bulk-which", "register")
    assert faults_of_access(page) + small_targets(page) == []
    moved(api, numbers[2], "register")
    page.locator("#bulk-send").tap()
    expect(page.locator("#bulk-told")).to_contain_text("3 件中 2 件办理成功")
    expect(page.locator("#bulk-told li")).to_have_count(1)
    expect(page.locator("#bulk-told li")).to_contain_text(numbers[2])
    expect(page.locator(f"[data-number='{numbers[0]}'] .state")).to_have_text("已立案")
    expect(page.locator("#bulk-count")).to_have_text("已选 1 件")  # what was refused stays chosen
    page.locator("#choose-many").tap()

    assert faults_of_access(page) == []
    assert small_targets(page) == []
    page.locator(f"[data-number='{numbers[0]}']").tap()
    expect(page.locator("#case-state")).to_have_text("已立案")
    expect(page.locator(".list-head")).to_be_hidden()  # one after the other
    assert faults_of_access(page) == []
    assert small_targets(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".back").tap()
    expect(page.locator(".list-head")).to_be_visible()
    expect(page.locator(".case")).to_have_count(0)
