"""The street, told as stories: each on a telephone, in both languages, with its taps and seconds counted."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.people import session_for, token_for
from tests.pictures import picture
from tests.web.page import Viewer, enter, faults_of_access, small_targets
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.plumbing.cookies import COOKIE
from wangge.store.engine import connect

HANDHELD = {"width": 390, "height": 844}
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
LON, LAT = 116.8723, 38.3344
"""Away from where the other tests report."""
MOST = {"works": (10, 60), "rejects": (6, 30), "substitutes": (3, 30)}
"""Taps and seconds that each story may take; a machine does not hesitate, so the seconds are those of the program."""


def file(data: bytes) -> Any:
    return {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": data}


class Hand:
    """Taps what a thumb can reach, and counts; what the camera's own program and the keyboard take does not count."""

    def __init__(self, page: Page, story: str) -> None:
        self.page, self.story = page, story
        self.taps, self.begun = 0, time.monotonic()

    def tap(self, selector: str) -> None:
        self.page.locator(selector).tap()
        self.taps += 1

    def write(self, selector: str, text: str) -> None:
        self.tap(selector)
        self.page.keyboard.insert_text(text)

    def photograph(self, selector: str, *files: bytes) -> None:
        """Each is a tap that leads to the camera."""
        for data in files:
            self.page.set_input_files(selector, file(data))
            self.taps += 1
            expect(self.page.locator(selector)).to_be_enabled()

    def done(self) -> None:
        taps, seconds = MOST[self.story]
        took = time.monotonic() - self.begun
        print(f"{self.story}: {self.taps} taps, {took:.1f} s")
        assert self.taps <= taps
        assert took < seconds


def lies_at_the_thumb(page: Page, selector: str) -> bool:
    """Whether something lies in the lower half of the screen, where the hand that holds the telephone reaches it."""
    box = page.locator(selector).bounding_box()
    return box is not None and HANDHELD["height"] / 2 < box["y"] < HANDHELD["height"] - box["height"]


@pytest.fixture(scope="module")
def administrator(server: Any) -> Iterator[httpx2.Client]:
    headers = {"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.ADMINISTRATOR)])}"}
    with httpx2.Client(base_url=f"{server.url}/api/v1/territories/xinhua", headers=headers, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def grid(api: httpx2.Client) -> str:
    """Code of the base grid in which these stories play."""
    return str(api.get("/xinhua/locate", params={"lon": LON, "lat": LAT}).json()["cell"]["code"])


def dispatched(api: httpx2.Client, server: Any, grid: str, category: str) -> str:
    """A case that a resident reported with a photo, whose task lies with the desk of the base grid."""
    sent = httpx2.post(f"{server.url}/api/v1/territories/xinhua/photos", content=picture(), timeout=20).json()
    report = {"lon": LON, "lat": LAT, "category": category, "description": "树倒了", "photos": [sent["id"]]}
    filed = httpx2.post(f"{server.url}/api/v1/territories/xinhua/reports", json=report, timeout=20)
    assert filed.status_code == 201, filed.text
    number = str(filed.json()["number"])
    made = {"If-Match": "*"}
    assert api.post(f"/xinhua/reports/{number}/moves", json={"move": "register"}, headers=made).status_code == 200
    parties = api.get(f"/xinhua/reports/{number}").json()["parties"]
    desk = next(party["desk"] for party in parties if party["desk"] and party["code"] == grid)
    dispatch = {"move": "dispatch", "parties": [{"desk": desk}]}
    assert api.post(f"/xinhua/reports/{number}/moves", json=dispatch, headers=made).status_code == 200
    return number


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_dispatched_case_is_worked_rejected_once_and_verified_and_a_substitute_takes_the_next(
    open_viewer: Callable[..., Viewer],
    server: Any,
    api: httpx2.Client,
    administrator: httpx2.Client,
    grid: str,
    stand_in: int,
    locale: str,
) -> None:
    category = {"name": {"zh": "树木倒伏", "en": "A fallen tree"}, "photos": "before-and-after"}
    assert administrator.put("/categories/tree-down", json=category).status_code == 200
    number = dispatched(api, server, grid, "tree-down")
    handheld: dict[str, Any] = {"locale": locale, "viewport": HANDHELD, "has_touch": True, "is_mobile": True}

    # The officer goes there, and shows before and after.
    page = enter(open_viewer(**handheld), server, Grant(Role.OFFICER, "xinhua", "grid", grid))
    page.goto(f"{server.url}/work")
    expect(page.locator(f"[data-number='{number}']")).to_be_visible()
    assert lies_at_the_thumb(page, "#find")
    hand = Hand(page, "works")
    hand.tap(f"[data-number='{number}']")
    expect(page.locator("[data-side=before] img")).to_have_count(1)
    assert lies_at_the_thumb(page, "#next-move")
    for move in ("accept", "start"):
        hand.tap(f"#next-move[data-move={move}]")
        hand.tap("#move-send")
    hand.tap("#next-move[data-move=report-back]")
    hand.write("#move-note", "已移走")
    hand.photograph("#move-photos", picture(size=(320, 240)))
    assert faults_of_access(page) + small_targets(page) == []
    hand.tap("#move-send")
    expect(page.locator("#case-state")).to_have_text({"zh-CN": "已反馈", "en-US": "Reported back"}[locale])
    hand.done()
    expect(page.locator("[data-side=after] img")).to_have_count(1)

    # The verifier sees both sides, and rejects once.
    desk = enter(open_viewer(**handheld), server, Grant(Role.CENTRE, "xinhua"))
    desk.goto(f"{server.url}/work#/xinhua/cases/{number}")
    expect(desk.locator("[data-side=before] img")).to_have_count(1)
    expect(desk.locator("[data-side=after] img")).to_have_count(1)
    for side in ("before", "after"):
        shown = desk.locator(f"[data-side={side}] img")
        assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert faults_of_access(desk) + small_targets(desk) == []
    eye = Hand(desk, "rejects")
    eye.tap("#other-moves summary")
    eye.tap("[data-move=reject]")
    reason = "#move-reason" if desk.locator("#move-reason").count() else "#move-note"
    eye.write(reason, "枝条还在路上")
    eye.tap("#move-send")
    expect(desk.locator("#case-state")).not_to_have_text({"zh-CN": "已反馈", "en-US": "Reported back"}[locale])
    eye.done()
    expect(page.locator("#case-history")).to_contain_text("枝条还在路上")  # the officer is told, while looking
    page.locator("#next-move[data-move=report-back]").tap()
    page.fill("#move-note", "全部清理")
    page.set_input_files("#move-photos", file(picture()))
    expect(page.locator("#move-photos")).to_be_enabled()
    page.locator("#move-send").tap()
    expect(page.locator("[data-side=after] img")).to_have_count(2)
    expect(desk.locator("[data-side=after] img")).to_have_count(2)
    desk.locator("#next-move[data-move=verify]").tap()
    desk.locator("#move-send").tap()
    expect(desk.locator("#next-move[data-move=close]")).to_be_visible()

    # The officer goes on leave; whoever stands in has the next case on their telephone.
    next_one = dispatched(api, server, grid, "lamp")
    substitute = signed_in_as(server, stand_in)
    stand = open_viewer(**handheld)
    stand.page.context.add_cookies([{"name": COOKIE, "value": substitute, "url": server.url}])
    other = stand.page
    other.goto(f"{server.url}/work")
    expect(other.locator(f"[data-number='{next_one}']")).to_be_visible()
    thumb = Hand(other, "substitutes")
    thumb.tap(f"[data-number='{next_one}']")
    thumb.tap("#next-move[data-move=accept]")
    thumb.tap("#move-send")
    expect(other.locator("#next-move[data-move=start]")).to_be_visible()
    thumb.done()
    assert faults_of_access(other) + small_targets(other) == []
    assert re.search("accept", str(api.get(f"/xinhua/reports/{next_one}").json()["events"]))


@pytest.fixture(scope="module")
def stand_in(administrator: httpx2.Client, grid: str) -> int:
    """Id in the roster of an assistant who stands in for the grid's officer, who is on leave."""
    posting = {"cell": grid, "role": "responsible", "valid_from": str(TODAY - timedelta(days=30))}
    added = administrator.post("/officers", json={"number": "stands", "name": "代班员"})
    assert added.status_code == 201, added.text
    away = {"away_from": str(TODAY - timedelta(days=1)), "back_on": str(TODAY + timedelta(days=7))}
    officer = {"number": "away", "name": "网格员", "postings": [posting], "leave": [away | {"substitute": "stands"}]}
    gone = administrator.post("/officers", json=officer)
    assert gone.status_code == 201, gone.text
    return int(added.json()["id"])


def signed_in_as(server: Any, officer: int) -> str:
    """The cookie of whoever is in the roster under an id: their postings, and standing in, are all their rights."""
    secret = session_for(server.database_url, [])
    with connect(server.database_url, autocommit=True) as connection:
        connection.execute("UPDATE account SET officer_id = %s WHERE id = (SELECT max(id) FROM account)", (officer,))
    return secret
