"""The planner's sheet: true figures in one file that opens without a network."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, sync_playwright

from tests.web.page import CHROMIUM
from wangge.api.cli.main import main
from wangge.store.engine import Connection

WanggeSheet = Callable[..., tuple[int, str]]
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def wangge_sheet(
    drawn_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """`wangge sheet` with these arguments; gives its exit code and what it said on standard error."""

    def run() -> int:
        try:
            main()
        except SystemExit as left:
            return int(left.code or 0)
        return 0

    def call(*arguments: str, lang: str = "en") -> tuple[int, str]:
        monkeypatch.setenv("WANGGE_DATABASE_URL", drawn_url)
        monkeypatch.setenv("WANGGE_LANG", lang)
        monkeypatch.setattr(sys, "argv", ["wangge", "sheet", *arguments])
        with ThreadPoolExecutor(1) as thread:  # a command has an event loop of its own
            code = thread.submit(run).result()
        return code, capsys.readouterr().err

    return call


def test_a_sheet_shows_the_counts_and_asks_the_network_for_nothing(
    wangge_sheet: WanggeSheet, drawn: Connection, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "sheet.html"
    assert wangge_sheet("xinhua", "-o", str(file)) == (0, "")
    row = drawn.execute("SELECT count(*) FROM report WHERE territory_code = 'xinhua'").fetchone()
    assert row is not None

    page = browser.new_page(viewport={"width": 1200, "height": 800})
    asked: list[str] = []
    failed: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", lambda message: failed.append(message.text) if message.type == "error" else None)
    page.goto(file.as_uri())
    page.wait_for_selector(".leaflet-interactive")
    assert page.locator("path.leaflet-interactive").count() == 422
    assert page.locator("#sheet .total").inner_text() == f"{row[0]:,}"
    assert page.title() == "Xinhua District: reports by Base grid"
    panel = page.locator("#sheet").inner_text()
    assert "Synthetic data" in panel
    assert "Edition 2026-01" in panel
    assert "MIT" in panel
    cells = [int(text.replace(",", "")) for text in page.locator("#sheet li span:last-child").all_inner_texts()]
    assert sum(cells) == 422
    assert page.locator(".name").all_inner_texts() != []

    page.mouse.move(700, 400)
    page.wait_for_selector(".leaflet-tooltip")
    assert "网格" in page.locator(".leaflet-tooltip").inner_text()

    page.locator(".leaflet-control-layers label").nth(1).click()
    page.wait_for_selector("canvas.leaflet-heatmap-layer")
    painted = (
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 == 3 && v).length"
    )
    assert page.locator("canvas.leaflet-heatmap-layer").evaluate(painted) > 10_000
    assert page.locator("path.leaflet-interactive").count() == 0
    assert page.locator("#month").get_attribute("max") == "12"
    page.locator("#month").fill("3")
    assert page.locator("#month-said").inner_text() == "2025-03"
    heat = next(name for name in page.evaluate("Object.keys(window)") if name.startswith("heat_map_"))
    shown = page.evaluate(f"{heat}._latlngs.reduce((sum, point) => sum + point[2], 0)")
    march = drawn.execute(
        "SELECT count(*) FROM report WHERE territory_code = 'xinhua' AND received_at AT TIME ZONE 'Asia/Shanghai'"
        " BETWEEN '2025-03-01' AND '2025-04-01'"
    ).fetchone()
    assert (shown,) == march
    page.click("#month-play")
    assert page.locator("#month-said").inner_text() == "2025-04"
    assert page.locator("#month-play").inner_text() == "Stop"
    page.close()
    assert failed == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert asked == [file.as_uri()]


def test_a_sheet_of_one_category_and_span_says_so_in_chinese(
    wangge_sheet: WanggeSheet, drawn: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "sheet.html"
    asked = ["--category", "wiring", "--from", "2025-03-01", "--to", "2025-04-30"]
    assert wangge_sheet("xinhua", "-o", str(file), *asked, lang="zh") == (0, "")
    row = drawn.execute(
        "SELECT count(*) FROM report WHERE territory_code = 'xinhua' AND category = 'wiring'"
        " AND received_at >= '2025-03-01+08' AND received_at < '2025-05-01+08'"
    ).fetchone()
    assert row is not None
    assert row[0] > 0
    text = file.read_text(encoding="utf-8")
    assert f'<span class="total">{row[0]:,}</span>' in text
    assert "2025-03-01 至 2025-04-30" in text
    assert "合成数据" in text
    name = drawn.execute(
        "SELECT name ->> 'zh' FROM category WHERE territory_code = 'xinhua' AND code = 'wiring'"
    ).fetchone()
    assert name is not None
    assert escape(name[0]) in text


def test_a_sheet_without_reports_is_all_white(wangge_sheet: WanggeSheet, tmp_path: Path) -> None:
    file = tmp_path / "sheet.html"
    assert wangge_sheet("xinhua", "-o", str(file), "--to", "2001-01-01") == (0, "")
    text = file.read_text(encoding="utf-8")
    assert '<span class="total">0</span>' in text
    assert "<span>422</span>" in text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["atlantis"], 1, "atlantis"),
        (["xinhua", "--category", "dragons"], 1, "dragons"),
        (["xinhua", "--from", "yesterday"], 2, "yesterday"),
    ],
)
def test_a_sheet_that_cannot_be_drawn_is_refused(
    wangge_sheet: WanggeSheet, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    file = tmp_path / "sheet.html"
    left, told = wangge_sheet(*arguments, "-o", str(file))
    assert left == code
    assert said in told
    assert not file.exists()
