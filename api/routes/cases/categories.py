"""The kinds of matter that a territory takes, over HTTP: read by everybody, edited by those who edit rules."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.api.plumbing.deps import Connection, CurrentGrid, Writing, require
from wangge.api.plumbing.if_match import TAGGED, MaybeIfMatch, etag
from wangge.api.plumbing.problems import BadField
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.duty import CategoryBody, QuestionBody
from wangge.api.schemas.forms import CODE
from wangge.api.schemas.reports import Categories, Category
from wangge.data.languages import in_every_language
from wangge.reports.assets.kinds import AssetKind, kinds_of_categories
from wangge.reports.categories.categories import Category as CategoryOf
from wangge.reports.categories.categories import categories_of, put_category, take_category
from wangge.reports.categories.questions import Question, questions_from
from wangge.reports.errors import BadArgument, CategoryInUse, UnknownCategory, UnknownGroup

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["territories"])
Editor = Annotated[Person, require(Right.EDIT_RULES)]
Code = Annotated[str, Path(alias="category", pattern=CODE, description="Code of a category")]


@router.get("/categories", response_model=Categories)
async def list_categories(connection: Connection, grid: CurrentGrid) -> dict[str, Any]:
    """The kinds of matter that the territory takes, in the order that people see."""
    found = await categories_of(connection, grid.territory)
    kinds = await kinds_of_categories(connection, grid.territory)
    return {
        "categories": [_as_answer(entry, kinds) for entry in found.entries],
        "groups": [{"code": group.code, "name": group.name} for group in found.groups],
    }


@router.put("/categories/{category}", response_model=Category, responses=TAGGED)
@refuses(UnknownGroup, BadArgument)
async def write_category(
    response: Response,
    connection: Writing,
    grid: CurrentGrid,
    editor: Editor,
    code: Code,
    body: CategoryBody,
    version: MaybeIfMatch,
) -> dict[str, Any]:
    """Take a new kind of matter, or call one otherwise, or move it in the list."""
    name = in_every_language(body.name)
    if not name:
        raise BadField(field="name", reason="missing")
    said = (body.position, body.group, body.public, body.photos, body.words, _questions(body.questions))
    await put_category(connection, grid.territory, code, name, *said, by=editor.name, expected=version)
    found = await categories_of(connection, grid.territory)
    stored = next(entry for entry in found.entries if entry.code == code)
    response.headers.update(etag(stored.version))
    return _as_answer(stored, await kinds_of_categories(connection, grid.territory))


def _as_answer(entry: CategoryOf, kinds: Mapping[str, list[AssetKind]]) -> dict[str, Any]:
    told = [{"code": kind.code, "name": kind.name} for kind in kinds.get(entry.code, [])]
    return asdict(entry) | {"asset_kinds": told}


def _questions(asked: list[QuestionBody] | None) -> tuple[Question, ...] | None:
    """As the categories of a file are read, by the same rules."""
    if asked is None:
        return None
    try:
        return questions_from([one.model_dump(mode="json", exclude_none=True) for one in asked])
    except ValueError:
        raise BadField(field="questions", reason="questions") from None


@router.delete("/categories/{category}", status_code=204)
@refuses(UnknownCategory, CategoryInUse)
async def delete_category(
    connection: Writing, grid: CurrentGrid, editor: Editor, code: Code, version: MaybeIfMatch
) -> None:
    """Take a kind of matter no longer. One that cases are of cannot go."""
    await take_category(connection, grid.territory, code, editor.name, expected=version)
