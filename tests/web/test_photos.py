"""Photos on the screens: a resident's go with the report, those of the work are shown beside them."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.pictures import picture
from tests.web.page import PHONE, Place, Viewer, enter
from wangge.access.person import Grant
from wangge.access.roles import Role


def file(name: str, data: bytes) -> Any:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def test_a_resident_s_photo_and_the_desk_s_stand_side_by_side(
    open_viewer: Callable[..., Viewer], server: Any, place: Place
) -> None:
    viewer = open_viewer(expected_errors=r"status of 422", viewport=PHONE)
    page = viewer.page
    viewer.open(f"#t=xinhua&at={place.lon},{place.lat}")
    page.click("text=Report here")
    page.set_input_files("#report-photos", [file("a.jpg", picture()), file("b.txt", b"no photo")])
    expect(page.locator("#photos-error")).to_contain_text("b.txt: ")
    expect(page.locator(".photo-strip img")).to_have_count(1)
    page.select_option("#report-category", index=1)
    page.click("#report-send")
    number = page.locator("#case-number").inner_text()

    desk = open_viewer()
    page = enter(desk, server, Grant(Role.CENTRE, "xinhua"))
    page.goto(f"{desk.url}/work#/xinhua/cases/{number}/note")
    before = page.locator("[data-side=before] img")
    expect(before).to_have_count(1)
    assert before.evaluate("image => image.decode().then(() => image.naturalHeight)") == 360
    page.fill("#move-note", "lamp replaced")
    page.set_input_files("#move-photos", [file("c.jpg", picture()), file("d.jpg", picture())])
    expect(page.locator(".photo-strip img")).to_have_count(2)
    page.click(".photo-strip li:first-child button")
    page.click("#move-send")
    expect(page.locator("[data-side=after] img")).to_have_count(1)
    expect(page.locator("[data-side=after] figcaption")).to_contain_text("taken")
