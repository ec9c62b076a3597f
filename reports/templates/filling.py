"""A text with places in braces, and what stands there of a case. Pure."""

from collections.abc import Mapping
from string import Formatter

__all__ = ["PLACES", "BadPlace", "fill", "places_in"]

PLACES = ("number", "category", "place", "cell", "desk", "state", "received", "due", "today")
"""What a text may tell of its case: `{number}`; a brace itself is written twice."""

NOTHING = "—"
"""Stands where a case has nothing to tell, such as no deadline."""


class BadPlace(ValueError):
    """A text has a place that nothing fills, or braces that do not close."""


def places_in(text: str) -> list[str]:
    """The places of a text, in their order.

    Raises
    ------
    BadPlace
    """
    try:
        parts = [(name, form, how) for _, name, form, how in Formatter().parse(text) if name is not None]
    except ValueError:
        raise BadPlace(text) from None
    for name, form, how in parts:
        if name not in PLACES or form or how:
            raise BadPlace(name)
    return [name for name, _, _ in parts]


def fill(text: str, values: Mapping[str, str | None]) -> str:
    """A text with what a case tells.

    >>> fill("Case {number} is due {due}.", {"number": "202601-000123-7", "due": None})
    'Case 202601-000123-7 is due —.'
    """
    filled = [
        literal + ((values.get(name) or NOTHING) if name is not None else "")
        for literal, name, _, _ in Formatter().parse(text)
    ]
    return "".join(filled)
