"""The OpenAPI description: with what each route may refuse, who may ask, and where an answer leads.

What a route refuses with is gathered from itself and its dependencies (`api.refusals`) and from what it takes: whatever
has parameters has bad ones. Nothing else is declared twice.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from wangge.access.person import NotSignedIn
from wangge.api.plumbing.bodies import BULK
from wangge.api.plumbing.cookies import COOKIE, CSRF_HEADER
from wangge.api.plumbing.observe import SAFE
from wangge.api.plumbing.problems import STATUS, CsrfMissing, DatabaseUnavailable
from wangge.api.plumbing.refusals import refusals_of
from wangge.api.schemas.common import Problem
from wangge.api.schemas.geojson import GeoJson, ReportCollection
from wangge.data import messages
from wangge.data.languages import NEAREST
from wangge.store.engine import DatabaseFull

__all__ = ["ABOUT", "TAGS", "describe", "operation_id"]

PROBLEM = "application/problem+json"
SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "An access token, or the key of a service"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Set by POST /api/v1/sessions"},
    "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER, "description": "`csrf` of the session"},
}
ABOUT: dict[str, Any] = {
    "summary": "A spatial grid service for cities",
    "description": (
        "Every report of a resident finds its base grid, and the people who answer for it. Coordinates are longitude "
        "and latitude in degrees, WGS-84 in answers; times are RFC 3339; errors are problem details (RFC 9457) in the "
        "reader's language. HEAD is answered wherever GET is. By the standards: OGC API at `/ogc`, Open311 at "
        "`/open311/discovery.json`."
    ),
    "contact": {"name": "The people who run this service"},
    "license_info": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
}
TAGS = (
    "reports",
    "cases",
    "locate",
    "territories",
    "tiles",
    "who answers",
    "joint meetings",
    "access",
    "policy",
    "indicators",
    "files",
    "operations",
)
HEADERS = {
    401: {"WWW-Authenticate": "The scheme to ask with"},
    429: {"Retry-After": "Seconds"},
    503: {"Retry-After": "Seconds"},
}
HERE = {"territory": "$request.path.territory"}
LIMITS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
"""What pydantic calls the limits of a number that is checked by a function of ours first, and what they are called."""
REF = "#/components/schemas/{model}"
NAMES = {
    "wangge__reports__case__lifecycle__Kind": "NeedKind",
    "wangge__outgoing__notices__kinds__Kind": "NoticeKind",
    "wangge__reports__figures__counting__By": "FigureBy",
    "wangge__patterns__counts__asked__By": "CountBy",
}
"""Forms whose classes share a name with another's: what readers of the description call each."""
LINKS: dict[str, dict[str, dict[str, str]]] = {
    "create_report": {"get_report": HERE | {"number": "$response.body#/number"}},
    "get_report": {
        "create_move": HERE | {"number": "$response.body#/number", "If-Match": "$response.header.ETag"},
        "get_report": HERE | {"number": "$response.body#/number"},
    },
    "create_move": {"get_report": HERE | {"number": "$response.body#/number"}},
    "list_reports": {"get_report": HERE | {"number": "$response.body#/reports/0/number"}},
    "get_queue": {"get_report": HERE | {"number": "$response.body#/reports/0/number"}},
    "get_desks": {"get_desk": HERE | {"desk": "$response.body#/desks/0/id"}},
    "get_desk": {
        "put_desk": HERE | {"desk": "$response.body#/id", "If-Match": "$response.header.ETag"},
    },
    "add_officer": {"get_officer": HERE | {"officer": "$response.body#/number"}},
    "get_officer": {
        "put_officer": HERE | {"officer": "$response.body#/number", "If-Match": "$response.header.ETag"},
        "remove_officer": HERE | {"officer": "$response.body#/number", "If-Match": "$response.header.ETag"},
    },
    "add_organisation": {"get_organisation": HERE | {"organisation": "$response.body#/code"}},
    "get_organisation": {
        "put_organisation": HERE | {"organisation": "$response.body#/code", "If-Match": "$response.header.ETag"},
        "close_organisation": HERE | {"organisation": "$response.body#/code", "If-Match": "$response.header.ETag"},
    },
    "add_meeting": {"get_meeting": HERE | {"meeting": "$response.body#/id"}},
    "get_meeting": {
        "put_meeting": HERE | {"meeting": "$response.body#/id", "If-Match": "$response.header.ETag"},
        "add_decision": HERE | {"meeting": "$response.body#/id"},
    },
    "get_rules": {"replace_rules": HERE | {"If-Match": "$response.header.ETag"}},
}
"""Where an answer leads: operation, the operation that can follow, and where its parameters come from."""


def operation_id(route: APIRoute) -> str:
    """The name of the route's function, which no other route has."""
    return route.name


def describe(app: FastAPI) -> None:
    """Complete the application's description, once it is asked for."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            found = [one for one in iter_route_contexts(app.routes) if isinstance(one.original_route, APIRoute)]
            routes = {str(one.name): one for one in found}
            components = document["components"]
            components["securitySchemes"] = SCHEMES
            components["responses"] = {}
            for unsent in ("HTTPValidationError", "ValidationError"):
                components["schemas"].pop(unsent, None)
            for model in (Problem, GeoJson, ReportCollection):
                schema = model.model_json_schema(ref_template=REF)
                components["schemas"] |= schema.pop("$defs", {}) | {model.__name__: schema}
            _rename(document)
            for schema in _schemas(document):
                for limit in LIMITS.keys() & schema.keys():
                    if not isinstance(schema[limit], dict):  # a field may be called so
                        schema[LIMITS[limit]] = schema.pop(limit)
                if "prefixItems" in schema:  # which not every reader of the description knows
                    schema.setdefault("items", schema["prefixItems"][0])
            for path in document["paths"].values():
                for method, operation in path.items():
                    operation["summary"] = messages.word("operations", operation["operationId"], NEAREST)
                    _complete(operation, method.upper(), routes[operation["operationId"]], components)
        assert app.openapi_schema is not None  # noqa: S101 - `plain` keeps it there
        return app.openapi_schema

    app.state.descriptions = {}  # as it is given out, by language and prefix
    app.openapi = described  # type: ignore[method-assign]


def _complete(operation: dict[str, Any], method: str, route: RouteContext, components: dict[str, Any]) -> None:
    """Say with what an operation refuses, who may ask it, and where its answer leads."""
    kinds = refusals_of(route.dependant)
    asks = CsrfMissing.kind in kinds  # who asks is found
    known = NotSignedIn.kind in refusals_of(route.dependant, by_content=False)
    operation["security"] = _security(method, known=known) if asks else []
    if DatabaseUnavailable.kind in kinds:
        kinds.add(DatabaseFull.kind)
    if method in SAFE:
        kinds.discard(CsrfMissing.kind)
    if "parameters" in operation:
        kinds.add("bad-field")
    if "requestBody" in operation:
        kinds |= {"bad-field", "bad-request", "too-large", "body-too-slow", "unsupported-encoding"}
        kinds |= {"too-many-bodies"} if str(route.path).endswith(BULK) else set()
    responses = operation["responses"]
    responses.pop("422", None)  # the framework's own form, which is never sent
    by_status: dict[int, list[str]] = {}
    for kind in sorted(kinds):
        by_status.setdefault(STATUS[kind], []).append(kind)
    for answer in responses.values():
        for media, content in answer.get("content", {}).items():
            content["schema"] = content.get("schema") or _form_of(media)
    for status, named in sorted(by_status.items()):
        name = "-".join([str(status), *named])
        components["responses"].setdefault(name, _problem(status, named))
        responses[str(status)] = {"$ref": f"#/components/responses/{name}"}
    for follower, parameters in LINKS.get(operation["operationId"], {}).items():
        answer = next(answer for status, answer in responses.items() if status.startswith("2"))
        answer.setdefault("links", {})[follower] = {"operationId": follower, "parameters": parameters}


def _rename(document: dict[str, Any]) -> None:
    """Give the forms of NAMES their names, where they stand and where they are meant."""
    forms = document["components"]["schemas"]
    for long, plain in NAMES.items():
        forms[plain] = forms.pop(long) | {"title": plain}
    for schema in _schemas(document):
        if (ref := schema.get("$ref")) and (name := NAMES.get(str(ref).rpartition("/")[2])):
            schema["$ref"] = REF.format(model=name)


def _form_of(media: str) -> dict[str, str]:
    """What is said of an answer whose form its media type tells."""
    if media == "application/geo+json":
        return {"$ref": REF.format(model=GeoJson.__name__)}
    if media == "application/json":
        return {"type": "object"}
    text = media.startswith("text/") or media.endswith("+xml")
    return {"type": "string"} | ({} if text else {"format": "binary"})


def _schemas(part: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document."""
    if isinstance(part, dict):
        yield part
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for one in inner:
        yield from _schemas(one)


def _problem(status: int, kinds: list[str]) -> dict[str, Any]:
    """A response that is a problem of one of these kinds."""
    titles = [f"`{kind}`: {messages.text(kind, {}, NEAREST)[0]}" for kind in kinds]
    types = {"type": "object", "properties": {"type": {"enum": [f"/problems/{kind}" for kind in kinds]}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, types]}
    told = {"Content-Language": "Language of the wording", **HEADERS.get(status, {})}
    headers = {name: {"description": what, "schema": {"type": "string"}} for name, what in told.items()}
    return {"description": "; ".join(titles), "headers": headers, "content": {PROBLEM: {"schema": schema}}}


def _security(method: str, *, known: bool) -> list[dict[str, list[str]]]:
    """Ways to say who asks; the last one is to say nothing, where anyone may ask."""
    ways: list[dict[str, list[str]]] = [
        {"token": []},
        {"session": []} if method in SAFE else {"session": [], "csrf": []},
    ]
    return ways if known else [*ways, {}]
