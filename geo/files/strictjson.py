"""JSON as it is taken from others: each object says each thing once, and no text has half a character in it."""

import json
import re
from typing import Any

import orjson

from wangge.geo.files.batches import MalformedJson

__all__ = ["as_text", "parsed", "repeated_key"]

_KEY_END = re.compile(rb'"\s*:')


def parsed(text: bytes) -> Any:
    """The value of a JSON text in UTF-8. Raises MalformedJson, where an object has a key twice as well."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise MalformedJson(reason=str(error)) from None
    key = repeated_key(text, value)
    if key is not None:
        raise MalformedJson(reason="repeated-key", key=key)
    return value


def repeated_key(text: bytes, value: Any) -> str | None:
    """A key that an object of the text has twice, of which the parsed value has one; None where there is none."""
    try:
        keys = _keys(value)
    except RecursionError:
        return None
    # Inside a string a quotation mark stands after a backslash, so that hardly any text has more of these than keys.
    if len(_KEY_END.findall(text)) == keys:
        return None
    found: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                found.append(key)
            seen.add(key)

    try:
        json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        return None
    return found[0] if found else None


def as_text(value: Any) -> str:
    """A value as JSON text. Raises MalformedJson where it is nested too deep."""
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:
        raise MalformedJson(reason="too-deep") from None


def _keys(value: Any) -> int:
    if isinstance(value, dict):
        count = len(value)
        for inner in value.values():
            if isinstance(inner, dict | list):
                count += _keys(inner)
        return count
    if isinstance(value, list):
        return sum(_keys(inner) for inner in value if isinstance(inner, dict | list))
    return 0
