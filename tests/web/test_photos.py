"""Photos on the screens: a resident's go with the report, those of the work are shown beside them."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.pictures import picture
from tests.web.page import PHONE, Place, Viewer, enter, faults_of_access
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

    page.click("[data-cover]")  # for the public, drawn over with the brush or by keys
    canvas = page.locator("#cover-canvas")
    expect(page.locator("#cover-send")).to_be_enabled()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 40, steps=4)
    page.mouse.up()
    drawn = page.locator("dialog.cover [role=status]").inner_text()
    canvas.focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", " "):
        page.keyboard.press(key)
    expect(page.locator("dialog.cover [role=status]")).not_to_have_text(drawn)
    assert faults_of_access(page) == []
    page.click("#cover-send")
    expect(page.locator("dialog.cover")).to_have_count(0)
    expect(page.locator(".covered")).to_contain_text("The public sees it since")
