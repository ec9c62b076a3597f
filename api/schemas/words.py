"""The shapes of what the words of a report say: of which category it may be, and which cases may be the same."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wangge.api.schemas.forms import NO_NUL
from wangge.reports.case.lifecycle import State

__all__ = ["Doubles", "Suggestions", "WordsBody"]


class WordsBody(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    description: Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=2000)]


class Suggestion(BaseModel):
    """A category that a text may be of."""

    category: str
    confidence: float | None = Field(
        description="How often such a guess is right, by the territory's own closed cases; null where it was found by "
        "its name, and nobody counted"
    )


class Suggestions(BaseModel):
    suggestions: list[Suggestion] = Field(description="The likeliest first, at most three; none where nothing is sure")


class DoubleCase(BaseModel):
    """An open case that may be the same matter, and what speaks for it."""

    number: str
    received_at: datetime
    version: int = Field(description="As a move of it must name it")
    state: State
    state_title: str
    description: str
    chance: float = Field(description="How likely it is the same matter, from 0 to 1")
    likely: bool = Field(description="More likely the same than another")
    metres: float
    hours: float = Field(description="Between the two, by when they occurred")
    same_category: bool = Field(description="Else of the same group")
    words: float | None = Field(description="What the texts have in common, from 0 to 1; null where one says nothing")
    photos: bool | None = Field(description="Whether two photos look alike; null where one has none")
    same_asset: bool | None = Field(description="Whether both are about the same asset; null where one names none")


class Doubles(BaseModel):
    cases: list[DoubleCase] = Field(
        description="The likeliest first, within 150 m or of the same asset; their chances and that of none are 1"
    )
