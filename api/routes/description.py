"""The descriptions for programs: OpenAPI of all routes, AsyncAPI of events, with headings in the reader's language."""

import copy
import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response

from wangge.api.plumbing.cache_control import REVALIDATE, holds
from wangge.api.plumbing.deps import Language
from wangge.api.plumbing.event_description import describe_events
from wangge.data import messages

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def get_description(request: Request, language: Language) -> Response:
    """The description; tags say in the language what they are about, and operations what they do."""
    app: FastAPI = request.app
    return _kept(request, "openapi", language, lambda root: _in_language(app.openapi(), language, root))


@router.get("/asyncapi.json")
async def get_event_description(request: Request, language: Language) -> Response:
    """What goes out by itself: on streams, and to webhooks."""
    version = request.app.version
    return _kept(request, "asyncapi", language, lambda root: describe_events(version, language, root))


def _kept(request: Request, name: str, language: str, describe: Callable[[str], dict[str, Any]]) -> Response:
    """A description as it is kept for the language and a proxy's prefix."""
    root = request.scope.get("root_path", "")
    kept: dict[tuple[str, str, str], bytes] = request.app.state.descriptions
    if (name, language, root) not in kept:
        if len(kept) > 16:  # a proxy's prefixes are few
            kept.clear()
        kept[name, language, root] = orjson.dumps(describe(root))
    body = kept[name, language, root]
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": etag, "Cache-Control": REVALIDATE, "Content-Language": language, "Vary": "Accept-Language"}
    if holds(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _in_language(document: dict[str, Any], language: messages.Language, root: str) -> dict[str, Any]:
    told = copy.deepcopy(document)
    told["servers"] = [{"url": root or "/"}]
    for tag in told["tags"]:
        tag["description"] = messages.word("tags", tag["name"], language)
    for path in told["paths"].values():
        for operation in path.values():
            operation["summary"] = messages.word("operations", operation["operationId"], language)
    return told
