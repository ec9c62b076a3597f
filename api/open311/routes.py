"""The calls of GeoReport v2, for all territories by `jurisdiction_id`, and at an address of its own for each."""

import hashlib
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from wangge.access.asking import by_bearer
from wangge.access.person import ANYONE, NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right
from wangge.api.open311.answering import Form, GeoReportRoute, answer, document
from wangge.api.open311.posted import Posted, answers_in, attribute, number_of, posted, report_of
from wangge.api.open311.requests import UnknownService, as_asked, by_ids, codes_of, status_of, told_of
from wangge.api.plumbing.addresses import base_of, with_query
from wangge.api.plumbing.deps import Language, SignedLinks, asker_of, instant
from wangge.api.plumbing.idempotency import REPLAYED, IdempotencyKey
from wangge.api.plumbing.problems import BadField, NotReady
from wangge.api.plumbing.proofs import ProofWanted
from wangge.api.plumbing.rate_limits import address_of
from wangge.api.routes.cases.photos import take_photo
from wangge.api.routes.cases.reports import submission_of
from wangge.api.schemas.forms import NO_NUL
from wangge.api.schemas.reports import Answers
from wangge.data import messages
from wangge.data.languages import spoken
from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.reports.campaigns.campaigns import SEPARATOR
from wangge.reports.case.lifecycle import OPEN, State
from wangge.reports.categories.categories import categories_of, category_codes
from wangge.reports.categories.publicity import Publicity
from wangge.reports.categories.questions import Question, QuestionKind
from wangge.reports.errors import BadArgument, UnknownCategory, UnknownReport
from wangge.reports.intake.answers import check_answers, keep_answers
from wangge.reports.intake.submitting import submit
from wangge.reports.listing import reading
from wangge.reports.listing.filters import ReportFilter
from wangge.reports.listing.public import public_requests
from wangge.reports.number import format_number
from wangge.reports.reporter.secrets import secret_for
from wangge.store.engine import AsyncConnection, snapshot
from wangge.store.grids.live import LiveGrids

__all__ = ["router"]

SOURCE = "open311"
ROOT = "/open311"
MOST = 1000
"""Requests of one answer, and what is paged through."""
MOST_PAGED = 10_000
DAYS = timedelta(days=90)
"""How far back is told of when no time is asked for, as the standard has it."""
DATATYPES = {QuestionKind.TEXT: "string", QuestionKind.NUMBER: "number", QuestionKind.CHOICE: "singlevaluelist"}
SOUND = TypeAdapter(Answers)
"""What our own API takes as answers."""
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


class MissingJurisdiction(WanggeError):
    """Several territories are served, and none was named. Facts: `known`."""

    kind = "missing-jurisdiction"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and of which territory."""

    grid: Grid
    asker: Person

    @property
    def scope(self) -> Scope | None:
        """Which cases the asker sees as staff; None for whoever sees what anybody sees."""
        try:
            return self.asker.scope(self.grid.territory, Right.READ)
        except (NotSignedIn, NotAllowed):
            return None


def _grid(request: Request, named: str | None) -> Grid:
    """The grid of the territory that the address names, or else the parameter, or the only one that is served."""
    grids: LiveGrids = request.state.grids
    wanted = request.path_params.get("territory")
    if wanted and named and wanted != named:
        raise BadField(field="jurisdiction_id", reason="literal_error", expected=wanted)
    known = sorted(grids.territories())
    wanted = wanted or named or (known[0] if len(known) == 1 else None)
    if not grids.ready and (wanted is None or wanted not in known):
        raise NotReady
    if wanted is None:
        raise MissingJurisdiction(known=known)
    return grids[wanted]


async def _person(request: Request, key: str | None) -> Person:
    """Who asks: by what every client of ours sends, or by `api_key`."""
    if key and "authorization" not in request.headers:
        async with request.state.pool.connection() as connection:
            return await by_bearer(connection, key)
    return await asker_of(request)


async def _asked(
    request: Request,
    jurisdiction_id: Annotated[str | None, Query(max_length=200)] = None,
    api_key: Annotated[str | None, Query(max_length=300)] = None,
) -> Asked:
    return Asked(_grid(request, jurisdiction_id), await _person(request, api_key))


Asking = Annotated[Asked, Depends(_asked)]
Wanted = Annotated[str, Path(pattern=NO_NUL, max_length=200)]


async def list_services(request: Request, asked: Asking, language: Language, form: Form) -> Response:
    """The kinds of matter that the territory takes; those first whose requests anybody may read."""
    async with request.state.pool.connection() as connection:
        found = await categories_of(connection, asked.grid.territory)
    groups = {group.code: spoken(group.name, language) for group in found.groups}
    entries = sorted(found.entries, key=lambda entry: entry.public is not Publicity.EXACT)
    services = [
        {
            "service_code": entry.code,
            "service_name": spoken(entry.name, language),
            "description": spoken(entry.name, language),
            "metadata": bool(entry.questions),
            "type": "realtime",
            "keywords": ", ".join(dict.fromkeys(entry.name.values())),
            "group": groups.get(entry.group or "", ""),
        }
        for entry in entries
    ]
    return answer(form, "services", "service", services, headers=_in(language))


async def get_service(request: Request, asked: Asking, language: Language, service: Wanted, form: Form) -> Response:
    """The definition of one kind of matter: what is asked of whoever reports it."""
    async with request.state.pool.connection() as connection:
        found = await categories_of(connection, asked.grid.territory)
    entry = next((entry for entry in found.entries if entry.code == service), None)
    if entry is None:
        raise UnknownService(service=service)
    attributes = [_attribute(order, question, language) for order, question in enumerate(entry.questions, 1)]
    told = document(form, "service_definition", {"service_code": service, "attributes": attributes})
    told.headers.update(_in(language))
    return told


def _attribute(order: int, question: Question, language: messages.Language) -> dict[str, Any]:
    """A question as GeoReport tells of it."""
    attribute: dict[str, Any] = {
        "variable": True,
        "code": question.code,
        "datatype": DATATYPES[question.kind],
        "required": False,
        "datatype_description": "",
        "order": order,
        "description": spoken(question.name, language),
    }
    if question.options:
        attribute["values"] = [{"key": one.code, "name": spoken(one.name, language)} for one in question.options]
    return attribute


async def create_request(
    request: Request, language: Language, links: SignedLinks, form: Form, idempotency_key: IdempotencyKey = None
) -> Response:
    """File a report by a form, with photos as `media` where it has several parts."""
    sent = await posted(request)
    grid = _grid(request, sent.fields.get("jurisdiction_id"))
    asker = await _person(request, sent.fields.get("api_key"))
    if asker is ANYONE:
        request.state.rates.count("intake", address_of(request))
        if request.state.settings.proof_cost:
            raise ProofWanted  # clients of the standard prove none: whoever runs one has an api_key
    report_of(sent.fields, [])  # before its photos are kept
    photos = [str((await take_photo(request, grid, asker, data))[0].id) for data in sent.files]
    body = report_of(sent.fields, photos)
    given = answers_in(sent.fields)
    digest = _digest(sent) if idempotency_key else None
    secret = None
    async with request.state.pool.connection() as connection, connection.transaction() if given else nullcontext():
        try:
            # What a campaign is about is no service of the standard's list.
            if SEPARATOR in body.category and body.category not in (
                known := await category_codes(connection, grid.territory)
            ):
                raise UnknownCategory(category=body.category, known=known)
            answers = await _answers(connection, grid, body.category, given)
            receipt, _ = await submit(
                connection,
                grid,
                submission_of(body),
                source=SOURCE,
                owner=asker.sender(grid.territory) or f"anyone {digest or ''}",
                idempotency_key=idempotency_key,
                digest=digest,
            )
        except UnknownCategory as error:
            raise BadField(field="service_code", reason="literal_error", expected=error.facts["known"]) from None
        if answers and not receipt.known:
            await keep_answers(connection, (receipt.id, receipt.received_at), answers)
        if not asker.sender(grid.territory):
            secret = await secret_for(connection, links, grid.territory, (receipt.id, receipt.received_at))
    notice = ""
    if secret:
        follow = f"{base_of(request)}/r/#/{grid.territory}/{receipt.number}/{secret}"
        notice = messages.word("open311", "follow", language, link=follow)
    told = {"service_request_id": receipt.number, "service_notice": notice, "account_id": None}
    headers = _in(language) | (REPLAYED if receipt.known else {})
    return answer(form, "service_requests", "request", [told], status=201, headers=headers)


async def _answers(connection: AsyncConnection, grid: Grid, category: str, given: dict[str, str]) -> list[Any]:
    """What was answered, by the kinds of the questions. Raises BadField, by the name that the form has."""
    if not given:
        return []
    found = await categories_of(connection, grid.territory)
    kinds = {one.code: one.kind for entry in found.entries if entry.code == category for one in entry.questions}
    typed: dict[str, Any] = dict(given)
    for code, text in given.items():
        if kinds.get(code) is QuestionKind.NUMBER and text:
            typed[code] = number_of(attribute(code), text)
    try:
        sound = SOUND.validate_python({code: value for code, value in typed.items() if value != ""})
        return await check_answers(connection, grid.territory, category, sound)
    except ValidationError as error:
        # A value is tried as a text and as a number; the first says what is wrong.
        first = error.errors()[0]
        raise RequestValidationError([{**first, "loc": (attribute(str(first["loc"][0])),)}]) from None
    except BadArgument as error:
        facts = dict(error.facts)
        raise BadField(**facts | {"field": attribute(str(facts["field"]).removeprefix("answers."))}) from None


def _digest(sent: Posted) -> str:
    """The SHA-256 of what a form says, whatever its order; who asks is told apart by the owner of the key."""
    found = hashlib.sha256(repr(sorted((k, v) for k, v in sent.fields.items() if k != "api_key")).encode())
    for data in sent.files:
        found.update(hashlib.sha256(data).digest())
    return found.hexdigest()


async def list_requests(
    request: Request,
    asked: Asking,
    language: Language,
    form: Form,
    service_request_id: Annotated[str | None, Query(max_length=4000)] = None,
    service_code: Annotated[str | None, Query(max_length=4000)] = None,
    start_date: Annotated[str | None, Query(max_length=64)] = None,
    end_date: Annotated[str | None, Query(max_length=64)] = None,
    updated_after: Annotated[str | None, Query(max_length=64)] = None,
    status: Annotated[str | None, Query(max_length=64)] = None,
    page: Annotated[int, Query(ge=1, le=MOST_PAGED)] = 1,
    page_size: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    extensions: bool = False,
) -> Response:
    """Requests, the newest first: to staff those of their cells, to others what the territory declared public."""
    if asked.asker is ANYONE:
        request.state.rates.count("public", address_of(request))
    if page * page_size > MOST_PAGED:
        raise BadField(field="page", reason="less_than_equal", le=MOST_PAGED // page_size)
    grid, scope = asked.grid, asked.scope
    is_open = status_of(status)
    times = {"start_date": start_date, "end_date": end_date, "updated_after": updated_after}
    moments = {
        name: instant(text, grid.timezone, field=name, end=name == "end_date") for name, text in times.items() if text
    }
    since, until, updated = (moments.get(name) for name in times)
    async with request.state.pool.connection() as connection, snapshot(connection):
        known = await categories_of(connection, grid.territory)
        codes = codes_of(service_code, known)
        limit = page * page_size + 1
        if service_request_id is not None:
            rows = await by_ids(connection, grid, scope, service_request_id)
        else:
            since = since or (None if until or updated else datetime.now(UTC) - DAYS)
            if scope is None:
                rows = await public_requests(
                    connection, grid.territory, limit, categories=codes, is_open=is_open, since=since, until=until,
                    updated_since=updated,
                )  # fmt: skip
            else:
                states = () if is_open is not False else tuple(state for state in State if state not in OPEN)
                where = ReportFilter(
                    grid.territory, categories=tuple(codes or ()), states=states, since=since, until=until,
                    updated_since=updated, is_open=bool(is_open), counted=True,
                )  # fmt: skip
                rows = await reading.list_reports(connection, where, scope, limit)
        more = len(rows) > page * page_size
        told = await told_of(connection, grid, rows[(page - 1) * page_size : page * page_size], known, language)
    headers = _in(language)
    if more:
        following = with_query(request, str(request.url.path), page=str(page + 1))
        headers["Link"] = f'<{following}>; rel="next"'
    return answer(form, "service_requests", "request", as_asked(told, extensions=extensions), headers=headers)


async def get_request(
    request: Request, asked: Asking, language: Language, number: Wanted, form: Form, extensions: bool = False
) -> Response:
    """One request, of those that the list has; of others there is none."""
    async with request.state.pool.connection() as connection, snapshot(connection):
        rows = await by_ids(connection, asked.grid, asked.scope, number)
        if not rows:
            raise UnknownReport(number=number)
        known = await categories_of(connection, asked.grid.territory)
        told = await told_of(connection, asked.grid, rows, known, language)
    return answer(form, "service_requests", "request", as_asked(told, extensions=extensions), headers=_in(language))


async def get_token(request: Request, asked: Asking, language: Language, token: Wanted, form: Form) -> Response:
    """The number of a request by its token: numbers are given out at once here, so a token is the number itself."""
    async with request.state.pool.connection() as connection:
        rows = await by_ids(connection, asked.grid, asked.scope, token)
    if not rows:
        raise UnknownReport(number=token)
    number = format_number(rows[0].received_at, rows[0].id)
    told = [{"service_request_id": number, "token": token}]
    return answer(form, "service_requests", "request", told, headers=_in(language))


async def discover(request: Request, language: Language, form: Form) -> Response:
    """Where the calls are, of all territories and of each."""
    grids: LiveGrids = request.state.grids
    base = f"{base_of(request)}{ROOT}"
    bases = [f"{base}/v2", *(f"{base}/{territory}/v2" for territory in sorted(grids.territories()))]
    endpoint = {"specification": SPECIFICATION, "changeset": "2026-12-01T00:00:00Z", "type": "production"}
    told = {
        "changeset": "2026-12-01T00:00:00Z",
        "contact": messages.word("open311", "contact", language),
        "key_service": messages.word("open311", "keys", language),
        "endpoints": [endpoint | {"url": url, "formats": ["text/xml", "application/json"]} for url in bases],
    }
    return document(form, "discovery", told)


def _in(language: messages.Language) -> dict[str, str]:
    return {"Content-Language": language, "Vary": "Accept-Language"}


CALLS = (
    ("GET", "/services.{form}", list_services),
    ("GET", "/services/{service}.{form}", get_service),
    ("GET", "/requests.{form}", list_requests),
    ("POST", "/requests.{form}", create_request),
    ("GET", "/requests/{number}.{form}", get_request),
    ("GET", "/tokens/{token}.{form}", get_token),
)

# Not in the description of our own API: the standard describes it, in its own way.
router = APIRouter(tags=["open311"], include_in_schema=False, route_class=GeoReportRoute)
for _base in (f"{ROOT}/v2", f"{ROOT}/{{territory}}/v2"):
    for _method, _path, _call in CALLS:
        router.add_api_route(_base + _path, _call, methods=[_method])
router.add_api_route(f"{ROOT}/discovery.{{form}}", discover, methods=["GET"])
