"""The texts that moves are made with: kept by administrators, and filled in for a case for whoever may read it."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import CaseNumber, Connection, CurrentGrid, Language, Reading, Seen, Writing, require
from wangge.api.plumbing.if_match import TAGGED, MaybeIfMatch, etag
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.common import Short
from wangge.api.schemas.forms import CODE
from wangge.api.schemas.templates import FilledTemplates, TemplateBody, TemplateInfo, Templates
from wangge.data import messages
from wangge.data.languages import spoken
from wangge.geo.grid import Grid
from wangge.reports.categories.categories import categories_of, category_codes
from wangge.reports.errors import UnknownReport
from wangge.reports.listing import reading
from wangge.reports.listing.places import places_of
from wangge.reports.number import format_number, parse_number
from wangge.reports.templates.filling import fill
from wangge.reports.templates.templates import (
    FIELDS_OF_MOVES,
    Template,
    UnknownTemplate,
    checked,
    put_template,
    take_template,
    templates_of,
)
from wangge.store.engine import AsyncConnection

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["cases"])
Editor = Annotated[Person, require(Right.EDIT_RULES)]
Code = Annotated[str, Path(alias="template", pattern=CODE, description="Code of a template")]
Move = Annotated[Short | None, Query(description="Only those of this move")]


@router.get("/templates", response_model=Templates, dependencies=[require(Right.READ)])
async def list_templates(
    connection: Connection,
    grid: CurrentGrid,
    language: Language,
    move: Move = None,
    category: Annotated[Short | None, Query(description="Only those for cases of this category")] = None,
) -> dict[str, Any]:
    """The texts that moves are made with, as they are kept."""
    found = await templates_of(connection, grid.territory, move, category)
    moves = [
        {"move": name, "title": messages.word("moves", name, language), "fields": fields}
        for name, fields in FIELDS_OF_MOVES.items()
    ]
    return {"templates": [_as_answer(template) for template in found], "moves": moves}


@router.put("/templates/{template}", response_model=TemplateInfo, responses=TAGGED)
async def write_template(
    response: Response,
    connection: Writing,
    grid: CurrentGrid,
    editor: Editor,
    code: Code,
    body: TemplateBody,
    version: MaybeIfMatch,
) -> dict[str, Any]:
    """Keep a text, in the place of the one with this code. A text in one language stands for the others."""
    given = body.model_dump()
    for field in ("name", "text"):
        given[field] = {language: said for language, said in given[field].items() if said}
    template = checked(Template(code, **given), await category_codes(connection, grid.territory))
    stored = await put_template(connection, grid.territory, template, editor.name, expected=version)
    response.headers.update(etag(stored.version))
    return _as_answer(stored)


@router.delete("/templates/{template}", status_code=204)
@refuses(UnknownTemplate)
async def delete_template(
    connection: Writing, grid: CurrentGrid, editor: Editor, code: Code, version: MaybeIfMatch
) -> None:
    """Keep a text no longer."""
    await take_template(connection, grid.territory, code, editor.name, expected=version)


@router.get("/reports/{number}/templates", response_model=FilledTemplates)
@refuses(UnknownReport)
async def fill_templates(
    connection: Reading,
    grid: CurrentGrid,
    seen: Seen,
    language: Language,
    number: CaseNumber,
    move: Move = None,
) -> Response:
    """The texts for a case, filled with what it tells, for the fields of a move."""
    parsed = parse_number(number)
    row = await reading.find_report(connection, seen, *parsed) if parsed else None
    if row is None:
        raise UnknownReport(number=number)
    values = await _values(connection, grid, row, language)
    found = await templates_of(connection, grid.territory, move, row.category)
    answer = {
        "number": format_number(row.received_at, row.id),
        "templates": [
            {
                "code": template.code,
                "move": template.move,
                "field": template.field,
                "name": spoken(template.name, language),
                "text": fill(spoken(template.text, language), values),
            }
            for template in found
        ],
    }
    headers = {"Vary": "Accept-Language", "Content-Language": language}
    return Response(as_json(answer), headers=headers, media_type="application/json")


async def _values(
    connection: AsyncConnection, grid: Grid, row: Any, language: messages.Language
) -> dict[str, str | None]:
    """What a case tells, in words of a language and by the clock of its territory."""
    place = (await places_of(connection, grid, [row.cell_id]))[row.cell_id]
    holder = (await reading.holders_of(connection, [row.desk_id])).get(row.desk_id)
    known = {category.code: category.name for category in (await categories_of(connection, grid.territory)).entries}

    def at(moment: datetime | None, form: str = "%Y-%m-%d %H:%M") -> str | None:
        return moment.astimezone(grid.timezone).strftime(form) if moment else None

    return {
        "number": format_number(row.received_at, row.id),
        "category": spoken(known.get(row.category, {}), language, row.category),
        "place": " ".join(cell.name for cell in (*place.ancestors, place.cell)),
        "cell": place.cell.name,
        "desk": spoken(holder.name, language, holder.code) if holder else None,
        "state": messages.word("states", row.state, language),
        "received": at(row.received_at),
        "due": at(row.due_at),
        "today": at(datetime.now(UTC), "%Y-%m-%d"),
    }


def _as_answer(template: Template) -> dict[str, Any]:
    return {name: getattr(template, name) for name in Template.__slots__}
