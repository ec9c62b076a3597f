"""The files of the viewer: complete, small, cached rightly, and nothing outside their folder."""

import gzip
import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from tests.web.page import Viewer, changed_in
from wangge.access.roles import Right, Role
from wangge.api.plumbing.content_encoding import ContentEncoding
from wangge.api.routes import viewer
from wangge.api.routes.viewer import mount_viewer
from wangge.store.settings import Settings

WEB = Path(__file__).parents[2] / "web"
VENDORED = "/web/vendor/maplibre-gl/6.17.0/maplibre-gl.mjs"


@pytest.fixture(scope="module")
def files() -> TestClient:
    """The viewer's files alone, with no database behind them."""
    app = FastAPI()
    mount_viewer(app, Settings(basemap_url="https://tiles.example.org/{z}/{x}/{y}.png"))
    app.add_middleware(ContentEncoding)
    return TestClient(app)


def test_vendored_files_may_be_kept_for_ever_and_ours_are_asked_again(files: TestClient) -> None:
    assert "immutable" in files.get(VENDORED).headers["cache-control"]
    for ours in ("/", "/web/js/main.js", "/web/css/base.css"):
        first = files.get(ours)
        assert first.status_code == 200
        assert first.headers["cache-control"] == "no-cache"
        again = files.get(ours, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_compressed_only_for_those_who_ask(files: TestClient, coding: str) -> None:
    packed = files.get(VENDORED, headers={"Accept-Encoding": coding})
    plain = files.get(VENDORED, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == coding
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == (WEB / VENDORED.removeprefix("/web/")).read_bytes()
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["identity", "*", "gzip, br, zstd", ""])
def test_a_small_file_is_sent_as_it_is(files: TestClient, accepted: str) -> None:
    small = files.get("/web/js/maplibre.js", headers={"Accept-Encoding": accepted})
    assert (small.status_code, small.content) == (200, (WEB / "js/maplibre.js").read_bytes())
    assert "content-encoding" not in small.headers


LATER = {
    f"js/{name}.js"
    for name in (
        "admin/campaignmap",
        "work/casemap",
        "plainproof",
        "resident/known",
        "resident/knownmap",
        "resident/subscribe",
        "resident/askformail",
    )
}
"""What comes when it is looked at, or wanted."""

OUTSIDE_OR_NOT_THERE = [
    "/web/../pyproject.toml",
    "/web/%2e%2e/pyproject.toml",
    "/web/js/..%2f..%2fpyproject.toml",
    "/web//etc/passwd",
    "/web/js",
    "/web/",
    "/web/none.js",
    "/web/%00",
]


@pytest.mark.parametrize("path", OUTSIDE_OR_NOT_THERE)
def test_nothing_outside_the_folder(files: TestClient, path: str) -> None:
    assert files.get(path).status_code == 404


def test_the_policy_names_the_base_map_s_host_and_no_other(files: TestClient) -> None:
    policy = dict(rule.split(" ", 1) for rule in files.get("/").headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' https://tiles.example.org"
    without = FastAPI()
    mount_viewer(without, Settings())
    assert "connect-src 'self';" in TestClient(without).get("/").headers["content-security-policy"]


def test_every_module_is_announced_in_its_page(files: TestClient) -> None:
    """A page names all modules, so that the browser fetches them at once instead of one after the other."""
    ours = {str(file.relative_to(WEB)) for file in WEB.glob("js/**/*.js")}
    pages = {
        page: set(re.findall(r'(?:href|src)="web/([^"]+\.m?js)"', files.get(page).text))
        for page in ("/", "/work", "/centre", "/places", "/admin", "/r")
    }
    assert set().union(*pages.values()) >= ours - {"js/docs.js", "js/phone/shell.js"} - LATER
    assert {name for name in pages["/"] if name.startswith("js/work/")} == {"js/work/route.js"}
    # the map of a case, or of a place, comes when it is looked at
    assert VENDORED.removeprefix("/web/") in pages["/"] - pages["/work"] - pages["/r"]


def test_the_viewer_goes_by_rights_and_by_no_role() -> None:
    text = {
        folder: "".join(file.read_text() for file in (WEB / folder).glob("*.js"))
        for folder in ("js", "js/work", "js/centre", "js/places", "js/resident", "js/admin")
    }
    # In administration officers, organisations and the desk of the centre are what is administered, too.
    text["js/admin"] = re.sub(r"(['\"])(officer|organisation|centre)\1", "", text["js/admin"])
    modules = "".join(text.values())
    assert set(re.findall(r"\bmay\((?:territory\.code, )?'([\w-]+)'", modules)) <= set(Right)
    assert "may('read'" in modules
    assert re.findall(rf"""['"`]({"|".join(Role)})['"`]""", re.sub(r"\bt\('\w+'", "", modules)) == []


def test_all_that_the_page_loads_is_under_a_megabyte_and_a_half() -> None:
    first = [
        *WEB.glob("*.html"),
        *WEB.glob("js/**/*.js"),
        *WEB.glob("css/*.css"),
        *WEB.glob("vendor/maplibre-gl/*/*.*"),
    ]
    assert sum(len(gzip.compress(file.read_bytes(), 9)) for file in first) < 1_000_000


@pytest.mark.parametrize("sheet", ["base", "shared", "resident"])
def test_the_residents_page_can_be_turned_round_for_languages_that_are_written_from_the_right(sheet: str) -> None:
    rules = re.sub(r"/\*.*?\*/", "", (WEB / f"css/{sheet}.css").read_text(), flags=re.DOTALL)
    one_sided = r"(?:margin|padding|border)-(?:left|right)\b|text-align: (?:left|right)|(?<![-\w])(?:left|right): "
    assert re.findall(one_sided, rules) == []


def test_vendored_bundles_carry_their_licences() -> None:
    for bundle in WEB.glob("vendor/*/*"):
        assert any(bundle.glob("LICENSE*")), bundle
        assert bundle.name in (WEB / "vendor" / "README.md").read_text()


def test_the_documentation_page_opens_without_another_host(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer()
    viewer.page.goto(f"{viewer.url}/docs#/locate/locate")
    viewer.page.get_by_text("/api/v1/territories/{territory}/locate").first.wait_for()
    assert viewer.asked("/openapi.json")
    assert httpx2.get(f"{viewer.url}/openapi.json").json()["info"]["title"] == "Wangge"


@pytest.mark.parametrize(
    ("page", "at", "script", "parts"),
    [
        ("work", "/shell.js", "web/js/work/app.js", {"web/css/work.css"}),
        ("r", "/r.shell.js", "web/js/resident/app.js", {"web/css/resident.css"}),
    ],
)
def test_a_service_worker_names_every_file_of_its_page_by_its_digest(
    files: TestClient, page: str, at: str, script: str, parts: set[str]
) -> None:
    worker = files.get(at)
    shell = json.loads(worker.text.splitlines()[0].removeprefix("const SHELL = ").removesuffix(";"))
    assert shell["page"] == page
    for name, digest in shell["files"].items():
        assert hashlib.sha256(files.get(f"/{name}").content).hexdigest().startswith(digest), name
    html = files.get(f"/{page}").text
    assert set(re.findall(r'(?:src|href)="(web/[^"]+)"', html)) <= set(shell["files"])
    assert {page, script, "web/js/i18n/zh.js"} | parts <= set(shell["files"])
    assert not any("maplibre-gl" in name for name in shell["files"])
    assert worker.headers["cache-control"] == "no-cache"


def test_another_release_is_another_worker(files: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files.get("/shell.js")
    other = files.get("/web/css/print.css").content + b"/* newer */"
    monkeypatch.setattr(viewer, "_asset", changed_in("css/print.css", other))
    after = files.get("/shell.js")
    assert before.headers["etag"] != after.headers["etag"]
    assert before.text.splitlines()[1:] == after.text.splitlines()[1:]  # only the files differ
    elsewhere = FastAPI()
    mount_viewer(elsewhere, Settings())  # pages are kept with their policy, which names no base map there
    assert TestClient(elsewhere).get("/shell.js").headers["etag"] != after.headers["etag"]


@pytest.mark.parametrize(
    ("page", "language", "name"),
    [("work", "zh-CN", "网格 工作台"), ("work", "en", "Wangge work"), ("r", "zh", "网格 随手拍")],
)
def test_a_phone_installs_a_page_by_its_manifest(files: TestClient, page: str, language: str, name: str) -> None:
    answer = files.get(f"/{page}.webmanifest", headers={"Accept-Language": language})
    told = answer.json()
    assert answer.headers["content-type"].startswith("application/manifest+json")
    assert (told["name"], told["scope"], told["display"]) == (name, page, "standalone")
    assert {"any", "maskable"} == {icon["purpose"] for icon in told["icons"]}
    for icon in told["icons"]:
        with Image.open(io.BytesIO(files.get(f"/{icon['src']}").content)) as image:
            assert f"{image.width}x{image.height}" == icon["sizes"]
