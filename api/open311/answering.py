"""Answers in the two forms of GeoReport, XML and JSON; refusals in its own form instead of as problems."""

import re
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.problems import RETRY_AFTER_S, STATUS, field_error, render
from wangge.data.languages import negotiate
from wangge.geo.errors import WanggeError

__all__ = ["Form", "GeoReportRoute", "answer", "written"]

Entries = Iterable[Mapping[str, Any]]

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""


class Form(StrEnum):
    """What an address ends in."""

    XML = "xml"
    JSON = "json"


MEDIA = {Form.XML: "text/xml; charset=utf-8", Form.JSON: "application/json; charset=utf-8"}


def answer(
    form: Form,
    root: str,
    item: str,
    entries: Entries,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Entries as a JSON array, or as XML elements called `item` in one called `root`."""
    told = [dict(entry) for entry in entries]
    body = as_json(told) if form is Form.JSON else _as_xml(root, item, told)
    return Response(body, status, {"Cache-Control": "no-store"} | dict(headers or {}), media_type=MEDIA[form])


def document(form: Form, root: str, entry: Mapping[str, Any]) -> Response:
    """One entry by itself: a JSON object, or an XML element."""
    if form is Form.JSON:
        return Response(as_json(entry), media_type=MEDIA[form])
    return Response(_as_text(_element(root, entry)), media_type=MEDIA[form])


def written(time: datetime | None) -> str | None:
    """A time as the W3C writes it, in UTC and to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else None


def _as_xml(root: str, item: str, entries: Entries) -> bytes:
    top = ElementTree.Element(root)
    top.extend(_element(item, entry) for entry in entries)
    return _as_text(top)


def _as_text(element: ElementTree.Element) -> bytes:
    text: bytes = ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)
    return text


def _element(name: str, value: Any) -> ElementTree.Element:
    """A value as an element: members of a mapping as elements, entries of a list each as one called `entry`'s name."""
    element = ElementTree.Element(name)
    if isinstance(value, Mapping):
        element.extend(_element(member, inner) for member, inner in value.items())
    elif isinstance(value, list | tuple):
        element.extend(_element(SINGULAR.get(name, "value"), inner) for inner in value)
    elif isinstance(value, bool):
        element.text = str(value).lower()
    elif value is not None:
        element.text = _UNFIT.sub("\ufffd", str(value))
    return element


SINGULAR = {"attributes": "attribute", "values": "value", "endpoints": "endpoint", "formats": "format"}
"""What the entries of a list are called in XML, by what the list is called."""


class GeoReportRoute(APIRoute):
    """A route whose refusals are answered in the form of GeoReport: code and description, in XML or JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The function of the route, with what it raises as an answer."""
        handler = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handler(request)
            except WanggeError as error:
                return _refused(request, error.kind, error.facts)
            except RequestValidationError as error:
                language = negotiate(request.headers.get("accept-language"))
                faults = [field_error(entry, language) for entry in error.errors()]
                return _refused(request, "bad-field", {"errors": faults})
            except HTTPException as error:
                return _refused(request, "bad-request", {"reason": error.detail})

        return handled


def _refused(request: Request, kind: str, facts: Mapping[str, Any]) -> Response:
    language = negotiate(request.headers.get("accept-language"))
    told = render(kind, facts, language, request.url.path)
    # A field that is missing or wrong is 400 here, and whoever is not known or may not is 403.
    status = {422: 400, 401: 403}.get(told["status"], told["status"])
    faults = [f"{fault['field']}: {fault['message']}" for fault in told.get("errors", ())]
    entries = [{"code": status, "description": said} for said in faults or [told["detail"] or told["title"]]]
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if STATUS.get(kind) in {429, 503, 507}:
        headers["Retry-After"] = str(facts.get("retry_after_s", RETRY_AFTER_S))
    return answer(form_of(request), "errors", "error", entries, status=status, headers=headers)


def form_of(request: Request) -> Form:
    """The form that an address ends in; XML where it ends in none, as the standard wants."""
    return Form.JSON if request.url.path.endswith(".json") else Form.XML
