"""Tables as TOML 1.0 text, for what is exported so that it can be read and imported again."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

__all__ = ["toml_text"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(arrays: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """A document of arrays of tables, `[[name]]` for each entry; nulls and empty collections are left out.

    Examples
    --------
    >>> print(toml_text({"rules": [{"categories": ["lamp"], "to": [{"desk": "centre"}], "name": None}]}), end="")
    [[rules]]
    categories = ["lamp"]
    to = [{ desk = "centre" }]
    """
    tables = []
    for name, entries in arrays.items():
        for entry in entries:
            lines = [f"{_key(key)} = {_value(value)}" for key, value in entry.items() if _told(value)]
            tables.append("\n".join([f"[[{_key(name)}]]", *lines]) + "\n")
    return "\n".join(tables)


def _told(value: Any) -> bool:
    return value is not None and value != [] and value != {} and value != ()


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, date | int | float):
        return value.isoformat() if isinstance(value, date) else repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(part)}" for key, part in value.items() if _told(part)) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"TOML has no {type(value).__name__}")
