"""Answers of this room: the same document as JSON or as a page to browse, linked to each other."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

from fastapi import Depends, Query, Request, Response

from wangge.api.ogc.asking import bad
from wangge.api.plumbing.accepting import GEOJSON, JSON, best_form
from wangge.api.plumbing.addresses import base_of, with_query
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.cache_control import holds
from wangge.api.plumbing.query_names import BadQuery
from wangge.api.plumbing.refusals import refuses
from wangge.data.languages import Language

__all__ = ["HTML", "Form", "Link", "answer", "here_of", "in_both_forms", "page_answer", "tagged"]

HTML = "text/html"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
OFFERED = (JSON, GEOJSON, "application/schema+json", "application/vnd.oai.openapi+json", HTML)
PRIVATE = "private, no-cache"


class Link(NamedTuple):
    """A link of a document."""

    rel: str
    href: str
    type: str
    title: str = ""

    def as_answer(self) -> dict[str, str]:
        """As it stands in a document."""
        return {name: value for name, value in self._asdict().items() if value}


@refuses(BadQuery)
async def _form(
    request: Request, f: Annotated[str | None, Query(description="json or html; or ask by Accept")] = None
) -> str:
    if f is None:
        return HTML if best_form(request.headers.get("accept"), OFFERED) == HTML else JSON
    return {"json": JSON, "html": HTML}.get(f) or bad("f", "literal_error", expected="json, html")


Form = Annotated[str, Depends(_form)]
"""Whether JSON or a page is asked for, by `f` or by Accept."""


def here_of(request: Request, territory: str, *parts: str) -> str:
    """Address of a document of a territory."""
    return "/".join([f"{base_of(request)}/ogc/{territory}", *(quote(part, safe=":") for part in parts)])


def in_both_forms(request: Request, here: str, form: str, media: str = JSON) -> list[Link]:
    """The document itself and the other form of it."""
    forms = {JSON: ("json", media), HTML: ("html", HTML)}
    other = HTML if form == JSON else JSON
    return [
        Link("self", with_query(request, here), forms[form][1]),
        Link("alternate", with_query(request, here, f=forms[other][0]), forms[other][1]),
    ]


def answer(
    request: Request,
    document: Mapping[str, Any],
    language: Language,
    *,
    media: str = JSON,
    headers: Mapping[str, str] | None = None,
    links: Sequence[Link] = (),
    tag: str | None = None,
) -> Response:
    """A document as JSON, or 304 to who has it; `tag` is its validator where it is not made of what it says."""
    return tagged(request, as_json(document), media, language, {**(headers or {}), **_linked(links)}, tag)


def page_answer(request: Request, page: str, language: Language) -> Response:
    """A page, or 304 to who has it."""
    return tagged(request, page.encode(), f"{HTML}; charset=utf-8", language, {"Content-Security-Policy": POLICY})


def _linked(links: Sequence[Link]) -> dict[str, str]:
    told = [f'<{link.href}>; rel="{link.rel}"; type="{link.type}"' for link in links if "\n" not in link.href]
    return {"Link": ", ".join(told)} if told else {}


def tagged(
    request: Request, body: bytes, media: str, language: Language, headers: Mapping[str, str], tag: str | None = None
) -> Response:
    """An answer with its validator, or 304 to who has it."""
    tag = tag or f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    told = {"ETag": tag, "Cache-Control": PRIVATE, "Vary": "Accept, Accept-Language", "Content-Language": language}
    if holds(request, tag):
        return Response(status_code=304, headers=told)
    return Response(body, headers=told | dict(headers), media_type=media)
