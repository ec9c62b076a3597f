"""The figures of a territory: computed for whoever may see them, opened into their cases, declared and changed."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from wangge.access.person import NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right
from wangge.api.plumbing.accepting import best_form
from wangge.api.plumbing.addresses import with_query
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import (
    Asker,
    Connection,
    CurrentGrid,
    Language,
    Period,
    Writing,
    instant,
    require,
)
from wangge.api.plumbing.pages import Page, encode_cursor
from wangge.api.plumbing.problems import BadField, UnknownLevel
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.common import KIND, GridKind
from wangge.api.schemas.figures import DefinitionBody, IndicatorCases, IndicatorDefinitions, Indicators
from wangge.api.schemas.forms import NO_NUL, ONE_LINE
from wangge.data import messages
from wangge.geo.grid import Grid
from wangge.reports.case.facts import names_of
from wangge.reports.figures.cases import CaseBehind, cases_behind
from wangge.reports.figures.conditions import BadTest
from wangge.reports.figures.counting import By, Figure, Question
from wangge.reports.figures.declared import (
    UnknownIndicator,
    drop_declaration,
    own_declarations,
    put_declaration,
    standing_declarations,
)
from wangge.reports.figures.indicators import Indicator, declaration, expanded
from wangge.reports.figures.sheets import Heads, csv_of, xlsx_of
from wangge.reports.figures.tabling import Line, Table, tabled
from wangge.reports.number import format_number
from wangge.store.grids.overlays import UnknownOverlay, require_area

__all__ = ["Asked", "chosen", "router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/indicators", tags=["indicators"])

JSON = "application/json"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = {"csv": CSV, "xlsx": XLSX, "json": JSON}
MOST_BY = 2
NARROWING = ("from", "to", "as_of", "category", "cell", "cell_level", "kind", "area", "organisation", "officer")
"""Parameters of a question that the question for the cases behind it takes over."""

Editor = Annotated[Person, require(Right.EDIT_RULES)]
Form = Annotated[Literal["json", "csv", "xlsx"] | None, Query(description="Form; or ask by Accept")]
Part = Literal["numerator", "denominator", "excluded"]
Code = Annotated[str, Query(max_length=200, pattern=ONE_LINE)]
Id = Annotated[int, Query(ge=1, lt=2**63)]


@refuses(NotSignedIn, NotAllowed)
async def _figures_of(asker: Asker, grid: CurrentGrid) -> Scope:
    return asker.scope(grid.territory, Right.READ_FIGURES)


@refuses(UnknownLevel, UnknownOverlay)
async def _question(
    grid: CurrentGrid,
    scope: Annotated[Scope, Depends(_figures_of)],
    period: Period,
    by: Annotated[list[By], Query(description="What cases are counted by; at most two")] = [],  # noqa: B006
    level: Annotated[
        Code | None, Query(description="Level of the cells to count by; the top one when left out")
    ] = None,
    as_of: Annotated[
        str | None, Query(max_length=64, description="What had happened by this time, or by the end of this date")
    ] = None,
    category: Code | None = None,
    cell: Annotated[Code | None, Query(description="Only in the cell with this code, of any level")] = None,
    cell_level: Annotated[Code | None, Query(description="Level of that cell, where a code stands on several")] = None,
    kind: Annotated[GridKind | None, Query(description=KIND)] = None,
    area: Annotated[Code | None, Query(description="Only in this area of an overlay, such as police:307")] = None,
    overlay: Annotated[Code | None, Query(description="Whose areas cases are counted by, with by=area")] = None,
    organisation: Annotated[Id | None, Query(description="Only what this body was given")] = None,
    officer: Annotated[Id | None, Query(description="Only in base grids that this officer answered for")] = None,
) -> Question:
    if len(by) > MOST_BY or len(set(by)) < len(by):
        raise BadField(field="by", reason="too_long", max_length=MOST_BY)
    levels = [one.key for one in grid.levels]
    for key in (level, cell_level):
        if key is not None and key not in levels:
            raise UnknownLevel(level=key, known=levels)
    if area is not None:
        require_area(grid, area)
    if By.AREA in by:
        _check_overlay(grid, overlay, area)
    return Question(
        scope,
        datetime.now(UTC),
        as_of=instant(as_of, grid.timezone, field="as_of", end=True) if as_of else None,
        by=tuple(by),
        level=level or levels[0],
        zone=grid.timezone.key,
        base=levels[-1],
        since=period.since,
        until=period.until,
        category=category,
        cell=grid.code_of(cell, cell_level) if cell else None,
        cell_level=cell_level,
        kind=kind,
        area=area,
        overlay=overlay if By.AREA in by else None,
        organisation=organisation,
        officer=officer,
    )


def _check_overlay(grid: Grid, overlay: str | None, area: str | None) -> None:
    """Raise unless cases can be counted by the areas of an overlay; the cases behind a figure are told by one area."""
    if overlay is None:
        raise BadField(field="overlay", reason="missing")
    if area is not None:
        raise BadField(field="area", reason="extra_forbidden")
    if grid.overlays.get(overlay) is None:
        raise UnknownOverlay(territory=grid.territory, overlay=overlay, known=[one.key for one in grid.overlays])


Asked = Annotated[Question, Depends(_question)]


@router.get("", response_model=Indicators, responses={200: {"content": {CSV: {}, XLSX: {}}}})
@refuses(UnknownIndicator)
async def get_indicators(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    question: Asked,
    language: Language,
    indicator: Annotated[list[Code] | None, Query(description="Only these; all of them when left out")] = None,
    f: Form = None,
    lang: Annotated[messages.Language | None, Query(description="Language of a sheet's heads")] = None,
) -> Response:
    """The figures that the territory is judged by, of the cases received in a period, as of any date."""
    declared = await standing_declarations(connection, grid.territory)
    wanted = chosen(expanded(declared, grid.levels), indicator)
    table = await tabled(connection, grid, question, wanted)
    form = f or _accepted(request)
    headers = {"Vary": "Accept, Accept-Language", "Cache-Control": "no-store"}
    if form == "json":
        return Response(as_json(_answer(request, grid, table)), headers=headers, media_type=JSON)
    heads = _heads(lang or language)
    headers["Content-Disposition"] = f'attachment; filename="{grid.territory}-indicators.{form}"'
    if form == "csv":
        return Response(csv_of(table, heads), headers=headers, media_type=f"{CSV}; charset=utf-8")
    about = _question_as_answer(grid, question)
    used = [one for one in declared if any(each.key.split(".")[0] == one.key for each in wanted)]
    return Response(xlsx_of(table, heads, used, about), headers=headers, media_type=XLSX)


@router.get("/definitions", response_model=IndicatorDefinitions, dependencies=[require(Right.READ_FIGURES)])
async def get_definitions(connection: Connection, grid: CurrentGrid) -> dict[str, Any]:
    """How each indicator is declared; `own` are the territory's, in the place of those that come with the program."""
    own = {one.key for one in await own_declarations(connection, grid.territory)}
    declared = await standing_declarations(connection, grid.territory)
    return {"indicators": [one.document() | {"own": one.key in own} for one in declared]}


@router.put("/definitions/{key}", response_model=IndicatorDefinitions)
@refuses(BadTest)
async def put_definition(
    connection: Writing,
    grid: CurrentGrid,
    editor: Editor,
    key: Annotated[str, Path(max_length=63, pattern=NO_NUL)],
    body: DefinitionBody,
) -> dict[str, Any]:
    """Add an indicator to the territory, or put another in the place of the one with that key."""
    one = declaration(body.model_dump(exclude_unset=True) | {"key": key})
    await put_declaration(connection, grid.territory, one, editor.name)
    return await get_definitions(connection, grid)


@router.delete("/definitions/{key}", status_code=204, response_class=Response)
@refuses(UnknownIndicator)
async def delete_definition(
    connection: Writing,
    grid: CurrentGrid,
    editor: Editor,
    key: Annotated[str, Path(max_length=63, pattern=NO_NUL)],
) -> Response:
    """Take back what the territory declared under a key; one that comes with the program holds again."""
    await drop_declaration(connection, grid.territory, key, editor.name)
    return Response(status_code=204)


@router.get("/{key}/cases", response_model=IndicatorCases)
@refuses(UnknownIndicator)
async def get_indicator_cases(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    question: Asked,
    page: Page,
    key: Annotated[str, Path(max_length=127, pattern=NO_NUL)],
    part: Annotated[Part, Query(description="Which of the cases that make the figure")] = "numerator",
) -> Response:
    """The cases behind a figure, the newest first, a page at a time; follow the `next` link."""
    declared = await standing_declarations(connection, grid.territory)
    (one,) = chosen(expanded(declared, grid.levels), [key])
    found = await cases_behind(connection, question, one.part(part), page.limit + 1, page.after)
    here = _here(request, grid, f"/{quote(key)}/cases")
    links = [_link("self", with_query(request, here), JSON)]
    if len(found) > page.limit:
        last = found[page.limit - 1]
        links.append(_link("next", with_query(request, here, cursor=encode_cursor(last.received_at, last.id)), JSON))
    cases = [_case(request, grid, case) for case in found[: page.limit]]
    answer = {"indicator": _described(one), "part": part, "cases": cases, "links": links}
    return Response(as_json(answer), headers={"Cache-Control": "no-store"}, media_type=JSON)


def chosen(indicators: list[Indicator], keys: list[str] | None) -> list[Indicator]:
    """The indicators with some keys, in their own order; a key names all that were declared under it for each level."""
    if keys is None:
        return indicators
    known = {one.key for one in indicators} | {one.key.split(".")[0] for one in indicators}
    for key in keys:
        if key not in known:
            raise UnknownIndicator(key=key, known=[one.key for one in indicators])
    return [one for one in indicators if one.key in keys or one.key.split(".")[0] in keys]


def _answer(request: Request, grid: Grid, table: Table) -> dict[str, Any]:
    here = _here(request, grid, "")
    question = table.question
    return {
        "territory": grid.territory,
        "edition": grid.edition,
        "as_of": question.as_of,
        "from": question.since,
        "to": question.until,
        "by": question.by,
        "level": question.level if By.CELL in question.by else None,
        "indicators": [_described(one) for one in table.indicators],
        "total": {"figures": _figures(table, table.total), "cases": _cases_of(here, request, table, None)},
        "rows": [
            dict(zip(map(str, question.by), line.about, strict=True))
            | {"figures": _figures(table, line.figures), "cases": _cases_of(here, request, table, line)}
            for line in table.lines
        ],
        "links": [_link("self", with_query(request, here), JSON)]
        + [
            _link("alternate", with_query(request, here, f=form), media)
            for form, media in FORMS.items()
            if form != "json"
        ],
    }


def _figures(table: Table, figures: list[Figure]) -> dict[str, dict[str, Any]]:
    return {one.key: figure._asdict() for one, figure in zip(table.indicators, figures, strict=True)}


def _cases_of(here: str, request: Request, table: Table, line: Line | None) -> str:
    """Where the cases of a line are: a template of RFC 6570 with the indicator's key and the part of it."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name in NARROWING]
    narrowed = dict(asked)
    for by, about in zip(table.question.by, line.about if line else (), strict=False):
        if by is By.CELL:
            narrowed |= {"cell": about["code"], "cell_level": about["level"]}
        elif by is By.MONTH:
            narrowed |= _month(table, about["month"])
        elif by is By.AREA:
            narrowed["area"] = f"{about['overlay']}:{about['code']}"
        else:
            narrowed[by.value] = str(about["code"] if by is By.CATEGORY else about["id"])
    query = urlencode(narrowed)
    return f"{here}/{{indicator}}/cases?{query}{'&' if query else ''}part={{part}}"


def _month(table: Table, month: str) -> dict[str, str]:
    """The part of a month that was asked for."""
    question = table.question
    starts = [start.astimezone(ZoneInfo(question.zone)) for start in question.months]
    at = next(at for at, start in enumerate(starts) if f"{start:%Y-%m}" == month)
    since, until = question.months[at], question.months[at + 1]
    return {
        "from": max(since, question.since or since).isoformat(),
        "to": min(until, question.until or until).isoformat(),
    }


def _case(request: Request, grid: Grid, case: CaseBehind) -> dict[str, Any]:
    number = format_number(case.received_at, case.id)
    href = f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/reports/{number}"
    return {
        "number": number,
        "received_at": case.received_at,
        "category": case.category,
        "state": case.state,
        "cell": {"level": case.level, "code": case.code, "name": case.name},
        "facts": names_of(case.facts),
        "links": [_link("self", href, JSON)],
    }


def _described(one: Indicator) -> dict[str, Any]:
    rate = one.numerator is not None
    return {"key": one.key, "name": one.name, "unit": one.unit, "better": one.better, "level": one.level, "rate": rate}


def _accepted(request: Request) -> str:
    best = best_form(request.headers.get("accept"), (JSON, CSV, XLSX))
    return next(form for form, media in FORMS.items() if media == best)


def _heads(language: messages.Language) -> Heads:
    words = iter(messages.words("headings", "figures", language))
    by = {one: next(words) for one in (By.CELL, By.CATEGORY, By.ORGANISATION, By.OFFICER, By.MONTH, By.AREA)}
    return Heads(language, by, *words)


def _question_as_answer(grid: Grid, question: Question) -> dict[str, str]:
    asked = {"territory": grid.territory, "edition": grid.edition, "from": question.since, "to": question.until}
    asked |= {"as_of": question.moment, "category": question.category, "cell": question.cell}
    asked |= {"kind": question.kind, "area": question.area, "overlay": question.overlay}
    return {name: str(value) for name, value in asked.items() if value is not None}


def _here(request: Request, grid: Grid, rest: str) -> str:
    return f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/indicators{rest}"


def _link(rel: str, href: str, media: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": media}
