"""The shapes of the texts that moves are made with."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints

from wangge.api.schemas.common import Short
from wangge.api.schemas.duty import Names
from wangge.api.schemas.forms import NO_NUL
from wangge.data.languages import Language
from wangge.reports.templates.filling import PLACES

__all__ = ["FilledTemplates", "TemplateBody", "TemplateInfo", "Templates"]

Wording = Annotated[str, StringConstraints(pattern=NO_NUL, max_length=2000)]


class TemplateBody(BaseModel):
    """A text for one field of a move."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    move: Short
    name: Names
    text: dict[Language, Wording | None] = Field(
        description=f"By language; may tell of the case: {', '.join(f'{{{place}}}' for place in PLACES)}"
    )
    field: Short = Field("note", description="Field of the move that it fills: note or reason, as the move has it")
    category: Short | None = Field(None, description="Only for cases of this category")
    position: Annotated[int, Strict(), Field(ge=0, le=10_000)] = 0


class TemplateInfo(BaseModel):
    code: str
    move: str
    field: str
    category: str | None
    name: dict[str, str]
    text: dict[str, str]
    position: int
    version: int = Field(description="For `If-Match`")


class TextMove(BaseModel):
    """A move that takes texts."""

    move: str
    title: str
    fields: list[str]


class Templates(BaseModel):
    templates: list[TemplateInfo]
    moves: list[TextMove] = Field(description="The moves that texts may be kept for, in the asked language")


class FilledTemplate(BaseModel):
    """A text as it may be sent with a move of the case, in the language that was asked for."""

    code: str
    move: str
    field: str
    name: str
    text: str


class FilledTemplates(BaseModel):
    number: str
    templates: list[FilledTemplate]
