"""The screens and the page of the API's documentation, served from `web/` with nothing from elsewhere."""

import gzip
import hashlib
import json
import mimetypes
import re
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import brotli
from fastapi import APIRouter, FastAPI, Request, Response

from wangge.api.plumbing.cache_control import IMMUTABLE, REVALIDATE, holds
from wangge.api.plumbing.content_encoding import LEAST_BYTES, best_coding
from wangge.api.plumbing.deps import Language
from wangge.data import HOME, messages
from wangge.data.languages import LANGUAGES
from wangge.data.messages import in_all
from wangge.store.settings import Settings

__all__ = ["mount_viewer"]

WEB = (HOME / "web").resolve()
TEXT_TYPES = {".html", ".css", ".js", ".mjs", ".svg", ".json", ".txt", ".md", ".webmanifest"}
# Once for each file, so with more effort than an answer gets; the smaller first.
PACKERS = {"br": partial(brotli.compress, quality=9), "gzip": partial(gzip.compress, compresslevel=9, mtime=0)}
MEDIA_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".webmanifest": "application/manifest+json"}

_FILLED_IN = re.compile(rb"<!-- (languages|modules|noscript) -->")
_ENTRY = re.compile(r'<script type="module" src="web/([^"]+)"')
_IMPORT = re.compile(r"""^(?:import|export)\b[^;'"]*?['"](\.[^'"]+)['"]""", re.MULTILINE)
_LINKED = re.compile(r'(?:href|src)="(web/[^"]+)"')

WORKER = "shell.js"
WORK, RESIDENT = "work", "r"
KEPT = {WORK: WORKER, RESIDENT: f"r.{WORKER}"}
"""The pages that a phone keeps and installs, each with the address of the service worker that keeps it."""
BESIDE = ("web/chevron.svg",)
"""What style sheets name."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of `web/`, ready to be sent plain or, where it has `codings`, compressed."""

    body: bytes
    codings: tuple[str, ...]
    etag: str
    media_type: str
    cache_control: str
    _packed: dict[str, bytes] = field(default_factory=dict)

    def packed(self, coding: str) -> bytes:
        """The file in a coding, compressed at the first asking."""
        if coding not in self._packed:
            self._packed[coding] = PACKERS[coding](self.body)
        return self._packed[coding]


def _modules(page: str) -> list[str]:
    """The modules that a page's script imports, and those import, without those that are asked for only when wanted."""
    found: list[Path] = []
    waiting = [WEB / entry for entry in _ENTRY.findall(page)]
    while waiting:
        module = waiting.pop(0).resolve()
        if module not in found and WEB in module.parents and module.is_file():
            found.append(module)
            waiting += [module.parent / imported for imported in _IMPORT.findall(module.read_text(encoding="utf-8"))]
    return sorted(module.relative_to(WEB).as_posix() for module in found[1:])


def _filled_in(place: str, page: str) -> str:
    """What stands at a place of a page: its modules, so that they come at once, the languages, why it stays empty."""
    if place == "noscript":
        return " ".join(in_all("viewer", "noscript").values())
    if place == "modules":
        return "\n".join(f'<link rel="modulepreload" href="web/{module}">' for module in _modules(page))
    texts = [f'<link rel="modulepreload" href="web/js/i18n/{language}.js">' for language in LANGUAGES]
    return "\n".join([f'<meta name="languages" content="{" ".join(LANGUAGES)}">', *texts])


@lru_cache(maxsize=256)
def _load(path: Path, _modified_ns: int, _size: int) -> Asset:
    """Read a file once; a changed file has another time or size and is read again."""
    body = path.read_bytes()
    if path.suffix == ".html":
        page = body.decode()
        body = _FILLED_IN.sub(lambda found: _filled_in(found[1].decode(), page).encode(), body)
    media_type = MEDIA_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix in TEXT_TYPES:
        media_type += "; charset=utf-8"
    return Asset(
        body=body,
        codings=tuple(PACKERS) if path.suffix in TEXT_TYPES and len(body) >= LEAST_BYTES else (),
        etag=hashlib.sha256(body).hexdigest()[:20],
        media_type=media_type,
        cache_control=IMMUTABLE if WEB / "vendor" in path.parents else REVALIDATE,
    )


def _asset(name: str) -> Asset | None:
    """The file of `web/` with that name, or None when there is none or it lies outside the folder."""
    if "\0" in name:
        return None
    path = (WEB / name).resolve()
    if WEB not in path.parents or not path.is_file():
        return None
    stat = path.stat()
    return _load(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _worker(shell: str) -> Asset:
    """The service worker with the files of this release written into it: another release is another worker."""
    body = f"const SHELL = {shell};\n".encode() + (WEB / "js/phone" / WORKER).read_bytes()
    etag = hashlib.sha256(body).hexdigest()[:20]
    return Asset(body, tuple(PACKERS), etag, "text/javascript; charset=utf-8", REVALIDATE)


def _shell(page: str, policy: str) -> str:
    """What a page that is kept consists of, as JSON: each file with its digest, and a version made of all of them.

    Its policy is kept with it, so that another policy is another version.

    Modules that come only when they are looked at are no part of it: the map of a case draws tiles, for which it
    needs the network anyway.
    """
    html = _asset(f"{page}.html")
    assert html is not None  # noqa: S101 - it comes with the program
    names = sorted({*_LINKED.findall(html.body.decode()), *BESIDE})
    files = {page: html.etag}
    files |= {name: asset.etag for name in names if (asset := _asset(name.removeprefix("web/")))}
    told = json.dumps([files, policy], sort_keys=True)
    shell = {"page": page, "version": hashlib.sha256(told.encode()).hexdigest()[:20], "files": files}
    return json.dumps(shell, sort_keys=True)


def _manifest(page: str, language: messages.Language) -> dict[str, Any]:
    """What a phone installs a page by; every address is relative to it."""
    icons = [
        {"src": f"web/icons/{name}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for name, size, purpose in (
            ("icon-192", 192, "any"),
            ("icon-512", 512, "any"),
            ("maskable-512", 512, "maskable"),
        )
    ]
    return {
        "id": page,
        "name": messages.word("viewer", f"{page}_app_name", language),
        "short_name": messages.word("viewer", f"{page}_app_short_name", language),
        "description": messages.word("viewer", f"{page}_app_description", language),
        "lang": language,
        "start_url": page,
        "scope": page,
        "display": "standalone",
        "theme_color": "#0b6b5c",
        "background_color": "#f7f6f2",
        "icons": icons,
    }


def _respond(request: Request, asset: Asset | None, policy: str, referrer: str = "same-origin") -> Response:
    """Answer a file, or 304 when the browser holds the same bytes already."""
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": referrer,
    }
    if asset is None:
        return Response("not found\n", 404, headers, "text/plain; charset=utf-8")
    coding = best_coding(request.headers.get("accept-encoding"), asset.codings)
    etag = f'"{asset.etag}"'
    headers |= {"ETag": etag, "Cache-Control": asset.cache_control, "Vary": "Accept-Encoding"}
    if holds(request, etag):
        return Response(status_code=304, headers=headers)
    if coding:
        return Response(asset.packed(coding), 200, headers | {"Content-Encoding": coding}, asset.media_type)
    return Response(asset.body, 200, headers, asset.media_type)


def _origin(url: str | None) -> str:
    """Scheme and host of a base map or an archive, as a policy names it; empty when it is our own or there is none."""
    parts = urlsplit((url or "").removeprefix("pmtiles://"))
    return f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}" if parts.netloc else ""


def _policy(connect: str = "", *, inline_styles: bool = False) -> str:
    """The Content-Security-Policy of a page: all from this host, data from the base map and the archive too."""
    rules = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'" if inline_styles else "'self'",
        "img-src": f"'self' data: blob: {connect}".rstrip(),
        "connect-src": f"'self' {connect}".rstrip(),
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{rule} {value}" for rule, value in rules.items())


def _mount_kept(router: APIRouter, page: str, worker: str, policy: str) -> None:
    """Serve what a phone keeps and installs a page by."""

    @router.get(f"/{worker}")
    def shell(request: Request) -> Response:
        return _respond(request, _worker(_shell(page, policy)), policy)

    @router.get(f"/{page}.webmanifest")
    def manifest(language: Language) -> Response:
        told = json.dumps(_manifest(page, language))
        headers = {"Vary": "Accept-Language", "Cache-Control": REVALIDATE}
        return Response(told, headers=headers, media_type=MEDIA_TYPES[".webmanifest"])


def mount_viewer(app: FastAPI, settings: Settings) -> None:
    """Serve the map at `/`, `/r` of residents, staff's `/work`, `/centre`, `/places` and `/admin`, and `/docs`."""
    router = APIRouter(include_in_schema=False)
    others = (settings.basemap_url, settings.cells_archive)
    viewer_policy = _policy(" ".join(dict.fromkeys(filter(None, map(_origin, others)))))
    docs_policy = _policy(inline_styles=True)

    # Plain functions: the first request for a file reads and compresses it, which belongs in a worker thread.
    @router.get("/")
    def viewer(request: Request) -> Response:
        return _respond(request, _asset("index.html"), viewer_policy)

    @router.get(f"/{WORK}")
    def work(request: Request) -> Response:
        return _respond(request, _asset(f"{WORK}.html"), viewer_policy)

    for page, worker in KEPT.items():
        _mount_kept(router, page, worker, viewer_policy)

    @router.get("/centre")
    def centre(request: Request) -> Response:
        return _respond(request, _asset("centre.html"), viewer_policy)

    @router.get("/places")
    def places(request: Request) -> Response:
        return _respond(request, _asset("places.html"), viewer_policy)

    # What is followed there stands in the fragment, which no server is told and a redirect keeps.
    @router.get(f"/{RESIDENT}")
    def resident(request: Request) -> Response:
        return _respond(request, _asset(f"{RESIDENT}.html"), viewer_policy, "no-referrer")

    @router.get(f"/{RESIDENT}/")
    def resident_folder() -> Response:
        return Response(status_code=308, headers={"Location": f"../{RESIDENT}", "Referrer-Policy": "no-referrer"})

    @router.get("/admin")
    def admin(request: Request) -> Response:
        return _respond(request, _asset("admin.html"), viewer_policy)

    @router.get("/docs")
    def docs(request: Request) -> Response:
        return _respond(request, _asset("docs.html"), docs_policy)

    @router.get("/web/{name:path}")
    def file(request: Request, name: str) -> Response:
        return _respond(request, _asset(name), viewer_policy)

    app.include_router(router)
