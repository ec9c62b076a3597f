"""News of an area by e-mail, on the residents' page: asked for, confirmed by the link that came, ended by it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import Server, serving
from tests.outgoing.mailbox import Mailbox, until
from tests.web.page import Viewer, faults_of_access, small_targets
from wangge.store.engine import connect
from wangge.store.postgres.cluster import Cluster

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def mailing(cluster: Cluster, furnished: str) -> Iterator[tuple[Server, Mailbox]]:
    with Mailbox().running() as mailbox:
        mail = {"WANGGE_SMTP_HOST": "127.0.0.1", "WANGGE_SMTP_PORT": str(mailbox.port), "WANGGE_SMTP_SECURITY": "none"}
        mail |= {"WANGGE_SMTP_FROM": "wangge@example.org", "WANGGE_PUBLIC_URL": "https://grid.example.org"}
        quiet = {"WANGGE_LOG_LEVEL": "warning", "WANGGE_COLUMNS_S": "0", "WANGGE_RELEASE_S": "0"}
        for server in serving(cluster, furnished, **mail, **quiet):
            yield server, mailbox


def test_whoever_reads_the_mailbox_confirms_and_ends_it(
    open_viewer: Callable[..., Viewer], mailing: tuple[Server, Mailbox]
) -> None:
    server, mailbox = mailing
    viewer = open_viewer(r"404", url=server.url, locale="zh-CN", viewport=PHONE, color_scheme="dark")
    page = viewer.page
    page.goto(f"{server.url}/r#/xinhua/public?lon=116.8712&lat=38.3164&category=lamp")
    page.locator("#subscribe summary").click()
    page.select_option("#subscribe-area", "500")
    expect(page.locator("#mail input[value=lamp]")).to_be_checked()  # as it was looked at
    page.locator("#mail label:has(input[value=road])").click()
    page.fill("#mail-address", "li.na@example.org")
    assert faults_of_access(page) == []
    assert small_targets(page) == []
    page.click("#mail-ask")
    expect(page.locator("#mail-asked")).to_contain_text("li.na@example.org")
    [question] = until(lambda: mailbox.to("li.na@example.org"))
    link = re.search(r"https://grid\.example\.org(/r#/xinhua/area/\S+)", question.get_content())
    assert link
    page.goto(server.url + link[1])
    facts = page.locator(".area-facts")
    expect(facts).to_contain_text("周围 500 米")
    expect(facts).to_contain_text("路灯")
    assert faults_of_access(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert not page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    page.click("#area-confirm")
    expect(page.locator("main .lead")).to_contain_text("早上")
    row = _row(server, "SELECT email, metres, categories, confirmed_at IS NOT NULL FROM area_subscription")
    assert row == ("li.na@example.org", 500, ["lamp", "road"], True)
    page.click("#area-end")
    expect(page.locator("main .lead")).to_contain_text("已删除")
    assert _row(server, "SELECT FROM area_subscription") is None
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("不完整")


def _row(server: Server, query: str) -> Any:
    with connect(server.database_url) as connection:
        return connection.execute(query).fetchone()
