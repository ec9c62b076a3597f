"""The roster by file over HTTP: a CSV of officers and postings, or of leave, taken whole or not at all."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from wangge.api.plumbing.deps import Writing
from wangge.api.plumbing.reach import Editing
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.duty import RosterTaken
from wangge.duty.findings import BadEntries, refuse
from wangge.duty.officers import base_level, load_roster, put_officers
from wangge.duty.rosterfile import LEAVE, ROSTER, leave_of, roster_of
from wangge.duty.sheets import Sheet, column_names, read_sheet
from wangge.geo.files.batches import BrokenFile, FileCutShort, WrongDelimiter, WrongEncoding

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["who answers"])
NAME = "roster.csv"
CSV = {"schema": {"type": "string", "description": f"CSV with {', '.join(ROSTER)}; or with {', '.join(LEAVE)}"}}
BODY = {"requestBody": {"required": True, "content": {"text/csv": CSV}}}


@router.post("/officers:import", response_model=RosterTaken, openapi_extra=BODY)
@refuses(BadEntries, BrokenFile, FileCutShort, WrongDelimiter, WrongEncoding)
async def import_officers(
    request: Request,
    connection: Writing,
    reach: Editing,
    leave: Annotated[bool, Query(description="The file holds leave")] = False,
    hand_over: Annotated[
        bool, Query(description="A new responsible posting ends the one that runs in its base grid")
    ] = False,
) -> dict[str, Any]:
    """Take a roster, or leave, from a file: all of it, or nothing and what is wrong with each row."""
    reach.check_whole()
    territory = reach.grid.territory
    stored = await load_roster(connection, territory)
    columns = column_names("leave-columns", LEAVE) if leave else column_names("roster-columns", ROSTER)
    sheet = await asyncio.to_thread(_read, await request.body(), columns)
    if leave:
        officers, findings = leave_of(sheet, stored)
    else:
        officers, findings = roster_of(sheet, stored, await base_level(connection, territory))
    refuse(findings)
    changed = await put_officers(connection, territory, officers, reach.person.name, hand_over=hand_over)
    return {"officers": len(officers), "changed": changed}


def _read(sent: bytes, columns: dict[str, Sequence[str]]) -> Sheet:
    """The rows of what was sent, by the reader of files."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        path.write_bytes(sent)
        try:
            return read_sheet(path, columns)
        except (BrokenFile, FileCutShort, WrongDelimiter, WrongEncoding) as error:
            error.facts["file"] = NAME  # where it lay for a moment is nobody's business
            raise
