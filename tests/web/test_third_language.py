"""A language more is three files: its code in the one list, the program's texts, the viewer's."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect

from tests.conftest import ROOT, Server, serving
from tests.web.page import Viewer
from wangge.store.postgres.cluster import Cluster

COPIED = ("data", "web")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with a language xx, whose texts are the English ones with a mark; nothing else is changed."""
    folder = tmp_path_factory.mktemp("third")
    package = folder / "wangge"
    package.mkdir()
    for part in (ROOT / "wangge").iterdir():
        if part.name in COPIED:
            skipped = shutil.ignore_patterns("boundaries", "reports", "__pycache__")
            shutil.copytree(part, package / part.name, ignore=skipped)
        else:
            (package / part.name).symlink_to(part.resolve())
    (package / "data" / "boundaries").symlink_to(ROOT / "data" / "boundaries")

    listed = package / "data" / "languages.py"
    listed.write_text(re.sub(r"(?<=Literal\[)(.+)(?=\]\n)", r'\1, "xx"', listed.read_text()))
    english = (package / "data" / "messages" / "en.toml").read_text()
    (package / "data" / "messages" / "xx.toml").write_text(
        re.sub(r'^([\w-]+ = ")(?=[^"])', r"\1xx ", english, flags=re.M)
    )
    texts = (package / "web" / "js" / "i18n" / "en.js").read_text()
    texts = texts.replace("language: 'EN'", "language: 'XX'").replace("tag: 'en'", "tag: 'xx'")
    texts = texts.replace("welcome_title: '", "welcome_title: 'xx ")
    (package / "web" / "js" / "i18n" / "xx.js").write_text(texts)
    return folder


@pytest.fixture(scope="module")
def server(cluster: Cluster, furnished: str, folder: Path) -> Iterator[Server]:
    yield from serving(cluster, furnished, folder, WANGGE_LOG_LEVEL="warning")


def command(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from wangge.api.cli import main; main()", *arguments]
    environment = {key: value for key, value in os.environ.items() if key not in ("LC_ALL", "LC_MESSAGES")}
    return subprocess.run(program, cwd=folder, env=environment | variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("variables", [{"WANGGE_LANG": "xx"}, {"LANG": "xx_XX.UTF-8"}])
def test_the_terminal_speaks_it(folder: Path, variables: dict[str, str]) -> None:
    refused = command(folder, "grid", "check", str(folder / "nowhere"), **variables)
    assert refused.returncode == 1
    assert refused.stderr.startswith("xx File not found: xx ")


def test_without_it_the_same_is_said_in_the_others(folder: Path) -> None:
    assert command(folder, "grid", "check", str(folder / "nowhere"), WANGGE_LANG="zh").stderr.startswith("找不到")
    assert "'xx'" in command(folder, "grid", "check", "x", WANGGE_LANG="xy").stderr


def test_a_word_that_two_languages_share_means_one_column(folder: Path) -> None:
    program = "from wangge.duty.bodies import columns; print([word for words in columns().values() for word in words])"
    told = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    words = ast.literal_eval(told.stdout)
    assert {"xx English name", "英文名称"} <= set(words)
    assert len(set(words)) == len(words)


def test_a_name_may_be_given_in_it(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "boundaries" / "washington", tmp_path / "city")
    manifest = tmp_path / "city" / "manifest.toml"
    manifest.write_text(re.sub(r"^name = \{ ", 'name = { xx = "xx name", ', manifest.read_text(), flags=re.M))
    assert "xx name" in manifest.read_text()
    assert command(folder, "grid", "check", str(tmp_path / "city")).returncode == 0


def test_the_service_answers_in_it(server: Server) -> None:
    refused = httpx2.get(f"{server.url}/api/v1/territories/nowhere", headers={"Accept-Language": "xx, en;q=0.5"})
    assert refused.headers["Content-Language"] == "xx"
    assert refused.json()["title"] == "xx No such territory"


def test_the_map_offers_it(open_viewer: Callable[..., Viewer]) -> None:
    page = open_viewer().open().page
    page.get_by_role("button", name="XX", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "xx")
    expect(page.locator(".invite h2")).to_have_text("xx Which grid is this?")
    expect(page.locator("#territory-select")).to_contain_text("Xinhua")  # named in no xx: in the nearest
    page.get_by_role("button", name="中文", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_the_map_begins_in_it_for_its_readers(open_viewer: Callable[..., Viewer]) -> None:
    page = open_viewer(locale="xx-XX").open().page
    expect(page.locator(".invite h2")).to_have_text("xx Which grid is this?")
