"""A page of cells: its validator, its cursor, and the FeatureCollection that it is."""

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import orjson
from fastapi import Response

from wangge.api.plumbing.problems import BadField, UnknownLevel
from wangge.geo.grid import Grid

__all__ = ["CELLS", "GEOJSON", "MOST_CELLS", "as_page", "code_of", "cursor_of", "depth_of", "page_etag"]

GEOJSON = "application/geo+json"
MOST_CELLS = 10_000
"""In one answer: as many as a large city has of a level, and as many as are held in memory for one who asks."""

_TAG = {"headers": {"ETag": {"description": "Its validator", "schema": {"type": "string"}}}}
CELLS: dict[int | str, dict[str, Any]] = {
    200: {"content": {GEOJSON: {}}} | _TAG,
    304: {"description": "The reader has it (If-None-Match)"} | _TAG,
}


def depth_of(grid: Grid, key: str) -> int:
    """How deep a level lies, 0 at the top; raises UnknownLevel."""
    keys = [level.key for level in grid.levels]
    if key not in keys:
        raise UnknownLevel(level=key, known=keys)
    return keys.index(key)


def page_etag(grid: Grid, *asked: object) -> str:
    """The validator of what is asked of an edition: neither it nor how this version of the program tells it changes."""
    told = repr((version("wangge"), grid.edition_id, grid.hash, grid.edition, *asked))
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'


def cursor_of(code: str) -> str:
    """The opaque cursor of the place after a cell."""
    return urlsafe_b64encode(code.encode()).decode().rstrip("=")


def code_of(cursor: str) -> str:
    """The code of the cell that a cursor stands behind. Raises BadField."""
    try:
        code = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (ValueError, binascii.Error):
        raise BadField(field="cursor", reason="cursor") from None
    if not code or "\0" in code or cursor_of(code) != cursor.rstrip("="):
        raise BadField(field="cursor", reason="cursor")
    return code


def as_page(features: Sequence[bytes], links: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> Response:
    """A FeatureCollection with the links of its page, which stand in the header `Link` as well."""
    told = [{"rel": rel, "href": href, "type": GEOJSON} for rel, href in links]
    more = orjson.dumps({"links": told, "numberReturned": len(features)})[1:]
    body = b'{"type":"FeatureCollection","features":[' + b",".join(features) + b"]," + more
    linked = ", ".join(f'<{href}>; rel="{rel}"' for rel, href in links)
    return Response(body, media_type=GEOJSON, headers=dict(headers) | {"Link": linked})
