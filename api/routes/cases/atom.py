"""What is new of public cases, for readers of feeds: whoever wants to know what happens in an area subscribes to it."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from fastapi import APIRouter, Query, Request, Response

from wangge.api.plumbing.addresses import base_of
from wangge.api.plumbing.deps import BBox, CurrentGrid, Language, Moderate, Reading
from wangge.api.routes.cases.area import AskedArea
from wangge.api.schemas.common import Short
from wangge.data import messages
from wangge.data.languages import spoken
from wangge.geo.grid import Grid
from wangge.reports.categories.categories import categories_of
from wangge.reports.listing.public import public_requests
from wangge.reports.listing.reading import last_events_of
from wangge.reports.number import format_number

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["reports"])

ATOM = "application/atom+xml"
NAMESPACE = "http://www.w3.org/2005/Atom"
PLACES = "http://www.georss.org/georss"
MOST = 200
SINCE = "2026"
"""Of the tag URIs by which entries are named (RFC 4151): a year in which the authority had its name."""


@router.get(
    "/public-cases.atom", response_class=Response, responses={200: {"content": {ATOM: {}}}}, dependencies=[Moderate]
)
async def get_public_feed(
    request: Request,
    connection: Reading,
    grid: CurrentGrid,
    language: Language,
    bbox: BBox,
    area: AskedArea,
    category: Annotated[Short | None, Query(description="Only cases of this category")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Most cases in the answer")] = 50,
) -> Response:
    """The newest public cases as an Atom feed (RFC 4287), of the categories whose places are told exactly.

    Each has its category, how it stands, since when and where; no words. With `bbox`, `cell` or `circle` it is a
    subscription to an area.
    """
    found = await public_requests(
        connection, grid.territory, limit, categories=[category] if category else None, bbox=bbox, area=area
    )
    moved = await last_events_of(connection, found)
    names = {one.code: one.name for one in (await categories_of(connection, grid.territory)).entries}
    document = _feed(base_of(request), str(request.url), grid, found, moved, names, language)
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language", "Content-Language": language}
    return Response(document, media_type=f"{ATOM}; charset=utf-8", headers=headers)


def _feed(
    base: str,
    here: str,
    grid: Grid,
    found: Sequence[Any],
    moved: dict[int, datetime],
    names: dict[str, dict[str, str]],
    language: messages.Language,
) -> bytes:
    host = re.sub(r"^https?://|[:/].*$", "", base)
    territory = grid.territory
    top = ElementTree.Element("feed", {"xmlns": NAMESPACE, "xmlns:georss": PLACES, "xml:lang": language})

    def put(element: ElementTree.Element, name: str, text: str = "", **attributes: str) -> None:
        ElementTree.SubElement(element, name, attributes).text = text or None

    put(top, "id", "?".join(filter(None, (f"tag:{host},{SINCE}:{territory}/public-cases", urlsplit(here).query))))
    put(top, "title", f"{messages.word('atom', 'title', language)} · {territory}")
    put(top, "updated", max(moved.values(), default=_never()).isoformat())
    put(top, "link", rel="self", type=ATOM, href=here)
    page = f"{base}/r#/{territory}/public"
    put(top, "link", rel="alternate", type="text/html", href=page)
    author = ElementTree.SubElement(top, "author")
    put(author, "name", territory)
    for row in found:
        number = format_number(row.received_at, row.id)
        entry = ElementTree.SubElement(top, "entry")
        state = messages.word("states", row.state, language)
        put(entry, "id", f"tag:{host},{SINCE}:{territory}/{number}")
        put(entry, "title", f"{spoken(names.get(row.category, {}), language, row.category)}: {state}")
        put(entry, "published", row.received_at.isoformat())
        put(entry, "updated", moved.get(row.id, row.received_at).isoformat())
        put(entry, "category", term=row.category, label=spoken(names.get(row.category, {}), language, row.category))
        put(entry, "link", rel="alternate", type="text/html", href=f"{page}?lon={row.lon:.6f}&lat={row.lat:.6f}")
        put(entry, "summary", f"{number} · {state}")
        put(entry, "georss:point", f"{row.lat:.6f} {row.lon:.6f}")
    text: bytes = ElementTree.tostring(top, encoding="utf-8", xml_declaration=True)
    return text


def _never() -> datetime:
    return datetime.fromisoformat("1970-01-01T00:00:00+00:00")
