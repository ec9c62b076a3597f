"""The page of the API's documentation: it speaks the reader's language, and every word on it can be read."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.web.page import Viewer

LEAST, LEAST_LARGE = 4.5, 3.0
"""Contrast of text to what lies behind it, WCAG 2.2 AA."""

FAINT = """([least, large]) => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const rgba = colour => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
    const behind = node => {
        const layers = [];
        for (let at = node; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
        return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
    };
    const light = colour => colour.slice(0, 3).map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const found = new Map();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.nodeValue.trim();
        const node = walker.currentNode.parentElement;
        if (!text || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
        if (node.closest('script, style, svg, [disabled]')) continue;
        const style = getComputedStyle(node);
        const ground = behind(node);
        const [a, b] = [light(over(rgba(style.color), ground)), light(ground)];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const size = parseFloat(style.fontSize);
        const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? large : least;
        const where = `${node.className} ${style.color} on ${ground.map(Math.round)}`;
        if (ratio < needed) found.set(where, `${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
    return [...found].map(pair => pair.join(' | '));
}"""


def opened(viewer: Viewer) -> Page:
    """The page with one operation unfolded."""
    page = viewer.page
    page.set_default_timeout(60_000)
    # Of so many operations Swagger UI draws those in view, and that which the address names.
    page.goto(f"{viewer.url}/docs#/locate/locate")
    page.locator(".opblock.is-open table.parameters").first.wait_for()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_what_lies_behind_it(open_viewer: Callable[..., Viewer], scheme: str) -> None:
    page = opened(open_viewer(color_scheme=scheme))
    assert page.evaluate(FAINT, [LEAST, LEAST_LARGE]) == []
    assert len(page.evaluate(FAINT, [22, 22])) > 5  # the measure sees what is there


def test_it_speaks_chinese_to_chinese_readers(open_viewer: Callable[..., Viewer]) -> None:
    page = opened(open_viewer(locale="zh-CN"))
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    shown = page.locator(".opblock.is-open").first
    for english in ("Parameters", "Try it out", "Responses", "Description"):
        expect(shown.get_by_text(english, exact=True)).to_have_count(0)
    headings = page.locator(".opblock-tag, .opblock-summary-description").all_inner_texts()
    assert headings
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in heading) for heading in headings if heading.strip())
