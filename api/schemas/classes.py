"""What the classes of categories are declared with, and told of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wangge.api.schemas.common import Short
from wangge.api.schemas.forms import CODE

__all__ = ["ClassesAnswer", "ClassesBody"]

ClassCode = Annotated[str, StringConstraints(pattern=CODE)]


class CategoryClass(BaseModel):
    """The class of one category."""

    model_config = ConfigDict(extra="forbid")

    category: Short
    major_class: ClassCode
    minor_class: ClassCode


class ClassesBody(BaseModel):
    """The whole mapping."""

    model_config = ConfigDict(extra="forbid")

    classes: list[CategoryClass] = Field(max_length=5000)


class ClassesAnswer(BaseModel):
    classes: list[CategoryClass]
    version: int
