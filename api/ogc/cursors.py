"""Where a page has ended: the values of its last feature by which the features are in order, so that the next page is
found by an index however far it is."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from wangge.api.ogc.collection import Order
from wangge.api.ogc.properties import Kind, parse_value
from wangge.api.plumbing.query_names import BadQuery

__all__ = ["after", "cursor_of", "place_of"]

LONGEST = 2000


def cursor_of(values: Sequence[Any]) -> str:
    """The opaque cursor of a place."""
    told = [value.isoformat() if isinstance(value, datetime) else str(value) for value in values]
    return urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("=")


def place_of(cursor: str, order: Sequence[Order]) -> list[Any]:
    """The place that a cursor stands for, in an order. Raises BadQuery."""
    try:
        told = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))) if len(cursor) <= LONGEST else None
        if not isinstance(told, list) or not all(isinstance(value, str) for value in told):
            raise ValueError(cursor)
        return [parse_value(one.kind, value) for one, value in zip(order, told, strict=True)]
    except (ValueError, binascii.Error):
        raise BadQuery(errors=[{"field": "cursor", "kind": "cursor", "facts": {}}], known=[]) from None


def after(order: Sequence[Order], place: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """SQL that holds for what comes after a place, and its parameters."""
    values = {f"after_{at}": value for at, value in enumerate(place)}
    names = [f"%(after_{at})s::{_cast(one.kind)}" for at, one in enumerate(order)]
    if len({one.descending for one in order}) == 1:
        beyond = "<" if order[0].descending else ">"
        columns = ", ".join(one.sql for one in order)
        # The first is implied by the second; the months' partitions are found by it.
        first = f"{order[0].sql} {beyond}= {names[0]}"
        return f"{first} AND ({columns}) {beyond} ({', '.join(names)})", values
    ways = []
    for at, one in enumerate(order):
        same = [f"{before.sql} = {name}" for before, name in zip(order[:at], names, strict=False)]
        ways.append(" AND ".join([*same, f"{one.sql} {'<' if one.descending else '>'} {names[at]}"]))
    return f"({' OR '.join(f'({way})' for way in ways)})", values


def _cast(kind: Kind) -> str:
    return kind.value
