"""The properties of a collection's features: what each is called, what it is, and the SQL that it is read by. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

__all__ = ["Kind", "Property", "parse_value", "schema_of"]


class Kind(StrEnum):
    """What a property is, in the database's word."""

    TEXT = "text"
    NUMBER = "double precision"
    COUNT = "bigint"
    FLAG = "boolean"
    TIME = "timestamptz"
    DAY = "date"
    TEXTS = "text[]"


SCHEMAS: Mapping[Kind, Mapping[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.NUMBER: {"type": "number"},
    Kind.COUNT: {"type": "integer"},
    Kind.FLAG: {"type": "boolean"},
    Kind.TIME: {"type": "string", "format": "date-time"},
    Kind.DAY: {"type": "string", "format": "date"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
}
_NUMBER = re.compile(r"[+-]?(\d{1,300}(\.\d{0,300})?|\.\d{1,300})([eE][+-]?\d{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Property:
    """One property.

    Attributes
    ----------
    sql : an expression over the collection's source.
    asked : whether it can be filtered by.
    ordered : whether features can be put in its order; then it is never null.
    told : False for what is read only to make others of it.
    read_only : nobody says it of a feature that they draw.
    known_as : what a value stands for that it is asked to equal, where the same is spelled in several ways.
    """

    name: str
    kind: Kind
    sql: str
    asked: bool = True
    ordered: bool = False
    told: bool = True
    read_only: bool = False
    choices: tuple[str, ...] = ()
    known_as: Callable[[str], str] | None = None


def schema_of(of: Property) -> dict[str, Any]:
    """A property as JSON Schema says it."""
    more: dict[str, Any] = {"enum": list(of.choices)} if of.choices else {}
    if of.read_only:
        more["readOnly"] = True
    return {"title": of.name, **SCHEMAS[of.kind], **more}


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text)


def _count(text: str) -> int:
    number = int(text) if len(text) < 20 else 2**63
    if not -(2**63) <= number < 2**63:
        raise ValueError(text)
    return number


def _time(text: str) -> datetime:
    told = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)  # which not every one has


def _text(text: str) -> str:
    if "\0" in text:
        raise ValueError(text)
    return text


_PARSERS: Mapping[Kind, Callable[[str], Any]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.COUNT: _count,
    Kind.FLAG: lambda text: {"true": True, "false": False}[text],
    Kind.TIME: _time,
    Kind.DAY: date.fromisoformat,
}


def parse_value(kind: Kind, text: str) -> Any:
    """A value of a kind, as it stands in a query; raises ValueError where it is none."""
    try:
        return _PARSERS[kind](text)
    except (KeyError, OverflowError):
        raise ValueError(text) from None
