"""Audits of closed cases: drawn, judged, and what follows for all of them beside the closure rate."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from wangge.access.person import NotAllowed, NotSignedIn, Person
from wangge.access.roles import Right
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import Asker, CaseNumber, Connection, CurrentGrid, Reading, Writing, require
from wangge.api.plumbing.problems import UnknownLevel
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.audits import AuditBody, AuditCases, AuditResult, Audits, JudgementBody
from wangge.geo.grid import Grid
from wangge.reports.audit.audits import (
    AlreadyJudged,
    Audit,
    NothingClosed,
    Plan,
    UnknownAudit,
    audits_of,
    drawn_cases,
    find_audit,
    judge,
    make_audit,
)
from wangge.reports.audit.estimating import Rate
from wangge.reports.audit.judging import Judgement
from wangge.reports.audit.rates import Beside, beside
from wangge.reports.errors import UnknownReport
from wangge.reports.figures.counting import By
from wangge.reports.number import format_number

__all__ = ["rate_as_answer", "router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/audits", tags=["indicators"])
JSON = "application/json"
AuditId = Annotated[int, Path(alias="audit", ge=1, le=2**63 - 1, description="Id of an audit")]
Auditor = Annotated[Person, require(Right.AUDIT)]


@refuses(NotSignedIn, NotAllowed)
async def _whole(asker: Asker, grid: CurrentGrid) -> None:
    """An audit is of the whole territory: so must be what the asker sees."""
    if not asker.scope(grid.territory, Right.READ_FIGURES).whole:
        raise asker.refusal(Right.READ_FIGURES, grid.territory)


@router.get("", response_model=Audits, dependencies=[Depends(_whole)])
async def list_audits(
    request: Request, connection: Connection, grid: CurrentGrid, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> dict[str, Any]:
    """The audits of closed cases, the last first."""
    return {"audits": [_info(request, grid, one) for one in await audits_of(connection, grid.territory, limit)]}


@router.post("", status_code=201, response_model=AuditResult)
@refuses(NothingClosed, UnknownLevel)
async def create_audit(
    request: Request, connection: Writing, grid: CurrentGrid, auditor: Auditor, body: AuditBody
) -> Response:
    """Draw closed cases by chance, to be judged. Every draw stays on record with its seed."""
    levels = [one.key for one in grid.levels]
    if body.level is not None and body.level not in levels:
        raise UnknownLevel(level=body.level, known=levels)
    now = datetime.now(UTC)
    by = tuple(one for one in By if one in body.by)
    plan = Plan(now, body.level or levels[0], body.since, body.to, by, body.size, body.seed)
    made = await find_audit(connection, grid.territory, await make_audit(connection, grid, plan, auditor.name, now))
    answer = await _result(request, connection, grid, made)
    headers = {"Location": f"{_here(request, grid)}/{made.id}", "Cache-Control": "no-store"}
    return Response(as_json(answer), 201, headers, media_type=JSON)


@router.get("/{audit}", response_model=AuditResult, dependencies=[Depends(_whole)])
@refuses(UnknownAudit)
async def get_audit(request: Request, connection: Reading, grid: CurrentGrid, audit: AuditId) -> Response:
    """How many of the closed cases are truly solved, with the interval, by cell, category and body."""
    found = await find_audit(connection, grid.territory, audit)
    answer = await _result(request, connection, grid, found)
    return Response(as_json(answer), headers={"Cache-Control": "no-store"}, media_type=JSON)


@router.get("/{audit}/cases", response_model=AuditCases)
@refuses(UnknownAudit)
async def list_audit_cases(
    request: Request, connection: Reading, grid: CurrentGrid, auditor: Auditor, audit: AuditId
) -> Response:
    """The cases that were drawn, in the order in which to judge them; who judged the others' is not told."""
    found = await find_audit(connection, grid.territory, audit)
    rows = await drawn_cases(connection, found.id, auditor.sender(grid.territory))
    answer = {"cases": [_case(request, grid, found, row) for row in rows]}
    return Response(as_json(answer), headers={"Cache-Control": "no-store"}, media_type=JSON)


@router.post("/{audit}/cases/{number}/judgements", status_code=204, response_class=Response)
@refuses(UnknownAudit, UnknownReport, AlreadyJudged)
async def create_judgement(
    connection: Writing, grid: CurrentGrid, auditor: Auditor, audit: AuditId, number: CaseNumber, body: JudgementBody
) -> None:
    """Judge a drawn case. Whoever judged it may think again: both stay on record, and the last counts."""
    found = await find_audit(connection, grid.territory, audit)
    judgement = Judgement(body.verdict, body.means, body.note or None)
    await judge(connection, grid.territory, found.id, number, auditor, judgement)


def rate_as_answer(rate: Rate) -> dict[str, Any]:
    """A rate in percent."""
    shares = {name: getattr(rate, name) for name in ("value", "low", "high")}
    told = {name: None if share is None else round(100 * share, 2) for name, share in shares.items()}
    return told | {"judged": rate.judged, "solved": rate.solved}


def _here(request: Request, grid: Grid) -> str:
    return f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/audits"


def _info(request: Request, grid: Grid, audit: Audit) -> dict[str, Any]:
    plan = audit.plan
    return {
        "id": audit.id,
        "as_of": plan.as_of,
        "actor": audit.actor,
        "from": plan.since,
        "to": plan.until,
        "by": plan.by,
        "level": plan.level,
        "size": plan.size,
        "seed": plan.seed,
        "cases": audit.cases,
        "strata": len(audit.strata),
        "drawn": audit.drawn,
        "judged": audit.judged,
        "unclear": audit.unclear,
        "links": [{"rel": "self", "href": f"{_here(request, grid)}/{audit.id}", "type": JSON}],
    }


async def _result(request: Request, connection: Connection, grid: Grid, audit: Audit) -> dict[str, Any]:
    total, lines = await beside(connection, grid, audit, datetime.now(UTC))
    return {"audit": _info(request, grid, audit), "total": _figures(total)} | {
        by.value: [one.about | _figures(one) for one in some] for by, some in lines.items()
    }


def _figures(one: Beside) -> dict[str, Any]:
    return {
        "solved": rate_as_answer(one.solved),
        "closure": one.closure._asdict(),
        "not_fixed": one.not_fixed._asdict(),
    }


def _case(request: Request, grid: Grid, audit: Audit, row: Any) -> dict[str, Any]:
    number = format_number(row.report_received_at, row.report_id)
    cell = grid.cell(audit.plan.level, row.cell)
    root = f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/reports"
    return {
        "number": number,
        "received_at": row.report_received_at,
        "category": row.category,
        "cell": {"level": audit.plan.level, "code": row.cell, "name": cell.name if cell else row.cell},
        "judged": row.judged,
        "own": {"verdict": row.verdict, "means": row.means, "note": row.note} if row.own else None,
        "links": [{"rel": "self", "href": f"{root}/{number}", "type": JSON}],
    }
