"""The shapes that requests and answers have in common, as the OpenAPI description shows them."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, LiteralString

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from wangge.api.schemas.forms import NO_NUL
from wangge.geo.purposes import ORDINARY, SPECIAL, Purpose

__all__ = [
    "Problem",
]


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("float_type", "a truth value is no number")
    return value


_NUMERIC = BeforeValidator(_no_truth)
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, description="Longitude, degrees"), _NUMERIC]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, description="Latitude, degrees"), _NUMERIC]
Accuracy = Annotated[
    float,
    Field(gt=0, le=10_000, allow_inf_nan=False, description="Radius of the position's error circle, metres"),
    _NUMERIC,
]
Text = Annotated[str, StringConstraints(pattern=NO_NUL, max_length=4000)]
Short = Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=200)]
Id = Annotated[int, Strict(), Field(ge=1, lt=2**63)]
_KINDS = [ORDINARY, SPECIAL, *Purpose]


def _is_kind(told: str) -> str:
    if told not in _KINDS:
        raise PydanticKnownError("literal_error", {"expected": ", ".join(_KINDS)})
    return told


GridKind = Annotated[str, AfterValidator(_is_kind), Field(json_schema_extra={"enum": [str(one) for one in _KINDS]})]
KIND = "Only base grids of a kind: ordinary, special, or what a special grid is for"
_NUMBER = re.compile(r"\s*[+-]?[0-9]*\.?[0-9]*\s*")


def _written(kind: LiteralString) -> BeforeValidator:
    """Refuses a number in the place of a date or a time: pydantic would take it for seconds since 1970."""

    def check(value: object) -> object:
        if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
            raise PydanticCustomError(kind, "a number is no date")
        return value

    return BeforeValidator(check)


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("datetime_parsing", "out of the range of years") from None


Day = Annotated[date, _written("date_parsing")]
Time = Annotated[AwareDatetime, _written("datetime_parsing")]
# A time of the year 9999 or 1 may lie in a year in UTC that neither Python nor the database's driver can tell.
Moment = Annotated[Time, AfterValidator(_in_utc)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Link(BaseModel):
    rel: str
    href: str
    type: str


class FieldProblem(BaseModel):
    field: str
    kind: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details; further members are the facts of the case."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] | None = None
