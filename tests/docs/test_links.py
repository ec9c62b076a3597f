"""What a page points at is there: files, headings, places in the code; and the index names every page."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
PLACE = re.compile(r"`((?:[\w.-]+/)+[\w.*-]*)`")


@cache
def _pages() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\n") if name and "vendor" not in name]


@cache
def _prose(page: Path) -> str:
    return FENCE.sub("", page.read_text("utf-8"))


@cache
def _anchors(page: Path) -> set[str]:
    """The headings of a page as addresses, the way that code hosts and the site make them."""
    headings = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", _pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(_prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.is_file() or (anchor and anchor not in _anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", "docs/stability.md"])
def test_places_in_the_code_that_a_page_names_are_there(name: str) -> None:
    places = {place for place in PLACE.findall(_prose(ROOT / name)) if (ROOT / place.split("/")[0]).is_dir()}
    assert places
    to_come = {"planning/"}
    assert sorted(place for place in places - to_come if not list(ROOT.glob(place.rstrip("/")))) == []


def test_the_index_names_every_page() -> None:
    index = ROOT / "docs" / "index.md"
    named = {(index.parent / link.partition("#")[0]).resolve() for link in LINK.findall(_prose(index))}
    pages = {page for page in _pages() if page.is_relative_to(ROOT / "docs") and page != index}
    assert sorted(str(page.relative_to(ROOT)) for page in pages - named) == []
