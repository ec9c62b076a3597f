"""Where problems cluster: what the nightly look found, for staff, and the cases behind it for whoever may see them."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from wangge.access.person import NotAllowed, NotSignedIn, Scope
from wangge.access.roles import Right
from wangge.api.plumbing.accepting import GEOJSON, JSON, json_or_geojson
from wangge.api.plumbing.deps import Asker, Connection, CurrentGrid, Language, Seen
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.cases.answers import link
from wangge.api.schemas.findings import Finding, FindingCases, Findings
from wangge.data import messages
from wangge.geo.grid import Grid
from wangge.patterns.findings.telling import (
    MOST,
    UnknownFinding,
    as_answer,
    as_feature,
    cases_of,
    findings_of,
    last_run,
    run_as_answer,
)
from wangge.reports.categories.categories import categories_of
from wangge.reports.number import format_number

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/findings", tags=["indicators"])
FORMS: dict[int | str, dict[str, Any]] = {200: {"content": {GEOJSON: {}}}}
PRIVATE = {"Cache-Control": "no-store"}


@refuses(NotSignedIn, NotAllowed)
async def _figures_of(asker: Asker, grid: CurrentGrid) -> Scope:
    return asker.scope(grid.territory, Right.READ_FIGURES)


Figures = Annotated[Scope, Depends(_figures_of)]
Number = Annotated[int, Path(ge=1, lt=2**63)]
Form = Annotated[Literal["json", "geojson"] | None, Query(description="Form; or ask by Accept")]


@router.get("", response_model=Findings, responses=FORMS)
async def list_findings(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    scope: Figures,
    every: Annotated[bool, Query(alias="all", description="Also what is not seen any more")] = False,
    f: Form = None,
) -> Response:
    """What clusters in one's cells by the last look, the newest first, each in a sentence; and what could not be seen.

    A finding that reaches beyond one's cells is told whole; its cases are only those that one sees.
    """
    form, run = json_or_geojson(request, f), await last_run(connection, grid.territory)
    since = None if every or run is None else run["day"]
    found = await findings_of(connection, scope, since=since, shapes=form == GEOJSON, limit=MOST + 1)
    more, found = len(found) > MOST, found[:MOST]
    if form == GEOJSON:
        features = [as_feature(one) for one in found]
        return _answer({"type": "FeatureCollection", "features": features, "more": more}, form)
    here = _here(request, grid)
    if run is not None:
        categories = (await categories_of(connection, grid.territory)).entries
        run = run_as_answer(run, {one.code: dict(one.name) for one in categories})
    return _answer({"run": run, "findings": [_linked(as_answer(one), here) for one in found], "more": more}, form)


@router.get("/{finding}", response_model=Finding, responses=FORMS)
@refuses(UnknownFinding)
async def get_finding(
    request: Request, connection: Connection, grid: CurrentGrid, scope: Figures, finding: Number, f: Form = None
) -> Response:
    """A finding, also when it is not seen any more; as GeoJSON with the area of its cells."""
    form = json_or_geojson(request, f)
    found = await findings_of(connection, scope, id=finding, shapes=form == GEOJSON, limit=1)
    if not found:
        raise UnknownFinding(finding=finding)
    return _answer(
        as_feature(found[0]) if form == GEOJSON else _linked(as_answer(found[0]), _here(request, grid)), form
    )


@router.get("/{finding}/cases", response_model=FindingCases)
@refuses(UnknownFinding)
async def get_finding_cases(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    figures: Figures,
    seen: Seen,
    finding: Number,
    language: Language,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """The cases of a finding that one sees, the newest first."""
    if not await findings_of(connection, figures, id=finding, limit=1):
        raise UnknownFinding(finding=finding)
    reports = _here(request, grid).removesuffix("findings") + "reports"
    cases = []
    for one in await cases_of(connection, seen, finding, limit):
        number = format_number(one.received_at, one.id)
        told = {"number": number, "received_at": one.received_at, "category": one.category, "state": one.state}
        told["state_title"] = messages.word("states", one.state, language)
        cases.append(told | {"links": [link("self", f"{reports}/{number}", JSON)]})
    headers = PRIVATE | {"Content-Language": language, "Vary": "Accept-Language"}
    return Response(orjson.dumps({"finding": finding, "cases": cases}), headers=headers, media_type=JSON)


def _here(request: Request, grid: Grid) -> str:
    return f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/findings"


def _answer(document: dict[str, Any], form: str) -> Response:
    return Response(orjson.dumps(document), headers=PRIVATE | {"Vary": "Accept"}, media_type=form)


def _linked(told: dict[str, Any], here: str) -> dict[str, Any]:
    self = f"{here}/{told['id']}"
    links = [
        link("self", self, JSON),
        link("alternate", f"{self}?f=geojson", GEOJSON),
        link("cases", f"{self}/cases", JSON),
    ]
    return told | {"links": links}
