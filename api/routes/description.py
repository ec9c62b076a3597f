"""The OpenAPI description of all routes, with its headings in the reader's language."""

import copy
import hashlib
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response

from wangge.api.plumbing.cache_control import REVALIDATE, holds
from wangge.api.plumbing.deps import Language
from wangge.data import messages

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def get_description(request: Request, language: Language) -> Response:
    """The description; tags say in the language what they are about, and operations what they do."""
    app: FastAPI = request.app
    root = request.scope.get("root_path", "")
    kept: dict[tuple[str, str], bytes] = app.state.descriptions
    if (language, root) not in kept:
        if len(kept) > 16:  # a proxy's prefixes are few
            kept.clear()
        kept[language, root] = orjson.dumps(_in_language(app.openapi(), language, root))
    body = kept[language, root]
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
