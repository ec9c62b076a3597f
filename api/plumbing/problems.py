"""Errors as RFC 9457 problem details, in the reader's language: the one table from kinds to HTTP statuses."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
import psycopg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from wangge.api.plumbing.cookies import COOKIE, clear_cookie
from wangge.api.plumbing.methods import methods_of
from wangge.api.schemas.forms import FORMS
from wangge.data import messages
from wangge.data.languages import negotiate
from wangge.geo.errors import WanggeError
from wangge.store.engine import DatabaseFull, is_full

__all__ = [
    "STATUS",
    "BadField",
    "BadRequest",
    "CsrfMissing",
    "DatabaseUnavailable",
    "NotReady",
    "UnknownLevel",
    "UnsupportedMediaType",
    "install",
    "problem",
    "render",
]

log = structlog.get_logger(__name__)

LATITUDE = re.compile(r"points\.\d+\.1")
"""Where a latitude stands in a list of points."""
RETRY_AFTER_S = 2
RETRY_AFTER_FULL_S = 60
OPERATOR_INTERVENTION = "57P"
"""What the SQLSTATE begins with when the server ended a connection: it is shut down, crashed or starts."""

STATUS: Mapping[str, int] = {
    "bad-request": 400,
    "bad-query": 400,
    "bad-field": 422,
    "not-found": 404,
    "unknown-finding": 404,
    "method-not-allowed": 405,
    "not-acceptable": 406,
    "body-too-slow": 408,
    "too-large": 413,
    "unsupported-media-type": 415,
    "unsupported-encoding": 415,
    "internal": 500,
    "too-many-bodies": 503,
    "database-unavailable": 503,
    "database-full": 507,
    "not-from-here": 403,
    "not-ready": 503,
    "outside-grid": 422,
    "unknown-territory": 404,
    "unknown-overlay": 404,
    "unknown-draft": 404,
    "unknown-draft-cell": 404,
    "draft-taken": 409,
    "too-many-drafts": 409,
    "code-taken": 409,
    "too-many-cells": 409,
    "unknown-parent": 422,
    "drafts-full": 503,
    "unknown-attribute": 404,
    "unknown-campaign": 404,
    "unknown-campaign-place": 404,
    "campaign-over": 409,
    "outside-campaign": 422,
    "unknown-asset-kind": 404,
    "unknown-asset": 404,
    "no-assets": 422,
    "wrong-asset": 422,
    "far-asset": 422,
    "unknown-edition": 404,
    "unknown-cell": 404,
    "unknown-level": 404,
    "unknown-report": 404,
    "unknown-collection": 404,
    "unknown-feature": 404,
    "unknown-matrices": 404,
    "unknown-template": 404,
    "unknown-list": 404,
    "too-many-lists": 409,
    "unknown-audit": 404,
    "nothing-closed": 409,
    "already-judged": 409,
    "unknown-link": 404,
    "area-mail-closed": 404,
    "wechat-closed": 404,
    "bad-wechat-code": 422,
    "wechat-unavailable": 502,
    "unknown-webhook": 404,
    "webhook-taken": 409,
    "too-many-webhooks": 409,
    "bad-peer": 422,
    "unknown-peer": 404,
    "peer-unavailable": 502,
    "peer-busy": 409,
    "too-many-peers": 409,
    "bears-our-mark": 422,
    "no-position": 422,
    "refused-there": 422,
    "feed-gone": 410,
    "unknown-notice": 404,
    "no-edition": 404,
    "unknown-category": 422,
    "missing-jurisdiction": 400,
    "unknown-service": 404,
    "unknown-photo": 404,
    "bad-photo": 422,
    "photo-store-unavailable": 503,
    "category-in-use": 409,
    "unknown-group": 422,
    "not-released": 404,
    "idempotency-conflict": 422,
    "malformed-json": 422,
    "bad-policy": 422,
    "unknown-level-key": 422,
    "missing-place": 422,
    "unknown-tile": 404,
    "bad-indicator": 422,
    "bad-month": 422,
    "no-font": 503,
    "bad-template": 503,
    "unknown-indicator": 404,
    "bad-entries": 422,
    "broken-file": 422,
    "unreadable-file": 422,
    "missing-layer": 422,
    "which-layer": 422,
    "missing-field": 422,
    "bad-feature": 422,
    "no-features": 422,
    "too-much-inside": 422,
    "file-cut-short": 422,
    "wrong-delimiter": 422,
    "wrong-encoding": 422,
    "title-row": 422,
    "unknown-field": 422,
    "missing-column": 422,
    "double-column": 422,
    "nothing-inside": 422,
    "not-degrees": 422,
    "stale": 412,
    "move-refused": 409,
    "no-condition": 428,
    "unknown-rules": 404,
    "unknown-officer": 404,
    "unknown-desk": 404,
    "unknown-meeting": 404,
    "meeting-cancelled": 409,
    "not-on-agenda": 409,
    "unknown-organisation": 404,
    "not-signed-in": 401,
    "bad-credentials": 401,
    "wrong-login": 401,
    "not-allowed": 403,
    "csrf-missing": 403,
    "locked-out": 429,
    "login-taken": 409,
    "unknown-account": 404,
    "unknown-grant": 404,
    "unknown-key": 404,
    "unknown-place": 422,
    "no-contact": 404,
    "rate-limited": 429,
    "proof-wanted": 403,
    "proofs-off": 404,
    "too-many-streams": 429,
    "streams-full": 503,
    "files-full": 503,
    "unknown-export": 404,
    "export-not-ready": 409,
    "too-many-exports": 409,
    "overlays-full": 503,
    "cannot-write": 507,
    "oidc-off": 404,
    "oidc-failed": 401,
    "weak-password": 422,
    "rights-beyond-role": 422,
}


GIVING_REASONS = ("broken-file", "malformed-json", "bad-template")
"""Kinds whose fact `reason` is a name in the wording's `[reasons]`, or what a library said."""


class BadField(WanggeError):
    """One field of a request is wrong. Facts: `field`, `reason` (a kind of `[fields]` in the wording)."""

    kind = "bad-field"


class BadRequest(WanggeError):
    """The request cannot be read at all. Facts: `reason`."""

    kind = "bad-request"


class UnsupportedMediaType(WanggeError):
    """The body is of a kind that is not taken here. Facts: `expected`."""

    kind = "unsupported-media-type"


class CsrfMissing(WanggeError):
    """A change was asked with a session's cookie and without the value that goes with it."""

    kind = "csrf-missing"


class DatabaseUnavailable(WanggeError):
    """The database does not answer; what its driver raises then is answered with this."""

    kind = "database-unavailable"


class NotReady(WanggeError):
    """The server has not loaded its grids yet."""

    kind = "not-ready"


class UnknownLevel(WanggeError):
    """The territory has no such level. Facts: `level`, `known`."""

    kind = "unknown-level"


def render(kind: str, facts: Mapping[str, Any], language: messages.Language, instance: str) -> dict[str, Any]:
    """The members of a problem: type, title, status, detail, instance, and the facts themselves."""
    facts = _expecting(facts, language)
    wording, said = kind, dict(facts)
    if kind == "outside-grid":
        near = facts.get("nearest") or {}
        said |= {f"nearest_{key}": value for key, value in near.items()} | {"distance_m": near.get("distance_m")}
        wording = next((f"{kind}-{why}" for why in ("zero", "swapped") if facts.get(why)), kind)
    if kind == "missing-place" and facts.get("hint"):
        wording = "missing-place-hint"
    if kind == "bad-cell":
        said["expected"] = messages.word("cell-needs", str(facts.get("expected", "")), language)
    if kind == "bad-photo":
        said["why"] = messages.word("photo-faults", str(facts.get("reason", "")), language)
    if kind in GIVING_REASONS:
        said["kind"] = messages.word("kinds-of-file", str(facts.get("kind", "")), language)
        said["reason"] = messages.reason(str(facts.get("reason", "")), said, language)
    if kind == "move-refused":
        said |= _called(facts, language)
    if kind == "bad-field" and "errors" not in facts:
        field, reason = facts.pop("field"), facts.pop("reason")
        facts["errors"] = [
            {"field": field, "kind": reason, "message": messages.field_message(reason, facts, language) or reason}
        ]
    if kind == "bad-entries":
        facts["errors"] = [_entry_error(entry, language) for entry in facts["errors"]]
        wording = "bad-entries-file" if facts.get("file") else kind
    if kind == "bad-query":
        facts["errors"] = [_entry_error(entry, language) for entry in facts["errors"]]
        said["known"] = facts["known"] or "—"
    if kind in {"bad-field", "bad-query"}:
        said["count"] = len(facts["errors"])
    if kind == "bad-policy":  # as pydantic found them, in a file
        facts["errors"] = [field_error(entry, language) for entry in facts["errors"]]
        said |= facts["errors"][0]
    title, detail = messages.text(wording, said, language)
    status = STATUS.get(kind, 500)
    return {
        "type": f"/problems/{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
    } | facts


def _expecting(facts: Mapping[str, Any], language: messages.Language) -> dict[str, Any]:
    """The facts, with what was expected in words."""
    expected = facts.get("expected")
    return dict(facts) | ({"expected": messages.need(expected, facts, language)} if isinstance(expected, str) else {})


def _entry_error(entry: Mapping[str, Any], language: messages.Language) -> dict[str, Any]:
    """A fault of one entry, with the message for the reader."""
    message = messages.field_message(entry["kind"], entry["facts"], language) or entry["kind"]
    told = {key: value for key, value in entry.items() if key != "facts"}
    return told | {"message": message}


def _called(facts: Mapping[str, Any], language: messages.Language) -> dict[str, Any]:
    """The facts of a refused move in words."""
    return {
        "move": messages.word("moves", facts["move"], language),
        "state": messages.word("states", facts["state"], language),
        "why": messages.word("whys", facts["why"], language),
        "open": [messages.word("moves", name, language) for name in facts["open"]] or "—",
    }


def problem(request: Request, kind: str, /, **facts: Any) -> Response:
    """An `application/problem+json` answer."""
    language = negotiate(request.headers.get("accept-language"))
    body = render(kind, facts, language, request.url.path)
    headers = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    if body["status"] in {429, 503, 507}:
        headers["Retry-After"] = str(facts.get("retry_after_s", RETRY_AFTER_S))
    if kind == "unsupported-encoding":
        headers["Accept-Encoding"] = "identity"
    if body["status"] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    content = orjson.dumps(body, default=str, option=orjson.OPT_NON_STR_KEYS)
    answer = Response(content, body["status"], headers, media_type="application/problem+json")
    if kind == "bad-credentials" and COOKIE in request.cookies and "authorization" not in request.headers:
        clear_cookie(request, answer)  # the next question comes without it, and is anyone's
    return answer


def install(app: FastAPI) -> None:
    """Answer every error of an application with a problem."""
    app.add_exception_handler(WanggeError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for unavailable in (psycopg.OperationalError, psycopg.InterfaceError):
        app.add_exception_handler(unavailable, _database)
    app.add_exception_handler(Exception, _internal)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, WanggeError)  # noqa: S101 - registered for it
    if error.kind not in STATUS:
        log.error("refusal without a status", kind=error.kind, facts=error.facts)
    facts = dict(error.facts)
    if error.kind == "not-ready":
        facts["retry_after_s"] = RETRY_AFTER_S
    return problem(request, error.kind, **facts)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    language = negotiate(request.headers.get("accept-language"))
    found = error.errors()
    if any(entry["type"] == "json_invalid" for entry in found):
        reason = messages.field_message("json_invalid", found[0].get("ctx", {}), language)
        return problem(request, "bad-request", reason=reason)
    return problem(request, "bad-field", errors=[field_error(entry, language) for entry in found])


def field_error(entry: Mapping[str, Any], language: messages.Language) -> dict[str, Any]:
    """One of pydantic's findings as {field, kind, message}, without echoing what was sent."""
    path = [str(part) for part in entry["loc"]]
    if path and path[0] in {"body", "query", "path", "header"}:
        path = path[1:2] if path[0] == "query" else path[1:]  # one that may be repeated is named, whichever was wrong
    # What was sent may name a field by half of a surrogate pair, which no answer can carry.
    field, kind = ".".join(path).encode(errors="replace").decode() or "body", entry["type"]
    given = entry.get("input")
    if (
        (field.endswith("lat") or LATITUDE.fullmatch(field))
        and kind in {"less_than_equal", "greater_than_equal"}
        and _is_longitude(given)
    ):
        kind = "swapped"
    if kind == "string_pattern_mismatch":
        kind = FORMS.get((entry.get("ctx") or {}).get("pattern", ""), kind)
    message = messages.field_message(kind, entry.get("ctx") or {}, language) or entry["msg"]
    return {"field": field, "kind": kind, "message": message}


def _is_longitude(value: Any) -> bool:
    try:
        return abs(float(value)) <= 180
    except (TypeError, ValueError):
        return False


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    kinds = {404: "not-found", 405: "method-not-allowed", 406: "not-acceptable"}
    kind = kinds.get(error.status_code, "bad-request")
    answer = problem(request, kind, path=request.url.path, method=request.method, reason=error.detail)
    if error.status_code == 405:
        answer.headers["Allow"] = ", ".join(methods_of(request.scope))
    return answer


async def _database(request: Request, error: Exception) -> Response:
    if _is_lost(error):  # then so are the others, and nobody else need find out
        await request.state.pool.drain()
    if is_full(error):
        log.error("the disk of the database is full", error=str(error).strip())
        return problem(request, DatabaseFull.kind, retry_after_s=RETRY_AFTER_FULL_S)
    log.warning("database unavailable", error=str(error).strip())
    return problem(request, DatabaseUnavailable.kind, retry_after_s=RETRY_AFTER_S)


def _is_lost(error: Exception) -> bool:
    """Whether a connection broke or was ended by the server, rather than a statement or the wait for a connection."""
    if isinstance(error, PoolTimeout) or not isinstance(error, psycopg.Error):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(OPERATOR_INTERVENTION)


async def _internal(request: Request, error: Exception) -> Response:
    request_id = getattr(request.state, "request_id", "")
    log.error("unexpected error", request_id=request_id, exc_info=error)
    return problem(request, "internal", request_id=request_id)
