"""Where problems cluster: what the nightly look found, for staff, and the cases behind it for whoever may see them."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from wangge.access.person import NotAllowed, NotSignedIn, Scope
from wangge.access.roles import Right
from wangge.api.plumbing.deps import Asker, Connection, CurrentGrid, Seen
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.findings import FindingCases, Findings
from wangge.patterns.findings.telling import (
    MOST,
    UnknownFinding,
    as_answer,
    as_feature,
    cases_of,
    findings_of,
    last_run,
)
from wangge.reports.number import format_number

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/findings", tags=["indicators"])
JSON = "application/json"
GEOJSON = "application/geo+json"
PRIVATE = {"Cache-Control": "no-store"}


@refuses(NotSignedIn, NotAllowed)
async def _figures_of(asker: Asker, grid: CurrentGrid) -> Scope:
    return asker.scope(grid.territory, Right.READ_FIGURES)


Figures = Annotated[Scope, Depends(_figures_of)]


@router.get("", response_model=Findings, responses={200: {"content": {GEOJSON: {}}}})
async def list_findings(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    scope: Figures,
    every: Annotated[bool, Query(alias="all", description="Also what is not seen any more")] = False,
    f: Annotated[Literal["json", "geojson"] | None, Query(description="Form; JSON when left out")] = None,
) -> Response:
    """What clusters in one's cells by the last look, the newest first, each in a sentence; and what could not be seen.

    A finding that reaches beyond one's cells is told whole; its cases are only those that one sees.
    """
    run = await last_run(connection, grid.territory)
    since = None if every or run is None else run["day"]
    found = await findings_of(connection, scope, since=since, shapes=f == "geojson", limit=MOST)
    if f == "geojson":
        features = {"type": "FeatureCollection", "features": [as_feature(one) for one in found]}
        return Response(orjson.dumps(features), headers=PRIVATE, media_type=GEOJSON)
    here = f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/findings"
    answer = {"run": run, "findings": [_linked(as_answer(one), here) for one in found]}
    return Response(orjson.dumps(answer), headers=PRIVATE, media_type=JSON)


@router.get("/{finding}/cases", response_model=FindingCases)
@refuses(UnknownFinding)
async def get_finding_cases(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    figures: Figures,
    seen: Seen,
    finding: Annotated[int, Path(ge=1, lt=2**63)],
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """The cases of a finding that one sees, the newest first."""
    if not await findings_of(connection, figures, id=finding, limit=1):
        raise UnknownFinding(finding=finding)
    root = f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/reports"
    cases = []
    for one in await cases_of(connection, seen, finding, limit):
        number = format_number(one.received_at, one.id)
        links = [{"rel": "self", "href": f"{root}/{number}", "type": JSON}]
        told = {"number": number, "received_at": one.received_at, "category": one.category, "state": one.state}
        cases.append(told | {"links": links})
    return Response(orjson.dumps({"finding": finding, "cases": cases}), headers=PRIVATE, media_type=JSON)


def _linked(told: dict[str, Any], here: str) -> dict[str, Any]:
    return told | {"links": [{"rel": "cases", "href": f"{here}/{told['id']}/cases", "type": JSON}]}
