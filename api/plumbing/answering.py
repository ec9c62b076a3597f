"""JSON as it leaves: times in UTC end in Z, as those do that the models of answers write."""

from typing import Any

import orjson

__all__ = ["as_json"]


def as_json(value: Any) -> bytes:
    """A value as the body of an answer."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
