"""The classes of the national platform (数字城管) that the categories of a territory are, over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Response

from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.api.plumbing.deps import Connection, CurrentGrid, Writing, require
from wangge.api.plumbing.if_match import TAGGED, MaybeIfMatch, etag
from wangge.api.plumbing.problems import BadField
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.classes import ClassesAnswer, ClassesBody
from wangge.reports.categories.classes import Classes, classes_of, put_classes
from wangge.reports.errors import UnknownCategory

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["territories"])
Editor = Annotated[Person, require(Right.EDIT_RULES)]


@router.get("/classes", response_model=ClassesAnswer, responses=TAGGED, dependencies=[require(Right.READ)])
async def list_classes(response: Response, connection: Connection, grid: CurrentGrid) -> dict[str, Any]:
    """Which major and minor class each category is, as the territory keeps it."""
    return _as_answer(response, await classes_of(connection, grid.territory))


@router.put("/classes", response_model=ClassesAnswer, responses=TAGGED)
@refuses(UnknownCategory)
async def write_classes(
    response: Response,
    connection: Writing,
    grid: CurrentGrid,
    editor: Editor,
    body: ClassesBody,
    version: MaybeIfMatch,
) -> dict[str, Any]:
    """Keep another mapping in the place of the one that there is. A category that it leaves out is of no class."""
    classes = Classes({one.category: (one.major_class, one.minor_class) for one in body.classes})
    if not len(body.classes) == len(classes.of) == len(set(classes.of.values())):
        raise BadField(field="classes", reason="not_twice")
    await put_classes(connection, grid.territory, classes, editor.name, expected=version)
    return _as_answer(response, await classes_of(connection, grid.territory))


def _as_answer(response: Response, classes: Classes) -> dict[str, Any]:
    response.headers.update(etag(classes.version))
    return {
        "classes": [
            {"category": category, "major_class": major, "minor_class": minor}
            for category, (major, minor) in sorted(classes.of.items())
        ],
        "version": classes.version,
    }
