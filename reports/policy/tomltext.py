"""A policy written as TOML, in the order in which people read it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from wangge.reports.policy.document import Day, PolicyDocument

__all__ = ["policy_toml"]


def policy_toml(document: PolicyDocument, days: Sequence[Day] = ()) -> str:
    """The text of a policy.toml that reads back as the same policy with the same single days."""
    return "\n".join(_lines(document, days)) + "\n"


def _lines(document: PolicyDocument, days: Sequence[Day]) -> Iterator[str]:
    stored = document.model_dump(mode="json", exclude_none=True)
    yield from _entries({key: stored[key] for key in ("warn", "reopen_days")})
    yield from ("", "[working]", *_entries(stored["working"]))
    if document.levels:
        yield from ("", "[levels]", *_entries({_text(level): span for level, span in document.levels.items()}))
    for limit in stored["limits"]:
        yield from ("", "[[limits]]", *_entries({key: limit[key] for key in _LIMIT_KEYS if key in limit}))
    for day in days:
        yield from ("", "[[days]]", *_entries(day.model_dump(exclude_none=True)))


_LIMIT_KEYS = ("step", "urgency", "categories", "within")


def _entries(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{key} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "[" + ", ".join(_value(entry) for entry in value) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    """A basic string: JSON's form is TOML's, but for the character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
