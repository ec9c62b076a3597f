"""Exports that are made while nobody waits: asked for, looked after, fetched and removed by whoever asked."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import IO, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from wangge.access.asking import BadCredentials
from wangge.access.person import NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right
from wangge.api.plumbing.addresses import base_of
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import Asker, CurrentGrid, KeptExports, asker_of
from wangge.api.plumbing.problems import CsrfMissing, DatabaseUnavailable
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.cases.wanted import InClasses, Wanted
from wangge.api.routes.figures.files import FILE, MEDIA, Exported, Form, InDatum, asked_in, called, pieces
from wangge.api.schemas.exports import ExportAnswer, ExportAnswers
from wangge.api.schemas.forms import EXPORT_ID
from wangge.geo.datum import Datum
from wangge.geo.grid import Grid
from wangge.reports.bulk.export.jobs import (
    Export,
    ExportNotReady,
    Exports,
    ExportState,
    TooManyExports,
    UnknownExport,
)

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/exports", tags=["files"])
JSON = "application/json"
PRIVATE = {"Cache-Control": "private, no-store"}
SAID = frozenset({"form", "datum"})
"""Parameters that are no filter."""


@refuses(NotSignedIn, NotAllowed)
async def _owner(asker: Asker, grid: CurrentGrid) -> str:
    """Whose exports are told of, an account's or a key's; whoever may take nothing out of the house is refused."""
    return _named(asker, grid)


@refuses(BadCredentials, CsrfMissing, DatabaseUnavailable, NotSignedIn, NotAllowed)
async def _watcher(request: Request, grid: CurrentGrid) -> str:
    """The same for a page that looks again and again: left open, it does not keep its session from ending."""
    return _named(await asker_of(request, idling=True), grid)


def _named(asker: Person, grid: Grid) -> str:
    asker.scope(grid.territory, Right.EXPORT)
    return f"key {asker.key}" if asker.account is None else f"account {asker.account}"


Owner = Annotated[str, Depends(_owner)]
Watcher = Annotated[str, Depends(_watcher)]
ExportId = Annotated[str, Path(alias="export", pattern=EXPORT_ID, description="Id of an export")]


@router.post("", status_code=202, response_model=ExportAnswer)
@refuses(TooManyExports)
async def create_export(
    request: Request,
    grid: CurrentGrid,
    where: Wanted,
    exported: Exported,
    owner: Owner,
    asker: Asker,
    exports: KeptExports,
    form: Annotated[Form, Query(description="Form of the file")],
    datum: InDatum = Datum.WGS84,
    classes: InClasses = False,
) -> Response:
    """Have a file made of the reports that a list with the same filters has, as the file of the same name has them.

    Cases of campaigns are left out, as in every figure, unless a campaign or a category of one is asked for.

    The answer comes at once; its address tells how far it is, and where the file is in the end.
    """
    export = Export(
        owner=owner,
        territory=grid.territory,
        form=form,
        datum=datum,
        name=called(grid, "reports", form, datum),
        asked=asked_in(request, SAID),
        where=where,
        scope=exported,
        classes=classes,
        created_at=datetime.now(UTC),
    )
    export = await asyncio.to_thread(exports.add, export, partial(asker.may, Right.EXPORT))
    answer = _as_answer(request, exports, export)
    headers = PRIVATE | {"Location": answer["links"][0]["href"]}
    return Response(as_json(answer), 202, headers, media_type=JSON)


@router.get("", response_model=ExportAnswers)
async def list_exports(request: Request, grid: CurrentGrid, owner: Watcher, exports: KeptExports) -> Response:
    """The exports that one has here, the last first."""
    found = await asyncio.to_thread(exports.of, owner, grid.territory)
    answer = {"exports": [_as_answer(request, exports, one) for one in found]}
    return Response(as_json(answer), headers=PRIVATE, media_type=JSON)


@router.get("/{export}", response_model=ExportAnswer)
@refuses(UnknownExport)
async def get_export(
    request: Request, grid: CurrentGrid, owner: Watcher, exports: KeptExports, export: ExportId
) -> Response:
    """How far an export is: rows written, of how many."""
    found = await asyncio.to_thread(exports.find, owner, grid.territory, export)
    return Response(as_json(_as_answer(request, exports, found)), headers=PRIVATE, media_type=JSON)


@router.get("/{export}/file", response_class=Response, responses={200: FILE})
@refuses(UnknownExport, ExportNotReady, NotAllowed)
async def get_export_file(
    grid: CurrentGrid, asker: Asker, exported: Exported, owner: Owner, exports: KeptExports, export: ExportId
) -> Response:
    """The file, while one may still take out all that is in it."""
    found = await asyncio.to_thread(exports.find, owner, grid.territory, export)
    if not _covers(grid, exported, found.scope):
        raise asker.refusal(Right.EXPORT, grid.territory)
    file = await asyncio.to_thread(_opened, exports, found)
    headers = PRIVATE | {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Content-Length": str(found.size),
    }
    return StreamingResponse(pieces(file), headers=headers, media_type=MEDIA[found.form])


@router.delete("/{export}", status_code=204, response_class=Response)
@refuses(UnknownExport)
async def remove_export(grid: CurrentGrid, owner: Owner, exports: KeptExports, export: ExportId) -> None:
    """Cancel an export, or remove its file."""
    found = await asyncio.to_thread(exports.find, owner, grid.territory, export)
    await asyncio.to_thread(exports.remove, found.id)


def _opened(exports: Exports, export: Export) -> IO[bytes]:
    """Its file. Raises UnknownExport, ExportNotReady."""
    if export.state is not ExportState.DONE:
        raise ExportNotReady(export=export.id, state=export.state.value)
    try:
        return exports.file(export).open("rb")
    except FileNotFoundError:  # its time has just ended
        raise UnknownExport(export=export.id) from None


def _covers(grid: Grid, now: Scope, then: Scope) -> bool:
    """Whether whoever exported in one scope may still take out all that lay in it, in fewer or in wider cells."""
    if now.cells is None:
        return True
    return (
        then.cells is not None
        and then.organisations <= now.organisations
        and all(now.covers(_above(grid, *place)) for place in then.cells)
    )


def _above(grid: Grid, level: str, code: str) -> list[tuple[str, str]]:
    """A cell and those above it; it alone where the grid has it no longer."""
    if (cell := grid.cell(level, code)) is None:
        return [(level, code)]
    return [(one.key, above) for one, above in zip(grid.levels, cell.path, strict=False)]


def _as_answer(request: Request, exports: Exports, export: Export) -> dict[str, Any]:
    here = f"{base_of(request)}/api/v1/territories/{export.territory}/exports/{export.id}"
    links = [{"rel": "self", "href": here, "type": JSON}]
    if export.state is ExportState.DONE:
        links.append({"rel": "enclosure", "href": f"{here}/file", "type": MEDIA[export.form]})
    told = export.model_dump(
        include={"id", "state", "form", "datum", "rows", "of", "size", "reason", "created_at", "finished_at"}
    )
    until = exports.until(export)
    return told | {"filter": export.asked, "file": export.name, "kept_until": until, "links": links}
